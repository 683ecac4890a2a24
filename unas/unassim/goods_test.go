package unassim

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// texts are the texts of all elements of that name in an answer, bare or CDATA, between blanks.
func texts(t *testing.T, answer, element string) string {
	t.Helper()
	root, err := tree([]byte(answer))
	if err != nil {
		t.Fatalf("reading %s: %v", answer, err)
	}
	var found []string
	for _, k := range root.kids {
		found = append(found, k.at(element))
	}
	return strings.Join(found, " ")
}

// one is the only entity of an answer.
func one(t *testing.T, answer string) *node {
	t.Helper()
	root, err := tree([]byte(answer))
	if err != nil || len(root.kids) != 1 {
		t.Fatalf("answer = %s, %v; want one entity", answer, err)
	}
	return root.kids[0]
}

// threeProducts puts three products of its own into a shop, a day apart, beside the built-in ones.
func threeProducts(t *testing.T) *visit {
	t.Helper()
	v := open(t, Options{})
	for i, sku := range []string{"A-1", "B_2", "C-3"} {
		v.login()
		v.good("setProduct", fmt.Sprintf(`<Products><Product><Action>add</Action><Sku>%s</Sku><Name>Termék %d</Name><Unit>db</Unit>
			<Statuses><Status><Type>base</Type><Value>%d</Value></Status></Statuses>
			<Prices><Vat>27%%</Vat><Price><Type>normal</Type><Net>100</Net><Gross>127</Gross></Price><Price><Type>special</Type><Net>90</Net><Gross>114.3</Gross><Group>7702</Group></Price></Prices>
			<Categories><Category><Type>base</Type><Id>890101</Id><Name>Kert</Name></Category><Category><Type>alt</Type><Id>890103</Id></Category></Categories>
			<Stocks><Stock><Qty>5</Qty></Stock></Stocks><Point>default</Point><Weight>2</Weight>
			<Params><Param><Id>1</Id><Value>x</Value></Param><Param><Id>2</Id><Value>y</Value></Param></Params>
			<Types><Type>child</Type><Parent>A-1</Parent></Types></Product></Products>`, sku, i, i))
		v.shop.Advance(24 * time.Hour)
	}
	v.login()
	return v
}

func TestTextsOfAProductAreCDATAAndItsCodesBare(t *testing.T) {
	v := open(t, Options{})
	v.login()
	v.good("setProduct", `<Products><Product><Action>modify</Action><Sku>LOC-20</Sku><Description><Short>Víz &amp; föld</Short><Long>&lt;p&gt;20 l&lt;/p&gt;</Long></Description></Product></Products>`)
	answer := v.good("getProduct", "<Params><Sku>LOC-20</Sku><ContentType>full</ContentType></Params>")
	for _, want := range []string{
		"<Short><![CDATA[Víz & föld]]></Short>", "<Long><![CDATA[<p>20 l</p>]]></Long>", "<Alt><![CDATA[", "<SefUrl><![CDATA[", "<Name><![CDATA[",
		"<Unit>db</Unit>", "<Vat>27%</Vat>", "<Sku>LOC-20</Sku>",
	} {
		if !strings.Contains(answer, want) {
			t.Errorf("answer = %s; want %s in it", answer, want)
		}
	}
}

func TestGetProductHonoursEveryFilter(t *testing.T) {
	v := threeProducts(t)
	day := func(n int) int64 { return springMorning.AddDate(0, 0, n).Unix() }
	v.good("setProduct", "<Products><Product><Action>delete</Action><Sku>C-3</Sku></Product></Products>")
	for _, tt := range []struct{ filter, want string }{
		{"<CategoryId>890101</CategoryId>", "LOC-20 LOCSOLO-10 TOMLO-3-4 CIMKE-EGYEDI A-1 B_2"},
		{"<CategoryId>890103</CategoryId><Sku>A-1</Sku>", ""},
		{"<CategoryId>890101,890105</CategoryId><StatusBase>0</StatusBase>", "A-1"},
		{"<StatusBase>0,3</StatusBase>", "REGI-FUVO A-1"},
		{"<State>live</State><Sku>C-3,B_2</Sku>", "B_2"},
		{"<State>deleted</State>", "C-3"},
		{"<Id>710001</Id><Sku>A-1</Sku>", "LOC-20"},
		{"<Sku>A-1, B_2</Sku>", "A-1 B_2"},
		{"<Parent>LETRA-3</Parent>", "LETRA-3-ALU"},
		{fmt.Sprintf("<TimeStart>%d</TimeStart>", day(1)), "B_2"},
		{fmt.Sprintf("<TimeStart>%d</TimeStart><TimeEnd>%d</TimeEnd>", day(0), day(1)-1), "A-1"},
		{"<DateStart>2026.03.11</DateStart>", "B_2"},
		{"<DateStart>2026.03.10</DateStart><DateEnd>2026.03.10</DateEnd>", "A-1"},
		{"<LimitNum>2</LimitNum>", "LOC-20 KESZTYU"},
		{"<LimitNum>1</LimitNum><LimitStart>1</LimitStart>", "KESZTYU"},
		{"<LimitNum>10</LimitNum><LimitStart>900</LimitStart>", ""},
	} {
		if got := texts(t, v.good("getProduct", "<Params>"+tt.filter+"</Params>"), "Sku"); got != tt.want {
			t.Errorf("getProduct %s = %q; want %q", tt.filter, got, tt.want)
		}
	}
	v.refused("getProduct", "<Params><ContentType>huge</ContentType></Params>", "Parameter Error: ContentType")
	v.refused("getProduct", "<Params><Lang>customer</Lang></Params>", "Parameter Error: Lang")
	v.shop.Advance(32 * 24 * time.Hour)
	v.login()
	if got := v.good("getProduct", "<Params><State>deleted</State></Params>"); strings.Contains(got, "C-3") {
		t.Errorf("a product deleted a month ago is still listed: %s", got)
	}
}

func TestTimesOfGoodsAreExclusiveWhenTheSwitchSaysSo(t *testing.T) {
	for _, tt := range []struct {
		switches Switches
		want     int
	}{{Switches{}, 1}, {Switches{ExclusiveTimes: true}, 0}} {
		v := open(t, Options{Switches: tt.switches})
		v.login()
		v.good("setNewsletter", "<Subscribers><Subscriber><Email>a@b.example</Email></Subscriber></Subscribers>")
		v.good("setStock", "<Products><Product><Sku>ASO</Sku><Stocks><Stock><Qty>1</Qty></Stock></Stocks></Product></Products>")
		v.good("setProduct", "<Products><Product><Action>modify</Action><Sku>ASO</Sku><Name>Ásó</Name></Product></Products>")
		v.good("setCategory", "<Categories><Category><Name>Új</Name></Category></Categories>")
		filter := fmt.Sprintf("<Params><TimeStart>%d</TimeStart></Params>", springMorning.Unix())
		for endpoint, element := range map[string]string{"getProduct": "Product", "getStock": "Product", "getCategory": "Category", "getNewsletter": "Subscriber"} {
			if got := strings.Count(v.good(endpoint, filter), "\n\t<"+element+">"); got != tt.want {
				t.Errorf("%s since its own second with %+v = %d rows; want %d", endpoint, tt.switches, got, tt.want)
			}
		}
	}
}

func TestPagingPastTheLastRowIsAnEmptyListOrAnError(t *testing.T) {
	for _, endpoint := range []string{"getProduct", "getStock", "getCategory", "getCustomer"} {
		const past = "<Params><LimitNum>5</LimitNum><LimitStart>500</LimitStart></Params>"
		v := open(t, Options{})
		v.login()
		if got := v.good(endpoint, past); strings.Contains(got, "<Id>") {
			t.Errorf("%s past the last row = %s; want an empty list", endpoint, got)
		}
		v = open(t, Options{Switches: Switches{EndOfRangeError: true}})
		v.login()
		v.refused(endpoint, past, "LimitStart is after the end of the range")
	}
}

func TestContentTypeDecidesWhatAProductShows(t *testing.T) {
	v := threeProducts(t)
	show := func(level, more string) *node {
		return one(t, v.good("getProduct", "<Params><Sku>A-1</Sku><ContentType>"+level+"</ContentType>"+more+"</Params>"))
	}
	for _, tt := range []struct{ level, there, missing string }{
		{"minimal", "State Id Sku CreateTime LastModTime Statuses Name Unit Categories", "Prices History Stocks Weight Point Params"},
		{"short", "Prices History", "Weight Stocks Point Params"},
		{"normal", "Prices Weight Stocks Types", "Point Params"},
		{"full", "Prices Weight Stocks Types Point Params", ""},
	} {
		n := show(tt.level, "")
		for name := range strings.FieldsSeq(tt.there) {
			if n.first(name) == nil {
				t.Errorf("%s lacks %s", tt.level, name)
			}
		}
		for name := range strings.FieldsSeq(tt.missing) {
			if n.first(name) != nil {
				t.Errorf("%s shows %s", tt.level, name)
			}
		}
	}
	if n := show("minimal", ""); n.at("Categories", "Category", "Name") != "" || len(n.kid("Categories").kids) != 1 {
		t.Errorf("minimal shows names of categories or others than the base one: %s", rendered(n, 0))
	}
	if n := show("short", ""); n.at("Categories", "Category", "Name") != "Kert" || len(n.kid("Prices").all("Price")) != 1 {
		t.Errorf("short = %s; want the name of the category and no special price", rendered(n, 0))
	}
	if n := show("full", ""); len(n.kid("Categories").kids) != 2 || len(n.kid("Prices").all("Price")) != 2 || len(n.kid("Params").kids) != 2 {
		t.Errorf("full = %s; want both categories, prices and parameters", rendered(n, 0))
	}
	if n := show("full", "<ContentParam>2</ContentParam>"); n.at("Params", "Param", "Value") != "y" || len(n.kid("Params").kids) != 1 {
		t.Errorf("ContentParam=2 shows %s", rendered(n.kid("Params"), 0))
	}
	n := one(t, v.good("getProduct", "<Params><Id>710001</Id><Lang>ro</Lang></Params>"))
	if n.at("Name") != "Stropitoare 20 l" || n.at("Prices", "Vat") != "27%" || n.at("Prices", "Price", "Net") != "4716.535433" {
		t.Errorf("product 710001 in Romanian = %s", rendered(n, 0))
	}
}

func TestSetProductNeedsItsMandatoryFields(t *testing.T) {
	v := open(t, Options{})
	v.login()
	const whole = `<Sku>UJ</Sku><Name>Új</Name><Unit>db</Unit><Prices><Price><Type>normal</Type><Net>1</Net></Price></Prices><Categories><Category><Type>base</Type><Id>890101</Id></Category></Categories>`
	for _, tt := range []struct{ without, want string }{
		{"<Sku>UJ</Sku>", "Sku is missing or not valid: "},
		{"<Name>Új</Name>", "Name is missing"},
		{"<Unit>db</Unit>", "Unit is missing"},
		{"<Type>normal</Type>", "Price of type normal is missing"},
		{"<Type>base</Type>", "Category of type base is missing"},
	} {
		n := one(t, v.good("setProduct", "<Products><Product>"+strings.Replace(whole, tt.without, "", 1)+"</Product></Products>"))
		if n.at("Action") != "add" || n.at("Status") != "error" || n.at("Error") != strings.TrimSpace(tt.want) {
			t.Errorf("setProduct without %s = %s; want %s", tt.without, rendered(n, 0), tt.want)
		}
	}
	n := one(t, v.good("setProduct", "<Products><Product>"+whole+"</Product></Products>"))
	if n.at("Sku") != "UJ" || n.at("Status") != "ok" || n.first("Id") != nil {
		t.Errorf("setProduct = %s; want its Sku, no Id, ok", rendered(n, 0))
	}
	n = one(t, v.good("setProduct", "<Products><Product>"+whole+"</Product></Products>"))
	if n.at("Error") != "Sku already exists: UJ" {
		t.Errorf("the same again = %s", rendered(n, 0))
	}
}

func TestSetProductChangesOnlyWhatItNames(t *testing.T) {
	v := threeProducts(t)
	answer := v.good("setProduct", `<Products>
		<Product><Action>modify</Action><Sku>A-1</Sku><SkuNew>A-9</SkuNew><Weight></Weight><Prices><Price><Type>normal</Type><Gross>254</Gross></Price></Prices></Product>
		<Product><Action>modify</Action><Sku>NINCS</Sku></Product>
		<Product><Action>modify</Action><Sku>B_2</Sku><Name>nem jut el idáig</Name></Product></Products>`)
	if got := texts(t, answer, "Status"); got != "ok error" {
		t.Errorf("results = %q; want ok, error, and nothing after the error: %s", got, answer)
	}
	n := one(t, v.good("getProduct", "<Params><Sku>A-9</Sku><ContentType>full</ContentType></Params>"))
	price := n.kid("Prices").all("Price")
	if n.at("Name") != "Termék 0" || n.at("Weight") != "" || n.first("Weight") == nil || len(price) != 2 || price[0].at("Gross") != "254" || price[0].at("Net") != "100" {
		t.Errorf("after the change: %s; want the other price and name as they were, Weight empty", rendered(n, 0))
	}
	event := n.kid("History").all("Event")
	if last := event[len(event)-1]; last.at("Action") != "modify" || last.at("SkuOld") != "A-1" || last.at("Sku") != "A-9" {
		t.Errorf("History = %s; want the change of the Sku", rendered(n.kid("History"), 0))
	}
	if got := texts(t, v.good("getProduct", "<Params><Sku>B_2</Sku></Params>"), "Name"); got != "Termék 1" {
		t.Errorf("the product behind the error is named %q", got)
	}
}

func TestStockGoesInAndOutAndIsFoundByItsMovement(t *testing.T) {
	v := open(t, Options{})
	v.login()
	since := v.shop.Now().Unix()
	change := func(action, stock string) string {
		return one(t, v.good("setStock", "<Products><Product>"+action+"<Sku>POLO-PB</Sku><Stocks><Stock>"+stock+"</Stock></Stocks></Product></Products>")).at("Status")
	}
	const medium = "<Variants><Variant>M</Variant></Variants>"
	quantity := func() string {
		return one(t, v.good("getStock", "<Params><Sku>POLO-PB</Sku><Variant1>M</Variant1></Params>")).at("Stocks", "Stock", "Qty")
	}
	for _, tt := range []struct{ action, stock, want, left string }{
		{"<Action>in</Action>", "<Qty>5</Qty>" + medium, "ok", "17"},
		{"<Action>out</Action>", "<Qty>2.5</Qty>" + medium, "ok", "14.5"},
		{"<Action>modify</Action>", "<Qty>40</Qty>" + medium, "ok", "40"},
		{"", "<Qty>41</Qty>" + medium, "ok", "41"},
		{"<Action>in</Action>", "<Qty>5</Qty>", "error", "41"},
		{"<Action>in</Action>", "<Qty>sok</Qty>" + medium, "error", "41"},
		{"<Action>delete</Action>", "<Qty>1</Qty>" + medium, "error", "41"},
	} {
		if got := change(tt.action, tt.stock); got != tt.want || quantity() != tt.left {
			t.Errorf("setStock %s %s = %s, %s left; want %s, %s", tt.action, tt.stock, got, quantity(), tt.want, tt.left)
		}
	}
	moved := v.good("getStock", fmt.Sprintf("<Params><TimeStart>%d</TimeStart></Params>", since))
	if n := one(t, moved); n.at("Id") != "710003" || len(n.kid("Stocks").kids) != 4 {
		t.Errorf("getStock since the call = %s; want the shirt in four sizes", moved)
	}
	if got := texts(t, v.good("getStock", "<Params><Id>710001</Id><Sku>POLO-PB</Sku></Params>"), "Sku"); got != "LOC-20" {
		t.Errorf("getStock with Id and Sku = %q; want the Id to win", got)
	}
	if got := texts(t, v.good("getStock", "<Params><LimitNum>2</LimitNum><LimitStart>1</LimitStart></Params>"), "Id"); got != "710002 710003" {
		t.Errorf("second page of getStock = %q", got)
	}
}

func TestCategoriesFormATree(t *testing.T) {
	v := open(t, Options{})
	v.login()
	for _, tt := range []struct{ filter, want string }{
		{"<Parent>0</Parent>", "890101 890103 890104 890105 890106"},
		{"<Parent>890103</Parent>", "890107"},
		{"<Name>Festék</Name>", "890105"},
		{"<Id>890101,890105</Id>", "890101 890105"},
		{"<LimitNum>1</LimitNum><LimitStart>1</LimitStart>", "890102"},
		{fmt.Sprintf("<TimeStart>%d</TimeStart>", springMorning.Unix()), ""},
	} {
		if got := texts(t, v.good("getCategory", "<Params>"+tt.filter+"</Params>"), "Id"); got != tt.want {
			t.Errorf("getCategory %s = %q; want %q", tt.filter, got, tt.want)
		}
	}
	n := one(t, v.good("getCategory", "<Params><Id>890107</Id></Params>"))
	if n.at("Parent", "Tree") != "Szerszám" || n.at("Products", "All") != "2" {
		t.Errorf("category = %s; want Szerszám above and two products", rendered(n, 0))
	}
	if n := one(t, v.good("getCategory", "<Params><Id>890107</Id><ContentType>minimal</ContentType></Params>")); n.first("Products") != nil {
		t.Errorf("minimal = %s; want no Products", rendered(n, 0))
	}
	id := one(t, v.good("setCategory", "<Categories><Category><Name>Gyümölcsfa</Name><Parent><Id>890101</Id></Parent></Category></Categories>")).at("Id")
	v.good("setCategory", "<Categories><Category><Action>modify</Action><Id>"+id+"</Id><Name>Gyümölcsfák</Name></Category></Categories>")
	if got := texts(t, v.good("getCategory", "<Params><Parent>890101</Parent></Params>"), "Name"); got != "Vetőmag és palánta Gyümölcsfák" {
		t.Errorf("below Kert: %q", got)
	}
	for _, bad := range []string{
		"<Action>add</Action>", "<Action>modify</Action><Id>1</Id>", "<Action>paint</Action>",
		"<Action>modify</Action><Id>" + id + "</Id><Parent><Id>1</Id></Parent>",
	} {
		if n := one(t, v.good("setCategory", "<Categories><Category>"+bad+"</Category></Categories>")); n.at("Status") != "error" {
			t.Errorf("setCategory %s = %s; want an error", bad, rendered(n, 0))
		}
	}
	v.good("setCategory", "<Categories><Category><Action>delete</Action><Id>"+id+"</Id></Category></Categories>")
	if got := texts(t, v.good("getCategory", "<Params><Id>"+id+"</Id></Params>"), "Id"); got != "" {
		t.Errorf("a deleted category is listed")
	}
}

func TestTheProductTableIsThereForAnHour(t *testing.T) {
	v := open(t, Options{})
	v.login()
	fetch := func(url string) (int, string) {
		answer, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(text)
	}
	root, err := tree([]byte(v.good("getProductDB", "<Params><Order>price</Order></Params>")))
	if err != nil || root.name != "getProductDB" {
		t.Fatalf("getProductDB = %v, %v", root, err)
	}
	url := root.at("Url")
	status, text := fetch(url)
	r := csv.NewReader(strings.NewReader(text))
	r.Comma = ';'
	rows, err := r.ReadAll()
	if status != 200 || err != nil || len(rows) != 1+len(catalogue) || rows[1][0] != "CIMKE-EGYEDI" || rows[len(rows)-1][0] != "FURO-18V" {
		t.Errorf("product table = %d, %v: %s; want all products by price", status, err, text)
	}
	v.shop.Advance(time.Hour - time.Second)
	if status, _ := fetch(url); status != 200 {
		t.Errorf("a second before its hour is over: %d", status)
	}
	v.shop.Advance(time.Second)
	if status, _ := fetch(url); status != 404 {
		t.Errorf("after an hour: %d; want 404", status)
	}
	v.refused("getProductDB", "<Params><Format>xlsx</Format></Params>", "Parameter Error: Format")
}

func TestSettingsTellTodaysVAT(t *testing.T) {
	v := open(t, Options{Permissions: []string{"getSetting"}})
	v.login()
	for country, want := range map[string]string{"hu": "27 18 5 0", "ro": "21 11 0"} {
		n := one(t, v.good("getSetting", "<Params><Key>vat</Key><Country>"+country+"</Country></Params>"))
		var rates []string
		for _, k := range n.kid("Items").all("Item") {
			rates = append(rates, k.at("Value"))
		}
		if got := strings.Join(rates, " "); got != want {
			t.Errorf("VAT of %s = %q; want %q", country, got, want)
		}
	}
	if n := one(t, v.good("getSetting", "<Params><Key>terms</Key></Params>")); n.at("Enabled") != "no" {
		t.Errorf("terms = %s", rendered(n, 0))
	}
}
