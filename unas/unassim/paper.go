package unassim

import (
	"fmt"
	"strings"
	"time"
)

// This file makes what is written about an order: invoices, answers, comments, and texts in another language.

func (m *maker) invoice(st *status, placed time.Time) *node {
	state, number, url := "0", "", ""
	switch {
	case st.kind == "close_ok" && m.chance(85):
		m.s.invoices++
		state = "2"
		number = fmt.Sprintf("PB-%d-%06d", placed.Year(), m.s.invoices)
		url = fmt.Sprintf("https://szamla.example/pdf/%s.pdf?kod=%08x&v=1", number, m.rng.Uint32())
	case st.kind == "close_ok":
		state = "1"
	}
	return branch("Invoice", leaf("Status", state), leaf("StatusText", invoiceStates[state]), leaf("Number", number), leaf("Url", url))
}

// stornoOf is the reversing invoice of half of the orders that failed or came back.
func (m *maker) stornoOf(st *status, k kinds, r *role) *node {
	returned := r.info.kid("ReturnedTo") != nil
	if st.kind != "close_fault" && !returned || !k.storno {
		return nil
	}
	m.s.invoices++
	number := fmt.Sprintf("PB-S-%06d", m.s.invoices)
	return branch("Storno", leaf("Number", number), leaf("Url", "https://szamla.example/pdf/"+number+".pdf"))
}

// params are what the checkout asked.
func (m *maker) params(p *person) *node {
	n := branch("Params")
	if m.chance(20) {
		n.kids = append(n.kids, branch("Param", leaf("Id", "88101"), leaf("Name", "Honnan ismer minket?"), leaf("Value", m.pick(acquaintances))))
	}
	if p.tax != "" && m.chance(30) {
		n.kids = append(n.kids, branch("Param", leaf("Id", "88102"), leaf("Name", "Adószám"), leaf("Value", p.tax)))
	}
	if len(n.kids) == 0 {
		return nil
	}
	return n
}

func (m *maker) comments(k kinds, p *person) *node {
	if !k.comment {
		return nil
	}
	texts := hungarianComments
	if p.lang == "ro" {
		texts = romanianComments
	}
	n := branch("Comments", branch("Comment", leaf("Type", "customer"), leaf("Text", m.pick(texts))))
	if m.chance(10) {
		n.kids = append(n.kids, branch("Comment", leaf("Type", "customer_shipping"), leaf("Text", m.pick(texts))))
	}
	if m.chance(25) {
		n.kids = append(n.kids, branch("Comment", leaf("Type", "admin"), leaf("Text", "Visszahívni: raktárban utolsó darab.")))
	}
	return n
}

func when(holds bool, text string) string {
	if holds {
		return text
	}
	return ""
}

// inRomanian is an order with the shop's own texts in Romanian, as Lang=customer gives it to a customer who
// ordered in that language.
func inRomanian(raw []byte) []byte { return []byte(romanianTexts.Replace(string(raw))) }

var romanianTexts = newRomanianTexts()

func newRomanianTexts() *strings.Replacer {
	pairs := make([]string, 0, 2*(len(translations)+len(catalogue)))
	quoted := func(hungarian, romanian string) {
		pairs = append(pairs, "<![CDATA["+hungarian+"]]>", "<![CDATA["+romanian+"]]>")
	}
	for _, t := range translations {
		quoted(t[0], t[1])
	}
	for _, p := range catalogue {
		quoted(p.name, p.romanian)
	}
	return strings.NewReplacer(pairs...)
}
