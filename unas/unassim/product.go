package unassim

import (
	"cmp"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/govalues/decimal"
)

// productLayout is the order of a Product's elements ("Termékek, adatszerkezet").
var productLayout = []string{
	"State", "Id", "Sku", "CreateTime", "LastModTime", "History", "Statuses", "PublicInterval", "NoList", "Inquire",
	"CustDiscountDisable", "OnlyGiftStatus", "Explicit", "Export", "Name", "Unit", "MinimumQty", "MaximumQty", "AlertQty",
	"UnitStep", "AlterUnit", "Weight", "Point", "BuyableWithPoint", "Description", "QtyDiscount", "Prices", "Categories",
	"Subscription", "Url", "SefUrl", "ManufacturerUrl", "Images", "Variants", "Params", "AdditionalDatas",
	"AdditionalProducts", "SimilarProducts", "Stocks", "OnlineContent", "Stickers", "PlusServices", "ShippingMethods",
	"PaymentMethods", "Types", "PackageProduct", "PackageComponents", "Meta", "AutomaticMeta",
}

// The levels of ContentType, each holding those before it.
const (
	levelMinimal = iota
	levelShort
	levelNormal
	levelFull
)

// productLevels is the lowest level at which an element appears; what is not named appears in full. Of the
// elements behind SefUrl only Params is known to need full (ContentParam); the levels of Variants, Stocks and
// Types are ours.
var productLevels = map[string]int{
	"State": levelMinimal, "Id": levelMinimal, "Sku": levelMinimal, "CreateTime": levelMinimal, "LastModTime": levelMinimal,
	"Statuses": levelMinimal, "PublicInterval": levelMinimal, "Name": levelMinimal, "Unit": levelMinimal, "MinimumQty": levelMinimal,
	"MaximumQty": levelMinimal, "Categories": levelMinimal,
	"History": levelShort, "Prices": levelShort, "Url": levelShort, "SefUrl": levelShort, "Images": levelShort,
	"AlertQty": levelNormal, "UnitStep": levelNormal, "AlterUnit": levelNormal, "Weight": levelNormal, "Description": levelNormal,
	"Variants": levelNormal, "Stocks": levelNormal, "Types": levelNormal,
}

// productKept is how long a deleted product is still listed with State=deleted, and how far History goes back.
const productKept = 31 * 24 * time.Hour

// getProduct lists products ("Termékek lekérdezése"). No highest LimitNum is documented: see the switch ListMaximum.
func (s *Shop) getProduct(c *call) ([]byte, error) {
	f := filters{params: c.params, lenient: s.options.Switches.IgnoreBadFilters}
	level := slices.Index([]string{"minimal", "short", "normal", "full"}, cmp.Or(f.oneOf("ContentType", "minimal", "short", "normal", "full"), "normal"))
	state := cmp.Or(f.oneOf("State", "live", "deleted"), "live")
	modified := f.modified(s)
	count, start := f.pageUpTo(s.options.Switches)
	lang := c.params.at("Lang")
	if len(lang) != 2 && lang != "" {
		f.bad("Lang")
	}
	if f.err != nil {
		return nil, f.err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, now := c.params, s.now().Unix()
	var rows [][]byte
	matched := 0
	for _, r := range s.world.Products {
		if !modified.has(r.Modified) || p.at("Id") != "" && !listed(p.at("Id"), r.ID) || p.at("Id") == "" && !listed(p.at("Sku"), r.Key) {
			continue
		}
		n := r.tree("Product")
		old := n.at("State") == "deleted" && now-r.Modified > int64(productKept.Seconds())
		if old || n.at("State") != state || !isAsked(n, p) {
			continue
		}
		if matched++; matched <= start {
			continue
		}
		rows = append(rows, s.productInner(n, level, p.at("ContentParam")))
		if len(rows) == count {
			break
		}
	}
	if len(rows) == 0 && start > 0 && s.options.Switches.EndOfRangeError {
		return nil, failure(s.say(pastTheEnd))
	}
	answer := listing("Products", "Product", rows)
	if lang == "ro" {
		answer = inRomanian(answer)
	}
	return answer, nil
}

// modified is the span of the four filters on the last modification that products and categories share.
func (f *filters) modified(s *Shop) span {
	var sp span
	sp.narrow(f.seconds("TimeStart", s.inward()), f.seconds("TimeEnd", -s.inward()))
	sp.narrow(f.day("DateStart", s.options.Zone, 0), f.day("DateEnd", s.options.Zone, 1))
	return sp
}

// inward is by how many seconds filters by unix seconds are narrower than they say.
func (s *Shop) inward() int64 {
	if s.options.Switches.ExclusiveTimes {
		return 1
	}
	return 0
}

// isAsked checks the filters that need the product's own element. Only the primary category counts.
func isAsked(n, p *node) bool {
	base := n.kid("Statuses").first("Status").at("Value")
	category := ""
	for _, k := range n.kid("Categories").all("Category") {
		if k.at("Type") == "base" {
			category = k.at("Id")
		}
	}
	parent := p.at("Parent")
	return listed(p.at("StatusBase"), base) && listed(p.at("CategoryId"), category) &&
		(parent == "" || n.at("Types", "Type") == "child" && n.at("Types", "Parent") == parent)
}

// productInner is a product as a level of ContentType shows it.
func (s *Shop) productInner(n *node, level int, params string) []byte {
	var kids []*node
	for _, k := range n.kids {
		lowest, known := productLevels[k.name]
		if !known || k.name == "Prices" && s.options.Switches.PricesOnlyFull {
			lowest = levelFull
		}
		if level < lowest {
			continue
		}
		switch k.name {
		case "Categories", "Images", "Prices", "Params":
			k = ofLevel(k, level, params)
		}
		kids = append(kids, k)
	}
	return inner(kids...)
}

// ofLevel takes out what only full shows: alternative categories and pictures, special prices, parameters that
// were not asked for; and in minimal the names of categories.
func ofLevel(list *node, level int, params string) *node {
	kept := &node{name: list.name}
	for _, k := range list.kids {
		kind := k.at("Type")
		if level < levelFull && (kind == "alt" || kind == "special" || k.name == "QtyDiscount") || k.name == "Param" && !listed(params, k.at("Id")) {
			continue
		}
		if k.name == "Category" && level == levelMinimal {
			k = branch("Category", leaf("Type", kind), leaf("Id", k.at("Id")))
		}
		kept.kids = append(kept.kids, k)
	}
	return kept
}

// setProduct answers the endpoint of that name ("Termékek módosítása"). A result names the Sku, not the Id.
func (s *Shop) setProduct(c *call) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return setEach(c, "Products", "Product", func(action string, n *node) ([]*node, error) {
		sku, err := s.setOneProduct(action, n)
		return []*node{leaf("Sku", sku)}, err
	}), nil
}

// skuForm: letters, digits, dash and underscore.
var skuForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func (s *Shop) setOneProduct(action string, n *node) (sku string, err error) {
	r := s.productNamed(n)
	sku = n.at("Sku")
	if r != nil {
		sku = r.Key
	}
	switch {
	case action == "add" && r != nil:
		return sku, errors.New("Sku already exists: " + sku)
	case action == "add":
		return sku, s.addProduct(n)
	case action != "modify" && action != "delete":
		return sku, unknownAction(action)
	case r == nil:
		return sku, errors.New("Product not found: " + cmp.Or(n.at("Id"), sku))
	case action == "delete":
		next := altered(r.tree("Product"), branch("Product", leaf("State", "deleted")))
		s.storeProduct(next, action, "", r.Moved)
		return sku, nil
	}
	next := altered(r.tree("Product"), written(n, productLayout, "State", "Id", "Sku", "CreateTime", "LastModTime", "History", "Url"))
	old := ""
	if fresh := n.at("SkuNew"); fresh != "" && fresh != sku {
		if !skuForm.MatchString(fresh) || s.liveProduct(fresh) != nil {
			return sku, errors.New("SkuNew not valid or not unique: " + fresh)
		}
		old = sku
		next.put("Sku", fresh)
	}
	s.storeProduct(next, action, old, r.Moved)
	return next.at("Sku"), nil
}

// productNamed finds a living product: Id wins over Sku.
func (s *Shop) productNamed(n *node) *record {
	if id := n.at("Id"); id != "" {
		r := recordByID(s.world.Products, id)
		if r == nil || r.tree("Product").at("State") == "deleted" {
			return nil
		}
		return r
	}
	return s.liveProduct(n.at("Sku"))
}

func (s *Shop) liveProduct(sku string) *record {
	return recordWhere(s.world.Products, func(r *record) bool { return r.Key == sku && r.tree("Product").at("State") != "deleted" })
}

func (s *Shop) addProduct(n *node) error {
	normal := slices.ContainsFunc(n.kid("Prices").all("Price"), func(k *node) bool { return k.at("Type") == "normal" })
	base := slices.ContainsFunc(n.kid("Categories").all("Category"), func(k *node) bool { return k.at("Type") == "base" })
	switch {
	case !skuForm.MatchString(n.at("Sku")):
		return errors.New("Sku is missing or not valid: " + n.at("Sku"))
	case n.at("Name") == "":
		return errors.New("Name is missing")
	case n.at("Unit") == "":
		return errors.New("Unit is missing")
	case !normal:
		return errors.New("Price of type normal is missing")
	case !base:
		return errors.New("Category of type base is missing")
	}
	there := branch("Product", leaf("State", "live"), leaf("Id", s.world.newID()), leaf("Sku", n.at("Sku")),
		leaf("CreateTime", strconv.FormatInt(s.now().Unix(), 10)),
		branch("Statuses", branch("Status", leaf("Type", "base"), leaf("Value", "1"))))
	change := written(n, productLayout, "State", "Id", "Sku", "CreateTime", "LastModTime", "History", "Url")
	s.storeProduct(altered(there, change), "add", "", 0)
	return nil
}

// storeProduct stores a product as changed now, with the event in its History of one month.
func (s *Shop) storeProduct(n *node, action, oldSku string, moved int64) {
	now := s.now()
	event := branch("Event", leaf("Action", action), leaf("Time", strconv.FormatInt(now.Unix(), 10)), leaf("Sku", n.at("Sku")), optional("SkuOld", oldSku))
	history := branch("History")
	for _, k := range n.kid("History").all("Event") {
		if at, err := strconv.ParseInt(k.at("Time"), 10, 64); err == nil && now.Unix()-at <= int64(productKept.Seconds()) {
			history.kids = append(history.kids, k)
		}
	}
	history.kids = append(history.kids, event)
	next := &node{name: n.name, kids: slices.DeleteFunc(slices.Clone(n.kids), func(k *node) bool { return k.name == "History" || k.name == "LastModTime" })}
	next.kids = append(next.kids, history, leaf("LastModTime", strconv.FormatInt(now.Unix(), 10)))
	r := recordOf(arranged(next, productLayout), "Sku", now)
	r.Moved = moved
	s.world.Products = r.stored(s.world.Products)
}

// addCatalogue makes the invented goods the shop's own.
func (s *Shop) addCatalogue() {
	made := s.now().AddDate(-2, 0, 0)
	for _, c := range invented {
		n := categoryOf(c.id, c.name, c.parent, made)
		s.world.Categories = append(s.world.Categories, recordOf(n, "Name", made))
	}
	for i, p := range catalogue {
		at := made.AddDate(0, 0, 7*i)
		r := recordOf(arranged(p.element(at), productLayout), "Sku", at)
		r.Moved = at.Unix()
		s.world.Products = append(s.world.Products, r)
	}
	s.world.LastID = 719999
}

// element is a whole product as it was made at the given time.
func (p product) element(made time.Time) *node {
	gross := decimal.MustNew(p.gross, 0)
	vat := strconv.FormatInt(p.vatHU, 10)
	sef := strings.ToLower(strings.ReplaceAll(p.code(), ",", "-"))
	n := branch("Product",
		leaf("State", "live"), leaf("Id", p.id), leaf("Sku", p.code()),
		leaf("CreateTime", strconv.FormatInt(made.Unix(), 10)), leaf("LastModTime", strconv.FormatInt(made.Unix(), 10)),
		branch("Statuses", branch("Status", leaf("Type", "base"), leaf("Value", cmp.Or(p.state, "1")))),
		leaf("Name", p.name), leaf("Unit", p.unit), leaf("MinimumQty", when(!p.parts, "1")+when(p.parts, "0.25")),
		leaf("AlertQty", "5"), leaf("UnitStep", when(!p.parts, "1")+when(p.parts, "0.01")), leaf("Weight", cmp.Or(p.weight, "0.4")),
		branch("Description", leaf("Short", p.name), leaf("Long", "<p>"+p.name+" – a Pallér kínálatából.</p>")),
		leaf("NoList", "0"), leaf("Inquire", "0"), leaf("CustDiscountDisable", "0"), leaf("OnlyGiftStatus", "0"), leaf("Explicit", "0"),
		branch("Export", leaf("Status", "1")), leaf("Point", "default"), leaf("BuyableWithPoint", "yes"),
		branch("Prices", leaf("Appearance", ""), leaf("Vat", vat+"%"),
			branch("Price", leaf("Type", "normal"), leaf("Net", plain(net(gross, p.vatHU))), leaf("Gross", plain(gross)))),
		branch("Categories", branch("Category", leaf("Type", "base"), leaf("Id", p.category), leaf("Name", categoryPath(p.category)))),
		leaf("Url", "https://bolt.paller.example/"+sef), leaf("SefUrl", sef),
		branch("Images", leaf("DefaultFilename", sef), leaf("DefaultAlt", p.name),
			branch("Image", leaf("Type", "base"), leaf("Id", "0"), leaf("SefUrl", "https://bolt.paller.example/img/"+sef+".jpg"), leaf("Alt", p.name))),
		branch("Params", branch("Param", leaf("Id", "4101"), leaf("Type", "text"), leaf("Name", "Gyártó"), leaf("Group", "Alapadatok"), leaf("Value", "Pallér"))))
	if len(p.sizes) > 0 {
		values := branch("Values")
		for _, size := range p.sizes {
			values.kids = append(values.kids, branch("Value", leaf("Name", size)))
		}
		n.kids = append(n.kids, branch("Variants", branch("Variant", leaf("Name", "Méret"), values)))
	}
	if p.parent != "" {
		n.kids = append(n.kids, branch("Types", leaf("Type", "child"), leaf("Parent", p.parent)))
	}
	n.kids = append(n.kids, p.stocks())
	return n
}
