package minicrm_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"punte/minicrm"
)

// leaves reads a document with encoding/xml and lists its elements in their order: the path of each, its attribute
// behind @, and its text if it has no elements in it.
func leaves(document []byte) ([]string, error) {
	dec := xml.NewDecoder(bytes.NewReader(document))
	var list, path []string
	text, inner := "", false // of the innermost element
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) && len(path) == 0 {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		switch token := token.(type) {
		case xml.StartElement:
			name := token.Name.Local
			for _, a := range token.Attr {
				name += "@" + a.Name.Local + "=" + a.Value
			}
			path, text, inner = append(path, name), "", false
			if len(token.Attr) > 0 {
				list = append(list, strings.Join(path, "/"))
			}
		case xml.CharData:
			text += string(token)
		case xml.EndElement:
			if !inner {
				list = append(list, strings.Join(path, "/")+" = "+text)
			}
			path, text, inner = path[:len(path)-1], "", true
		}
	}
}

// Every element that a document may have, in the order in which MiniCRM's own plugin writes them, the rest where its
// samples have them.
func TestFeedWritesEveryElementInItsPlace(t *testing.T) {
	disabled, sku := true, "SKU-17"
	p := minicrm.FeedProject{
		ID: 101, Name: "name 1", CategoryID: 102, StatusID: "status 1", UserID: "user 1", ContactID: 103, RegistrationDate: "2026-01-01 00:00:01", Disabled: &disabled,
		LostBasket: &minicrm.LostBasket{Content: "content", Date: "2026-01-01 00:00:02", Value: "104.5"},
		Fields:     []minicrm.FeedField{{Name: "Custom_A", Value: "custom a"}, {Name: "Custom.B-2", Value: ""}},
		Business: &minicrm.FeedBusiness{
			Name: "name 2", VatNumber: "vat 1",
			Addresses: []minicrm.FeedAddress{{CountryID: "country 1", PostalCode: "code 1", City: "city 1", Address: "address 1"}, {City: "city 2"}},
			Emails:    []string{"mail 1", "mail 2"}, Phones: []string{"phone 1"},
		},
		Contacts: []minicrm.FeedContact{
			{ID: 105, FirstName: "first 1", LastName: "last 1", Emails: []string{"mail 3"}, Phones: []string{"phone 2", "phone 3"}, Type: "type 1"},
			{LastName: "last 2"},
		},
		Orders: []minicrm.FeedOrder{{
			ID: 106, Number: "number 1", CurrencyCode: "HUF", Language: "_HU", Performance: "2026-01-01 00:00:03", Status: "Paid", PaymentMethod: "Card",
			Customer: minicrm.FeedCustomer{Name: "name 3", CountryID: "country 2", PostalCode: "code 2", City: "city 3", Address: "address 2"},
			Fields:   []minicrm.FeedField{{Name: "ShippingMethod", Value: "shipping 1"}, {Name: "UserId", Value: "107"}},
			Products: []minicrm.FeedProduct{{
				ID: 108, Name: "name 4", PriceNet: d("109.1250"), Quantity: d("1.50"), SKU: &sku, Description: "description 1", Unit: "darab", VAT: d("27.00"), FolderName: "folder 1",
			}, {ID: 110, Name: "name 5", PriceNet: d("-7"), Quantity: d("1"), Unit: "bucată", VAT: d("0"), FolderName: "folder 2"}},
		}},
	}
	project, order := "Projects/Project@Id=101", "Projects/Project@Id=101/Orders/Order@Id=106"
	contact, product, second := project+"/Contacts/Contact@Id=105", order+"/Products/Product@Id=108", order+"/Products/Product@Id=110"
	want := []string{
		project,
		project + "/Name = name 1", project + "/CategoryId = 102", project + "/StatusId = status 1", project + "/UserId = user 1", project + "/ContactId = 103",
		project + "/WebshopRegistrationDate = 2026-01-01 00:00:01", project + "/WebshopDisabled = 1", project + "/WebshopLostBasketContent = content",
		project + "/WebshopLostBasketDate = 2026-01-01 00:00:02", project + "/WebshopLostBasketValue = 104.5", project + "/Custom_A = custom a", project + "/Custom.B-2 = ",
		project + "/Business/Name = name 2", project + "/Business/VatNumber = vat 1",
		project + "/Business/Addresses/Address/CountryId = country 1", project + "/Business/Addresses/Address/PostalCode = code 1",
		project + "/Business/Addresses/Address/City = city 1", project + "/Business/Addresses/Address/Address = address 1",
		project + "/Business/Addresses/Address/City = city 2",
		project + "/Business/Emails/Email/Value = mail 1", project + "/Business/Emails/Email/Value = mail 2", project + "/Business/Phones/Phone/Value = phone 1",
		contact,
		contact + "/FirstName = first 1", contact + "/LastName = last 1", contact + "/Emails/Email/Value = mail 3",
		contact + "/Phones/Phone/Value = phone 2", contact + "/Phones/Phone/Value = phone 3", contact + "/Type = type 1",
		project + "/Contacts/Contact/FirstName = ", project + "/Contacts/Contact/LastName = last 2",
		order,
		order + "/Number = number 1", order + "/CurrencyCode = HUF", order + "/Language = _HU", order + "/Performance = 2026-01-01 00:00:03", order + "/Status = Paid",
		order + "/PaymentMethod = Card", order + "/Customer/Name = name 3", order + "/Customer/CountryId = country 2", order + "/Customer/PostalCode = code 2",
		order + "/Customer/City = city 3", order + "/Customer/Address = address 2", order + "/Project/ShippingMethod = shipping 1", order + "/Project/UserId = 107",
		product,
		product + "/Name = name 4", product + "/PriceNet = 109.125", product + "/Quantity = 1.5", product + "/SKU = SKU-17", product + "/Description = description 1",
		product + "/Unit = darab", product + "/VAT = 27%", product + "/FolderName = folder 1",
		second,
		second + "/Name = name 5", second + "/PriceNet = -7", second + "/Quantity = 1", second + "/Unit = bucată", second + "/VAT = 0%", second + "/FolderName = folder 2",
	}
	got, err := leaves(feed(t, p))
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("the document = %v, differs (-want +got):\n%s", err, diff)
	}
}

// arrives is what a reader of the document must find of a text: as it was, without the characters that XML forbids,
// and each byte that is no UTF-8 marked.
func arrives(s string) string {
	var b strings.Builder
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			b.WriteRune('\ufffd')
		case r == '\t', r == '\n', r == '\r', ' ' <= r && r != 0xFFFE && r != 0xFFFF:
			b.WriteRune(r)
		}
		s = s[size:]
	}
	return b.String()
}

// nasty draws texts that break writers of XML.
func nasty() *rapid.Generator[string] {
	piece := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"]]>", "<![CDATA[", "&amp;", "&", "<", ">", "\"", "'", "</Name>", "<!--", "-->", "<?xml?>", "\r\n", "\r", "\t", "\x00", "\x08", "\x1f", "\x7f", "\u0085", "\u2028",
		"\ufffe", "\uffff", "\ufdd0", "\ufeff", "\xff", "\xc3", "\xed\xa0\x80", "\xf4\x90\x80\x80", "😀", "👩\u200d👧", "e\u0301", "\u202e", "שלום", "مرحبا", "ő", " ",
	}))
	return rapid.Map(rapid.SliceOfN(piece, 0, 6), func(pieces []string) string { return strings.Join(pieces, "") })
}

func TestFeedCarriesEveryTextUnharmed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := func(name string) string { return nasty().Draw(t, name) }
		p := least()
		p.Name, p.StatusID, p.UserID = text("name"), text("status"), text("user")
		p.Fields = []minicrm.FeedField{{Name: "Mezo", Value: text("field")}}
		p.LostBasket = &minicrm.LostBasket{Content: text("basket")}
		p.Business.Emails = []string{text("mail")}
		p.Contacts[0].FirstName = text("first name")
		o := &p.Orders[0]
		o.Number, o.Customer.Address = text("number"), text("address")
		o.Fields = []minicrm.FeedField{{Name: "LinkPdf", Value: text("link")}}
		sku := text("sku")
		o.Products[0].Name, o.Products[0].SKU, o.Products[0].Description = text("product"), &sku, text("description")

		document := plainFeed(t, p)
		got, err := leaves(document)
		if err != nil {
			t.Fatalf("reading back: %v\n%s", err, document)
		}
		found := map[string]bool{}
		for _, leaf := range got {
			found[leaf] = true
		}
		project, order := "Projects/Project@Id=7", "Projects/Project@Id=7/Orders/Order@Id=8"
		for path, value := range map[string]string{
			project + "/Name": p.Name, project + "/StatusId": p.StatusID, project + "/UserId": p.UserID, project + "/Mezo": p.Fields[0].Value,
			project + "/WebshopLostBasketContent": p.LostBasket.Content, project + "/Business/Emails/Email/Value": p.Business.Emails[0],
			project + "/Contacts/Contact/FirstName": p.Contacts[0].FirstName, order + "/Number": o.Number, order + "/Customer/Address": o.Customer.Address,
			order + "/Project/LinkPdf": o.Fields[0].Value, order + "/Products/Product@Id=9/Name": o.Products[0].Name,
			order + "/Products/Product@Id=9/SKU": sku, order + "/Products/Product@Id=9/Description": o.Products[0].Description,
		} {
			optional := value == "" && (strings.HasSuffix(path, "Id") || strings.HasSuffix(path, "Description"))
			if !optional && !found[path+" = "+arrives(value)] {
				t.Fatalf("%s = %q did not arrive in\n%s", path, value, document)
			}
		}
	})
}

// plainFeed writes a document outside of a testing.T.
func plainFeed(t *rapid.T, p minicrm.FeedProject) []byte {
	var out bytes.Buffer
	w := minicrm.NewFeedWriter(&out)
	if err := errors.Join(w.WriteProject(p), w.Close()); err != nil {
		t.Fatalf("writing %+v = %v", p, err)
	}
	return out.Bytes()
}

func TestFeedIsReadByAnotherParserWhereThereIsOne(t *testing.T) {
	tool, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("there is no xmllint here; encoding/xml reads the document in the other tests")
	}
	p := everything()
	p.Name = "]]> &<>\"' \r\n\t\x00\x1f\ufffe\xff\xed\xa0\x80 😀 \u202eשלום"
	cmd := exec.CommandContext(t.Context(), tool, "--noout", "--nonet", "-")
	cmd.Stdin = bytes.NewReader(feed(t, p, least()))
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("xmllint = %v: %s", err, said)
	}
}

// A character is a code point: MiniCRM's limit is taken for PHP's mb_strlen, of which a letter with a combining accent
// has two.
func TestFeedCutsADescriptionAtMiniCRMsLimitAndNotBefore(t *testing.T) {
	for _, unit := range []string{"a", "ő", "😀"} {
		for _, n := range []int{1023, 1024, 1025, 5000} {
			p := least()
			p.Orders[0].Products[0].Description = strings.Repeat(unit, n)
			got, err := leaves(feed(t, p))
			want := fmt.Sprintf("Projects/Project@Id=7/Orders/Order@Id=8/Products/Product@Id=9/Description = %s", strings.Repeat(unit, min(n, 1024)))
			if err != nil || !strings.Contains(strings.Join(got, "\n")+"\n", want+"\n") {
				t.Errorf("a description of %d times %q is not cut to 1024 of them: %v", n, unit, err)
			}
		}
	}
}
