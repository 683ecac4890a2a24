// Package minicrmsim is a MiniCRM system in memory, served over HTTP.
//
// It exists so that a shop can be rehearsed before anybody has keys, and so
// that every promise of the synchronisation can be tested against something
// that behaves, and misbehaves, like the real service. It is written apart
// from the client in punte/minicrm and shares no code with it, so that one
// mistake cannot cancel another one out.
//
// # What is simulated
//
//   - Basic authentication with a system id and a key of 32 characters.
//   - R3: Category, Schema, Project, ProjectHistory, project connections,
//     Contact, PurgePerson, Address, ToDo, EmailList, Template, Product. Mails
//     come with POST /_sim/mails, templates with the [Seed].
//   - SyncFeed: pull (MiniCRM downloads a document) and push (/Upload). An
//     accepted document is processed later, in the order of acceptance, Project
//     by Project, each of them taken or refused as a whole with a reason in the
//     log.
//   - The document API: orders with their state machine and the fields of their
//     cards, what an order takes from the stock; offers and invoices in a world
//     whose [Seed] has a module for them.
//   - The customer segments of the Webshop module and its computed fields.
//   - CallLog, Signup, SharedFilter; webhooks, sent whenever [CRM.Deliver] is called.
//   - Limits, faults on request, a clock that can be moved, a world that can be
//     saved and restored.
//   - Pages for a person at / and /card/{id}.
//
// # What is a guess
//
// MiniCRM's own documents contradict each other here and there and are silent
// about much of SyncFeed. Every such place is a field of [Switches]; its zero
// value is the reading we think most likely, the other value the one a client
// has to survive as well. What has no switch is documented by MiniCRM or was
// seen on a live system, or nobody can tell the difference over the API.
//
// Guessed without a switch: lists of R3 come by id; the names of the three
// computed fields and of the unpublished segments; the texts of errors beyond
// those on record; an order in the Trash still counts for its customer and is
// still listed; a contact holds one e-mail address and one telephone number, of
// several the first; a card of the Orders module is made by its order alone; an
// order stays on the card it came with; offers and to-dos inside a document are
// passed over with a note. With AlphanumericIDs the control addresses print a
// number above 10^10, derived from the text, for an id that is a text.
//
// # Time
//
// With the machine's clock (Options.Now nil) one goroutine processes documents
// when they are due, and Close ends it. With a clock passed in there is no
// goroutine at all: whatever is due is processed before the next request is
// answered, as of the moment it was due. Both look the same from outside; the
// second replays exactly, and [CRM.Process] does the same for a program that makes no
// requests.
//
// # Control addresses
//
// All are JSON and stand apart from the paths of the API.
//
//	GET  /_sim/stats   calls by endpoint, refused by the limit, documents accepted
//	GET  /_sim/orders  every order with its card's fields and its lines
//	GET  /_sim/cards   every card ("?deleted=1", here and above: with those in the Trash)
//	GET  /_sim/stock   folders and products
//	GET  /_sim/webhooks    messages that wait, and how many were dropped
//	GET  /_sim/phonecalls  what CallLog was told
//	GET  /_sim/log     what became of each document
//	GET  /_sim/faults  the faults still to come; DELETE forgets them
//	GET  /_sim/switches  the switches, all of them
//	POST /_sim/switches  {"access_denied_404":true} sets those named
//	POST /_sim/mails     {"card_id":7,"subject":"Hello"} was sent from a card
//	POST /_sim/faults  {"endpoint":"R3/Project","kind":"500","times":2}
//	POST /_sim/clock   {"advance":"1h"}
//	POST /_sim/person  {"card_id":7,"status":"Completed","owner":"Kiss Béla","fields":{"AWB":"1"}}
//	POST /_sim/module  {"category":4,"remove_field":"AWB"} is what an administrator does
package minicrmsim
