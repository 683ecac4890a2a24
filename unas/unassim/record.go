package unassim

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// record is an entity that the shop keeps as the inside of its XML element: a product, a category, a customer
// group. Like an order it is never changed once stored: a change stores another.
type record struct {
	ID       string `json:"id"`
	Key      string `json:"key"` // the Sku of a product, the Name of what else there is
	XML      []byte `json:"xml"`
	Modified int64  `json:"modified"`        // unix seconds
	Moved    int64  `json:"moved,omitempty"` // of a product: last change of its stock, unix seconds
}

// tree is the record's element. Records are written by the shop itself, so they can be read.
func (r *record) tree(element string) *node {
	root, err := tree(slices.Concat([]byte("<x><"+element+">"), r.XML, []byte("</"+element+"></x>")))
	if err != nil || len(root.kids) == 0 {
		return leaf(element, "")
	}
	return root.kids[0]
}

// recordOf stores nothing yet: it makes the record of an element.
func recordOf(n *node, key string, modified time.Time) *record {
	return &record{ID: n.at("Id"), Key: n.at(key), XML: inner(n.kids...), Modified: modified.Unix()}
}

// world is what a shop has besides its orders and the people who placed them.
type world struct {
	Products    []*record         `json:"products"`
	Categories  []*record         `json:"categories"`
	Groups      []*record         `json:"groups"`
	Subscribers []subscriber      `json:"subscribers"`
	Passwords   map[string]string `json:"passwords"` // by customer id, as they were set
	Tables      map[string]table  `json:"tables"`    // product tables to download, by file name
	LastID      int               `json:"last_id"`   // highest id given to anything here
}

// newID is an id that nothing in the world has.
func (w *world) newID() string {
	w.LastID++
	return strconv.Itoa(w.LastID)
}

func recordByID(list []*record, id string) *record {
	return recordWhere(list, func(r *record) bool { return r.ID == id })
}

func recordByKey(list []*record, key string) *record {
	return recordWhere(list, func(r *record) bool { return r.Key == key })
}

func recordWhere(list []*record, holds func(*record) bool) *record {
	if i := slices.IndexFunc(list, holds); i >= 0 {
		return list[i]
	}
	return nil
}

// stored puts a record in place of the one with its id, else at the end.
func (r *record) stored(list []*record) []*record {
	if i := slices.IndexFunc(list, func(old *record) bool { return old.ID == r.ID }); i >= 0 {
		list[i] = r
		return list
	}
	return append(list, r)
}

func withoutRecord(list []*record, gone *record) []*record {
	return slices.DeleteFunc(list, func(r *record) bool { return r == gone })
}

// setEach is how every set call works ("Válaszok, hibák"): entities are handled in the order given, the first
// error ends the call, what came before it stays done, and nothing after it is tried. set returns what the
// result tells of the entity besides Action, Status and Error. A missing Action means add.
func setEach(c *call, list, element string, set func(action string, n *node) ([]*node, error)) []byte {
	results := branch(list)
	for _, n := range c.params.all(element) {
		action := cmp.Or(n.at("Action"), "add")
		told, err := set(action, n)
		result := branch(element, slices.Concat([]*node{leaf("Action", action)}, told)...)
		result.put("Status", "ok")
		if err != nil {
			result.put("Status", "error")
			result.put("Error", err.Error())
		}
		results.kids = append(results.kids, result)
		if err != nil {
			break
		}
	}
	return document(results)
}

func unknownAction(action string) error { return fmt.Errorf("Unknown Action: %s", action) }

// overlay puts the elements of a change over those there are, at every depth: what is missing stays, what is
// empty is cleared. In lists whose entries have an identity entries are matched by it; other lists are
// replaced as a whole.
func overlay(there, change *node) *node {
	if len(change.kids) == 0 {
		return leaf(change.name, change.text)
	}
	merged := &node{name: change.name, kids: slices.Clone(there.kids)}
	replaced := map[string]bool{}
	for _, k := range change.kids {
		same := func(old *node) bool { return old.name == k.name }
		switch identity := identityOf(k); {
		case identity != "":
			same = func(old *node) bool { return old.name == k.name && identityOf(old) == identity }
		case replaced[k.name]:
			merged.kids = append(merged.kids, k)
			continue
		case repeated(change, k.name) || repeated(merged, k.name) || wholeLists[change.name]:
			merged.kids = slices.DeleteFunc(merged.kids, same)
			merged.kids = append(merged.kids, k)
			replaced[k.name] = true
			continue
		}
		if i := slices.IndexFunc(merged.kids, same); i >= 0 {
			merged.kids[i] = overlay(merged.kids[i], k)
			continue
		}
		merged.kids = append(merged.kids, k)
	}
	return merged
}

// altered is overlay for a whole entity: a change that names nothing changes nothing.
func altered(there, change *node) *node {
	if len(change.kids) == 0 {
		return there
	}
	return overlay(there, change)
}

// wholeLists are the lists that a change gives as a whole, be it with a single entry.
var wholeLists = map[string]bool{
	"Restrictions": true, "Categories": true, "Children": true, "CustomerGroups": true,
	"Rules": true, "Values": true, "DirectUserEmails": true,
}

func repeated(n *node, name string) bool { return len(n.all(name)) > 1 }

// identityOf tells the entries of a list apart, "" where they have no identity of their own.
func identityOf(k *node) string {
	switch k.name {
	case "Param", "Other":
		return cmp.Or(k.at("Id"), "-")
	case "Price":
		return k.at("Type") + "|" + k.at("Group")
	case "Status", "Image":
		if len(k.kids) > 0 {
			return k.at("Type") + "|" + k.at("Id")
		}
	}
	return ""
}

// arranged is the element with its children in the order UNAS prints them; names not in the layout stay last.
func arranged(n *node, layout []string) *node {
	sorted := &node{name: n.name, kids: slices.Clone(n.kids)}
	place := func(k *node) int {
		if i := slices.Index(layout, k.name); i >= 0 {
			return i
		}
		return len(layout)
	}
	slices.SortStableFunc(sorted.kids, func(a, b *node) int { return cmp.Compare(place(a), place(b)) })
	return sorted
}

// written is the children of a change that a set call may write: the layout less what only the shop writes.
func written(n *node, layout []string, readOnly ...string) *node {
	kept := &node{name: n.name}
	for _, k := range n.kids {
		if slices.Contains(layout, k.name) && !slices.Contains(readOnly, k.name) {
			kept.kids = append(kept.kids, k)
		}
	}
	return kept
}

// less leaves children of these names out where they are empty.
func (n *node) less(names ...string) *node {
	kept := &node{name: n.name}
	for _, k := range n.kids {
		if !slices.Contains(names, k.name) || k.text != "" || len(k.kids) > 0 {
			kept.kids = append(kept.kids, k)
		}
	}
	return kept
}

// listed tells whether a value is among those of a comma list; an empty list holds every value.
func listed(list, value string) bool {
	return list == "" || slices.Contains(trimmed(strings.Split(list, ",")), value)
}
