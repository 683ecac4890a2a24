package minicrmsim

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// An orderPlan is an Order that was read and found good; see plan.
type orderPlan struct {
	reference   int64
	order       *order // nil: it is to be created
	performance string
	state       State // "" if absent
	buyer       buyer
	user        int64
	fields      map[string]string
	lines       []line
	hasLines    bool

	number, currency, language, payment, subject *string // nil if absent
}

var (
	currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)
	languageCode = regexp.MustCompile(`^_[A-Z]{2}$`)
	paymentWords = []string{"", "WiredTransfer", "Card", "Check", "CashOnDelivery", "Other", "Cash"}
)

func (c *CRM) planOrder(p *plan, e *element) (orderPlan, error) {
	var o orderPlan
	var err error
	if o.reference, err = c.reference("Order", e.id); err != nil {
		return o, err
	}
	o.order = c.orderOf[o.reference]
	if o.order != nil && o.order.customer != p.card {
		return o, fmt.Errorf("it belongs to card %d, an order cannot move between cards", o.order.customer.id)
	}
	if o.order != nil && c.o.Switches.ClosedOrdersFrozen && slices.Contains([]State{Completed, Paid, Failed}, o.order.state) {
		return o, fmt.Errorf("it is %s and cannot be changed any more", o.order.state)
	}
	if err := c.known(p, o.reference, e, orderElements...); err != nil {
		return o, err
	}
	if err := c.planHead(p, &o, e); err != nil {
		return o, err
	}
	if o.buyer, err = c.planBuyer(p, &o, e); err != nil {
		return o, err
	}
	if own := e.child("Project"); own != nil {
		if o.user, err = c.planUser(p, o.reference, c.orderly, own); err != nil {
			return o, err
		}
		if o.fields, err = c.planFields(p, o.reference, c.orderly, own, []string{"UserId"}); err != nil {
			return o, err
		}
	}
	err = c.planLines(p, &o, e)
	return o, err
}

// orderElements are the children of an Order.
var orderElements = []string{
	"Number", "CurrencyCode", "Language", "Performance", "Status", "PaymentMethod", "Subject", "Prompt", "Customer", "Project", "Products",
}

func (c *CRM) planHead(p *plan, o *orderPlan, e *element) error {
	o.performance = e.word("Performance")
	if o.performance == "" {
		return missing("Performance")
	}
	if _, ok := parseTime(o.performance, c.o.Zone); !ok {
		return fmt.Errorf("the Performance is not a date: %q", clip(o.performance))
	}
	for _, head := range []struct {
		to   **string
		name string
	}{
		{&o.number, "Number"},
		{&o.currency, "CurrencyCode"},
		{&o.language, "Language"},
		{&o.payment, "PaymentMethod"},
		{&o.subject, "Subject"},
	} {
		var err error
		if *head.to, err = c.text(p, o.reference, e, head.name, 1024); err != nil {
			return err
		}
	}
	if o.currency != nil && !currencyCode.MatchString(*o.currency) {
		return fmt.Errorf("the CurrencyCode is no currency: %q", clip(*o.currency))
	}
	if prompt := e.word("Prompt"); prompt != "" {
		if _, ok := parseTime(prompt, c.o.Zone); !ok {
			return fmt.Errorf("the Prompt is not a date: %q", clip(prompt))
		}
	}
	if o.language != nil && !languageCode.MatchString(*o.language) {
		p.note(o.reference, "Language %q is passed over", clip(*o.language))
		o.language = nil
	}
	if o.payment != nil && !slices.Contains(paymentWords, *o.payment) {
		if c.o.Switches.UnknownPaymentRefused {
			return fmt.Errorf("unknown PaymentMethod %q", clip(*o.payment))
		}
		p.note(o.reference, "unknown PaymentMethod %q", clip(*o.payment))
	}
	word, given := e.value("Status")
	if !given {
		return nil
	}
	state, known := c.stateInXML(word)
	if !known && !c.o.Switches.UnknownStatusSkipped {
		return fmt.Errorf("unknown Status %q", clip(word))
	}
	if !known {
		p.note(o.reference, "unknown Status %q", clip(word))
	}
	o.state = state
	return nil
}

// stateInXML reads Order/Status, whose words are spelled exactly so.
func (c *CRM) stateInXML(word string) (State, bool) {
	s := State(strings.TrimSpace(word))
	if c.o.Switches.MoreStatusWords {
		switch s {
		case "InProgress":
			return Issued, true
		case "Complete":
			return Completed, true
		case "Successful":
			return Paid, true
		}
	}
	if !slices.Contains(states, s) || s == Paid && c.o.Switches.NoPaidWord {
		return "", false
	}
	return s, true
}

func (c *CRM) planBuyer(p *plan, o *orderPlan, e *element) (buyer, error) {
	var b buyer
	customer := e.child("Customer")
	if customer == nil {
		return b, missing("Customer")
	}
	parts := []struct {
		to   *string
		name string
	}{{&b.name, "Name"}, {&b.country, "CountryId"}, {&b.postalCode, "PostalCode"}, {&b.city, "City"}, {&b.address, "Address"}}
	var names []string
	for _, part := range parts {
		if c.required(customer, part.name) != nil {
			return b, missing("Customer/" + part.name)
		}
		*part.to, _ = customer.value(part.name)
		names = append(names, part.name)
	}
	if err := c.known(p, o.reference, customer, names...); err != nil {
		return b, err
	}
	if blank(b.country) {
		return b, nil
	}
	known, ok := c.countries.byLabel[b.country]
	if !ok {
		return b, fmt.Errorf("%q is no country in the language of this system", clip(b.country))
	}
	b.country = known.number
	return b, nil
}

func (c *CRM) planLines(p *plan, o *orderPlan, e *element) error {
	all := e.child("Products")
	if all == nil && o.order != nil {
		return nil
	}
	if all == nil || len(all.children) == 0 {
		return missing("Products/Product")
	}
	o.hasLines = true
	for _, one := range all.children {
		if one.name != "Product" {
			return fmt.Errorf("unexpected element %s in Products", one.name)
		}
		l, err := c.planLine(p, o, one)
		if err != nil {
			return fmt.Errorf("reading Product %s: %w", one.id, err)
		}
		same := slices.IndexFunc(o.lines, func(other line) bool { return other.reference == l.reference })
		if same < 0 {
			o.lines = append(o.lines, l)
			continue
		}
		if c.o.Switches.FirstDuplicateCounts {
			p.note(o.reference, "Product %d stands twice in the order, the first one counts", l.reference)
			continue
		}
		p.note(o.reference, "Product %d stands twice in the order, the last one counts", l.reference)
		o.lines[same] = l
	}
	if _, _, err := sums(o.lines); err != nil {
		return err
	}
	return nil
}

// productElements are the children of a Product.
var productElements = []string{"Name", "PriceNet", "Quantity", "SKU", "Description", "Unit", "VAT", "FolderName"}

func (c *CRM) planLine(p *plan, o *orderPlan, e *element) (line, error) {
	var l line
	var err error
	if l.reference, err = c.reference("Product", e.id); err != nil {
		return l, err
	}
	if err := c.required(e, "Name", "PriceNet", "Quantity", "Unit", "VAT", "FolderName"); err != nil {
		return l, err
	}
	if err := c.known(p, o.reference, e, productElements...); err != nil {
		return l, err
	}
	l.name, _ = e.value("Name")
	l.unit, _ = e.value("Unit")
	l.folder, _ = e.value("FolderName")
	l.sku, _ = e.value("SKU")
	text, err := c.text(p, o.reference, e, "Description", 1024)
	if err != nil {
		return l, err
	}
	if text != nil {
		l.text = *text
	}
	if l.price, err = number(e, "PriceNet"); err != nil {
		return l, err
	}
	if l.price.IsNeg() && c.o.Switches.NegativePriceRefused {
		return l, fmt.Errorf("the PriceNet is negative: %s", l.price)
	}
	if l.quantity, err = number(e, "Quantity"); err != nil {
		return l, err
	}
	percent, found := strings.CutSuffix(e.word("VAT"), "%")
	if !found && !c.o.Switches.VATWithoutPercent {
		return l, fmt.Errorf("the VAT has no percent sign: %q", clip(e.word("VAT")))
	}
	if l.rate, err = vatRate(percent); err != nil {
		return l, err
	}
	err = l.compute()
	return l, err
}

func number(e *element, name string) (decimal.Decimal, error) {
	d, err := decimal.Parse(e.word(name))
	if err != nil {
		return zero, fmt.Errorf("the %s is not a number: %q", name, clip(e.word(name)))
	}
	return d, nil
}

var errVAT = errors.New("the VAT is not between 0% and 100%")

func vatRate(percent string) (decimal.Decimal, error) {
	rate, err := decimal.Parse(percent)
	if err != nil || rate.IsNeg() || hundred.Less(rate) {
		return zero, errVAT
	}
	return rate, nil
}
