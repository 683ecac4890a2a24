package oracle

import (
	"math/big"
	"strings"
)

// Amounts are fractions here: exact, and unlike anything the program computes with.

func number(text string) *big.Rat {
	n, ok := new(big.Rat).SetString(strings.TrimSpace(text))
	if !ok {
		return new(big.Rat)
	}
	return n
}

// rounded keeps that many decimals, ties away from zero.
func rounded(n *big.Rat, decimals int) *big.Rat {
	return number(n.FloatString(decimals)) // rounds halves away from zero
}

func product(factors ...*big.Rat) *big.Rat {
	p := big.NewRat(1, 1)
	for _, f := range factors {
		p.Mul(p, f)
	}
	return p
}

func near(a, b *big.Rat) bool {
	off := new(big.Rat).Sub(a, b)
	return off.Abs(off).Cmp(big.NewRat(1, 100)) <= 0
}
