package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"punte"
	"punte/store"
	"punte/unas"
)

// What a webhook of the shop looks like, for whoever receives it.
const (
	LongestHook   = unas.LongestWebhook  // bytes of its body
	HookSignature = unas.SignatureHeader // the header that carries its signature
	HookTopic     = unas.TopicHeader     // the header that names the event
)

// HookPath is the path below the public address under which a shop reports to its
// connection: HookPath + its id.
const HookPath = "/hook/"

// reasonHook is why a single order or customer is asked for.
const reasonHook = store.ReasonHook

// hookEvents are the events of which the shop is to tell.
var hookEvents = []string{
	unas.EventOrderSend, unas.EventOrderSendThirdparty, unas.EventOrderStatusModify, unas.EventOrderModifyAdmin,
	unas.EventOrderAddAdmin, unas.EventOrderDelete, unas.EventSuccessfulPayment,
	unas.EventCustomerRegistration, unas.EventCustomerModification, unas.EventCustomerModifyAdmin, unas.EventCustomerDelete,
	unas.EventNewsletterSubscribe, unas.EventNewsletterConfirm, unas.EventNewsletterEnd,
}

// ErrHook says that a webhook is not from the connection's shop.
var ErrHook = errors.New("the webhook is not from this connection's shop")

// Hooked takes a webhook: body as it came, with its headers X-UNAS-HMAC and X-Unas-Topic.
// It is a hint and never data: what it names is asked for by a call of its own. One that
// came twice, late or in another order does no harm. ErrHook if the connection has no
// webhooks or the signature is wrong.
func (e *Engine) Hooked(ctx context.Context, id string, body []byte, signature, topic string) error {
	hook, ok, err := e.Store.Hook(ctx, id)
	if err != nil {
		return err
	}
	if !ok || unas.VerifyWebhook(unas.NewSecret(hook.Secret.Reveal()), body, signature) != nil {
		return ErrHook
	}
	now := e.Now()
	if err := e.Store.SeeHook(ctx, id, now); err != nil {
		return err
	}
	hint, err := unas.DecodeWebhook(topic, body)
	if err != nil {
		// It would not become better by being sent again; a poll finds what it was about.
		e.Log.WarnContext(ctx, "a webhook can't be read", "connection", id, "err", err)
		return nil
	}
	question, ok := questionOf(hint, now)
	if !ok {
		e.Log.InfoContext(ctx, "a webhook names nothing to ask for", "connection", id)
		return nil
	}
	saved, err := e.Store.Connection(ctx, id)
	if err != nil {
		return err
	}
	if hint.ShopID != "" && !strings.HasSuffix(saved.Shop, "#"+hint.ShopID) {
		e.Log.WarnContext(ctx, "a webhook is of another shop", "connection", id)
		return nil
	}
	if full, err := e.flooded(ctx, id); err != nil || full {
		if full {
			e.Log.WarnContext(ctx, "too many webhooks wait, this one is left to the polls", "connection", id)
		}
		return err
	}
	if err := e.Store.Ask(ctx, id, []store.Question{question}, now); err != nil {
		return err
	}
	return e.Store.Hint(ctx, id, now)
}

// longestHookKey bounds what a webhook may name; keys of marketplaces are the longest.
const longestHookKey = 100

// questionOf is what a webhook makes us ask; false if it names nothing.
func questionOf(h unas.Hint, due time.Time) (store.Question, bool) {
	q := store.Question{Kind: store.QuestionOrder, Key: h.OrderID, Reason: reasonHook, Due: due}
	ofCustomer := strings.HasPrefix(h.Topic, "customer_") || strings.HasPrefix(h.Topic, "newsletter_")
	if h.OrderID == "" || ofCustomer && h.CustomerID != "" {
		q.Kind, q.Key = store.QuestionCustomer, h.CustomerID
	}
	return q, q.Key != "" && len(q.Key) <= longestHookKey && utf8.ValidString(q.Key) && strings.IndexFunc(q.Key, unicode.IsControl) < 0
}

// HookState is one webhook as the shop has it.
type HookState struct {
	Event string `json:"event"`
	Name  string `json:"name"`
	URL   string `json:"url,omitempty"` // empty: the shop has none
	Right bool   `json:"right"`         // it is there, active, and leads to us
}

// hookName is unique in a shop, and tells what belongs to a connection.
func hookName(id, event string) string { return "Punte " + id + " " + event }

// AddHooks makes the shop report to publicURL and keeps the secret it signs with; what is
// right already is left alone. It needs the plan VIP.
func (e *Engine) AddHooks(ctx context.Context, id, publicURL string, secret *punte.Secret) ([]HookState, error) {
	w, states, ids, err := e.hooks(ctx, id, publicURL)
	if err != nil {
		return nil, err
	}
	if secret.Reveal() == "" {
		return nil, punte.Errorf(punte.Invalid, "adding webhooks: there is no secret to check them with; UNAS shows it at the key, under Verify webhook")
	}
	// Kept first: what the shop sends from now on can be checked.
	if err := e.Store.SetHook(ctx, id, secret, time.Time{}); err != nil {
		return nil, err
	}
	for i := range states {
		if states[i].Right {
			continue
		}
		hook := unas.Webhook{ID: ids[i], Name: states[i].Name, Active: true, Event: states[i].Event, URL: publicURL + HookPath + id}
		if hook.ID == "" {
			_, err = w.shop.AddWebhook(ctx, hook)
		} else {
			err = w.shop.ModifyWebhook(ctx, hook)
		}
		if err != nil {
			return nil, fmt.Errorf("adding the webhook of %s: %w", hook.Event, err)
		}
		states[i].URL, states[i].Right = hook.URL, true
	}
	return states, e.Store.SetHook(ctx, id, secret, e.Now())
}

// RemoveHooks makes the shop report no more, and forgets the secret.
func (e *Engine) RemoveHooks(ctx context.Context, id string) (removed int, err error) {
	w, _, ids, err := e.hooks(ctx, id, "")
	if err != nil {
		return 0, err
	}
	for _, hook := range ids {
		if hook == "" {
			continue
		}
		if err := w.shop.DeleteWebhook(ctx, hook); err != nil {
			return removed, fmt.Errorf("removing a webhook: %w", err)
		}
		removed++
	}
	return removed, e.Store.DropHook(ctx, id)
}

// Hooks tells what webhooks the shop has for a connection, and whether they lead to
// publicURL.
func (e *Engine) Hooks(ctx context.Context, id, publicURL string) ([]HookState, error) {
	_, states, _, err := e.hooks(ctx, id, publicURL)
	return states, err
}

// hooks reads the shop's webhooks of a connection, with their ids in the shop.
func (e *Engine) hooks(ctx context.Context, id, publicURL string) (*Work, []HookState, []string, error) {
	w, err := e.Open(ctx, id)
	if err != nil {
		return nil, nil, nil, err
	}
	if _, err := w.shop.Token(ctx); err != nil { // tells the plan, if it was not known
		return nil, nil, nil, err
	}
	all, err := w.shop.Automatisms(ctx)
	if err != nil {
		return nil, nil, nil, hookAdvice(err)
	}
	states, ids := make([]HookState, len(hookEvents)), make([]string, len(hookEvents))
	for i, event := range hookEvents {
		states[i] = HookState{Event: event, Name: hookName(id, event)}
		at := slices.IndexFunc(all, func(a unas.Automatism) bool { return a.Name == states[i].Name })
		if at < 0 {
			continue
		}
		a := all[at]
		ids[i], states[i].URL = a.ID, a.Config.WebhookURL
		states[i].Right = a.Active == "yes" && a.Event == event && a.Operation == "webhook" && a.ScheduleType == "instant" &&
			len(a.Rules) == 0 && a.Config.WebhookURL == publicURL+HookPath+id
	}
	return w, states, ids, nil
}

// hookAdvice says in plain words that only the largest plan has webhooks.
func hookAdvice(err error) error {
	if e, ok := errors.AsType[*unas.Error](err); ok && e.Kind == unas.PlanTooSmall {
		return punte.Errorf(punte.Conflict, "the shop's plan has no webhooks, UNAS gives them with VIP alone; nothing is lost without them: new orders are asked for every 150 seconds")
	}
	return fmt.Errorf("reading the shop's webhooks: %w", err)
}
