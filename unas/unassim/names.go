package unassim

// Everything in this file and in places.go is invented or as common as a street name; addresses of e-mail and
// web end in .example.

var (
	hungarianFamilies = []string{
		"Őri", "Bűdi", "Szűcs", "Vadász", "Gyöngyösi", "Kőműves", "Fűrész", "Halmágyi", "Zsíros", "Pöstyéni", "Csűrös", "Tőkés",
		"Rédei", "Lőrincz", "Nagy", "Kiss", "Tóth", "Varga", "Balogh", "Farkas", "Mészáros", "Sárközi", "Ökrös", "Gulyás", "Török",
		"Hegedűs", "Bíró", "Csordás", "Pásztor", "Dévényi", "Kárpáti", "Ivánka", "Béres", "Udvardi", "Jónás",
	}
	hungarianGiven = []string{
		"Ágota", "Győző", "Tünde", "Örs", "Réka", "Zsófia", "Máté", "Piroska", "Ödön", "Csenge", "Botond", "Ünige", "Levente",
		"Sarolta", "László", "Katalin", "István", "Éva", "Gábor", "Ildikó", "Attila", "Judit", "Zoltán", "Mária", "Bence", "Hanna",
		"Dávid", "Nóra", "Ferenc", "Orsolya", "Tamás", "Enikő",
	}
	// husbands take -né: Szabó Lászlóné.
	hungarianHusbands = []string{"László", "István", "Győző", "Máté", "Gábor", "Attila", "Zoltán", "Ferenc", "Tamás", "Béla", "József"}
	romanianFamilies  = []string{
		"Țăranu", "Șerbănescu", "Brânză", "Căpraru", "Îngerescu", "Mătăsaru", "Pârvan", "Ștefănoiu", "Țurcaș", "Grădinaru", "Vâlsan",
		"Cușnir", "Popescu", "Ionescu", "Munteanu", "Dumitrașcu", "Rusu", "Stănciulescu", "Moldovan", "Crăciun", "Mureșan", "Bărbulescu",
		"Țepeș", "Ardeleanu", "Nistor", "Voicu", "Chirilă", "Sîrbu", "Drăgan", "Olaru",
	}
	romanianGiven = []string{
		"Ștefania", "Ionuț", "Mădălina", "Cătălin", "Lăcrămioara", "Răzvan", "Anișoara", "Horațiu", "Brândușa", "Sânziana", "Costică",
		"Ținca", "Andrei", "Elena", "Mihai", "Ioana", "Gheorghe", "Alexandra", "Vasile", "Corina", "Bogdan", "Raluca", "Florin", "Simona",
		"Adrian", "Daniela", "Marius", "Crina",
	}
	romanianDoubles = []string{"Ana-Maria", "Ioan-Alexandru", "Maria-Magdalena", "Andreea-Ioana", "Mihai-Cătălin", "Elena-Ștefania"}
)

// hungarianName is a name in the shapes Hungarians write.
func (m *maker) hungarianName() string {
	family, given := m.pick(hungarianFamilies), m.pick(hungarianGiven)
	switch dice := m.rng.IntN(100); {
	case dice < 7:
		return family + "-" + m.pick(hungarianFamilies) + " " + given
	case dice < 12:
		return family + " " + m.pick(hungarianFamilies) + " " + given
	case dice < 16:
		return "dr. " + family + " " + given
	case dice < 20:
		return family + "né " + m.pick(hungarianFamilies) + " " + m.pick([]string{"Mária", "Éva", "Katalin", "Ildikó"})
	case dice < 24:
		return family + " " + m.pick(hungarianHusbands) + "né"
	case dice < 31:
		return family + " " + given + " " + m.pick(hungarianGiven)
	case dice < 33:
		return m.pick([]string{"B.", "K.", "Sz."}) + " " + family + " " + given
	}
	return family + " " + given
}

// romanianName is a name in the shapes Romanians write; now and then family name first, without diacritics, or
// the name of one of the country's Hungarians.
func (m *maker) romanianName() string {
	family, given := m.pick(romanianFamilies), m.pick(romanianGiven)
	switch dice := m.rng.IntN(100); {
	case dice < 11:
		return m.pick(romanianDoubles) + " " + family
	case dice < 17:
		return given + " " + family + "-" + m.pick(romanianFamilies)
	case dice < 26:
		return family + " " + given
	case dice < 33:
		return sevenBit.Replace(given + " " + family)
	case dice < 37:
		return "Dr. " + given + " " + family
	case dice < 43:
		return m.pick(hungarianFamilies) + " " + m.pick(hungarianGiven)
	}
	return given + " " + family
}

// firm is the name of a company with its form in law.
func (m *maker) firm(country, owner string) string {
	if country == "ro" {
		if m.chance(15) {
			return owner + " " + m.pick([]string{"PFA", "Î.I."})
		}
		return m.pick(romanianFirms) + " " + m.pick([]string{"S.R.L.", "S.R.L.", "SRL", "S.A.", "S.R.L.-D."})
	}
	if m.chance(10) {
		return owner + " e.v."
	}
	return m.pick(hungarianFirms) + " " + m.pick([]string{"Kft.", "Kft.", "Bt.", "Zrt.", "Nonprofit Kft."})
}

var (
	hungarianFirms = []string{"Tűzkő Építő", "Hársfa & Fia", "Kőrösi Kert", "Zöldülő", "Lőtéri Szolgáltató", "Őszi Fény", "Malomköz Trade", "Bükkalja Épker", "Csillagfürt 2004"}
	romanianFirms  = []string{"Făget Construct", "Grădina Șoimilor", "Țesătura Nouă", "Pârâul Rece & Asociații", "Dealul Mare Impex", "Brazda Verde", "Stejarul Prod Com"}
)

// hungarianTax is a tax number of the right shape, 8-1-2, its eighth digit the check digit of the others.
func (m *maker) hungarianTax() (number, eu string) {
	core := m.rng.IntN(9000000) + 1000000
	sum := 0
	for i, rest := 6, core; i >= 0; i, rest = i-1, rest/10 {
		sum += rest % 10 * [7]int{9, 7, 3, 1, 9, 7, 3}[i]
	}
	base := digits(core*10+(10-sum%10)%10, 8)
	area := digits(2+m.rng.IntN(19), 2)
	if m.chance(15) {
		return base + "-1-" + area, "" // exempt from VAT
	}
	return base + "-2-" + area, "HU" + base
}

// romanianTax is a CUI with its check digit: of a payer of VAT with RO in front, also as EU tax number.
func (m *maker) romanianTax() (number, eu string) {
	core := m.rng.IntN(4800000) + 120000
	sum := 0
	for i, rest := 8, core; i >= 0; i, rest = i-1, rest/10 {
		sum += rest % 10 * [9]int{7, 5, 3, 2, 1, 7, 5, 3, 2}[i]
	}
	number = digits(core*10+sum*10%11%10, 7)
	if m.chance(30) {
		return number, "" // not registered for VAT
	}
	return "RO" + number, "RO" + number
}

var (
	hungarianComments = []string{
		"Kérem, csak 16 óra után hozzák.", "A kapucsengő rossz, telefonáljanak!", "Ajándék lesz, számlát ne tegyenek a dobozba 🎁",
		"Méret: 3 < x <= 5 & a színe mindegy", "Idézet a honlapról: ]]> ezt írta ki", "Köszönöm szépen!\nÜdvözlettel",
		"Ha nincs otthon senki, a szomszédnál (14/A) átvehető.", "Sürgős! Péntekig kellene.", "Kérem a számlát a cég nevére kiállítani.",
	}
	romanianComments = []string{
		"Vă rog să sunați înainte de livrare.", "Interfonul nu merge, aștept la poartă.", "Ambalați ca pentru cadou, mulțumesc ❤",
		"Lăsați coletul la vecinul de la nr. 12 & anunțați-mă", "Livrare doar după ora 17, mulțumesc frumos!",
		"Factura pe firmă, vă rog.", "E urgent, dacă se poate până vineri.",
	}
)
