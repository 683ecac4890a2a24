package minicrmsim

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// faultDocument is the body of POST /_sim/faults and an element of GET.
type faultDocument struct {
	Endpoint string `json:"endpoint"`
	Kind     string `json:"kind"`
	Times    *int   `json:"times,omitempty"`   // 1
	Seconds  *int   `json:"seconds,omitempty"` // of kind slow, 5
}

func (c *CRM) addFault(body io.Reader) error {
	var sent faultDocument
	if err := readControl(body, &sent); err != nil {
		return err
	}
	f := &fault{endpoint: faultEndpoint(sent.Endpoint), kind: sent.Kind, times: 1, pause: slowPause}
	if sent.Times != nil {
		f.times = *sent.Times
	}
	if sent.Seconds != nil {
		f.pause = time.Duration(*sent.Seconds) * time.Second
	}
	if err := f.check(); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, f)
	return nil
}

// faultEndpoint reads the name of an endpoint as generously as people write it:
// with or without /Api/, R3/ and ids.
func faultEndpoint(text string) string {
	name := strings.TrimPrefix(strings.Trim(text, "/"), "Api/")
	parts := slices.DeleteFunc(strings.Split(strings.TrimPrefix(name, "R3/"), "/"), func(part string) bool {
		_, err := strconv.ParseUint(part, 10, 64)
		return err == nil
	})
	return strings.Join(parts, "/")
}

func (c *CRM) faultStates() any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.faultDocuments()
}

func (c *CRM) faultDocuments() []faultDocument {
	all := []faultDocument{}
	for _, f := range c.faults {
		times, seconds := f.times, int(f.pause/time.Second)
		all = append(all, faultDocument{f.endpoint, f.kind, &times, &seconds})
	}
	return all
}

// editByHand changes a card as a person at the screen would.
func (c *CRM) editByHand(body io.Reader) error {
	var sent struct {
		CardID  int64             `json:"card_id"`
		Name    string            `json:"name"`
		Status  string            `json:"status"` // label or id
		Owner   string            `json:"owner"`  // name or id
		Deleted *bool             `json:"deleted"`
		Fields  map[string]string `json:"fields"`
	}
	if err := readControl(body, &sent); err != nil {
		return err
	}
	all := maps.Clone(sent.Fields)
	if all == nil {
		all = make(map[string]string)
	}
	for name, value := range map[string]string{"Name": sent.Name, "StatusId": sent.Status, "UserId": sent.Owner} {
		if value = cmp.Or(value, all[name]); value != "" {
			all[name] = value
		}
	}
	if sent.Deleted != nil {
		all["Deleted"] = map[bool]string{true: "1", false: "0"}[*sent.Deleted]
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.projectPerson(sent.CardID, all)
}

// A stockDocument is what GET /_sim/stock prints.
type stockDocument struct {
	Folders  []string          `json:"folders"`
	Products []productDocument `json:"products"`
}

type productDocument struct {
	ID         int64  `json:"id"`
	ExternalID int64  `json:"external_id"`
	Name       string `json:"name"`
	SKU        string `json:"sku"`
	PriceNet   string `json:"price_net"`
	VAT        string `json:"vat"`
	Unit       string `json:"unit"`
	Folder     string `json:"folder"`
	Quantity   string `json:"quantity"` // may be below zero
}

func (c *CRM) stockState() any {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stockDocument()
}

func (c *CRM) stockDocument() stockDocument {
	all := stockDocument{append([]string{}, c.stock.folders...), []productDocument{}}
	for _, p := range c.stock.products {
		all.Products = append(all.Products, productDocument{p.id, p.reference, p.name, p.sku, p.price, p.vat, p.unit, p.folder, canonical(p.more.Quantity)})
	}
	return all
}

// mergeSwitches changes the switches that the body names. Its error is the
// whole list of what is wrong.
func (c *CRM) mergeSwitches(body io.Reader) error {
	object, err := io.ReadAll(body)
	if err != nil {
		return fmt.Errorf("reading the body: %w", err)
	}
	return c.changeSwitches(func(s Switches) (Switches, error) { return s.Merge(object) })
}
