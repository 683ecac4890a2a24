package xmlstream

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"testing"
)

// orders is a document as a shop prints it: indented, names in CDATA, short texts.
func orders(n int) []byte {
	var b bytes.Buffer
	b.WriteString(xml.Header + "<Orders>\n")
	for i := range n {
		fmt.Fprintf(&b, "\t<Order>\n\t\t<Key>1-%d</Key>\n\t\t<Id>%d</Id>\n\t\t<Date>2026.03.01 09:15:30</Date>\n", i, i)
		b.WriteString("\t\t<Customer>\n\t\t\t<Email>a.b@example.com</Email>\n\t\t\t<Name><![CDATA[Nagy Őze & Társa]]></Name>\n")
		b.WriteString("\t\t\t<Street><![CDATA[Strada Învățătorului 12.]]></Street>\n\t\t\t<County></County>\n\t\t</Customer>\n\t\t<Items>\n")
		for range 3 {
			b.WriteString("\t\t\t<Item>\n\t\t\t\t<Id>200000</Id>\n\t\t\t\t<Sku>AB-01</Sku>\n\t\t\t\t<Name><![CDATA[Cablu USB-C <2 m>]]></Name>\n")
			b.WriteString("\t\t\t\t<Quantity>2</Quantity>\n\t\t\t\t<PriceGross>1897.64</PriceGross>\n\t\t\t\t<Vat>21%</Vat>\n\t\t\t</Item>\n")
		}
		b.WriteString("\t\t</Items>\n\t</Order>\n")
	}
	b.WriteString("</Orders>\n")
	return b.Bytes()
}

func BenchmarkScanner(b *testing.B) {
	doc := orders(1000)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		s := NewScanner(bytes.NewReader(doc), Limits{})
		if _, err := s.Root(); err != nil {
			b.Fatal(err)
		}
		if err := readAll(s); err != nil {
			b.Fatal(err)
		}
		if err := s.End(); err != nil {
			b.Fatal(err)
		}
	}
}

// readAll reads the texts of all elements that hold no others.
func readAll(s *Scanner) error {
	var text string
	return s.Children(func(name string) error {
		switch name {
		case "Order", "Customer", "Items", "Item":
			return readAll(s)
		}
		return s.Text(&text)
	})
}

func BenchmarkEncodingXML(b *testing.B) {
	doc := orders(1000)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		d := xml.NewDecoder(bytes.NewReader(doc))
		for {
			if _, err := d.RawToken(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkClean(b *testing.B) {
	doc := orders(1000)
	room := make([]byte, firstBuffer)
	b.SetBytes(int64(len(doc)))
	b.ReportAllocs()
	for b.Loop() {
		r := Clean(bytes.NewReader(doc))
		for {
			if _, err := r.Read(room); err != nil {
				break
			}
		}
	}
}
