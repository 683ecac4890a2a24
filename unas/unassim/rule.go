package unassim

import (
	"fmt"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// ruleEntities are what the rules of an order's event can ask for ("Automata folyamatok").
var ruleEntities = []string{
	"total_ordered_amount", "total", "number_of_orders", "currency", "email", "ordered_products_sku",
	"shipping_method", "payment_method", "customer_group", "newsletter_auth",
	"customer_shipping_name", "customer_shipping_zip", "customer_shipping_county", "customer_shipping_country", "customer_shipping_city",
	"customer_billing_name", "customer_billing_zip", "customer_billing_county", "customer_billing_country", "customer_billing_city",
}

// ruleRelations are the documented ones; the last is spelled so.
var ruleRelations = []string{
	"yes", "no", "equal", "not_equal", "starts_with", "ends_with", "contains",
	"less_than", "greater_than", "less_than_or_equal", "greather_than_or_equal",
}

// checkRule holds a rule to the documented words. For most events no entity is documented: theirs pass, hold for
// events of orders by the same entities, and never for those of customers.
func checkRule(event string, n *node) error {
	entity, relation := n.at("Entity"), n.at("Relation")
	known := slices.Contains(ruleEntities, entity) || entity == "source_of_order" && event == eventOrderThirdParty
	if (event == eventOrderSend || event == eventOrderThirdParty) && !known {
		return fmt.Errorf("Rule Entity not valid: %s", entity)
	}
	if !slices.Contains(ruleRelations, relation) {
		return fmt.Errorf("Rule Relation not valid: %s", relation)
	}
	return nil
}

// rulesHold tells whether all rules of an automatism hold for an event; of one rule's values any will do.
func (s *Shop) rulesHold(a *automatism, e event) bool {
	rules := a.given.kid("Event", "Rules").all("Rule")
	if len(rules) == 0 {
		return true
	}
	if e.order == nil {
		return false
	}
	whole := orderTree(e.order)
	for _, r := range rules {
		if !s.ruleHolds(r, e, whole) {
			return false
		}
	}
	return true
}

func (s *Shop) ruleHolds(r *node, e event, whole *node) bool {
	relation := r.at("Relation")
	facts := s.ruleFacts(r.at("Entity"), e, whole)
	if relation == "yes" || relation == "no" {
		return slices.Contains(facts, relation)
	}
	values := r.kid("Values").all("Value")
	if relation == "not_equal" {
		return !slices.ContainsFunc(values, func(v *node) bool { return slices.Contains(facts, strings.TrimSpace(v.text)) })
	}
	for _, v := range values {
		if slices.ContainsFunc(facts, func(fact string) bool { return related(fact, relation, strings.TrimSpace(v.text)) }) {
			return true
		}
	}
	return false
}

// related compares a fact with a value, as numbers where both are.
func related(fact, relation, value string) bool {
	switch relation {
	case "starts_with":
		return strings.HasPrefix(fact, value)
	case "ends_with":
		return strings.HasSuffix(fact, value)
	case "contains":
		return strings.Contains(fact, value)
	}
	a, err := decimal.Parse(fact)
	b, wrong := decimal.Parse(value)
	if err != nil || wrong != nil {
		return relation == "equal" && fact == value
	}
	switch relation {
	case "equal":
		return a.Cmp(b) == 0
	case "less_than":
		return a.Cmp(b) < 0
	case "greater_than":
		return a.Cmp(b) > 0
	case "less_than_or_equal":
		return a.Cmp(b) <= 0
	case "greather_than_or_equal":
		return a.Cmp(b) >= 0
	}
	return false
}

// ruleFacts are what an entity is for an order. Methods and groups are known by id and by name.
func (s *Shop) ruleFacts(entity string, e event, whole *node) []string {
	o := e.order
	switch entity {
	case "total":
		return []string{o.sum}
	case "currency":
		return []string{o.currency}
	case "email":
		return []string{o.email}
	case "shipping_method":
		return []string{o.shippingID, o.shipping}
	case "payment_method":
		return []string{o.paymentID, o.payment}
	case "customer_group":
		return []string{whole.at("Customer", "Group", "Id"), whole.at("Customer", "Group", "Name")}
	case "source_of_order":
		return []string{e.source}
	case "newsletter_auth":
		cu := s.customers[o.customerID]
		return []string{yesNo(cu != nil && customerTree(cu).at("Newsletter", "Authorized") == "yes")}
	case "number_of_orders", "total_ordered_amount":
		number, amount := s.ordersOf(o.email)
		if entity == "total_ordered_amount" {
			return []string{plain(amount)}
		}
		return []string{fmt.Sprint(number)}
	case "ordered_products_sku":
		var list []string
		for _, item := range whole.kid("Items").all("Item") {
			list = append(list, item.at("Sku"))
		}
		return list
	}
	return addressFacts(entity, whole)
}

// addressFacts are customer_billing_city and the like.
func addressFacts(entity string, whole *node) []string {
	for prefix, kind := range map[string]string{"customer_shipping_": "Shipping", "customer_billing_": "Invoice"} {
		part, ours := strings.CutPrefix(entity, prefix)
		element := map[string]string{"name": "Name", "zip": "ZIP", "county": "County", "country": "Country", "city": "City"}[part]
		if ours && element != "" {
			return []string{whole.at("Customer", "Addresses", kind, element)}
		}
	}
	return nil
}

// ordersOf counts the orders of an e-mail address and adds up their totals.
func (s *Shop) ordersOf(email string) (number int, amount decimal.Decimal) {
	for _, o := range s.byID.list {
		if !strings.EqualFold(o.email, email) {
			continue
		}
		number++
		sum, err := decimal.Parse(o.sum)
		if err == nil {
			sum, err = amount.Add(sum)
		}
		if err == nil {
			amount = sum
		}
	}
	return number, amount
}
