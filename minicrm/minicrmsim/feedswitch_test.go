package minicrmsim

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Every row sends one Project twice: to a system with the switch off and to one
// with it on. An outcome is "taken", "noted: part of the note" or part of the
// reason for a refusal.
func TestSwitchesOfTheFeedShowBothSides(t *testing.T) {
	order := func(parts ...string) string { return customer(1, orders(bought(9, parts...))) }
	swap := func(from, to string) string { return strings.Replace(order(), from, to, 1) }
	twice := customer(1, orders(`<Order Id="9">`+performance+invoiceTo+products(item(1, "1", "1", "21%"), item(1, "2", "3", "21%"))+`</Order>`))
	for _, test := range []struct {
		on       Switches
		project  string
		off, yes string
	}{
		{Switches{FeedModules: "webshop"}, `<Project Id="1"><Name>A</Name><CategoryId>3</CategoryId></Project>`, "taken", "is not the Webshop module"},
		{Switches{FeedModules: "any"}, strings.Replace(order(), ">5<", ">3<", 1), "orders stand below cards of the Webshop module", "taken"},
		{Switches{FeedModules: "any"}, `<Project Id="1"><Name>A</Name><CategoryId>4</CategoryId></Project>`, "holds the cards of orders", "holds the cards of orders"},
		{Switches{AlphanumericIDs: true}, strings.Replace(order(), `Order Id="9"`, `Order Id="68123-100001"`, 1), "not an integer", "taken"},
		{Switches{AlphanumericIDs: true}, customer(strings.Repeat("x", 65)), "not an integer", "not an integer"},
		{Switches{StatusRequired: true}, customer(1), "taken", "StatusId is missing"},
		{Switches{EmptyRequiredTaken: true}, swap("<Unit>piece</Unit>", "<Unit></Unit>"), "Unit is missing", "taken"},
		{Switches{EmptyRequiredTaken: true}, swap("<Unit>piece</Unit>", ""), "Unit is missing", "Unit is missing"},
		{Switches{EmptyRequiredTaken: true}, swap("<CountryId>Romania</CountryId>", "<CountryId/>"), "CountryId is missing", "taken"},
		{Switches{EmptyRequiredTaken: true}, swap("<PriceNet>12.5</PriceNet>", "<PriceNet/>"), "PriceNet is missing", "PriceNet is not a number"},
		{Switches{LongXMLTextCut: true}, swap("<Unit>", "<Description>"+strings.Repeat("ő", 1025)+"</Description><Unit>"), "Description is longer than 1024", "noted: was cut from 1025 to 1024"},
		{Switches{LongXMLTextCut: true}, customer(1, "<Newsletter>"+strings.Repeat("ő", 33)+"</Newsletter>"), "longer than 32", "noted: Newsletter was cut"},
		{Switches{UnknownElementRefused: true}, order("<Colour>red</Colour>"), "noted: unknown element Colour in Order", "unknown element Colour in Order"},
		{Switches{UnknownElementRefused: true}, swap("<Unit>", "<EAN>1</EAN><Unit>"), "noted: unknown element EAN in Product", "unknown element EAN"},
		{Switches{FirstDuplicateCounts: true}, twice, "noted: the last one counts", "noted: the first one counts"},
		{Switches{VATWithoutPercent: true}, swap("21%", "21"), "no percent sign", "taken"},
		{Switches{UnknownStatusSkipped: true}, order("<Status>Sent</Status>"), `unknown Status "Sent"`, `noted: unknown Status "Sent"`},
		{Switches{MoreStatusWords: true}, order("<Status>Complete</Status>"), `unknown Status "Complete"`, "taken"},
		{Switches{NoPaidWord: true}, order("<Status>Paid</Status>"), "taken", `unknown Status "Paid"`},
		{Switches{UnknownPaymentRefused: true}, order("<PaymentMethod>Barter</PaymentMethod>"), "noted: unknown PaymentMethod", "unknown PaymentMethod"},
		{Switches{UnknownFieldSkipped: true}, customer(1, "<Nickname>Z</Nickname>"), "has no field Nickname", "noted: has no field Nickname"},
		{Switches{UnknownUserRefused: true}, customer(1, "<UserId>Nobody</UserId>"), "noted: somebody else becomes the owner", `there is no user "Nobody"`},
		{Switches{NegativePriceRefused: true}, swap("12.5", "-12.5"), "taken", "PriceNet is negative"},
		{Switches{StatusForm: "id"}, customer(1, "<StatusId>Registered</StatusId>"), "taken", `no status "Registered"`},
		{Switches{StatusForm: "name"}, customer(1, "<StatusId>3002</StatusId>"), "taken", `no status "3002"`},
	} {
		for i, want := range []string{test.off, test.yes} {
			b := start(t, Options{Switches: []Switches{{}, test.on}[i]})
			if log := b.send(test.project); !became(log, want) {
				t.Errorf("%v, %t: %s became %+v; want %q", test.on.changed(), i == 1, test.project, log, want)
			}
		}
	}
}

// became says whether the only Project of a document ended as a row wants it.
func became(log DocumentLog, want string) bool {
	note, noted := strings.CutPrefix(want, "noted: ")
	has := func(lines []LogLine, text string) bool {
		return slices.ContainsFunc(lines, func(l LogLine) bool { return strings.Contains(l.Reason, text) })
	}
	switch {
	case want == "taken":
		return len(log.Taken) == 1 && len(log.Refused) == 0 && len(log.Notes) == 0
	case noted:
		return len(log.Taken) == 1 && has(log.Notes, note)
	}
	return len(log.Taken) == 0 && has(log.Refused, want)
}

func TestTheAnswerToADocumentIsASwitch(t *testing.T) {
	b := start(t, Options{})
	if _, got := b.call("POST", "/Api/SyncFeed/51432/Upload", feedOf()); got != `{"Id":1}` {
		t.Errorf("Upload answers %s; want the document's number", got)
	}
	b = start(t, Options{Switches: Switches{FeedAnswer: `{"Status":"OK"}`}})
	if _, got := b.call("POST", "/Api/SyncFeed/51432/Upload", feedOf()); got != `{"Status":"OK"}` {
		t.Errorf("with FeedAnswer Upload answers %s", got)
	}
}

func TestAnIDThatIsATextFindsItsCardAgain(t *testing.T) {
	b := start(t, Options{Switches: Switches{AlphanumericIDs: true}})
	b.taken(customer("guest-7", orders(bought("68123-100001"))))
	b.taken(customer("guest-7", orders(bought("68123-100001", "<Status>Issued</Status>"))), customer("guest-8"))
	if got := len(b.crm.Orders()); got != 1 || len(b.crm.Cards()) != 3 {
		t.Errorf("%d orders, %d cards; want 1 and 3", got, len(b.crm.Cards()))
	}
	if got := b.want("GET", "/Api/R3/Project?ReferenceId=guest-7", "")["Id"]; got != 1.0 {
		t.Errorf("ReferenceId=guest-7 is card %v; want 1", got)
	}
}

func TestElementsMayStandInAnyOrder(t *testing.T) {
	b := start(t, Options{})
	b.taken(`<Project Id="1"><Orders><Order Id="9">` + products(item(71, "1", "2", "27.0%")) + invoiceTo +
		`<Status>Issued</Status><Performance>2026-03-09</Performance></Order></Orders><CategoryId> 5 </CategoryId><Name>A</Name></Project>`)
	if o := b.order(9); o.Status != "Issued" || o.Amount != "2.54" || o.Items[0].VAT != "27" {
		t.Errorf("order = %+v", o)
	}
}

func TestEveryLineMayCarryAnyRateOfVAT(t *testing.T) {
	for _, test := range [][2]string{{"0%", "10"}, {"5%", "10.5"}, {"11%", "11.1"}, {"27%", "12.7"}, {"27.0%", "12.7"}, {" 21% ", "12.1"}, {"100%", "20"}} {
		vat, want := test[0], test[1]
		b := start(t, Options{})
		b.taken(customer(1, orders(`<Order Id="9">`+performance+invoiceTo+products(item(1, "10", "1", vat))+`</Order>`)))
		if got := b.order(9).Amount; got != want {
			t.Errorf("10 at %s = %s; want %s", vat, got, want)
		}
	}
}

func TestSeveralPersonsComeWithOneCard(t *testing.T) {
	b := start(t, Options{})
	people := `<Contacts>
		<Contact Id="1"><FirstName>Ana</FirstName><LastName>Rus</LastName><Emails><Email><Value>ana@example.ro</Value></Email><Email><Value>ana2@example.ro</Value></Email></Emails><Position>boss</Position></Contact>
		<Contact Id="2"><FirstName>Ion</FirstName><Email>ion@example.ro</Email><Phone>+40722</Phone><Type>Person</Type></Contact></Contacts>`
	log := b.send(customer(1, people))
	card := b.card(1)
	if len(card.Contacts) != 2 || card.Contacts[0].Email != "ana@example.ro" || card.Contacts[1].Phone != "+40722" {
		t.Fatalf("contacts = %+v; want both, the first one as the main one", card.Contacts)
	}
	if len(log.Notes) != 1 || !strings.Contains(log.Notes[0].Reason, "the first Email of 2 is kept") {
		t.Errorf("notes = %+v; want one about the second address", log.Notes)
	}
	if got := b.want("GET", fmt.Sprint("/Api/R3/Contact/", card.Contacts[0].ID), "")["Position"]; got != "boss" {
		t.Errorf("Position = %v; want the basic field", got)
	}
	b.taken(customer(1, `<Contacts><Contact Id="2"><LastName>Pop</LastName></Contact></Contacts>`))
	if got := b.card(1).Contacts; len(got) != 2 || got[1].LastName != "Pop" || got[1].FirstName != "Ion" {
		t.Errorf("after a change of one name contacts = %+v", got)
	}
}

func TestABusinessTakesSeveralAddresses(t *testing.T) {
	address := func(city string) string {
		return `<Address><Type>Site</Type><Name>N</Name><CountryId>Romania</CountryId><County>Cluj</County><PostalCode>4</PostalCode><City>` + city + `</City><Address>S</Address><Default>1</Default></Address>`
	}
	b := start(t, Options{})
	b.taken(customer(1, `<Business><Name>Alma</Name><Addresses>`+address("Cluj")+address("Arad")+`</Addresses></Business>`))
	id := b.card(1).Business.ID
	if got := b.want("GET", fmt.Sprint("/Api/R3/AddressList/", id), "")["Count"]; got != 2.0 {
		t.Errorf("%v addresses; want 2", got)
	}
	if got := b.want("GET", "/Api/R3/Address/2", ""); got["City"] != "Arad" || got["Type"] != "Site" || got["County"] != "Cluj" || got["Default"] != 1.0 {
		t.Errorf("address = %v", got)
	}
}

// Two shops that send into one Webshop module with the same ids write over
// each other; nothing keeps them apart.
func TestTwoIntegrationsWriteOverEachOther(t *testing.T) {
	b := start(t, Options{})
	b.taken(`<Project Id="1"><Name>From one shop</Name><CategoryId>5</CategoryId></Project>`)
	b.taken(`<Project Id="1"><Name>From the other</Name><CategoryId>5</CategoryId></Project>`)
	if cards := b.crm.Cards(); len(cards) != 1 || cards[0].Name != "From the other" {
		t.Errorf("cards = %+v; want one, written over", cards)
	}
}

func TestOffersAndTodosOfADocumentArePassedOverWithANote(t *testing.T) {
	b := start(t, Options{})
	log := b.send(customer(1, `<Offers><Offer Id="1"/></Offers><Todos><Todo/></Todos>`))
	if !became(log, "noted: Offers and Todos are passed over") {
		t.Errorf("log = %+v", log)
	}
}

func TestADocumentMovesAnOrderFromAnyStateToAnyOther(t *testing.T) {
	b := start(t, Options{})
	for _, from := range states {
		for _, to := range states {
			b.taken(customer(1, orders(bought(9, `<Status>`+string(from)+`</Status>`))), customer(1, orders(bought(9, `<Status>`+string(to)+`</Status>`))))
			if o := b.order(9); o.Status != string(to) || o.CardStatus != stateNames[to][english] {
				t.Errorf("from %s to %s: %s, %s", from, to, o.Status, o.CardStatus)
			}
		}
	}
}

func TestAnOrderIsNumberedWhenItIsIssuedUnlessItBringsANumber(t *testing.T) {
	b := start(t, Options{})
	order := func(id int, inner string) string {
		return customer(1, orders(fmt.Sprintf(`<Order Id="%d">%s%s%s%s</Order>`, id, inner, performance, invoiceTo, products(item(1, "1", "1", "21%")))))
	}
	b.taken(order(1, `<Status>Draft</Status>`), order(2, `<Status>Draft</Status><Number>A-2</Number>`), order(3, `<Status>Failed</Status>`))
	if got := b.order(1).Number + " " + b.order(2).Number; got != " A-2" {
		t.Errorf("drafts are numbered %q; want only the one that brought a number", got)
	}
	if b.order(3).Number == "" {
		t.Error("an order that was a draft never has no number")
	}
	b.taken(order(1, `<Status>Issued</Status>`), order(2, `<Status>Issued</Status>`))
	if b.order(1).Number == "" || b.order(2).Number != "A-2" {
		t.Errorf("issued orders are numbered %q and %q", b.order(1).Number, b.order(2).Number)
	}
}

func TestKnownPaymentMethodsPassWithoutANote(t *testing.T) {
	for _, word := range []string{"", "WiredTransfer", "Card", "Check", "CashOnDelivery", "Other", "Cash"} {
		b := start(t, Options{})
		b.taken(customer(1, orders(bought(9, "<PaymentMethod>"+word+"</PaymentMethod><Status>Issued</Status>"))))
		if got := b.want("GET", "/Api/Order/1", "")["PaymentMethod"]; got != word {
			t.Errorf("PaymentMethod %q reads %v", word, got)
		}
	}
}

func TestPerformanceIsADateOrADateWithATime(t *testing.T) {
	for sent, ok := range map[string]bool{"2026-03-09": true, "2026-03-09 10:15": true, "2026-03-09 10:15:59": true, "2026-03-09T10:15:59Z": false, "2026-02-30": false, "09.03.2026": false} {
		b := start(t, Options{})
		log := b.send(customer(1, orders(strings.Replace(bought(9, "<Status>Issued</Status>"), "2026-03-09 10:15:00", sent, 1))))
		if got := len(log.Taken) == 1; got != ok {
			t.Errorf("Performance %q: %+v; want taken %t", sent, log, ok)
		}
		if ok && b.want("GET", "/Api/Order/1", "")["Performance"] != "2026-03-09" {
			t.Errorf("Performance %q reads otherwise", sent)
		}
	}
}

// A plugin of the service's own writes empty elements for what it does not know.
func TestWhatTheServicesOwnPluginWritesIsTaken(t *testing.T) {
	b := start(t, Options{Language: "hu"})
	b.taken(`<Project Id="417"><Name>Alma Kft. (Kovács Anna)</Name><CategoryId>5</CategoryId><StatusId>Egyszeri vevő</StatusId>
		<Business><Name>Alma Kft.</Name><VatNumber></VatNumber><Addresses><Address><CountryId>Magyarország</CountryId><PostalCode>1075</PostalCode><City>Budapest</City><Address>Kis utca 2.</Address></Address></Addresses><Emails><Email><Value>anna@example.hu</Value></Email></Emails><Phones><Phone><Value></Value></Phone></Phones></Business>
		<Contacts><Contact><FirstName>Anna</FirstName><LastName>Kovács</LastName><Emails><Email><Value>anna@example.hu</Value></Email></Emails><Phones><Phone><Value></Value></Phone></Phones></Contact></Contacts>
		<Orders><Order Id="9001"><Number>9001</Number><CurrencyCode>HUF</CurrencyCode><Language>_HU</Language><Performance>2026-03-09 14:05:00</Performance><Status>Issued</Status><PaymentMethod></PaymentMethod>
		<Customer><Name>Kovács Anna</Name><CountryId>Magyarország</CountryId><PostalCode>1075</PostalCode><City>Budapest</City><Address>Kis utca 2.</Address></Customer><Project><ShippingMethod>Futár</ShippingMethod></Project>
		<Products><Product Id="55"><Name>Bögre</Name><PriceNet>1000.5555555555555</PriceNet><Quantity>2</Quantity><SKU></SKU><Description></Description><Unit>darab</Unit><VAT>27%</VAT><FolderName>Bolt</FolderName></Product>
		<Product Id="10000312"><Name>Kupon</Name><PriceNet>-200</PriceNet><Quantity>1</Quantity><SKU></SKU><Description></Description><Unit>darab</Unit><VAT>27%</VAT><FolderName>Bolt</FolderName></Product></Products></Order></Orders></Project>`)
	o, card := b.order(9001), b.card(417)
	if o.Items[0].PriceNet != "1000.555556" || o.Amount != "2287.41" || o.Fields["ShippingMethod"] != "Futár" || card.Status != "Egyszeri vevő" || card.Contacts[0].Name != "Kovács Anna" {
		t.Errorf("order = %+v, card = %+v", o, card)
	}
	b.taken(`<Project Id="417"><Name>Kovács Anna</Name><CategoryId>5</CategoryId></Project>`)
	if got := len(b.crm.Orders()); got != 1 {
		t.Errorf("%d orders after a partial document; want it kept", got)
	}
}

func TestAPersonsOwnFieldsComeWithADocument(t *testing.T) {
	seed := defaultSeed(english)
	seed.PersonFields = []SeedField{{Name: "Size", Options: []Option{{5, "Large"}}}}
	seed.Modules[2].Users = []int64{100002}
	b := start(t, Options{Seed: seed})
	log := b.send(customer(1, `<UserId>Ana Ionescu</UserId><Contacts><Contact><LastName>Rus</LastName><Size>Large</Size></Contact></Contacts>`))
	if got := b.want("GET", "/Api/R3/Contact/1", "")["Size"]; got != "Large" {
		t.Errorf("Size = %v; want the label", got)
	}
	if !became(log, "noted: Ana Ionescu has no access to Webshop") || b.card(1).Owner != "Kiss Béla" {
		t.Errorf("log = %+v, owner %s; want somebody who has access", log, b.card(1).Owner)
	}
	if log := b.send(customer(2, `<Contacts><Contact><LastName>Rus</LastName><Size>Small</Size></Contact></Contacts>`)); !became(log, "no such option") {
		t.Errorf("log = %+v; want the unknown option refused", log)
	}
}
