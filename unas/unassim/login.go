package unassim

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tokenLife is how long a token may be used, for any number of calls ("Azonosítás").
const tokenLife = 2 * time.Hour

// documentedPermissions are the values of Login/Permissions/Permission that the documentation lists.
var documentedPermissions = [...]string{
	"getOrder", "setOrder", "getStock", "setStock", "getProduct", "setProduct", "getProductDB", "setProductDB",
	"getProductParameter", "setProductParameter", "getCategory", "setCategory", "getCustomer", "setCustomer",
	"checkCustomer", "getCustomerGroup", "setCustomerGroup", "getNewsletter", "setNewsletter", "getScriptTag",
	"setScriptTag", "getPage", "setPage", "getPageContent", "setPageContent", "getStorage", "setStorage",
	"getAutomatism", "setAutomatism", "getOrderStatus", "setOrderStatus", "getCoupon", "setCoupon", "getMethod",
	"setMethod", "getOrderType", "setOrderType",
}

// newerEndpoints came after that list was printed; that each has a permission of its own is inferred.
var newerEndpoints = [...]string{
	"getWarehouse", "setWarehouse", "getPackageOffer", "setPackageOffer", "getProductReview", "setProductReview",
	"getDeliveryPoint", "setDeliveryPoint", "getDeliveryPointGroup", "setDeliveryPointGroup", "getSetting",
}

// endpointNames are all endpoints UNAS knows but login.
func endpointNames() []string { return slices.Concat(documentedPermissions[:], newerEndpoints[:]) }

// Key is an API key of a shop: a shop can have several, each with functions and addresses of its own.
type Key struct {
	APIKey      string
	Permissions []string       // endpoints it may call; default all
	Allowed     []netip.Prefix // addresses it may be used from; empty: every address
}

// allows tells whether the key may be used from an address.
func (k *Key) allows(address netip.Addr) bool {
	return len(k.Allowed) == 0 || slices.ContainsFunc(k.Allowed, func(p netip.Prefix) bool { return p.Contains(address) })
}

// keyNamed finds a key of the shop, nil if there is none.
func (s *Shop) keyNamed(text string) *Key {
	for i := range s.options.Keys {
		if text != "" && s.options.Keys[i].APIKey == text {
			return &s.options.Keys[i]
		}
	}
	return nil
}

// token is what login handed out.
type token struct {
	key string // the API key it was given for
	end time.Time
}

// login exchanges a key for a token. A wrong key counts twice: towards the five failed logins an hour, and as a
// call that names no known shop.
func (s *Shop) login(method string, c *call) ([]byte, error) {
	params, malformed := tree(c.body)
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.visitor(c.address)
	key := s.keyNamed(params.at("ApiKey"))
	if malformed != nil {
		key = nil
	}
	if key == nil {
		s.countUnidentified(v)
	}
	if banned := s.banned(v, "login"); banned != nil {
		return nil, banned
	}
	if refused := s.loginRefusal(method, malformed, key, c.address); refused != nil {
		if err := s.count(v, c, "login", "failed login", failedLoginsHour); err != nil {
			return nil, err
		}
		return nil, refused
	}
	if err := s.count(v, c, "login", "", wholeAPI.of(s.options.Plan)); err != nil {
		return nil, err
	}
	if err := s.count(v, c, "login", "login", logins.of(s.options.Plan)); err != nil {
		return nil, err
	}
	return document(s.grant(key, params.at("WebshopInfo") == "true")), nil
}

// loginRefusal is why a login fails, nil if it does not.
func (s *Shop) loginRefusal(method string, malformed error, key *Key, address netip.Addr) error {
	switches := s.options.Switches
	switch {
	case method != http.MethodPost:
		return &refusal{status: statusOf(switches.MethodStatus), text: s.say(wrongMethod)}
	case malformed != nil:
		return failure(s.say(malformedXML))
	case key == nil:
		return &refusal{status: statusOf(switches.KeyStatus), text: "Login Error: invalid ApiKey"}
	case !key.allows(address):
		return &refusal{status: statusOf(switches.AddressStatus), text: s.say(addressRefused)}
	case s.options.Plan != PlanPremium && s.options.Plan != PlanVIP:
		return &refusal{status: statusOf(switches.KeyStatus), text: "Login Error: PREMIUM package needed"}
	}
	return nil
}

// grant makes a token and the answer that hands it out.
func (s *Shop) grant(key *Key, info bool) *node {
	now := s.now()
	for text, t := range s.tokens {
		// An ended token is remembered for a day: it still names the shop.
		if s.options.Switches.OneToken && t.key == key.APIKey && t.end.After(now) {
			s.tokens[text] = token{t.key, now}
		}
		if now.Sub(t.end) > 24*time.Hour {
			delete(s.tokens, text)
		}
	}
	secret := make([]byte, 16)
	rand.Read(secret) // never fails, as crypto/rand promises
	text := hex.EncodeToString(secret)
	end := now.Add(tokenLife).Truncate(time.Second)
	s.tokens[text] = token{key.APIKey, end}

	layout := wireTime
	if s.options.Switches.DayFirstExpire {
		layout = "02.01.2006 15:04:05"
	}
	root := branch("Login", leaf("Token", text), leaf("Expire", end.In(s.options.Zone).Format(layout)))
	if !s.options.Switches.NoExpireTime {
		root.put("ExpireTime", strconv.FormatInt(end.Unix(), 10))
	}
	subscription := "premium-1000"
	if s.options.Plan == PlanVIP {
		subscription = "vip-100000"
	}
	permissions := branch("Permissions")
	for _, p := range key.Permissions {
		permissions.kids = append(permissions.kids, leaf("Permission", p))
	}
	root.kids = append(root.kids, leaf("ShopId", s.options.ShopID), leaf("Subscription", subscription), permissions)
	if info {
		root.kids = append(root.kids, webshopInfo(s.options.Switches.OneTraderAddress))
	}
	root.put("Status", "ok")
	return root
}

// webshopInfo is the invented trader behind every simulated shop. The documentation lists the trader's Address
// twice: the seat and the place where goods are handed over.
func webshopInfo(oneAddress bool) *node {
	var second *node
	if !oneAddress {
		second = leaf("Address", "Raktáros köz 2.")
	}
	return branch("WebshopInfo",
		leaf("WebshopName", "Pallér Barkács & Kert"), leaf("WebshopURL", "https://bolt.paller.example"),
		branch("Contact", leaf("Name", "Csűrös Gergő"), leaf("Email", "info@paller.example"),
			leaf("Phone", "+3615550100"), leaf("Mobile", "+36205550100")),
		branch("Trader", leaf("Name", "Pallér Kereskedelmi Kft."), leaf("Country", "Magyarország"), leaf("ZIP", "6720"),
			leaf("County", "Csongrád-Csanád"), leaf("City", "Szeged"), leaf("Address", "Deszkás sor 14."),
			leaf("Phone", "+3615550100"), leaf("Fax", ""), leaf("VAT", "99988877-2-06"), leaf("EUVAT", "HU99988877"),
			leaf("Email", "iroda@paller.example"), leaf("RegistrationNumber", "06-09-998877"),
			leaf("RegistrationCourt", "Szegedi Törvényszék Cégbírósága"), leaf("RegistrationNumberSE", ""), leaf("License", ""),
			leaf("RegistrationDate", "2011.05.02"),
			leaf("BankAccount", "99999999-88888888-77777777"), leaf("IBAN", "HU00999999998888888877777777"),
			second, leaf("Website", "https://bolt.paller.example")),
		branch("PlusData", branch("Data", leaf("Name", "Nyitvatartás"), leaf("Value", "H-P 8-16"))),
	)
}

// authenticate accepts a live token and finds its key. A token the shop never gave names no shop, so it counts
// towards the silence; an ended one is a failed call like any other.
func (s *Shop) authenticate(v *visitor, c *call, header string) error {
	scheme, text, found := strings.Cut(strings.TrimSpace(header), " ")
	if s.options.Switches.BareToken && !found {
		scheme, text = "Bearer", scheme
	}
	t, known := s.tokens[strings.TrimSpace(text)]
	known = known && strings.EqualFold(scheme, "Bearer")
	c.key = s.keyNamed(t.key)
	if known && c.key != nil && s.now().Before(t.end) {
		return nil
	}
	if !known {
		s.countUnidentified(v)
	}
	return &refusal{status: statusOf(s.options.Switches.TokenStatus), text: s.say(expiredToken)}
}
