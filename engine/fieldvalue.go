package engine

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"

	"punte/minicrm"
)

// fieldValue is text in the form in which a document writes it into the field: cut at
// the field's length, a number plainly, yes and no as 1 and 0, a time as MiniCRM prints
// it, a choice by the id of its option. An empty text stays empty, which clears the
// field. The error says why the text does not fit: MiniCRM refuses a whole card for
// one value, so such a value must not be written. A type nobody documents takes the
// text as it is. The types and their looks are those of MiniCRM's schema; how several
// files and several choices are written is read off what MiniCRM prints.
func fieldValue(f minicrm.Field, text string) (string, error) {
	plain := strings.TrimSpace(text)
	if plain == "" {
		return "", nil
	}
	switch f.Type {
	case minicrm.TypeText:
		if f.Length == 0 {
			return text, nil
		}
		return minicrm.Cut(text, f.Length), nil
	case minicrm.TypeInt:
		return wholeNumber(plain)
	case minicrm.TypeFloat:
		n, err := decimal.ParseExact(plain, 0)
		if err != nil {
			return "", fmt.Errorf("%s is not a number with a decimal point", shown(plain))
		}
		return n.Trim(0).String(), nil
	case minicrm.TypeBoolean:
		return yesOrNo(plain)
	case minicrm.TypeDateTime:
		return dateTime(plain)
	case minicrm.TypeEnum, minicrm.TypeSet:
		return choices(f, plain)
	case minicrm.TypeFile:
		return files(plain)
	}
	return text, nil
}

// shown is a text as an error may quote it.
func shown(text string) string { return strconv.Quote(minicrm.Cut(text, 60)) }

// wholeNumber reads an integer; decimals that are all zeros do no harm.
func wholeNumber(text string) (string, error) {
	n, err := decimal.ParseExact(text, 0)
	if err != nil || !n.IsInt() {
		return "", fmt.Errorf("%s is not a whole number", shown(text))
	}
	return n.Trunc(0).String(), nil
}

// Words for yes and no: those of UNAS first, then what people answer in the shop's
// languages.
var (
	yesWords = []string{"yes", "1", "true", "igen", "da"}
	noWords  = []string{"no", "0", "false", "nem", "nu"}
)

func yesOrNo(text string) (string, error) {
	word := strings.ToLower(text)
	switch {
	case slices.Contains(yesWords, word):
		return "1", nil
	case slices.Contains(noWords, word):
		return "0", nil
	}
	return "", fmt.Errorf("%s is neither yes nor no", shown(text))
}

// timeLayouts are how UNAS, its customers' forms and MiniCRM itself write times and
// days, without a zone.
var timeLayouts = []string{wireTime, time.DateTime, "2006.01.02 15:04", "2006-01-02 15:04"}

var dayLayouts = []string{"2006.01.02", "2006.01.02.", time.DateOnly}

// dateTime prints a time or a day as MiniCRM does. It moves nothing between zones:
// whoever knows them did so before.
func dateTime(text string) (string, error) {
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Format(time.DateTime), nil
		}
	}
	for _, layout := range dayLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Format(time.DateOnly), nil
		}
	}
	return "", fmt.Errorf("%s is not a time such as 2026-03-14 09:05:00", shown(text))
}

// choices finds the options that a text names: one, or for a field that takes several
// each of a list divided by commas, semicolons or lines.
func choices(f minicrm.Field, text string) (string, error) {
	if option, ok := choice(f, text); ok {
		return f.Value(option)
	}
	if f.Type != minicrm.TypeSet && !f.MaybeSet {
		return "", fmt.Errorf("the field has no choice %s", shown(text))
	}
	var found []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;\n\r", r) }) {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		option, ok := choice(f, part)
		if !ok {
			return "", fmt.Errorf("the field has no choice %s", shown(part))
		}
		found = append(found, option)
	}
	return f.Value(found...)
}

// choice is the id of the option that a text names: by its label, by its id, or by its
// label without regard to case where only one fits.
func choice(f minicrm.Field, text string) (id string, ok bool) {
	matches := 0
	for _, o := range f.Options {
		number := strconv.FormatInt(o.ID, 10)
		switch {
		case o.Label == text:
			return number, true
		case strings.EqualFold(strings.TrimSpace(o.Label), text):
			id = number
			matches++
		}
	}
	if matches == 1 {
		return id, true
	}
	if slices.ContainsFunc(f.Options, func(o minicrm.Option) bool { return strconv.FormatInt(o.ID, 10) == text }) {
		return text, true
	}
	return "", false
}

// files reads addresses, divided by commas or lines, from which MiniCRM fetches files.
func files(text string) (string, error) {
	var list []string
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",\n\r", r) }) {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		u, err := url.Parse(part)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return "", fmt.Errorf("%s is not the address of a file", shown(part))
		}
		list = append(list, part)
	}
	return strings.Join(list, ","), nil
}
