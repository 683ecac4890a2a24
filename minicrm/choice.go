package minicrm

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// choiceSeparator stands between the choices of a Set in the answers. Source: recorded answers of live systems.
const choiceSeparator = ", "

// byID finds an option by its id.
func (f Field) byID(s string) (Option, bool) {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return Option{}, false
	}
	i := slices.IndexFunc(f.Options, func(o Option) bool { return o.ID == id })
	if i < 0 {
		return Option{}, false
	}
	return f.Options[i], true
}

// byLabel finds an option by its label, to the letter.
func (f Field) byLabel(s string) (Option, bool) {
	i := slices.IndexFunc(f.Options, func(o Option) bool { return o.Label == s })
	if i < 0 {
		return Option{}, false
	}
	return f.Options[i], true
}

// Value returns what to write into the field for choices given as ids or labels, and what to search it for: the id of
// one choice, for MiniCRM takes id and label alike; several as their labels in the form in which it prints them, or,
// where a label has a comma of its own, as the sum of their ids. No choice is "", which empties the field. An unknown
// choice is refused: options can't be made this way, and MiniCRM refuses the whole record for one. Where a label looks
// like the id of another option, the id counts.
//
// How several choices are to be written is not published; the form that is read back is the likeliest.
func (f Field) Value(choices ...string) (string, error) {
	var found []Option
	for _, choice := range choices {
		o, ok := f.byID(choice)
		if !ok {
			o, ok = f.byLabel(choice)
		}
		if !ok {
			return "", fmt.Errorf("choosing for the field %s: it has no option %.100q", f.Name, choice)
		}
		if !slices.Contains(found, o) {
			found = append(found, o)
		}
	}
	switch {
	case len(found) == 0:
		return "", nil
	case len(found) == 1:
		return strconv.FormatInt(found[0].ID, 10), nil
	case f.Type != TypeSet && !f.MaybeSet:
		return "", fmt.Errorf("choosing for the field %s: it takes one choice, not %d", f.Name, len(found))
	}
	var sum int64
	labels := make([]string, len(found))
	comma := false
	for i, o := range found {
		sum += o.ID
		labels[i] = o.Label
		comma = comma || strings.Contains(o.Label, ",")
	}
	if comma {
		return strconv.FormatInt(sum, 10), nil
	}
	return strings.Join(labels, choiceSeparator), nil
}

// Choices reads what a card shows in the field: one label or id, several labels joined by ", ", or for a Set the sum of
// their ids. A label may hold the separator itself. False if text is not made of the field's options: then the schema
// was read before the option was made.
func (f Field) Choices(text string) ([]Option, bool) {
	if text == "" {
		return nil, true
	}
	if o, ok := f.byLabel(text); ok {
		return []Option{o}, true
	}
	if o, ok := f.byID(text); ok {
		return []Option{o}, true
	}
	if f.Type != TypeSet && !f.MaybeSet {
		return nil, false
	}
	if sum, err := strconv.ParseInt(text, 10, 64); err == nil {
		return f.sum(sum)
	}
	return f.labels(text)
}

// sum takes a bit mask apart.
func (f Field) sum(n int64) ([]Option, bool) {
	var found []Option
	for _, o := range f.Options {
		if n&o.ID != 0 {
			found = append(found, o)
			n &^= o.ID
		}
	}
	return found, n == 0
}

// labels takes joined labels apart. reach[i] is the option whose label leads from i to the next start or the end, so
// that no way is walked twice.
func (f Field) labels(text string) ([]Option, bool) {
	reach := make([]int, len(text)+1)
	for i := range reach {
		reach[i] = -1
	}
	next := func(i, option int) (int, bool) {
		rest, found := strings.CutPrefix(text[i:], f.Options[option].Label)
		if !found || f.Options[option].Label == "" {
			return 0, false
		}
		if rest == "" {
			return len(text), true
		}
		rest, found = strings.CutPrefix(rest, choiceSeparator)
		return len(text) - len(rest), found && rest != ""
	}
	for i := len(text) - 1; i >= 0; i-- {
		for option := range f.Options {
			if end, ok := next(i, option); ok && (end == len(text) || reach[end] >= 0) {
				reach[i] = option
				break
			}
		}
	}
	if reach[0] < 0 {
		return nil, false
	}
	var found []Option
	for i := 0; i < len(text); {
		found = append(found, f.Options[reach[i]])
		i, _ = next(i, reach[i])
	}
	return found, true
}
