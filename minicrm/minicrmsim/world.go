package minicrmsim

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
			}, Fields: []SeedField{
				{Name: "File1103", Type: "File(10MB)"},
				{Name: "Int1107", Type: "Int"},
				{Name: "Float1910", Type: "Float"},
				{Name: "Date1912", Type: "DateTime"},
				{Name: "Bool1913", Type: "Boolean"},
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
		Templates: []SeedTemplate{
			{ID: 1, Category: 3, Type: "Email", Name: "Welcome", Subject: "Welcome!", Body: "<p>Hello [Contact.FirstName]!</p>"},
			{ID: 2, Category: 3, Type: "Todo", Name: "Call back", Body: "Call [Contact.Name]."},
			{ID: 3, Category: 4, Type: "File", Name: "Order"},
		},
		Forms:   []SeedForm{{Hash: "3f9c2a7d51", Category: 3}},
		Filters: []SeedFilter{{Hash: "b81e04c6aa", Query: "CategoryId=4&StatusGroup=Open"}},
	}
}

// build turns a seed's module into the one that the system works with.
func (m SeedModule) build(rank int, l language) *module {
	built := &module{
		id: m.ID, rank: rank, name: m.Name, typ: m.Type, kind: m.Kind, byName: make(map[string]*field),
		users: m.Users, trashed: m.Trashed,
	}
	if built.typ == "" {
		built.typ = map[string]string{
			"orders": "Order", "webshop": "Webshop", "offers": "Offer", "invoices": "Invoice", "": "Generic",
		}[m.Kind]
	}
	for _, s := range m.Statuses {
		built.statuses = append(built.statuses, status{s.ID, s.Name, s.Group, s.State, segment(s.Segment)})
	}
	if len(m.Statuses) == 0 {
		built.statuses = defaultStatuses(m, l)
	}
	for _, f := range m.Fields {
		built.add(&field{name: f.Name, typ: f.Type, set: f.Set, options: f.Options, required: f.Required})
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
	case "offers", "invoices":
		var all []status
		for i, s := range paperStatuses[m.Kind] {
			all = append(all, status{id: 10*m.ID + 1 + int64(i), name: s.name[l], group: s.group})
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
