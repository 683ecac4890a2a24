package engine

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"punte"
	"punte/minicrm"
)

// AccountError says that something the connection needs is not in MiniCRM, or not
// as it must be. Orders wait; nothing is sent to a wrong place.
type AccountError struct {
	Code string // stable name
	Text string
	Next string
}

// Error says what is missing and what to do.
func (e *AccountError) Error() string { return e.Text + "; " + e.Next }

// facts are what the work needs to know of the MiniCRM account.
type facts struct {
	read     time.Time
	language string
	owner    string // id of the user
	lengths  map[string]int
	statuses map[int64]string // labels of the Orders module, by id
	segments map[string]int64 // statuses of the Webshop module, by label
	webshop  minicrm.Schema   // fields of the customers' cards
	modules  map[string]int64 // by name
}

// factsAge is how long what was read of the account is trusted.
const factsAge = 10 * time.Minute

// account reads what is needed of the MiniCRM account, three calls, and checks that
// modules, fields and owner are there.
func (w *Work) account(ctx context.Context) (*facts, error) {
	now := w.engine.Now()
	if err := w.learn(ctx); err != nil {
		return nil, err
	}
	if w.facts != nil && now.Sub(w.facts.read) < factsAge {
		return w.facts, nil
	}
	a, err := readAccount(ctx, w.crm, w.conn)
	if err != nil {
		return nil, err
	}
	if faults := a.faults(w.conn); len(faults) > 0 {
		return nil, &faults[0]
	}
	if fault := w.engine.sheetFault(w.conn, a.lengths()[w.conn.LinkField]); fault != nil {
		return nil, fault
	}
	owner, _ := a.user(w.conn.Owner)
	w.facts = &facts{
		read: now, language: a.language, owner: w.found.owner(owner), lengths: a.lengths(), statuses: a.statuses(),
		segments: a.webshopStatuses(), webshop: a.webshop, modules: a.moduleIDs(),
	}
	return w.facts, nil
}

// crmAccount is what MiniCRM tells of itself.
type crmAccount struct {
	modules  []minicrm.Category
	orders   minicrm.Schema
	webshop  minicrm.Schema
	language string
}

// readAccount asks for the modules and the fields of the two that matter. A module
// that is not there has an empty schema.
func readAccount(ctx context.Context, crm *minicrm.Client, conn *punte.Connection) (crmAccount, error) {
	modules, err := crm.Categories(ctx)
	if err != nil {
		return crmAccount{}, err
	}
	a := crmAccount{modules: modules, language: conn.MiniCRM.Language}
	if a.module(conn.OrdersCategory) {
		if a.orders, err = crm.ProjectSchema(ctx, conn.OrdersCategory); err != nil {
			return a, err
		}
	}
	if a.module(conn.WebshopCategory) {
		if a.webshop, err = crm.ProjectSchema(ctx, conn.WebshopCategory); err != nil {
			return a, err
		}
	}
	if a.language == "" {
		var labels []string
		for _, status := range a.webshop.Statuses() {
			labels = append(labels, status.Label)
		}
		a.language, _ = minicrm.LanguageOfStatuses(labels)
	}
	return a, nil
}

func (a crmAccount) module(id int64) bool {
	for _, m := range a.modules {
		if m.ID == id {
			return true
		}
	}
	return false
}

// user finds the owner by id, else by exact name.
func (a crmAccount) user(owner string) (minicrm.Option, bool) {
	id, err := strconv.ParseInt(owner, 10, 64)
	for _, u := range a.orders.Users() {
		if err == nil && u.ID == id || err != nil && u.Label == owner {
			return u, true
		}
	}
	return minicrm.Option{}, false
}

func (a crmAccount) lengths() map[string]int {
	lengths := map[string]int{}
	for _, f := range a.orders.Fields {
		lengths[f.Name] = f.Length
	}
	return lengths
}

func (a crmAccount) statuses() map[int64]string {
	labels := map[int64]string{}
	for _, s := range a.orders.Statuses() {
		labels[s.ID] = s.Label
	}
	return labels
}

func (a crmAccount) moduleIDs() map[string]int64 {
	ids := map[string]int64{}
	for _, m := range a.modules {
		ids[m.Name] = m.ID
	}
	return ids
}

// faults lists what the connection names and MiniCRM does not have.
func (a crmAccount) faults(conn *punte.Connection) []AccountError {
	var faults []AccountError
	for _, m := range []struct {
		setting string
		id      int64
	}{{"orders_category", conn.OrdersCategory}, {"webshop_category", conn.WebshopCategory}} {
		if !a.module(m.id) {
			faults = append(faults, AccountError{
				"minicrm.module",
				fmt.Sprintf("there is no module %d in MiniCRM (%s)", m.id, m.setting),
				"switch the module on in MiniCRM or correct " + m.setting + "; it has " + a.moduleNames(),
			})
		}
	}
	if len(faults) > 0 {
		return faults
	}
	if _, ok := a.user(conn.Owner); !ok {
		faults = append(faults, AccountError{
			"minicrm.owner",
			fmt.Sprintf("there is no user %s in MiniCRM's Orders module", conn.Owner), "choose another owner",
		})
	}
	for _, field := range fieldNames(conn) {
		f, ok := a.orders.Field(field.name)
		switch {
		case !ok:
			faults = append(faults, AccountError{
				"minicrm.field",
				fmt.Sprintf("the Orders module has no field %s (%s)", field.name, field.setting),
				"make the field in MiniCRM or correct " + field.setting,
			})
		case field.setting == "link_field" && f.Type != "Text":
			faults = append(faults, AccountError{
				"minicrm.field",
				fmt.Sprintf("the field %s (%s) is not a text field", field.name, field.setting), "choose a text field",
			})
		}
	}
	faults = append(faults, a.customerFaults(conn)...)
	if a.language == "" {
		faults = append(faults, AccountError{
			"minicrm.language",
			"the labels of the Webshop module's statuses do not tell the account's language", "write minicrm.language as hu, ro or en",
		})
	}
	return faults
}

func (a crmAccount) moduleNames() string {
	names := make([]string, 0, len(a.modules))
	for _, m := range a.modules {
		names = append(names, fmt.Sprintf("%d %s", m.ID, m.Name))
	}
	return strings.Join(names, ", ")
}

type fieldUse struct{ name, setting string }

// fieldNames lists the fields of the order's card that the connection writes.
func fieldNames(conn *punte.Connection) []fieldUse {
	var uses []fieldUse
	if conn.LinkField != "" {
		uses = append(uses, fieldUse{conn.LinkField, "link_field"})
	}
	if conn.StatusField != "" {
		uses = append(uses, fieldUse{conn.StatusField, "status_field"})
	}
	for _, pair := range conn.FieldMap {
		uses = append(uses, fieldUse{pair.Field, "field_map"})
	}
	return uses
}
