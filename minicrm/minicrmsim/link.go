package minicrmsim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A projectLink connects two cards.
type projectLink struct {
	ID          int64  `json:"id"`
	From        int64  `json:"from"`
	To          int64  `json:"to"`
	Description string `json:"description"`
}

// changeLink makes, describes anew or removes the connection between two
// cards, which the body names.
func (c *CRM) changeLink(k call) (any, error) {
	if k.method != http.MethodPut {
		return nil, c.notAllowed()
	}
	sent, err := c.fieldsOf(k)
	if err != nil {
		return nil, err
	}
	for name := range sent {
		if slices.Contains([]string{"FromProjectId", "ToProjectId", "Description"}, name) {
			continue
		}
		if err := c.unknown(name); err != nil {
			return nil, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	from, err := c.linked(sent, "FromProjectId")
	if err != nil {
		return nil, err
	}
	to, err := c.linked(sent, "ToProjectId")
	if err != nil {
		return nil, err
	}
	r := &c.register
	place := slices.IndexFunc(r.Links, func(l projectLink) bool { return l.From == from && l.To == to })
	doing, _, _ := strings.Cut(k.part(1), "Project")
	if doing == "Create" && (place >= 0 || from == to) {
		return nil, c.badOption("ToProjectId", wireID(to))
	}
	if doing == "Create" {
		r.NextLink++
		r.Links = append(r.Links, projectLink{r.NextLink, from, to, sent["Description"]})
		return object{{"Id", r.NextLink}}, nil
	}
	if place < 0 {
		return nil, c.notFound()
	}
	id := r.Links[place].ID
	if doing == "Delete" {
		r.Links = slices.Delete(r.Links, place, place+1)
	} else {
		r.Links[place].Description = sent["Description"]
	}
	return object{{"Id", id}}, nil
}

func (c *CRM) linked(sent map[string]string, name string) (int64, error) {
	if sent[name] == "" {
		return 0, c.bad(sayMissing, name)
	}
	id, err := strconv.ParseInt(sent[name], 10, 64)
	if err != nil || c.cards[id] == nil {
		return 0, c.badOption(name, sent[name])
	}
	return id, nil
}

// listLinks prints the connections of a card. This list has names of its own.
func (c *CRM) listLinks(k call) (any, error) {
	from, err := c.linked(map[string]string{"FromProjectId": k.query.Get("FromProjectId")}, "FromProjectId")
	if err != nil {
		return nil, err
	}
	page, err := c.pageOf(k)
	if err != nil {
		return nil, err
	}
	var rows object
	count := 0
	for _, l := range c.register.Links {
		if l.From != from {
			continue
		}
		if count >= page*pageSize && len(rows) < pageSize {
			rows = rows.with(wireID(l.ID), object{
				{"Id", l.ID}, {"FromProjectId", l.From}, {"ToProjectId", l.To}, {"Description", l.Description},
			})
		}
		count++
	}
	body := c.results(count, rows)
	return object{{"TotalCount", count}, {"Page", page}, {"ItemPerPage", pageSize}, {"Connections", body[1].value}}, nil
}
