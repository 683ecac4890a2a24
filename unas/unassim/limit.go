package unassim

import (
	"fmt"
	"net/netip"
	"time"
)

// The numbers of "UNAS API documentation, Limitációk".
const (
	banLength         = time.Hour
	failedLoginsHour  = 5
	failedInARow      = 20 // per endpoint; one success starts from zero
	unidentifiedCalls = 10 // calls that name no known shop, within unidentifiedWindow
	silenceLength     = 2 * time.Hour
)

const unidentifiedWindow = 10 * time.Minute

// limit is how many calls an hour each plan allows.
type limit struct{ premium, vip int }

var (
	wholeAPI = limit{2000, 6000}
	logins   = limit{2000, 6000}
)

func (l limit) of(plan string) int {
	if plan == PlanVIP {
		return l.vip
	}
	return l.premium
}

// rate is what an endpoint allows: calls about one entity, or up to 100 of them set, and calls about several.
type rate struct {
	single, several limit
	vipOnly         bool
}

// rateOf is the table of "Limitációk". Endpoints it does not name are taken for lists.
func rateOf(endpoint string) rate {
	switch endpoint {
	case "getOrder", "setOrder", "getProduct", "setProduct", "getStock", "setStock", "getCategory", "setCategory",
		"getCustomer", "setCustomer", "getCustomerGroup", "setCustomerGroup", "getProductParameter",
		"setProductParameter", "getWarehouse", "setWarehouse", "getProductReview", "setProductReview", "checkCustomer":
		return rate{single: limit{1000, 3000}, several: limit{30, 90}}
	case "getDeliveryPoint", "getDeliveryPointGroup", "getPackageOffer":
		return rate{single: limit{500, 1500}, several: limit{5, 15}}
	case "setDeliveryPoint", "setDeliveryPointGroup", "setPackageOffer":
		return rate{single: limit{500, 1500}, several: limit{5, 10}}
	case "getProductDB":
		return rate{single: limit{10, 20}, several: limit{10, 20}}
	case "setProductDB": // by the size of the file
		return rate{single: limit{30, 90}, several: limit{10, 30}}
	case "getAutomatism", "setAutomatism":
		return rate{single: limit{0, 90}, several: limit{0, 90}, vipOnly: true}
	}
	return rate{single: limit{30, 90}, several: limit{30, 90}}
}

// visitor is what the shop remembers of one client address.
type visitor struct {
	calls        map[string][]time.Time // by bucket, the last hour
	failed       map[string]int         // failed calls in a row, by endpoint
	bans         map[string]time.Time   // until when, by the endpoint that the sentence names
	unidentified []time.Time
	silentUntil  time.Time
}

// visitor finds what is known of an address. The caller holds the lock.
func (s *Shop) visitor(address netip.Addr) *visitor {
	v := s.visitors[address]
	if v == nil {
		v = &visitor{calls: map[string][]time.Time{}, failed: map[string]int{}, bans: map[string]time.Time{}}
		s.visitors[address] = v
	}
	return v
}

// silent tells whether an address is to get no answer at all.
func (s *Shop) silent(address netip.Addr) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := s.visitors[address]
	return v != nil && s.now().Before(v.silentUntil)
}

// banned is the refusal of an address that is banned from the endpoint, nil if it is not.
func (s *Shop) banned(v *visitor, endpoint string) error {
	now := s.now()
	for name, until := range v.bans {
		if !now.Before(until) {
			delete(v.bans, name)
			continue
		}
		if name == endpoint || !s.options.Switches.BanEndpointOnly {
			return s.banSentence(name, until)
		}
	}
	return nil
}

// ban shuts an address out for an hour and is the refusal that says so.
func (s *Shop) ban(v *visitor, endpoint string) error {
	until := s.now().Truncate(time.Second).Add(banLength)
	v.bans[endpoint] = until
	s.stats.Bans[counted(endpoint)]++
	return s.banSentence(endpoint, until)
}

// banSentence is printed in the documentation word for word; its date alone is month first.
func (s *Shop) banSentence(endpoint string, until time.Time) *refusal {
	mark := ""
	if s.options.Switches.BanExclamation {
		mark = "!"
	}
	text := fmt.Sprintf("Too much %s query, IP is banned till %s%s", endpoint, until.In(s.options.Zone).Format("01.02.2006 15:04:05"), mark)
	return &refusal{status: statusOf(s.options.Switches.BanStatus), text: text}
}

// count takes one call out of a bucket's hour; a full bucket is a violation and bans.
func (s *Shop) count(v *visitor, c *call, endpoint, bucket string, allowed int) error {
	if !s.options.Limits {
		return nil
	}
	now := s.now()
	since := now.Add(-time.Hour)
	if s.options.Switches.ClockHour {
		since = now.Truncate(time.Hour).Add(-time.Nanosecond)
	}
	calls := after(v.calls[bucket], since)
	if len(calls) >= allowed {
		v.calls[bucket] = calls
		return s.ban(v, endpoint)
	}
	v.calls[bucket] = append(calls, now)
	c.buckets = append(c.buckets, bucket)
	return nil
}

// after drops the moments up to since from an ascending list.
func after(moments []time.Time, since time.Time) []time.Time {
	for i, t := range moments {
		if t.After(since) {
			return moments[i:]
		}
	}
	return moments[:0]
}

// countFailure notes that a call failed; more than twenty in a row on one endpoint ban, and the ban sentence
// takes the place of the answer.
func (s *Shop) countFailure(v *visitor, c *call, endpoint string, failed error) error {
	if !s.options.Limits {
		return failed
	}
	if s.options.Switches.FailedCallsFree {
		for _, bucket := range c.buckets {
			v.calls[bucket] = v.calls[bucket][:max(0, len(v.calls[bucket])-1)]
		}
	}
	endpoint = counted(endpoint)
	v.failed[endpoint]++
	if v.failed[endpoint] <= failedInARow {
		return failed
	}
	v.failed[endpoint] = 0
	return s.ban(v, endpoint)
}

// countUnidentified notes a call that names no known shop. After ten within ten minutes the address gets no
// answer for two hours.
func (s *Shop) countUnidentified(v *visitor) {
	if !s.options.Limits {
		return
	}
	now := s.now()
	v.unidentified = append(after(v.unidentified, now.Add(-unidentifiedWindow)), now)
	if len(v.unidentified) >= unidentifiedCalls {
		v.unidentified = nil
		v.silentUntil = now.Add(silenceLength)
	}
}
