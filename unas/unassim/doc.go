// Package unassim is a UNAS webshop in memory, spoken to over HTTP like the real one.
//
// It exists so that a shop's integration can be rehearsed and tested without a shop: real third-party
// clients of the UNAS API talk to it unchanged. It is written apart from Punte's own client and shares no
// code with it, so that one misreading of the documentation cannot hide itself on both sides.
//
// # What it serves
//
//   - /shop/{endpoint}: the API, as "UNAS API documentation" describes it: login, getOrder, setOrder,
//     getOrderStatus, getOrderType, getMethod, getCustomer, getCustomerGroup, getNewsletter, getProduct, getStock,
//     getCategory and their set endpoints, checkCustomer, getProductDB, getSetting, getAutomatism, setAutomatism.
//   - /_sim/...: control addresses for a harness: look at the shop, add orders, inject faults, move the clock,
//     turn switches, see the webhooks.
//   - webhooks of a VIP shop: [Shop.Deliver] sends those that are due.
//   - /: a page that shows the whole shop and its latest calls to a person; /order/{key}: one order.
//   - /download/{name}: the tables that getProductDB makes, for an hour.
//
// # Where the rules come from
//
// A comment beside each rule names its chapter of the UNAS API documentation (2025): "Azonosítás" for login,
// "Limitációk" for the limits and bans, "Megrendelések" for getOrder and setOrder, and so on. In short:
//
//   - every call is a POST with a raw XML body, whatever its Content-Type says;
//   - a general failure is HTTP 400 with a root <Error>; a set call answers 200 with one result per entity;
//   - limits are counted per client address; breaking one bans that address for an hour, and the sentence
//     that says so prints its date as MM.DD.YYYY; ten calls within ten minutes that name no known shop are
//     followed by two hours without any answer: the connection is closed;
//   - printed times are the shop's local time without a zone, filters are unix seconds or local days.
//
// # What nobody documents
//
// Where the documentation is silent, or contradicts itself, the simulator has a field in [Switches]. The zero value is the behaviour
// most clients count on; turning a switch shows whether a client survives the other reading. Texts of errors
// that no document prints (malformed XML, missing permission, refused address, bad filter, unknown endpoint)
// are invented here, and a client should not depend on them: [Switches] can say them in other words.
//
// # How it is built
//
// An order is kept as the XML it came in (order.raw) together with the few facts that filters need. What the
// shop changes by itself (DateMod, the status, the invoice state) replaces only those elements, so odd,
// unknown and missing elements reach clients just as they were given. Orders are never changed in place: a
// change stores a new *order, so an answer can be written after the lock is released. Three sorted indexes
// (by id, by date, by modification) keep one page out of 100,000 orders a matter of milliseconds.
//
// A connection is dropped by panicking with [net/http.ErrAbortHandler], which net/http documents for that
// purpose; code that calls ServeHTTP without a server has to recover from it.
//
// Not simulated: the login by user name and password (form fields auth and params) and the SOAP interface, which
// UNAS keeps for old integrations; setProductDB, files, pages, script tags, coupons, product parameters, warehouses,
// package offers, reviews and delivery points. They answer like an unknown endpoint. One Shop is one shop: the silence after unidentifiable calls, which UNAS keeps for all its
// shops at once, is kept by this one alone.
package unassim
