package unas

// Order is one Order element of a getOrder answer. Every value is the text the
// shop printed: nothing is parsed, trimmed or defaulted here, and an element
// that is missing reads like one that is empty (UNAS uses both for "no value").
type Order struct {
	ID          string // unique number of the order; the only identity that is never given out again
	Key         string // order number as people see it; a marketplace order shows the marketplace's number
	InternalKey string // the shop's own number, only on marketplace orders
	Date        string // placed, "2006.01.02 15:04:05" in the shop's zone
	DateMod     string // last modification, same form, resolution one second
	Lang        string // hu, ro, ...

	Customer Customer

	Currency       string // ISO code
	PriceRounding  string // decimals shown by the shop; its sums are unrounded
	ExchangeValue  string // only if Currency is not the shop's base currency
	VatCountryCode string // country whose VAT applies
	Type           string // name of the order type
	Status         string // name of the status
	StatusDetails  string
	StatusDateMod  string
	StatusID       string
	StatusType     string // open_normal, open_prepare, close_ok, close_fault
	Authenticated  string // yes, no

	Payment       Payment
	Shipping      Shipping
	Invoice       Invoice
	StornoNumber  string
	StornoURL     string
	Params        []Param // answers to the questions of the checkout
	Referer       string
	AffiliateID   string
	AffiliateName string
	UTM           UTM
	Coupon        string
	Weight        string // kg
	Info          Info
	Comments      []Comment
	SumPriceGross string
	Items         []Item

	// Damaged is how many U+FFFD stand in Raw: characters that got lost in the shop, or
	// that it sent as bytes which are not UTF-8.
	Damaged int

	// Raw is the element as the shop sent it, from <Order> to </Order>, in UTF-8
	// and without the characters XML forbids. It stays valid after the next order.
	Raw []byte
}

// Customer is the buyer inside an order.
type Customer struct {
	ID           string // only for a registered customer
	Email        string
	EmailWarning string
	Username     string
	ContactName  string
	Phone        string
	Mobile       string
	Lang         string // printed for customers, and in older answers for orders too
	Invoice      Address
	Shipping     Address
	Group        Group
	Params       []Param // registration questions
	Comment      string
}

// Address holds the union of the fields of invoice and shipping addresses.
type Address struct {
	Name         string
	ZIP          string
	City         string
	Street       string // whole street line
	StreetName   string
	StreetType   string
	StreetNumber string
	County       string
	Country      string // name in the shop's language
	CountryCode  string // two lower-case letters
	TaxNumber    string
	EUTaxNumber  string
	CustomerType string // private, company, other_customer_without_tax_number

	DeliveryPointID       string
	DeliveryPointGroup    string
	DeliveryPointSubGroup string
	AltDeliveryPointID    string
	RecipientName         string
}

// Group is a customer group.
type Group struct{ ID, Name, ForeignID string }

// Param is a named answer of an order or a customer.
type Param struct{ ID, Name, Value string }

// Payment is how an order is paid.
type Payment struct {
	ID, Name              string
	Type                  string // cod, cash, transfer, bankcard, ...
	Status                string // unpaid, paid, "partly paid", overpaid
	Paid, Pending, Unpaid string
	ForeignID             string
	Transactions          []Transaction
}

// Transaction is one payment attempt.
type Transaction struct{ ID, AuthCode, Status, Date, Amount, AmountRefund string }

// Shipping is how an order travels.
type Shipping struct{ ID, Name, PackageNumber, TrackingURL, ForeignID string }

// Invoice is the bill of an order; Status is 0, 1 or 2 (not billable, billable, billed).
type Invoice struct{ Status, StatusText, Number, URL string }

// UTM is the campaign an order came from.
type UTM struct{ Source, Medium, Campaign, Content string }

// Info names related orders by their keys.
type Info struct {
	MergedFrom    []string
	SeparatedTo   []string
	SeparatedFrom string
	CopiedFrom    string
	ReturnedFrom  string
	ReturnedTo    string
}

// Comment has the type customer, customer_shipping or admin.
type Comment struct{ Type, Text string }

// Item is one line of an order. ID is a product id or one of the special words
// shipping-cost, handel-cost, discount-amount, discount-percent, gift, ...
type Item struct {
	ID, SKU, Name     string
	Variants          []Variant
	ProductParams     []ProductParam
	Subscription      string
	Unit              string
	Quantity          string
	PriceNet          string // of one unit
	PriceGross        string // of one unit
	Vat               string // "27%"
	Percent           string
	Status            string
	PlusStatuses      []PlusStatus
	Control           Control
	StockConsumptions []StockConsumption
}

// PlusStatus is one of a shop's further statuses of an item; Public is yes or no.
type PlusStatus struct{ ID, Name, Value, Public string }

// Control tells who picked an item, and how much of it.
type Control struct{ Quantity, User string }

// StockConsumption is what an item took from a warehouse; the main one has the ID
// main_stock.
type StockConsumption struct{ ID, Name, Quantity string }

// Variant is a chosen property of a product.
type Variant struct{ ID, Name, Value string }

// ProductParam is what the customer answered about a product.
type ProductParam struct{ ID, Name, Value, URL string }
