package main

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"punte"
	"punte/engine"
	"punte/minicrm/minicrmsim"
	"punte/unas/unassim"
)

// comparison is what the two simulators' own states say about each other. Nothing
// in it comes from the store or the mapping of Punte: the words for the states are
// the demo's own status map.
type comparison struct {
	shop, crm int // orders on either side
	agree     int
	held      int            // missing in MiniCRM, in a status that has no pair
	parked    int            // missing in MiniCRM for another reason
	lines     map[string]int // in MiniCRM, by currency
	differ    []punte.Difference
	shopSums  punte.Sums
	crmSums   punte.Sums
}

// compareWorlds holds every order of the shop against MiniCRM's, and the other way
// round.
func compareWorlds(shop []unassim.OrderState, crm *minicrmsim.CRM, states map[string]string) (comparison, error) {
	c := comparison{shop: len(shop), shopSums: punte.Sums{}, crmSums: punte.Sums{}, lines: map[string]int{}}
	orders := map[string]minicrmsim.OrderState{}
	for _, o := range crm.Orders() {
		orders[strconv.FormatInt(o.ExternalID, 10)] = o
		amount, err := decimal.Parse(o.Amount)
		if err != nil {
			return c, fmt.Errorf("comparing: MiniCRM's amount of order %s: %w", o.Number, err)
		}
		if err := c.crmSums.Add(o.Currency, amount); err != nil {
			return c, err
		}
		c.lines[o.Currency] += len(o.Items)
	}
	c.crm = len(orders)
	for _, o := range shop {
		sum, err := decimal.Parse(o.SumPriceGross)
		if err != nil {
			return c, fmt.Errorf("comparing: the shop's sum of order %s: %w", o.Key, err)
		}
		if err := c.shopSums.Add(o.Currency, sum); err != nil {
			return c, err
		}
		there, ok := orders[o.ID]
		delete(orders, o.ID)
		if !ok {
			if states[o.StatusID] == "" {
				c.held++
			} else {
				c.parked++
			}
			c.differ = append(c.differ, punte.Difference{Order: o.Key, What: "order", Shop: "there", CRM: "missing"})
			continue
		}
		found := differences(o, sum, there, states)
		c.differ = append(c.differ, found...)
		if len(found) == 0 {
			c.agree++
		}
	}
	for _, o := range orders {
		c.differ = append(c.differ, punte.Difference{Order: o.Number, What: "order", Shop: "missing", CRM: "there"})
	}
	sort.Slice(c.differ, func(i, j int) bool { return c.differ[i].Order < c.differ[j].Order })
	return c, nil
}

// differences holds one order against MiniCRM's.
func differences(o unassim.OrderState, sum decimal.Decimal, there minicrmsim.OrderState, states map[string]string) []punte.Difference {
	var found []punte.Difference
	check := func(what, shop, crm string) {
		if shop != crm {
			found = append(found, punte.Difference{Order: o.Key, What: what, Shop: shop, CRM: crm})
		}
	}
	check("number", o.Key, there.Number)
	check("currency", o.Currency, there.Currency)
	check("state", states[o.StatusID], there.Status)
	check("UNAS status", o.Status, there.Fields["StatusUnas"])
	check("package number", o.PackageNumber, there.Fields["AWB"])
	if link := there.Fields["LinkPdf"]; !strings.Contains(link, engine.SheetPath) {
		check("link", "the address of its sheet", link)
	}
	check("pieces", pieces(o.Lines, func(l unassim.LineState) string { return l.Quantity }),
		pieces(there.Items, func(l minicrmsim.ItemState) string { return l.Quantity }))
	amount, err := decimal.Parse(there.Amount)
	if err != nil || !sameSum(sum, amount, len(there.Items)) {
		check("sum", o.SumPriceGross, there.Amount)
	}
	return found
}

// pieces adds up quantities without regard to their sign, which MiniCRM gets on the
// price.
func pieces[L any](lines []L, quantity func(L) string) string {
	total := decimal.Zero
	for _, l := range lines {
		q, err := decimal.Parse(quantity(l))
		if err != nil {
			return "not a number: " + quantity(l)
		}
		if total, err = total.Add(q.Abs()); err != nil {
			return err.Error()
		}
	}
	return total.Trim(0).String()
}

// sameSum allows for MiniCRM rounding every line to 0.01, where UNAS rounds none.
func sameSum(shop, crm decimal.Decimal, lines int) bool {
	off, err := shop.SubAbs(crm)
	if err != nil {
		return false
	}
	allowed, err := decimal.New(int64(lines)*5, 3)
	return err == nil && off.Cmp(allowed) <= 0
}

// compare prints how shop and CRM agree after the first import. The counts come
// from the two simulators; what Punte itself believes stands below and has to fit.
func (d *demo) compare(ctx context.Context, took time.Duration) (agreed bool, err error) {
	states := map[string]string{}
	for _, s := range d.shop.Statuses() {
		states[s.ID] = demoStates[s.Type]
	}
	c, err := compareWorlds(d.shop.Orders(), d.crm, states)
	if err != nil {
		return false, err
	}
	own, err := d.engine.Standing(ctx, d.id)
	if err != nil {
		return false, err
	}
	d.out.line("")
	d.out.line("After the first import, by what shop and MiniCRM hold (%.1f s):", took.Seconds())
	d.out.line("  orders seen      %6d   in the shop", c.shop)
	d.out.line("  sent             %6d   in MiniCRM", c.crm)
	d.out.line("  confirmed        %6d   equal in number, state, currency, fields, pieces and sum", c.agree)
	d.out.line("  held             %6d   missing in MiniCRM, their status has no pair", c.held)
	d.out.line("  parked           %6d   missing in MiniCRM for another reason", c.parked)
	sums := c.sums(d.out)
	const most = 20
	for _, difference := range c.differ[:min(most, len(c.differ))] {
		d.out.line("  differs: order %s, %s: shop %q, MiniCRM %q", difference.Order, difference.What, difference.Shop, difference.CRM)
	}
	if len(c.differ) > most {
		d.out.line("  and %d differences more", len(c.differ)-most)
	}
	fits := own.Confirmed == c.agree && own.Held == c.held && own.Parked == c.parked
	if !fits {
		d.out.line("  Punte itself counts %d confirmed, %d held, %d parked: that does not fit", own.Confirmed, own.Held, own.Parked)
	}
	if len(c.differ) == 0 && sums && c.shop == c.crm && fits {
		d.out.line("  shop and CRM agree")
		return true, d.out.err
	}
	d.out.line("  shop and CRM do not agree")
	return false, d.out.err
}

// sums prints the sums of both sides by currency. MiniCRM rounds every line to 0.01
// and UNAS rounds none, so they may differ by half a cent a line and by no more.
func (c comparison) sums(out *printer) (agree bool) {
	agree = true
	for _, currency := range currencies(c.shopSums, c.crmSums) {
		verdict := "none but MiniCRM's rounding of each line to 0.01"
		if !sameSum(c.shopSums[currency], c.crmSums[currency], c.lines[currency]) {
			agree, verdict = false, "more than rounding explains"
		}
		out.line("  difference of sums in %s: %s (shop %s, MiniCRM %s, %d lines)", currency, verdict,
			money(c.shopSums, currency), money(c.crmSums, currency), c.lines[currency])
	}
	return agree
}

func currencies(sums ...punte.Sums) []string {
	var names []string
	for _, s := range sums {
		for name := range s {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

func money(sums punte.Sums, currency string) string { return sums[currency].Round(2).String() }
