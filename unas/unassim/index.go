package unassim

import (
	"cmp"
	"slices"
	"sort"
)

// fewChanges is up to how many orders an index is changed one by one; above, it is rebuilt and sorted once.
const fewChanges = 16

// index is the orders in one order.
type index struct {
	compare func(a, b *order) int
	list    []*order
}

func compareID(a, b *order) int {
	return cmp.Or(cmp.Compare(a.number, b.number), cmp.Compare(a.id, b.id))
}

func comparePlaced(a, b *order) int {
	return cmp.Or(cmp.Compare(a.placed, b.placed), compareID(a, b))
}

func compareModified(a, b *order) int {
	return cmp.Or(cmp.Compare(a.modified, b.modified), compareID(a, b))
}

// change takes orders out and in.
func (x *index) change(gone map[*order]bool, fresh []*order) {
	if len(gone)+len(fresh) > fewChanges {
		x.list = slices.DeleteFunc(x.list, func(o *order) bool { return gone[o] })
		x.list = append(x.list, fresh...)
		slices.SortFunc(x.list, x.compare)
		return
	}
	for o := range gone {
		if i, found := slices.BinarySearchFunc(x.list, o, x.compare); found {
			x.list = slices.Delete(x.list, i, i+1)
		}
	}
	for _, o := range fresh {
		i, _ := slices.BinarySearchFunc(x.list, o, x.compare)
		x.list = slices.Insert(x.list, i, o)
	}
}

// within is the part of the index whose moments lie in the span.
func (x *index) within(sp span, moment func(*order) int64) []*order {
	from, to := 0, len(x.list)
	if sp.hasFrom {
		from = sort.Search(len(x.list), func(i int) bool { return moment(x.list[i]) >= sp.from })
	}
	if sp.hasTo {
		to = sort.Search(len(x.list), func(i int) bool { return moment(x.list[i]) > sp.to })
	}
	return x.list[from:max(from, to)]
}

// span is a stretch of time in unix seconds, both ends within it.
type span struct {
	from, to       int64
	hasFrom, hasTo bool
}

func (sp span) bounded() bool { return sp.hasFrom || sp.hasTo }

func (sp span) has(moment int64) bool {
	return (!sp.hasFrom || moment >= sp.from) && (!sp.hasTo || moment <= sp.to)
}

// narrow takes a further bound into the span.
func (sp *span) narrow(from, to *int64) {
	if from != nil && (!sp.hasFrom || *from > sp.from) {
		sp.from, sp.hasFrom = *from, true
	}
	if to != nil && (!sp.hasTo || *to < sp.to) {
		sp.to, sp.hasTo = *to, true
	}
}

// keyIndex finds orders by a text that is meant to be unique and sometimes is not.
type keyIndex map[string][]*order

func (x keyIndex) add(key string, o *order) {
	if key != "" {
		x[key] = append(x[key], o)
	}
}

func (x keyIndex) remove(key string, o *order) {
	if key == "" {
		return
	}
	rest := slices.DeleteFunc(slices.Clone(x[key]), func(other *order) bool { return other == o })
	if len(rest) == 0 {
		delete(x, key)
		return
	}
	x[key] = rest
}
