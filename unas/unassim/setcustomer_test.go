package unassim

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// bela is a customer with everything that setCustomer can write.
const bela = `<Customers><Customer><Action>add</Action><Email>bela@kert.example</Email><Username>bela</Username><Password>titok &amp; más</Password>
	<Contact><Name>Kő Béla</Name><Phone>+3615550100</Phone><Mobile>06-20/555-0100</Mobile><Lang>hu</Lang></Contact>
	<Addresses><Invoice><Name>Kő Kft.</Name><ZIP>1011</ZIP><City>Budapest</City><Street>Fő utca 1.</Street><CountryCode>hu</CountryCode><TaxNumber>12345676-2-41</TaxNumber><CustomerType>company</CustomerType></Invoice>
		<Other><Name>Nyaraló</Name><ZIP>8600</ZIP><City>Siófok</City></Other><Other><Name>Anyukám</Name><City>Győr</City></Other></Addresses>
	<Params><Param><Id>1</Id><Name>Kutya</Name><Value>igen</Value></Param><Param><Id>2</Id><Name>Macska</Name><Value>nem</Value></Param></Params>
	<Group><Name>Viszonteladók</Name></Group><Newsletter><Subscribed>yes</Subscribed><Authorized>yes</Authorized></Newsletter>
	<Discount><Direct>5</Direct></Discount><Comment>Jó vevő</Comment>
	<Restrictions><Restriction><Type>payment_method</Type><Id>6120402</Id><Name>Utánvét</Name></Restriction></Restrictions>
	<AbandonedCart><Items><Item><Sku>ASO</Sku><Quantity>1</Quantity></Item></Items></AbandonedCart>
	</Customer></Customers>`

func withBela(t *testing.T) (v *visit, id string) {
	t.Helper()
	v = open(t, Options{})
	v.login()
	n := one(t, v.good("setCustomer", bela))
	if n.at("Action") != "add" || n.at("Status") != "ok" || n.at("Email") != "bela@kert.example" || n.at("Id") == "" {
		t.Fatalf("setCustomer = %s; want the Id and the Email of a new customer", rendered(n, 0))
	}
	return v, n.at("Id")
}

func customerShown(v *visit, id string) *node {
	v.t.Helper()
	return one(v.t, v.good("getCustomer", "<Params><Id>"+id+"</Id></Params>"))
}

func TestSetCustomerKeepsWhatItDoesNotNameAndClearsWhatIsEmpty(t *testing.T) {
	v, id := withBela(t)
	v.shop.Advance(time.Hour)
	for _, who := range []string{"<Id>" + id + "</Id>", "<Email>BELA@kert.example</Email>", "<Username>bela</Username>"} {
		answer := v.good("setCustomer", "<Customers><Customer><Action>modify</Action>"+who+`
			<Contact><Mobile>+36205550199</Mobile></Contact><Comment></Comment>
			<Addresses><Other><Id>2</Id><City>Sopron</City></Other></Addresses>
			<Params><Param><Id>2</Id><Value>igen</Value></Param></Params></Customer></Customers>`)
		if n := one(t, answer); n.at("Id") != id || n.at("Status") != "ok" {
			t.Errorf("modify by %s = %s", who, answer)
		}
	}
	n := customerShown(v, id)
	others := n.kid("Addresses").all("Other")
	for what, pair := range map[string][2]string{
		"Name":            {n.at("Contact", "Name"), "Kő Béla"},
		"Mobile":          {n.at("Contact", "Mobile"), "+36205550199"},
		"Comment":         {n.at("Comment"), ""},
		"invoice name":    {n.at("Addresses", "Invoice", "Name"), "Kő Kft."},
		"others":          {fmt.Sprint(len(others), others[0].at("City"), others[1].at("Name"), others[1].at("City"), others[1].at("Id")), "2SiófokAnyukámSopron2"},
		"parameters":      {n.at("Params", "Param", "Value") + n.kid("Params").kids[1].at("Value") + n.kid("Params").kids[1].at("Name"), "igenigenMacska"},
		"group":           {n.at("Group", "Id") + n.at("Group", "ForeignID"), "7702VISZ"},
		"Registration":    {n.at("Dates", "Registration"), "2026.03.10 10:30:00"},
		"Modification":    {n.at("Dates", "Modification"), "2026.03.10 11:30:00"},
		"user name":       {n.at("Username"), "bela"},
		"Discount total":  {n.at("Discount", "Total") + n.at("Discount", "Direct"), "05"},
		"Restriction":     {n.at("Restrictions", "Restriction", "Name"), "Utánvét"},
		"password hidden": {n.at("Password"), ""},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s = %q; want %q", what, pair[0], pair[1])
		}
	}
	if n.first("Comment") == nil {
		t.Error("a cleared Comment vanished; want it empty")
	}
	var names []string
	for _, k := range n.kids {
		names = append(names, k.name)
	}
	if got, want := strings.Join(names, " "), "Id Email Username Contact Addresses Params Dates Group Authorize Discount PointsAccount Newsletter Comment Restrictions AbandonedCart"; got != want {
		t.Errorf("elements = %s; want %s", got, want)
	}
	if got := texts(t, v.good("getCustomer", fmt.Sprintf("<Params><ModTimeStart>%d</ModTimeStart></Params>", springMorning.Add(time.Hour).Unix())), "Id"); got != id {
		t.Errorf("modified customers = %q; want %s", got, id)
	}
}

func TestTheStoredCartCanBeFilledAndEmptied(t *testing.T) {
	v, id := withBela(t)
	for _, tt := range []struct{ operation, items, want string }{
		{"<Operation>add</Operation>", "<Item><Sku>DIO-1</Sku><Quantity>2</Quantity></Item>", "ASO×1 DIO-1×2"},
		{"<Operation>add</Operation>", "<Item><Sku>ASO</Sku><Quantity>3</Quantity></Item>", "DIO-1×2 ASO×3"},
		{"<Operation>remove</Operation>", "<Item><Sku>DIO-1</Sku></Item>", "ASO×3"},
		{"", "<Item><Sku>LETRA-3</Sku><Quantity>1</Quantity></Item>", "LETRA-3×1"},
		{"<Operation>replace</Operation>", "", ""},
	} {
		v.good("setCustomer", "<Customers><Customer><Action>modify</Action><Id>"+id+"</Id><AbandonedCart>"+tt.operation+"<Items>"+tt.items+"</Items></AbandonedCart></Customer></Customers>")
		var got []string
		n := customerShown(v, id)
		for _, k := range n.kid("AbandonedCart", "Items").all("Item") {
			got = append(got, k.at("Sku")+"×"+k.at("Quantity"))
		}
		if strings.Join(got, " ") != tt.want || tt.want == "" && n.first("AbandonedCart") != nil {
			t.Errorf("after %q %s the cart holds %q; want %q", tt.operation, tt.items, got, tt.want)
		}
	}
}

func TestSetCustomerRefusesWhoIsThereOrIsNot(t *testing.T) {
	v, id := withBela(t)
	for body, want := range map[string]string{
		"<Email>bela@kert.example</Email>":                                                  "Customer already exists",
		"<Email>nem cím</Email>":                                                            "Email not valid: nem cím",
		"<Action>modify</Action><Email>nincs@kert.example</Email>":                          "Customer not found",
		"<Action>delete</Action><Id>1</Id>":                                                 "Customer not found",
		"<Action>paint</Action><Id>" + id + "</Id>":                                         "Unknown Action: paint",
		"<Action>modify</Action><Id>" + id + "</Id><Group><Name>Nincs ilyen</Name></Group>": "Group not found: Nincs ilyen",
	} {
		if n := one(t, v.good("setCustomer", "<Customers><Customer>"+body+"</Customer></Customers>")); n.at("Status") != "error" || n.at("Error") != want {
			t.Errorf("setCustomer %s = %s; want %s", body, rendered(n, 0), want)
		}
	}
	v.good("setCustomer", "<Customers><Customer><Action>modify</Action><Id>"+id+"</Id><Group></Group></Customer></Customers>")
	if n := customerShown(v, id); n.first("Group") != nil {
		t.Errorf("a cleared Group is shown: %s", rendered(n, 0))
	}
	v.good("setCustomer", "<Customers><Customer><Action>delete</Action><Id>"+id+"</Id></Customer></Customers>")
	if got := texts(t, v.good("getCustomer", "<Params/>"), "Id"); got != "" {
		t.Errorf("a deleted customer is listed: %s", got)
	}
	if got := one(t, v.good("setCustomer", bela)).at("Status"); got != "ok" {
		t.Errorf("adding them again = %s", got)
	}
}

func TestCheckCustomerKnowsThePassword(t *testing.T) {
	v, _ := withBela(t)
	for _, tt := range []struct{ user, password, want string }{
		{"bela", "titok &amp; más", "true"},
		{"bela@kert.example", "titok &amp; más", "true"},
		{"bela", "titok", "false"},
		{"bela", "", "false"},
		{"", "titok &amp; más", "false"},
		{"geza", "titok &amp; más", "false"},
	} {
		got := v.good("checkCustomer", "<Params><User>"+tt.user+"</User><Password>"+tt.password+"</Password></Params>")
		if !strings.HasSuffix(strings.TrimSpace(got), "<Result>"+tt.want+"</Result>") {
			t.Errorf("checkCustomer %q %q = %s; want %s", tt.user, tt.password, got, tt.want)
		}
	}
}

func TestCustomerGroupsHaveTheirOwnEndpoint(t *testing.T) {
	v, id := withBela(t)
	n := one(t, v.good("getCustomerGroup", "<Params><Name>Viszonteladók</Name></Params>"))
	if n.at("Id") != "7702" || n.at("ForeignKey") != "VISZ" || n.at("WithoutVAT", "Value") != "no" || n.at("DefaultCurrency") != "HUF" {
		t.Errorf("getCustomerGroup by Name = %s", rendered(n, 0))
	}
	if n := one(t, v.good("getCustomerGroup", "<Params><Id>7701</Id></Params>")); n.at("Name") != "Törzsvásárlók" || n.first("ForeignKey") != nil {
		t.Errorf("getCustomerGroup by Id = %s", rendered(n, 0))
	}
	set := func(body string) *node {
		return one(t, v.good("setCustomerGroup", "<CustomerGroups><CustomerGroup>"+body+"</CustomerGroup></CustomerGroups>"))
	}
	group := set("<Name>Barátok</Name><DiscountAmount>3</DiscountAmount>").at("Id")
	set("<Action>modify</Action><Id>" + group + "</Id><UseCoupon>no</UseCoupon>")
	if n := one(t, v.good("getCustomerGroup", "<Params><Id>"+group+"</Id></Params>")); n.at("DiscountAmount") != "3" || n.at("UseCoupon") != "no" {
		t.Errorf("the new group = %s", rendered(n, 0))
	}
	v.good("setCustomer", "<Customers><Customer><Action>modify</Action><Id>"+id+"</Id><Group><Id>"+group+"</Id></Group></Customer></Customers>")
	if n := customerShown(v, id).kid("Group"); n.at("Name") != "Barátok" || n.first("ForeignID") != nil {
		t.Errorf("Group after the change = %s", rendered(n, 0))
	}
	for _, bad := range []string{"<Name>Barátok</Name>", "<Action>add</Action>", "<Action>modify</Action><Id>1</Id>", "<Action>paint</Action>"} {
		if n := set(bad); n.at("Status") != "error" {
			t.Errorf("setCustomerGroup %s = %s; want an error", bad, rendered(n, 0))
		}
	}
	set("<Action>delete</Action><Id>" + group + "</Id>")
	if got := texts(t, v.good("getCustomerGroup", "<Params/>"), "Id"); got != "7701 7702 7703" {
		t.Errorf("groups = %q", got)
	}
}

func TestNewsletterListsSubscribersAndCustomers(t *testing.T) {
	v, _ := withBela(t)
	v.shop.Advance(time.Hour)
	set := func(body string) *node {
		return one(t, v.good("setNewsletter", "<Subscribers><Subscriber>"+body+"</Subscriber></Subscribers>"))
	}
	if n := set("<Email>olvaso@posta.example</Email><Name>Őri Olvasó</Name><Lang>ro</Lang>"); n.at("Type") != "Subscriber" || n.at("Status") != "ok" {
		t.Errorf("setNewsletter = %s", rendered(n, 0))
	}
	for _, tt := range []struct{ filter, want string }{
		{"", "olvaso@posta.example bela@kert.example"},
		{"<Type>subscriber</Type>", "olvaso@posta.example"},
		{"<Type>customer</Type>", "bela@kert.example"},
		{"<Auth>yes</Auth>", "bela@kert.example"},
		{"<Auth>0</Auth>", "olvaso@posta.example"},
		{"<Email>OLVASO@posta.example</Email>", "olvaso@posta.example"},
		{fmt.Sprintf("<TimeStart>%d</TimeStart>", springMorning.Add(time.Hour).Unix()), "olvaso@posta.example"},
		{fmt.Sprintf("<TimeEnd>%d</TimeEnd>", springMorning.Unix()), "bela@kert.example"},
	} {
		if got := texts(t, v.good("getNewsletter", "<Params>"+tt.filter+"</Params>"), "Email"); got != tt.want {
			t.Errorf("getNewsletter %s = %q; want %q", tt.filter, got, tt.want)
		}
	}
	v.refused("getNewsletter", "<Params><Auth>maybe</Auth></Params>", "Parameter Error: Auth")
	n := one(t, v.good("getNewsletter", "<Params><Type>customer</Type></Params>"))
	if n.at("Name") != "Kő Béla" || n.at("Address") != "1011 Budapest, Fő utca 1." || n.at("Lang") != "hu" || n.at("Authorized") != "yes" {
		t.Errorf("the customer in the newsletter = %s", rendered(n, 0))
	}
	set("<Action>modify</Action><Email>olvaso@posta.example</Email><Authorized>yes</Authorized>")
	if n := set("<Action>delete</Action><Email>bela@kert.example</Email>"); n.at("Type") != "Customer" {
		t.Errorf("a customer's withdrawal = %s; want Type Customer", rendered(n, 0))
	}
	if got := texts(t, v.good("getNewsletter", "<Params><Auth>1</Auth></Params>"), "Name"); got != "Őri Olvasó" {
		t.Errorf("readers after a withdrawal and an authorisation: %q", got)
	}
	set("<Action>delete</Action><Email>olvaso@posta.example</Email>")
	for _, bad := range []string{"<Action>delete</Action><Email>olvaso@posta.example</Email>", "<Email>x</Email>", "<Action>paint</Action><Email>a@b.example</Email>"} {
		if n := set(bad); n.at("Status") != "error" {
			t.Errorf("setNewsletter %s = %s; want an error", bad, rendered(n, 0))
		}
	}
}
