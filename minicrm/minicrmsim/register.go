package minicrmsim

// A register is what the REST side keeps beside cards, contacts, tasks and
// orders. All of it can be written as JSON, so that a saved world holds it.
type register struct {
	History      map[int64][]statusChange `json:"history"` // by card, the oldest change first
	NextChange   int64                    `json:"next_change"`
	Mails        []mail                   `json:"mails"`
	Links        []projectLink            `json:"links"`
	NextLink     int64                    `json:"next_link"`
	PhoneCalls   []phoneCall              `json:"phone_calls"`
	Papers       []*paper                 `json:"papers"` // offers and invoices in one numbering
	NextPaper    int64                    `json:"next_paper"`
	Withdrawn    map[int64][]withdrawal   `json:"withdrawn"` // from the stock, by order
	Hooks        []*delivery              `json:"hooks"`
	Seen         map[string]lastTold      `json:"seen"`  // what webhooks told last, by entity and id
	Dirty        map[string]bool          `json:"dirty"` // what changed since then
	HooksDropped int                      `json:"hooks_dropped"`
}

func newRegister() register {
	return register{
		History: make(map[int64][]statusChange), Withdrawn: make(map[int64][]withdrawal),
		Seen: make(map[string]lastTold), Dirty: make(map[string]bool),
	}
}

// moveCard moves a card to another status of its module and notes it in the
// card's history. A card that is still being made has no history yet.
func (c *CRM) moveCard(k *card, to int64, stamp string) {
	if k.status == to {
		return
	}
	from := k.status
	k.status, k.statusUpdated = to, stamp
	if len(c.register.History[k.id]) > 0 {
		c.noteStatus(k, from, stamp)
	}
}

// touchCard makes a card modified. The first time, when the card has just been
// made, its history begins.
func (c *CRM) touchCard(k *card, stamp string) {
	k.updated = stamp
	if len(c.register.History[k.id]) == 0 {
		c.noteStatus(k, 0, k.created)
	}
	c.markChanged("Project", k.id)
}

// touchContact makes a person or a business modified.
func (c *CRM) touchContact(p *contact, stamp string) {
	p.updated = stamp
	c.markChanged("Contact", p.id)
}

func (c *CRM) noteStatus(k *card, from int64, stamp string) {
	c.register.NextChange++
	c.register.History[k.id] = append(c.register.History[k.id], statusChange{c.register.NextChange, from, k.status, stamp})
}
