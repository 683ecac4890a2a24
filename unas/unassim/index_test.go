package unassim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"
)

// plainOrder is an order of few bytes.
func plainOrder(id int, placed, modified int64) *order {
	text := strconv.Itoa(id)
	return &order{id: text, number: uint64(id), key: "71823-" + text, placed: placed, modified: modified, raw: []byte("<Id>" + text + "</Id>")}
}

func TestEveryPageIsWhatAPlainSearchFinds(t *testing.T) {
	s := New(Options{})
	rng := rand.New(rand.NewPCG(5, 6))
	for round := range 60 {
		var batch []*order
		for range 1 + rng.IntN(40) {
			batch = append(batch, plainOrder(rng.IntN(300), rng.Int64N(50), rng.Int64N(50)))
		}
		s.storeOrders(batch)
		if len(s.byID.list) > 0 && round%3 == 0 {
			s.dropOrder(s.byID.list[rng.IntN(len(s.byID.list))])
		}
		for _, sort := range []string{"", "order_time_asc", "modify_time_asc"} {
			from, to := rng.Int64N(50), rng.Int64N(50)
			q := query{sort: sort, count: 1 + rng.IntN(30), start: rng.IntN(20)}
			q.modified.narrow(&from, &to)
			if rng.IntN(2) == 0 {
				q.placed.narrow(&from, nil)
			}
			var want []*order
			for _, o := range s.orders {
				if q.has(o) {
					want = append(want, o)
				}
			}
			slices.SortFunc(want, s.sortedAs(sort).compare)
			want = want[min(q.start, len(want)):]
			want = want[:min(q.count, len(want))]
			got, err := s.pageOf(q)
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("round %d: pageOf(%+v) = %d orders, %v; want %d", round, q, len(got), err, len(want))
			}
		}
	}
}

func TestOnePageOutOfFiftyThousandOrdersTakesMilliseconds(t *testing.T) {
	s := New(Options{})
	batch := make([]*order, 50_000)
	for i := range batch {
		batch[i] = plainOrder(i+1, int64(i), int64((i*7919)%50_000))
	}
	s.storeOrders(batch)
	from, to := int64(20_000), int64(45_000)
	for _, sort := range []string{"", "order_time_asc", "modify_time_asc"} {
		q := query{sort: sort, count: 500, start: 500}
		q.modified.narrow(&from, &to)
		began := time.Now()
		for i := range 10 {
			page, err := s.pageOf(q)
			if err != nil || len(page) != 500 {
				t.Fatalf("pageOf(%q) = %d orders, %v; want 500", sort, len(page), err)
			}
			s.storeOrders([]*order{plainOrder(i+1, int64(i), int64(i))})
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("ten pages and ten changes sorted by %q took %v; want well below a second", sort, took)
		}
	}
}

func TestForbiddenCharactersAreFoundWhereverTheyStand(t *testing.T) {
	for in, want := range map[string]string{
		"plain ő 😀 &amp; &#65; &#x1F600; \t\n\r": "plain ő 😀 &amp; &#65; &#x1F600; \t\n\r",
		"a\x00b\x1fc":                   "abc",
		"a\xffb\xc3":                    "ab",
		"a\uffffb\ufffe":                "ab",
		"&#1;&#x0B;&#xD800;&#1114112;x": "x",
		"&#;&#x;&#12345678901234;&":     "&#;&#x;&#12345678901234;&",
	} {
		if got := string(stripped([]byte(in))); got != want {
			t.Errorf("stripped(%q) = %q; want %q", in, got, want)
		}
		if got := masked([]byte(in)); len(got) != len(in) || len(forbidden(got)) != 0 {
			t.Errorf("masked(%q) = %q; want the same length without forbidden bytes", in, got)
		}
	}
}

func TestEqualKeysKeepBothOrders(t *testing.T) {
	s := New(Options{})
	a, b := plainOrder(1, 0, 0), plainOrder(2, 0, 0)
	b.key = a.key
	s.storeOrders([]*order{a, b})
	if got := fmt.Sprint(len(s.ordersByKey(a.key))); got != "2" {
		t.Errorf("orders under one key = %s; want 2", got)
	}
	s.dropOrder(a)
	if got := s.ordersByKey(a.key); len(got) != 1 || got[0] != b {
		t.Errorf("orders under the key after a deletion = %v; want the other one", got)
	}
}
