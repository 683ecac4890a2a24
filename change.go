package punte

import (
	"fmt"
	"reflect"
	"strconv"
)

// Changes says in a few words how the order differs from what it was before: status,
// sum and number of lines with both values, of all else only what it is. So the words
// tell nothing of the buyer.
func (o Order) Changes(before Order) []string {
	var changes []string
	add := func(what, was, is string) {
		if was != is {
			changes = append(changes, fmt.Sprintf("%s %s -> %s", what, OrDash(was), OrDash(is)))
		}
	}
	add("number", before.Key, o.Key)
	add("status", before.Status.Name, o.Status.Name)
	add("total", before.Gross.Trim(0).String()+" "+before.Currency, o.Gross.Trim(0).String()+" "+o.Currency)
	add("lines", strconv.Itoa(len(before.Lines)), strconv.Itoa(len(o.Lines)))
	for _, part := range []struct {
		what    string
		was, is any
	}{
		{"what the lines say", lines(before), lines(o)},
		{"buyer", buyerOnly(before.Buyer), buyerOnly(o.Buyer)},
		{"invoice address", before.Buyer.Invoice, o.Buyer.Invoice},
		{"delivery address", before.Buyer.Delivery, o.Buyer.Delivery},
		{"payment", before.Payment, o.Payment},
		{"shipping", before.Shipping, o.Shipping},
		{"invoice", before.Invoice, o.Invoice},
		{"reversal of the invoice", before.Storno, o.Storno},
		{"questions", before.Params, o.Params},
		{"comments", before.Comments, o.Comments},
		{"related orders", before.Related, o.Related},
	} {
		if !reflect.DeepEqual(part.was, part.is) && (part.what != "what the lines say" || len(before.Lines) == len(o.Lines)) {
			changes = append(changes, part.what)
		}
	}
	if len(changes) == 0 {
		changes = append(changes, "other data")
	}
	return changes
}

// lines are the order's lines as texts: a decimal may be equal and not identical.
func lines(o Order) []string {
	var texts []string
	for _, l := range o.Lines {
		texts = append(texts, fmt.Sprint(l.Item, l.SKU, l.Name, l.Variants, l.Params, l.Unit, l.Quantity.Trim(0), l.Net.Trim(0), l.HasNet, l.Gross.Trim(0), l.VAT.Trim(0)))
	}
	return texts
}

// buyerOnly is the buyer without the addresses.
func buyerOnly(b Buyer) Buyer {
	b.Invoice, b.Delivery = Address{}, Address{}
	return b
}
