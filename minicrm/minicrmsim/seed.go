package minicrmsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
)

// A Seed is the world a system starts with. As JSON:
//
//	{
//	  "users": [{"id": 100001, "name": "Ana Ionescu"}],
//	  "modules": [
//	    {"id": 4, "name": "Orders", "type": "Order", "kind": "orders",
//	     "statuses": [{"id": 2901, "name": "Draft", "group": "Lead", "state": "Draft"}],
//	     "fields": [{"name": "LinkPdf", "type": "Text(1024)"},
//	                {"name": "Source", "options": [{"id": 1507, "label": "Phone"}]},
//	                {"name": "Packing", "set": true, "options": [{"id": 1, "label": "Box"}, {"id": 2, "label": "Bag"}]}]},
//	    {"id": 5, "name": "Webshop", "type": "Webshop", "kind": "webshop"}
//	  ]
//	}
//
// Kind is "orders", "webshop", "offers" or "invoices", at most one module each,
// or empty; offers and invoices can be made only with a module of their kind. Statuses
// and the built-in fields (ShippingMethod in Orders, Webshop... in Webshop) may
// be left out: a module then has those of the default world, in the system's
// language. Group is Lead, Open, Success or Failed. State, in Orders, is one of
// the five words of Order/Status; segment, in Webshop, one of subscriber,
// registered, new, promising, loyal, passive, passive-loyal, lost, lost-loyal,
// inactive, unsubscribed. A field's type is a string of the schema: Int, Float,
// Boolean, DateTime, Text(N), File(NMB); options replace it.
type Seed struct {
	Users   []User       `json:"users"`
	Modules []SeedModule `json:"modules"`

	PersonFields   []SeedField    `json:"person_fields"`   // beyond the standard ones
	BusinessFields []SeedField    `json:"business_fields"` // likewise
	Templates      []SeedTemplate `json:"templates"`
	Forms          []SeedForm     `json:"forms"`    // of POST /Api/Signup
	Filters        []SeedFilter   `json:"filters"`  // of GET /Api/SharedFilter
	Webhooks       []Webhook      `json:"webhooks"` // besides those of Options
}

// A SeedTemplate is a text that a module's users start from.
type SeedTemplate struct {
	ID       int64  `json:"id"`
	Category int64  `json:"category"`
	Type     string `json:"type"` // Email, Todo, Sms or File
	Name     string `json:"name"`
	Subject  string `json:"subject"`
	Body     string `json:"body"`
}

// A SeedForm is a web form whose sender becomes a card of a module.
type SeedForm struct {
	Hash     string `json:"hash"`
	Category int64  `json:"category"`
}

// A SeedFilter is a saved search for cards. Query is written as in the address
// of GET Project: "CategoryId=4&StatusGroup=Open".
type SeedFilter struct {
	Hash  string `json:"hash"`
	Query string `json:"query"`
}

// A User is somebody who can own cards.
type User struct {
	ID   int64  `json:"id"`
	Name string `json:"name"`
}

// A SeedModule is one product of the system, see [Seed].
type SeedModule struct {
	ID       int64        `json:"id"`
	Name     string       `json:"name"`
	Type     string       `json:"type"`
	Kind     string       `json:"kind"`
	Statuses []SeedStatus `json:"statuses"`
	Fields   []SeedField  `json:"fields"`
	Users    []int64      `json:"users"`   // who has access; none listed means everybody
	Trashed  bool         `json:"trashed"` // in the Trash: not among the categories
}

// A SeedStatus is one status of a module, see [Seed].
type SeedStatus struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Group   string `json:"group"`
	State   State  `json:"state"`
	Segment string `json:"segment"`
}

// A SeedField is one field of a module's cards, see [Seed].
type SeedField struct {
	Name     string   `json:"name"`
	Type     string   `json:"type"`
	Set      bool     `json:"set"`
	Options  []Option `json:"options"`
	Required bool     `json:"required"` // PUT Project cannot make a card without it
}

// An Option is one value of a drop-down or of a set.
type Option struct {
	ID    int64  `json:"id"`
	Label string `json:"label"`
}

// ReadSeed reads a [Seed] from JSON. It refuses unknown keys and whatever New
// could not build a system from.
func ReadSeed(r io.Reader) (*Seed, error) {
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	var s Seed
	if err := d.Decode(&s); err != nil {
		return nil, fmt.Errorf("reading the seed: %w", err)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("reading the seed: %w", err)
	}
	return &s, nil
}

var (
	seedName = regexp.MustCompile(`^[A-Za-z_][A-Za-z_.0-9-]*$`)
	seedType = regexp.MustCompile(`^(Int|Float|Boolean|DateTime|Text\([1-9][0-9]*\)|File\([1-9][0-9]*MB\))$`)
)

func (s *Seed) check() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if len(s.Users) == 0 {
		fault("there is no user")
	}
	if len(s.Modules) == 0 {
		fault("there is no module")
	}
	seen := make(map[string]bool)
	for _, m := range s.Modules {
		id := fmt.Sprint("module ", m.ID)
		if m.ID <= 0 || m.Name == "" || seen[id] {
			fault("module %d %q needs a name and an id of its own", m.ID, m.Name)
		}
		seen[id] = true
		switch m.Kind {
		case "orders", "webshop", "offers", "invoices":
			if seen[m.Kind] {
				fault("module %d is a second one of kind %q", m.ID, m.Kind)
			}
			seen[m.Kind] = true
		case "":
		default:
			fault("module %d has the unknown kind %q", m.ID, m.Kind)
		}
		faults = append(faults, m.check()...)
	}
	faults = append(faults, checkFields(s.PersonFields)...)
	faults = append(faults, checkFields(s.BusinessFields)...)
	return errors.Join(append(faults, s.checkTexts(seen)...)...)
}

func (m SeedModule) check() []error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("module %d: %w", m.ID, fmt.Errorf(format, args...)))
	}
	for _, st := range m.Statuses {
		if st.ID <= 0 || st.Name == "" {
			fault("status %d %q needs an id and a name", st.ID, st.Name)
		}
		if _, known := stateNames[st.State]; st.State != "" && !known {
			fault("status %q has the unknown state %q", st.Name, st.State)
		}
		if _, known := segmentNames[segment(st.Segment)]; st.Segment != "" && !known {
			fault("status %q has the unknown segment %q", st.Name, st.Segment)
		}
	}
	if m.Kind == "orders" && len(m.Statuses) > 0 {
		for _, s := range states {
			found := false
			for _, st := range m.Statuses {
				found = found || st.State == s
			}
			if !found {
				fault("no status stands for the state %s", s)
			}
		}
	}
	for _, err := range checkFields(m.Fields) {
		fault("%w", err)
	}
	return faults
}

// checkTexts looks for what is named twice or belongs to no module.
func (s *Seed) checkTexts(seen map[string]bool) []error {
	var faults []error
	once := func(kind string, id any, category int64) {
		key := fmt.Sprint(kind, " ", id)
		if seen[key] || fmt.Sprint(id) == "" || fmt.Sprint(id) == "0" {
			faults = append(faults, fmt.Errorf("%s needs an id or hash of its own", key))
		}
		if kind != "filter" && !seen[fmt.Sprint("module ", category)] {
			faults = append(faults, fmt.Errorf("%s is of module %d, which there is not", key, category))
		}
		seen[key] = true
	}
	for _, t := range s.Templates {
		once("template", t.ID, t.Category)
		if !slices.Contains([]string{"Email", "Todo", "Sms", "File"}, t.Type) {
			faults = append(faults, fmt.Errorf("template %d has the unknown type %q", t.ID, t.Type))
		}
	}
	for i, h := range s.Webhooks {
		place, err := url.Parse(h.URL)
		if err != nil || place.Host == "" || h.Type != "Project" && h.Type != "Contact" {
			faults = append(faults, fmt.Errorf("webhook %d needs an address and a type, Project or Contact", i+1))
		}
	}
	for _, f := range s.Forms {
		once("form", f.Hash, f.Category)
	}
	for _, f := range s.Filters {
		once("filter", f.Hash, 0)
		if _, err := url.ParseQuery(f.Query); err != nil {
			faults = append(faults, fmt.Errorf("filter %s: %w", f.Hash, err))
		}
	}
	return faults
}

func checkFields(fields []SeedField) []error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	for _, f := range fields {
		if !seedName.MatchString(f.Name) || isStandardField(f.Name) {
			fault("%q cannot be the name of a field", f.Name)
		}
		if len(f.Options) == 0 && !seedType.MatchString(f.Type) {
			fault("field %s has the unknown type %q", f.Name, f.Type)
		}
		for _, o := range f.Options {
			if o.ID <= 0 || o.Label == "" || f.Set && o.ID&(o.ID-1) != 0 {
				fault("field %s has the bad option %d %q", f.Name, o.ID, o.Label)
			}
		}
	}
	return faults
}
