package punte

import (
	"bytes"
	"encoding/json"
)

// Document writes the connection document without its keys: the form that is
// stored. ParseStored reads it back to an equal Connection. Labels of MiniCRM are
// written as the states they were read to.
func (c *Connection) Document() ([]byte, error) {
	type object = map[string]any
	doc := object{
		"name": c.Name,
		"unas": object{"base_url": c.UNAS.BaseURL, "time_zone": c.UNAS.Zone.String()},
		"minicrm": object{
			"base_url": c.MiniCRM.BaseURL, "system_id": c.MiniCRM.SystemID,
			"language": optional(c.MiniCRM.Language), "time_zone": c.MiniCRM.Zone.String(),
		},
		"orders_category": c.OrdersCategory, "webshop_category": c.WebshopCategory,
		"owner":      c.Owner,
		"link_field": c.LinkField, "link_source": c.LinkSource, "status_field": c.StatusField,
		"status_map": c.StatusMap, "status_names": c.StatusNames,
		"field_map": fieldPairs(c.FieldMap), "customer_field_map": fieldPairs(c.CustomerFields),
		"start_date": c.StartDate.String(),
		"delivery":   optional(c.Delivery), "folder": c.Folder, "send_sku": c.SendSKU,
		"deleted_orders": c.DeletedOrders, "customers": c.Customers, "contacts": c.Contacts,
		"existing": c.Existing, "shop_number": c.ShopNumber,
	}
	if c.SharedAddressesGiven {
		doc["shared_addresses"] = append([]string{}, c.SharedAddresses...)
	}
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return nil, Errorf(Internal, "writing the connection document: %w", err)
	}
	return text, nil
}

// optional is a text, or null where there is none.
func optional(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func fieldPairs(pairs []FieldPair) map[string]string {
	m := map[string]string{}
	for _, p := range pairs {
		m[p.Field] = p.Source
	}
	return m
}

// MarshalJSON writes the map as the object of the connection document, in the
// order of its rows.
func (m StatusMap) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, pair := range m {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(pair.Shop)
		if err != nil {
			return nil, err
		}
		state, err := json.Marshal(optional(string(pair.State)))
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(state)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}
