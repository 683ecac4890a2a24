-- name: SetHook :exec
INSERT INTO hooks (connection, secret, set_at, seen_at, seen) VALUES (@connection, @secret, @set_at, 0, 0)
ON CONFLICT (connection) DO UPDATE SET secret = excluded.secret, set_at = excluded.set_at;

-- name: Hook :one
SELECT * FROM hooks WHERE connection = @connection;

-- A late note never makes the last one look older.

-- name: SeeHook :exec
UPDATE hooks SET seen = seen + 1, seen_at = CASE WHEN seen_at < CAST(@now AS BIGINT) THEN CAST(@now AS BIGINT) ELSE seen_at END
WHERE connection = @connection;

-- name: DropHook :exec
DELETE FROM hooks WHERE connection = @connection;

-- name: ProveKey :exec
INSERT INTO proven_keys (key_hash, at) VALUES (@key_hash, @now)
ON CONFLICT (key_hash) DO UPDATE SET at = excluded.at;

-- name: ProvenKey :one
SELECT at FROM proven_keys WHERE key_hash = @key_hash;

-- name: DropProvenKey :exec
DELETE FROM proven_keys WHERE key_hash = @key_hash;

-- name: GiveBackCall :exec
DELETE FROM calls WHERE id = (SELECT c.id FROM calls AS c WHERE c.scope = @scope ORDER BY c.at DESC, c.id LIMIT 1);
