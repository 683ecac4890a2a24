package punte

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// External ids are integers below 10^10 made from UNAS ids and never from our
// database: when the store is lost and the synchronisation starts again, MiniCRM
// ends with the same cards and orders.
const (
	maxExternal = 9_999_999_999
	hashBase    = 5_000_000_000
	hashRange   = 4_999_999_999
)

// Kinds of external ids; MiniCRM keeps them apart from each other.
const (
	KindCard  = "card"
	KindOrder = "order"
	KindLine  = "line"
)

// special are the reserved ids of UNAS' own line words.
var special = map[string]int64{
	"shipping-cost":    4_999_999_001,
	"handel-cost":      4_999_999_002,
	"discount-amount":  4_999_999_003,
	"discount-percent": 4_999_999_004,
	"gift":             4_999_999_005,
}

// Hash maps a text to an external id between 5,000,000,000 and 9,999,999,998.
func Hash(text string) int64 {
	sum := sha256.Sum256([]byte(text))
	return hashBase + int64(binary.BigEndian.Uint64(sum[:8])%hashRange)
}

// Identity is what an external id is made from. The same identity always gives
// the same candidates.
type Identity struct {
	Shop int    // shop_number of the connection
	Text string // what is hashed, or the number itself
	ID   int64  // the number, if Text is one
	Name string // what the thing is called in the record, if Text does not tell
}

// identityOf makes the identity of a number (id > 0) or of a text.
func identityOf(shop int, text string, id int64) Identity {
	if id > 0 {
		text = strconv.FormatInt(id, 10)
	}
	return Identity{Shop: shop, Text: text, ID: id}
}

// Source names the identity for the record of handed-out ids.
func (i Identity) Source() string {
	if i.Name != "" {
		return i.of(i.Name)
	}
	return i.of(i.Text)
}

// of puts the shop before a text, if it has a number.
func (i Identity) of(text string) string {
	if i.Shop > 0 {
		return fmt.Sprintf("%d:%s", i.Shop, text)
	}
	return text
}

// Candidate gives the external id: try 0 is the regular one; a later try is taken
// when another identity has it already.
func (i Identity) Candidate(try int) int64 {
	if try == 0 && i.Shop == 0 && i.ID > 0 {
		return i.ID
	}
	text := i.of(i.Text)
	if try > 0 {
		text += strings.Repeat("#2", try)
	}
	return Hash(text)
}

// OrderIdentity is the identity of the order itself: UNAS Order/Id. The Key would
// not do, since it is given out again after a deletion.
func (c *Connection) OrderIdentity(o Order) Identity { return identityOf(c.ShopNumber, "", o.ID) }

// CardIdentity tells whose card the order belongs on. A registered customer is
// known by the UNAS customer id, a guest by the e-mail address; a guest without an
// address of their own (none, a text that is no address, a shared one, or a
// marketplace's) is known by the order alone.
func (c *Connection) CardIdentity(o Order) Identity {
	if o.Buyer.CustomerID > 0 {
		return identityOf(c.ShopNumber, "", o.Buyer.CustomerID)
	}
	address := PlainAddress(o.Buyer.Email)
	if !IsAddress(address) || c.shared(address) || o.InternalKey != "" {
		return identityOf(c.ShopNumber, "order:"+strconv.FormatInt(o.ID, 10), 0)
	}
	return identityOf(c.ShopNumber, "guest:"+address, 0)
}

func (c *Connection) shared(address string) bool {
	for _, s := range c.SharedAddresses {
		if PlainAddress(s) == address {
			return true
		}
	}
	return false
}

// PlainAddress is an e-mail address with its ASCII letters in lower case and outer
// white space off. Other letters stay: their case is the mail server's business.
func PlainAddress(address string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, strings.TrimSpace(address))
}

// IsAddress says whether a text can be an e-mail address at all: an @ with something
// on both sides, and no white space within. What people type where a shop insists on
// an address, such as "-" or "nincs", is the same for many of them.
func IsAddress(text string) bool {
	text = strings.TrimSpace(text)
	at := strings.IndexByte(text, '@')
	return at > 0 && at < len(text)-1 && strings.IndexFunc(text, unicode.IsSpace) < 0
}

// identity is what the line is, without regard to its price.
func (l Line) identity() (Identity, error) {
	if id, ok := special[l.Item]; ok {
		word := identityOf(0, "", id)
		word.Name = l.Item // a product that has the reserved number is another thing
		return word, nil
	}
	id, number := externalNumber(l.Item)
	if number && id == 0 {
		return Identity{}, Errorf(Invalid, "a product id is a number from 1 to 9,999,999,999")
	}
	if !number {
		return identityOf(0, "item:"+l.Item, 0), nil
	}
	if len(l.Variants) == 0 {
		return identityOf(0, "", id), nil
	}
	var text strings.Builder
	text.WriteString("item:" + strconv.FormatInt(id, 10))
	for _, v := range l.Variants {
		text.WriteString("|" + v.Name + "=" + v.Value)
	}
	return identityOf(0, text.String(), 0), nil
}

// externalNumber reads an id made of digits. number says that the text is made of
// digits; id is 0 if it is out of range.
func externalNumber(text string) (id int64, number bool) {
	text = strings.TrimSpace(text)
	if text == "" || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id > maxExternal {
		return 0, true
	}
	return id, true
}

// ExternalNumber reads a UNAS id: digits that make a number from 1 to 9,999,999,999.
func ExternalNumber(text string) (int64, bool) {
	id, _ := externalNumber(text)
	return id, id > 0
}
