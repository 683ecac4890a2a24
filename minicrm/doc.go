// Package minicrm is a client of MiniCRM's interfaces: the REST interface R3, the order documents and SyncFeed, which
// takes customers and orders as an XML document. It knows their wire and nothing of ours.
//
// It never retries and never sleeps: an error says what kind of no it was, and the caller decides when to ask again.
package minicrm
