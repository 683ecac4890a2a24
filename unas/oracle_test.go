package unas

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"punte/xmlstream"
)

// What follows says in the words of encoding/xml what the decoders read: the same
// names of fields, another parser.

type oracleOrder struct {
	ID                                     string `xml:"Id"`
	Key, InternalKey, Date, DateMod, Lang  string
	Customer                               oracleBuyer
	Currency, PriceRounding, ExchangeValue string
	VatCountryCode, Type, Status           string
	StatusDetails, StatusDateMod, StatusID string
	StatusType, Authenticated              string
	Payment                                struct {
		ID                                        string `xml:"Id"`
		Name, Type, Status, Paid, Pending, Unpaid string
		ForeignID                                 string
		Transactions                              []struct {
			ID                                           string `xml:"Id"`
			AuthCode, Status, Date, Amount, AmountRefund string
		} `xml:"Transactions>Transaction"`
	}
	Shipping struct {
		ID                  string `xml:"Id"`
		Name, PackageNumber string
		TrackingURL         string `xml:"TrackingUrl"`
		ForeignID           string
	}
	Invoice struct {
		Status, StatusText, Number string
		URL                        string `xml:"Url"`
	}
	StornoNumber  string        `xml:"Storno>Number"`
	StornoURL     string        `xml:"Storno>Url"`
	Params        []oracleParam `xml:"Params>Param"`
	Referer       string
	AffiliateID   string `xml:"Affiliate>Id"`
	AffiliateName string `xml:"Affiliate>Name"`
	UTM           struct{ Source, Medium, Campaign, Content string }
	Coupon        string
	Weight        string
	Info          struct {
		MergedFrom    []string `xml:"MergedFrom>Key"`
		SeparatedTo   []string `xml:"SeparatedTo>Key"`
		SeparatedFrom string   `xml:"SeparatedFrom>Key"`
		CopiedFrom    string   `xml:"CopiedFrom>Key"`
		ReturnedFrom  string   `xml:"ReturnedFrom>Key"`
		ReturnedTo    string   `xml:"ReturnedTo>Key"`
	}
	Comments      []struct{ Type, Text string } `xml:"Comments>Comment"`
	SumPriceGross string
	Items         []oracleItem `xml:"Items>Item"`
}

type oracleBuyer struct {
	ID                            string `xml:"Id"`
	Email, EmailWarning, Username string
	ContactName                   string        `xml:"Contact>Name"`
	Phone                         string        `xml:"Contact>Phone"`
	Mobile                        string        `xml:"Contact>Mobile"`
	Lang                          string        `xml:"Contact>Lang"`
	Invoice                       oracleAddress `xml:"Addresses>Invoice"`
	Shipping                      oracleAddress `xml:"Addresses>Shipping"`
	Group                         oracleGroup
	Params                        []oracleParam `xml:"Params>Param"`
	Comment                       string
}

type oracleAddress struct {
	Name, ZIP, City, Street, StreetName, StreetType, StreetNumber, County, Country, CountryCode string
	TaxNumber, EUTaxNumber, CustomerType                                                        string
	DeliveryPointID, DeliveryPointGroup, DeliveryPointSubGroup, AltDeliveryPointID              string
	RecipientName                                                                               string
}

type oracleGroup struct {
	ID              string `xml:"Id"`
	Name, ForeignID string
}

type oracleParam struct {
	ID          string `xml:"Id"`
	Name, Value string
}

type oracleItem struct {
	ID            string `xml:"Id"`
	SKU           string `xml:"Sku"`
	Name          string
	Variants      []oracleParam `xml:"Variants>Variant"`
	ProductParams []struct {
		ID          string `xml:"Id"`
		Name, Value string
		URL         string `xml:"Url"`
	} `xml:"ProductParams>ProductParam"`
	Subscription                                       string `xml:"Data>Subscription"`
	Unit, Quantity, PriceNet, PriceGross, Vat, Percent string
	Status                                             string
	PlusStatuses                                       []struct {
		ID                  string `xml:"Id"`
		Name, Value, Public string
	} `xml:"PlusStatuses>Status"`
	Control           struct{ Quantity, User string }
	StockConsumptions []struct {
		ID             string `xml:"Id"`
		Name, Quantity string
	} `xml:"StockConsumptions>StockConsumption"`
}

type oracleCustomer struct {
	oracleBuyer
	Other []struct {
		ID string `xml:"Id"`
		oracleAddress
	} `xml:"Addresses>Other"`
	Registration  string                           `xml:"Dates>Registration"`
	Modification  string                           `xml:"Dates>Modification"`
	LastLogin     string                           `xml:"Dates>Login"`
	Authorized    struct{ Customer, Admin string } `xml:"Authorize"`
	Discount      struct{ Total, Direct string }
	PointsBalance string `xml:"PointsAccount>Balance"`
	Newsletter    struct{ Subscribed, Authorized string }
	Restrictions  []struct {
		Type, Name string
		ID         string `xml:"Id"`
	} `xml:"Restrictions>Restriction"`
	Cards         []struct{ PaymentModName, Type string } `xml:"Cards>Card"`
	AbandonedCart *struct {
		Items []struct {
			SKU                string `xml:"Sku"`
			Quantity           string
			Variants           []oracleParam `xml:"Variants>Variant"`
			PlusService        string        `xml:"PlusService>Id"`
			Params             []oracleParam `xml:"Params>Param"`
			PackageOfferID     string        `xml:"PackageOfferId"`
			SubscriptionPeriod string
			Order              string
		} `xml:"Items>Item"`
	}
	Favourites []struct{ Sku string } `xml:"Favourites>Items>Item"`
	Facebook   string                 `xml:"Others>FacebookConnect"`
	IP         string                 `xml:"Others>Ip"`
	Referer    string                 `xml:"Others>Referer"`
}

type oracleProduct struct {
	State                   string
	ID                      string `xml:"Id"`
	SKU                     string `xml:"Sku"`
	CreateTime, LastModTime string
	History                 []struct {
		Action, Time string
		SKU          string `xml:"Sku"`
		SKUOld       string `xml:"SkuOld"`
	} `xml:"History>Event"`
	Statuses []struct {
		Type, Name, Value string
		ID                string `xml:"Id"`
	} `xml:"Statuses>Status"`
	PublicStart                        string `xml:"PublicInterval>Start"`
	PublicEnd                          string `xml:"PublicInterval>End"`
	Name, Unit, MinimumQty, MaximumQty string
	Appearance                         string `xml:"Prices>Appearance"`
	Vat                                string `xml:"Prices>Vat"`
	Prices                             []struct {
		Type, Net, Gross, Start, End, SaleNet, SaleGross, SaleStart, SaleEnd, Percent string
		Group, GroupName, Area, AreaName, CurrencyFilter, Currency, QtyDiscount       string
	} `xml:"Prices>Price"`
	Categories []struct {
		Type, Name string
		ID         string `xml:"Id"`
	} `xml:"Categories>Category"`
	URL    string `xml:"Url"`
	Images struct {
		DefaultFilename, DefaultAlt, OG, Connect, LastModTime string
		Images                                                []struct {
			Type, Filename, Alt string
			ID                  string `xml:"Id"`
			SefURL              string `xml:"SefUrl"`
			ImportURL           string `xml:"Import>Url"`
			Small               string `xml:"Url>Small"`
			Medium              string `xml:"Url>Medium"`
			Big                 string `xml:"Url>Big"`
		} `xml:"Image"`
	}
}

// rawTokens are the tokens of a document with names as written: prefixes belong to
// them, and nothing else in a tag counts.
type rawTokens struct{ *xml.Decoder }

func (r rawTokens) Token() (xml.Token, error) {
	token, err := r.RawToken()
	plain := func(n xml.Name) xml.Name {
		if n.Space != "" {
			n.Local = n.Space + ":" + n.Local
		}
		return xml.Name{Local: n.Local}
	}
	switch e := token.(type) {
	case xml.StartElement:
		return xml.StartElement{Name: plain(e.Name)}, err
	case xml.EndElement:
		return xml.EndElement{Name: plain(e.Name)}, err
	}
	return token, err
}

// readByOracle reads doc with encoding/xml, after what xmlstream does to forbidden
// characters and broken ones.
func readByOracle(doc []byte, into any) error {
	clean, err := io.ReadAll(xmlstream.Clean(bytes.NewReader(doc)))
	if err != nil {
		return err
	}
	var mended strings.Builder
	for _, r := range strings.TrimPrefix(string(clean), "\uFEFF") {
		if r != 0xFFFE && r != 0xFFFF {
			mended.WriteRune(r)
		}
	}
	return xml.NewTokenDecoder(rawTokens{xml.NewDecoder(strings.NewReader(mended.String()))}).Decode(into)
}

// difference compares what a decoder read with what the oracle read, field by field.
func difference(path string, got, want reflect.Value) string {
	if want.Kind() == reflect.Pointer { // present, or absent
		if want.IsNil() {
			if got.IsZero() {
				return ""
			}
			return fmt.Sprintf("%s: %+v; want nothing", path, got)
		}
		if !got.FieldByName("Present").Bool() {
			return path + " is not present"
		}
		want = want.Elem()
	}
	switch got.Kind() {
	case reflect.String:
		if want.Kind() == reflect.Struct {
			want = want.Field(0)
		}
		if got.String() != want.String() {
			return fmt.Sprintf("%s: %q; want %q", path, got, want)
		}
	case reflect.Slice:
		if got.Len() != want.Len() {
			return fmt.Sprintf("%s: %d of them; want %d", path, got.Len(), want.Len())
		}
		for i := range got.Len() {
			if d := difference(fmt.Sprintf("%s[%d]", path, i), got.Index(i), want.Index(i)); d != "" {
				return d
			}
		}
	case reflect.Struct:
		for i := range got.NumField() {
			field := got.Type().Field(i)
			switch field.Name {
			case "Raw", "Damaged", "Present":
				continue
			}
			at := want // of what is embedded
			if !field.Anonymous {
				at = want.FieldByName(field.Name)
			}
			if !at.IsValid() {
				return path + "." + field.Name + ": the oracle has no such field"
			}
			if d := difference(path+"."+field.Name, got.Field(i), at); d != "" {
				return d
			}
		}
	default:
		return fmt.Sprintf("%s: nobody compares a %s", path, got.Kind())
	}
	return ""
}

// fataller is a test, of either kind.
type fataller interface{ Fatalf(string, ...any) }

// agree fails if our decoder and the oracle read a list differently, and reports
// whether both could read it: xmlstream's own fuzz test tells why they may not.
func agree[T, O any](t fataller, doc []byte, root, name string,
	one func(*xmlstream.Scanner, *T) error, rows func(doc []byte) ([]O, error),
) (both bool) {
	var got []T
	err := decode(bytes.NewReader(doc), root, each(name, one, func(row T) bool { got = append(got, row); return true }))
	if err != nil {
		return false
	}
	want, err := rows(doc)
	if err != nil {
		return false
	}
	if d := difference(name, reflect.ValueOf(got), reflect.ValueOf(want)); d != "" {
		t.Fatalf("%q:\n%s", doc, d)
	}
	return true
}

func agreeOnOrders(t fataller, doc []byte) bool {
	return agree(t, doc, "Orders", "Order", decodeOrder, func(doc []byte) ([]oracleOrder, error) {
		var list struct {
			Rows []oracleOrder `xml:"Order"`
		}
		err := readByOracle(doc, &list)
		return list.Rows, err
	})
}

func agreeOnCustomers(t fataller, doc []byte) bool {
	return agree(t, doc, "Customers", "Customer", decodeCustomerRecord, func(doc []byte) ([]oracleCustomer, error) {
		var list struct {
			Rows []oracleCustomer `xml:"Customer"`
		}
		err := readByOracle(doc, &list)
		return list.Rows, err
	})
}

func agreeOnProducts(t fataller, doc []byte) bool {
	return agree(t, doc, "Products", "Product", decodeProduct, func(doc []byte) ([]oracleProduct, error) {
		var list struct {
			Rows []oracleProduct `xml:"Product"`
		}
		err := readByOracle(doc, &list)
		return list.Rows, err
	})
}

// node is an element of a fixture.
type node struct {
	name     string
	children []*node
}

// nodes reads the skeleton of a document.
func nodes(t *testing.T, doc []byte) *node {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(doc))
	root := &node{}
	open := []*node{root}
	for {
		token, err := d.Token()
		if err == io.EOF {
			return root.children[0]
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			n := &node{name: e.Name.Local}
			top := open[len(open)-1]
			top.children = append(top.children, n)
			open = append(open, n)
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
}

// pieces are what texts are made of.
var pieces = []string{
	"a", " ", "27%", "Ő", "ș", "😀", "&amp;", "&lt;b&gt;", "&#x151;", "&#10;", "\n\t", "\r\n", "\r", "]]", "\x02", "\xe1", "\xc5", "\uFFFD", "\uFFFE",
	"<![CDATA[x & <y>]]>", "<![CDATA[]]>", "<![CDATA[]]]]><![CDATA[>]]>", "<![CDATA[\xff\r\n]]>",
	"<!-- & -->", "<?p?>", "<Id>inner</Id>", "<x/>", "<Name><Name>deep</Name></Name>",
}

// print writes the node in one of the many ways a service might: elements missing,
// empty, twice, in another order, among others that nobody knows.
func (n *node) print(t *rapid.T, b *strings.Builder) {
	if rapid.IntRange(0, 19).Draw(t, "empty") == 0 {
		b.WriteString("<" + n.name + "/>")
		return
	}
	b.WriteString("<" + n.name + rapid.SampledFrom([]string{"", "", " ", " a='1'", " xmlns='u'"}).Draw(t, "tag") + ">")
	if len(n.children) == 0 {
		for range rapid.IntRange(0, 4).Draw(t, "pieces") {
			b.WriteString(rapid.SampledFrom(pieces).Draw(t, "piece"))
		}
	}
	children := n.children
	if rapid.IntRange(0, 3).Draw(t, "shuffle") == 0 {
		children = rapid.Permutation(children).Draw(t, "order")
	}
	for _, child := range children {
		switch rapid.IntRange(0, 19).Draw(t, "fate") {
		case 0: // missing
		case 1: // twice
			child.print(t, b)
			child.print(t, b)
		case 2:
			b.WriteString("<Unknown><" + child.name + ">u</" + child.name + "></Unknown><p:" + child.name + ">v</p:" + child.name + ">")
			child.print(t, b)
		case 3:
			b.WriteString(rapid.SampledFrom([]string{"\n", "stray", "<!-- c -->", "<![CDATA[<Id>]]>"}).Draw(t, "between"))
			child.print(t, b)
		default:
			child.print(t, b)
		}
	}
	b.WriteString("</" + n.name + rapid.SampledFrom([]string{"", "", " \n"}).Draw(t, "end") + ">")
}

// The decoders read orders, customers and products as encoding/xml does.
func TestDecodersAgreeWithTheStandardLibrary(t *testing.T) {
	for name, agreeOn := range map[string]func(fataller, []byte) bool{
		"order": agreeOnOrders, "customer": agreeOnCustomers, "product": agreeOnProducts,
	} {
		t.Run(name, func(t *testing.T) {
			doc, _ := filled(t, name)
			if !agreeOn(t, doc) {
				t.Fatal("one of them can't read the fixture")
			}
			skeleton := nodes(t, doc)
			rapid.Check(t, func(t *rapid.T) {
				var b strings.Builder
				skeleton.print(t, &b)
				if !agreeOn(t, []byte(b.String())) {
					t.Fatalf("one of them can't read %q", b.String())
				}
			})
		})
	}
}

// fuzzList fuzzes one list: no panic, errors of our kind only, and agreement with the
// oracle if there is one.
func fuzzList(f *testing.F, name string, agreeOn func(fataller, []byte) bool) {
	doc, _ := filled(f, name)
	f.Add(doc)
	f.Fuzz(func(t *testing.T, doc []byte) { agreeOn(t, doc) })
}

func FuzzDecodeCustomers(f *testing.F) {
	f.Add([]byte("<Customers><Customer><Id>1</Id><AbandonedCart><Items><Item><Sku>a</Sku></Item></Items></AbandonedCart></Customer></Customers>"))
	f.Add([]byte("<Customers><Customer><Addresses><Other><Id>1</Id><Name>\xe1</Name></Other><Other/></Addresses></Customer><Customer/></Customers>"))
	fuzzList(f, "customer", agreeOnCustomers)
}

func FuzzDecodeProducts(f *testing.F) {
	f.Add([]byte("<Products><Product><Prices><Vat>27%</Vat><Price><Net>1</Net></Price></Prices></Product></Products>"))
	f.Add([]byte("<Products><Product><Images><Image><Url><Small>s</Small></Url></Image></Images></Product></Products>"))
	fuzzList(f, "product", agreeOnProducts)
}
