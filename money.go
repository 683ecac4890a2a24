package punte

import (
	"strings"

	"github.com/govalues/decimal"
)

var (
	hundred  = decimal.MustNew(100, 0)
	cent     = decimal.MustNew(1, 2)
	oneWhole = decimal.One
	half     = decimal.MustNew(5, 1)
)

// netScale is how many decimals a net price gets when it has to be computed from
// the gross one; MiniCRM keeps six for a unit price.
const netScale = 6

// ParseAmount reads a number as UNAS prints it: a point for the decimals, no
// grouping; PHP, which UNAS is written in, prints very small ones with an exponent.
// The printed number of decimals is kept, for it says how exact the number is. A
// number with more than 19 digits is refused if one of its first six decimals would
// be lost, and a decimal comma always, since "1,000" could mean two things.
func ParseAmount(text string) (decimal.Decimal, error) {
	text = strings.TrimSpace(text)
	amount, err := decimal.Parse(text)
	if err == nil && strings.ContainsAny(text, ".eE") && len(text) > decimal.MaxPrec {
		_, err = decimal.ParseExact(text, netScale)
	}
	if err != nil {
		return decimal.Decimal{}, Errorf(Invalid, "%q is not a number with a decimal point", text)
	}
	return amount, nil
}

// ParseVAT reads a VAT rate in percent, with or without the sign: "27%", "21", "0%".
func ParseVAT(text string) (decimal.Decimal, error) {
	rate, err := ParseAmount(strings.TrimSuffix(strings.TrimSpace(text), "%"))
	if err != nil || rate.IsNeg() || rate.Cmp(hundred) > 0 {
		return decimal.Decimal{}, Errorf(Invalid, "%q is not a VAT rate in percent", text)
	}
	return rate, nil
}

// UnitNet is the net price of one unit that is sent to MiniCRM. It is the shop's
// own if that, with VAT and quantity, gives the gross sum of the line to 0.01;
// else it is computed from the gross price with six decimals, ties to even.
func (l Line) UnitNet() (decimal.Decimal, error) {
	factor, err := l.vatFactor()
	if err != nil {
		return decimal.Decimal{}, err
	}
	if l.HasNet {
		fits, err := l.netFits(factor)
		if err == nil && fits {
			return l.Net, nil
		}
	}
	net, err := l.Gross.Quo(factor)
	if err != nil {
		return decimal.Decimal{}, Errorf(Invalid, "computing the net of %s: %w", l.Gross, err)
	}
	return net.Round(netScale), nil
}

func (l Line) vatFactor() (decimal.Decimal, error) {
	percent, err := l.VAT.Add(hundred)
	if err != nil {
		return decimal.Decimal{}, Errorf(Invalid, "adding VAT of %s %%: %w", l.VAT, err)
	}
	return percent.Quo(hundred)
}

func (l Line) netFits(factor decimal.Decimal) (bool, error) {
	unit, err := l.Net.Mul(factor)
	if err != nil {
		return false, err
	}
	withVAT, err := unit.Mul(l.Quantity)
	if err != nil {
		return false, err
	}
	gross, err := l.Sum()
	if err != nil {
		return false, err
	}
	off, err := withVAT.SubAbs(gross)
	if err != nil {
		return false, err
	}
	return off.Cmp(cent) <= 0, nil
}

// Sum is gross times quantity.
func (l Line) Sum() (decimal.Decimal, error) {
	sum, err := l.Gross.Mul(l.Quantity)
	if err != nil {
		return decimal.Decimal{}, Errorf(Invalid, "multiplying %s by %s: %w", l.Gross, l.Quantity, err)
	}
	return sum, nil
}

// Proof compares the lines of an order with the total the shop printed.
type Proof struct {
	Lines     decimal.Decimal // sum of gross times quantity over all lines
	Total     decimal.Decimal // what the shop says
	Tolerance decimal.Decimal
	Off       decimal.Decimal // how far they are apart, never negative
}

// OK says that lines and total agree.
func (p Proof) OK() bool { return p.Off.Cmp(p.Tolerance) <= 0 }

// Prove adds up the lines, special ones included. The tolerance is one forint or
// 0.01 of any other currency, or what the printed decimals leave open: half of the
// last digit of each gross price times its quantity, summed, if that is more.
func (o Order) Prove() (Proof, error) {
	p := Proof{Total: o.Gross, Tolerance: cent}
	if o.Currency == "HUF" {
		p.Tolerance = oneWhole
	}
	var open decimal.Decimal
	for _, line := range o.Lines {
		sum, err := line.Sum()
		if err != nil {
			return p, err
		}
		if p.Lines, err = p.Lines.Add(sum); err != nil {
			return p, Errorf(Invalid, "adding up the lines: %w", err)
		}
		slack, err := line.slack()
		if err != nil {
			return p, err
		}
		if open, err = open.Add(slack); err != nil {
			return p, Errorf(Invalid, "adding up the tolerance: %w", err)
		}
	}
	p.Tolerance = p.Tolerance.Max(open)
	off, err := p.Lines.SubAbs(p.Total)
	if err != nil {
		return p, Errorf(Invalid, "comparing %s with %s: %w", p.Lines, p.Total, err)
	}
	p.Off = off
	return p, nil
}

// slack is how much the sum of the line may be off because its price was printed
// with few decimals.
func (l Line) slack() (decimal.Decimal, error) {
	digit, err := decimal.New(1, l.Gross.Scale())
	if err != nil {
		return decimal.Decimal{}, err
	}
	step, err := digit.Mul(half)
	if err != nil {
		return decimal.Decimal{}, err
	}
	return step.Mul(l.Quantity.Abs())
}

// Decimals that MiniCRM keeps of what it is sent and what it computes.
const (
	unitScale     = 6
	quantityScale = 4
	lineNetScale  = 4
	lineScale     = 2
)

// Expected is the amount that MiniCRM computes for the positions: unit net with
// six decimals, quantity and line net with four, line gross with two.
func Expected(positions []Position) (decimal.Decimal, error) {
	var total decimal.Decimal
	for _, p := range positions {
		net, err := roundAway(p.Net, unitScale).Mul(roundAway(p.Quantity, quantityScale))
		if err != nil {
			return total, Errorf(Invalid, "computing MiniCRM's amount: %w", err)
		}
		factor, err := p.Line.vatFactor()
		if err != nil {
			return total, err
		}
		gross, err := roundAway(net, lineNetScale).Mul(factor)
		if err != nil {
			return total, Errorf(Invalid, "computing MiniCRM's amount: %w", err)
		}
		if total, err = total.Add(roundAway(gross, lineScale)); err != nil {
			return total, Errorf(Invalid, "computing MiniCRM's amount: %w", err)
		}
	}
	return total, nil
}

// roundAway rounds ties away from zero, as PHP does.
func roundAway(d decimal.Decimal, scale int) decimal.Decimal {
	if d.Scale() <= scale {
		return d
	}
	down := d.Trunc(scale)
	rest, err := d.SubAbs(down)
	if err != nil {
		return d.Round(scale)
	}
	tie, err := decimal.New(5, scale+1)
	if err != nil || rest.Cmp(tie) < 0 {
		return down
	}
	step, err := decimal.New(1, scale)
	if err != nil {
		return d.Round(scale)
	}
	up, err := down.Add(step.CopySign(d))
	if err != nil {
		return d.Round(scale)
	}
	return up
}

// SameAmount says that two amounts differ by no more than 0.01, which is how far
// rounding a tie the other way can move one of them.
func SameAmount(a, b decimal.Decimal) bool {
	off, err := a.SubAbs(b)
	return err == nil && off.Cmp(cent) <= 0
}
