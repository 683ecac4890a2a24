package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"punte"
	"punte/engine"
)

// syncReport is what `punte sync` prints at its end. The first counts are of the
// run, the others of all orders of the connection as they stand now.
type syncReport struct {
	Connection  string `json:"connection"`
	Seen        int    `json:"seen"`         // orders read in this run that belong
	BeforeStart int    `json:"before_start"` // read as well, placed before the start date and left out
	Erased      int    `json:"erased"`       // read as well, of people who were forgotten, left out
	Changed     int    `json:"changed"`      // new or different
	Sent        int    `json:"sent"`         // handed over
	Documents   int    `json:"documents"`

	Confirmed     int `json:"confirmed"`
	NotCheckable  int `json:"not_checkable"`      // drafts, which MiniCRM does not list
	LeftOut       int `json:"left_out"`           // in a status that is not brought
	Existing      int `json:"already_in_minicrm"` // numbers that others brought, left alone
	Deleted       int `json:"deleted"`            // not in the shop any more, in whatever state
	Held          int `json:"held"`
	Parked        int `json:"parked"`
	TotalDiffers  int `json:"total_differs"`
	AmountDiffers int `json:"amount_differs"`

	CustomersSeen  int `json:"customers_seen"`  // customers' records read in this run
	CardsSent      int `json:"cards_sent"`      // customers' cards handed over in this run
	CardsConfirmed int `json:"cards_confirmed"` // customers' cards that MiniCRM shows as sent
	CardsParked    int `json:"cards_parked"`    // customers' cards that could not be read or sent

	Attention []engine.Attention `json:"attention"`
	Error     string             `json:"error,omitempty"` // why the run could not go on
}

// print writes the report for a person, or as JSON.
func (r syncReport) print(w io.Writer, asJSON bool) error {
	if asJSON {
		if r.Attention == nil {
			r.Attention = []engine.Attention{}
		}
		return printJSON(w, r)
	}
	p := &printer{w: w}
	p.line("this run:   %d seen, %d changed, %d sent in %d documents", r.Seen, r.Changed, r.Sent, r.Documents)
	if r.BeforeStart > 0 {
		p.line("            %d placed before the start date, left out", r.BeforeStart)
	}
	if r.Erased > 0 {
		p.line("            %d of people who were forgotten, left out", r.Erased)
	}
	p.line("all orders: %d confirmed, %d waiting for you, %d could not be sent", r.Confirmed, r.Held, r.Parked)
	if r.NotCheckable > 0 {
		p.line("            %d drafts, taken and not seen by their cards", r.NotCheckable)
	}
	if r.LeftOut > 0 {
		p.line("            %d in a status that is not brought", r.LeftOut)
	}
	if r.Deleted > 0 {
		p.line("            %d deleted in the shop", r.Deleted)
	}
	if r.CustomersSeen+r.CardsSent+r.CardsConfirmed+r.CardsParked > 0 {
		p.line("customers:  %d seen, %d cards sent in this run; %d confirmed, %d could not be sent", r.CustomersSeen, r.CardsSent, r.CardsConfirmed, r.CardsParked)
	}
	if r.Existing > 0 {
		p.line("            %d already in MiniCRM, left alone", r.Existing)
	}
	for _, a := range r.Attention {
		p.line("%s\t%s\t%s", a.Kind, oneLine(a.Order), oneLine(a.Text))
	}
	return p.err
}

// oneLine keeps what the shop wrote from ending the line or the column.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
}

// printer keeps the first error of a row of lines.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// progress prints a line now and then while something changes.
type progress struct {
	out   io.Writer
	begun time.Time
	every time.Duration // at most one line in this time, but for the last
	last  time.Time
	said  punte.Report
}

// show prints where things stand; last says that nothing follows.
func (p *progress) show(run, standing punte.Report, last bool) {
	now := time.Now()
	if run.Changed == 0 && run.Sent == 0 || !last && now.Sub(p.last) < p.every {
		return
	}
	line := punte.Report{Changed: run.Changed, Sent: run.Sent, Confirmed: standing.Confirmed, Held: standing.Held, Parked: standing.Parked}
	if line == p.said {
		return
	}
	p.last, p.said = now, line
	rate := float64(run.Sent) / max(now.Sub(p.begun).Seconds(), 0.001)
	fmt.Fprintf(p.out, "%7.1f s  %6d new or changed  %6d sent (%.1f/s)  %6d confirmed  %4d waiting for you  %4d could not be sent\n",
		now.Sub(p.begun).Seconds(), line.Changed, line.Sent, rate, line.Confirmed, line.Held, line.Parked)
}
