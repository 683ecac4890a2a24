// Package punte is the domain of Punte: what an order of a UNAS webshop is, which
// card of MiniCRM it belongs to, what its lines cost, which state it is in, and
// what is owed to MiniCRM.
//
// The package does no input or output, reads no clock and knows neither service's
// wire: orders come in as values made by package engine and leave as values that
// engine turns into MiniCRM's document. It imports the standard library and a
// decimal library, nothing else.
package punte
