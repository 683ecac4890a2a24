package unassim

// worldEndpoint is the part of the API that has to do with goods, people and the shop's own lists. The rest of
// what UNAS offers (files, pages, script tags, coupons, product parameters, warehouses, package offers, reviews,
// delivery points) is not there: no document at hand prints the shape of those answers, not even their roots.
func worldEndpoint(name string) (endpoint, bool) {
	list := func(*node) bool { return false }
	upTo100 := func(root *node) bool { return len(root.kids) <= 100 }
	oneProduct := func(root *node) bool { return asksOne("Id")(root) || root.at("Id") == "" && asksOne("Sku")(root) }
	table := map[string]endpoint{
		"setOrderStatus":   {(*Shop).setOrderStatus, list},
		"setOrderType":     {(*Shop).setOrderType, list},
		"setMethod":        {(*Shop).setMethod, list},
		"setCustomer":      {(*Shop).setCustomer, upTo100},
		"checkCustomer":    {(*Shop).checkCustomer, asksOne("User")},
		"getCustomerGroup": {(*Shop).getCustomerGroup, asksOne("Id")},
		"setCustomerGroup": {(*Shop).setCustomerGroup, upTo100},
		"getNewsletter":    {(*Shop).getNewsletter, list},
		"setNewsletter":    {(*Shop).setNewsletter, list},
		"getProduct":       {(*Shop).getProduct, oneProduct},
		"setProduct":       {(*Shop).setProduct, upTo100},
		"getStock":         {(*Shop).getStock, oneProduct},
		"setStock":         {(*Shop).setStock, upTo100},
		"getCategory":      {(*Shop).getCategory, asksOne("Id")},
		"setCategory":      {(*Shop).setCategory, upTo100},
		"getProductDB":     {(*Shop).getProductDB, list},
		"getSetting":       {(*Shop).getSetting, list},
	}
	e, known := table[name]
	return e, known
}
