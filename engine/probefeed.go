package engine

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"punte"
	"punte/minicrm"
	"punte/store"
)

// How long the probe waits for MiniCRM.
const (
	probeBound    = time.Hour        // for a document that nothing spoils; a person is waiting
	leastPatience = time.Minute      // before a document counts as spoiled
	longestLook   = 30 * time.Second // between two looks
	signOfLife    = 2 * time.Minute
)

// reserve takes a call out of the account's budgets and waits for its turn: a rehearsal
// is in no hurry.
func (p *prober) reserve(ctx context.Context, c minicrm.Call) error {
	for {
		err := p.engine.reserve(ctx, "MiniCRM", crmBudgets(p.account, c))
		spent, ok := errors.AsType[*BudgetError](err)
		if !ok {
			if err == nil && c.Scope() == "SyncFeed" {
				p.documents++
			} else if err == nil {
				p.calls++
			}
			return err
		}
		wait := spent.Free.Sub(p.engine.Now()) + time.Millisecond
		if wait > longestPause {
			p.tell("waiting %s for a free call to MiniCRM", wait.Round(time.Second))
		}
		if err := p.pause(ctx, wait); err != nil {
			return err
		}
	}
}

var errNoPause = errors.New("waiting for MiniCRM: nobody can wait here")

// pause waits, giving signs of life.
func (p *prober) pause(ctx context.Context, d time.Duration) error {
	if p.engine.Pause == nil {
		return errNoPause
	}
	for d > 0 {
		some := min(d, signOfLife)
		if err := p.engine.Pause(ctx, some); err != nil {
			return err
		}
		if err := p.engine.Store.SeeProbe(ctx, p.account, p.stamp, p.engine.Now()); err != nil {
			return err
		}
		d -= some
	}
	return nil
}

// mostAttempts bounds how often a call is made that MiniCRM may answer later.
const mostAttempts = 5

// try makes a call, again after a while if MiniCRM may answer it then.
func (p *prober) try(ctx context.Context, call func() error) error {
	for failures := 0; ; failures++ {
		err := call()
		e, ok := errors.AsType[*minicrm.Error](err)
		if !ok || !e.Temporary() && e.Kind != minicrm.Malformed || failures == mostAttempts-1 || ctx.Err() != nil {
			return err
		}
		wait := judge(err, failures, p.engine.Now()).Again.Sub(p.engine.Now())
		p.tell("%v; again in %s", err, wait.Round(time.Second))
		if err := p.pause(ctx, wait); err != nil {
			return err
		}
	}
}

// send hands a document with these customers over.
func (p *prober) send(ctx context.Context, projects ...minicrm.FeedProject) error {
	var out bytes.Buffer
	feed := minicrm.NewFeedWriter(&out)
	for _, project := range projects {
		if err := feed.WriteProject(project); err != nil {
			return err
		}
	}
	if err := feed.Close(); err != nil {
		return err
	}
	deliver := p.upload
	if p.delivery == deliverPull {
		deliver = p.offer
	}
	err := p.try(ctx, func() error { return deliver(ctx, out.Bytes(), len(projects)) })
	if err != nil {
		return fmt.Errorf("handing over a test document: %w", err)
	}
	return nil
}

func (p *prober) upload(ctx context.Context, body []byte, _ int) error {
	answer, err := p.crm.Upload(ctx, bytes.NewReader(body))
	if e, ok := errors.AsType[*minicrm.Error](err); ok && (e.Kind == minicrm.NotFound || e.Kind == minicrm.MethodNotAllowed) {
		p.note(findUpload, isRefused, store.Sure, "MiniCRM refused a document that was sent to it: %s.", e.Text)
		return fmt.Errorf("%w; MiniCRM takes no documents that are sent to it: write \"delivery\": \"pull\" and give --listen and --public-url", err)
	}
	if err == nil {
		p.note(findUpload, isTaken, store.Sure, "MiniCRM took a document that was sent to it, with the answer %d.", answer.Status)
	}
	return err
}

// offer lays a document at an address for MiniCRM to fetch. It belongs to no
// connection, so that nobody looks for its orders.
func (p *prober) offer(ctx context.Context, body []byte, cards int) error {
	s, now := p.engine.Store, p.engine.Now()
	secret := rand.Text() + rand.Text()
	d := store.Document{
		ID: rand.Text(), Connection: "probe:" + p.account, Delivery: deliverPull, State: store.Made, SecretHash: SecretHash(secret),
		Created: now, Expires: now.Add(offerTime), Cards: cards, Body: body,
	}
	if _, err := s.MakeDocument(ctx, d, nil, now); err != nil {
		return err
	}
	_, err := p.crm.Pull(ctx, p.engine.PublicURL+FeedPath+secret)
	if err == nil {
		err = p.fetched(ctx, d.SecretHash)
	}
	return errors.Join(err, s.EndDocument(context.WithoutCancel(ctx), d.ID, p.engine.Now()))
}

// fetched waits a moment for the note that a document was downloaded whole: whoever
// served it may be writing it right now.
func (p *prober) fetched(ctx context.Context, hash string) error {
	const moments = 25
	for range moments {
		_, err := p.engine.Store.DocumentBySecret(ctx, hash, p.engine.Now())
		if punte.ErrorCode(err) == punte.NotFound {
			return nil
		}
		if err != nil {
			return err
		}
		if err := p.pause(ctx, firstLook/5); err != nil {
			return err
		}
	}
	return punte.Errorf(punte.Unavailable, "MiniCRM said yes and did not fetch the test document; check that %s can be reached from outside and that MiniCRM's addresses are allowed", p.engine.PublicURL)
}

// patience is how long a document gets before it counts as spoiled.
func (p *prober) patience() time.Duration { return max(leastPatience, 6*p.slowest) }

// watched is the card that tells how far MiniCRM is: its name has the number of the
// document.
func (p *prober) watched() minicrm.FeedProject {
	p.count++
	return p.numbered(p.watch, p.count)
}

func (p *prober) numbered(name string, n int) minicrm.FeedProject {
	return minicrm.FeedProject{ID: p.ids[name], Name: fmt.Sprintf("%s (%d)", probeName, n), CategoryID: p.conn.WebshopCategory}
}

// errNotProcessed ends a probe: there is nothing to be found out.
var errNotProcessed = errors.New("MiniCRM took the test documents and has shown nothing of the last one within an hour; " +
	"look into its sync log, and probe again when it processes documents")

// round sends customers and waits until MiniCRM has processed them.
func (p *prober) round(ctx context.Context, projects ...minicrm.FeedProject) error {
	if !p.singly {
		if err := p.send(ctx, append(projects, p.watched())...); err != nil {
			return err
		}
		if done, err := p.await(ctx, p.patience()); done || err != nil {
			return err
		}
	}
	// One of them may have spoiled the document: each goes by itself. Nothing arrives
	// twice by that.
	for _, project := range projects {
		if err := p.send(ctx, project); err != nil {
			return err
		}
	}
	return p.flush(ctx)
}

// flush sends the watched card alone. When it shows, all before it is processed.
func (p *prober) flush(ctx context.Context) error {
	if err := p.send(ctx, p.watched()); err != nil {
		return err
	}
	done, err := p.await(ctx, probeBound)
	if err == nil && !done {
		return errNotProcessed
	}
	return err
}

// await looks until the watched card has the number of the last document.
func (p *prober) await(ctx context.Context, bound time.Duration) (bool, error) {
	return p.until(ctx, bound, func() (bool, error) {
		card, found, err := p.card(ctx, p.watch)
		if err != nil || !found || !strings.HasSuffix(card.Name, fmt.Sprintf("(%d)", p.count)) {
			return false, err
		}
		p.shown = p.count
		return true, nil
	})
}

// until looks again and again, less and less often, and measures how long it took.
func (p *prober) until(ctx context.Context, bound time.Duration, look func() (bool, error)) (bool, error) {
	begun := p.engine.Now()
	told := begun
	for wait := time.Second; ; wait = min(wait*3/2, longestLook) {
		if err := p.pause(ctx, wait); err != nil {
			return false, err
		}
		done, err := look()
		took := p.engine.Now().Sub(begun)
		if done {
			p.slowest = max(p.slowest, took)
		}
		if err != nil || done {
			return done, err
		}
		if took >= bound {
			return false, nil
		}
		if p.engine.Now().Sub(told) >= leastPatience {
			told = p.engine.Now()
			p.tell("MiniCRM has not processed the document of %s ago yet; waiting up to %s", took.Round(time.Second), bound)
		}
	}
}
