package unas

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// kept changes options to a token kept from before, so that the plan is known.
func kept(subscription string) func(*Options) {
	return func(o *Options) {
		o.Token = Token{Value: NewSecret("x"), Expires: testNow.Add(time.Hour), Subscription: subscription}
	}
}

func TestSetOrdersSendsOnlyWhatChanges(t *testing.T) {
	s := &shop{answer: text(200, "<Orders><Order><Action>modify</Action><Key>7-1</Key><Status>ok</Status></Order>"+
		"<Order><Action>modify</Action><Id>99</Id><Status>ok</Status></Order></Orders>")}
	var asked []Call
	c := start(t, s, func(o *Options) {
		kept("premium-1")(o)
		o.Reserve = func(_ context.Context, c Call) error { asked = append(asked, c); return nil }
	})
	err := c.SetOrders(t.Context(), []OrderChange{
		{Key: "7-1", Status: "Kész & átadva", StatusDetails: "ma", StatusEmail: true},
		{Key: "7-2", Status: "12", Comments: []Comment{{Type: "admin", Text: "]]> <b>"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Orders>" +
		"<Order><Action>modify</Action><Key>7-1</Key><Status>Kész &amp; átadva</Status><StatusDetails>ma</StatusDetails><StatusEmail>yes</StatusEmail></Order>" +
		"<Order><Action>modify</Action><Key>7-2</Key><Status>12</Status><StatusEmail>no</StatusEmail>" +
		"<Comments><Comment><Type>admin</Type><Text>]]&gt; &lt;b&gt;</Text></Comment></Comments></Order></Orders>"
	if diff := cmp.Diff(want, s.bodies[0]); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]Call{{"setOrder", true}}, asked); diff != "" {
		t.Errorf("reserved (-want +got):\n%s", diff)
	}
}

func TestSetOrdersTellsTheFateOfEachChange(t *testing.T) {
	ok := func(key string) string {
		return "<Order><Action>modify</Action><Key>" + key + "</Key><Status>ok</Status></Order>"
	}
	const refused = "<Order><Key>7-2</Key><Status>error</Status><Error>nincs ilyen státusz</Error></Order>"
	for _, tt := range []struct {
		in    string
		fates string // empty: no error
		text  string
	}{
		{ok("7-1") + ok("7-2") + ok("7-3"), "", ""},
		{ok("1") + ok("2") + ok("3"), "", ""}, // keys without the shop's number
		{ok("7-1") + refused, "applied failed not_processed", "nincs ilyen státusz"},
		{ok("7-1") + refused + ok("7-3"), "applied failed not_processed", "nincs ilyen státusz"},
		{ok("7-1") + "<Order><Status>baj</Status></Order>", "applied failed not_processed", "Status: baj"},
		{ok("7-1") + "<Order><Status>ok</Status><Error>mégsem</Error></Order>", "applied failed not_processed", "mégsem"},
		{ok("7-1"), "applied not_answered not_answered", ""},
		{"", "not_answered not_answered not_answered", ""},
		{ok("7-1") + ok("8-9") + ok("7-3"), "applied not_answered not_answered", ""},
	} {
		c := start(t, &shop{answer: text(200, "<Orders>"+tt.in+"</Orders>")}, kept("vip-1"))
		err := c.SetOrders(t.Context(), []OrderChange{{Key: "7-1", Status: "1"}, {Key: "7-2", Status: "x"}, {Key: "7-3", Status: "1"}})
		var fates []string
		var words string
		if e, ok := errors.AsType[*SetError](err); ok {
			for i, o := range e.Outcomes {
				fates, words = append(fates, string(o.Fate)), words+o.Text
				if o.Key != []string{"7-1", "7-2", "7-3"}[i] {
					t.Errorf("outcome %d is of %s", i, o.Key)
				}
			}
		}
		if strings.Join(fates, " ") != tt.fates || words != tt.text || (err == nil) != (tt.fates == "") {
			t.Errorf("answered %s: %v with fates %v; want %q, %q", tt.in, err, fates, tt.fates, tt.text)
		}
	}
}

func TestSetOrdersErrorSaysWhatHappened(t *testing.T) {
	for in, want := range map[string]string{
		"<Order><Status>ok</Status></Order><Order><Status>error</Status><Error>a  b</Error></Order>": `calling setOrder: the service refuses the change of 7-2: "a b" (1 applied, 1 not processed)`,
		"<Order><Status>ok</Status></Order>":                    "calling setOrder: the answer does not tell of 7-2 (1 applied, 2 not told of)",
		strings.Repeat("<Order><Status>ok</Status></Order>", 9): "calling setOrder: the answer can't be read: there are more results than changes",
		"<Order><Status>ok</Status></Order><Order>":             "", // cut: any text
	} {
		c := start(t, &shop{answer: text(200, "<Orders>"+in+"</Orders>")}, kept("vip-1"))
		err := c.SetOrders(t.Context(), []OrderChange{{Key: "7-1", Status: "1"}, {Key: "7-2", Status: "x"}, {Key: "7-3", Status: "1"}})
		if err == nil || want != "" && err.Error() != want || want == "" && !isKind(err, Malformed) {
			t.Errorf("SetOrders() = %v; want %s", err, want)
		}
	}
}

func TestSetOrdersMakesNoCallForNothingOrForWhatCannotBe(t *testing.T) {
	s := &shop{answer: text(200, "<Orders/>")}
	c := start(t, s, kept("vip-1"))
	if err := c.SetOrders(t.Context(), nil); err != nil {
		t.Errorf("SetOrders(nothing) = %v", err)
	}
	for _, change := range []OrderChange{{Status: "1"}, {Key: "7-1", StatusDetails: "x"}} {
		if err := c.SetOrders(t.Context(), []OrderChange{change}); err == nil {
			t.Errorf("SetOrders(%+v) = nil; want an error", change)
		}
	}
	if len(s.calls) != 0 {
		t.Errorf("%v were called; want nothing", s.calls)
	}
}

func TestMoreThanAHundredChangesAreNoSingleCall(t *testing.T) {
	for n, single := range map[int]bool{100: true, 101: false} {
		var asked []Call
		c := start(t, &shop{answer: text(400, "<Error>no</Error>")}, func(o *Options) {
			kept("vip-1")(o)
			o.Reserve = func(_ context.Context, c Call) error { asked = append(asked, c); return nil }
		})
		changes := make([]OrderChange, n)
		for i := range changes {
			changes[i] = OrderChange{Key: "1", Status: "2"}
		}
		if err := c.SetOrders(t.Context(), changes); !isKind(err, Refused) || len(asked) != 1 || asked[0].Single != single {
			t.Errorf("%d changes: %v, reserved %+v; want single %v", n, err, asked, single)
		}
	}
}

func TestWebhooksAreAddedModifiedDeletedAndFoundByTheirName(t *testing.T) {
	s := &shop{}
	s.answer = func(w http.ResponseWriter, _ *http.Request) {
		text(200, "<Automatisms><Automatism><Action>add</Action><Id>55</Id><Status>ok</Status></Automatism></Automatisms>")(w, nil)
	}
	c := start(t, s, kept("vip-1"))
	hook := Webhook{Name: "Punte & co", Active: true, Event: EventOrderSend, URL: "https://p.example/hook?a=1&b=2"}
	id, err := c.AddWebhook(t.Context(), hook)
	if err != nil || id != "55" {
		t.Fatalf("AddWebhook() = %q, %v; want 55", id, err)
	}
	hook.ID, hook.Active = id, false
	if err := errors.Join(c.ModifyWebhook(t.Context(), hook), c.DeleteWebhook(t.Context(), id)); err != nil {
		t.Fatal(err)
	}
	const head, foot = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Automatisms><Automatism>", "</Automatism></Automatisms>"
	const rest = "<Schedule><Type>instant</Type></Schedule><Event><Type>order_send</Type></Event><Operation><Type>webhook</Type>" +
		"<Config><WebhookUrl>https://p.example/hook?a=1&amp;b=2</WebhookUrl></Config></Operation>"
	want := []string{
		head + "<Action>add</Action><Name>Punte &amp; co</Name><Active>yes</Active>" + rest + foot,
		head + "<Action>modify</Action><Id>55</Id><Name>Punte &amp; co</Name><Active>no</Active>" + rest + foot,
		head + "<Action>delete</Action><Id>55</Id>" + foot,
	}
	if diff := cmp.Diff(want, s.bodies); diff != "" {
		t.Errorf("requests (-want +got):\n%s", diff)
	}
	s.answer = text(200, "<Automatisms><Automatism><Id>1</Id><Name>Punte</Name><Operation><Type>email</Type></Operation></Automatism>"+
		"<Automatism><Id>2</Id><Name>Punte</Name><Operation><Type>webhook</Type></Operation></Automatism></Automatisms>")
	if got, found, err := c.WebhookByName(t.Context(), "Punte"); err != nil || !found || got.ID != "2" {
		t.Errorf("WebhookByName(Punte) = %+v, %v, %v; want 2", got, found, err)
	}
	if got, found, err := c.WebhookByName(t.Context(), "punte"); err != nil || found {
		t.Errorf("WebhookByName(punte) = %+v, %v, %v; want none", got, found, err)
	}
	s.answer = text(200, "<Automatisms><Automatism><Status>error</Status><Error>név foglalt</Error></Automatism></Automatisms>")
	if _, err := c.AddWebhook(t.Context(), hook); err == nil || !strings.Contains(err.Error(), "név foglalt") {
		t.Errorf("AddWebhook() = %v; want the shop's words", err)
	}
}

func TestWebhooksThatCannotBeAreNotAskedFor(t *testing.T) {
	s := &shop{}
	c := start(t, s, kept("vip-1"))
	good := Webhook{ID: "1", Name: "a", Event: EventOrderSend, URL: "https://a.example"}
	for _, change := range []func(*Webhook){
		func(w *Webhook) { w.Name = "" },
		func(w *Webhook) { w.Name = strings.Repeat("ű", 256) },
		func(w *Webhook) { w.Event = "" },
		func(w *Webhook) { w.URL = "" },
	} {
		bad := good
		change(&bad)
		if _, err := c.AddWebhook(t.Context(), bad); err == nil {
			t.Errorf("AddWebhook(%+v) = nil; want an error", bad)
		}
		if err := c.ModifyWebhook(t.Context(), bad); err == nil {
			t.Errorf("ModifyWebhook(%+v) = nil; want an error", bad)
		}
	}
	if err := c.DeleteWebhook(t.Context(), ""); err == nil || len(s.calls) != 0 {
		t.Errorf("DeleteWebhook() = %v, %v were called; want an error and no call", err, s.calls)
	}
}

func TestAutomatismsOnPremiumAreRefusedWithoutACall(t *testing.T) {
	for subscription, calls := range map[string]int{"premium-1000": 0, "PREMIUM-1": 0, "vip-1": 1, "": 1} {
		s := &shop{answer: text(200, "<Automatisms/>")}
		_, err := start(t, s, kept(subscription)).Automatisms(t.Context())
		if len(s.calls) != calls || isKind(err, PlanTooSmall) != (calls == 0) || calls == 1 && err != nil {
			t.Errorf("plan %q: %v after %d calls; want %d", subscription, err, len(s.calls), calls)
		}
	}
	c := start(t, &shop{answer: text(400, "<Error>Authentication Error: permission denied</Error>")}, kept("vip-1"))
	if _, err := c.Automatisms(t.Context()); !isKind(err, PermissionMissing) {
		t.Errorf("Automatisms() = %v; want %s", err, PermissionMissing)
	}
}
