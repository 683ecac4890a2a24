package unassim

import (
	"bytes"
	"strings"
)

// declaration opens every answer, with the blank that UNAS prints before "?>".
const declaration = `<?xml version="1.0" encoding="UTF-8" ?>` + "\n"

// textElements are printed as CDATA: names, texts and URLs. Ids, dates, numbers and codes are printed bare
// ("UNAS API documentation", examples). Status and Type are one or the other: see prose.
var textElements = map[string]bool{
	"Name": true, "City": true, "Street": true, "StreetName": true, "StreetType": true, "StreetNumber": true,
	"County": true, "Phone": true, "Mobile": true, "Fax": true, "TaxNumber": true, "EUTaxNumber": true, "CustomerType": true,
	"RecipientName": true, "StatusDetails": true, "StatusText": true, "Number": true, "Url": true, "TrackingUrl": true,
	"PackageNumber": true, "Text": true, "Value": true, "Referer": true, "Coupon": true, "Comment": true,
	"WebshopName": true, "WebshopURL": true, "Address": true, "VAT": true, "EUVAT": true, "RegistrationNumber": true,
	"RegistrationCourt": true, "BankAccount": true, "IBAN": true, "Website": true, "AlterText": true, "Source": true,
	"Medium": true, "Campaign": true, "Content": true, "OrderStatus": true, "OrderType": true,
	"WebhookUrl": true, "Short": true, "Long": true, "Alt": true, "DefaultAlt": true, "SefUrl": true,
}

// leaf is an element that holds text; branch one that holds elements.
func leaf(name, text string) *node { return &node{name: name, text: text} }

func branch(name string, kids ...*node) *node {
	n := &node{name: name}
	for _, k := range kids {
		if k != nil {
			n.kids = append(n.kids, k)
		}
	}
	return n
}

// optional is nil for an empty text: UNAS leaves such elements out.
func optional(name, text string) *node {
	if text == "" {
		return nil
	}
	return leaf(name, text)
}

// yesNo is UNAS' way to print most truths.
func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// render writes the element without a line end, its inner lines at the given depth of tabs.
func render(b *bytes.Buffer, n *node, depth int) {
	b.WriteString("<" + n.name + ">")
	if len(n.kids) == 0 {
		renderText(b, n)
		b.WriteString("</" + n.name + ">")
		return
	}
	b.WriteByte('\n')
	for _, k := range n.kids {
		indent(b, depth+1)
		render(b, k, depth+1)
		b.WriteByte('\n')
	}
	indent(b, depth)
	b.WriteString("</" + n.name + ">")
}

func renderText(b *bytes.Buffer, n *node) {
	text := strings.ToValidUTF8(n.text, "\ufffd")
	if textElements[n.name] || prose(n.name, text) {
		b.WriteString("<![CDATA[" + strings.ReplaceAll(text, "]]>", "]]]]><![CDATA[>") + "]]>")
		return
	}
	_, _ = bareEscaper.WriteString(b, text) // a buffer takes everything
}

// prose tells the Status of an order ("Jóváhagyva") from the Status of a payment ("partly paid"), the Type of
// an order from the Type of a comment: codes are small ASCII letters.
func prose(name, text string) bool {
	return (name == "Status" || name == "Type") && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789_ ") != ""
}

var bareEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func indent(b *bytes.Buffer, depth int) {
	for range depth {
		b.WriteByte('\t')
	}
}

// rendered is one element as bytes.
func rendered(n *node, depth int) []byte {
	var b bytes.Buffer
	render(&b, n, depth)
	return b.Bytes()
}

// document is a whole answer made of one tree.
func document(root *node) []byte {
	var b bytes.Buffer
	b.WriteString(declaration)
	if len(root.kids) == 0 && root.text == "" {
		// An empty list keeps its line break: <Orders>\n</Orders>.
		b.WriteString("<" + root.name + ">\n</" + root.name + ">\n")
		return b.Bytes()
	}
	render(&b, root, 0)
	b.WriteByte('\n')
	return b.Bytes()
}

// listing is an answer made of raw inner texts, each inside an element of the given name.
func listing(root, element string, inner [][]byte) []byte {
	size := 128
	for _, raw := range inner {
		size += len(raw) + 2*len(element) + 16
	}
	var b bytes.Buffer
	b.Grow(size)
	b.WriteString(declaration + "<" + root + ">\n")
	for _, raw := range inner {
		b.WriteString("\t<" + element + ">")
		b.Write(raw)
		b.WriteString("</" + element + ">\n")
	}
	b.WriteString("</" + root + ">\n")
	return b.Bytes()
}

// sheet is the inside of an order or a customer cut at its direct elements. Parts without a name are what
// stands between them; putting one element leaves every other byte as it came.
type sheet []part

type part struct {
	name string
	raw  []byte
}

// cut makes the sheet of n, which was read from document.
func cut(document []byte, n *node) sheet {
	var sh sheet
	at := n.open
	for _, k := range n.kids {
		sh = append(sh, part{raw: document[at:k.start]}, part{name: k.name, raw: document[k.start:k.end]})
		at = k.end
	}
	return append(sh, part{raw: document[at:n.close]})
}

// element is the first element of that name read as a tree, an empty one if there is none.
func (sh sheet) element(name string) *node {
	for _, p := range sh {
		if p.name != name {
			continue
		}
		wrapped := append(append([]byte("<x>"), stripped(p.raw)...), "</x>"...)
		if root, err := tree(wrapped); err == nil && len(root.kids) == 1 {
			return root.kids[0]
		}
	}
	return &node{name: name}
}

// put replaces the first element of that name, else adds it behind the element named after, else at the end.
func (sh sheet) put(n *node, after string) sheet {
	raw := rendered(n, 2)
	behind := -1
	for i, p := range sh {
		if p.name == n.name {
			sh[i].raw = raw
			return sh
		}
		if p.name == after {
			behind = i
		}
	}
	added := []part{{raw: []byte("\n\t\t")}, {name: n.name, raw: raw}}
	if behind < 0 {
		last := len(sh) - 1
		return append(append(append(sheet{}, sh[:last]...), added...), sh[last])
	}
	return append(append(append(sheet{}, sh[:behind+1]...), added...), sh[behind+1:]...)
}

// bytes is the sheet in one piece, independent of the document it was cut from.
func (sh sheet) bytes() []byte {
	size := 0
	for _, p := range sh {
		size += len(p.raw)
	}
	whole := make([]byte, 0, size)
	for _, p := range sh {
		whole = append(whole, p.raw...)
	}
	return whole
}

// inner is the inside of an element of an answer made of these elements.
func inner(kids ...*node) []byte {
	var b bytes.Buffer
	b.WriteByte('\n')
	for _, k := range kids {
		if k == nil {
			continue
		}
		b.WriteString("\t\t")
		render(&b, k, 2)
		b.WriteByte('\n')
	}
	b.WriteByte('\t')
	return b.Bytes()
}
