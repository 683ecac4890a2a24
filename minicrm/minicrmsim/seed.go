package minicrmsim

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
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
// Kind is "orders" or "webshop", at most one module each, or empty. Statuses
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
	Name    string   `json:"name"`
	Type    string   `json:"type"`
	Set     bool     `json:"set"`
	Options []Option `json:"options"`
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
		case "orders", "webshop":
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
	return errors.Join(faults...)
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
	for _, f := range m.Fields {
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

// defaultSeed is the world described in the package's guide: Sales, Orders and
// Webshop, two users.
func defaultSeed(l language) *Seed {
	return &Seed{
		Users: []User{{100001, "Ana Ionescu"}, {100002, "Kiss Béla"}},
		Modules: []SeedModule{
			{ID: 3, Name: nameSales[l], Type: "Generic", Statuses: []SeedStatus{
				{ID: 2801, Name: phrase{"Interested", "Érdeklődő", "Interesat"}[l], Group: "Lead"},
				{ID: 2802, Name: phrase{"Negotiation", "Tárgyalás", "Negociere"}[l], Group: "Open"},
				{ID: 2803, Name: phrase{"Won", "Megnyert", "Câștigat"}[l], Group: "Success"},
				{ID: 2804, Name: phrase{"Lost", "Elveszett", "Pierdut"}[l], Group: "Failed"},
			}},
			{ID: 4, Name: nameOrders[l], Type: "Order", Kind: "orders", Fields: []SeedField{
				{Name: "LinkPdf", Type: "Text(1024)"},
				{Name: "StatusUnas", Type: "Text(255)"},
				{Name: "Observatii", Type: "Text(4096)"},
				{Name: "AWB", Type: "Text(128)"},
				{Name: "Enum1221", Options: []Option{
					{1507, phrase{"In person", "Személyes", "Personal"}[l]},
					{1508, phrase{"Phone", "Telefon", "Telefonic"}[l]},
					{1509, "Webshop"},
				}},
				{Name: "Set1231", Set: true, Options: []Option{
					{1, phrase{"Fragile", "Törékeny", "Fragil"}[l]},
					{2, phrase{"Gift", "Ajándék", "Cadou"}[l]},
					{4, phrase{"Urgent", "Sürgős", "Urgent"}[l]},
					{8, phrase{"Oversize", "Nagyméretű", "Voluminos"}[l]},
				}},
			}},
			{ID: 5, Name: nameWebshop[l], Type: "Webshop", Kind: "webshop", Fields: []SeedField{
				{Name: "Newsletter", Type: "Text(32)"},
			}},
		},
	}
}

// build turns a seed's module into the one that the system works with.
func (m SeedModule) build(rank int, l language) *module {
	built := &module{id: m.ID, rank: rank, name: m.Name, typ: m.Type, kind: m.Kind, byName: make(map[string]*field)}
	if built.typ == "" {
		built.typ = map[string]string{"orders": "Order", "webshop": "Webshop", "": "Generic"}[m.Kind]
	}
	for _, s := range m.Statuses {
		built.statuses = append(built.statuses, status{s.ID, s.Name, s.Group, s.State, segment(s.Segment)})
	}
	if len(m.Statuses) == 0 {
		built.statuses = defaultStatuses(m, l)
	}
	for _, f := range m.Fields {
		built.add(&field{name: f.Name, typ: f.Type, set: f.Set, options: f.Options})
	}
	for _, f := range builtinFields[m.Kind] {
		if built.byName[f.name] == nil {
			built.add(&f)
		}
	}
	return built
}

func (m *module) add(f *field) {
	if len(f.options) > 0 {
		f.typ = ""
	} else {
		f.options = nil
	}
	m.fields = append(m.fields, f)
	m.byName[f.name] = f
}

func defaultStatuses(m SeedModule, l language) []status {
	switch m.Kind {
	case "orders":
		var all []status
		for i, s := range states {
			all = append(all, status{id: 2901 + int64(i), name: stateNames[s][l], group: s.group(), state: s})
		}
		return all
	case "webshop":
		var all []status
		for i, s := range segments {
			all = append(all, status{id: 3001 + int64(i), name: segmentNames[s][l], group: s.group(), segment: s})
		}
		return all
	}
	return []status{{id: 10*m.ID + 1, name: "Open", group: "Open"}}
}

// The fields MiniCRM itself gives to a module. The names of the three computed
// ones are not published; MiniCRM fills them from the orders.
var builtinFields = map[string][]field{
	"orders": {{name: "ShippingMethod", typ: "Text(255)"}},
	"webshop": {
		{name: "WebshopRegistrationDate", typ: "DateTime"},
		{name: "WebshopDisabled", typ: "Boolean"},
		{name: "WebshopLostBasketContent", typ: "Text(65535)"},
		{name: "WebshopLostBasketDate", typ: "DateTime"},
		{name: "WebshopLostBasketValue", typ: "Float"},
		{name: computedCount, typ: "Int", readOnly: true},
		{name: computedTurnover, typ: "Float", readOnly: true},
		{name: computedLast, typ: "DateTime", readOnly: true},
	},
}

const (
	computedCount    = "WebshopOrderCount"
	computedTurnover = "WebshopTurnover"
	computedLast     = "WebshopLastOrder"
)
