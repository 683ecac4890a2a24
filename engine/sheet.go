package engine

import (
	"context"
	"crypto/rand"
	"fmt"
	"strconv"
	"strings"
	"time"

	"punte"
	"punte/sheet"
	"punte/store"
	"punte/unas"
)

// SheetPath is the path below the public address under which the sheets of orders
// lie.
const SheetPath = "/sheet/"

// sheetSecret makes the secret part of a sheet's address, 130 random bits.
func sheetSecret() string { return rand.Text() }

// SheetFile is the sheet of an order as a file.
type SheetFile struct {
	Name string // such as 1234-100001.pdf
	PDF  []byte
}

// Sheet draws the sheet that lies under a secret address, from the order as it is
// stored now. NotFound if there is none, it was revoked or its order is gone.
func (e *Engine) Sheet(ctx context.Context, secret string) (SheetFile, error) {
	connection, ref, err := e.Store.SheetBySecret(ctx, secret)
	if err != nil {
		return SheetFile{}, err
	}
	saved, err := e.Store.Connection(ctx, connection)
	if err != nil {
		return SheetFile{}, err
	}
	order, err := e.Store.Order(ctx, connection, ref)
	if err != nil {
		return SheetFile{}, err
	}
	return e.draw(ctx, saved, order)
}

// OrderSheet draws the sheet of the order with this key, the youngest if the shop
// gave the key out more than once. It calls neither service. NotFound if the
// connection or the order was never synchronised.
func (e *Engine) OrderSheet(ctx context.Context, conn *punte.Connection, keys Keys, key string) (SheetFile, error) {
	saved, order, err := e.storedOrder(ctx, conn, keys, key)
	if err != nil {
		return SheetFile{}, err
	}
	return e.draw(ctx, saved, order)
}

// RevokeSheet takes back the address of the sheet of the order with this key. A new
// one is written to MiniCRM by the next synchronisation. It returns false if the
// sheet had no address.
func (e *Engine) RevokeSheet(ctx context.Context, conn *punte.Connection, keys Keys, key string) (bool, error) {
	saved, order, err := e.storedOrder(ctx, conn, keys, key)
	if err != nil {
		return false, err
	}
	return e.Store.RevokeSheet(ctx, saved.ID, order.Duty.Ref, e.Now())
}

// RevokeSheets takes back the addresses of all sheets of the connection, like
// RevokeSheet, and returns how many there were.
func (e *Engine) RevokeSheets(ctx context.Context, conn *punte.Connection, keys Keys) (int, error) {
	saved, err := e.stored(ctx, conn, keys)
	if err != nil {
		return 0, err
	}
	return e.Store.RevokeSheets(ctx, saved.ID, e.Now())
}

// storedOrder finds an order of a document's connection by its key.
func (e *Engine) storedOrder(ctx context.Context, conn *punte.Connection, keys Keys, key string) (store.Connection, store.SavedOrder, error) {
	saved, err := e.stored(ctx, conn, keys)
	if err != nil {
		return saved, store.SavedOrder{}, err
	}
	orders, err := e.Store.OrdersByKey(ctx, saved.ID, key)
	if err != nil {
		return saved, store.SavedOrder{}, err
	}
	if len(orders) == 0 {
		return saved, store.SavedOrder{}, punte.Errorf(punte.NotFound, "there is no order %s in this database; synchronise first, or look for its number in the shop", key)
	}
	return saved, orders[len(orders)-1], nil
}

// stored finds the connection that a document means without asking the shop which
// shop its key opens: by MiniCRM system and the shop's address and, if several
// shops lie under that one, by the key.
func (e *Engine) stored(ctx context.Context, conn *punte.Connection, keys Keys) (store.Connection, error) {
	all, err := e.Store.Connections(ctx)
	if err != nil {
		return store.Connection{}, err
	}
	var candidates []store.Connection
	for _, c := range all {
		if c.Account == account(conn) && strings.HasPrefix(c.Shop, shopName(conn, "")) {
			candidates = append(candidates, c)
		}
	}
	if len(candidates) == 1 {
		return candidates[0], nil
	}
	for _, c := range candidates {
		if c.UNASKey.Reveal() == keys.UNAS.Reveal() {
			return c, nil
		}
	}
	return store.Connection{}, punte.Errorf(punte.NotFound, "this database does not know the connection %s; synchronise first, or name another database with --db", conn.Name)
}

// draw makes the sheet of a stored order, in the order's language, else in that of
// the account.
func (e *Engine) draw(ctx context.Context, saved store.Connection, order store.SavedOrder) (SheetFile, error) {
	if !order.Readable {
		return SheetFile{}, punte.Errorf(punte.NotFound, "order %s could not be read, so there is no sheet of it; correct it in the shop first", order.Key)
	}
	conn, err := punte.ParseStored(string(saved.Document), stateOf)
	if err != nil {
		return SheetFile{}, fmt.Errorf("drawing the sheet of order %s: %w", order.Key, err)
	}
	language, err := AccountLanguage(conn)
	if err != nil {
		language = "en" // of an account that lies elsewhere, on an order in a fourth language
	}
	shop, err := e.Store.Shop(ctx, saved.ID)
	if err != nil {
		return SheetFile{}, err
	}
	o := order.Duty.Order
	pdf, err := sheet.Sheet{
		Order: o, Shop: shop, Name: conn.Name, Language: orderLanguage(o.Language, language), Zone: conn.UNAS.Zone,
	}.PDF()
	return SheetFile{Name: sheetName(o.Key), PDF: pdf}, err
}

// sheetName is an order's key as the name of a file, of plain characters only.
func sheetName(key string) string {
	plain := strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z', r >= 'a' && r <= 'z', r == '-', r == '_':
			return r
		}
		return '_'
	}, key)
	if plain == "" {
		plain = "order"
	}
	return plain[:min(len(plain), 100)] + ".pdf"
}

// sheets says whether links lead to sheets of ours.
func (w *Work) sheets() bool {
	source := w.conn.LinkSource
	return w.engine.PublicURL != "" && w.conn.LinkField != "" && (source == punte.LinkAuto || source == punte.LinkSheet)
}

// sheetAddresses gives the orders' sheets their addresses, each the same one every
// time it is written. nil if none are written.
func (w *Work) sheetAddresses(ctx context.Context, batch []store.Duty) (func(punte.Order) string, error) {
	if !w.sheets() {
		return nil, nil //nolint:nilnil // the mapper takes nil for "none is served"
	}
	refs := make([]string, 0, len(batch))
	for _, d := range batch {
		refs = append(refs, d.Ref)
	}
	secrets, err := w.engine.Store.Sheets(ctx, w.saved.ID, refs, sheetSecret, w.engine.Now())
	if err != nil {
		return nil, err
	}
	return func(o punte.Order) string {
		if secret := secrets[strconv.FormatInt(o.ID, 10)]; secret != "" {
			return w.engine.PublicURL + SheetPath + secret
		}
		return ""
	}, nil
}

// sheetFaults says why links can't lead to sheets: none are served, or the link field
// is too short for the address of one, which would lead nowhere when it is cut.
func (e *Engine) sheetFaults(conn *punte.Connection, a crmAccount) []AccountError {
	if conn.LinkField != "" && conn.LinkSource == punte.LinkSheet && e.PublicURL == "" {
		return []AccountError{{
			Code: faultSheet, Told: true,
			Text: "link_source is sheet, and without a public address nobody can open a sheet: orders go without a link",
			Next: "give the server --listen and --public-url (check takes --public-url, too), or choose another link_source",
		}}
	}
	w := Work{engine: e, conn: conn}
	field, _ := a.orders.Field(conn.LinkField)
	need := len(e.PublicURL + SheetPath + sheetSecret())
	if !w.sheets() || field.Length == 0 || field.Length >= need {
		return nil
	}
	return []AccountError{{
		Code: faultField,
		Text: fmt.Sprintf("the field %s (link_field) takes %d characters, and the address of an order's sheet has %d", conn.LinkField, field.Length, need),
		Next: "choose a longer text field, a shorter --public-url, or another link_source",
	}}
}

// shopOf is what a login told of the shop, for the head of the sheets.
func shopOf(info *unas.WebshopInfo) punte.Shop {
	t := info.Trader
	first := func(texts ...string) string {
		for _, text := range texts {
			if strings.TrimSpace(text) != "" {
				return text
			}
		}
		return ""
	}
	return punte.Shop{
		Name: info.Name, Website: strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(first(info.URL, t.Website), "https://"), "http://"), "/"),
		Email: first(info.ContactEmail, t.Email), Phone: first(info.ContactPhone, info.ContactMobile, t.Phone),
		Firm: t.Name, TaxNumber: t.VAT, EUTaxNumber: t.EUVAT, RegistrationNumber: t.RegistrationNumber,
		Address: punte.Address{PostalCode: t.ZIP, City: t.City, Street: t.Address, County: t.County, CountryName: t.Country},
	}
}

// keepShop keeps what a login told of the shop, if there was one.
func (e *Engine) keepShop(ctx context.Context, connection string, info *unas.WebshopInfo, now time.Time) error {
	if info == nil {
		return nil
	}
	return e.Store.SaveShop(ctx, connection, shopOf(info), now)
}
