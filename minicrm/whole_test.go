package minicrm_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"punte/minicrm"
)

// wholeAnswers hold every key that the interfaces are known to send, each with a value of its own, and custom fields.
// 1 stands for yes.
var wholeAnswers = []struct {
	name   string
	answer string
	call   func(t *testing.T, c *minicrm.Client) (any, error)
}{
	{
		"modules", `{"31":{"Id":4,"OrderId":20,"Name":"Megrendelés","Type":"Order","SenderName":"Bolt","SenderEmail":"bolt@example.hu","Phone":36105550101}}`,
		func(t *testing.T, c *minicrm.Client) (any, error) { return c.Categories(t.Context()) },
	},
	{
		"schema", `{"Cimkek":{"16":"piros","32":"kék","64":"zöld"},"Leiras":"Text(4096)","Szerzodes":"File(7B)"}`,
		func(t *testing.T, c *minicrm.Client) (any, error) {
			s, err := c.ProjectSchema(t.Context(), 31)
			if err != nil || len(s.Fields) != 3 {
				return nil, fmt.Errorf("%d fields, %w", len(s.Fields), err)
			}
			set, text, file := s.Fields[0], s.Fields[1], s.Fields[2]
			set.Length, set.MaxSize = text.Length, file.MaxSize // no one field has all three
			return []any{set, text.Name, file.Name}, nil
		},
	},
	{
		"card in a list", `{"Count":77,"Results":{"9102":{"Id":9102,"Name":"Kovács Réka","Url":"https://r3.minicrm.hu/Api/R3/Project/9102","ContactId":811,"StatusId":3010,"UserId":64,"Deleted":1,"BusinessId":813}}}`,
		func(t *testing.T, c *minicrm.Client) (any, error) {
			return c.ProjectPage(t.Context(), minicrm.ProjectFilter{}, 0)
		},
	},
	{
		"card", `{"Id":9102,"CategoryId":12,"ContactId":811,"BusinessId":813,"StatusId":"Egyszeri vevő","UserId":"Kiss Ilona","Name":"Kovács Réka",
			"StatusUpdatedAt":"2026-03-04 10:11:12","IsPrivate":5,"Invited":"Pop Andrei","Deleted":1,"CreatedBy":"MiniCRM","CreatedAt":"2026-03-01 08:00:00",
			"UpdatedBy":"Nagy Béla","UpdatedAt":"2026-03-05 09:30:00","ProjectHash":"a1b2c3","ProjectEmail":"card9102@example.hu",
			"Text1105":"szöveg","Float1910":12.75,"Cimkek":["piros","kék"],"Szamla":"https://r3.minicrm.hu/Download/S3/?t=project","Lista":{"3":"harmadik","7":"hetedik"}}`,
		func(t *testing.T, c *minicrm.Client) (any, error) { return c.Project(t.Context(), 9102) },
	},
	{
		"contact in a list", `{"Count":78,"Results":{"811":{"Id":811,"Name":"Kovács Réka","Url":"https://r3.minicrm.hu/Api/R3/Contact/811","Type":"Person","Email":"reka@example.hu","Phone":"+36305550123","BusinessId":813}}}`,
		func(t *testing.T, c *minicrm.Client) (any, error) {
			return c.ContactPage(t.Context(), minicrm.ContactFilter{}, 0)
		},
	},
	{
		"contact", `{"Id":811,"Type":"Személy","Name":"Kovács Réka dr.","FirstName":"Réka","LastName":"Kovács","BusinessId":813,"ParentId":814,"Email":"reka@example.hu","EmailType":"Munkahelyi",
			"Phone":"+36305550123","PhoneType":"Mobil","Description":"régi vevő","Deleted":1,"CreatedBy":"Kiss Ilona","CreatedAt":"2026-03-01 08:00:00","UpdatedBy":"Nagy Béla","UpdatedAt":"2026-03-05 09:30:00",
			"Url":"https://www.example.hu","BankAccount":"11700000-22222222","Swift":"OTPVHUHB","RegistrationNumber":"06-09-000111","VatNumber":"11223344-2-06","EUVatNumber":"HU11223344",
			"Industry":"fagylalt","Region":"Alföld","Employees":12,"YearlyRevenue":90000000,"FoundingYear":1998,"Capital":3000000,"MainActivity":"1052","GroupIdentificationNumber":"17777777-5-44",
			"BisnodeTrafficLight":"zöld","NonGovernmentalOrganization":"No","Position":"ügyvezető","Tags":["vip","édesszájú"],"Enum55":"VIP"}`,
		func(t *testing.T, c *minicrm.Client) (any, error) { return c.Contact(t.Context(), 811) },
	},
	{
		"addresses", `{"Results":{"307":{"Id":307,"Address":"Raktár (Kárász utca 2.)","Url":"https://r3.minicrm.hu/Api/R3/Address/307"}},"Count":79}`,
		func(t *testing.T, c *minicrm.Client) (any, error) { return c.AddressList(t.Context(), 811, true) },
	},
	{
		"address", `{"Id":307,"ContactId":811,"Type":"Számlázási cím","Name":"Raktár","CountryId":"Magyarország","PostalCode":"6720","City":"Szeged","County":"Csongrád-Csanád","Address":"Kárász utca 2.",
			"Default":1,"CreatedBy":"Kiss Ilona","CreatedAt":"2026-03-01 08:00:00","UpdatedBy":"Nagy Béla","UpdatedAt":"2026-03-05 09:30:00","Kapukod":"42#"}`,
		func(t *testing.T, c *minicrm.Client) (any, error) { return c.Address(t.Context(), 307) },
	},
	{
		"tasks", `{"Count":80,"Results":[{"Id":"1111","Status":"Open","Comment":"Hívd fel","Deadline":"2026-03-20 23:59:00","UserId":"64","Type":"1566","Url":"https://r3.minicrm.hu/Api/R3/ToDo/1111"}]}`,
		func(t *testing.T, c *minicrm.Client) (any, error) { return c.ToDoList(t.Context(), 9102, "") },
	},
	{
		"task", `{"Id":1111,"UserId":"Kiss Ilona","ContactId":811,"ProjectId":9102,"AddressId":307,"SenderUserId":65,"Type":"Hívás","Duration":45,"Reminder":15,"Status":"Closed","Mode":"Email",
			"Deadline":"2026-03-20 23:59:00","Comment":"Hívd fel","CreatedBy":"MiniCRM","CreatedAt":"2026-03-01 08:00:00","UpdatedBy":"Nagy Béla","UpdatedAt":"2026-03-05 09:30:00",
			"ClosedBy":"Pop Andrei","ClosedAt":"2026-03-06 10:00:00","Attachments":{"FileName":"ajánlat.pdf","Url":"https://r3.minicrm.hu/Download/1"},
			"Members":[{"Entity":"User","EntityId":"109"}],"Notes":[{"Comment":"nem vette fel","CreatedBy":"108","CreatedAt":"2026-03-02 08:00:00"}],"Sajat":"mező"}`,
		func(t *testing.T, c *minicrm.Client) (any, error) { return c.ToDo(t.Context(), 1111) },
	},
	{
		"order in the list", `{"Count":81,"Results":{"77":{"Id":"77","ProjectId":"8801","StornedId":"76","Number":"100482","Type":"Order","Issued":"2026-03-05","Performance":"2026-03-04","Prompt":"2026-03-12","Paid":"2026-03-13",
			"CurrencyCode":"HUF","AmountNet":"8000.0000","AmountVat":"2160.0000","Amount":"10160.0000","Status":"Sikeres","StatusGroup":"Success","DocumentUrl":"https://r3.minicrm.hu/51000/Download/S3/?t=doc"}}}`,
		func(t *testing.T, c *minicrm.Client) (any, error) {
			return c.OrderList(t.Context(), minicrm.OrderFilter{}, 0)
		},
	},
	{
		"order", `{"Id":"77","ProjectId":"8801","CustomerId":"812","Number":"100482","InvoiceMode":"Normal",
			"Customer":{"Name":"Fagyi Kft.","CountryId":"36","County":"Csongrád-Csanád","PostalCode":"6720","City":"Szeged","Address":"Kárász utca 2.","AccountNumber":"11700000-22222222",
			"VatNumber":"11223344-2-06","EUVatNumber":"HU11223344","RegistrationNumber":"06-09-000111","GroupIdentificationNumber":"17777777-5-44"},
			"VendorGroupIdentificationNumber":"18888888-5-44","Subject":"Fagylaltok","PaymentMethod":"CashOnDelivery","Performance":"2026-03-04","CurrencyCode":"HUF","AmountNet":"8001","AmountVat":"2160","Amount":"10161",
			"Accounting":"Pénzforgalmi","OSS":"7","Items":[{"Id":"301","SKU":"FT-1","EAN":"5991234567890","Name":"Fagylalttölcsér","Description":"ropogós","PriceNet":"400.050000","Quantity":"20.0000","Unit":"darab",
			"PriceNetTotal":"8001.0000","VAT":"27%","VATSubtype":"AAM","PriceTotal":"10161.27"}],"Project":{"Name":"100482 (Fagyi Kft.)","StatusId":"3040","Text1479":"kilenc és öt között"}}`,
		func(t *testing.T, c *minicrm.Client) (any, error) { return c.Order(t.Context(), 77) },
	},
}

// hollow lists the exported fields below v that hold nothing.
func hollow(path string, v reflect.Value) []string {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if !v.IsNil() {
			return hollow(path, v.Elem())
		}
	case reflect.Struct:
		var list []string
		for field, value := range v.Fields() {
			if field.IsExported() {
				list = append(list, hollow(path+"."+field.Name, value)...)
			}
		}
		return list
	case reflect.Slice:
		var list []string
		for i := range v.Len() {
			list = append(list, hollow(fmt.Sprintf("%s[%d]", path, i), v.Index(i))...)
		}
		if v.Len() > 0 {
			return list
		}
	}
	if v.IsZero() || v.Kind() == reflect.Slice || v.Kind() == reflect.Map && v.Len() == 0 {
		return []string{path}
	}
	return nil
}

// scalars lists the texts and numbers below v.
func scalars(v any) []string {
	var list []string
	switch v := v.(type) {
	case map[string]any:
		for _, element := range v {
			list = append(list, scalars(element)...)
		}
	case []any:
		for _, element := range v {
			list = append(list, scalars(element)...)
		}
	case string, json.Number:
		list = append(list, fmt.Sprint(v))
	}
	return list
}

func TestNothingOfAWholeAnswerIsLost(t *testing.T) {
	for _, tt := range wholeAnswers {
		_, client := system(t, says(200, tt.answer))
		got, err := tt.call(t, client)
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		for _, path := range hollow(tt.name, reflect.ValueOf(got)) {
			t.Errorf("%s: %s holds nothing though the answer has everything", tt.name, path)
		}
		dec := json.NewDecoder(strings.NewReader(tt.answer))
		dec.UseNumber()
		var sent any
		if err := dec.Decode(&sent); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		printed := fmt.Sprintf("%+v", got)
		for _, text := range scalars(sent) {
			if text = strings.NewReplacer("Text(", "", "File(", "", "B)", "", ")", "").Replace(text); !strings.Contains(printed, text) && text != "1" {
				t.Errorf("%s: %q of the answer is nowhere in %s", tt.name, text, printed)
			}
		}
	}
}

func TestHollowFieldsAreSeen(t *testing.T) {
	type inner struct{ A, B string }
	v := struct {
		Full, Empty string
		List        []inner
		None        []string
		Map         map[string]string
	}{Full: "x", List: []inner{{A: "x"}}, Map: map[string]string{}}
	want := "v.Empty v.List[0].B v.None v.Map"
	if got := strings.Join(hollow("v", reflect.ValueOf(v)), " "); got != want {
		t.Errorf("hollow() = %s; want %s", got, want)
	}
}
