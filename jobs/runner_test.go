package jobs

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/riverqueue/river"
	"go.uber.org/goleak"

	"punte"
	"punte/engine"
	"punte/minicrm/minicrmsim"
	"punte/store"
	"punte/store/storetest"
	"punte/unas/unassim"
)

// world is a shop and a CRM on real sockets.
type world struct {
	shop    *unassim.Shop
	crm     *minicrmsim.CRM
	shopURL string
	crmURL  string

	mu     sync.Mutex
	before func(r *http.Request) // of each call to the shop
	calls  int
}

func newWorld(t *testing.T, orders int) *world {
	t.Helper()
	w := &world{shop: unassim.New(unassim.Options{}), crm: minicrmsim.New(minicrmsim.Options{})}
	w.shop.Generate(1, orders, orders/2+1)
	t.Cleanup(w.crm.Close)
	shop := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		before := w.before
		w.calls++
		w.mu.Unlock()
		if before != nil {
			before(r)
		}
		w.shop.ServeHTTP(rw, r)
	}))
	t.Cleanup(shop.Close)
	crm := httptest.NewServer(w.crm)
	t.Cleanup(crm.Close)
	w.shopURL, w.crmURL = shop.URL, crm.URL
	return w
}

func (w *world) onCall(f func(r *http.Request)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.before = f
}

// engine makes an engine and registers the connection.
func (w *world) engine(t *testing.T, s *store.Store) (*engine.Engine, string) {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true} // no idle connections to wait for
	e := &engine.Engine{
		Store: s, Now: time.Now, Rehearsal: true, Transport: transport, Log: slog.New(slog.DiscardHandler),
	}
	statuses := map[string]string{}
	states := map[string]string{"open_normal": "Issued", "open_prepare": "Issued", "close_ok": "Completed", "close_fault": "Failed"}
	for _, status := range w.shop.Statuses() {
		statuses[status.Name] = states[status.Type]
	}
	mapped, err := json.Marshal(statuses)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := engine.ParseConnection(fmt.Sprintf(`{
		"name": "Test", "unas": {"base_url": "%s/shop/", "api_key": %q},
		"minicrm": {"base_url": %q, "system_id": %q, "api_key": %q},
		"orders_category": 4, "webshop_category": 5, "owner": 100001, "status_map": %s,
		"start_date": "2020-01-01", "delivery": "push", "customers": "buyers"}`,
		w.shopURL, unassim.DefaultAPIKey, w.crmURL, minicrmsim.DefaultSystemID, minicrmsim.DefaultAPIKey, mapped))
	if err != nil {
		t.Fatal(err)
	}
	id, err := e.Register(t.Context(), conn, engine.Keys{UNAS: conn.UNAS.APIKey.Value, MiniCRM: conn.MiniCRM.APIKey.Value})
	if err != nil {
		t.Fatalf("Register: %v", err)
	}
	return e, id
}

func start(t *testing.T, s *store.Store, e *engine.Engine, stopped func(string, *engine.StoppedError)) *Runner {
	t.Helper()
	if err := Migrate(t.Context(), s); err != nil {
		t.Fatalf("Migrate: %v", err)
	}
	r, err := Start(t.Context(), Options{
		Store: s, Engine: e, Now: time.Now, Log: slog.New(slog.DiscardHandler), Tick: 500 * time.Millisecond, Stopped: stopped,
	})
	if err != nil {
		t.Fatalf("Start: %v", err)
	}
	return r
}

func stop(t *testing.T, r *Runner) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := r.Stop(ctx); err != nil {
		t.Errorf("Stop: %v", err)
	}
}

// eventually asks again and again until it is so, or fails after a while.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !is() {
		select {
		case <-deadline:
			t.Fatalf("it never came to that: %s", what)
		case <-again.C:
		}
	}
}

// confirmed says that so many orders are there and nothing is on its way.
func confirmed(t *testing.T, s *store.Store, id string, orders int) func() bool {
	return func() bool {
		counts, err := s.Counts(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return counts[punte.Confirmed] == orders && counts[punte.Owed]+counts[punte.Sent] == 0
	}
}

func TestRunnerWorksAndStops(t *testing.T) {
	storetest.EachKindAlone(t, func(t *testing.T, kind string) { // it counts goroutines
		s := storetest.Open(t, kind)
		w := newWorld(t, 30)
		e, id := w.engine(t, s)
		if err := Migrate(t.Context(), s); err != nil {
			t.Fatal(err)
		}
		running := goleak.IgnoreCurrent()
		r := start(t, s, e, nil)
		if _, err := e.Begin(t.Context(), id, false); err != nil {
			t.Fatal(err)
		}
		r.Wake()
		eventually(t, "all are confirmed", confirmed(t, s, id, 30))
		if n := len(w.crm.Orders()); n != 30 {
			t.Errorf("MiniCRM has %d orders; want 30", n)
		}
		stop(t, r)
		if !s.Postgres() { // pgx's pool keeps connections, and they goroutines, until the store is closed
			goleak.VerifyNone(t, running, goleak.IgnoreAnyFunction("net/http.(*conn).serve"),
				goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"))
		}
	})
}

// However many ask for it, a connection is worked on once at a time, on PostgreSQL
// by several processes.
func TestAConnectionIsWorkedOnOnceAtATime(t *testing.T) {
	storetest.EachKind(t, func(t *testing.T, kind string) {
		dsn := storetest.Database(t, kind)
		keys, err := store.LoadKeyring("", filepath.Join(t.TempDir(), "key"))
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(t, 20)
		var mu sync.Mutex
		busy, most := 0, 0
		w.onCall(func(*http.Request) {
			mu.Lock()
			busy++
			most = max(most, busy)
			mu.Unlock()
			timer := time.NewTimer(20 * time.Millisecond) // long enough for another to come by
			<-timer.C
			mu.Lock()
			busy--
			mu.Unlock()
		})
		processes := 1
		if kind == storetest.Postgres {
			processes = 2
		}
		var runners []*Runner
		var first *engine.Engine
		var id string
		var s *store.Store
		for range processes {
			own := storetest.At(t, dsn, store.Options{Keys: keys})
			e, made := w.engine(t, own)
			if first == nil {
				first, id, s = e, made, own
			}
			runners = append(runners, start(t, own, e, nil))
		}
		if _, err := first.Begin(t.Context(), id, true); err != nil {
			t.Fatal(err)
		}
		for !confirmed(t, s, id, 20)() {
			for _, r := range runners {
				if err := s.Hint(t.Context(), id, time.Now()); err != nil {
					t.Fatal(err)
				}
				r.Wake()
			}
			mu.Lock()
			together := most
			mu.Unlock()
			if together > 1 {
				t.Fatalf("%d calls were made at the same time; want one", together)
			}
			timer := time.NewTimer(50 * time.Millisecond)
			<-timer.C
		}
		for _, r := range runners {
			stop(t, r)
		}
		if n := len(w.crm.Log()); n != 1 {
			t.Errorf("%d documents were made; want 1", n)
		}
	})
}

// A hint that comes while a slice runs makes another one, at once.
func TestAHintDuringASliceMakesAnother(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, 5)
		e, id := w.engine(t, s)
		inside, goOn := make(chan struct{}), make(chan struct{})
		var once sync.Once
		w.onCall(func(r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "getOrder") {
				once.Do(func() {
					close(inside)
					<-goOn
				})
			}
		})
		r := start(t, s, e, nil)
		defer stop(t, r)
		<-inside
		if err := s.Hint(t.Context(), id, time.Now()); err != nil {
			t.Fatal(err)
		}
		begun := slices(t, s)
		close(goOn)
		eventually(t, "another slice", func() bool { return slices(t, s) > begun })
	})
}

// slices counts the jobs that were made.
func slices(t *testing.T, s *store.Store) int {
	t.Helper()
	var n int
	if err := s.DB().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM river_job WHERE kind = 'slice'").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A slice that fails for a reason of our own is due again soon, not never and not at
// once.
func TestAFailedSliceIsDueAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, 5)
		e, id := w.engine(t, s)
		saved, err := s.Connection(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		saved.Document = []byte(`{"name": 7}`) // nobody can read that
		if err := s.SaveConnection(t.Context(), saved, time.Now()); err != nil {
			t.Fatal(err)
		}
		r := start(t, s, e, nil)
		defer stop(t, r)
		eventually(t, "a due time in the future", func() bool {
			next, ok, err := s.NextAfter(t.Context(), time.Now())
			if err != nil {
				t.Fatal(err)
			}
			return ok && next.Before(time.Now().Add(retrySlice+time.Second)) && slices(t, s) == 1
		})
	})
}

func TestAStoppedConnectionIsToldAndLeftAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, 5)
		e, id := w.engine(t, s)
		saved, err := s.Connection(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		saved.MiniCRMKey = punte.NewSecret(strings.Repeat("x", 32))
		if err := s.SaveConnection(t.Context(), saved, time.Now()); err != nil {
			t.Fatal(err)
		}
		told := make(chan *engine.StoppedError, 10)
		r := start(t, s, e, func(_ string, err *engine.StoppedError) { told <- err })
		defer stop(t, r)
		if _, err := e.Begin(t.Context(), id, false); err != nil {
			t.Fatal(err)
		}
		r.Wake()
		if err := <-told; err.Code != "minicrm.key" {
			t.Errorf("stopped with %s; want minicrm.key", err.Code)
		}
		eventually(t, "no connection is due", func() bool {
			due, err := s.Due(t.Context(), time.Now().Add(24*time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			return len(due) == 0
		})
	})
}

// Stop breaks off a call that does not end by itself, and the orders go on after the
// next start.
func TestStopBreaksOffACallThatDoesNotEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := newWorld(t, 5)
		e, id := w.engine(t, s)
		inside, goOn := make(chan struct{}), make(chan struct{})
		var once sync.Once
		w.onCall(func(r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "getOrder") {
				once.Do(func() { close(inside) })
				<-goOn
			}
		})
		r := start(t, s, e, nil)
		<-inside
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		if err := r.Stop(ctx); err != nil {
			t.Errorf("Stop of a runner in a call = %v; want it broken off", err)
		}
		close(goOn)
		w.onCall(nil)
		r = start(t, s, e, nil)
		defer stop(t, r)
		if _, err := e.Begin(t.Context(), id, false); err != nil {
			t.Fatal(err)
		}
		r.Wake()
		eventually(t, "all are confirmed", confirmed(t, s, id, 5))
		if n := len(w.crm.Orders()); n != 5 {
			t.Errorf("MiniCRM has %d orders; want 5", n)
		}
	})
}

// On SQLite one process works. Another is refused while it lives; when it is dead,
// the job it left running does not block.
func TestADeadProcessDoesNotBlockItsFile(t *testing.T) {
	s := storetest.Open(t, storetest.SQLite)
	w := newWorld(t, 5)
	e, id := w.engine(t, s)
	r := start(t, s, e, nil)
	if _, err := Start(t.Context(), r.options); punte.ErrorCode(err) != punte.Conflict {
		t.Errorf("a second Start on the file = %v; want a conflict", err)
	}
	stop(t, r)
	for _, statement := range []string{
		"UPDATE river_job SET state = 'running', finalized_at = NULL",
		"UPDATE schedules SET due = 0",
	} {
		if _, err := s.DB().ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	r = start(t, s, e, nil)
	if _, err := e.Begin(t.Context(), id, false); err != nil {
		t.Fatal(err)
	}
	r.Wake()
	eventually(t, "the work goes on beside the dead job", confirmed(t, s, id, 5))
	stop(t, r)
	// Rescued, it does nothing.
	worker := &sliceWorker{runner: r}
	before := w.calls
	if err := worker.Work(t.Context(), &river.Job[sliceArgs]{Args: sliceArgs{Connection: id, Epoch: "an earlier one"}}); err != nil || w.calls != before {
		t.Errorf("a job of an earlier process = %v, %d calls; want nothing done", err, w.calls-before)
	}
}

// A slice of a connection that is gone ends quietly.
func TestARemovedConnectionIsForgotten(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		e := &engine.Engine{Store: s, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
		worker := &sliceWorker{runner: &Runner{options: Options{Store: s, Engine: e, Now: time.Now, Log: e.Log}}}
		if err := worker.Work(t.Context(), &river.Job[sliceArgs]{Args: sliceArgs{Connection: "gone"}}); err != nil {
			t.Errorf("Work on a connection that is gone = %v; want nil", err)
		}
	})
}

// What a job of a killed process waits for is River's to do; that it does so soon
// enough, and not too soon, is in these values.
func TestRescueComesAfterTheLongestSlice(t *testing.T) {
	r := &Runner{options: Options{Log: slog.New(slog.DiscardHandler)}}
	c := r.config(river.NewWorkers(), 7)
	if c.JobTimeout != 150*time.Second || c.RescueStuckJobsAfter != 180*time.Second || c.RescueStuckJobsAfter <= c.JobTimeout {
		t.Errorf("JobTimeout %s, RescueStuckJobsAfter %s; want 150 s and 180 s", c.JobTimeout, c.RescueStuckJobsAfter)
	}
	if n := c.Queues[river.QueueDefault].MaxWorkers; n != 7 {
		t.Errorf("MaxWorkers = %d; want 7", n)
	}
	unique := sliceArgs{}.InsertOpts().UniqueOpts
	if !unique.ByArgs || len(unique.ByState) != 5 {
		t.Errorf("UniqueOpts = %+v; want by arguments and the five states before the end", unique)
	}
}
