-- name: DropTroubles :exec
DELETE FROM troubles WHERE connection = @connection AND kind = @kind;

-- name: AddTrouble :exec
INSERT INTO troubles (connection, kind, place, code, text, next, since)
VALUES (@connection, @kind, @place, @code, @text, @next, @since);

-- name: Troubles :many
SELECT * FROM troubles WHERE connection = @connection ORDER BY kind, place;

-- name: SaveAccount :exec
INSERT INTO accounts (connection, facts, at) VALUES (@connection, @facts, @at)
ON CONFLICT (connection) DO UPDATE SET facts = excluded.facts, at = excluded.at
WHERE excluded.at >= accounts.at AND excluded.facts <> accounts.facts;

-- name: Account :one
SELECT facts FROM accounts WHERE connection = @connection;

-- An owed order that waits for something in MiniCRM. A newer version of it is due
-- when it comes.

-- name: Postpone :exec
UPDATE duties SET due = @due
WHERE connection = @connection AND kind = 'order' AND ref = @ref AND state = 'owed' AND wanted = @wanted;

-- name: Recall :exec
UPDATE duties SET due = @now WHERE connection = @connection AND kind = 'order' AND state = 'owed' AND due > @now;

-- name: DecideOwed :execrows
UPDATE duties SET state = @state, code = @code, field = @field, reason = @reason, updated = @now
WHERE connection = @connection AND kind = 'order' AND ref = @ref AND state = 'owed' AND wanted = @wanted;

-- name: OrdersAfter :many
SELECT sqlc.embed(duties), orders.key AS order_key, orders.data, orders.external, orders.version,
    cards.source AS card_source, cards.data AS card_data, cards.sent_at AS card_sent,
    (SELECT COUNT(*) FROM duties AS other WHERE other.connection = duties.connection AND other.card = duties.card AND other.state <> 'left') AS card_orders
FROM duties
JOIN orders ON orders.connection = duties.connection AND orders.ref = duties.ref
LEFT JOIN cards ON cards.connection = duties.connection AND cards.id = duties.card
WHERE duties.connection = @connection AND duties.kind = 'order' AND duties.ref > @after
    AND duties.placed >= @since AND duties.state IN ('confirmed', 'unlisted', 'left')
ORDER BY duties.ref
LIMIT @rows;

-- name: AddRework :execrows
INSERT INTO reworks (connection, ref, placed, listed) VALUES (@connection, @ref, @placed, @listed)
ON CONFLICT (connection, ref) DO NOTHING;

-- name: Reworks :many
SELECT * FROM reworks WHERE connection = @connection ORDER BY placed DESC, ref LIMIT @rows;

-- name: CountReworks :one
SELECT COUNT(*) FROM reworks WHERE connection = @connection;

-- name: DropRework :exec
DELETE FROM reworks WHERE connection = @connection AND ref = @ref;

-- name: DropReworks :execrows
DELETE FROM reworks WHERE connection = @connection;

-- The guard keeps what was decided or changed since the order was looked at.

-- name: OweAgain :execrows
UPDATE duties SET state = 'owed', due = @now, rounds = 0, code = '', field = '', reason = '', decided = @decided, updated = @now
WHERE connection = @connection AND kind = 'order' AND ref = @ref AND wanted = @wanted
    AND (state IN ('confirmed', 'unlisted') OR state = 'left' AND code = '');

-- An order that could not be read is known by its key alone until the shop tells its
-- id. Few are, so that looking for them costs a page nothing.

-- name: UnreadRefs :many
SELECT ref FROM duties WHERE connection = @connection AND kind = 'order' AND state = 'parked' AND ref LIKE 'key:%';

-- name: DropUnreadOrder :execrows
DELETE FROM orders WHERE connection = @connection AND ref = @ref AND id = 0 AND asked <= @asked;

-- name: DropUnreadDuty :exec
DELETE FROM duties WHERE connection = @connection AND kind = 'order' AND ref = @ref AND state = 'parked' AND sent = 0;

-- name: DropUnreadEvents :exec
DELETE FROM events WHERE connection = @connection AND ref = @ref;
