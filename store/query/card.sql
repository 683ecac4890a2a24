-- A card's duty is to have MiniCRM show what is known of the customer. One that is
-- left does not travel without an order of its own; one that was shown always does.

-- name: OweCard :execrows
INSERT INTO duties (connection, kind, ref, card, placed, wanted, sent, shown, state, decided, next, due, rounds, code, field, reason, document, crm_id, crm_card, written, pending, differs, created, updated)
SELECT cards.connection, 'card', CAST(@ref AS TEXT), cards.id, CAST(@placed AS BIGINT), cards.version, 0, 0, CAST(@state AS TEXT), CAST(@state AS TEXT), '',
    CAST(@now AS BIGINT), 0, CAST(@code AS TEXT), CAST(@field AS TEXT), CAST(@reason AS TEXT), '', 0, 0, '', '', '', CAST(@now AS BIGINT), CAST(@now AS BIGINT)
FROM cards WHERE cards.connection = @connection AND cards.id = @card
ON CONFLICT (connection, kind, ref) DO UPDATE SET
    wanted = excluded.wanted, decided = excluded.decided,
    state = CASE
        WHEN duties.state = 'sent' THEN duties.state
        WHEN excluded.decided = 'parked' THEN 'parked'
        WHEN excluded.decided = 'left' AND duties.shown = 0 THEN 'left'
        WHEN duties.state IN ('confirmed', 'unlisted') AND duties.shown = excluded.wanted THEN duties.state
        ELSE 'owed' END,
    next = CASE
        WHEN duties.state <> 'sent' THEN ''
        WHEN excluded.decided = 'parked' THEN 'parked'
        WHEN excluded.decided = 'left' AND duties.shown = 0 THEN 'left'
        ELSE '' END,
    due = CASE WHEN duties.state = 'sent' THEN duties.due ELSE excluded.due END,
    rounds = CASE WHEN duties.wanted = excluded.wanted THEN duties.rounds ELSE 0 END,
    code = excluded.code, field = excluded.field, reason = excluded.reason, updated = excluded.updated
WHERE duties.wanted <> excluded.wanted OR duties.decided <> excluded.decided;

-- An order's news of its buyer leave open what was decided about the record.

-- name: OweCardOfOrder :execrows
INSERT INTO duties (connection, kind, ref, card, placed, wanted, sent, shown, state, decided, next, due, rounds, code, field, reason, document, crm_id, crm_card, written, pending, differs, created, updated)
SELECT cards.connection, 'card', CAST(@ref AS TEXT), cards.id, CAST(@placed AS BIGINT), cards.version, 0, 0, 'left', 'left', '',
    CAST(@now AS BIGINT), 0, '', '', '', '', 0, 0, '', '', '', CAST(@now AS BIGINT), CAST(@now AS BIGINT)
FROM cards WHERE cards.connection = @connection AND cards.id = @card
ON CONFLICT (connection, kind, ref) DO UPDATE SET
    wanted = excluded.wanted,
    state = CASE
        WHEN duties.state = 'sent' THEN duties.state
        WHEN duties.decided = 'parked' THEN 'parked'
        WHEN duties.decided = 'left' AND duties.shown = 0 THEN 'left'
        ELSE 'owed' END,
    due = CASE WHEN duties.state IN ('sent', 'owed') THEN duties.due ELSE excluded.due END,
    rounds = 0, updated = excluded.updated
WHERE duties.wanted <> excluded.wanted;

-- name: ParkRecord :exec
INSERT INTO duties (connection, kind, ref, card, placed, wanted, sent, shown, state, decided, next, due, rounds, code, field, reason, document, crm_id, crm_card, written, pending, differs, created, updated)
VALUES (@connection, 'card', @ref, 0, 0, 1, 0, 0, 'parked', 'parked', '', @now, 0, @code, @field, @reason, '', 0, 0, '', '', '', @now, @now)
ON CONFLICT (connection, kind, ref) DO NOTHING;

-- name: SendCard :execrows
UPDATE duties SET
    next = CASE WHEN decided = 'parked' THEN 'parked' WHEN decided = 'left' AND shown = 0 THEN 'left' ELSE '' END,
    state = 'sent', sent = @version, document = @document, pending = @pending, due = @due, updated = @now
WHERE connection = @connection AND kind = 'card' AND ref = @ref AND wanted >= @version;

-- name: SettleCardShown :execrows
UPDATE duties SET
    shown = sent, written = pending, pending = '', rounds = 0, next = '', due = @now, updated = @now,
    state = CASE WHEN decided = 'parked' THEN 'parked' WHEN wanted > sent THEN 'owed' ELSE @state END,
    code = CASE WHEN decided = 'parked' THEN code ELSE '' END,
    field = CASE WHEN decided = 'parked' THEN field ELSE '' END,
    reason = CASE WHEN decided = 'parked' THEN reason ELSE '' END,
    crm_card = CASE WHEN CAST(@crm_card AS BIGINT) = 0 THEN crm_card ELSE CAST(@crm_card AS BIGINT) END
WHERE connection = @connection AND kind = 'card' AND ref = @ref AND state = 'sent' AND sent = @version AND document = @document;

-- name: SettleCardNotShown :execrows
UPDATE duties SET
    pending = '', next = '', due = @due, updated = @now,
    state = CASE
        WHEN decided = 'parked' THEN 'parked'
        WHEN decided = 'left' AND shown = 0 THEN 'left'
        WHEN wanted > sent THEN 'owed'
        ELSE @state END,
    rounds = CASE WHEN wanted > sent THEN 0 ELSE CAST(@rounds AS BIGINT) END,
    code = CASE WHEN decided = 'parked' OR wanted > sent THEN code ELSE @code END,
    field = CASE WHEN decided = 'parked' OR wanted > sent THEN field ELSE '' END,
    reason = CASE WHEN decided = 'parked' OR wanted > sent THEN reason ELSE @reason END
WHERE connection = @connection AND kind = 'card' AND ref = @ref AND state = 'sent' AND sent = @version AND document = @document;

-- name: SettleCardSame :execrows
UPDATE duties SET shown = wanted, state = 'confirmed', rounds = 0, due = @now, updated = @now
WHERE connection = @connection AND kind = 'card' AND ref = @ref AND state = 'owed' AND shown > 0 AND wanted = @version;

-- name: ParkCard :execrows
UPDATE duties SET state = 'parked', code = @code, field = @field, reason = @reason, updated = @now
WHERE connection = @connection AND kind = 'card' AND ref = @ref AND state IN ('owed', 'left');

-- What the choice of customers said when a record was read counts until it is another
-- choice.

-- name: AllowCards :execrows
UPDATE duties SET decided = 'owed', state = CASE WHEN state = 'left' THEN 'owed' ELSE state END, next = CASE WHEN next = 'left' THEN '' ELSE next END,
    due = CASE WHEN state = 'left' THEN @now ELSE due END
WHERE duties.connection = @connection AND duties.kind = 'card' AND duties.decided = 'left'
    AND EXISTS (SELECT 1 FROM customers WHERE customers.connection = duties.connection AND customers.card = duties.card AND customers.digest <> @empty AND customers.gone = 0
        AND (customers.registered >= @since OR customers.modified >= @since));

-- name: ForbidCards :execrows
UPDATE duties SET decided = 'left', state = CASE WHEN state = 'owed' AND shown = 0 THEN 'left' ELSE state END, next = CASE WHEN state = 'sent' AND shown = 0 THEN 'left' ELSE next END
WHERE connection = @connection AND kind = 'card' AND decided = 'owed';

-- name: CardCounts :many
SELECT state, COUNT(*) AS number FROM duties WHERE connection = @connection AND kind = 'card' GROUP BY state;

-- name: ParkedCards :many
SELECT duties.ref, duties.code, duties.field, duties.reason, cards.customer
FROM duties LEFT JOIN cards ON cards.connection = duties.connection AND cards.id = duties.card
WHERE duties.connection = @connection AND duties.kind = 'card' AND duties.state = 'parked' ORDER BY duties.created, duties.ref;

-- name: EndSettledDocument :execrows
UPDATE documents SET state = 'settled', ended_at = @now, body = @empty
WHERE id = @id AND state = 'taken' AND NOT EXISTS (SELECT 1 FROM duties WHERE duties.document = documents.id AND duties.state = 'sent');
