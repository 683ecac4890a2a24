package punte

import "github.com/govalues/decimal"

// Report is what a run did, in counts.
type Report struct {
	Seen      int // orders read from the shop and placed since the start date
	Before    int // orders placed before the start date, left out
	Erased    int // orders of people who were forgotten, left out
	Changed   int // orders that were new or different
	Sent      int // orders handed to MiniCRM, each time counted
	Documents int // documents accepted by MiniCRM
	Confirmed int // orders that MiniCRM shows as sent
	Unlisted  int // drafts, taken but not checkable
	Left      int // orders whose status is mapped to null
	Existing  int // orders left alone because their number is in MiniCRM already
	Held      int
	Parked    int
	Differs   int // orders whose lines do not add up to the shop's total
	Deleted   int // orders that the shop does not have any more, in whatever state
	Amounts   int // confirmed orders whose amount in MiniCRM differs from the lines sent

	Customers      int // customers' records read from the shop
	CardsSent      int // customers' cards that were new or changed, handed to MiniCRM, each time counted
	CardsConfirmed int // customers' cards that MiniCRM shows as sent
	CardsParked    int // customers' cards that could not be read or sent

	CustomersRead bool // every customer the shop changed up to the run's end was read

	Read   bool   // everything the shop changed up to the run's end was read
	Failed string // why the run could not go on; empty if it did
}

// Clean says that nothing asks for a person.
func (r Report) Clean() bool {
	return r.Held == 0 && r.Parked == 0 && r.CardsParked == 0 && r.Differs == 0 && r.Amounts == 0
}

// Difference is one disagreement between shop and CRM.
type Difference struct {
	Order string // key
	What  string
	Shop  string
	CRM   string
}

// Sums adds gross totals per currency.
type Sums map[string]decimal.Decimal

// Add adds amount to the sum of currency.
func (s Sums) Add(currency string, amount decimal.Decimal) error {
	sum, err := s[currency].Add(amount)
	if err != nil {
		return Errorf(Invalid, "adding up %s: %w", currency, err)
	}
	s[currency] = sum
	return nil
}

// Plus adds what another part of the same run did.
func (r Report) Plus(o Report) Report {
	r.Seen += o.Seen
	r.Before += o.Before
	r.Erased += o.Erased
	r.Changed += o.Changed
	r.Sent += o.Sent
	r.Documents += o.Documents
	r.Customers += o.Customers
	r.CardsSent += o.CardsSent
	return r
}
