package punte

import (
	"time"
)

// Connection joins one UNAS shop to one MiniCRM system: the connection document,
// read and checked.
type Connection struct {
	Name    string
	UNAS    UNASAccess
	MiniCRM MiniCRMAccess

	OrdersCategory  int64 // module of the orders' cards
	WebshopCategory int64 // module of the customers' cards
	Owner           string
	LinkField       string
	LinkSource      string
	StatusField     string
	StatusMap       StatusMap
	StatusNames     map[string]State // labels of MiniCRM's own, tied to states
	FieldMap        []FieldPair      // sorted by field
	CustomerFields  []FieldPair
	StartDate       Date
	Delivery        string // pull, push, or empty: pull if the server has a public URL
	Folder          string
	SendSKU         bool
	DeletedOrders   string // fail, keep
	Customers       string // since_start, all, buyers
	Contacts        string // match, new
	Existing        string // leave, adopt
	ShopNumber      int    // 0 to 99
	SharedAddresses []string
	// SharedAddressesGiven tells an empty list from none; none means the shop's own.
	SharedAddressesGiven bool

	// RememberedStatuses are the shop's statuses when the map was saved: id to name.
	RememberedStatuses map[string]string
}

// UNASAccess is how to reach the shop.
type UNASAccess struct {
	BaseURL string
	APIKey  SecretRef
	Zone    *time.Location // zone of the times the shop prints
}

// MiniCRMAccess is how to reach the CRM.
type MiniCRMAccess struct {
	BaseURL  string
	SystemID string
	APIKey   SecretRef
	Language string         // hu, ro, en, or empty if the document does not say
	Zone     *time.Location // zone of the times MiniCRM prints and reads
}

// SecretRef is a key as the document gives it: the key itself, the name of an
// environment variable or the path of a file.
type SecretRef struct {
	Value *Secret
	Env   string
	File  string
}

// FieldPair sends a source of the catalogue into a field of a card.
type FieldPair struct{ Field, Source string }

// Date is a day of the calendar without a zone.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// ParseDate reads YYYY-MM-DD.
func ParseDate(text string) (Date, error) {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return Date{}, Errorf(Invalid, "%q is not a date; write it as YYYY-MM-DD", text)
	}
	return Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}, nil
}

// String writes the date as YYYY-MM-DD.
func (d Date) String() string { return d.Midnight(time.UTC).Format(time.DateOnly) }

// Midnight is the first instant of the day in zone.
func (d Date) Midnight(zone *time.Location) time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, zone)
}

// Start is the first instant whose orders belong: the start date, 00:00 in the
// shop's zone.
func (c *Connection) Start() time.Time { return c.StartDate.Midnight(c.UNAS.Zone) }

// Belongs says whether the order was placed on or after the start date. An older
// order does not belong, however late it changes.
func (c *Connection) Belongs(o Order) bool { return !o.Placed.Before(c.Start()) }
