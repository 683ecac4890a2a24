package unas

import (
	"slices"
	"strings"
	"time"
)

// Plan is a subscription of UNAS with an API. Smaller ones have none.
type Plan string

// The plans with an API.
const (
	Premium Plan = "premium"
	VIP     Plan = "vip"
)

// PlanOf reads the plan from a subscription such as vip-100000. Whatever is not VIP
// is held to the smaller plan.
func PlanOf(subscription string) Plan {
	if strings.HasPrefix(strings.ToLower(subscription), string(VIP)) {
		return VIP
	}
	return Premium
}

// What breaking a limit costs. Source: UNAS API documentation, "Limitációk". Whether
// the hour is a sliding or a clock hour, and whether a ban covers the endpoint or all
// of them, isn't documented: reckon with the worse.
const (
	LimitWindow = time.Hour // of all limits but that of unknown shops
	BanTime     = time.Hour // of the address, for that shop, after any limit was broken

	FailedCalls  = 20 // calls of one endpoint that fail in a row
	FailedLogins = 5  // logins within LimitWindow

	UnknownCalls  = 10               // calls that tell no shop, such as with a wrong key
	UnknownWindow = 10 * time.Minute // within which they are counted, over all shops
	BlockTime     = 2 * time.Hour    // of the address for all shops, which then get no answer at all
)

// CallsPerHour is how many calls of all endpoints together a plan allows in an hour.
func CallsPerHour(p Plan) int {
	if p == VIP {
		return 6000
	}
	return 2000
}

// Limit is how many calls of one kind each plan allows in an hour, 0 for none.
type Limit struct {
	Call
	Premium, VIP int
}

// Of returns the number for a plan.
func (l Limit) Of(p Plan) int {
	if p == VIP {
		return l.VIP
	}
	return l.Premium
}

// LimitOf returns how many calls like c a plan allows in an hour. An endpoint that
// stands nowhere in the documentation gets the smallest number that does, and known
// is false.
func LimitOf(p Plan, c Call) (calls int, known bool) {
	for _, row := range limits {
		if slices.Contains(strings.Fields(row.endpoints), c.Endpoint) {
			return row.limit(c).Of(p), true
		}
	}
	return Limit{Premium: 5, VIP: 10}.Of(p), false
}

// Limits returns the whole table, in its documented order: two rows for each
// endpoint, single calls first.
func Limits() []Limit {
	var all []Limit
	for _, row := range limits {
		for endpoint := range strings.FieldsSeq(row.endpoints) {
			all = append(all, row.limit(Call{endpoint, true}), row.limit(Call{endpoint, false}))
		}
	}
	return all
}

// limitRow is a row of the documentation: endpoints and what the plans allow of
// single calls and of others.
type limitRow struct {
	endpoints      string
	premium, vip   int // Call.Single
	premiumN, vipN int
}

func (r limitRow) limit(c Call) Limit {
	if c.Single {
		return Limit{c, r.premium, r.vip}
	}
	return Limit{c, r.premiumN, r.vipN}
}

// limits is the documented table. What makes a reading call a single one is not
// documented; see Call.
var limits = []limitRow{
	{login, 2000, 6000, 2000, 6000},
	{"getOrder setOrder", 1000, 3000, 30, 90},
	{
		"getProduct getStock getCategory getCustomer getCustomerGroup getProductParameter getWarehouse getProductReview " +
			"setProduct setStock setCategory setCustomer setCustomerGroup setProductParameter setWarehouse setProductReview",
		1000, 3000, 30, 90,
	},
	{
		"getOrderStatus setOrderStatus getOrderType setOrderType getMethod setMethod getCoupon setCoupon " +
			"getNewsletter setNewsletter getScriptTag setScriptTag getStorage setStorage",
		30, 90, 30, 90,
	},
	{"getAutomatism setAutomatism", 0, 90, 0, 90},
	{"getProductDB", 10, 20, 10, 20},
	{"setProductDB", 30, 90, 10, 30},
	{"getDeliveryPoint getDeliveryPointGroup getPackageOffer", 500, 1500, 5, 15},
	{"setDeliveryPoint setDeliveryPointGroup setPackageOffer", 500, 1500, 5, 10},
}

// Maintenance reports whether the service is likely to be in its maintenance around
// midnight, 23:55 to 00:10 by the shop's clock, and when that ends. The client itself
// doesn't care: whoever plans calls asks. Source: seen in working clients; the
// documentation says nothing.
func Maintenance(t time.Time, zone *time.Location) (end time.Time, on bool) {
	local := t.In(zone)
	year, month, day := local.Date()
	minute := 60*local.Hour() + local.Minute()
	switch {
	case minute < 10:
		return time.Date(year, month, day, 0, 10, 0, 0, zone), true
	case minute >= 23*60+55:
		return time.Date(year, month, day+1, 0, 10, 0, 0, zone), true
	}
	return time.Time{}, false
}
