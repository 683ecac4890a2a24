package punte_test

import (
	"bytes"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/govalues/decimal"

	"punte"
)

// full fills every field, every list with two entries, so that each can change.
func full(t *testing.T, v reflect.Value, n *int) {
	t.Helper()
	*n++
	switch v.Interface().(type) {
	case decimal.Decimal:
		v.Set(reflect.ValueOf(decimal.MustNew(int64(*n), 2)))
		return
	case time.Time:
		v.Set(reflect.ValueOf(time.Date(2026, 5, 1, 10, 0, *n, 0, time.UTC)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("text " + strconv.Itoa(*n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			full(t, v.Index(i), n)
		}
	case reflect.Struct:
		for _, field := range v.Fields() {
			full(t, field, n)
		}
	default:
		t.Fatalf("this test does not know how to fill a %s; teach it", v.Type())
	}
}

// eachChange changes every piece below v in turn, calls check and puts it back.
func eachChange(t *testing.T, path string, v reflect.Value, check func(path string)) {
	t.Helper()
	old := reflect.New(v.Type()).Elem()
	old.Set(v)
	change := func(how string, to reflect.Value) {
		v.Set(to)
		check(path + how)
		v.Set(old)
	}
	switch x := v.Interface().(type) {
	case decimal.Decimal:
		change(" (value)", reflect.ValueOf(x.Neg()))
		change(" (printed decimals)", reflect.ValueOf(x.Pad(x.Scale()+1)))
		return
	case time.Time:
		change("", reflect.ValueOf(x.Add(time.Second)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		change("", reflect.ValueOf(v.String()+"x").Convert(v.Type()))
		change(" (empty)", reflect.Zero(v.Type()))
	case reflect.Int, reflect.Int64:
		change("", reflect.ValueOf(v.Int()+1).Convert(v.Type()))
	case reflect.Bool:
		change("", reflect.ValueOf(!v.Bool()))
	case reflect.Slice:
		change(" (one less)", v.Slice(0, 1))
		turned := reflect.MakeSlice(v.Type(), 2, 2)
		turned.Index(0).Set(v.Index(1))
		turned.Index(1).Set(v.Index(0))
		change(" (turned around)", turned)
		for i := range v.Len() {
			eachChange(t, path+"["+strconv.Itoa(i)+"]", v.Index(i), check)
		}
	case reflect.Struct:
		for field, value := range v.Fields() {
			eachChange(t, path+"."+field.Name, value, check)
		}
	default:
		t.Fatalf("this test does not know how to change %s, a %s; teach it", path, v.Type())
	}
}

func digest(t *testing.T, o punte.Order) []byte {
	t.Helper()
	sum, err := o.Digest()
	if err != nil {
		t.Fatalf("Digest: %v", err)
	}
	return sum
}

func TestDigestChangesWithEverythingButTheTimeOfModification(t *testing.T) {
	var o punte.Order
	count := 0
	full(t, reflect.ValueOf(&o).Elem(), &count)
	before := digest(t, o)
	changes := 0
	eachChange(t, "Order", reflect.ValueOf(&o).Elem(), func(path string) {
		changes++
		same := bytes.Equal(before, digest(t, o))
		if want := path == "Order.Modified"; same != want {
			t.Errorf("the digest stays when %s changes: %t; want %t", path, same, want)
		}
	})
	if changes < 100 {
		t.Errorf("only %d changes were tried: the walk does not reach the order's parts", changes)
	}
	if !bytes.Equal(before, digest(t, o)) {
		t.Error("the digest differs although everything was put back")
	}
}

func TestDigestOfAnOrderIsSHA256AndLeavesTheOrderAlone(t *testing.T) {
	modified := time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)
	o := punte.Order{ID: 1, Modified: modified}
	if got := digest(t, o); len(got) != 32 {
		t.Errorf("Digest has %d bytes; want 32", len(got))
	}
	if !o.Modified.Equal(modified) {
		t.Errorf("Digest set Modified to %v", o.Modified)
	}
}

func TestDigestOfAnImpossibleDateIsAnError(t *testing.T) {
	o := punte.Order{Key: "31337-100", Placed: time.Date(12026, 5, 1, 0, 0, 0, 0, time.UTC)}
	if got, err := o.Digest(); err == nil {
		t.Errorf("Digest of an order placed in 12026 = %x; want an error", got)
	}
}

func TestRelatedOrdersAreListedOnceInTheOrderOfTheFields(t *testing.T) {
	tests := []struct {
		related punte.Related
		want    []string
	}{
		{punte.Related{}, nil},
		{punte.Related{MergedFrom: []string{""}}, nil},
		{
			punte.Related{MergedFrom: []string{"1", "2"}, SeparatedTo: []string{"3"}, SeparatedFrom: "4", CopiedFrom: "5", ReturnedFrom: "6", ReturnedTo: "7"},
			[]string{"1", "2", "3", "4", "5", "6", "7"},
		},
		{punte.Related{MergedFrom: []string{"1", "1", ""}, SeparatedTo: []string{"2", "1"}, ReturnedTo: "2"}, []string{"1", "2"}},
	}
	for _, tt := range tests {
		if got := tt.related.Keys(); !slices.Equal(got, tt.want) {
			t.Errorf("%+v.Keys() = %q; want %q", tt.related, got, tt.want)
		}
	}
	parts := []string{"1", "2", "3"}
	punte.Related{MergedFrom: parts[:1], SeparatedTo: []string{"x"}}.Keys()
	if !slices.Equal(parts, []string{"1", "2", "3"}) {
		t.Errorf("Keys wrote into the order's own list: %q", parts)
	}
}
