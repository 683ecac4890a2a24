-- name: BeginDay :exec
INSERT INTO days (connection, day, first, skip, begun, sums, asked, read, total, known, missing)
VALUES (@connection, @day, @first, 0, @now, '', 0, 0, '', 0, 0)
ON CONFLICT (connection, day) DO UPDATE SET first = excluded.first, skip = 0, begun = excluded.begun, sums = '';

-- name: TurnDay :execrows
UPDATE days SET skip = @skip, sums = @sums WHERE connection = @connection AND day = @day AND first = @first;

-- name: EndDay :execrows
UPDATE days SET first = 0, skip = 0, begun = 0, sums = '', asked = @first, read = @now, total = @total, known = @known, missing = @missing
WHERE connection = @connection AND day = @day AND first = @first;

-- name: Days :many
SELECT * FROM days WHERE connection = @connection ORDER BY day;

-- An order that a listing shows gets the number of the question, changed or not. What
-- has an older one was not shown.

-- name: MissingOnDay :many
SELECT orders.ref, orders.key FROM orders
JOIN duties ON duties.connection = orders.connection AND duties.kind = 'order' AND duties.ref = orders.ref
WHERE orders.connection = @connection AND orders.placed >= @placed_from AND orders.placed < @placed_until
    AND orders.asked < @first AND orders.key <> '' AND duties.deleted = 0
ORDER BY orders.placed, orders.ref LIMIT @rows;

-- name: KnownOnDay :one
SELECT COUNT(*) FROM orders
JOIN duties ON duties.connection = orders.connection AND duties.kind = 'order' AND duties.ref = orders.ref
WHERE orders.connection = @connection AND orders.placed >= @placed_from AND orders.placed < @placed_until AND duties.deleted = 0;

-- name: OrdersOnDay :many
SELECT sqlc.embed(duties), orders.key, orders.status_id, orders.status_name, orders.currency, orders.gross, orders.differs AS total, orders.asked, orders.data
FROM orders
JOIN duties ON duties.connection = orders.connection AND duties.kind = 'order' AND duties.ref = orders.ref
WHERE orders.connection = @connection AND orders.placed >= @placed_from AND orders.placed < @placed_until
ORDER BY orders.placed, orders.ref;

-- name: PlacedSince :many
SELECT placed FROM orders WHERE connection = @connection AND placed >= @since ORDER BY placed;

-- name: SaveCertificate :exec
INSERT INTO certificates (connection, night, made, data) VALUES (@connection, @night, @made, @data)
ON CONFLICT (connection, night) DO UPDATE SET made = excluded.made, data = excluded.data;

-- name: ForgetCertificates :exec
DELETE FROM certificates WHERE connection = @connection AND made < @before;

-- A certificate names orders: those of a person who was forgotten are taken out of it.

-- name: NextCertificate :many
SELECT * FROM certificates WHERE connection = @connection AND night > @after ORDER BY night LIMIT 1;

-- name: RewriteCertificate :exec
UPDATE certificates SET data = @data WHERE connection = @connection AND night = @night;

-- name: LastCertificate :one
SELECT * FROM certificates WHERE connection = @connection ORDER BY night DESC LIMIT 1;

-- What MiniCRM does not have any more goes to it as if for the first time.

-- name: OweLost :execrows
UPDATE duties SET state = 'owed', shown = 0, written = '', differs = '', crm_id = 0, crm_card = 0, rounds = 0, due = @now, updated = @now
WHERE connection = @connection AND kind = 'order' AND ref = @ref AND state = 'confirmed' AND crm_id = @crm_id;

-- name: Alert :exec
INSERT INTO alerts (connection, code, text, since, updated) VALUES (@connection, @code, @text, @now, @now)
ON CONFLICT (connection, code) DO UPDATE SET text = excluded.text, updated = excluded.updated;

-- name: EndAlert :exec
DELETE FROM alerts WHERE connection = @connection AND code = @code;

-- name: Alerts :many
SELECT * FROM alerts WHERE connection = @connection ORDER BY since, code;
