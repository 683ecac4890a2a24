package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"punte"
	"punte/store/db"
)

// States of a connection.
const (
	Active  = "active"
	Paused  = "paused"  // by a person
	Stopped = "stopped" // by Punte, with a code and a sentence
)

// Connection is one shop that feeds one MiniCRM system.
type Connection struct {
	ID   string
	Name string
	// Document is the connection document as JSON, without secrets.
	Document   []byte
	UNASKey    *punte.Secret
	MiniCRMKey *punte.Secret
	Shop       string // which shop it is
	Account    string // which MiniCRM system it is; connections of one share ids and budgets
	StartDate  string // YYYY-MM-DD in the shop's zone; never changes
	State      string // Active, Paused or Stopped; empty when saved means Active
	StopCode   string
	StopText   string
	Statuses   map[string]string // UNAS status id -> name when the map was saved
	Created    time.Time
	Updated    time.Time
}

// secrets is what is sealed of a connection.
type secrets struct {
	UNAS    string `json:"unas"`
	MiniCRM string `json:"minicrm"`
}

// SaveConnection adds a connection, due now, or updates the one with its id, both
// keys included. The start date can't change: another one is a Conflict. State is
// taken from a new connection only; SetState changes it.
func (s *Store) SaveConnection(ctx context.Context, c Connection, now time.Time) error {
	doing := "saving connection " + c.Name
	if c.ID == "" {
		return punte.Errorf(punte.Invalid, "%s: it has no id", doing)
	}
	plain, err := json.Marshal(secrets{UNAS: c.UNASKey.Reveal(), MiniCRM: c.MiniCRMKey.Reveal()})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	sealed, err := s.keys.seal(plain, c.ID)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	statuses, err := json.Marshal(c.Statuses)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	if c.State == "" {
		c.State = Active
	}
	row := db.SaveConnectionParams{
		ID: c.ID, Name: c.Name, Document: string(c.Document), Secrets: sealed, Shop: c.Shop, Account: c.Account,
		StartDate: c.StartDate, State: c.State, StopCode: c.StopCode, StopText: c.StopText, Statuses: string(statuses),
		Now: millis(now),
	}
	return s.write(ctx, doing, func(q *db.Queries) error {
		saved, err := q.SaveConnection(ctx, row)
		if err != nil {
			return err
		}
		if saved == 0 {
			return punte.Errorf(punte.Conflict, "the start date can't be changed (%s was given); make a new connection for another one", c.StartDate)
		}
		return q.AddSchedule(ctx, db.AddScheduleParams{Connection: c.ID, Due: millis(now)})
	})
}

// Connection returns the connection with this id, or NotFound.
func (s *Store) Connection(ctx context.Context, id string) (Connection, error) {
	row, err := s.read().Connection(ctx, id)
	if err != nil {
		return Connection{}, missing(err, "reading connection "+id, "there is no connection %s", id)
	}
	return s.connection(row)
}

// Connections returns all connections by name.
func (s *Store) Connections(ctx context.Context) ([]Connection, error) {
	rows, err := s.read().Connections(ctx)
	if err != nil {
		return nil, failed("reading the connections", err)
	}
	all := make([]Connection, 0, len(rows))
	for _, row := range rows {
		c, err := s.connection(row)
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func (s *Store) connection(row db.Connection) (Connection, error) {
	c := Connection{
		ID: row.ID, Name: row.Name, Document: []byte(row.Document), Shop: row.Shop, Account: row.Account,
		StartDate: row.StartDate, State: row.State, StopCode: row.StopCode, StopText: row.StopText,
		Created: instant(row.Created), Updated: instant(row.Updated),
	}
	plain, err := s.keys.open(row.Secrets, row.ID)
	if err != nil {
		return Connection{}, fmt.Errorf("reading the keys of connection %s: %w", row.Name, err)
	}
	var keys secrets
	if err := json.Unmarshal(plain, &keys); err != nil {
		return Connection{}, fmt.Errorf("reading the keys of connection %s: they are damaged", row.Name)
	}
	c.UNASKey, c.MiniCRMKey = punte.NewSecret(keys.UNAS), punte.NewSecret(keys.MiniCRM)
	if err := json.Unmarshal([]byte(row.Statuses), &c.Statuses); err != nil {
		return Connection{}, fmt.Errorf("reading the statuses of connection %s: %w", row.Name, err)
	}
	return c, nil
}

// SetState changes the state of a connection; code and text say why it stopped.
// NotFound if there is none with this id.
func (s *Store) SetState(ctx context.Context, id, state, code, text string, now time.Time) error {
	doing := "changing the state of connection " + id
	set, err := s.change().SetState(ctx, db.SetStateParams{ID: id, State: state, StopCode: code, StopText: text, Now: millis(now)})
	if err != nil {
		return failed(doing, err)
	}
	if set == 0 {
		return punte.Errorf(punte.NotFound, "%s: there is no such connection", doing)
	}
	return nil
}

// NextAsked counts a question put to the shop and returns its number. Whoever
// asked later knows better, whatever the clocks say. NotFound if there is no such
// connection.
func (s *Store) NextAsked(ctx context.Context, id string) (int64, error) {
	asked, err := s.change().NextAsked(ctx, id)
	if err != nil {
		return 0, missing(err, "counting a question of connection "+id, "there is no connection %s", id)
	}
	return asked, nil
}
