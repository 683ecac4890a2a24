package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"punte"
	"punte/store"
)

// probe says whether a probe of the account was made and what of it concerns this
// connection.
func (c *checker) probe(ctx context.Context) {
	const what = "probe"
	s, name := c.engine.Store, account(c.conn)
	last, err := s.LastProbe(ctx, name)
	if punte.ErrorCode(err) == punte.NotFound {
		c.add(what, Yellow, "run punte probe before the first synchronisation; without it what is likely is taken to be so",
			"no probe of this MiniCRM system was made")
		return
	}
	if err != nil {
		c.failed(what, err)
		return
	}
	found, err := s.Findings(ctx, name)
	if err != nil {
		c.failed(what, err)
		return
	}
	known := Findings{}
	for _, f := range found {
		if f.Sure != store.Unknown {
			known[f.Name] = f
		}
	}
	made := fmt.Sprintf("made on %s, %d of %d questions answered", last.Begun.In(c.conn.UNAS.Zone).Format(time.DateTime), len(known), len(found))
	switch {
	case last.Ended.IsZero():
		c.add(what, Yellow, "run punte probe again, if none goes on now: it also removes what that one left behind", "%s; it did not come to its end", made)
	case len(last.Dirty) > 0:
		c.add(what, Yellow, "the next punte probe looks for them again", "%s; test cards may be left in MiniCRM", made)
	default:
		c.add(what, Green, "", "%s", made)
	}
	for _, w := range c.warnings(known) {
		c.add(what, Yellow, w.next, "%s", w.text)
	}
}

type warning struct{ text, next string }

// warnings are findings that a person should act on.
func (c *checker) warnings(found Findings) (list []warning) {
	add := func(is bool, text, next string) {
		if is {
			list = append(list, warning{text, next})
		}
	}
	maps := func(state punte.State) bool {
		return slices.ContainsFunc(c.conn.StatusMap, func(pair punte.StatusPair) bool { return pair.State == state })
	}
	add(c.conn.SendSKU && found.is(findSKU, "matched"),
		"a line whose SKU is in MiniCRM's stock already changes that item",
		"if the stock there is kept by somebody else, write \"send_sku\": false")
	add(maps(punte.Paid) && (found.is(findPaid, isRefused) || found.is(findPaid, "passed")),
		"MiniCRM takes no order as Paid, and status_map says Paid", "map to Completed instead")
	add(found[findClosed].Value != "" && !found.is(findClosed, "change"),
		"MiniCRM changes no order that is "+found[findClosed].Value, "what changes later in such an order waits for you, with the reason")
	add(found[findMoves].Value != "" && !found.is(findMoves, "any"),
		"MiniCRM does not make these moves: "+found[findMoves].Value, "such a change of an order waits for you, with the reason")
	add(found.is(findNegative, isRefused) && !found.is(findNegativeQty, isTaken),
		"MiniCRM takes neither negative prices nor negative quantities", "orders with a discount wait for you; ask MiniCRM's help desk")
	add(found.is(findList, "none"),
		"MiniCRM does not list orders", "what is sent can't be read back; ask MiniCRM's help desk for the list of orders")
	add(found.is(findEmail, "matched"),
		"MiniCRM joins customers with one e-mail address to one person", "who shares an address with somebody shares name and telephone number there, too")
	add(found.is(findUpload, isRefused) && c.conn.Delivery == deliverPush,
		"MiniCRM takes no documents that are sent to it", "write \"delivery\": \"pull\", with --listen and --public-url")
	return list
}
