-- name: SaveFinding :exec
INSERT INTO findings (account, name, value, evidence, sure, found)
VALUES (@account, @name, @value, @evidence, @sure, @found)
ON CONFLICT (account, name) DO UPDATE SET
    value = excluded.value, evidence = excluded.evidence, sure = excluded.sure, found = excluded.found
WHERE excluded.found >= findings.found;

-- name: Findings :many
SELECT * FROM findings WHERE account = @account ORDER BY name;

-- One probe at a time: another one that gave a sign of life since @stale is in the way.

-- name: BeginProbe :execrows
INSERT INTO probes (account, stamp, begun, seen, ended, dirty)
VALUES (@account, @stamp, @now, @now, 0, @stamp)
ON CONFLICT (account) DO UPDATE SET
    stamp = excluded.stamp, begun = excluded.begun, seen = excluded.seen, ended = 0,
    dirty = CASE WHEN probes.dirty = '' THEN excluded.stamp ELSE probes.dirty || ' ' || excluded.stamp END
WHERE probes.ended > 0 OR probes.seen < @stale OR probes.seen > @ahead;

-- name: SeeProbe :execrows
UPDATE probes SET seen = @now WHERE account = @account AND stamp = @stamp AND ended = 0;

-- name: EndProbe :execrows
UPDATE probes SET ended = @now, dirty = @dirty WHERE account = @account AND stamp = @stamp AND ended = 0;

-- name: Probe :one
SELECT * FROM probes WHERE account = @account;
