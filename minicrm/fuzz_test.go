package minicrm

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// php prints v as json_encode does, with everything a reader has to put up with: byte order marks, \/ and \uXXXX,
// numbers as strings, [] for {}.
func php(v value) []byte {
	var b bytes.Buffer
	b.WriteString("\ufeff\ufeff\n")
	phpValue(&b, v)
	return b.Bytes()
}

func phpValue(b *bytes.Buffer, v value) {
	brackets := map[shape]string{object: "{}", array: "[]"}[v.shape]
	switch {
	case v.shape == null:
		b.WriteString("null")
		return
	case v.shape == scalar:
		phpText(b, v.text)
		return
	case len(v.members) == 0:
		b.WriteString("[]")
		return
	}
	b.WriteByte(brackets[0])
	for i, m := range v.members {
		if i > 0 {
			b.WriteByte(',')
		}
		if v.shape == object {
			phpText(b, m.key)
			b.WriteByte(':')
		}
		phpValue(b, m.value)
	}
	b.WriteByte(brackets[1])
}

func phpText(b *bytes.Buffer, s string) {
	b.WriteByte('"')
	for _, unit := range utf16.Encode([]rune(s)) {
		switch {
		case unit == '/', unit == '"', unit == '\\':
			b.WriteByte('\\')
			b.WriteByte(byte(unit))
		case unit < ' ' || unit > '~':
			fmt.Fprintf(b, `\u%04x`, unit)
		default:
			b.WriteByte(byte(unit))
		}
	}
	b.WriteByte('"')
}

// reader is one decoder of answers, its result as any.
type reader func(value) (any, error)

func reads[T any](read func(value) (T, error)) reader {
	return func(v value) (any, error) { return read(v) }
}

// checkAnswer holds for whatever arrives: what is taken is JSON, the result does not depend on the form it came in, and
// nothing panics.
func checkAnswer(t *testing.T, in string, read reader) {
	t.Helper()
	v, err := decode([]byte(in))
	bare := strings.Trim(in, "\ufeff \t\r\n\v\f\u0085\u00a0")
	if err == nil && !json.Valid([]byte(bare)) && bare == strings.TrimSpace(bare) {
		t.Fatalf("decode(%q) took what encoding/json does not", in)
	}
	if err != nil {
		return
	}
	got, err := read(v)
	checkError(t, err)
	again, err2 := decode(php(v))
	if err2 != nil {
		t.Fatalf("decode(%q), which is %q printed by PHP, = %v", php(v), in, err2)
	}
	other, err2 := read(again)
	if !reflect.DeepEqual(got, other) || (err == nil) != (err2 == nil) {
		t.Errorf("%q is read as %+v, %v, and as PHP prints it as %+v, %v", in, got, err, other, err2)
	}
}

func checkError(t *testing.T, err error) {
	t.Helper()
	if err != nil && (len(err.Error()) > 2000 || strings.ContainsAny(err.Error(), "\x00\r")) {
		t.Errorf("the error is %d bytes long or holds control characters: %.2000q", len(err.Error()), err)
	}
}

// lists are frames of lists that each decoder of a list gets, besides answers of its own.
var lists = []string{
	`[]`, `{}`, `null`, `{"Count":0,"Results":[]}`, "\ufeff" + `{"Count":"0","Results":{}}`, `{"Count":null,"Results":null}`, `{"Count":1,"Results":""}`,
	`{"Count":1,"Results":{"160":{"Id":160,"Name":"x"}}}`, `{"Results":[{"Id":"5"},{"Id":5.00}]}`, `{"Results":{"a":{}}}`, `{"Count":2,"Results":{"5":[],"6":{"Id":""}}}`,
	`{"Count":1,"Results":{"5":{"Id":5}}} trailing`, `{"Count":1e3,"Results":{"5":{"Id":-5}}}`, strings.Repeat(`{"Results":`, 70) + strings.Repeat("}", 70),
}

// things are forms in which single records come or don't.
var things = []string{
	`[]`, `{}`, `null`, `"x"`, `{"Id":5}`, `{"Id":"5.000","Name":"\u00c1rv\u00edz\/t\u0171r\u0151"}`, `{"Id":5,"Invited":[],"Cimkek":["a","b"],"Belso":{"x":1},"Lista":{"3":"c","9":{}}}`,
	`{"Id":5,"Name":"\ud83d\ude00 \ud83d \u0000 \u202e","Deleted":true,"Tags":{"0":"a"}}`, `{"Id":5,"Id":6}`, `{"Id":5}}`, "{\"Id\":5,\"Name\":\"\xff\xfe\"}",
	`{"Id":9223372036854775808}`, `{"Id":5,"CreatedAt":"0000-00-00 00:00:00","Default":"1","ContactId":"7"}`,
}

func fuzzReader(f *testing.F, read reader, seeds ...[]string) {
	for _, list := range seeds {
		for _, seed := range list {
			f.Add(seed)
		}
	}
	f.Fuzz(func(t *testing.T, in string) { checkAnswer(t, in, read) })
}

func FuzzCategories(f *testing.F) {
	fuzzReader(f, reads(categories), []string{
		`{"9":"V\u00e2nz\u0103ri","31":"Comenzi"}`, `{"31":{"Id":"7","OrderId":20,"Name":"Megrendel\u00e9s","Type":null,"Phone":36105550101}}`,
		`{"5":[],"6":null,"x":"y"}`, `[]`, `{"5":{"OrderId":"x"}}`, `["a","b"]`,
	})
}

func FuzzSchema(f *testing.F) {
	fuzzReader(f, reads(schema), []string{
		`{"Id":"Int","Name":"Text(512)","Kep":"File(10MB)","Suly":"Float","Ismeretlen":null,"StatusId":{"3050":"Piszkozat","3010":"Folyamatban"}}`,
		`{"Cimkek":{"1":"a","2":"b","4":"c"},"Jel":["nem","igen"],"Ures":[],"Valaszthato":{"":"-","5":"egyik"},"Regi":{"-9223372036854775808":"x"}}`,
		`{"A":"Text(999999999)","B":"Text(9999999999)","C":"File(9GB)","D":"Text()","E":{"x":"y"},"F":{"1":{"2":"3"}}}`, `[]`, `["Text(5)"]`,
	})
}

func FuzzProjects(f *testing.F) {
	fuzzReader(f, reads(projectPage), lists, []string{
		`{"Count":"3","Results":{"9102":{"Id":9102,"Name":"Kov\u00e1cs","Url":"https:\/\/r3.minicrm.hu\/","ContactId":811,"StatusId":"3010","UserId":64,"Deleted":"1","BusinessId":null}}}`,
	})
}

func FuzzProject(f *testing.F) { fuzzReader(f, reads(card), things) }

func FuzzContacts(f *testing.F) {
	fuzzReader(f, reads(contactPage), lists, []string{`{"Count":1,"Results":{"811":{"Id":811,"Type":"Person","Email":"a@example.hu","Phone":"+36","BusinessId":"813"}}}`})
}

func FuzzContact(f *testing.F) {
	fuzzReader(f, reads(contact), things, []string{`{"Id":811,"Type":"Szem\u00e9ly","FirstName":"R\u00e9ka","BusinessId":[],"ParentId":{},"Tags":"vip","UpdatedAt":"0000-00-00"}`})
}

func FuzzAddresses(f *testing.F) {
	fuzzReader(f, reads(addressList), lists, []string{
		`{"Results":{"307":"Rakt\u00e1r","310":""},"Count":2}`, `{"Results":{"307":{"Id":"307","Address":"x","Url":"y"},"308":"z"},"Count":"2"}`, `{"Results":["x"]}`,
	})
}

func FuzzAddress(f *testing.F) { fuzzReader(f, reads(address), things) }

func FuzzToDos(f *testing.F) {
	fuzzReader(f, reads(todoList), lists, []string{`{"Count":2,"Results":[{"Id":"1111","Status":"Open","Deadline":"2026-03-20 23:59:00","UserId":"64","Type":"0"}]}`})
}

func FuzzToDo(f *testing.F) {
	fuzzReader(f, reads(todo), things, []string{
		`{"Id":5,"Duration":"60","Reminder":60.0,"Attachments":{"FileName":"a","Url":"u"},"Members":[{"Entity":"User","EntityId":1}],"Notes":{"1":{"Comment":"x"}}}`,
		`{"Id":5,"Duration":9223372036854775807,"Attachments":[[],{}],"Members":{"Entity":{}},"Notes":[1]}`, `{"Id":1,"Attachments":{"":{}}}`,
	})
}

func FuzzOrders(f *testing.F) {
	fuzzReader(f, reads(orderPage), lists, []string{
		`{"Count":52,"Results":{"4":{"Id":"4","ProjectId":"24","StornedId":"","Type":"Order","Paid":"0000-00-00","AmountNet":766.0000,"Amount":"980.0000","Status":"Successful"}}}`,
	})
}

func FuzzOrder(f *testing.F) {
	fuzzReader(f, reads(document), things, []string{
		`{"Id":"83","ProjectId":"272","Customer":{"Name":"x","CountryId":1},"Items":[{"Id":"73","PriceNet":"500.000000","VAT":"27%"}],"Project":{"Name":"y","Enum1907":""}}`,
		`{"Id":83,"Items":{"1":{"Id":1},"2":[]},"Customer":[],"Project":[]}`, `{"Id":83,"Items":[3]}`,
	})
}

func FuzzWritten(f *testing.F) {
	fuzzReader(f, reads(func(v value) (int64, error) { return madeID(v, 5) }), things, []string{`{"Id":"5"}`, `{"Id":6}`})
}

func FuzzFeedAnswer(f *testing.F) {
	secret := "https://kapu.example.hu/feed/0123456789abcdef0123456789abcdef"
	for _, seed := range append(things, "OK", "<html><body>x &lt;b&gt;", "\ufeff"+secret, secret[:40], strings.Repeat("é ", 5000), "\x00\xff\u2028", "<!doctype html><script>"+secret) {
		f.Add([]byte(seed), 200)
		f.Add([]byte(seed), 400)
	}
	f.Fuzz(func(t *testing.T, in []byte, status int) {
		text := feedAnswer(answer{status: status, body: in, secrets: secretParts(secret)}).Text
		if !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxErrorText+1 || strings.ContainsAny(text, "\x00\r\n") {
			t.Errorf("the answer %q is shown as %q", in, text)
		}
		if strings.Contains(text, "0123456789abcdef0123456789abcdef") {
			t.Errorf("the answer %q is shown with the secret address: %q", in, text)
		}
		e := refusal(Call{"SyncFeed"}, status, text)
		if e.Kind == "" || !strings.HasSuffix(e.Text, e.Message) || !strings.Contains(e.Message, e.Field) {
			t.Errorf("the refusal %d %q = %+v; want parts of its text", status, text, e)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("30", int64(0))
	f.Add("Mon, 02 Mar 2026 10:01:30 GMT", int64(1772445600))
	f.Fuzz(func(t *testing.T, header string, now int64) {
		if d := retryAfter(header, time.Unix(now%(1<<40), 0)); d < 0 || d > longestRetryAfter {
			t.Errorf("retryAfter(%q) = %v; want none or a day at most", header, d)
		}
	})
}

// allReaders are the decoders of all answers.
var allReaders = map[string]reader{
	"categories": reads(categories), "schema": reads(schema), "projectPage": reads(projectPage), "card": reads(card), "contactPage": reads(contactPage),
	"contact": reads(contact), "addressList": reads(addressList), "address": reads(address), "todoList": reads(todoList), "todo": reads(todo),
	"orderPage": reads(orderPage), "document": reads(document),
}

// answers draws values that are like answers: with the names that decoders look for.
func answers(depth int) *rapid.Generator[any] {
	text := rapid.OneOf(
		rapid.String(), rapid.SampledFrom([]string{"", "0", "1", "5", "7.000", "-3", "Int", "Text(512)", "File(3MB)", "Személy", "0000-00-00 00:00:00", "2026-03-05", "a/b\\\"", "😀\u202e\x00"}),
	)
	leaf := rapid.OneOf(rapid.Map(text, func(s string) any { return s }), rapid.Map(rapid.Int64(), func(n int64) any { return n }), rapid.Just[any](nil), rapid.Just[any](true))
	if depth == 0 {
		return leaf
	}
	name := rapid.SampledFrom([]string{
		"Id", "Count", "Results", "Name", "Type", "Items", "Customer", "Project", "Tags", "Attachments", "FileName", "Notes", "Duration", "ContactId", "Deleted",
		"CreatedAt", "OrderId", "StatusId", "1", "2", "4", "160", "Text1105",
	})
	return rapid.OneOf(leaf,
		rapid.Map(rapid.MapOfN(name, answers(depth-1), 0, 6), func(m map[string]any) any { return m }),
		rapid.Map(rapid.SliceOfN(answers(depth-1), 0, 3), func(s []any) any { return s }),
	)
}

func TestTheFormOfAnAnswerDoesNotChangeWhatItSays(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		record := rapid.MapOfN(rapid.SampledFrom([]string{"Id", "Count", "Results", "Name", "Items", "Customer", "Tags", "5", "8"}), answers(2), 0, 6).Draw(rt, "answer")
		if rapid.Bool().Draw(rt, "with an id") {
			record["Id"] = 5
		}
		plain, err := json.Marshal(record)
		if err != nil {
			rt.Fatal(err)
		}
		for _, read := range allReaders {
			checkAnswer(t, string(plain), read)
		}
	})
}

func TestWrittenTextsComeBackFromPHPsForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		v, err := decode(php(value{shape: object, members: []member{{text, value{shape: scalar, text: text}}}}))
		if err != nil || len(v.members) != 1 || v.members[0].key != text || v.field(text).string() != text {
			t.Fatalf("decode() of %q as PHP prints it = %+v, %v", text, v, err)
		}
	})
}

func TestEveryDecoderIsBounded(t *testing.T) {
	for name, in := range map[string]string{
		"too deep":      strings.Repeat("[", 1<<20),
		"too deep in {": strings.Repeat(`{"a":`, 1<<18),
		"too many":      `{"Results":[` + strings.Repeat("{},", 1<<19) + `{}]}`,
	} {
		if _, err := decode([]byte(in)); err == nil {
			t.Errorf("decode() of what is %s = %v; want an error", name, err)
		}
	}
}
