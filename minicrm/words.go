package minicrm

// The states of an order document as SyncFeed's Order/Status spells them. Paid is the action's name in the REST
// interface; no published document shows it in XML.
const (
	Draft     = "Draft"
	Issued    = "Issued" // "in progress" in lists
	Completed = "Completed"
	Paid      = "Paid" // "successful" in lists
	Failed    = "Failed"
)

// stateWords are the labels of one document state: the first of each language is the one we show; all are known.
type stateWords struct {
	state      string
	hu, ro, en []string
}

// documentStates holds the names of the states as the interface, the lists and the REST actions show them.
var documentStates = []stateWords{
	{
		state: Draft,
		hu:    []string{"Piszkozat"},
		ro:    []string{"Ciornă", "Schiță"},
		en:    []string{"Draft"},
	}, {
		state: Issued,
		hu:    []string{"Folyamatban", "Véglegesített", "Véglegesítve", "Folyamatban lévő", "Kiállított", "Kiállítva"},
		ro:    []string{"În curs", "În desfășurare", "În progres", "Emis", "Emisă", "În curs de desfășurare"},
		en:    []string{"In progress", "Issued", "InProgress"},
	}, {
		state: Completed,
		hu:    []string{"Teljesített", "Teljesítve"},
		ro:    []string{"Finalizat", "Finalizată", "Îndeplinit", "Îndeplinită", "Completat", "Completată"},
		en:    []string{"Completed", "Complete"},
	}, {
		state: Paid,
		hu:    []string{"Sikeres", "Fizetve", "Fizetett", "Kifizetve", "Kifizetett"},
		ro:    []string{"Reușit", "Reușită", "Plătit", "Plătită", "Achitat", "Achitată"},
		en:    []string{"Successful", "Paid", "Success"},
	}, {
		state: Failed,
		hu:    []string{"Sikertelen"},
		ro:    []string{"Nereușit", "Nereușită", "Eșuat", "Eșuată"},
		en:    []string{"Unsuccessful", "Failed"},
	},
}

// DocumentState returns the state that a label of the Orders module, of the order list or of a document means, without
// regard to case and accents. A label that is not known means nothing: it is for a person to say.
func DocumentState(label string) (state string, ok bool) {
	key := fold(label)
	for _, words := range documentStates {
		if words.holds(key) {
			return words.state, true
		}
	}
	return "", false
}

func (w stateWords) holds(key string) bool {
	for _, labels := range [][]string{w.hu, w.ro, w.en} {
		for _, label := range labels {
			if fold(label) == key {
				return true
			}
		}
	}
	return false
}

// StateLabel returns how an account in language (hu, ro or en) shows a document state; "" for another state or
// language. Labels can be renamed in MiniCRM: what the schema says comes before it.
func StateLabel(state, language string) string {
	for _, words := range documentStates {
		if words.state != state {
			continue
		}
		switch language {
		case "hu":
			return words.hu[0]
		case "ro":
			return words.ro[0]
		case "en":
			return words.en[0]
		}
	}
	return ""
}

// UnitPiece returns the unit "piece" in language (hu, ro or en) as MiniCRM's stock knows it, "" for another language.
func UnitPiece(language string) string {
	switch language {
	case "hu":
		return "darab"
	case "ro":
		return "bucată"
	case "en":
		return "piece"
	}
	return ""
}

// WebshopStatuses are the names of the three statuses of the Webshop module that a new card may be given. MiniCRM moves
// it on by rules of its own.
type WebshopStatuses struct {
	Registered string // has not ordered
	New        string // ordered once
	Promising  string // ordered twice or more
}

// WebshopStatusNames returns the names of those statuses in language (hu, ro or en).
func WebshopStatusNames(language string) (WebshopStatuses, bool) {
	switch language {
	case "hu":
		return WebshopStatuses{"Regisztrált", "Egyszeri vevő", "Többször rendelt"}, true
	case "ro":
		return WebshopStatuses{"Înregistrat", "Nou", "Promițător"}, true
	case "en":
		return WebshopStatuses{"Registered", "New", "Promising"}, true
	}
	return WebshopStatuses{}, false
}

// LanguageOfStatuses finds the language of an account (hu, ro or en) from the labels of its Webshop module's statuses:
// the one language of which at least two of the three names are there, for one alone ("New") may be anything.
func LanguageOfStatuses(labels []string) (language string, ok bool) {
	present := make(map[string]bool, len(labels))
	for _, label := range labels {
		present[fold(label)] = true
	}
	for _, candidate := range []string{"hu", "ro", "en"} {
		names, _ := WebshopStatusNames(candidate)
		found := 0
		for _, name := range []string{names.Registered, names.New, names.Promising} {
			if present[fold(name)] {
				found++
			}
		}
		if found < 2 {
			continue
		}
		if ok { // two languages mixed
			return "", false
		}
		language, ok = candidate, true
	}
	return language, ok
}
