// Package sheet draws an order as a PDF: A4 pages in Romanian, Hungarian or English,
// with its fonts inside. The same order always gives the same bytes.
package sheet
