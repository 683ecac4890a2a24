-- An address that was given stays: the same one is written each time.

-- name: AddSheet :exec
INSERT INTO sheets (connection, ref, hash, sealed, created) VALUES (@connection, @ref, @hash, @sealed, @created)
ON CONFLICT (connection, ref) DO NOTHING;

-- name: Sheet :one
SELECT * FROM sheets WHERE connection = @connection AND ref = @ref;

-- The address of an order that is no longer stored leads nowhere.

-- name: SheetByHash :one
SELECT sheets.connection, sheets.ref FROM sheets
JOIN orders ON orders.connection = sheets.connection AND orders.ref = sheets.ref
WHERE sheets.hash = @hash;

-- name: SheetRefs :many
SELECT ref FROM sheets WHERE connection = @connection ORDER BY ref;

-- name: DropSheet :execrows
DELETE FROM sheets WHERE connection = @connection AND ref = @ref;

-- An order that MiniCRM shows, or that is on its way there, is owed once more in a
-- version of its own, so that what is settled meanwhile settles the one before.

-- name: RenewOrder :execrows
UPDATE orders SET version = version + 1
WHERE orders.connection = @connection AND orders.ref = @ref AND EXISTS (
    SELECT 1 FROM duties WHERE duties.connection = orders.connection AND duties.kind = 'order' AND duties.ref = orders.ref
        AND duties.state IN ('confirmed', 'unlisted', 'sent'));

-- name: RenewDuty :exec
UPDATE duties SET
    wanted = wanted + 1, rounds = CASE WHEN state = 'sent' THEN rounds ELSE 0 END,
    due = CASE WHEN state = 'sent' THEN due ELSE @now END,
    state = CASE WHEN state = 'sent' THEN state ELSE 'owed' END, updated = @now
WHERE connection = @connection AND kind = 'order' AND ref = @ref AND state IN ('confirmed', 'unlisted', 'sent');

-- name: SaveShop :exec
INSERT INTO shops (connection, data, told) VALUES (@connection, @data, @told)
ON CONFLICT (connection) DO UPDATE SET data = excluded.data, told = excluded.told WHERE excluded.told >= shops.told;

-- name: Shop :one
SELECT data FROM shops WHERE connection = @connection;
