-- The guards stand in the statements: an answer asked for earlier changes nothing,
-- and neither does an equal one.

-- An order never moves between cards, whatever is learned about its buyer later.

-- name: SaveOrder :one
INSERT INTO orders (connection, ref, id, external, key, internal_key, card, placed, modified, status_id, status_name, currency, gross, differs, digest, version, asked, data, raw, raw_at)
VALUES (@connection, @ref, @id, @external, @key, @internal_key, @card, @placed, @modified, @status_id, @status_name, @currency, @gross, @differs, @digest, 1, @asked, @data, @raw, @raw_at)
ON CONFLICT (connection, ref) DO UPDATE SET
    id = excluded.id, key = excluded.key, internal_key = excluded.internal_key,
    external = CASE WHEN orders.external = 0 THEN excluded.external ELSE orders.external END,
    card = CASE WHEN orders.card = 0 THEN excluded.card ELSE orders.card END,
    placed = excluded.placed, modified = excluded.modified, status_id = excluded.status_id,
    status_name = excluded.status_name, currency = excluded.currency, gross = excluded.gross,
    differs = excluded.differs, digest = excluded.digest,
    version = CASE WHEN orders.digest <> excluded.digest THEN orders.version + 1 ELSE orders.version END,
    asked = excluded.asked, data = excluded.data, raw = excluded.raw, raw_at = excluded.raw_at
WHERE excluded.asked >= orders.asked
RETURNING version, card;

-- name: SaveFirstBuyer :exec
INSERT INTO cards (connection, id, source, described_by, described_at, data, asked, sent_at, customer, digest, version, record)
VALUES (@connection, @id, @source, @described_by, @described_at, @data, @asked, 0, @customer, @digest, 1, 0)
ON CONFLICT (connection, id) DO UPDATE SET
    described_by = excluded.described_by, described_at = excluded.described_at, data = excluded.data, asked = excluded.asked,
    customer = excluded.customer, digest = excluded.digest,
    version = CASE WHEN cards.digest <> excluded.digest THEN cards.version + 1 ELSE cards.version END
WHERE excluded.described_by = cards.described_by
   OR excluded.described_at < cards.described_at
   OR (excluded.described_at = cards.described_at AND excluded.described_by < cards.described_by);

-- name: SaveLastBuyer :exec
INSERT INTO cards (connection, id, source, described_by, described_at, data, asked, sent_at, customer, digest, version, record)
VALUES (@connection, @id, @source, @described_by, @described_at, @data, @asked, 0, @customer, @digest, 1, 0)
ON CONFLICT (connection, id) DO UPDATE SET
    described_by = excluded.described_by, described_at = excluded.described_at, data = excluded.data, asked = excluded.asked,
    customer = excluded.customer, digest = excluded.digest,
    version = CASE WHEN cards.digest <> excluded.digest THEN cards.version + 1 ELSE cards.version END
WHERE excluded.described_by = cards.described_by
   OR excluded.described_at > cards.described_at
   OR (excluded.described_at = cards.described_at AND excluded.described_by > cards.described_by);

-- An order that is in MiniCRM already is not held when its status loses its pair: it
-- gets everything but the status. A map that changed is for orders that change from
-- now on: reading one again that did not neither leaves it nor brings it. What is noted
-- of one that stays as it is (its status waits for a pair) stays, too.

-- name: SaveDuty :execrows
INSERT INTO duties (connection, kind, ref, card, placed, wanted, sent, shown, state, decided, next, due, rounds, code, field, reason, document, crm_id, crm_card, written, pending, differs, created, updated)
VALUES (@connection, 'order', @ref, @card, @placed, @wanted, 0, 0, @state, @decided, '', @now, 0, @code, @field, @reason, '', 0, 0, '', '', '', @now, @now)
ON CONFLICT (connection, kind, ref) DO UPDATE SET
    card = excluded.card, placed = excluded.placed, wanted = excluded.wanted,
    state = CASE
        WHEN duties.state = 'sent' THEN duties.state
        WHEN excluded.state IN ('owed', 'held', 'left') AND duties.state IN ('confirmed', 'unlisted') AND duties.shown = excluded.wanted THEN duties.state
        WHEN excluded.state = 'held' AND duties.shown > 0 THEN 'owed'
        ELSE excluded.state END,
    decided = excluded.decided,
    next = CASE
        WHEN duties.state <> 'sent' THEN ''
        WHEN excluded.state = 'held' THEN 'owed'
        ELSE excluded.state END,
    due = CASE
        WHEN duties.state = 'sent' THEN duties.due
        WHEN duties.state = 'owed' AND duties.wanted = excluded.wanted THEN duties.due
        ELSE excluded.due END,
    rounds = CASE WHEN duties.state = 'sent' OR duties.wanted = excluded.wanted THEN duties.rounds ELSE 0 END,
    code = CASE WHEN excluded.state IN ('owed', 'held', 'left') AND duties.state IN ('confirmed', 'unlisted') AND duties.shown = excluded.wanted THEN duties.code ELSE excluded.code END,
    field = CASE WHEN excluded.state IN ('owed', 'held', 'left') AND duties.state IN ('confirmed', 'unlisted') AND duties.shown = excluded.wanted THEN duties.field ELSE excluded.field END,
    reason = CASE WHEN excluded.state IN ('owed', 'held', 'left') AND duties.state IN ('confirmed', 'unlisted') AND duties.shown = excluded.wanted THEN duties.reason ELSE excluded.reason END,
    deleted = 0, updated = excluded.updated
WHERE duties.wanted <> excluded.wanted
    OR duties.decided <> excluded.decided AND NOT (duties.state = 'left' AND duties.deleted = 0 AND excluded.state IN ('owed', 'held'));

-- name: Order :one
SELECT sqlc.embed(orders), sqlc.embed(duties), cards.source AS card_source, cards.data AS card_data, cards.sent_at AS card_sent,
    (SELECT COUNT(*) FROM duties AS other WHERE other.connection = duties.connection AND other.card = duties.card AND other.kind = 'order' AND other.state <> 'left') AS card_orders
FROM orders
JOIN duties ON duties.connection = orders.connection AND duties.kind = 'order' AND duties.ref = orders.ref
LEFT JOIN cards ON cards.connection = orders.connection AND cards.id = orders.card
WHERE orders.connection = @connection AND orders.ref = @ref;

-- name: OrderRefsByKey :many
SELECT ref FROM orders WHERE connection = @connection AND key = @key ORDER BY placed + 0, ref;
