-- The sum keeps SQLite from taking the index of due times: it would read and sort
-- everything owed for each slice, instead of walking along the index by age.

-- name: DutiesInState :many
SELECT sqlc.embed(duties), orders.key AS order_key, orders.data, orders.external, orders.version,
    cards.source AS card_source, cards.data AS card_data, cards.sent_at AS card_sent,
    (SELECT COUNT(*) FROM duties AS other WHERE other.connection = duties.connection AND other.card = duties.card AND other.kind = 'order' AND other.state <> 'left') AS card_orders
FROM duties
JOIN orders ON orders.connection = duties.connection AND orders.ref = duties.ref
LEFT JOIN cards ON cards.connection = duties.connection AND cards.id = duties.card
WHERE duties.connection = @connection AND duties.kind = 'order' AND duties.state = @state AND duties.due + 0 <= CAST(@due AS BIGINT)
ORDER BY duties.placed, duties.ref
LIMIT @rows;

-- name: Redecide :execrows
UPDATE duties SET state = @state, due = @now, rounds = 0, code = @code, field = @field, reason = @reason, updated = @now
WHERE connection = @connection AND kind = 'order' AND ref = @ref AND state IN ('held', 'parked', 'left') AND deleted = 0;

-- name: ParkOwed :execrows
UPDATE duties SET state = 'parked', code = @code, field = @field, reason = @reason, updated = @now
WHERE connection = @connection AND kind = 'order' AND ref = @ref AND state = 'owed';

-- An amount is compared when MiniCRM shows an order: once the order is owed again,
-- what was seen is of a version that is going. The list and the counts agree on that.

-- name: Differing :many
SELECT orders.key, orders.differs AS total,
    CAST(CASE WHEN duties.state IN ('confirmed', 'unlisted') THEN duties.differs ELSE '' END AS TEXT) AS amount
FROM duties
JOIN orders ON orders.connection = duties.connection AND orders.ref = duties.ref
WHERE duties.connection = @connection AND duties.kind = 'order' AND duties.state <> 'left'
    AND (orders.differs <> '' OR (duties.state IN ('confirmed', 'unlisted') AND duties.differs <> ''))
ORDER BY orders.placed, orders.ref;

-- name: TotalsDiffer :one
SELECT COUNT(*) FROM duties JOIN orders ON orders.connection = duties.connection AND orders.ref = duties.ref
WHERE duties.connection = @connection AND duties.kind = 'order' AND duties.state <> 'left' AND orders.differs <> '';

-- name: AmountsDiffer :one
SELECT COUNT(*) FROM duties WHERE connection = @connection AND kind = 'order' AND state IN ('confirmed', 'unlisted') AND differs <> '';

-- name: Counts :many
SELECT state, COUNT(*) AS number FROM duties WHERE connection = @connection AND kind = 'order' GROUP BY state;

-- name: NextDue :one
SELECT due FROM duties WHERE connection = @connection AND kind = 'order' AND state = 'owed' ORDER BY due LIMIT 1;

-- name: SendDuty :execrows
UPDATE duties SET state = 'sent', sent = @version, document = @document, pending = @pending, due = @due, next = '', updated = @now
WHERE connection = @connection AND kind = 'order' AND ref = @ref AND state = 'owed';

-- What was decided while the order was in flight goes before the outcome: next
-- says held, parked or left, and a newer wanted version is owed at once.

-- name: SettleShown :execrows
UPDATE duties SET
    shown = sent, written = pending, pending = '', rounds = 0,
    state = CASE
        WHEN next IN ('held', 'parked', 'left') THEN next
        WHEN wanted > sent THEN 'owed'
        ELSE @state END,
    code = CASE WHEN next IN ('held', 'parked', 'left') THEN code WHEN wanted > sent THEN '' ELSE CAST(@code AS TEXT) END,
    field = CASE WHEN next IN ('held', 'parked', 'left') THEN field WHEN wanted > sent THEN '' ELSE CAST(@field AS TEXT) END,
    reason = CASE WHEN next IN ('held', 'parked', 'left') THEN reason WHEN wanted > sent THEN '' ELSE CAST(@reason AS TEXT) END,
    next = '', due = @now, differs = @differs, changed = @changed, updated = @now,
    crm_id = CASE WHEN CAST(@crm_id AS BIGINT) = 0 THEN crm_id ELSE CAST(@crm_id AS BIGINT) END,
    crm_card = CASE WHEN CAST(@crm_card AS BIGINT) = 0 THEN crm_card ELSE CAST(@crm_card AS BIGINT) END
WHERE connection = @connection AND kind = 'order' AND ref = @ref AND state = 'sent' AND sent = @version;

-- name: SettleNotShown :execrows
UPDATE duties SET
    pending = '',
    state = CASE
        WHEN next IN ('held', 'parked', 'left') THEN next
        WHEN wanted > sent THEN 'owed'
        ELSE @state END,
    rounds = CASE WHEN wanted > sent THEN 0 ELSE CAST(@rounds AS BIGINT) END,
    code = CASE WHEN wanted > sent OR next IN ('held', 'parked', 'left') THEN code ELSE @code END,
    field = CASE WHEN wanted > sent OR next IN ('held', 'parked', 'left') THEN field ELSE @field END,
    reason = CASE WHEN wanted > sent OR next IN ('held', 'parked', 'left') THEN reason ELSE @reason END,
    next = '', due = @due, updated = @now,
    crm_id = CASE WHEN CAST(@crm_id AS BIGINT) = 0 THEN crm_id ELSE CAST(@crm_id AS BIGINT) END,
    crm_card = CASE WHEN CAST(@crm_card AS BIGINT) = 0 THEN crm_card ELSE CAST(@crm_card AS BIGINT) END
WHERE connection = @connection AND kind = 'order' AND ref = @ref AND state = 'sent' AND sent = @version;

-- name: OrderOfCRM :many
SELECT ref FROM duties WHERE connection = @connection AND crm_id = @crm_id AND kind = 'order';
