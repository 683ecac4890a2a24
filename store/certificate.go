package store

import (
	"context"
	"time"

	"punte/store/db"
)

// Codes of alerts.
const (
	AlertDeletions   = "deletions.many"      // more orders vanished from the shop than is believed
	AlertMissing     = "certificate.missing" // more orders vanished from MiniCRM than are sent again by themselves
	AlertCertificate = "certificate.differs" // the last comparison found something that nothing explains
	AlertNoOrders    = "orders.none"         // a shop that normally has orders has none
)

// Alert is something about a connection that asks for a person.
type Alert struct {
	Code    string
	Text    string
	Since   time.Time
	Updated time.Time
}

// Alert raises an alert, or gives the one with this code another text.
func (s *Store) Alert(ctx context.Context, connection, code, text string, now time.Time) error {
	return failed("raising an alert", s.change().Alert(ctx, db.AlertParams{Connection: connection, Code: code, Text: text, Now: millis(now)}))
}

// EndAlert ends an alert if there is one.
func (s *Store) EndAlert(ctx context.Context, connection, code string) error {
	return failed("ending an alert", s.change().EndAlert(ctx, db.EndAlertParams{Connection: connection, Code: code}))
}

// Alerts returns the alerts of a connection, the oldest first.
func (s *Store) Alerts(ctx context.Context, connection string) ([]Alert, error) {
	found, err := s.read().Alerts(ctx, connection)
	if err != nil {
		return nil, failed("reading the alerts of connection "+connection, err)
	}
	list := make([]Alert, 0, len(found))
	for _, a := range found {
		list = append(list, Alert{Code: a.Code, Text: a.Text, Since: instant(a.Since), Updated: instant(a.Updated)})
	}
	return list, nil
}

// Certificate is the comparison of a night.
type Certificate struct {
	Night string // YYYY-MM-DD in the shop's zone
	Made  time.Time
	Data  []byte // JSON of its maker
}

// certificatesKept is how long certificates are kept.
const certificatesKept = 366 * 24 * time.Hour

// forgetOrders writes the data of a certificate without what it tells of people who were
// forgotten. changed is false if it tells nothing of them.
type forgetOrders = func(data []byte, who *Erased) (clean []byte, changed bool, err error)

// SaveCertificate keeps the certificate of a night in place of an earlier one, and
// forgets those that are more than a year old.
func (s *Store) SaveCertificate(ctx context.Context, connection string, c Certificate, forget forgetOrders) error {
	return s.write(ctx, "saving the certificate of "+c.Night, func(q *db.Queries) error {
		who, err := s.holdErased(ctx, q, connection)
		if err != nil {
			return err
		}
		if len(who.hashes) > 0 {
			if c.Data, _, err = forget(c.Data, who); err != nil {
				return err
			}
		}
		err = q.SaveCertificate(ctx, db.SaveCertificateParams{Connection: connection, Night: c.Night, Made: millis(c.Made), Data: string(c.Data)})
		if err != nil {
			return err
		}
		return q.ForgetCertificates(ctx, db.ForgetCertificatesParams{Connection: connection, Before: millis(c.Made.Add(-certificatesKept))})
	})
}

// ForgetInCertificates takes what they tell of people who were forgotten out of the
// certificates of all nights.
func (s *Store) ForgetInCertificates(ctx context.Context, connection string, forget forgetOrders) error {
	for night, more := "", true; more; {
		err := s.write(ctx, "forgetting a person in the certificates", func(q *db.Queries) error {
			who, err := s.holdErased(ctx, q, connection)
			if err != nil {
				return err
			}
			next, err := q.NextCertificate(ctx, db.NextCertificateParams{Connection: connection, After: night})
			if more = err == nil && len(next) > 0; !more {
				return err
			}
			night = next[0].Night
			clean, changed, err := forget([]byte(next[0].Data), who)
			if err != nil || !changed {
				return err
			}
			return q.RewriteCertificate(ctx, db.RewriteCertificateParams{Connection: connection, Night: night, Data: string(clean)})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// LastCertificate returns the newest certificate, or NotFound.
func (s *Store) LastCertificate(ctx context.Context, connection string) (Certificate, error) {
	row, err := s.read().LastCertificate(ctx, connection)
	if err != nil {
		return Certificate{}, missing(err, "reading the last certificate", "connection %s has no certificate yet", connection)
	}
	return Certificate{Night: row.Night, Made: instant(row.Made), Data: []byte(row.Data)}, nil
}

// OweLost lets an order that MiniCRM was seen to have and does not have any more go to
// it as if for the first time. One that was sent anew meanwhile is left alone.
func (s *Store) OweLost(ctx context.Context, connection, ref string, crmID int64, now time.Time) error {
	_, err := s.change().OweLost(ctx, db.OweLostParams{Connection: connection, Ref: ref, CRMID: crmID, Now: millis(now)})
	return failed("sending order "+ref+" again", err)
}
