package unassim

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"strconv"
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

// login exchanges the key for a token. A wrong key counts twice: towards the five failed logins an hour, and
// as a call that names no known shop.
func (s *Shop) login(c *call) ([]byte, error) {
	params, err := tree(c.body)
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.visitor(c.address)
	if banned := s.banned(v, "login"); banned != nil {
		if err != nil || params.at("ApiKey") != s.options.APIKey {
			s.countUnidentified(v)
		}
		return nil, banned
	}
	if err != nil {
		return nil, s.failedLogin(v, failure("XML Error"))
	}
	if params.at("ApiKey") != s.options.APIKey {
		return nil, s.failedLogin(v, failure("Login Error: invalid ApiKey"))
	}
	if !s.allows(c.address) {
		return nil, failure("Authentication Error: IP")
	}
	if s.options.Plan != PlanPremium && s.options.Plan != PlanVIP {
		return nil, failure("Login Error: PREMIUM package needed")
	}
	if err := s.count(v, "login", "", wholeAPI.of(s.options.Plan)); err != nil {
		return nil, err
	}
	if err := s.count(v, "login", "login", logins.of(s.options.Plan)); err != nil {
		return nil, err
	}
	return document(s.grant(params.at("WebshopInfo") == "true")), nil
}

func (s *Shop) failedLogin(v *visitor, failed error) error {
	s.countUnidentified(v)
	if err := s.count(v, "login", "failed login", failedLoginsHour); err != nil {
		return err
	}
	return failed
}

// grant makes a token and the answer that hands it out.
func (s *Shop) grant(info bool) *node {
	now := s.now()
	for token, end := range s.tokens {
		// An ended token is remembered for a day: it still names the shop.
		if s.options.Switches.OneToken && end.After(now) {
			s.tokens[token] = now
		}
		if now.Sub(end) > 24*time.Hour {
			delete(s.tokens, token)
		}
	}
	secret := make([]byte, 16)
	rand.Read(secret) // never fails, as crypto/rand promises
	token := hex.EncodeToString(secret)
	end := now.Add(tokenLife).Truncate(time.Second)
	s.tokens[token] = end

	layout := wireTime
	if s.options.Switches.DayFirstExpire {
		layout = "02.01.2006 15:04:05"
	}
	root := branch("Login", leaf("Token", token), leaf("Expire", end.In(s.options.Zone).Format(layout)))
	if !s.options.Switches.NoExpireTime {
		root.put("ExpireTime", strconv.FormatInt(end.Unix(), 10))
	}
	subscription := "premium-1000"
	if s.options.Plan == PlanVIP {
		subscription = "vip-100000"
	}
	permissions := branch("Permissions")
	for _, p := range s.options.Permissions {
		permissions.kids = append(permissions.kids, leaf("Permission", p))
	}
	root.kids = append(root.kids, leaf("ShopId", s.options.ShopID), leaf("Subscription", subscription), permissions)
	if info {
		root.kids = append(root.kids, webshopInfo())
	}
	root.put("Status", "ok")
	return root
}

// webshopInfo is the invented trader behind every simulated shop. Like a real answer may, it holds two
// Address elements: the seat and the place where goods are handed over.
func webshopInfo() *node {
	return branch("WebshopInfo",
		leaf("WebshopName", "Pallér Barkács & Kert"), leaf("WebshopURL", "https://bolt.paller.example"),
		branch("Contact", leaf("Name", "Csűrös Gergő"), leaf("Email", "info@paller.example"),
			leaf("Phone", "+3615550100"), leaf("Mobile", "+36205550100")),
		branch("Trader", leaf("Name", "Pallér Kereskedelmi Kft."), leaf("Country", "Magyarország"), leaf("ZIP", "6720"),
			leaf("County", "Csongrád-Csanád"), leaf("City", "Szeged"), leaf("Address", "Deszkás sor 14."),
			leaf("Phone", "+3615550100"), leaf("Fax", ""), leaf("VAT", "99988877-2-06"), leaf("EUVAT", "HU99988877"),
			leaf("Email", "iroda@paller.example"), leaf("RegistrationNumber", "06-09-998877"),
			leaf("RegistrationCourt", "Szegedi Törvényszék Cégbírósága"),
			leaf("BankAccount", "99999999-88888888-77777777"), leaf("IBAN", "HU00999999998888888877777777"),
			leaf("Address", "Raktáros köz 2."), leaf("Website", "https://bolt.paller.example")),
		branch("PlusData", branch("Data", leaf("Name", "Nyitvatartás"), leaf("Value", "H-P 8-16"))),
	)
}

// authenticate accepts a live token. A token the shop never gave names no shop, so it counts towards the
// silence; an ended one is a failed call like any other.
func (s *Shop) authenticate(v *visitor, token string) error {
	end, known := s.tokens[token]
	if known && s.now().Before(end) {
		return nil
	}
	if !known {
		s.countUnidentified(v)
	}
	status := s.options.Switches.TokenStatus
	if status == 0 {
		status = http.StatusBadRequest
	}
	return &refusal{status: status, text: "Authentication Error: expired Token"}
}
