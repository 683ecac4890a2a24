package unassim

import (
	"errors"
	"slices"

	"github.com/govalues/decimal"
)

// modifyPayment merges a Payment. Its transactions are added to those there are, and each finished one counts
// towards Paid, Unpaid and Status unless the call sets these itself.
func modifyPayment(o *order, there, change *node) (*node, error) {
	added := change.kid("Transactions").all("Transaction")
	if len(added) == 0 {
		return overlay(there, change), nil
	}
	rest := &node{name: change.name, kids: slices.DeleteFunc(slices.Clone(change.kids), func(k *node) bool { return k.name == "Transactions" })}
	merged := there
	if len(rest.kids) > 0 {
		merged = overlay(there, rest)
	}
	merged = &node{name: "Payment", kids: slices.Clone(merged.kids)}
	list := branch("Transactions")
	if old := merged.first("Transactions"); old != nil {
		list.kids = slices.Clone(old.kids)
	}
	list.kids = append(list.kids, added...)
	merged.kids = slices.DeleteFunc(merged.kids, func(k *node) bool { return k.name == "Transactions" })
	merged.kids = append(merged.kids, list)
	if rest.first("Paid") != nil || rest.first("Status") != nil {
		return merged, nil
	}
	return merged, addUp(o, merged, added)
}

// addUp counts finished transactions into the payment.
func addUp(o *order, payment *node, added []*node) error {
	paid := decimalOr0(payment.at("Paid"))
	for _, transaction := range added {
		if transaction.at("Status") != "finish" {
			continue
		}
		sum, err := decimal.Parse(transaction.at("Amount"))
		if err == nil {
			paid, err = paid.Add(sum)
		}
		if err != nil {
			return errors.New("Transaction Amount not valid: " + transaction.at("Amount"))
		}
	}
	total := decimalOr0(o.sum)
	unpaid, err := total.Sub(paid)
	if err != nil {
		return errors.New("Transaction Amount not valid")
	}
	state := "partly paid"
	switch {
	case paid.IsZero():
		state = "unpaid"
	case unpaid.IsZero():
		state = "paid"
	case unpaid.IsNeg():
		state, unpaid = "overpaid", decimal.Decimal{}
	}
	payment.put("Paid", plain(paid))
	payment.put("Unpaid", plain(unpaid))
	payment.put("Status", state)
	return nil
}

// decimalOr0 reads a number of an order that may be missing or odd.
func decimalOr0(text string) amount {
	d, err := decimal.Parse(text)
	if err != nil {
		return amount{}
	}
	return d
}
