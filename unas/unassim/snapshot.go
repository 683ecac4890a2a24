package unassim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
)

// snapshotVersion is raised whenever an older snapshot would be misread.
const snapshotVersion = 1

// notKept are the fields of Shop that a snapshot leaves out, and why. All others are kept.
var notKept = map[string]string{
	"options":      "they come from whoever starts the program; the shop's number stands beside the world",
	"mux":          "functions",
	"gate":         "a lock",
	"delivering":   "a lock",
	"mu":           "a lock",
	"byCustomer":   "sorted anew from customers",
	"keys":         "built anew from orders",
	"numbers":      "built anew from orders",
	"internalKeys": "built anew from orders",
	"byID":         "sorted anew from orders",
	"byPlaced":     "sorted anew from orders",
	"byModified":   "sorted anew from orders",
}

// Revision grows with every change of the shop's world: whoever keeps the world on disk saves it again when the
// number differs. It may grow without a change.
func (s *Shop) Revision() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.revision
}

// changes counts a change of the world.
func (s *Shop) changes() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.revision++
}

// Save writes the whole world of the shop as JSON with a version: orders, customers and lists, ids to come, the
// clock's advance, tokens, counters of limits, bans, faults outstanding and webhooks waiting. Options and
// switches are not in it.
func (s *Shop) Save(w io.Writer) error {
	document, err := s.snapshot()
	if err == nil {
		_, err = w.Write(document)
	}
	if err != nil {
		return fmt.Errorf("saving the shop: %w", err)
	}
	return nil
}

// snapshot is the saved world, made in one piece so that the shop rests no longer than that takes.
func (s *Shop) snapshot() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"version":%d,"shop_id":%q,"world":{`, snapshotVersion, s.options.ShopID)
	world := reflect.ValueOf(s).Elem()
	f := freezer{out: &b, seen: map[uintptr]bool{}}
	comma := ""
	for i := range world.NumField() {
		name := world.Type().Field(i).Name
		if notKept[name] != "" {
			continue
		}
		fmt.Fprintf(&b, "%s\n%q:", comma, name)
		if err := f.value(opened(world.Field(i))); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		comma = ","
	}
	b.WriteString("}}\n")
	return b.Bytes(), nil
}

// Restore puts a saved world in place of the shop's own. Nothing changes if it returns an error.
func (s *Shop) Restore(r io.Reader) error {
	shopID, world, err := readSnapshot(json.NewDecoder(r))
	if err != nil {
		return fmt.Errorf("restoring the shop: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	revision := s.revision
	for name, v := range world {
		opened(reflect.ValueOf(s).Elem().FieldByName(name)).Set(v)
	}
	s.options.ShopID = shopID
	s.revision = max(revision, s.revision) + 1
	s.indexAnew()
	s.addWebhooks()
	return nil
}

// readSnapshot reads the kept fields of a Shop, by their names.
func readSnapshot(d *json.Decoder) (shopID string, world map[string]reflect.Value, err error) {
	version := 0
	err = object(d, func(name string) error {
		switch name {
		case "version":
			return d.Decode(&version)
		case "shop_id":
			return d.Decode(&shopID)
		case "world":
			world = map[string]reflect.Value{}
			return object(d, func(name string) error { return readField(d, name, world) })
		}
		return fmt.Errorf("there is no %q in a saved shop", name)
	})
	if err == nil && version != snapshotVersion {
		err = fmt.Errorf("the file has version %d; this program reads version %d", version, snapshotVersion)
	}
	if err == nil && world == nil {
		err = errors.New("the file holds no world")
	}
	return shopID, world, err
}

func readField(d *json.Decoder, name string, into map[string]reflect.Value) error {
	field, found := reflect.TypeFor[Shop]().FieldByName(name)
	if !found || notKept[name] != "" {
		return fmt.Errorf("there is no %q in a shop", name)
	}
	into[name] = reflect.New(field.Type).Elem()
	err := thaw(d, into[name])
	if err == nil && field.Type.Kind() == reflect.Map && into[name].IsNil() {
		err = errNothing
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// indexAnew builds everything that is derived from the orders and the customers.
func (s *Shop) indexAnew() {
	s.keys, s.numbers, s.internalKeys = keyIndex{}, keyIndex{}, keyIndex{}
	s.byID.list, s.byPlaced.list, s.byModified.list = nil, nil, nil
	list := make([]*order, 0, len(s.orders))
	for _, o := range s.orders {
		list = append(list, o)
		s.keys.add(o.key, o)
		s.numbers.add(keyNumber(o.key), o)
		s.internalKeys.add(o.internalKey, o)
	}
	s.reindex(map[*order]bool{}, list)
	s.storeCustomers(nil)
}
