package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/govalues/decimal"

	"punte"
	"punte/unas"
)

const (
	// abandonedBasket is how long a basket must stay as it is to count as abandoned.
	abandonedBasket = 2 * time.Hour
	// basketProducts bounds the single calls for the prices of one basket.
	basketProducts = 20
	// basketsAtOnce is small: what is new waits for the end of their calls.
	basketsAtOnce = 2
)

func (w *Work) basketsReady(ctx context.Context, at time.Time) (time.Time, bool, error) {
	o, err := w.outlook(ctx)
	return later(at, o.Basket.At.Add(abandonedBasket)), o.Basket.Some, err
}

// readBaskets looks at baskets that were left two hours ago. Whether a changed basket
// changes the time by which customers are listed is not documented, so each is asked
// for once more before it counts.
func (w *Work) readBaskets(ctx context.Context) error {
	now := w.engine.Now()
	baskets, err := w.engine.Store.Baskets(ctx, w.saved.ID, now.Add(-abandonedBasket), basketsAtOnce)
	if err != nil {
		return err
	}
	for _, b := range baskets {
		if err := w.askCustomer(ctx, b.Ref); err != nil {
			return err
		}
	}
	// What is still here did not change and was not ordered.
	still, err := w.engine.Store.Baskets(ctx, w.saved.ID, now.Add(-abandonedBasket), basketsAtOnce)
	if err != nil {
		return err
	}
	asked := map[string]bool{}
	for _, b := range baskets {
		asked[b.Ref+" "+b.Fingerprint] = true
	}
	for _, b := range still {
		if !asked[b.Ref+" "+b.Fingerprint] {
			continue
		}
		names, value, err := w.worth(ctx, b.Customer)
		if err != nil {
			return err
		}
		content := b.Customer.BasketText(func(sku string) string { return names[sku] })
		if err := w.engine.Store.LoseBasket(ctx, w.saved.ID, b, content, value, w.engine.Now()); err != nil {
			return err
		}
	}
	return w.setDue(ctx, dueBaskets, time.Time{})
}

// worth asks for names and prices of what is in a basket. value is empty if any of it
// has no price, or if the key may not ask.
func (w *Work) worth(ctx context.Context, c punte.Customer) (names map[string]string, value string, err error) {
	names = map[string]string{}
	if len(c.Basket) > basketProducts {
		return names, "", nil
	}
	var sum decimal.Decimal
	whole := true
	for _, line := range c.Basket {
		name, price, known, err := w.product(ctx, line.SKU)
		if refusedHere(err) {
			return names, "", nil
		}
		if err != nil {
			return names, "", err
		}
		names[line.SKU] = name
		quantity, badQuantity := punte.ParseAmount(line.Quantity)
		gross, badPrice := punte.ParseAmount(price)
		part, badProduct := gross.Mul(quantity)
		total, badSum := sum.Add(part)
		if !known || errors.Join(badQuantity, badPrice, badProduct, badSum) != nil {
			whole = false
			continue
		}
		sum = total
	}
	if !whole {
		return names, "", nil
	}
	return names, sum.Trim(0).String(), nil
}

// product asks for a product's name and its gross price, or that of its sale.
func (w *Work) product(ctx context.Context, sku string) (name, gross string, known bool, err error) {
	for product, err := range w.shop.Products(ctx, unas.ProductQuery{SKUs: []string{sku}, Content: unas.ContentShort}) {
		if err != nil {
			return "", "", false, fmt.Errorf("asking the shop for a product: %w", err)
		}
		if product.SKU != sku {
			continue
		}
		for _, price := range product.Prices {
			if price.Type == "normal" && price.Group == "" {
				gross = price.Gross
			}
		}
		return product.Name, gross, gross != "", nil
	}
	return "", "", false, nil
}

// refusedHere says that the key may not ask for products, or that the shop knows no
// such: then a basket goes without its value.
func refusedHere(err error) bool {
	e, ok := errors.AsType[*unas.Error](err)
	return ok && e.Kind == unas.PermissionMissing
}
