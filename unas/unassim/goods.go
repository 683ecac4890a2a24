package unassim

import "strings"

// product is an article of the invented shop. gross is its price in forints with VAT.
type product struct {
	id, sku, name, romanian string
	gross                   int64
	vatHU, vatRO            int64
	unit                    string
	category                string
	sizes                   []string
	parts                   bool   // sold in fractions of its unit
	parent                  string // Sku of the type it is a kind of
	state                   string // value of its base status, 1 if empty
	weight                  string // kg
}

// code is the product's Sku: letters, digits, dash and underscore.
func (p product) code() string { return strings.ReplaceAll(p.sku, ",", "-") }

var catalogue = []product{
	{id: "710001", sku: "LOC-20", name: "Locsolókanna 20 l", romanian: "Stropitoare 20 l", gross: 5990, vatHU: 27, vatRO: 21, unit: "db", category: "890101"},
	{id: "710002", sku: "KESZTYU", name: "Kerti kesztyű", romanian: "Mănuși de grădină", gross: 1890, vatHU: 27, vatRO: 21, unit: "pár", category: "890104", sizes: []string{"S", "M", "L"}},
	{id: "710003", sku: "POLO-PB", name: "Munkáspóló „Pallér”", romanian: "Tricou de lucru „Pallér”", gross: 3490, vatHU: 27, vatRO: 21, unit: "db", category: "890104", sizes: []string{"M", "L", "XL", "XXL"}},
	{id: "710004", sku: "KOTEL-8", name: "Kötél 8 mm", romanian: "Frânghie 8 mm", gross: 429, vatHU: 27, vatRO: 21, unit: "m", category: "890103", parts: true},
	{id: "710005", sku: "FUMAG", name: "Fűmagkeverék & starter", romanian: "Amestec de semințe de gazon & starter", gross: 2375, vatHU: 27, vatRO: 21, unit: "kg", category: "890102", parts: true},
	{id: "710006", sku: "KONYV-K", name: "Kertészkedjünk! (könyv)", romanian: "Hai să grădinărim! (carte)", gross: 6300, vatHU: 5, vatRO: 11, unit: "db", category: "890106"},
	{id: "710007", sku: "MEZ-500", name: "Akácméz 500 g", romanian: "Miere de salcâm 500 g", gross: 2990, vatHU: 27, vatRO: 11, unit: "db", category: "890106"},
	{id: "710008", sku: "FURO-18V", name: "Akkus fúró 18 V", romanian: "Bormașină cu acumulator 18 V", gross: 42990, vatHU: 27, vatRO: 21, unit: "db", category: "890103"},
	{id: "710009", sku: "CSAVAR-5x60", name: "Csavar 5×60, <100 db>", romanian: "Șurub 5×60, <100 buc>", gross: 1549, vatHU: 27, vatRO: 21, unit: "csomag", category: "890103"},
	{id: "710010", sku: "FESTEK-2,5", name: "Fehér falfesték 2,5 l", romanian: "Vopsea albă 2,5 l", gross: 8765, vatHU: 27, vatRO: 21, unit: "vödör", category: "890105"},
	{id: "710011", sku: "PALANTA-P", name: "Paradicsompalánta", romanian: "Răsad de roșii", gross: 350, vatHU: 27, vatRO: 11, unit: "db", category: "890102"},
	{id: "710012", sku: "LETRA-3", name: "Háromfokú létra", romanian: "Scară cu trei trepte", gross: 18490, vatHU: 27, vatRO: 21, unit: "db", category: "890103"},
	{id: "710013", sku: "LETRA-3-ALU", name: "Háromfokú létra, alumínium", romanian: "Scară cu trei trepte, aluminiu", gross: 26990, vatHU: 27, vatRO: 21, unit: "db", category: "890103", parent: "LETRA-3", weight: "4.2"},
	{id: "710014", sku: "ASO", name: "Ásó, hosszú nyelű", romanian: "Hârleț cu coadă lungă", gross: 7490, vatHU: 27, vatRO: 21, unit: "db", category: "890107", weight: "1.9"},
	{id: "710015", sku: "LOCSOLO-10", name: "Locsolókanna 10 l", romanian: "Stropitoare 10 l", gross: 4290, vatHU: 27, vatRO: 21, unit: "db", category: "890101", weight: "0.8"},
	{id: "710016", sku: "TOMLO-3-4", name: "Locsolótömlő 3/4\"", romanian: "Furtun 3/4\"", gross: 890, vatHU: 27, vatRO: 21, unit: "m", category: "890101", parts: true, weight: "0.3"},
	{id: "710017", sku: "DIO-1", name: "Dióbél 1 kg", romanian: "Miez de nucă 1 kg", gross: 5490, vatHU: 27, vatRO: 11, unit: "kg", category: "890106", weight: "1"},
	{id: "710018", sku: "LISZT-KENYER", name: "Kenyérliszt BL80", romanian: "Făină pentru pâine", gross: 385, vatHU: 18, vatRO: 11, unit: "kg", category: "890106", weight: "1"},
	{id: "710019", sku: "CIMKE-EGYEDI", name: "Egyedi feliratú címke", romanian: "Etichetă cu text propriu", gross: 240, vatHU: 27, vatRO: 21, unit: "db", category: "890101", weight: "0.01"},
	{id: "710020", sku: "REGI-FUVO", name: "Lombfúvó (kifutó)", romanian: "Suflantă de frunze (sfârșit de stoc)", gross: 33990, vatHU: 27, vatRO: 21, unit: "db", category: "890107", state: "3", weight: "3.6"},
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
