package punte

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Defaults of the connection document.
const (
	DefaultUNAS    = "https://api.unas.eu/shop/"
	DefaultMiniCRM = "https://r3.minicrm.hu"
	defaultZone    = "Europe/Budapest"
	defaultFolder  = "UNAS"
)

// StateOf ties a label of MiniCRM, in any of its languages, to the state of the
// document it stands for.
type StateOf func(label string) (State, bool)

// ParseConnection reads a connection document. All mistakes are reported together,
// each with its line. Labels on the right side of the status map are looked up
// among the five English words, then in status_names, then by stateOf.
func ParseConnection(text string, stateOf StateOf) (*Connection, error) {
	return parseConnection(text, stateOf, []string{"api_key"})
}

// ParseStored reads a document that Document wrote: the keys are kept elsewhere.
func ParseStored(text string, stateOf StateOf) (*Connection, error) {
	return parseConnection(text, stateOf, nil)
}

func parseConnection(text string, stateOf StateOf, keys []string) (*Connection, error) {
	root, err := parseNode(PlainJSON(text))
	if err != nil {
		return nil, err
	}
	if root.kind != '{' {
		return nil, Errorf(Invalid, "line %d: a connection document is a JSON object", root.line)
	}
	p := &documentParser{stateOf: stateOf, keys: keys, names: map[string]State{}, faulty: map[string]bool{}}
	c := p.connection(root)
	if len(p.faults) > 0 {
		return nil, Errorf(Invalid, "%w", errors.Join(p.faults...))
	}
	return c, nil
}

type documentParser struct {
	stateOf StateOf
	keys    []string         // names of the required keys of both services
	names   map[string]State // status_names
	claims  []claim
	faulty  map[string]bool // paths of the values that were found wrong
	faults  []error
}

// claim is a field of the order's card that a setting writes.
type claim struct {
	field, setting string
	line           int
}

// fault reports what is wrong with a value, once for each.
func (p *documentParser) fault(n node, format string, args ...any) {
	if p.faulty[n.path] {
		return
	}
	p.faulty[n.path] = true
	p.faults = append(p.faults, Errorf(Invalid, "line %d: %s: %s", n.line, n.name(), fmt.Sprintf(format, args...)))
}

// object hands each member to its reader; unknown names are refused, required ones
// that are missing are named.
func (p *documentParser) object(n node, required []string, readers map[string]func(node)) {
	if n.kind != '{' {
		p.fault(n, "must be a JSON object")
		return
	}
	present := map[string]bool{}
	for _, m := range n.members {
		read, known := readers[m.name]
		if !known {
			p.faults = append(p.faults, Errorf(Invalid, "line %d: %s has no setting %q; it knows %s",
				m.line, n.name(), m.name, strings.Join(sortedKeys(readers), ", ")))
			continue
		}
		present[m.name] = m.value.kind != 'n'
		if present[m.name] {
			read(m.value)
		}
	}
	for _, name := range required {
		if !present[name] {
			p.faults = append(p.faults, Errorf(Invalid, "line %d: %s is missing; it is required",
				n.line, strings.TrimPrefix(n.path+"."+name, ".")))
		}
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func (p *documentParser) connection(root node) *Connection {
	c := &Connection{
		UNAS:       UNASAccess{BaseURL: DefaultUNAS},
		MiniCRM:    MiniCRMAccess{BaseURL: DefaultMiniCRM},
		LinkSource: LinkAuto, Folder: defaultFolder, SendSKU: true,
		DeletedOrders: "fail", Customers: "since_start", Contacts: "match", Existing: "leave",
	}
	c.UNAS.Zone, _ = time.LoadLocation(defaultZone)
	c.MiniCRM.Zone = c.UNAS.Zone
	var statusMap *node
	p.object(root,
		[]string{"name", "unas", "minicrm", "orders_category", "webshop_category", "owner", "status_map", "start_date"},
		map[string]func(node){
			"name":               func(n node) { c.Name = p.filled(n) },
			"unas":               func(n node) { p.unas(n, &c.UNAS) },
			"minicrm":            func(n node) { p.minicrm(n, &c.MiniCRM) },
			"orders_category":    func(n node) { c.OrdersCategory = p.id(n) },
			"webshop_category":   func(n node) { c.WebshopCategory = p.id(n) },
			"owner":              func(n node) { c.Owner = p.textOrNumber(n) },
			"link_field":         func(n node) { c.LinkField = p.field(n, "link_field") },
			"link_source":        func(n node) { c.LinkSource = p.linkSource(n) },
			"status_field":       func(n node) { c.StatusField = p.field(n, "status_field") },
			"status_map":         func(n node) { statusMap = &n },
			"status_names":       func(n node) { p.statusNames(n) },
			"field_map":          func(n node) { c.FieldMap = p.orderFields(n) },
			"customer_field_map": func(n node) { c.CustomerFields = p.customerFields(n) },
			"start_date":         func(n node) { c.StartDate = p.date(n) },
			"delivery":           func(n node) { c.Delivery = p.oneOf(n, "pull", "push") },
			"folder":             func(n node) { c.Folder = p.filled(n) },
			"send_sku":           func(n node) { c.SendSKU = p.boolean(n) },
			"deleted_orders":     func(n node) { c.DeletedOrders = p.oneOf(n, "fail", "keep") },
			"customers":          func(n node) { c.Customers = p.oneOf(n, "since_start", "all", "buyers") },
			"contacts":           func(n node) { c.Contacts = p.oneOf(n, "match", "new") },
			"existing":           func(n node) { c.Existing = p.oneOf(n, "leave", "adopt") },
			"shop_number":        func(n node) { c.ShopNumber = p.shopNumber(n) },
			"shared_addresses":   func(n node) { c.SharedAddresses, c.SharedAddressesGiven = p.texts(n), true },
		})
	// Read last: its right sides may use status_names, which may stand below it.
	if statusMap != nil {
		c.StatusMap = p.statusMap(*statusMap)
	}
	if c.OrdersCategory > 0 && c.OrdersCategory == c.WebshopCategory {
		p.faults = append(p.faults, Errorf(Invalid, "line %d: orders_category and webshop_category are both %d; "+
			"orders and customers are two modules, give the number of each", root.line, c.OrdersCategory))
	}
	if len(p.names) > 0 {
		c.StatusNames = p.names
	}
	p.targets()
	return c
}

func (p *documentParser) unas(n node, u *UNASAccess) {
	p.object(n, p.keys, map[string]func(node){
		"base_url":  func(n node) { u.BaseURL = p.baseURL(n) },
		"api_key":   func(n node) { u.APIKey = p.secret(n) },
		"time_zone": func(n node) { u.Zone = p.zone(n, u.Zone) },
	})
}

func (p *documentParser) minicrm(n node, m *MiniCRMAccess) {
	p.object(n, append([]string{"system_id"}, p.keys...), map[string]func(node){
		"base_url":  func(n node) { m.BaseURL = strings.TrimRight(p.baseURL(n), "/") },
		"system_id": func(n node) { m.SystemID = p.systemID(n) },
		"api_key":   func(n node) { m.APIKey = p.secret(n) },
		"language":  func(n node) { m.Language = p.oneOf(n, "hu", "ro", "en") },
		"time_zone": func(n node) { m.Zone = p.zone(n, m.Zone) },
	})
}

// statusNames reads the ties between labels of MiniCRM and states of the document.
func (p *documentParser) statusNames(n node) {
	if n.kind != '{' {
		p.fault(n, "must be a JSON object of label and state")
		return
	}
	for _, m := range n.members {
		state := State(p.filled(m.value))
		if !slices.Contains(States(), state) {
			p.fault(m.value, "%q is not a state of an order; write Draft, Issued, Completed, Paid or Failed", string(state))
			continue
		}
		p.names[strings.TrimSpace(m.name)] = state
	}
}

func (p *documentParser) statusMap(n node) StatusMap {
	if n.kind != '{' {
		p.fault(n, `must be a JSON object such as {"Shop status": "Issued"}`)
		return nil
	}
	statuses := StatusMap{}
	for _, m := range n.members {
		if m.value.kind == 'n' {
			statuses = append(statuses, StatusPair{Shop: m.name})
			continue
		}
		if m.value.kind != '"' {
			p.fault(m.value, "must be a status of MiniCRM in quotation marks, or null for orders that are not to be brought")
			continue
		}
		state, ok := p.state(m.value.text)
		if !ok {
			p.fault(m.value, "%q is not a status of MiniCRM's orders; write Draft, Issued, Completed, Paid or Failed, "+
				"or tie the label to one of them in status_names", m.value.text)
			continue
		}
		statuses = append(statuses, StatusPair{Shop: m.name, State: state})
	}
	return statuses
}

func (p *documentParser) state(label string) (State, bool) {
	label = strings.TrimSpace(label)
	if slices.Contains(States(), State(label)) {
		return State(label), true
	}
	if state, ok := p.names[label]; ok {
		return state, true
	}
	if p.stateOf == nil {
		return "", false
	}
	return p.stateOf(label)
}

// targets refuses a field of MiniCRM that two settings would write.
func (p *documentParser) targets() {
	taken := map[string]claim{}
	for _, c := range p.claims {
		first, twice := taken[c.field]
		if !twice {
			taken[c.field] = c
			continue
		}
		p.faults = append(p.faults, Errorf(Invalid, "line %d: the field %s is the target of %s and of %s (line %d); each field can have one",
			c.line, c.field, c.setting, first.setting, first.line))
	}
}

// elementName is what MiniCRM takes as the name of a field in its XML.
var elementName = regexp.MustCompile(`^[A-Za-z_][-A-Za-z_.0-9]*$`)

// ours are names of a card that Punte writes by itself, or that MiniCRM keeps for
// itself; its documents take none of them as a field.
var ours = []string{
	"UserId", "StatusId", "CategoryId", "Name", "Id", "ContactId", "MainContactId", "BusinessId", "ReferenceId", "Deleted",
	"StatusUpdatedAt", "CreatedBy", "CreatedAt", "UpdatedBy", "UpdatedAt",
}

// ourCustomerFields are those of a customer's card.
var ourCustomerFields = []string{
	"WebshopRegistrationDate", "WebshopDisabled", "WebshopLostBasketContent", "WebshopLostBasketDate", "WebshopLostBasketValue",
}

// field reads the name of a field that a setting writes; empty for none.
func (p *documentParser) field(n node, setting string) string {
	name := p.text(n)
	if name == "" {
		return ""
	}
	p.fieldName(n, name)
	p.claims = append(p.claims, claim{name, setting, n.line})
	return name
}

func (p *documentParser) orderFields(n node) []FieldPair {
	for _, m := range n.members {
		p.claims = append(p.claims, claim{m.name, "field_map", m.line})
	}
	return p.fieldMap(n, orderSource, Sources())
}

func (p *documentParser) customerFields(n node) []FieldPair {
	for _, m := range n.members {
		if slices.Contains(ourCustomerFields, m.name) {
			p.fault(m.value, "Punte itself writes the field %s; take another", m.name)
		}
	}
	return p.fieldMap(n, customerSource, CustomerSources())
}

func (p *documentParser) fieldName(n node, name string) {
	if !elementName.MatchString(name) || slices.Contains(ours, name) {
		p.fault(n, "%q can't be the name of a field of MiniCRM; take the text behind the dot of \"Field label on HTML forms\"", name)
	}
}

func orderSource(name string) bool { _, ok := Order{}.Value(name); return ok }

func customerSource(name string) bool {
	param, ok := strings.CutPrefix(name, linkParam)
	return ok && param != "" || slices.Contains(customerSources, name)
}

func (p *documentParser) fieldMap(n node, known func(string) bool, catalogue []string) []FieldPair {
	if n.kind != '{' {
		p.fault(n, "must be a JSON object of field and source")
		return nil
	}
	var pairs []FieldPair
	for _, m := range n.members {
		source := p.text(m.value)
		p.fieldName(m.value, m.name)
		if !known(source) {
			p.fault(m.value, "there is no source %q; the catalogue is param:NAME, %s", source, strings.Join(catalogue, ", "))
			continue
		}
		pairs = append(pairs, FieldPair{Field: m.name, Source: source})
	}
	sort.Slice(pairs, func(i, j int) bool { return pairs[i].Field < pairs[j].Field })
	return pairs
}

func (p *documentParser) linkSource(n node) string {
	text := p.text(n)
	template, isTemplate := strings.CutPrefix(text, linkTemplate)
	switch {
	case text == LinkAuto, text == LinkSheet, text == LinkInvoice:
	case strings.HasPrefix(text, linkParam) && text != linkParam:
	case isTemplate && absolute(template):
	default:
		p.fault(n, "%q is not a source of links; write auto, sheet, invoice, param:NAME or template:https://...{key}", text)
	}
	return text
}

// absolute says that text is a whole http or https address.
func absolute(text string) bool {
	u, err := url.Parse(strings.NewReplacer("{key}", "0", "{id}", "0").Replace(text))
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func (p *documentParser) baseURL(n node) string {
	text := p.text(n)
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" || u.User != nil || strings.ContainsAny(text, "?#") {
		p.fault(n, "must be an address such as https://r3.minicrm.hu, without user, query or fragment")
	}
	return text
}

func (p *documentParser) secret(n node) SecretRef {
	if n.kind == '"' {
		if blank(n.text) {
			p.fault(n, "is empty; paste the key")
		}
		return SecretRef{Value: NewSecret(strings.TrimSpace(n.text))}
	}
	var ref SecretRef
	if n.kind == '{' && len(n.members) == 1 && n.members[0].value.kind == '"' && n.members[0].value.text != "" {
		switch m := n.members[0]; m.name {
		case "env":
			ref.Env = m.value.text
			return ref
		case "file":
			ref.File = m.value.text
			return ref
		}
	}
	p.fault(n, `must be the key in quotation marks, {"env": "NAME"} or {"file": "PATH"}`)
	return ref
}

func (p *documentParser) systemID(n node) string {
	id := p.textOrNumber(n)
	if _, err := strconv.ParseUint(id, 10, 32); err != nil {
		p.fault(n, "must be the number of the MiniCRM system, the one in its address after the host")
	}
	return id
}
