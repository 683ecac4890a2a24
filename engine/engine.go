package engine

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"punte"
	"punte/minicrm"
	"punte/store"
	"punte/unas"
)

// Engine works connections off. Its exported fields are set before its first use
// and not changed after.
type Engine struct {
	Store     *store.Store
	Now       func() time.Time
	Transport http.RoundTripper // nil: the clients' own
	// PublicURL is the address under which MiniCRM reaches this server, without a
	// slash at its end; empty if it can't.
	PublicURL string
	// Rehearsal spends no budgets and asks the shop every two seconds. It is for
	// simulators without limits; the real services would ban the address.
	Rehearsal bool
	Log       *slog.Logger
	// Pause, if set, lets a command that somebody waits for sit out a budget of a
	// minute. The jobs have none: they come back when a call is free.
	Pause func(ctx context.Context, d time.Duration) error
	// Notice, if set, is told in one sentence what a person at the console may want
	// to know: waiting for a budget, a service that does not answer.
	Notice func(connection, sentence string)

	mu    sync.Mutex
	works map[string]*Work
}

// Work is a connection opened for work. Its methods are for one goroutine at a
// time; the jobs see to it that a connection is worked on once at a time.
type Work struct {
	engine *Engine
	conn   *punte.Connection
	saved  store.Connection
	shop   *unas.Client
	crm    *minicrm.Client
	plan   string // the shop's subscription, such as premium-1000
	asked  int64  // number of the question put to the shop last
	facts  *facts
	found  Findings // what a probe found out about the account

	takenIn time.Time // found was taken in up to then

	working   chore     // what is being done; its zero value if a command looks
	polling   bool      // a poll is reading what is new; its calls go before all others
	listing   bool      // the call at hand reads a day, and is to leave room for polls
	unhurried bool      // a person asked for the reading of days and waits
	spare     sparing   // how the question at hand treats the calls of the lists
	hinted    bool      // a webhook alone is why the question at hand is asked
	witnessed time.Time // the shop was seen to show an order it must have
	swept     string    // the last order whose life a sweep looked at

	troubled *[]store.Trouble // what was written down last of MiniCRM's account
	decided  bool             // the held orders were decided about anew
	status   bool             // MiniCRM makes a draft of an order that is sent without its status
	drafted  map[string]bool  // orders of which it did

	reading     *reading        // of MiniCRM's lists, that was broken off
	cards       *cardReading    // of MiniCRM's list of customers' cards
	cardsTold   map[string]bool // documents of which it was said that cards are waited for
	ledger      *ledger         // MiniCRM's list of documents, as far as it is read for the certificate
	turn        int             // counts documents, so that sizes take turns
	processed   time.Time       // MiniCRM was last seen to process something
	unprocessed int             // documents in a row of which MiniCRM showed nothing
	clockMet    bool            // MiniCRM's clock is known by an answer
}

// Open gives the work of a stored connection. It keeps clients and what was read
// of the account between calls, as long as the connection is not changed.
func (e *Engine) Open(ctx context.Context, id string) (*Work, error) {
	saved, err := e.Store.Connection(ctx, id)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	// What was opened is not touched here: it may be at work in another goroutine.
	if w, ok := e.works[id]; ok && w.saved.Updated.Equal(saved.Updated) && bytes.Equal(w.saved.Document, saved.Document) {
		return w, nil
	}
	conn, err := punte.ParseStored(string(saved.Document), stateOf)
	if err != nil {
		return nil, err
	}
	conn.RememberedStatuses = saved.Statuses
	w := &Work{engine: e, conn: conn, saved: saved}
	token, err := e.token(ctx, conn.UNAS.BaseURL, saved.UNASKey)
	if err != nil {
		return nil, err
	}
	w.plan = token.Subscription
	w.shop = e.shop(conn, saved.UNASKey, token, w.reserveShop)
	w.crm = e.crm(conn, saved.MiniCRMKey, w.reserveCRM)
	if e.works == nil {
		e.works = map[string]*Work{}
	}
	e.works[id] = w
	return w, nil
}

// shop makes a client of the connection's shop.
func (e *Engine) shop(conn *punte.Connection, key *punte.Secret, token unas.Token, reserve func(context.Context, unas.Call) error) *unas.Client {
	return unas.New(unas.Options{
		BaseURL:   conn.UNAS.BaseURL,
		APIKey:    func() (string, error) { return key.Reveal(), nil },
		Zone:      conn.UNAS.Zone,
		Transport: e.Transport,
		Now:       e.Now,
		Token:     token,
		Reserve: func(ctx context.Context, c unas.Call) error {
			if err := reserve(ctx, c); err != nil || c.Endpoint != "login" {
				return err
			}
			return e.reserveNewKey(ctx, conn.UNAS.BaseURL, key)
		},
		SaveToken: func(ctx context.Context, t unas.Token) error {
			return errors.Join(e.proveKey(ctx, conn.UNAS.BaseURL, key), e.saveToken(ctx, conn.UNAS.BaseURL, key, t))
		},
	})
}

// crm makes a client of the connection's MiniCRM system.
func (e *Engine) crm(conn *punte.Connection, key *punte.Secret, reserve func(context.Context, minicrm.Call) error) *minicrm.Client {
	return minicrm.New(minicrm.Options{
		BaseURL:   conn.MiniCRM.BaseURL,
		SystemID:  conn.MiniCRM.SystemID,
		APIKey:    func() (string, error) { return key.Reveal(), nil },
		Zone:      conn.MiniCRM.Zone,
		Transport: e.Transport,
		Now:       e.Now,
		Reserve:   reserve,
	})
}

// account names the MiniCRM system that ids and budgets belong to.
func account(conn *punte.Connection) string {
	return plainURL(conn.MiniCRM.BaseURL) + "/" + conn.MiniCRM.SystemID
}

// shopName names the shop that budgets belong to.
func shopName(conn *punte.Connection, shopID string) string {
	return plainURL(conn.UNAS.BaseURL) + "#" + shopID
}

func plainURL(address string) string { return strings.ToLower(strings.TrimRight(address, "/")) }

// keyHash names a key without telling it.
func keyHash(baseURL string, key *punte.Secret) string {
	sum := sha256.Sum256([]byte(plainURL(baseURL) + "\n" + key.Reveal()))
	return hex.EncodeToString(sum[:])
}

func (e *Engine) notice(connection, sentence string) {
	if e.Notice != nil {
		e.Notice(connection, sentence)
	}
}
