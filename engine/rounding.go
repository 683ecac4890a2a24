package engine

import (
	"fmt"

	"github.com/govalues/decimal"

	"punte"
)

// roundingOf is how far MiniCRM's amount may be from the shop's by rounding alone: 0.01
// a line, and the tolerance of the money proof.
func roundingOf(lines int, currency string) decimal.Decimal {
	whole := int64(lines) + 1
	if currency == "HUF" {
		whole += 100
	}
	return decimal.MustNew(whole, 2)
}

// noteRounding tells of an order whose lines prove and give another sum in MiniCRM:
// quantities and unit prices have more decimals than it keeps.
func (m *mapper) noteRounding(o punte.Order, positions []punte.Position) {
	proof, err := o.Prove()
	if err != nil || !proof.OK() {
		return // told already
	}
	amount, err := punte.Expected(positions)
	if err != nil {
		return // told by whoever needs the amount
	}
	off, err := proof.Lines.SubAbs(amount)
	if err != nil || off.Cmp(roundingOf(len(o.Lines), o.Currency)) <= 0 {
		return
	}
	m.notes = append(m.notes, fmt.Sprintf("MiniCRM will compute %s %s where the shop's lines give %s: it keeps six decimals of a unit price and four of a quantity",
		amount.Trim(0), o.Currency, proof.Lines.Trim(0)))
}
