-- name: ExistingOrder :one
SELECT * FROM existing WHERE connection = @connection AND crm_id = @crm_id;

-- name: SaveExisting :exec
INSERT INTO existing (connection, crm_id, crm_card, number, verdict, pass)
VALUES (@connection, @crm_id, @crm_card, @number, '', @pass)
ON CONFLICT (connection, crm_id) DO UPDATE SET
    crm_card = excluded.crm_card, number = excluded.number, pass = excluded.pass;

-- name: DropExistingNotMet :exec
DELETE FROM existing WHERE connection = @connection AND pass < @pass;

-- name: JudgeExisting :exec
UPDATE existing SET verdict = @verdict WHERE connection = @connection AND crm_id = @crm_id;

-- name: AnyOurs :one
SELECT COUNT(*) FROM (SELECT 1 FROM existing WHERE connection = @connection AND verdict = 'ours' LIMIT 1) AS found;

-- name: AnySent :one
SELECT COUNT(*) FROM (SELECT 1 FROM duties WHERE connection = @connection AND sent > 0 LIMIT 1) AS found;

-- An order that was handed over once is ours, whatever MiniCRM lists.

-- name: LeaveExisting :execrows
UPDATE duties SET state = 'left', code = @code, field = '', reason = @reason, updated = @now
WHERE connection = @connection AND kind = 'order' AND ref = @ref AND state = 'owed' AND sent = 0;

-- name: TakeUpExisting :execrows
UPDATE duties SET state = 'owed', code = '', reason = '', due = @now, rounds = 0, updated = @now
WHERE connection = @connection AND kind = 'order' AND state = 'left' AND code = @code;

-- name: LeftExisting :many
SELECT duties.ref, orders.key, duties.reason FROM duties
JOIN orders ON orders.connection = duties.connection AND orders.ref = duties.ref
WHERE duties.connection = @connection AND duties.kind = 'order' AND duties.state = 'left' AND duties.code = @code
ORDER BY duties.placed, duties.ref LIMIT @rows;

-- name: CountLeftExisting :one
SELECT COUNT(*) FROM duties WHERE connection = @connection AND kind = 'order' AND state = 'left' AND code = @code;

-- name: Adoption :one
SELECT * FROM adoptions WHERE connection = @connection;

-- name: SaveAdoption :exec
INSERT INTO adoptions (connection, ref, crm_id, state, tries, begun, reason)
VALUES (@connection, @ref, @crm_id, @state, @tries, @now, @reason)
ON CONFLICT (connection) DO UPDATE SET
    ref = excluded.ref, crm_id = excluded.crm_id, state = excluded.state, tries = excluded.tries,
    begun = CASE WHEN adoptions.ref = excluded.ref THEN adoptions.begun ELSE excluded.begun END, reason = excluded.reason;
