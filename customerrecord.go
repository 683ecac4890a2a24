package punte

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Customer is the own record of a registered customer of the shop. Guests have none.
type Customer struct {
	ID         int64 // UNAS Customer/Id, 1 to 9,999,999,999
	Buyer      Buyer // who it is, as orders tell their buyers
	Registered time.Time
	Modified   time.Time // zero if the shop does not tell
	Disabled   bool      // the shop does not let the customer in
	Consent    bool      // to the newsletter: subscribed and authorised
	Comment    string    // of the shop
	Discount   string    // percent, as printed
	Points     string    // as printed
	LastLogin  string    // as printed
	BasketTold bool      // the shop tells what is in the basket
	Basket     []BasketLine

	Damaged int `json:",omitempty"` // characters that could not be read
}

// BasketLine is a product that waits in a customer's basket. Quantity is as printed.
type BasketLine struct{ SKU, Quantity string }

// Digest is a fingerprint of what could be written about the customer. The time of
// modification is left out, and so is the basket, which has a life of its own.
func (c Customer) Digest() ([]byte, error) {
	c.Modified, c.Basket, c.BasketTold = time.Time{}, nil, false
	return fingerprint(c)
}

// Digest is a fingerprint of what a card tells of the buyer.
func (b Buyer) Digest() ([]byte, error) { return fingerprint(b) }

func fingerprint(value any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("fingerprinting a customer: %w", err)
	}
	sum := sha256.Sum256(text)
	return sum[:], nil
}

// ConsentWord is how fields of MiniCRM and the store spell the consent.
func (c Customer) ConsentWord() string {
	if c.Consent {
		return "yes"
	}
	return "no"
}

// Value reads what a customer_field_map entry names. ok is false for a name that is
// not in the catalogue.
func (c Customer) Value(name string) (value string, ok bool) {
	switch name {
	case "newsletter.consent":
		return c.ConsentWord(), true
	case "customer.group":
		return c.Buyer.Group, true
	case "customer.username":
		return c.Buyer.Username, true
	case "customer.comment":
		return c.Comment, true
	case "customer.language":
		return c.Buyer.Language, true
	case "customer.discount":
		return c.Discount, true
	case "customer.points":
		return c.Points, true
	case "customer.last_login":
		return c.LastLogin, true
	}
	if param, ok := strings.CutPrefix(name, "param:"); ok && param != "" {
		return find(c.Buyer.Params, param), true
	}
	return "", false
}

// CustomerIdentity is the identity of a registered customer's card, the same that
// CardIdentity gives for their orders.
func (c *Connection) CustomerIdentity(id int64) Identity { return identityOf(c.ShopNumber, "", id) }

// BasketText writes the lines of a basket for people, a line each; name gives the
// name of a product by its SKU, empty if it is unknown.
func (c Customer) BasketText(name func(sku string) string) string {
	lines := make([]string, 0, len(c.Basket))
	for _, l := range c.Basket {
		product := l.SKU
		if known := name(l.SKU); known != "" {
			product = known + " (" + l.SKU + ")"
		}
		lines = append(lines, strings.TrimSpace(l.Quantity+" x "+product))
	}
	return strings.Join(lines, "\n")
}

// BasketFingerprint tells one stored basket from another: empty for none, "?" if the
// shop does not tell.
func (c Customer) BasketFingerprint() (string, error) {
	if !c.BasketTold {
		return "?", nil
	}
	if len(c.Basket) == 0 {
		return "", nil
	}
	sum, err := fingerprint(c.Basket)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sum[:16]), nil
}

// CustomerRef names a customer's record within its connection.
func CustomerRef(id int64) string { return strconv.FormatInt(id, 10) }
