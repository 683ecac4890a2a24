package unas

import (
	"context"
	"iter"
	"time"

	"punte/xmlstream"
)

// Subscriber is one entry of getNewsletter.
type Subscriber struct {
	Email      string
	Type       string // subscriber, customer; the service also prints Customer
	Time       string // documented, but missing in the service's own example
	Name       string
	Address    string
	Lang       string
	Authorized string // yes, no
}

// SubscriberQuery filters a getNewsletter call; zero fields don't filter.
type SubscriberQuery struct {
	Type        string // subscriber, customer
	Authorized  string // yes, no
	From, Until time.Time
	Email       string
}

// Subscribers makes one getNewsletter call and yields the subscribers as they arrive;
// the service knows no pages here. It is a list call.
// Source: UNAS API documentation, getNewsletter.
func (c *Client) Subscribers(ctx context.Context, q SubscriberQuery) iter.Seq2[Subscriber, error] {
	r := request{Call: Call{Endpoint: "getNewsletter"}, timeout: listTime}
	r.params.add("Type", q.Type)
	r.params.add("Auth", q.Authorized)
	r.params.addTime("TimeStart", q.From)
	r.params.addTime("TimeEnd", q.Until)
	r.params.add("Email", q.Email)
	return stream(ctx, c, r, "Subscribers", "Subscriber", decodeSubscriber)
}

func decodeSubscriber(s *xmlstream.Scanner, v *Subscriber) error {
	return texts(s, place{"Email", &v.Email}, place{"Type", &v.Type}, place{"Time", &v.Time}, place{"Name", &v.Name},
		place{"Address", &v.Address}, place{"Lang", &v.Lang}, place{"Authorized", &v.Authorized})
}
