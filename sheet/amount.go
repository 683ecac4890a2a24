package sheet

import (
	"slices"
	"strings"

	"github.com/govalues/decimal"

	"punte"
)

const minus = "\u2212"

// number writes a decimal with at least low and at most high decimals.
func (w words) number(d decimal.Decimal, low, high int) string {
	d = round(d, high).Trim(low).Pad(low)
	whole, rest, _ := strings.Cut(d.Abs().String(), ".")
	var out strings.Builder
	if d.IsNeg() {
		out.WriteString(minus)
	}
	for i, digit := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			out.WriteString(w.group)
		}
		out.WriteRune(digit)
	}
	if rest != "" {
		out.WriteString(w.point10 + rest)
	}
	return out.String()
}

// round rounds ties away from zero, as people do with money.
func round(d decimal.Decimal, scale int) decimal.Decimal {
	if d.Scale() <= scale {
		return d
	}
	tie, err := decimal.New(5, scale+1)
	if err != nil {
		return d.Round(scale)
	}
	up, err := d.Add(tie.CopySign(d))
	if err != nil {
		return d.Round(scale)
	}
	return up.Trunc(scale)
}

// currency is how amounts are written.
type currency struct {
	sign     string
	decimals int // that are always written
}

func currencyOf(code string) currency {
	switch code {
	case "RON":
		return currency{"lei", 2}
	case "HUF":
		return currency{"Ft", 0}
	case "EUR":
		return currency{"€", 2}
	}
	return currency{code, 2}
}

// money writes an amount with its currency, as the language orders the two.
func (w words) money(d decimal.Decimal, c currency) string {
	text := w.number(d, c.decimals, 2)
	if !w.currencyInFront || c.sign != "€" {
		return text + nbsp + c.sign
	}
	if digits, negative := strings.CutPrefix(text, minus); negative {
		return minus + c.sign + digits
	}
	return c.sign + text
}

// rate is what the lines of one VAT rate add up to. The gross is the truth; the net
// is what it holds without the tax.
type rate struct {
	percent         decimal.Decimal
	net, tax, gross decimal.Decimal
}

// sums are the totals of an order, the lowest rate first.
type sums struct {
	rates    []rate
	all      rate            // of the lines
	rounding decimal.Decimal // between lines and total, within what printing leaves open
	proof    punte.Proof
}

// total adds up an order, with net amounts of so many decimals.
func total(o punte.Order, decimals int) (sums, error) {
	var s sums
	var err error
	if s.proof, err = o.Prove(); err != nil {
		return s, err
	}
	for _, line := range o.Lines {
		at := slices.IndexFunc(s.rates, func(r rate) bool { return r.percent.Cmp(line.VAT) == 0 })
		if at < 0 {
			at = len(s.rates)
			s.rates = append(s.rates, rate{percent: line.VAT})
		}
		gross, err := line.Sum()
		if err != nil {
			return s, err
		}
		if s.rates[at].gross, err = s.rates[at].gross.Add(gross); err != nil {
			return s, err
		}
	}
	slices.SortFunc(s.rates, func(a, b rate) int { return a.percent.Cmp(b.percent) })
	for i := range s.rates {
		if err := s.rates[i].divide(decimals); err != nil {
			return s, err
		}
		if err := s.all.add(s.rates[i]); err != nil {
			return s, err
		}
	}
	if s.proof.OK() {
		s.rounding, err = o.Gross.Sub(s.all.gross)
	}
	return s, err
}

// divide splits the gross sum of a rate into net and tax.
func (r *rate) divide(decimals int) error {
	r.gross = round(r.gross, 2)
	if r.gross.Trim(0).Scale() > 0 {
		decimals = 2
	}
	percent, err := r.percent.Add(decimal.MustNew(100, 0))
	if err != nil {
		return err
	}
	factor, err := percent.Quo(decimal.MustNew(100, 0))
	if err != nil {
		return err
	}
	net, err := r.gross.Quo(factor)
	if err != nil {
		return err
	}
	r.net = round(net, decimals)
	r.tax, err = r.gross.Sub(r.net)
	return err
}

func (r *rate) add(other rate) error {
	for _, pair := range []struct{ to, from *decimal.Decimal }{{&r.net, &other.net}, {&r.tax, &other.tax}, {&r.gross, &other.gross}} {
		sum, err := pair.to.Add(*pair.from)
		if err != nil {
			return err
		}
		*pair.to = sum
	}
	return nil
}
