package punte

import "strings"

// Kinds of buyers as UNAS prints them (CustomerType).
const (
	kindPrivate = "private"
	kindCompany = "company"
	kindOther   = "other_customer_without_tax_number"
)

// Company says whether the buyer is a company or another body. A private buyer
// makes no company, even with a tax number; a buyer of no printed kind makes one
// if there is a tax number.
func (b Buyer) Company() bool {
	if blank(b.Invoice.Name) {
		return false
	}
	switch b.Invoice.Kind {
	case kindCompany, kindOther:
		return true
	case kindPrivate:
		return false
	}
	return !blank(b.Invoice.TaxNumber) || !blank(b.Invoice.EUTaxNumber)
}

// Person is the name of the person who ordered: the contact's, for a private buyer
// else the one on the invoice, for anybody else the one on the parcel.
func (b Buyer) Person() string {
	if !blank(b.Name) {
		return strings.TrimSpace(b.Name)
	}
	if !b.Company() && !blank(b.Invoice.Name) {
		return strings.TrimSpace(b.Invoice.Name)
	}
	return strings.TrimSpace(b.Delivery.Name)
}

// CardName is the name of the customer's card: "Company (Person)", the company, the
// person, or else the address; fallback is used when the buyer has none of them.
func (b Buyer) CardName(fallback string) string {
	person := b.Person()
	if b.Company() {
		company := strings.TrimSpace(b.Invoice.Name)
		if person == "" || person == company {
			return company
		}
		return company + " (" + person + ")"
	}
	switch {
	case person != "":
		return person
	case !blank(b.Email):
		return strings.TrimSpace(b.Email)
	}
	return fallback
}

// titles belong to the word behind them: "Dr. Kovács Éva" is Éva of the family
// Dr. Kovács.
var titles = map[string]bool{
	"dr.": true, "dr": true, "prof.": true, "ifj.": true, "id.": true, "özv.": true, "ing.": true,
	"jr.": true, "mr.": true, "mrs.": true, "ms.": true,
}

// SplitName divides a person's name by the order of its language: Hungarian puts
// the family first, all others last. One word alone is a first name.
func SplitName(name, language string) (first, last string) {
	words := strings.Fields(name)
	if len(words) < 2 {
		return strings.Join(words, ""), ""
	}
	if language != "hu" {
		return strings.Join(words[:len(words)-1], " "), words[len(words)-1]
	}
	family := 1
	for family < len(words)-1 && titles[strings.ToLower(words[family-1])] {
		family++
	}
	return strings.Join(words[family:], " "), strings.Join(words[:family], " ")
}

// Destination is the address that the order's Customer shows: the whole invoice
// address if it says where, else the delivery address. A delivery address that does
// not even name a country gives way to the invoice address again: its country alone
// is enough for an order to arrive.
func (b Buyer) Destination() Address {
	if b.Invoice.Known() || !b.Delivery.Known() && blank(b.Delivery.CountryName) && b.Delivery.Country == "" {
		return b.Invoice
	}
	return b.Delivery
}

// OrDash is text, or "-" where MiniCRM would refuse an empty one.
func OrDash(text string) string {
	if blank(text) {
		return "-"
	}
	return text
}

// Phones lists the buyer's numbers, mobile first, each once.
func (b Buyer) Phones() []string {
	var phones []string
	for _, phone := range []string{strings.TrimSpace(b.Mobile), strings.TrimSpace(b.Phone)} {
		if phone != "" && (len(phones) == 0 || phones[0] != phone) {
			phones = append(phones, phone)
		}
	}
	return phones
}
