package sheet

import (
	"fmt"
	"time"
)

// words are what a sheet says in one language.
type words struct {
	title, placed, status, invoiceNumber, continued string

	invoice, delivery, contact string
	taxNumber, euTaxNumber     string
	registration, point        string
	payment, shipping, parcel  string
	paid, unpaid, partly, over string

	item, quantity, unit, net, vat, gross, total string

	rates, withoutVAT, withVAT, rounding, sum string
	piece                                     string
	noLines, moreLines                        string // a number of lines goes into moreLines
	differs                                   string // lines, total and difference go into it
	unknown                                   string

	comment, shippingComment, cut, boxes string
	notInvoice, asOf, page               string // number and number of pages go into page

	months          [12]string
	day             string // year, month, day, as named arguments 1 to 3
	group, point10  string // between thousands, before decimals
	percent         string
	currencyInFront bool
}

// languages are those a sheet can be written in.
var languages = map[string]words{
	"ro": {
		title: "Fișă de comandă", placed: "Plasată", status: "Stare", invoiceNumber: "Factura", continued: "continuare",
		invoice: "Facturare", delivery: "Livrare", contact: "Contact și plată",
		taxNumber: "CUI", euTaxNumber: "Cod TVA UE", registration: "Nr. reg. com.", point: "Punct de ridicare",
		payment: "Plată", shipping: "Livrare", parcel: "Colet",
		paid: "plătit", unpaid: "neplătit", partly: "plătit parțial", over: "plătit în plus",
		item: "Articol", quantity: "Cant.", unit: "U.M.", net: "Preț fără TVA", vat: "TVA", gross: "Preț cu TVA", total: "Total",
		rates: "Totaluri pe cote", withoutVAT: "Fără TVA", withVAT: "Cu TVA", rounding: "Rotunjire", sum: "Total de plată",
		piece: "buc.", noLines: "Comanda nu are articole.", moreLines: "Încă %s rânduri nu încap pe această fișă; ele sunt cuprinse în totaluri.",
		differs: "Totalul diferă: rândurile însumează %s, magazinul a scris %s (diferență %s).",
		unknown: "Sumele nu pot fi calculate: numerele sunt prea mari.",
		comment: "Mesajul clientului", shippingComment: "Mesaj pentru livrare", cut: "(Textul continuă în magazin.)",
		boxes:      "□ ține locul caracterelor pe care fontul acestei fișe nu le are.",
		notInvoice: "Acest document nu este factură.", asOf: "Comanda din UNAS, așa cum era la %s.", page: "pagina %d din %d",
		months: [12]string{"ianuarie", "februarie", "martie", "aprilie", "mai", "iunie", "iulie", "august", "septembrie", "octombrie", "noiembrie", "decembrie"},
		day:    "%[3]d %[2]s %[1]d, ", group: nbsp, point10: ",", percent: nbsp + "%",
	},
	"hu": {
		title: "Rendelési lap", placed: "Leadva", status: "Állapot", invoiceNumber: "Számla", continued: "folytatás",
		invoice: "Számlázás", delivery: "Szállítás", contact: "Kapcsolat és fizetés",
		taxNumber: "Adószám", euTaxNumber: "EU adószám", registration: "Cégjegyzékszám", point: "Átvételi pont",
		payment: "Fizetés", shipping: "Szállítás", parcel: "Csomag",
		paid: "fizetve", unpaid: "nincs fizetve", partly: "részben fizetve", over: "túlfizetve",
		item: "Tétel", quantity: "Menny.", unit: "Egység", net: "Nettó egységár", vat: "Áfa", gross: "Bruttó egységár", total: "Összesen",
		rates: "Összesítés áfakulcsonként", withoutVAT: "Nettó", withVAT: "Bruttó", rounding: "Kerekítés", sum: "Fizetendő",
		piece: "db", noLines: "A rendelésnek nincsenek tételei.", moreLines: "További %s tétel nem fért erre a lapra; az összegekben benne vannak.",
		differs: "A végösszeg eltér: a tételek összege %s, a bolt szerint %s (eltérés %s).",
		unknown: "Az összegek nem számíthatók ki: túl nagyok a számok.",
		comment: "A vevő megjegyzése", shippingComment: "Megjegyzés a szállításhoz", cut: "(A szöveg a boltban folytatódik.)",
		boxes:      "A □ olyan karakterek helyén áll, amelyek e lap betűkészletéből hiányoznak.",
		notInvoice: "Ez a bizonylat nem számla.", asOf: "Az UNAS-rendelés %s szerinti állapota.", page: "%d. oldal, összesen %d",
		months: [12]string{"január", "február", "március", "április", "május", "június", "július", "augusztus", "szeptember", "október", "november", "december"},
		day:    "%[1]d. %[2]s %[3]d. ", group: nbsp, point10: ",", percent: "%",
	},
	"en": {
		title: "Order sheet", placed: "Placed", status: "Status", invoiceNumber: "Invoice", continued: "continued",
		invoice: "Invoice to", delivery: "Deliver to", contact: "Contact and payment",
		taxNumber: "Tax number", euTaxNumber: "EU VAT number", registration: "Company number", point: "Parcel point",
		payment: "Payment", shipping: "Shipping", parcel: "Parcel",
		paid: "paid", unpaid: "not paid", partly: "partly paid", over: "overpaid",
		item: "Item", quantity: "Qty", unit: "Unit", net: "Net price", vat: "VAT", gross: "Gross price", total: "Total",
		rates: "Totals by VAT rate", withoutVAT: "Net", withVAT: "Gross", rounding: "Rounding", sum: "Total",
		piece: "pcs", noLines: "The order has no lines.", moreLines: "%s further lines do not fit on this sheet; the totals include them.",
		differs: "The total differs: the lines add up to %s, the shop says %s (difference %s).",
		unknown: "The sums can't be computed: the numbers are too large.",
		comment: "Customer's message", shippingComment: "Message about the delivery", cut: "(The text goes on in the shop.)",
		boxes:      "□ stands for characters that this sheet's font does not have.",
		notInvoice: "This document is not an invoice.", asOf: "The UNAS order as it was on %s.", page: "page %d of %d",
		months: [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
		day:    "%[3]d %[2]s %[1]d, ", group: ",", point10: ".", percent: "%", currencyInFront: true,
	},
}

// nbsp keeps the parts of a number on one line.
const nbsp = "\u00a0"

// time writes a point in time of a zone as the language does: to the minute.
func (w words) time(t time.Time) string {
	return fmt.Sprintf(w.day, t.Year(), w.months[t.Month()-1], t.Day()) + t.Format("15:04")
}
