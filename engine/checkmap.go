package engine

import (
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"

	"punte"
	"punte/minicrm"
	"punte/unas"
)

// The part of a check that looks at the maps: statuses, fields, and what the stored
// orders make of them.

// remember gives a document the names of the shop's statuses that its connection was
// saved with, so that a renamed status is found as the synchronisation finds it. It
// returns the connection's id, empty if it was never saved.
func (e *Engine) remember(ctx context.Context, conn *punte.Connection, shopID string) string {
	saved, err := e.Store.Connection(ctx, connectionID(conn, shopID))
	if err != nil {
		return "" // a look at a connection that is not there yet
	}
	conn.RememberedStatuses = saved.Statuses
	return saved.ID
}

func (c *checker) statuses(ctx context.Context, statuses []unas.Status) {
	counts := c.counts(ctx)
	var unmapped []string
	present := map[string]bool{}
	for _, s := range statuses {
		status := punte.ShopStatus{ID: s.ID, Name: s.Name, Type: s.Type}
		pair, ok := c.conn.StatusMap.Find(status, c.conn.RememberedStatuses)
		if !ok {
			unmapped = append(unmapped, fmt.Sprintf("%q%s", s.Name, waiting(counts.Unmapped[s.Name])))
			delete(counts.Unmapped, s.Name)
		}
		present[pair.Shop] = true
	}
	for name, n := range counts.Unmapped { // of a status that the shop no longer lists
		unmapped = append(unmapped, fmt.Sprintf("%q%s", name, waiting(n)))
	}
	sort.Strings(unmapped)
	if len(unmapped) > 0 {
		c.add("status map", Red, "add them to status_map; orders in them wait until you do", "no pair for %s", strings.Join(unmapped, ", "))
	} else {
		c.add("status map", Green, "", "all %d statuses of the shop have a pair", len(statuses))
	}
	var gone []string
	for _, pair := range c.conn.StatusMap {
		if !present[pair.Shop] {
			gone = append(gone, fmt.Sprintf("%q", pair.Shop))
		}
	}
	if len(gone) > 0 {
		c.add("status map", Yellow, "remove them or correct their names", "the shop has no status %s", strings.Join(gone, ", "))
	}
	c.drafts()
	if counts.Totals > 0 {
		c.add("totals", Yellow, "sync lists them as total_differs; look at them in the shop",
			"the lines of %d orders do not add up to the shop's total; they are sent as they are", counts.Totals)
	}
}

func waiting(orders int) string {
	switch orders {
	case 0:
		return ""
	case 1:
		return " (1 order waits)"
	}
	return fmt.Sprintf(" (%d orders wait)", orders)
}

// drafts warns of statuses that become a draft: MiniCRM's list does not show those.
func (c *checker) drafts() {
	var drafts []string
	for _, pair := range c.conn.StatusMap {
		if pair.State == punte.Draft {
			drafts = append(drafts, fmt.Sprintf("%q", pair.Shop))
		}
	}
	if len(drafts) > 0 {
		c.add("status map", Yellow, "map them to Issued if people are to see them in MiniCRM's list of orders",
			"%s becomes Draft, which MiniCRM does not list: such orders are sent, and can be checked by their cards only", strings.Join(drafts, ", "))
	}
}

// storeCounts are what the stored orders say about the maps.
type storeCounts struct {
	Unmapped map[string]int // orders held, by the name of their status
	Totals   int            // orders whose lines do not add up
}

// counts reads them; a connection that was never saved has none.
func (c *checker) counts(ctx context.Context) storeCounts {
	counts := storeCounts{Unmapped: map[string]int{}}
	if c.saved == "" {
		return counts
	}
	held, err := c.engine.Store.Held(ctx, c.saved)
	if err == nil {
		counts.Totals, _, err = c.engine.Store.Differences(ctx, c.saved)
	}
	if err != nil {
		c.add("store", Yellow, "", "what is stored could not be read: %v", err)
		return counts
	}
	for _, d := range held {
		if _, decision, _ := c.conn.Decide(d.Order.Status); decision == punte.Held {
			counts.Unmapped[d.Order.Status.Name]++
		}
	}
	return counts
}

// fields tells of the fields that are there, of choices that miss, and of sources that
// can never fit.
func (c *checker) fields(a crmAccount) {
	for _, use := range fieldNames(c.conn) {
		f, ok := a.orders.Field(use.name)
		if !ok {
			continue // told already
		}
		if use.setting == "link_field" && slices.ContainsFunc(c.engine.sheetFaults(c.conn, a), AccountError.waited) {
			continue // the same
		}
		if use.setting == "status_field" && len(f.Options) > 0 {
			c.choices(f)
			continue
		}
		if !fits(f, use.source) {
			c.add("field "+f.Name, Red, "take another field or another source",
				"%s: it is of the type %s, which %s can never be", use.setting, f.Type, use.source)
			continue
		}
		length := ""
		if f.Length > 0 {
			length = fmt.Sprintf(", up to %d characters", f.Length)
		}
		c.add("field "+f.Name, Green, "", "%s: %s%s", use.setting, f.Type, length)
	}
}

// fits says whether a source can ever fit a field. What somebody wrote may be anything,
// and is looked at order by order.
func fits(f minicrm.Field, source string) bool {
	kind := punte.SourceKindOf(source)
	if source == "" || kind == punte.FreeSource {
		return true
	}
	switch f.Type {
	case minicrm.TypeInt, minicrm.TypeFloat:
		return kind == punte.NumberSource
	case minicrm.TypeBoolean:
		return kind == punte.YesNoSource
	case minicrm.TypeDateTime:
		return kind == punte.TimeSource
	case minicrm.TypeFile:
		return kind == punte.URLSource
	case minicrm.TypeEnum, minicrm.TypeSet:
		return kind != punte.TimeSource && kind != punte.URLSource
	}
	return true
}

// choices says which statuses of the shop a drop-down lacks; MiniCRM refuses others.
func (c *checker) choices(f minicrm.Field) {
	var missing []string
	for _, pair := range c.conn.StatusMap {
		if _, ok := choice(f, pair.Shop); !ok {
			missing = append(missing, fmt.Sprintf("%q", pair.Shop))
		}
	}
	if len(missing) > 0 {
		c.add("field "+f.Name, Red, "add the choices in MiniCRM, or use a text field", "the drop-down has no choice %s", strings.Join(missing, ", "))
		return
	}
	c.add("field "+f.Name, Green, "", "status_field: a drop-down with all statuses")
}

// labels tells which of the account's own labels are tied to no state, and which ties
// name a label that MiniCRM does not have.
func (c *checker) labels(a crmAccount) {
	var unknown []string
	for _, label := range a.labels() {
		if _, ok := stateBy(c.conn, label); !ok {
			unknown = append(unknown, fmt.Sprintf("%q", label))
		}
	}
	sort.Strings(unknown)
	if len(unknown) > 0 {
		c.add("order statuses", Yellow, "tie those you want to use to a state in status_names",
			"MiniCRM has labels of its own: %s", strings.Join(unknown, ", "))
	}
	if loose := looseNames(a, c.conn); len(loose) > 0 {
		c.add("status_names", Red, "correct the label or remove it; MiniCRM's statuses are "+strings.Join(a.labels(), ", "),
			"MiniCRM's Orders module has no status %s", strings.Join(loose, ", "))
	}
}

// looseNames lists the labels of status_names that the Orders module does not have.
func looseNames(a crmAccount, conn *punte.Connection) []string {
	labels := a.labels()
	var loose []string
	for name := range conn.StatusNames {
		if !slices.ContainsFunc(labels, func(l string) bool { return strings.TrimSpace(l) == name }) {
			loose = append(loose, fmt.Sprintf("%q", name))
		}
	}
	sort.Strings(loose)
	return loose
}

type fieldUse struct{ name, setting, source string }

// fieldNames lists the fields of the order's card that the connection writes.
func fieldNames(conn *punte.Connection) []fieldUse {
	var uses []fieldUse
	if conn.LinkField != "" {
		uses = append(uses, fieldUse{name: conn.LinkField, setting: "link_field"})
	}
	if conn.StatusField != "" {
		uses = append(uses, fieldUse{name: conn.StatusField, setting: "status_field"})
	}
	for _, pair := range conn.FieldMap {
		uses = append(uses, fieldUse{name: pair.Field, setting: "field_map", source: pair.Source})
	}
	return uses
}
