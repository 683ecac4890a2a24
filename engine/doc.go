// Package engine brings the orders of a UNAS shop into MiniCRM and proves that
// they arrived. It is the only package that knows both services' wires: what the
// shop printed becomes a punte.Order in fromunas.go, and what MiniCRM gets is made
// of it in tominicrm.go.
package engine
