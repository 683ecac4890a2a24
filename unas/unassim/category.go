package unassim

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"
)

// categoryLayout is the order of a Category's elements ("Kategóriák, adatszerkezet").
var categoryLayout = []string{
	"State", "Id", "Name", "Url", "SefUrl", "AltUrl", "AltUrlBlank", "Display", "DisableFilter", "PublicInterval", "PageLayout",
	"Parent", "Order", "Products", "Texts", "Meta", "AutomaticMeta", "CreateTime", "LastModTime", "Image", "Tags", "History",
}

// categoryLevels are the elements of the lower levels of ContentType; which level shows what is not documented,
// the choice is ours.
var categoryLevels = map[string]int{
	"State": levelMinimal, "Id": levelMinimal, "Name": levelMinimal, "Url": levelMinimal, "SefUrl": levelMinimal, "Parent": levelMinimal,
	"Order": levelMinimal, "CreateTime": levelMinimal, "LastModTime": levelMinimal,
	"Display": levelNormal, "PageLayout": levelNormal, "Products": levelNormal, "Texts": levelNormal, "Image": levelNormal,
	"PublicInterval": levelNormal, "AltUrl": levelNormal, "AltUrlBlank": levelNormal, "DisableFilter": levelNormal,
}

// invented are the categories of the shop that is not loaded from a file.
var invented = []struct{ id, name, parent string }{
	{"890101", "Kert", "0"},
	{"890102", "Vetőmag és palánta", "890101"},
	{"890103", "Szerszám", "0"},
	{"890104", "Munkaruha", "0"},
	{"890105", "Festék", "0"},
	{"890106", "Élelmiszer és könyv", "0"},
	{"890107", "Kerti szerszám", "890103"},
}

// categoryPath is a category's name with those above it, between pipes.
func categoryPath(id string) string {
	for _, c := range invented {
		if c.id == id && c.parent == "0" {
			return c.name
		}
		if c.id == id {
			return categoryPath(c.parent) + "|" + c.name
		}
	}
	return ""
}

func categoryOf(id, name, parent string, made time.Time) *node {
	at := strconv.FormatInt(made.Unix(), 10)
	sef := strings.ReplaceAll(strings.ToLower(sevenBit.Replace(name)), " ", "-")
	return branch("Category", leaf("State", "live"), leaf("Id", id), leaf("Name", name),
		leaf("Url", "https://bolt.paller.example/"+sef), leaf("SefUrl", sef),
		branch("Display", leaf("Page", "yes"), leaf("Menu", "yes")), leaf("DisableFilter", "no"), leaf("PageLayout", "default"),
		parentOf(parent), leaf("Order", "1"), leaf("CreateTime", at), leaf("LastModTime", at))
}

// parentOf is the Parent of a category: Id 0 at the top, else the Id and the Tree of names above.
func parentOf(parent string) *node {
	return branch("Parent", leaf("Id", parent), optional("Tree", categoryPath(parent)))
}

// getCategory lists categories ("Kategóriák lekérdezése").
func (s *Shop) getCategory(c *call) ([]byte, error) {
	f := filters{params: c.params, lenient: s.options.Switches.IgnoreBadFilters}
	level := map[string]int{"minimal": levelMinimal, "": levelNormal, "normal": levelNormal, "full": levelFull}[f.oneOf("ContentType", "minimal", "normal", "full")]
	modified := f.modified(s)
	count, start := f.page(1 << 30)
	if f.err != nil {
		return nil, f.err
	}
	p := c.params
	s.mu.Lock()
	defer s.mu.Unlock()
	var rows [][]byte
	matched := 0
	for _, r := range s.world.Categories {
		n := r.tree("Category")
		switch {
		case !modified.has(r.Modified) || !listed(p.at("Id"), r.ID):
			continue
		case p.at("Name") != "" && p.at("Name") != r.Key, p.at("Parent") != "" && p.at("Parent") != n.at("Parent", "Id"):
			continue
		}
		if matched++; matched <= start {
			continue
		}
		n.kids = append(n.kids, branch("Products", leaf("All", strconv.Itoa(s.productsIn(r.ID))), leaf("New", "0")))
		var kids []*node
		for _, k := range arranged(n, categoryLayout).kids {
			if lowest, known := categoryLevels[k.name]; level == levelFull || known && level >= lowest {
				kids = append(kids, k)
			}
		}
		rows = append(rows, inner(kids...))
		if len(rows) == count {
			break
		}
	}
	if len(rows) == 0 && start > 0 && s.options.Switches.EndOfRangeError {
		return nil, failure(s.say(pastTheEnd))
	}
	return listing("Categories", "Category", rows), nil
}

func (s *Shop) productsIn(category string) int {
	count := 0
	for _, r := range s.world.Products {
		n := r.tree("Product")
		if n.at("State") != "deleted" && isAsked(n, branch("Params", leaf("CategoryId", category))) {
			count++
		}
	}
	return count
}

// setCategory answers the endpoint of that name.
func (s *Shop) setCategory(c *call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return setEach(c, "Categories", "Category", func(action string, n *node) ([]*node, error) {
		id, err := s.setOneCategory(action, n)
		return []*node{leaf("Id", id)}, err
	}), nil
}

func (s *Shop) setOneCategory(action string, n *node) (id string, err error) {
	r := recordByID(s.world.Categories, n.at("Id"))
	now := s.now()
	change := written(n, categoryLayout, "State", "Id", "Url", "Products", "CreateTime", "LastModTime", "History")
	var merged *node
	switch {
	case action == "add":
		if n.at("Name") == "" {
			return "", errors.New("Name is missing")
		}
		merged = altered(categoryOf(s.world.newID(), n.at("Name"), cmp.Or(n.at("Parent", "Id"), "0"), now), change)
	case action != "modify" && action != "delete":
		return n.at("Id"), unknownAction(action)
	case r == nil:
		return n.at("Id"), errors.New("Category not found: " + n.at("Id"))
	case action == "delete":
		s.world.Categories = withoutRecord(s.world.Categories, r)
		return r.ID, nil
	default:
		merged = altered(r.tree("Category"), change)
	}
	if parent := merged.at("Parent", "Id"); parent != "0" && recordByID(s.world.Categories, parent) == nil {
		return merged.at("Id"), errors.New("Parent not found: " + parent)
	}
	merged.put("LastModTime", strconv.FormatInt(now.Unix(), 10))
	s.world.Categories = recordOf(arranged(merged, categoryLayout), "Name", now).stored(s.world.Categories)
	return merged.at("Id"), nil
}
