-- Whoever holds a connection keeps the pages of its shop, and the forgetting of a
-- person, apart from each other until the transaction ends.

-- name: HoldConnection :exec
UPDATE connections SET asked = asked WHERE id = @id;

-- name: Events :many
SELECT * FROM events WHERE connection = @connection AND ref = @ref ORDER BY seq;

-- name: PruneEvents :exec
DELETE FROM events WHERE connection = @connection AND ref = @ref AND seq <= @seq;

-- name: EventsOfLostDocument :exec
INSERT INTO events (connection, ref, seq, at, kind, version, state, code, document, text)
SELECT duties.connection, duties.ref,
    (SELECT COALESCE(MAX(events.seq), 0) + 1 FROM events WHERE events.connection = duties.connection AND events.ref = duties.ref),
    CAST(@now AS BIGINT), 'returned', duties.sent, 'owed', '', duties.document, ''
FROM duties WHERE duties.document = @document AND duties.kind = 'order' AND duties.state = 'sent';

-- name: LastEvents :many
SELECT ref, CAST(MAX(at) AS BIGINT) AS at FROM events
WHERE connection = @connection AND ref > @after GROUP BY ref ORDER BY ref LIMIT @rows;

-- name: DropEvents :exec
DELETE FROM events WHERE events.connection = @connection AND events.ref = @ref
    AND NOT EXISTS (SELECT 1 FROM events AS new WHERE new.connection = @connection AND new.ref = @ref AND new.at >= @before);

-- name: OldRaw :many
SELECT orders.ref FROM orders JOIN duties ON duties.connection = orders.connection AND duties.kind = 'order' AND duties.ref = orders.ref
WHERE orders.connection = @connection AND orders.raw_at > 0 AND orders.raw_at < @before AND duties.state <> 'parked'
ORDER BY orders.raw_at LIMIT @rows;

-- name: DropRaw :execrows
UPDATE orders SET raw = @empty, raw_at = 0 WHERE connection = @connection AND ref = @ref AND raw_at < @before;

-- The newest documents tell how long MiniCRM takes, however old they are.

-- name: DropDocuments :execrows
DELETE FROM documents WHERE documents.connection = @connection AND documents.id IN (
    SELECT old.id FROM documents AS old
    WHERE old.connection = @connection AND old.state IN ('settled', 'lost') AND old.ended_at < @before
        AND old.id NOT IN (SELECT new.id FROM documents AS new
            WHERE new.connection = @connection AND new.taken_at > 0 AND new.shown_at > 0 ORDER BY new.taken_at DESC LIMIT 20)
    LIMIT @rows);

-- name: EmptyOldDocuments :execrows
UPDATE documents SET body = @empty
WHERE connection = @connection AND state = 'settled' AND ended_at < @before AND length(body) > 0;

-- name: DropRuns :execrows
DELETE FROM runs WHERE runs.connection = @connection AND runs.id IN (
    SELECT old.id FROM runs AS old WHERE old.connection = @connection AND old.started < @before
        AND EXISTS (SELECT 1 FROM runs AS new WHERE new.connection = old.connection AND new.kind = old.kind
            AND (new.started > old.started OR (new.started = old.started AND new.id > old.id)))
    LIMIT @rows);

-- name: DropCalls :exec
DELETE FROM calls WHERE at < @before;

-- name: Document :one
SELECT * FROM documents WHERE id = @id;

-- name: MarkChanged :execrows
UPDATE duties SET changed = @changed
WHERE connection = @connection AND kind = 'order' AND ref = @ref AND state = 'confirmed' AND shown = @version AND wanted = shown
    AND changed <> @changed;
