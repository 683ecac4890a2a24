-- name: SaveConnection :execrows
INSERT INTO connections (id, name, document, secrets, shop, account, start_date, state, stop_code, stop_text, statuses, asked, created, updated)
VALUES (@id, @name, @document, @secrets, @shop, @account, @start_date, @state, @stop_code, @stop_text, @statuses, 0, @now, @now)
ON CONFLICT (id) DO UPDATE SET
    name = excluded.name, document = excluded.document, secrets = excluded.secrets, shop = excluded.shop,
    account = excluded.account, statuses = excluded.statuses, updated = excluded.updated
WHERE connections.start_date = excluded.start_date;

-- name: Connection :one
SELECT * FROM connections WHERE id = @id;

-- name: Connections :many
SELECT * FROM connections ORDER BY name, id;

-- name: SetState :execrows
UPDATE connections SET state = @state, stop_code = @stop_code, stop_text = @stop_text, updated = @now WHERE id = @id;

-- name: NextAsked :one
UPDATE connections SET asked = asked + 1 WHERE id = @id RETURNING asked;

-- name: SaveToken :exec
INSERT INTO tokens (key_hash, shop, sealed, expires) VALUES (@key_hash, @shop, @sealed, @expires)
ON CONFLICT (key_hash) DO UPDATE SET shop = excluded.shop, sealed = excluded.sealed, expires = excluded.expires;

-- name: Token :one
SELECT * FROM tokens WHERE key_hash = @key_hash;

-- name: DeleteToken :exec
DELETE FROM tokens WHERE key_hash = @key_hash;

-- name: DeleteOldTokens :exec
DELETE FROM tokens WHERE expires <= @now;

-- name: SetMeta :exec
INSERT INTO meta (name, value) VALUES (@name, @value) ON CONFLICT (name) DO NOTHING;

-- name: Meta :one
SELECT value FROM meta WHERE name = @name;
