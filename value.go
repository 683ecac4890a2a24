package punte

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// The readers of single values of a connection document. Each reports what is
// wrong and returns something harmless.

func (p *documentParser) text(n node) string {
	if n.kind != '"' {
		p.fault(n, "must be a text in quotation marks")
		return ""
	}
	return n.text
}

func (p *documentParser) filled(n node) string {
	text := p.text(n)
	if n.kind == '"' && blank(text) {
		p.fault(n, "is empty")
	}
	return text
}

func (p *documentParser) textOrNumber(n node) string {
	if n.kind == '0' {
		return n.text
	}
	return strings.TrimSpace(p.filled(n))
}

func (p *documentParser) texts(n node) []string {
	if n.kind != '[' {
		p.fault(n, "must be a list of texts")
		return nil
	}
	list := []string{}
	for _, item := range n.items {
		list = append(list, p.filled(item))
	}
	return list
}

// id reads the number of a module.
func (p *documentParser) id(n node) int64 {
	id, err := strconv.ParseInt(n.text, 10, 32)
	if (n.kind != '0' && n.kind != '"') || err != nil || id < 1 {
		p.fault(n, "must be the number of a module, as in the address of its list (#!Project-4)")
	}
	return id
}

func (p *documentParser) boolean(n node) bool {
	if n.kind != 't' {
		p.fault(n, "must be true or false")
	}
	return n.text == "true"
}

func (p *documentParser) oneOf(n node, allowed ...string) string {
	text := p.text(n)
	if slices.Contains(allowed, text) {
		return text
	}
	p.fault(n, "%q is not possible; write %s", text, strings.Join(allowed, " or "))
	return ""
}

func (p *documentParser) shopNumber(n node) int {
	number, err := strconv.Atoi(n.text)
	if n.kind != '0' || err != nil || number < 0 || number > 99 {
		p.fault(n, "must be a number from 0 to 99")
		return 0
	}
	return number
}

func (p *documentParser) date(n node) Date {
	date, err := ParseDate(p.text(n))
	if err != nil {
		p.fault(n, "%s", err)
	}
	return date
}

func (p *documentParser) zone(n node, keep *time.Location) *time.Location {
	name := p.text(n)
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" || name == "Local" {
		p.fault(n, "%q is not a time zone; write one such as Europe/Budapest", name)
		return keep
	}
	return zone
}
