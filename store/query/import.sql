-- An import that goes on keeps where it starts and only gets a later end; one that
-- ended gives way.

-- name: BeginImport :exec
INSERT INTO imports (connection, starts, until, begun, ended, orders, calls) VALUES (@connection, @starts, @until, @now, 0, 0, 0)
ON CONFLICT (connection) DO UPDATE SET
    starts = CASE WHEN imports.ended = 0 THEN imports.starts ELSE excluded.starts END,
    begun = CASE WHEN imports.ended = 0 THEN imports.begun ELSE excluded.begun END,
    orders = CASE WHEN imports.ended = 0 THEN imports.orders ELSE 0 END,
    calls = CASE WHEN imports.ended = 0 THEN imports.calls ELSE 0 END,
    until = excluded.until, ended = 0;

-- name: ForgetEndedImport :exec
DELETE FROM cursors WHERE cursors.connection = @connection AND cursors.kind = @kind
    AND NOT EXISTS (SELECT 1 FROM imports WHERE imports.connection = cursors.connection AND imports.ended = 0);

-- name: DropCursor :exec
DELETE FROM cursors WHERE connection = @connection AND kind = @kind;

-- name: ImportOf :one
SELECT * FROM imports WHERE connection = @connection;

-- name: NoteImport :exec
UPDATE imports SET orders = orders + @orders, calls = calls + @calls WHERE connection = @connection AND ended = 0;

-- name: EndImport :exec
UPDATE imports SET ended = @now WHERE connection = @connection AND ended = 0;

-- name: ActiveOfShop :one
SELECT COUNT(*) FROM connections WHERE shop = @shop AND state = 'active';

-- name: DueOf :one
SELECT due FROM schedules WHERE connection = @connection;
