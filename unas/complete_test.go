package unas

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"punte/xmlstream"
)

// filled returns testdata/full/NAME.xml, which has every documented element of one
// kind, with another value in the place of each question mark, and these values.
func filled(t testing.TB, name string) (doc []byte, values []string) {
	t.Helper()
	parts := strings.Split(string(readTestdata(t, "full/"+name+".xml")), ">?<")
	var b strings.Builder
	for i, part := range parts {
		if i > 0 {
			value := fmt.Sprintf("value %d", i)
			values = append(values, value)
			b.WriteString(">" + value + "<")
		}
		b.WriteString(part)
	}
	return []byte(b.String()), values
}

// first decodes a document and returns its first row.
func first[T any](t testing.TB, doc []byte, root, name string, one func(*xmlstream.Scanner, *T) error) T {
	t.Helper()
	var all []T
	err := decode(bytes.NewReader(doc), root, each(name, one, func(row T) bool { all = append(all, row); return true }))
	if err != nil || len(all) != 1 {
		t.Fatalf("%d rows of %s, %v; want 1", len(all), root, err)
	}
	return all[0]
}

// leaves collects the texts of v, and the paths of those that are empty.
func leaves(path string, v reflect.Value, values, empty *[]string) {
	switch v.Kind() {
	case reflect.String:
		if v.String() == "" {
			*empty = append(*empty, path)
			return
		}
		*values = append(*values, v.String())
	case reflect.Struct:
		for i := range v.NumField() {
			leaves(path+"."+v.Type().Field(i).Name, v.Field(i), values, empty)
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return // Raw
		}
		if v.Len() == 0 {
			*empty = append(*empty, path)
		}
		for i := range v.Len() {
			leaves(path+"[]", v.Index(i), values, empty)
		}
	case reflect.Bool:
		if !v.Bool() {
			*empty = append(*empty, path)
		}
	}
}

// Every value of an answer with all documented elements arrives, each of them once;
// and every field has one, but for those that the service doesn't print there.
func TestNoFieldOfAFullAnswerIsLost(t *testing.T) {
	delivery := []string{"DeliveryPointID", "DeliveryPointGroup", "DeliveryPointSubGroup", "AltDeliveryPointID", "RecipientName"}
	below := func(path string, names ...string) []string {
		var all []string
		for _, name := range names {
			all = append(all, path+"."+name)
		}
		return all
	}
	tests := []struct {
		name       string
		read       func(t *testing.T, doc []byte) any
		notPrinted []string
	}{
		{
			"order",
			func(t *testing.T, doc []byte) any { return first(t, doc, "Orders", "Order", decodeOrder) },
			slices.Concat(below(".Customer.Invoice", delivery...),
				below(".Customer.Shipping", "TaxNumber", "EUTaxNumber", "CustomerType")),
		},
		{
			"customer",
			func(t *testing.T, doc []byte) any {
				return first(t, doc, "Customers", "Customer", decodeCustomerRecord)
			},
			slices.Concat(below(".Invoice", delivery...), below(".Shipping", delivery...), below(".Other[].Address", delivery...),
				below(".Other[].Address", "StreetName", "StreetType", "StreetNumber"), []string{".AbandonedCart.Items[].Variants[].ID"}),
		},
		{
			"product",
			func(t *testing.T, doc []byte) any { return first(t, doc, "Products", "Product", decodeProduct) }, nil,
		},
		{
			"method",
			func(t *testing.T, doc []byte) any { return first(t, doc, "Methods", "Method", decodeMethod) },
			[]string{".CustomerGroups[].ForeignID"},
		},
		{
			"customergroup",
			func(t *testing.T, doc []byte) any {
				return first(t, doc, "CustomerGroups", "CustomerGroup", decodeCustomerGroup)
			}, nil,
		},
		{
			"status",
			func(t *testing.T, doc []byte) any {
				return first(t, doc, "OrderStatuses", "OrderStatus", decodeStatus)
			}, nil,
		},
		{
			"ordertype",
			func(t *testing.T, doc []byte) any { return first(t, doc, "OrderTypes", "OrderType", decodeOrderType) }, nil,
		},
		{
			"subscriber",
			func(t *testing.T, doc []byte) any {
				return first(t, doc, "Subscribers", "Subscriber", decodeSubscriber)
			}, nil,
		},
		{
			"automatism",
			func(t *testing.T, doc []byte) any {
				return first(t, doc, "Automatisms", "Automatism", decodeAutomatism)
			}, nil,
		},
		{
			"webshopinfo",
			func(t *testing.T, doc []byte) any {
				var info WebshopInfo
				err := decode(bytes.NewReader(doc), "WebshopInfo", func(s *xmlstream.Scanner) error { return decodeWebshopInfo(s, &info) })
				if err != nil {
					t.Fatal(err)
				}
				return info
			},
			[]string{".PlusData[].ID"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			doc, want := filled(t, tt.name)
			var got, empty []string
			leaves("", reflect.ValueOf(tt.read(t, doc)), &got, &empty)
			for _, value := range want {
				if n := len(slices.DeleteFunc(slices.Clone(got), func(v string) bool { return v != value })); n != 1 {
					at := strings.Index(string(doc), ">"+value+"<")
					t.Errorf("%s arrives %d times; want once: ...%s", value, n, doc[max(0, at-30):at+1])
				}
			}
			if len(got) != len(want) {
				t.Errorf("%d values arrive; want %d", len(got), len(want))
			}
			for _, path := range empty {
				if !slices.Contains(tt.notPrinted, path) {
					t.Errorf("%s%s is empty", tt.name, path)
				}
			}
			for _, path := range tt.notPrinted {
				if !slices.Contains(empty, path) {
					t.Errorf("%s%s has a value; it is listed as not printed", tt.name, path)
				}
			}
		})
	}
}

func TestAbandonedCartTellsEmptyFromAbsent(t *testing.T) {
	for in, want := range map[string]AbandonedCart{
		"":                                {},
		"<AbandonedCart/>":                {Present: true},
		"<AbandonedCart></AbandonedCart>": {Present: true},
		"<AbandonedCart><Items/></AbandonedCart>":                                 {Present: true},
		"<AbandonedCart><Items><Item><Sku>A</Sku></Item></Items></AbandonedCart>": {Present: true, Items: []CartItem{{SKU: "A"}}},
	} {
		got := first(t, []byte("<Customers><Customer>"+in+"</Customer></Customers>"), "Customers", "Customer", decodeCustomerRecord)
		if !reflect.DeepEqual(got.AbandonedCart, want) {
			t.Errorf("%s reads as %+v; want %+v", in, got.AbandonedCart, want)
		}
	}
}

func TestLostCharactersAreCountedForEachRow(t *testing.T) {
	const rows = "<X><Id>1</Id></X><X><Name>T\xf5ke</Name><Y>\uFFFD</Y></X><X><Id>3</Id></X>"
	doc := func(root, name string) []byte {
		return []byte("<" + root + ">" + strings.ReplaceAll(rows, "X", name) + "</" + root + ">")
	}
	want := []int{0, 2, 0}
	check := func(what string, got []int, err error) {
		t.Helper()
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", what, got, err, want)
		}
	}
	var orders, customers, products []int
	err := decode(bytes.NewReader(doc("Orders", "Order")), "Orders", each("Order", decodeOrder, func(o Order) bool {
		orders = append(orders, o.Damaged)
		return true
	}))
	check("orders", orders, err)
	err = decode(bytes.NewReader(doc("Customers", "Customer")), "Customers", each("Customer", decodeCustomerRecord, func(c CustomerRecord) bool {
		customers = append(customers, c.Damaged)
		return true
	}))
	check("customers", customers, err)
	err = decode(bytes.NewReader(doc("Products", "Product")), "Products", each("Product", decodeProduct, func(p Product) bool {
		products = append(products, p.Damaged)
		return true
	}))
	check("products", products, err)
}
