package unas

import (
	"context"
	"iter"
	"strings"
	"time"

	"punte/xmlstream"
)

// How much of a product getProduct prints.
const (
	ContentMinimal = "minimal"
	ContentShort   = "short"
	ContentNormal  = "normal" // the service's default
	ContentFull    = "full"
)

// Product is one Product element of a getProduct answer, as far as ContentShort
// prints it. Every value is the text the shop printed.
type Product struct {
	State       string // live, deleted; deleted ones are listed for a month
	ID, SKU     string
	CreateTime  string // Unix seconds
	LastModTime string // Unix seconds
	History     []ProductEvent
	Statuses    []ProductStatus
	PublicStart string // "2006.01.02 15:04:05" in the shop's zone
	PublicEnd   string
	Name        string
	Unit        string
	MinimumQty  string
	MaximumQty  string
	Appearance  string // of its prices: sale, rrp, empty
	Vat         string // "27%"
	Prices      []Price
	Categories  []Category
	URL         string
	Images      Images

	Damaged int // characters that got lost, as in Order
}

// ProductEvent is something that happened to a product within the last month.
type ProductEvent struct {
	Action      string // add, modify, delete
	Time        string // Unix seconds
	SKU, SKUOld string
}

// ProductStatus is a status of a product. One has the type base: its Value is 0
// inactive, 1 active, 2 active and new, 3 active but not for sale. Those of the type
// plus are the shop's own, on or off.
type ProductStatus struct{ Type, ID, Name, Value string }

// Price is one price of a product.
type Price struct {
	Type               string // normal, sale, special
	Net, Gross         string
	Start, End         string // "2006.01.02" of a sale
	SaleNet, SaleGross string
	SaleStart, SaleEnd string
	Percent            string
	Group, GroupName   string
	Area, AreaName     string
	CurrencyFilter     string
	Currency           string
	QtyDiscount        string
}

// Category is a category of a product; the Name of one is its path, "A|B".
type Category struct{ Type, ID, Name string }

// Images are the pictures of a product.
type Images struct {
	DefaultFilename, DefaultAlt string
	OG, Connect                 string
	LastModTime                 string
	Images                      []Image
}

// Image is one picture. Small, Medium and Big are the addresses that were printed
// until about 2019.
type Image struct {
	Type               string // base, alt
	ID                 string
	SefURL             string
	Filename, Alt      string
	ImportURL          string
	Small, Medium, Big string
}

// ProductQuery filters a getProduct call; zero fields don't filter. All filters must
// hold together.
type ProductQuery struct {
	StatusBase  []string // 0 to 3, any of them
	State       string   // live, deleted
	ID          string   // wins over SKUs
	SKUs        []string // any of them
	Parent      string   // SKU of the base type: all its sub-types
	CategoryIDs []string // any of them; only a product's base category counts

	ModifiedFrom, ModifiedUntil     time.Time // to the second
	ModifiedOnFrom, ModifiedOnUntil time.Time // days in the shop's zone

	Content       string   // ContentShort, ...
	ContentParams []string // ids of parameters, only with ContentFull
	Limit         int      // no documented maximum; 2,000 is in use
	Start         int      // rows to skip, counts only together with Limit
	Lang          string   // ISO 639-1, unlike in OrderQuery
}

// request builds the call. One ID or one SKU makes it a single call.
func (q ProductQuery) request(zone *time.Location) request {
	r := request{Call: Call{Endpoint: "getProduct"}, timeout: listTime}
	one := q.ID
	if q.ID == "" && len(q.SKUs) == 1 {
		one = q.SKUs[0]
	}
	if one != "" && !strings.Contains(one, ",") {
		r.Single, r.timeout = true, singleTime
	}
	r.params.add("StatusBase", strings.Join(q.StatusBase, ","))
	r.params.add("State", q.State)
	r.params.add("Id", q.ID)
	r.params.add("Sku", strings.Join(q.SKUs, ","))
	r.params.add("Parent", q.Parent)
	r.params.add("CategoryId", strings.Join(q.CategoryIDs, ","))
	r.params.addTime("TimeStart", q.ModifiedFrom)
	r.params.addTime("TimeEnd", q.ModifiedUntil)
	r.params.addDay("DateStart", q.ModifiedOnFrom, zone)
	r.params.addDay("DateEnd", q.ModifiedOnUntil, zone)
	r.params.add("ContentType", q.Content)
	r.params.add("ContentParam", strings.Join(q.ContentParams, ","))
	r.params.addPage(q.Limit, q.Start)
	r.params.add("Lang", q.Lang)
	return r
}

// Products makes one getProduct call and yields the products as they arrive, like
// Orders. Source: UNAS API documentation, getProduct.
func (c *Client) Products(ctx context.Context, q ProductQuery) iter.Seq2[Product, error] {
	return stream(ctx, c, q.request(c.options.Zone), "Products", "Product", decodeProduct)
}

func decodeProduct(s *xmlstream.Scanner, p *Product) error {
	if err := s.Capture(); err != nil {
		return err
	}
	if err := s.Children(func(name string) error { return p.part(s, name) }); err != nil {
		return err
	}
	p.Damaged = damaged(s)
	return nil
}

func (p *Product) part(s *xmlstream.Scanner, name string) error {
	switch name {
	case "History":
		return list(s, "Event", &p.History, decodeProductEvent)
	case "Statuses":
		return list(s, "Status", &p.Statuses, decodeProductStatus)
	case "PublicInterval":
		return texts(s, place{"Start", &p.PublicStart}, place{"End", &p.PublicEnd})
	case "Prices":
		return s.Children(func(name string) error {
			if name == "Price" {
				p.Prices = append(p.Prices, Price{})
				return decodePrice(s, &p.Prices[len(p.Prices)-1])
			}
			return textOf(s, name, place{"Appearance", &p.Appearance}, place{"Vat", &p.Vat})
		})
	case "Categories":
		return list(s, "Category", &p.Categories, decodeCategory)
	case "Images":
		return p.Images.read(s)
	}
	return textOf(s, name, place{"State", &p.State}, place{"Id", &p.ID}, place{"Sku", &p.SKU},
		place{"CreateTime", &p.CreateTime}, place{"LastModTime", &p.LastModTime}, place{"Name", &p.Name},
		place{"Unit", &p.Unit}, place{"MinimumQty", &p.MinimumQty}, place{"MaximumQty", &p.MaximumQty}, place{"Url", &p.URL})
}

func decodeProductEvent(s *xmlstream.Scanner, e *ProductEvent) error {
	return texts(s, place{"Action", &e.Action}, place{"Time", &e.Time}, place{"Sku", &e.SKU}, place{"SkuOld", &e.SKUOld})
}

func decodeProductStatus(s *xmlstream.Scanner, v *ProductStatus) error {
	return texts(s, place{"Type", &v.Type}, place{"Id", &v.ID}, place{"Name", &v.Name}, place{"Value", &v.Value})
}

func decodePrice(s *xmlstream.Scanner, p *Price) error {
	return texts(s, place{"Type", &p.Type}, place{"Net", &p.Net}, place{"Gross", &p.Gross}, place{"Start", &p.Start},
		place{"End", &p.End}, place{"SaleNet", &p.SaleNet}, place{"SaleGross", &p.SaleGross}, place{"SaleStart", &p.SaleStart},
		place{"SaleEnd", &p.SaleEnd}, place{"Percent", &p.Percent}, place{"Group", &p.Group}, place{"GroupName", &p.GroupName},
		place{"Area", &p.Area}, place{"AreaName", &p.AreaName}, place{"CurrencyFilter", &p.CurrencyFilter},
		place{"Currency", &p.Currency}, place{"QtyDiscount", &p.QtyDiscount})
}

func decodeCategory(s *xmlstream.Scanner, c *Category) error {
	return texts(s, place{"Type", &c.Type}, place{"Id", &c.ID}, place{"Name", &c.Name})
}

func (i *Images) read(s *xmlstream.Scanner) error {
	return s.Children(func(name string) error {
		if name == "Image" {
			i.Images = append(i.Images, Image{})
			return i.Images[len(i.Images)-1].read(s)
		}
		return textOf(s, name, place{"DefaultFilename", &i.DefaultFilename}, place{"DefaultAlt", &i.DefaultAlt},
			place{"OG", &i.OG}, place{"Connect", &i.Connect}, place{"LastModTime", &i.LastModTime})
	})
}

func (i *Image) read(s *xmlstream.Scanner) error {
	return s.Children(func(name string) error {
		switch name {
		case "Import":
			return texts(s, place{"Url", &i.ImportURL})
		case "Url":
			return texts(s, place{"Small", &i.Small}, place{"Medium", &i.Medium}, place{"Big", &i.Big})
		}
		return textOf(s, name, place{"Type", &i.Type}, place{"Id", &i.ID}, place{"SefUrl", &i.SefURL},
			place{"Filename", &i.Filename}, place{"Alt", &i.Alt})
	})
}
