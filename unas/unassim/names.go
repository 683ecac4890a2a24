package unassim

// Everything in this file is invented; addresses of e-mail and web end in .example.

var (
	hungarianFamilies = []string{"Őri", "Bűdi", "Szűcs", "Vadász", "Gyöngyösi", "Kőműves", "Fűrész", "Halmágyi", "Zsíros", "Pöstyéni", "Csűrös", "Tőkés", "Rédei", "Lőrincz"}
	hungarianGiven    = []string{"Ágota", "Győző", "Tünde", "Örs", "Réka", "Zsófia", "Máté", "Piroska", "Ödön", "Csenge", "Botond", "Ünige", "Levente", "Sarolta"}
	romanianFamilies  = []string{"Țăranu", "Șerbănescu", "Brânză", "Căpraru", "Îngerescu", "Mătăsaru", "Pârvan", "Ștefănoiu", "Țurcaș", "Grădinaru", "Vâlsan", "Cușnir"}
	romanianGiven     = []string{"Ștefania", "Ionuț", "Mădălina", "Cătălin", "Lăcrămioara", "Răzvan", "Anișoara", "Horațiu", "Brândușa", "Sânziana", "Costică", "Ținca"}
)

// town is a place with a postal code and its county.
type town struct{ zip, city, county string }

var (
	hungarianTowns = []town{
		{"6720", "Szeged", "Csongrád-Csanád"},
		{"7621", "Pécs", "Baranya"},
		{"9021", "Győr", "Győr-Moson-Sopron"},
		{"4400", "Nyíregyháza", "Szabolcs-Szatmár-Bereg"},
		{"1134", "Budapest", ""},
		{"8200", "Veszprém", "Veszprém"},
		{"5900", "Orosháza", "Békés"},
		{"3525", "Miskolc", "Borsod-Abaúj-Zemplén"},
		{"9200", "Mosonmagyaróvár", "Győr-Moson-Sopron"},
	}
	romanianTowns = []town{
		{"400001", "Cluj-Napoca", "Cluj"},
		{"540015", "Târgu Mureș", "Mureș"},
		{"010011", "București", "București"},
		{"700032", "Iași", "Iași"},
		{"300006", "Timișoara", "Timiș"},
		{"600010", "Bacău", "Bacău"},
		{"440010", "Satu Mare", "Satu Mare"},
		{"110002", "Pitești", "Argeș"},
		{"530110", "Miercurea Ciuc", "Harghita"},
	}
	hungarianStreets = []string{"Gyümölcsös utca", "Kőrösi út", "Tűzkő utca", "Hársfa sor", "Szőlő köz", "Erdősor utca", "Fűzfa utca", "Malomárok dűlő"}
	romanianStreets  = []string{"Str. Făgetului", "Aleea Țesătorilor", "Str. Șoimilor", "Bd. Grădinilor", "Str. Pârâului", "Calea Brâncușilor", "Str. Măceșului"}
	hungarianFirms   = []string{"Tűzkő Építő Kft.", "Hársfa & Fia Bt.", "Kőrösi Kert Kft.", "Zöldülő Nonprofit Zrt.", "Lőtéri Szolgáltató Kft."}
	romanianFirms    = []string{"Făget Construct S.R.L.", "Grădina Șoimilor S.R.L.", "Țesătura Nouă S.A.", "Pârâul Rece & Asociații S.R.L."}
)

var (
	hungarianComments = []string{
		"Kérem, csak 16 óra után hozzák.", "A kapucsengő rossz, telefonáljanak!", "Ajándék lesz, számlát ne tegyenek a dobozba 🎁",
		"Méret: 3 < x <= 5 & a színe mindegy", "Idézet a honlapról: ]]> ezt írta ki", "Köszönöm szépen!\nÜdvözlettel",
	}
	romanianComments = []string{
		"Vă rog să sunați înainte de livrare.", "Interfonul nu merge, aștept la poartă.", "Ambalați ca pentru cadou, mulțumesc ❤",
		"Lăsați coletul la vecinul de la nr. 12 & anunțați-mă", "Livrare doar după ora 17, mulțumesc frumos!",
	}
)

// product is an article of the invented shop. gross is its price in forints with VAT.
type product struct {
	id, sku, name, romanian string
	gross                   int64
	vatHU, vatRO            int64
	unit                    string
	parts                   bool // sold in fractions of its unit
	sizes                   []string
}

var catalogue = []product{
	{id: "710001", sku: "LOC-20", name: "Locsolókanna 20 l", romanian: "Stropitoare 20 l", gross: 5990, vatHU: 27, vatRO: 21, unit: "db"},
	{id: "710002", sku: "KESZTYU", name: "Kerti kesztyű", romanian: "Mănuși de grădină", gross: 1890, vatHU: 27, vatRO: 21, unit: "pár", sizes: []string{"S", "M", "L"}},
	{id: "710003", sku: "POLO-PB", name: "Munkáspóló „Pallér”", romanian: "Tricou de lucru „Pallér”", gross: 3490, vatHU: 27, vatRO: 21, unit: "db", sizes: []string{"M", "L", "XL", "XXL"}},
	{id: "710004", sku: "KOTEL-8", name: "Kötél 8 mm", romanian: "Frânghie 8 mm", gross: 429, vatHU: 27, vatRO: 21, unit: "m", parts: true},
	{id: "710005", sku: "FUMAG", name: "Fűmagkeverék & starter", romanian: "Amestec de semințe de gazon & starter", gross: 2375, vatHU: 27, vatRO: 21, unit: "kg", parts: true},
	{id: "710006", sku: "KONYV-K", name: "Kertészkedjünk! (könyv)", romanian: "Hai să grădinărim! (carte)", gross: 6300, vatHU: 5, vatRO: 11, unit: "db"},
	{id: "710007", sku: "MEZ-500", name: "Akácméz 500 g", romanian: "Miere de salcâm 500 g", gross: 2990, vatHU: 18, vatRO: 11, unit: "db"},
	{id: "710008", sku: "FURO-18V", name: "Akkus fúró 18 V", romanian: "Bormașină cu acumulator 18 V", gross: 42990, vatHU: 27, vatRO: 21, unit: "db"},
	{id: "710009", sku: "CSAVAR-5x60", name: "Csavar 5×60, <100 db>", romanian: "Șurub 5×60, <100 buc>", gross: 1549, vatHU: 27, vatRO: 21, unit: "csomag"},
	{id: "710010", sku: "FESTEK-2,5", name: "Fehér falfesték 2,5 l", romanian: "Vopsea albă 2,5 l", gross: 8765, vatHU: 27, vatRO: 21, unit: "vödör"},
	{id: "710011", sku: "PALANTA-P", name: "Paradicsompalánta", romanian: "Răsad de roșii", gross: 350, vatHU: 27, vatRO: 11, unit: "db"},
	{id: "710012", sku: "LETRA-3", name: "Háromfokú létra", romanian: "Scară cu trei trepte", gross: 18490, vatHU: 27, vatRO: 21, unit: "db"},
}

// translations are the shop's own texts in its base language and in Romanian: what Lang=customer changes.
var translations = [][2]string{
	{"Szállítási költség", "Cost de livrare"},
	{"Kezelési költség", "Cost de procesare"},
	{"Kedvezmény", "Reducere"},
	{"Kuponkedvezmény", "Reducere cu cupon"},
	{"Ajándék", "Cadou"},
	{"Méret", "Mărime"},
	{"Előre utalás", "Transfer bancar"},
	{"Utánvét", "Ramburs"},
	{"Bankkártya", "Card bancar"},
	{"Készpénz az üzletben", "Numerar în magazin"},
	{"Fizetés később", "Plată ulterioară"},
	{"Házhoz szállítás", "Livrare la domiciliu"},
	{"Csomagautomata", "Locker"},
	{"Személyes átvétel", "Ridicare personală"},
	{"Feldolgozásra vár", "În așteptare"},
	{"Jóváhagyva", "Aprobată"},
	{"Csomagolható", "Gata de ambalat"},
	{"Kiszállítás alatt", "În livrare"},
	{"Megrendelés lezárva", "Comandă închisă"},
	{"Visszamondva", "Anulată"},
	{"Előkészítés alatt", "În pregătire"},
	{"Nem számlázható", "Nefacturabilă"},
	{"Számlázható", "Facturabilă"},
	{"Számlázva", "Facturată"},
}
