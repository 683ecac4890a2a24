package minicrmsim

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// findProjects answers a search: every parameter is a filter, all must hold.
// Cards come by id; no document gives an order.
func (c *CRM) findProjects(k call) (any, error) {
	if text := k.query.Get("ReferenceId"); text != "" {
		return c.projectByReference(k, text)
	}
	page, err := c.pageOf(k)
	if err != nil {
		return nil, err
	}
	keep, modules, err := c.projectFilters(k)
	if err != nil {
		return nil, err
	}
	var rows object
	count := 0
	for _, card := range c.cardsOf(modules) {
		if !keep(card) {
			continue
		}
		if count >= page*pageSize && len(rows) < pageSize {
			rows = rows.with(wireID(card.id), c.projectRow(card))
		}
		count++
	}
	return c.results(count, rows), nil
}

// cardsOf are the cards of some modules by id.
func (c *CRM) cardsOf(modules []*module) []*card {
	if len(modules) == 1 {
		return modules[0].cards
	}
	all := make([]*card, 0, len(c.cards))
	for _, m := range modules {
		all = append(all, m.cards...)
	}
	slices.SortFunc(all, func(a, b *card) int { return cmp.Compare(a.id, b.id) })
	return all
}

func (c *CRM) projectByReference(k call, text string) (any, error) {
	found := c.byReference(k, text)
	if c.o.Switches.ReferenceList {
		var rows object
		if found != nil {
			rows = rows.with(wireID(found.id), c.projectRow(found))
		}
		return c.results(len(rows), rows), nil
	}
	if found == nil {
		return nil, c.notFound()
	}
	return c.projectDetail(found.id)
}

func (c *CRM) byReference(k call, text string) *card {
	id, err := c.reference("Project", text)
	if err != nil {
		return nil
	}
	for _, m := range c.modules {
		if only := k.query.Get("CategoryId"); only != "" && only != wireID(m.id) {
			continue
		}
		if found := c.projectOf[c.projectKey(m, id)]; found != nil && found.module == m {
			return found
		}
	}
	if o := c.orderOf[id]; o != nil && c.o.Switches.OrderReferences {
		return o.card
	}
	return nil
}

// projectFilters reads the parameters of a search into one test of a card.
func (c *CRM) projectFilters(k call) (keep func(*card) bool, modules []*module, err error) {
	modules = c.modules
	if text := k.query.Get("CategoryId"); text != "" {
		id, _ := strconv.ParseInt(text, 10, 64) // 0 is no module
		m := c.module(id)
		if m == nil {
			return nil, nil, c.badOption("CategoryId", text)
		}
		modules = []*module{m}
	}
	deleted := k.query.Get("Deleted") == "1"
	if deleted && len(modules) > 1 && k.query.Get("CategoryId") == "" {
		return nil, nil, c.bad(sayMissing, "CategoryId")
	}
	tests := []func(*card) bool{func(card *card) bool { return card.deleted == deleted }}
	for _, name := range slices.Sorted(maps.Keys(k.query)) {
		test, err := c.projectFilter(k, name, k.query.Get(name), modules)
		if err != nil {
			return nil, nil, err
		}
		tests = append(tests, test)
	}
	keep = func(card *card) bool {
		for _, test := range tests {
			if !test(card) {
				return false
			}
		}
		return true
	}
	return keep, modules, nil
}

func (c *CRM) projectFilter(k call, name, value string, modules []*module) (func(*card) bool, error) {
	switch name {
	case "CategoryId", "Page", "Deleted":
		return func(*card) bool { return true }, nil // seen to elsewhere
	case "UpdatedSince":
		since, err := c.sinceOf(k)
		return func(card *card) bool { return c.since(card.updated, since) }, err
	case "UpdatedAt":
		return func(card *card) bool { return card.updated == value }, nil
	case "StatusGroup":
		if !slices.Contains([]string{"Lead", "Open", "Success", "Failed"}, value) {
			return nil, c.badOption(name, value)
		}
		return func(card *card) bool {
			s := card.module.status(card.status)
			return s != nil && s.group == value
		}, nil
	case "StatusId":
		return func(card *card) bool { return value == wireID(card.status) || value == card.statusName() }, nil
	case "UserId":
		return func(card *card) bool { return value == wireID(card.user) || value == c.userName(card.user) }, nil
	case "Id":
		return func(card *card) bool { return value == wireID(card.id) }, nil
	case "ContactId":
		return func(card *card) bool { return value == wireID(card.contact) }, nil
	case "BusinessId":
		return func(card *card) bool { return value == wireID(card.business) }, nil
	case "MainContactId":
		return func(card *card) bool { return value == wireID(cmp.Or(card.business, card.contact)) }, nil
	case "Name", "CreatedAt", "StatusUpdatedAt", "CreatedBy", "UpdatedBy", "IsPrivate", "Invited":
		return func(card *card) bool { return card.standard(name) == value }, nil
	case "Query":
		words := foldedWords(value)
		return func(card *card) bool { return containsWords(card.texts(), words) }, nil
	}
	if !slices.ContainsFunc(modules, func(m *module) bool { return m.byName[name] != nil }) {
		return func(*card) bool { return true }, c.unknown(name)
	}
	return func(card *card) bool {
		f := card.module.byName[name]
		return f != nil && (card.fields[name] == value || f.label(card.fields[name]) == value)
	}, nil
}

// standard is a field that every card has, as the wire prints it.
func (k *card) standard(name string) string {
	switch name {
	case "Name":
		return k.name
	case "CreatedAt":
		return k.created
	case "StatusUpdatedAt":
		return k.statusUpdated
	case "IsPrivate":
		return "0"
	case "Invited":
		return ""
	}
	return writer // who made it, and who changed it last
}

// texts are what Query looks into.
func (k *card) texts() []string {
	all := []string{k.name}
	for _, f := range k.module.fields {
		if text := k.fields[f.name]; text != "" && f.options == nil {
			all = append(all, text)
		}
	}
	return all
}

// containsWords says whether every word stands as a whole word in the texts.
func containsWords(texts, words []string) bool {
	var all []string
	for _, text := range texts {
		all = append(all, foldedWords(text)...)
	}
	for _, word := range words {
		if !slices.Contains(all, word) {
			return false
		}
	}
	return true
}

// foldedWords splits a text into words in lower case and without accents.
func foldedWords(text string) []string {
	folded := accents.Replace(strings.ToLower(text))
	return strings.FieldsFunc(folded, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '@' && r != '.' && r != '_'
	})
}

var accents = strings.NewReplacer(
	"á", "a", "à", "a", "â", "a", "ä", "a", "ă", "a", "ã", "a", "å", "a", "é", "e", "è", "e", "ê", "e", "ë", "e", "ě", "e",
	"í", "i", "ì", "i", "î", "i", "ï", "i", "ó", "o", "ò", "o", "ô", "o", "ö", "o", "ő", "o", "õ", "o", "ø", "o",
	"ú", "u", "ù", "u", "û", "u", "ü", "u", "ű", "u", "ů", "u", "ș", "s", "ş", "s", "š", "s", "ț", "t", "ţ", "t",
	"č", "c", "ç", "c", "ć", "c", "ž", "z", "ź", "z", "ż", "z", "ñ", "n", "ń", "n", "ý", "y", "ř", "r", "ł", "l", "ď", "d",
)
