package punte_test

import (
	"testing"

	"pgregory.net/rapid"

	"punte"
)

func TestOrdersAreKnownByTheirID(t *testing.T) {
	tests := []struct {
		shop  int
		order punte.Order
		want  int64
	}{
		{0, punte.Order{ID: 7001, Key: "31337-100"}, 7001},
		{0, punte.Order{ID: 7001, Key: "31337-101"}, 7001},                      // the key is no part of it
		{0, punte.Order{ID: 7001, Key: "EM-5", InternalKey: "31337-100"}, 7001}, // nor is a marketplace's
		{0, punte.Order{ID: 1}, 1},
		{0, punte.Order{ID: 9_999_999_999}, 9_999_999_999},
		{1, punte.Order{ID: 7001}, 5234390169},
		{1, punte.Order{ID: 7002}, 9974236163},
		{99, punte.Order{ID: 7001}, 6076224328},
	}
	for _, tt := range tests {
		c := punte.Connection{ShopNumber: tt.shop}
		if got := c.OrderIdentity(tt.order).Candidate(0); got != tt.want {
			t.Errorf("shop %d: OrderIdentity(%d, key %q).Candidate(0) = %d; want %d", tt.shop, tt.order.ID, tt.order.Key, got, tt.want)
		}
	}
}

func TestCardsBelongToCustomersGuestsOrSingleOrders(t *testing.T) {
	shared := []string{" Comenzi@Magazin.ro ", ""}
	tests := []struct {
		name  string
		shop  int
		order punte.Order
		want  int64
	}{
		{"registered", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{CustomerID: 314, Email: "ana.pop@example.ro"}}, 314},
		{"registered, another order", 0, punte.Order{ID: 7002, Buyer: punte.Buyer{CustomerID: 314, Email: "new@example.ro"}}, 314},
		{"registered, no address", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{CustomerID: 314}}, 314},
		{"registered, shared address", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{CustomerID: 314, Email: "comenzi@magazin.ro"}}, 314},
		{"registered, marketplace", 0, punte.Order{ID: 7001, InternalKey: "9", Buyer: punte.Buyer{CustomerID: 314}}, 314},
		{"registered, first shop of two", 1, punte.Order{ID: 7001, Buyer: punte.Buyer{CustomerID: 314}}, 8034047034},
		{"registered, second shop", 2, punte.Order{ID: 7001, Buyer: punte.Buyer{CustomerID: 314}}, 7988944616},

		{"guest", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{Email: "ana.pop@example.ro"}}, 8611654117},
		{"guest, another order", 0, punte.Order{ID: 7002, Buyer: punte.Buyer{Email: "ana.pop@example.ro"}}, 8611654117},
		{"guest, capitals", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{Email: "Ana.POP@Example.RO"}}, 8611654117},
		{"guest, outer blanks", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{Email: "\t ana.pop@example.ro\u00a0\n"}}, 8611654117},
		{"guest, plus sign", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{Email: "ana.pop+1@example.ro"}}, 7534679701},
		{"guest, capital É stays", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{Email: "Éva@Example.hu"}}, 7658515664},
		{"guest, small é", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{Email: "éva@example.hu"}}, 6057621768},
		{"guest, Á within", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{Email: "ZoltÁn@example.hu"}}, 9840826776},
		{"guest, numbered shop", 1, punte.Order{ID: 7001, Buyer: punte.Buyer{Email: "ana.pop@example.ro"}}, 7905739259},
		{"guest, last number", 99, punte.Order{ID: 7001, Buyer: punte.Buyer{Email: "ana.pop@example.ro"}}, 7502560819},

		{"no address", 0, punte.Order{ID: 7001}, 6260106595},
		{"no address, another order", 0, punte.Order{ID: 7002}, 5218510921},
		{"blank address", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{Email: " \t"}}, 6260106595},
		{"no @", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{Email: "nincs"}}, 6260106595},
		{"a stroke, another order", 0, punte.Order{ID: 7002, Buyer: punte.Buyer{Email: "-"}}, 5218510921},
		{"nothing before the @", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{Email: "@example.ro"}}, 6260106595},
		{"nothing behind the @", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{Email: "ana.pop@ "}}, 6260106595},
		{"blank within", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{Email: "ana pop@example.ro"}}, 6260106595},
		{"no-break space within", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{Email: "ana.pop@example\u00a0.ro"}}, 6260106595},
		{"two addresses", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{Email: "ana@example.ro, pop@example.ro"}}, 6260106595},
		{"registered, no @", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{CustomerID: 314, Email: "nincs"}}, 314},
		{"no address, numbered shop", 1, punte.Order{ID: 7001}, 7028312725},
		{"shared address", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{Email: "comenzi@magazin.ro"}}, 6260106595},
		{"shared address, other case", 0, punte.Order{ID: 7001, Buyer: punte.Buyer{Email: " COMENZI@MAGAZIN.RO"}}, 6260106595},
		{"marketplace", 0, punte.Order{ID: 7001, InternalKey: "31337-9", Buyer: punte.Buyer{Email: "ana.pop@example.ro"}}, 6260106595},
	}
	for _, tt := range tests {
		c := punte.Connection{ShopNumber: tt.shop, SharedAddresses: shared}
		if got := c.CardIdentity(tt.order).Candidate(0); got != tt.want {
			t.Errorf("%s: CardIdentity.Candidate(0) = %d; want %d", tt.name, got, tt.want)
		}
	}
}

func TestAGuestAndACustomerAreNeverOneCard(t *testing.T) {
	c := punte.Connection{}
	guest := c.CardIdentity(punte.Order{ID: 7001, Buyer: punte.Buyer{Email: "314"}})
	registered := c.CardIdentity(punte.Order{ID: 7001, Buyer: punte.Buyer{CustomerID: 314}})
	if guest.Source() == registered.Source() || guest.Candidate(0) == registered.Candidate(0) {
		t.Errorf("guest %q (%d) and customer %q (%d) are the same", guest.Source(), guest.Candidate(0), registered.Source(), registered.Candidate(0))
	}
}

func TestClashesAreSettledByHashingOnceMore(t *testing.T) {
	first := punte.Connection{ShopNumber: 1}
	plain := punte.Connection{}
	ana := punte.Order{ID: 7001, Buyer: punte.Buyer{Email: "ana.pop@example.ro"}}
	tests := []struct {
		name     string
		identity punte.Identity
		source   string
		want     []int64
	}{
		{"order", plain.OrderIdentity(ana), "7001", []int64{7001, 5259702700, 6416234763}},
		{"order of shop 1", first.OrderIdentity(ana), "1:7001", []int64{5234390169, 6056331589}},
		{"customer of shop 1", first.CardIdentity(punte.Order{Buyer: punte.Buyer{CustomerID: 314}}), "1:314", []int64{8034047034, 8133510881}},
		{"guest", plain.CardIdentity(ana), "guest:ana.pop@example.ro", []int64{8611654117, 5959986671, 6463314204}},
		{"guest of shop 1", first.CardIdentity(ana), "1:guest:ana.pop@example.ro", []int64{7905739259, 8883093763}},
	}
	for _, tt := range tests {
		if got := tt.identity.Source(); got != tt.source {
			t.Errorf("%s: Source() = %q; want %q", tt.name, got, tt.source)
		}
		for try, want := range tt.want {
			if got := tt.identity.Candidate(try); got != want {
				t.Errorf("%s: Candidate(%d) = %d; want %d", tt.name, try, got, want)
			}
		}
	}
}

func TestHashIsTheOneWrittenDown(t *testing.T) {
	tests := []struct {
		text string
		want int64
	}{
		{"", 6105627499},
		{"guest:ana.pop@example.ro", 8611654117},
		{"item:packaging-fee", 8311071109},
	}
	for _, tt := range tests {
		if got := punte.Hash(tt.text); got != tt.want {
			t.Errorf("Hash(%q) = %d; want %d", tt.text, got, tt.want)
		}
	}
}

func TestHashesStayInTheirRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		if got := punte.Hash(text); got < 5_000_000_000 || got > 9_999_999_998 {
			t.Fatalf("Hash(%q) = %d; want 5,000,000,000 to 9,999,999,998", text, got)
		}
	})
}

func TestShopsWithNumbersShareNoSource(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shop := rapid.IntRange(0, 99).Draw(t, "shop")
		other := rapid.IntRange(0, 99).Filter(func(n int) bool { return n != shop }).Draw(t, "other shop")
		o := punte.Order{ID: rapid.Int64Range(1, 9_999_999_999).Draw(t, "id")}
		a, b := punte.Connection{ShopNumber: shop}, punte.Connection{ShopNumber: other}
		if a.OrderIdentity(o).Source() == b.OrderIdentity(o).Source() {
			t.Fatalf("order %d of shops %d and %d has one source %q", o.ID, shop, other, a.OrderIdentity(o).Source())
		}
	})
}

func TestPlainAddressChangesASCIILettersOnly(t *testing.T) {
	tests := []struct{ address, want string }{
		{"", ""},
		{"  ", ""},
		{"AZ@AZ.RO", "az@az.ro"},
		{"@[`{", "@[`{"}, // the neighbours of the letters
		{" a b@c.ro ", "a b@c.ro"},
		{"ÁȘÖŰ@Ő.hu", "ÁȘÖŰ@Ő.hu"},
		{"İ@x.ro", "İ@x.ro"},
		{"\u212a@x.ro", "\u212a@x.ro"}, // the Kelvin sign, which Unicode lowers to k
	}
	for _, tt := range tests {
		if got := punte.PlainAddress(tt.address); got != tt.want {
			t.Errorf("PlainAddress(%q) = %q; want %q", tt.address, got, tt.want)
		}
	}
}

func TestExternalNumberTakesDigitsFromOneToTenDigits(t *testing.T) {
	tests := []struct {
		text string
		want int64
		ok   bool
	}{
		{"1", 1, true},
		{" 8800\n", 8800, true},
		{"0042", 42, true},
		{"9999999999", 9_999_999_999, true},
		{"10000000000", 0, false},
		{"99999999999999999999999", 0, false},
		{"0", 0, false},
		{"000", 0, false},
		{"", 0, false},
		{"-1", 0, false},
		{"+1", 0, false},
		{"1.0", 0, false},
		{"1e3", 0, false},
		{"0x10", 0, false},
		{"1_000", 0, false},
		{"8 800", 0, false},
		{"٣", 0, false},
		{"gift", 0, false},
	}
	for _, tt := range tests {
		if got, ok := punte.ExternalNumber(tt.text); got != tt.want || ok != tt.ok {
			t.Errorf("ExternalNumber(%q) = %d, %v; want %d, %v", tt.text, got, ok, tt.want, tt.ok)
		}
	}
}
