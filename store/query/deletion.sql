-- Whose key the question was about: what another id has under it, or nobody, is gone.

-- The few orders of a key are to be found by it. SQLite takes tables that are joined
-- crosswise in their order, and a sum can't be sorted by an index: otherwise it would go
-- through all living orders of the shop.

-- name: LivingByKey :many
SELECT orders.ref, orders.id, orders.internal_key, orders.asked FROM orders
CROSS JOIN duties
WHERE orders.connection = @connection AND orders.key = @key
    AND duties.connection = orders.connection AND duties.kind = 'order' AND duties.ref = orders.ref AND duties.deleted = 0
ORDER BY orders.placed + 0, orders.ref;

-- Who is asked for in order to see that the shop can be believed.

-- name: Witnesses :many
SELECT orders.key, orders.id FROM orders
JOIN duties ON duties.connection = orders.connection AND duties.kind = 'order' AND duties.ref = orders.ref
WHERE orders.connection = @connection AND orders.id > 0 AND orders.key <> '' AND duties.deleted = 0
    AND NOT EXISTS (SELECT 1 FROM deletions WHERE deletions.connection = orders.connection AND deletions.ref = orders.ref AND deletions.done = 0)
    AND NOT EXISTS (SELECT 1 FROM questions WHERE questions.connection = orders.connection AND questions.kind = 'order' AND questions.key = orders.key)
ORDER BY orders.placed DESC, orders.ref DESC LIMIT @rows;

-- name: FindDeleted :exec
INSERT INTO deletions (connection, ref, key, reason, asked, found, due, accepted, done)
VALUES (@connection, @ref, @key, @reason, @asked, @now, @due, 0, 0)
ON CONFLICT (connection, ref) DO UPDATE SET
    reason = excluded.reason, asked = excluded.asked, due = excluded.due,
    found = CASE WHEN deletions.done = 0 THEN deletions.found ELSE excluded.found END,
    accepted = CASE WHEN deletions.done = 0 THEN deletions.accepted ELSE 0 END,
    done = 0;

-- An order that was read again since it was asked for is there after all.

-- name: ForgetReturned :exec
DELETE FROM deletions WHERE deletions.connection = @connection AND deletions.done = 0 AND EXISTS (
    SELECT 1 FROM orders WHERE orders.connection = deletions.connection AND orders.ref = deletions.ref AND orders.asked > deletions.asked);

-- name: PendingDeletions :many
SELECT * FROM deletions WHERE connection = @connection AND done = 0 ORDER BY found, ref;

-- What a person is told of one order: only what no later answer contradicts.

-- name: DeletionOf :many
SELECT deletions.* FROM deletions
JOIN orders ON orders.connection = deletions.connection AND orders.ref = deletions.ref
WHERE deletions.connection = @connection AND deletions.ref = @ref AND deletions.done = 0 AND orders.asked <= deletions.asked;

-- name: DoneSince :one
SELECT COUNT(*) FROM deletions WHERE connection = @connection AND done > 0 AND accepted = 0 AND found > @since AND reason <> 'missing';

-- name: HastenDeletions :exec
UPDATE deletions SET due = @due WHERE connection = @connection AND done = 0 AND reason = 'missing' AND due > @due;

-- name: AcceptDeletions :execrows
UPDATE deletions SET accepted = @now, due = @now WHERE connection = @connection AND done = 0 AND accepted = 0;

-- name: EndDeletion :exec
UPDATE deletions SET done = @now WHERE connection = @connection AND ref = @ref;

-- A deletion is a version of its own, with no contents that an answer could be equal
-- to: whoever sees the order again makes the next version. The guard lets nobody
-- delete what was read since, and no answer from before bring it back.

-- name: DeleteOrder :one
UPDATE orders SET version = version + 1, digest = @gone, asked = @asked
WHERE connection = @connection AND ref = @ref AND asked <= @asked
RETURNING version, data;

-- name: KeepDeletedOrder :one
UPDATE orders SET asked = @asked WHERE connection = @connection AND ref = @ref AND asked <= @asked
RETURNING version, data;

-- What was handed over becomes Failed, if there is something left to tell it with; what
-- never was simply ends.

-- name: FailDuty :execrows
UPDATE duties SET
    deleted = @now, decided = 'deleted', wanted = @version, rounds = 0, due = @now, updated = @now,
    next = CASE WHEN state = 'sent' AND NOT CAST(@readable AS BOOLEAN) THEN 'parked' ELSE '' END,
    state = CASE
        WHEN state = 'sent' THEN state
        WHEN shown = 0 AND (sent = 0 OR state IN ('parked', 'held', 'left')) THEN 'left'
        WHEN NOT CAST(@readable AS BOOLEAN) THEN 'parked'
        ELSE 'owed' END,
    code = @code, field = '', reason = CASE
        WHEN NOT CAST(@readable AS BOOLEAN) AND (shown > 0 OR state = 'sent') THEN CAST(@unreadable AS TEXT)
        ELSE CAST(@reason AS TEXT) END
WHERE connection = @connection AND kind = 'order' AND ref = @ref AND deleted = 0;

-- What MiniCRM shows stays as it is there; what is owed is not sent any more.

-- name: KeepDuty :execrows
UPDATE duties SET
    deleted = @now, decided = 'deleted', updated = @now,
    next = CASE WHEN state = 'sent' THEN 'left' ELSE '' END,
    state = CASE WHEN state IN ('sent', 'confirmed', 'unlisted') THEN state ELSE 'left' END,
    code = @code, field = '', reason = @reason
WHERE connection = @connection AND kind = 'order' AND ref = @ref AND deleted = 0;

-- name: CountDeleted :many
SELECT state, COUNT(*) AS number FROM duties WHERE connection = @connection AND kind = 'order' AND deleted > 0 GROUP BY state;

-- name: DeletedOrders :many
SELECT duties.ref, orders.key, duties.state, duties.deleted FROM duties
JOIN orders ON orders.connection = duties.connection AND orders.ref = duties.ref
WHERE duties.connection = @connection AND duties.kind = 'order' AND duties.deleted > 0
ORDER BY duties.deleted DESC, duties.ref LIMIT @rows;

-- Questions that a newly read order raises: about orders it was made from, and about
-- the one that had its key before.

-- name: AskRelated :exec
INSERT INTO questions (connection, kind, key, reason, asked, due, created)
SELECT DISTINCT CAST(@connection AS TEXT), 'order', CAST(@key AS TEXT), CAST(@reason AS TEXT), 1, CAST(@now AS BIGINT), CAST(@now AS BIGINT) FROM orders
CROSS JOIN duties
WHERE orders.connection = @connection AND orders.key = @key
    AND duties.connection = orders.connection AND duties.kind = 'order' AND duties.ref = orders.ref AND duties.deleted = 0
ON CONFLICT (connection, kind, key) DO UPDATE SET
    asked = questions.asked + 1,
    due = CASE WHEN excluded.due < questions.due THEN excluded.due ELSE questions.due END;

-- name: AskReused :exec
INSERT INTO questions (connection, kind, key, reason, asked, due, created)
SELECT DISTINCT before.connection, 'order', before.key, 'reused', 1, CAST(@now AS BIGINT), CAST(@now AS BIGINT)
FROM orders AS before
JOIN duties ON duties.connection = before.connection AND duties.kind = 'order' AND duties.ref = before.ref
WHERE before.connection = @connection AND before.key = @key AND before.ref <> @ref
    AND before.id > 0 AND before.asked < @asked AND duties.deleted = 0
    AND NOT EXISTS (SELECT 1 FROM deletions WHERE deletions.connection = before.connection AND deletions.ref = before.ref AND deletions.done = 0)
ON CONFLICT (connection, kind, key) DO NOTHING;
