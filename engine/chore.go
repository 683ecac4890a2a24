package engine

import (
	"context"
	"time"
)

// Services that a chore calls. All chores that call one leave it alone until it may be
// called again: a ban, or a minute that is used up, is not that of one chore. MiniCRM
// counts documents apart from all other calls.
const (
	onUNAS    = "unas"
	onMiniCRM = "minicrm"
	onFeed    = "minicrm.feed"
)

// chore is a kind of work of a connection. Each has a due time of its own, so that a
// shop that rests does not keep what is owed from MiniCRM.
type chore struct {
	name    string // of its due time in the store, for ever
	service string // that it calls
	once    bool   // belongs to a run that ends by itself
	begin   bool   // is due when a person starts the connection, whatever it waited for
	// behind is work that new orders don't need: of what is due it comes last, in short
	// pieces, and it has a share of the calls only.
	behind bool
	// ending says, of work in hand, that it belongs to a run that ends by itself: looked up
	// for every call it would be much of what a call costs.
	ending bool
	// ready says when there is something to do, no earlier than at; false if there is
	// nothing.
	ready func(w *Work, ctx context.Context, at time.Time) (time.Time, bool, error)
	// do does one piece of the work and sets when it is due next.
	do func(w *Work, ctx context.Context) error
}

// The names of the due times.
const (
	duePull    = "due.pull"
	duePush    = "due.push"
	dueConfirm = "due.confirm"
	dueHints   = "due.hints"
	dueAsk     = "due.ask"
	dueApply   = "due.apply"
	dueDays    = "due.days"
	dueDeleted = "due.deleted"
	dueCertify = "due.certificate"
	dueQuiet   = "due.quiet"

	dueCustomers    = "due.customers"
	dueBuyers       = "due.buyers"
	dueBaskets      = "due.baskets"
	dueGone         = "due.gone"
	dueCards        = "due.cards"
	dueWithdrawals  = "due.withdrawals"
	dueConfirmCards = "due.confirm.cards"
	dueExisting     = "due.existing"
	duePeople       = "due.people"
)

// chores lists the kinds of work. Of those that are due, the ones that bring new orders
// go before the rest, and of two that are due at one time the first goes before.
func chores() []chore {
	return []chore{
		{name: duePull, service: onUNAS, once: true, begin: true, ready: (*Work).pullReady, do: (*Work).poll},
		{name: dueImport, service: onUNAS, once: true, begin: true, behind: true, ready: (*Work).importReady, do: (*Work).readPast},
		{name: dueCustomers, service: onUNAS, once: true, begin: true, ready: (*Work).customersReady, do: (*Work).readCustomers},
		{name: dueBuyers, service: onUNAS, once: true, begin: true, behind: true, ready: (*Work).buyersReady, do: (*Work).readBuyers},
		{name: dueBaskets, service: onUNAS, begin: true, behind: true, ready: (*Work).basketsReady, do: (*Work).readBaskets},
		{name: dueGone, service: onUNAS, behind: true, ready: (*Work).goneReady, do: (*Work).seekGone},
		{name: dueHints, service: onUNAS, begin: true, ready: (*Work).hintsReady, do: (*Work).askHints},
		{name: dueAsk, service: onUNAS, begin: true, behind: true, ready: (*Work).askReady, do: (*Work).ask},
		{name: dueApply, service: onFeed, once: true, begin: true, ready: (*Work).applyReady, do: (*Work).applySome},
		{name: dueDeleted, begin: true, ready: (*Work).deletedReady, do: (*Work).settleDeleted},
		{name: dueWithdrawals, service: onFeed, once: true, ready: (*Work).withdrawalsReady, do: (*Work).pushWithdrawals},
		{name: dueCards, service: onFeed, once: true, begin: true, behind: true, ready: (*Work).cardsReady, do: (*Work).pushCards},
		{name: dueExisting, service: onMiniCRM, once: true, begin: true, ready: (*Work).existingReady, do: (*Work).readExisting},
		{name: duePeople, service: onMiniCRM, once: true, begin: true, ready: (*Work).peopleReady, do: (*Work).readPeople},
		{name: duePush, service: onFeed, once: true, begin: true, ready: (*Work).pushReady, do: (*Work).pushSome},
		{name: dueConfirm, service: onMiniCRM, once: true, begin: true, ready: (*Work).confirmReady, do: (*Work).look},
		{name: dueConfirmCards, service: onMiniCRM, once: true, begin: true, behind: true, ready: (*Work).confirmCardsReady, do: (*Work).confirmCards},
		{name: dueCannot, service: onMiniCRM, once: true, begin: true, behind: true, ready: (*Work).cannotReady, do: (*Work).tryCannot},
		{name: dueDrafts, service: onMiniCRM, once: true, begin: true, behind: true, ready: (*Work).draftsReady, do: (*Work).seekDrafts},
		{name: dueDays, service: onUNAS, behind: true, ready: (*Work).daysReady, do: (*Work).readDays},
		{name: dueCertify, service: onMiniCRM, behind: true, ready: (*Work).certificateReady, do: (*Work).certify},
		{name: dueQuiet, ready: (*Work).quietReady, do: (*Work).listen},
		{name: dueSweep, service: onStore, behind: true, ready: (*Work).sweepReady, do: (*Work).sweep},
	}
}

// next tells which work is due first, and when; nil if there is none. A run that ends
// by itself does its own kinds of work only.
func (w *Work) next(ctx context.Context) (first *chore, at time.Time, err error) {
	ctx = atAGlance(ctx)
	_, once, err := w.onceRun(ctx)
	if err != nil {
		return nil, at, err
	}
	times, err := w.cursors(ctx)
	if err != nil {
		return nil, at, err
	}
	now := w.engine.Now()
	for _, work := range chores() {
		if once && !work.once {
			continue
		}
		work.ending = once
		work.behind = work.behind && !once // which waits for all of it anyway
		soonest := later(times[work.name], later(times[restOf(work.service)], times[restOf(work.name)]))
		if first != nil && !work.before(soonest, first, at, now) {
			continue // it would not be first even if it were ready by then
		}
		due, ok, err := work.ready(w, ctx, soonest)
		if err != nil {
			return nil, time.Time{}, err
		}
		if ok && (first == nil || work.before(due, first, at, now)) {
			first, at = &work, due
		}
	}
	return first, at, nil
}

// before says that work that is due then goes before other work.
func (c *chore) before(due time.Time, other *chore, otherDue, now time.Time) bool {
	if c.behind != other.behind && !due.After(now) && !otherDue.After(now) {
		return other.behind
	}
	return due.Before(otherDue)
}

// restOf names the time before which a service is to be left alone (the end of a ban or
// of its minute), or before which a kind of work is not done again after it failed time
// and again: what one function of a service refuses does not keep others from theirs.
func restOf(name string) string { return "rest." + name }

func (w *Work) setDue(ctx context.Context, name string, at time.Time) error {
	return w.engine.Store.SetCursor(ctx, w.saved.ID, name, at)
}

func (w *Work) pullReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	run, once, err := w.onceRun(ctx)
	if err != nil {
		return at, false, err
	}
	if !once {
		return at, true, nil
	}
	if _, importing, err := w.importReady(ctx, at); err != nil || importing {
		return at, false, err // the end of the past makes the rest ready
	}
	return later(at, w.ourTime(run.Until.Add(windowMargin))), !run.Report.Read, nil
}

func (w *Work) pushReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	owed, ok, err := w.nextMayGo(ctx)
	if err != nil || !ok {
		return at, false, err
	}
	open, err := w.openDocuments(ctx)
	return later(at, owed), inFlightOf(open) < mostInFlight, err
}

func (w *Work) confirmReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	open, err := w.openDocuments(ctx)
	return at, len(open) > 0, err
}

// pushSome hands over a document of what is owed, and then looks for it soon.
func (w *Work) pushSome(ctx context.Context) error {
	did, err := w.push(ctx)
	if err != nil {
		return err
	}
	if did.Sent > 0 {
		if err := w.setDue(ctx, dueConfirm, w.engine.Now().Add(firstLook)); err != nil {
			return err
		}
	}
	return w.note(ctx, did)
}

// look reads back what MiniCRM made of what it was handed.
func (w *Work) look(ctx context.Context) error {
	whole, err := w.confirm(ctx)
	if err != nil {
		return err
	}
	if !whole {
		return w.setDue(ctx, dueConfirm, w.engine.Now())
	}
	return w.setDue(ctx, dueConfirm, w.nextLook(ctx))
}
