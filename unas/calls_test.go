package unas

import (
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEachCallAsksForWhatItIsToldAndReadsTheAnswer(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	day := func(d int) time.Time { return time.Date(2026, 1, d, 23, 30, 0, 0, time.UTC) }
	everyFilter := ProductQuery{
		StatusBase: []string{"1", "2"}, State: "deleted", SKUs: []string{"A", "B&C"}, Parent: "P", CategoryIDs: []string{"5", "6"},
		ModifiedFrom: at(1), ModifiedUntil: at(2), ModifiedOnFrom: day(1), ModifiedOnUntil: day(2),
		Content: ContentFull, ContentParams: []string{"7", "8"}, Limit: 10, Start: 20, Lang: "ro",
	}
	tests := []struct {
		name   string
		call   func(ctx context.Context, c *Client) (ids []string, err error)
		want   Call
		params string
		answer string // with two rows, A and B
	}{
		{
			"order types", func(ctx context.Context, c *Client) (ids []string, err error) {
				all, err := c.OrderTypes(ctx)
				return column(all, func(o OrderType) string { return o.ID }), err
			},
			Call{"getOrderType", false},
			"", "<OrderTypes><OrderType><Id>A</Id></OrderType><OrderType><Id>B</Id></OrderType></OrderTypes>",
		},
		{
			"methods", func(ctx context.Context, c *Client) (ids []string, err error) {
				all, err := c.Methods(ctx, PaymentMethod)
				return column(all, func(m Method) string { return m.ID }), err
			},
			Call{"getMethod", false},
			"<Type>payment</Type>",
			"<Methods><Method><Id>A</Id></Method><Method><Id>B</Id></Method></Methods>",
		},
		{
			"customer groups", func(ctx context.Context, c *Client) (ids []string, err error) {
				all, err := c.CustomerGroups(ctx)
				return column(all, func(g CustomerGroup) string { return g.ID }), err
			},
			Call{"getCustomerGroup", false},
			"",
			"<CustomerGroups><CustomerGroup><Id>A</Id></CustomerGroup><CustomerGroup><Id>B</Id></CustomerGroup></CustomerGroups>",
		},
		{
			"subscribers", func(ctx context.Context, c *Client) (ids []string, err error) {
				all, err := gather(c.Subscribers(ctx, SubscriberQuery{Type: "customer", Authorized: "yes", From: at(1), Until: at(2), Email: "a@b"}))
				return column(all, func(s Subscriber) string { return s.Email }), err
			},
			Call{"getNewsletter", false},
			"<Type>customer</Type><Auth>yes</Auth><TimeStart>1</TimeStart><TimeEnd>2</TimeEnd><Email>a@b</Email>",
			"<Subscribers><Subscriber><Email>A</Email></Subscriber><Subscriber><Email>B</Email></Subscriber></Subscribers>",
		},
		{
			"products", func(ctx context.Context, c *Client) (ids []string, err error) {
				all, err := gather(c.Products(ctx, everyFilter))
				return column(all, func(p Product) string { return p.SKU }), err
			},
			Call{"getProduct", false},
			"<StatusBase>1,2</StatusBase><State>deleted</State><Sku>A,B&amp;C</Sku><Parent>P</Parent><CategoryId>5,6</CategoryId>" +
				"<TimeStart>1</TimeStart><TimeEnd>2</TimeEnd><DateStart>2026.01.02</DateStart><DateEnd>2026.01.03</DateEnd>" +
				"<ContentType>full</ContentType><ContentParam>7,8</ContentParam><LimitNum>10</LimitNum><LimitStart>20</LimitStart><Lang>ro</Lang>",
			"<Products><Product><Sku>A</Sku></Product><Product><Sku>B</Sku></Product></Products>",
		},
		{
			"customers", func(ctx context.Context, c *Client) (ids []string, err error) {
				all, err := gather(c.Customers(ctx, CustomerQuery{}))
				return column(all, func(r CustomerRecord) string { return r.ID }), err
			},
			Call{"getCustomer", false},
			"",
			"<Customers><Customer><Id>A</Id></Customer><Customer><Id>B</Id></Customer></Customers>",
		},
		{
			"automatisms", func(ctx context.Context, c *Client) (ids []string, err error) {
				all, err := c.Automatisms(ctx)
				return column(all, func(a Automatism) string { return a.ID }), err
			},
			Call{"getAutomatism", false},
			"",
			"<Automatisms><Automatism><Id>A</Id></Automatism><Automatism><Id>B</Id></Automatism></Automatisms>",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &shop{answer: text(200, tt.answer)}
			var asked []Call
			c := start(t, s, func(o *Options) {
				kept("vip-1")(o)
				o.Reserve = func(_ context.Context, c Call) error { asked = append(asked, c); return nil }
			})
			got, err := tt.call(t.Context(), c)
			if diff := cmp.Diff([]string{"A", "B"}, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if diff := cmp.Diff([]Call{tt.want}, asked); diff != "" {
				t.Errorf("reserved (-want +got):\n%s", diff)
			}
			want := "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Params>" + tt.params + "</Params>"
			if diff := cmp.Diff([]string{want}, s.bodies); diff != "" || s.calls[0] != tt.want.Endpoint {
				t.Errorf("%s was called (-want +got):\n%s", s.calls[0], diff)
			}
			// Past the last row, one shop says an error and another gives an empty list.
			s.answer = text(400, "<Error>end of the range</Error>")
			if got, err := tt.call(t.Context(), c); err != nil || len(got) != 0 {
				t.Errorf("past the end: %v, %v; want nothing", got, err)
			}
			s.answer = text(500, "<Error>baj</Error>")
			if got, err := tt.call(t.Context(), c); !isKind(err, Unavailable) || len(got) != 0 {
				t.Errorf("in trouble: %v, %v; want %s", got, err, Unavailable)
			}
		})
	}
}

// column returns what get says of each row.
func column[T any](rows []T, get func(T) string) []string {
	var all []string
	for _, row := range rows {
		all = append(all, get(row))
	}
	return all
}

func TestOneProductIsASingleCall(t *testing.T) {
	for _, tt := range []struct {
		q    ProductQuery
		want bool
	}{
		{ProductQuery{}, false},
		{ProductQuery{ID: "1"}, true},
		{ProductQuery{ID: "1,2"}, false},
		{ProductQuery{ID: "1", SKUs: []string{"A", "B"}}, true}, // the Id wins
		{ProductQuery{SKUs: []string{"A"}}, true},
		{ProductQuery{SKUs: []string{"A,B"}}, false},
		{ProductQuery{SKUs: []string{"A", "B"}}, false},
		{ProductQuery{Parent: "A"}, false},
	} {
		if got := tt.q.request(time.UTC).Single; got != tt.want {
			t.Errorf("%+v is a single call: %v; want %v", tt.q, got, tt.want)
		}
	}
}

func TestCompressedAnswersAreUnderstood(t *testing.T) {
	c := start(t, &shop{answer: func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			t.Error("the client does not ask for compression")
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		fmt.Fprint(z, "<Orders><Order><Id>1</Id></Order></Orders>")
		_ = z.Close()
	}}, nil)
	if got, err := c.collect(t.Context(), OrderQuery{}); err != nil || len(got) != 1 {
		t.Errorf("collect() = %d orders, %v; want 1", len(got), err)
	}
}
