package minicrmsim

import "fmt"

// A language is an index into every phrase.
type language int

const (
	english language = iota
	hungarian
	romanian
)

// languages are the codes that Options.Language may have.
var languages = map[string]language{"en": english, "hu": hungarian, "ro": romanian}

// A phrase is one text in English, Hungarian and Romanian.
type phrase [3]string

var (
	sayNotAllowed   = phrase{"The method is not allowed!", "A metódus nem engedélyezett!", "Metoda nu este permisă!"}
	sayBadParameter = phrase{"Invalid parameter: \"%s\"", "Nem megfelelő paraméter: \"%s\"", "Parametru necorespunzător: \"%s\""}
	sayMissing      = phrase{"Missing parameter: \"%s\"", "Hiányzó paraméter: \"%s\"", "Parametru lipsă: \"%s\""}
	sayInvalidValue = phrase{"Invalid value '%s' for the %s field.", "Érvénytelen érték ('%s') ebben a mezőben: %s.", "Valoare nevalidă '%s' pentru câmpul %s."}
	sayNotFound     = phrase{"Not Found", "Nem található", "Nu a fost găsit"}
	sayTooMany      = phrase{"Too Many Requests", "Túl sok kérés", "Prea multe cereri"}
	sayInternal     = phrase{"Internal error", "Belső hiba", "Eroare internă"}
	sayNoDownload   = phrase{"The source cannot be downloaded: %s", "A forrás nem tölthető le: %s", "Sursa nu poate fi descărcată: %s"}
	sayBadXML       = phrase{"The document is not well-formed: %s", "A dokumentum hibás: %s", "Documentul nu este corect: %s"}

	nameSales    = phrase{"Sales", "Értékesítés", "Vânzări"}
	nameOrders   = phrase{"Orders", "Megrendelés", "Comenzi"}
	nameWebshop  = phrase{"Webshop", "Webshop", "Webshop"}
	namePerson   = phrase{"Person", "Személy", "Persoană"}
	nameBusiness = phrase{"Business", "Cég", "Companie"}
	nameBilling  = phrase{"Billing address", "Számlázási cím", "Adresă de facturare"}
	nameToIssue  = phrase{"To be issued (%s)", "Kiállítandó (%s)", "De emis (%s)"}
	nameFolder   = phrase{"Products", "Termékek", "Produse"}
)

// stateNames are the labels of the five states of an order document.
var stateNames = map[State]phrase{
	Draft:     {"Draft", "Piszkozat", "Ciornă"},
	Issued:    {"In progress", "Folyamatban", "În curs"},
	Completed: {"Completed", "Teljesített", "Finalizată"},
	Paid:      {"Successful", "Sikeres", "Reușită"},
	Failed:    {"Failed", "Sikertelen", "Eșuată"},
}

// segmentNames are the labels of the customer segments. The English and
// Romanian ones from passive on are not published; these are sensible ones.
var segmentNames = map[segment]phrase{
	subscriber:   {"Subscriber", "Feliratkozó", "Abonat"},
	registered:   {"Registered", "Regisztrált", "Înregistrat"},
	newcomer:     {"New", "Egyszeri vevő", "Nou"},
	promising:    {"Promising", "Többször rendelt", "Promițător"},
	loyal:        {"Loyal", "Törzsvásárló", "Loial"},
	passive:      {"Passive", "Passzív vevő", "Pasiv"},
	passiveLoyal: {"Passive loyal", "Passzív törzsvásárló", "Loial pasiv"},
	lost:         {"Lost", "Elvesztett vevő", "Pierdut"},
	lostLoyal:    {"Lost loyal", "Elvesztett törzsvásárló", "Loial pierdut"},
	inactive:     {"Inactive", "Inaktív", "Inactiv"},
	unsubscribed: {"Unsubscribed", "Leiratkozott", "Dezabonat"},
}

// say prints a phrase in the system's language.
func (c *CRM) say(p phrase, args ...any) string {
	if len(args) == 0 {
		return p[c.language]
	}
	return fmt.Sprintf(p[c.language], args...)
}
