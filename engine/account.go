package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"punte"
	"punte/minicrm"
	"punte/store"
)

// AccountError says that something the connection needs is not in MiniCRM, or not
// as it must be. Orders wait; nothing is sent to a wrong place.
type AccountError struct {
	Code string // stable name
	Text string
	Next string
	// Some says that it holds only the orders it concerns: new ones if nobody owns
	// them, those whose state has no status there. All others go on.
	Some bool
	// Told says that nothing waits for it: something that was asked for is left out.
	Told bool
}

// Error says what is missing and what to do.
func (e *AccountError) Error() string { return e.Text + "; " + e.Next }

// Codes of what is missing in MiniCRM.
const (
	faultModule   = "minicrm.module"
	faultOwner    = "minicrm.owner"
	faultField    = "minicrm.field"
	faultLanguage = "minicrm.language"
	faultStatus   = "minicrm.status"
	faultSheet    = "link.sheet"
)

// facts are what the work needs to know of the MiniCRM account.
type facts struct {
	read     time.Time
	language string
	owner    string         // id of the user; empty if there is none any more: nothing new is made then
	schema   minicrm.Schema // of the Orders module
	statuses map[int64]string
	faults   []AccountError
	segments map[string]int64 // statuses of the Webshop module, by label
	webshop  minicrm.Schema   // fields of the customers' cards
	modules  map[string]int64 // by name
}

const (
	// factsAge is how long what was read of the account is trusted.
	factsAge = 10 * time.Minute
	// ownerAge is the same before something new is made. MiniCRM gives a card whose
	// owner it does not know to somebody else and says nothing.
	ownerAge = time.Minute
)

// account reads what is needed of the MiniCRM account, three calls, unless it was
// read within that age. An error names what keeps all orders back.
func (w *Work) account(ctx context.Context, age time.Duration) (*facts, error) {
	if w.facts != nil && slices.ContainsFunc(w.facts.faults, AccountError.waited) {
		age = 0 // whoever mended it and starts the connection again is not told the old tale
	}
	known, err := w.knownAccount(ctx, age)
	if err != nil {
		return nil, err
	}
	if fault := known.blocks(); fault != nil {
		return nil, fault
	}
	return known, nil
}

// waited says that orders wait until it is mended.
func (e AccountError) waited() bool { return !e.Told }

// blocks is what keeps all orders back, nil if nothing does.
func (f *facts) blocks() *AccountError {
	for i := range f.faults {
		if !f.faults[i].Some && !f.faults[i].Told {
			return &f.faults[i]
		}
	}
	return nil
}

// knownAccount is the same without regard to what is missing there. Faults are kept
// for whoever looks at the connection, and forgotten when they are mended.
func (w *Work) knownAccount(ctx context.Context, age time.Duration) (*facts, error) {
	now := w.engine.Now()
	if err := w.learn(ctx); err != nil {
		return nil, err
	}
	if w.facts != nil && now.Sub(w.facts.read).Abs() < age {
		return w.facts, nil
	}
	a, err := readAccount(ctx, w.crm, w.conn)
	if err != nil {
		return nil, err
	}
	known := &facts{
		read: now, language: a.language, schema: a.orders, statuses: a.statuses(), faults: w.faults(a),
		segments: a.webshopStatuses(), webshop: a.webshop, modules: a.moduleIDs(),
	}
	if owner, ok := a.user(w.conn.Owner); ok && a.openTo(owner) {
		known.owner = w.found.owner(owner)
	}
	if err := w.tellFaults(ctx, known.faults); err != nil {
		return nil, err
	}
	if known.blocks() == nil {
		if err := w.keepFacts(ctx, known); err != nil {
			return nil, err
		}
	}
	w.facts = known
	return known, nil
}

// faults lists what the connection needs and the account does not have, the link of
// this server's sheets included.
func (w *Work) faults(a crmAccount) []AccountError {
	return append(w.engine.sheetFaults(w.conn, a), a.faults(w.conn)...)
}

// keptFacts are what a look without a network needs of an account.
type keptFacts struct {
	Language string
	Fields   []minicrm.Field // without those whose options are people
}

// keepFacts keeps an account that lacks nothing that all orders need.
func (w *Work) keepFacts(ctx context.Context, known *facts) error {
	kept := keptFacts{Language: known.language}
	for _, f := range known.schema.Fields {
		if !slices.Contains([]string{"UserId", "CreatedBy", "UpdatedBy"}, f.Name) {
			kept.Fields = append(kept.Fields, f)
		}
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return fmt.Errorf("keeping what was read of MiniCRM: %w", err)
	}
	return w.engine.Store.SaveAccount(ctx, w.saved.ID, text, known.read)
}

// tellFaults writes down what is missing in MiniCRM, and tells the console what the
// end of the work will not: faults that hold some orders only, or none.
func (w *Work) tellFaults(ctx context.Context, faults []AccountError) error {
	rows := make([]store.Trouble, 0, len(faults))
	for _, f := range faults {
		rows = append(rows, store.Trouble{Code: f.Code, Text: f.Text, Next: f.Next})
	}
	if w.troubled != nil && slices.Equal(*w.troubled, rows) {
		return nil
	}
	if err := w.engine.Store.SetTroubles(ctx, w.saved.ID, troubleAccount, rows, w.engine.Now()); err != nil {
		return err
	}
	w.troubled = &rows
	for _, f := range faults {
		switch {
		case f.Some:
			w.engine.notice(w.saved.ID, f.Error()+"; the orders it concerns wait, the others go on")
		case f.Told:
			w.engine.notice(w.saved.ID, f.Error())
		}
	}
	return nil
}

// troubleAccount is the kind of the troubles that the MiniCRM account makes.
const troubleAccount = "account"

// fault is the fault of that code, nil if there is none.
func (f *facts) fault(code string) *AccountError {
	for i := range f.faults {
		if f.faults[i].Code == code {
			return &f.faults[i]
		}
	}
	return nil
}

// shows says that MiniCRM has a status for the state. An account that does not tell
// its statuses has them all.
func (f *facts) shows(conn *punte.Connection, state punte.State) bool {
	if len(f.statuses) == 0 {
		return true
	}
	for _, label := range f.statuses {
		if tied, ok := stateBy(conn, label); ok && tied == state {
			return true
		}
	}
	return false
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

// openTo says whether the user can own customers' cards as well: MiniCRM lists for
// each module who has access to it.
func (a crmAccount) openTo(user minicrm.Option) bool {
	users := a.webshop.Users()
	return len(users) == 0 || slices.ContainsFunc(users, func(u minicrm.Option) bool { return u.ID == user.ID })
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
				Code: faultModule, Text: fmt.Sprintf("there is no module %d in MiniCRM (%s)", m.id, m.setting),
				Next: "switch the module on in MiniCRM or correct " + m.setting + "; it has " + a.moduleNames(),
			})
		}
	}
	if len(faults) > 0 {
		return faults
	}
	if a.language == "" {
		faults = append(faults, AccountError{
			Code: faultLanguage, Text: "the labels of the Webshop module's statuses do not tell the account's language",
			Next: "write minicrm.language as hu, ro or en",
		})
	}
	faults = append(append(faults, a.fieldFaults(conn)...), a.customerFaults(conn)...)
	// What holds everything stands before what holds some.
	return append(append(faults, a.ownerFaults(conn)...), a.statusFaults(conn)...)
}

func (a crmAccount) ownerFaults(conn *punte.Connection) []AccountError {
	owner, ok := a.user(conn.Owner)
	switch {
	case !ok:
		return []AccountError{{
			Code: faultOwner, Some: true, Text: fmt.Sprintf("there is no user %s in MiniCRM's Orders module", conn.Owner),
			Next: "choose another owner",
		}}
	case !a.openTo(owner):
		return []AccountError{{
			Code: faultOwner, Some: true, Text: fmt.Sprintf("the user %s has no access to MiniCRM's Webshop module", owner.Label),
			Next: "give it to them in MiniCRM or choose another owner",
		}}
	}
	return nil
}

func (a crmAccount) fieldFaults(conn *punte.Connection) []AccountError {
	var faults []AccountError
	for _, use := range fieldNames(conn) {
		f, ok := a.orders.Field(use.name)
		if !ok {
			faults = append(faults, AccountError{
				Code: faultField, Text: fmt.Sprintf("the Orders module has no field %s (%s)", use.name, use.setting),
				Next: "make the field in MiniCRM or correct " + use.setting,
			})
			continue
		}
		text := f.Type == minicrm.TypeText
		if use.setting == "link_field" && !text || use.setting == "status_field" && !text && f.Type != minicrm.TypeEnum {
			faults = append(faults, AccountError{
				Code: faultField, Text: fmt.Sprintf("the field %s (%s) is not a text field", use.name, use.setting), Next: "choose a text field",
			})
		}
	}
	return faults
}

// statusFaults names the states of the status map for which MiniCRM has no status any
// more: nobody could tell there what has become of such an order.
func (a crmAccount) statusFaults(conn *punte.Connection) []AccountError {
	known := facts{statuses: a.statuses()}
	var faults []AccountError
	for _, state := range punte.States() {
		used := slices.ContainsFunc(conn.StatusMap, func(p punte.StatusPair) bool { return p.State == state })
		if !used || known.shows(conn, state) {
			continue
		}
		faults = append(faults, AccountError{
			Code: faultStatus, Some: true,
			Text: fmt.Sprintf("MiniCRM's Orders module has no status for %s; it has %s", state, strings.Join(a.labels(), ", ")),
			Next: "give the status its name back in MiniCRM, or tie its label to " + string(state) + " in status_names",
		})
	}
	return faults
}

// labels lists the statuses of the Orders module in the order in which it has them.
func (a crmAccount) labels() []string {
	var labels []string
	for _, s := range a.orders.Statuses() {
		labels = append(labels, s.Label)
	}
	return labels
}

func (a crmAccount) moduleNames() string {
	names := make([]string, 0, len(a.modules))
	for _, m := range a.modules {
		names = append(names, fmt.Sprintf("%d %s", m.ID, m.Name))
	}
	return strings.Join(names, ", ")
}
