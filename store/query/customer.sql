-- The guards stand in the statements: an answer asked for earlier changes nothing.
-- A basket of ? is one the shop does not tell: what was known of it stays.

-- name: SaveCustomer :one
INSERT INTO customers (connection, ref, id, card, registered, modified, consent, withdrawn, digest, version, asked, data, raw, raw_at, gone, basket, seen, lost, content, value)
VALUES (@connection, @ref, @id, @card, @registered, @modified, @consent, false, @digest, 1, @asked, @data, @raw, @raw_at, 0, @basket, @seen, 0, '', '')
ON CONFLICT (connection, ref) DO UPDATE SET
    registered = excluded.registered, modified = excluded.modified, consent = excluded.consent,
    withdrawn = CASE WHEN excluded.consent = 'yes' THEN false WHEN customers.consent = 'yes' THEN true ELSE customers.withdrawn END,
    version = CASE
        WHEN customers.digest <> excluded.digest OR customers.gone > 0 THEN customers.version + 1
        WHEN customers.lost > 0 AND excluded.basket <> '?' AND customers.basket <> excluded.basket THEN customers.version + 1
        ELSE customers.version END,
    digest = excluded.digest, asked = excluded.asked, data = excluded.data, raw = excluded.raw, raw_at = excluded.raw_at, gone = 0,
    seen = CASE WHEN excluded.basket = '?' OR customers.basket = excluded.basket THEN customers.seen ELSE excluded.seen END,
    lost = CASE WHEN excluded.basket = '?' OR customers.basket = excluded.basket THEN customers.lost ELSE 0 END,
    basket = CASE WHEN excluded.basket = '?' THEN customers.basket ELSE excluded.basket END
WHERE excluded.asked >= customers.asked
RETURNING version;

-- A record that can't be read leaves the last one that could.

-- name: SaveUnreadableCustomer :one
INSERT INTO customers (connection, ref, id, card, registered, modified, consent, withdrawn, digest, version, asked, data, raw, raw_at, gone, basket, seen, lost, content, value)
VALUES (@connection, @ref, @id, @card, 0, 0, '', false, @digest, 1, @asked, @empty, @raw, @raw_at, 0, '?', 0, 0, '', '')
ON CONFLICT (connection, ref) DO UPDATE SET
    version = CASE WHEN customers.digest <> excluded.digest OR customers.gone > 0 THEN customers.version + 1 ELSE customers.version END,
    digest = excluded.digest, asked = excluded.asked, raw = excluded.raw, raw_at = excluded.raw_at, gone = 0
WHERE excluded.asked >= customers.asked
RETURNING version;

-- name: LoseCustomer :one
INSERT INTO customers (connection, ref, id, card, registered, modified, consent, withdrawn, digest, version, asked, data, raw, raw_at, gone, basket, seen, lost, content, value)
VALUES (@connection, @ref, @id, @card, 0, 0, '', false, @empty, 1, @asked, @empty, @empty, 0, @now, '?', 0, 0, '', '')
ON CONFLICT (connection, ref) DO UPDATE SET
    version = CASE WHEN customers.gone = 0 THEN customers.version + 1 ELSE customers.version END,
    gone = CASE WHEN customers.gone = 0 THEN excluded.gone ELSE customers.gone END,
    asked = excluded.asked, seen = 0
WHERE excluded.asked >= customers.asked
RETURNING version;

-- An order placed after a basket was seen settles it.

-- name: ClearBasket :many
UPDATE customers SET
    version = CASE WHEN lost > 0 THEN version + 1 ELSE version END, seen = 0, lost = 0
WHERE connection = @connection AND card = @card AND (seen > 0 OR lost > 0) AND @placed >= CASE WHEN lost > 0 THEN lost ELSE seen END
RETURNING version;

-- name: LoseBasket :one
UPDATE customers SET lost = seen, content = @content, value = @value, version = version + 1
WHERE connection = @connection AND ref = @ref AND basket = @basket AND seen > 0 AND lost = 0
RETURNING version;

-- name: Baskets :many
SELECT ref, id, card, basket, seen, data FROM customers
WHERE connection = @connection AND seen > 0 AND lost = 0 AND seen <= @before ORDER BY seen, ref LIMIT @rows;

-- name: CountRecord :exec
INSERT INTO cards (connection, id, source, described_by, described_at, data, asked, sent_at, customer, digest, version, record)
VALUES (@connection, @id, @source, 0, 0, @empty, 0, 0, @customer, @empty, 1, @record)
ON CONFLICT (connection, id) DO UPDATE SET version = cards.version + 1, record = excluded.record,
    customer = CASE WHEN excluded.customer = 0 THEN cards.customer ELSE excluded.customer END
WHERE cards.record <> excluded.record;

-- name: UnreadBuyers :many
SELECT customer FROM cards WHERE connection = @connection AND record = 0 AND customer > 0 ORDER BY id LIMIT @rows;

-- name: CustomerCard :one
SELECT card FROM customers WHERE connection = @connection AND ref = @ref;

-- name: CustomersRegistered :many
SELECT ref, registered FROM customers
WHERE connection = @connection AND id > 0 AND gone = 0 AND registered >= @since ORDER BY registered, ref LIMIT @rows;

-- name: OldCustomerRaw :many
SELECT customers.ref FROM customers
WHERE customers.connection = @connection AND customers.raw_at > 0 AND customers.raw_at < @before
    AND NOT EXISTS (SELECT 1 FROM duties WHERE duties.connection = customers.connection AND duties.kind = 'card' AND duties.state = 'parked' AND (duties.ref = customers.ref OR customers.card > 0 AND duties.card = customers.card))
ORDER BY customers.raw_at LIMIT @rows;

-- name: DropCustomerRaw :execrows
UPDATE customers SET raw = @empty, raw_at = 0 WHERE connection = @connection AND ref = @ref AND raw_at < @before;
