package minicrmsim

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/govalues/decimal"
)

// A module is one product of the system: what the API calls a category.
type module struct {
	id       int64
	rank     int
	name     string
	typ      string // the Type of Category?Detailed=1
	kind     string // "orders", "webshop" or ""
	statuses []status
	fields   []*field
	byName   map[string]*field
	cards    []*card // by id
	users    []int64 // who may own its cards, nil is everybody
	trashed  bool    // the module is in the Trash: it is not listed
}

// open says whether a user may own cards of the module.
func (m *module) open(user int64) bool { return m.users == nil || slices.Contains(m.users, user) }

// owner reads a UserId. MiniCRM refuses none: an unknown user, or one without
// access to the module, is replaced by somebody who has it.
func (c *CRM) owner(m *module, text string) int64 {
	if u := c.userOf(text); u != nil && m.open(u.ID) {
		return u.ID
	}
	for _, u := range c.users {
		if m.open(u.ID) {
			return u.ID
		}
	}
	return c.somebody()
}

// schema prints the fields of a person or a business behind those given.
func (m *module) schema(all object) object {
	all = append(all, object{
		{"Email", "Text(128)"},
		{"EmailType", "Text(1024)"},
		{"Phone", "Text(128)"},
		{"PhoneType", "Text(1024)"},
		{"Description", "Text(4096)"},
		{"Deleted", "Boolean"},
	}...)
	for _, f := range m.fields {
		all = all.with(f.name, f.schema())
	}
	return all
}

// A status of a module. State is set in the Orders module, segment in the
// Webshop module, where the statuses mean something to MiniCRM itself.
type status struct {
	id      int64
	name    string
	group   string // Lead, Open, Success or Failed
	state   State
	segment segment
}

func (m *module) status(id int64) *status {
	for i := range m.statuses {
		if m.statuses[i].id == id {
			return &m.statuses[i]
		}
	}
	return nil
}

// statusOf finds a status by its label or its id.
func (m *module) statusOf(text string) *status {
	for i := range m.statuses {
		if m.statuses[i].name == text || strconv.FormatInt(m.statuses[i].id, 10) == text {
			return &m.statuses[i]
		}
	}
	return nil
}

func (m *module) statusOfState(s State) *status {
	for i := range m.statuses {
		if m.statuses[i].state == s {
			return &m.statuses[i]
		}
	}
	return nil
}

func (m *module) statusOfSegment(s segment) *status {
	for i := range m.statuses {
		if m.statuses[i].segment == s {
			return &m.statuses[i]
		}
	}
	return nil
}

// A field of a card. Typ is the string that Schema prints, empty where the
// schema prints the options instead.
type field struct {
	name     string
	typ      string
	options  []Option
	set      bool // several options at once, their ids are powers of two
	readOnly bool
	required bool // PUT cannot make a card without it
}

// limit is the greatest number of characters of a text field, 0 for others.
func (f *field) limit() int {
	inner, found := strings.CutPrefix(f.typ, "Text(")
	if !found {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSuffix(inner, ")"))
	if err != nil {
		return 0
	}
	return n
}

// parse turns what a caller sent into what is stored: the id of an option, the
// bit mask of a set, the value itself. The reason is empty if it is good.
func (f *field) parse(text string) (value, reason string) {
	if f.readOnly {
		return "", "is read-only"
	}
	if f.options != nil {
		return f.parseOption(text)
	}
	if limit := f.limit(); limit > 0 {
		if n := utf8.RuneCountInString(text); n > limit {
			return "", "is longer than " + strconv.Itoa(limit) + " characters"
		}
		return text, ""
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return "", ""
	}
	switch f.typ {
	case "Int":
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return "", "is not an integer"
		}
		return strconv.FormatInt(n, 10), ""
	case "Float":
		d, err := decimal.Parse(text)
		if err != nil {
			return "", "is not a number"
		}
		return d.Trim(0).String(), ""
	case "Boolean":
		if text != "0" && text != "1" {
			return "", "is neither 0 nor 1"
		}
	case "DateTime":
		if noDate(text) {
			return text, ""
		}
		if _, ok := parseTime(text, time.UTC); !ok {
			return "", "is not a date"
		}
	}
	if strings.HasPrefix(f.typ, "File(") {
		return parseFiles(text)
	}
	return text, ""
}

// parseFiles reads the addresses of a file field, which MiniCRM downloads.
func parseFiles(text string) (value, reason string) {
	for one := range strings.SplitSeq(text, ",") {
		place, err := url.Parse(strings.TrimSpace(one))
		if err != nil || place.Host == "" || place.Scheme != "http" && place.Scheme != "https" {
			return "", "is not the address of a file"
		}
	}
	return text, ""
}

// noDate says whether a text is how MiniCRM writes that there is no date.
func noDate(text string) bool { return text == "0000-00-00" || text == "0000-00-00 00:00:00" }

func (f *field) parseOption(text string) (value, reason string) {
	if strings.TrimSpace(text) == "" {
		return "", ""
	}
	if o := f.option(text); o != nil {
		return strconv.FormatInt(o.ID, 10), ""
	}
	if !f.set {
		return "", "has no such option"
	}
	if mask, err := strconv.ParseInt(text, 10, 64); err == nil {
		if mask < 0 || mask&^f.mask() != 0 {
			return "", "has no such option"
		}
		return text, ""
	}
	var mask int64
	for label := range strings.SplitSeq(text, ",") {
		o := f.option(strings.TrimSpace(label))
		if o == nil {
			return "", "has no such option"
		}
		mask |= o.ID
	}
	return strconv.FormatInt(mask, 10), ""
}

func (f *field) option(text string) *Option {
	for i := range f.options {
		if f.options[i].Label == text || strconv.FormatInt(f.options[i].ID, 10) == text {
			return &f.options[i]
		}
	}
	return nil
}

func (f *field) mask() int64 {
	var all int64
	for _, o := range f.options {
		all |= o.ID
	}
	return all
}

// label is a stored value as the API's details print it: labels for options, a
// set's joined by a comma and a blank.
func (f *field) label(value string) string {
	if f.options == nil || value == "" {
		return value
	}
	if !f.set {
		if o := f.option(value); o != nil {
			return o.Label
		}
		return value
	}
	mask, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return value
	}
	var labels []string
	for _, o := range f.options {
		if mask&o.ID != 0 {
			labels = append(labels, o.Label)
		}
	}
	return strings.Join(labels, ", ")
}

// print is a stored value as JSON: a number where the field holds whole ones.
func (f *field) print(value string) any {
	if value != "" && (f.typ == "Int" || f.typ == "Boolean") {
		return json.Number(value)
	}
	return f.label(value)
}

// schema prints a field as GET Schema does.
func (f *field) schema() any {
	if f.options == nil {
		return f.typ
	}
	var all object
	for _, o := range f.options {
		all = all.with(strconv.FormatInt(o.ID, 10), o.Label)
	}
	return all
}

// projectSchema is the body of GET Schema/Project/{CategoryId}.
func (c *CRM) projectSchema(m *module) object {
	var users, statuses, categories object
	for _, u := range c.users {
		if !m.open(u.ID) {
			continue
		}
		users = users.with(strconv.FormatInt(u.ID, 10), u.Name)
	}
	for _, s := range m.statuses {
		statuses = statuses.with(strconv.FormatInt(s.id, 10), s.name)
	}
	for _, other := range c.modules {
		categories = categories.with(strconv.FormatInt(other.id, 10), other.name)
	}
	schema := object{
		{"Id", "Int"},
		{"CategoryId", categories},
		{"ContactId", "Int"},
		{"BusinessId", "Int"},
		{"StatusId", statuses},
		{"UserId", users},
		{"Name", "Text(512)"},
		{"StatusUpdatedAt", "DateTime"},
		{"IsPrivate", "Int"},
		{"Invited", "Text(65535)"},
		{"Deleted", "Int"},
		{"CreatedBy", users},
		{"CreatedAt", "DateTime"},
		{"UpdatedBy", users},
		{"UpdatedAt", "DateTime"},
	}
	for _, f := range m.fields {
		schema = schema.with(f.name, f.schema())
	}
	return schema
}

// standardFields are the names of every card's own fields.
var standardFields = []string{
	"Id", "CategoryId", "ContactId", "BusinessId", "StatusId", "UserId", "Name", "StatusUpdatedAt", "IsPrivate",
	"Invited", "Deleted", "CreatedBy", "CreatedAt", "UpdatedBy", "UpdatedAt", "ReferenceId", "MainContactId",
	"StatusGroup", "UpdatedSince", "Query", "Page", "ProjectHash", "ProjectEmail",
}

func isStandardField(name string) bool { return slices.Contains(standardFields, name) }

const wireTime = "2006-01-02 15:04:05"

// parseTime reads a date or a date with a time, seconds or not.
func parseTime(text string, zone *time.Location) (time.Time, bool) {
	for _, layout := range []string{wireTime, "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
