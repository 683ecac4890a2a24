-- name: AddReading :exec
INSERT INTO readings (scope, kind, pass, first, page, total, met, fresh, moved, since, begun, complete, done, pages, holder, held)
VALUES (@scope, @kind, 1, 1, 0, 0, 0, 0, FALSE, 0, @begun, 0, 0, 0, '', 0)
ON CONFLICT (scope, kind) DO NOTHING;

-- name: Reading :one
SELECT * FROM readings WHERE scope = @scope AND kind = @kind;

-- Two connections of one MiniCRM system share what is read of it; one of them reads.

-- name: HoldReading :execrows
UPDATE readings SET holder = @holder, held = @until
WHERE scope = @scope AND kind = @kind AND (holder = @holder OR held <= @now OR held > @ahead);

-- A page counts once, whoever read it.

-- name: TurnPage :execrows
UPDATE readings SET
    page = page + 1, pages = pages + 1, met = met + @met, fresh = fresh + @fresh,
    moved = CASE WHEN page > 0 AND total <> @total THEN TRUE ELSE moved END,
    total = @total
WHERE scope = @scope AND kind = @kind AND pass = @pass AND page = @page;

-- name: NextPass :execrows
UPDATE readings SET
    pass = pass + 1, first = CASE WHEN CAST(@anew AS BOOLEAN) THEN pass + 1 ELSE first END,
    page = 0, met = 0, fresh = 0, moved = FALSE, total = 0,
    since = @since, begun = @begun, complete = @complete, done = @done,
    pages = CASE WHEN CAST(@anew AS BOOLEAN) THEN 0 ELSE pages END
WHERE scope = @scope AND kind = @kind AND pass = @pass;

-- name: Person :one
SELECT * FROM people WHERE account = @account AND contact = @contact;

-- name: SavePerson :exec
INSERT INTO people (account, contact, mail, company, pass, seen)
VALUES (@account, @contact, @mail, @company, @pass, @seen)
ON CONFLICT (account, contact) DO UPDATE SET
    mail = excluded.mail, company = excluded.company, pass = excluded.pass, seen = excluded.seen;

-- name: PeopleOfMail :many
SELECT * FROM people WHERE account = @account AND mail = @mail ORDER BY contact;

-- name: DropPerson :exec
DELETE FROM people WHERE account = @account AND contact = @contact;

-- name: DropPeopleOfMail :execrows
DELETE FROM people WHERE mail = @mail AND account = @account;

-- name: DropPeopleNotMet :exec
DELETE FROM people WHERE account = @account AND pass < @pass;

-- name: SaveMatch :exec
INSERT INTO matches (connection, card, kind, contact, company, people, decided)
VALUES (@connection, @card, @kind, @contact, @company, @people, @now)
ON CONFLICT (connection, card) DO UPDATE SET
    kind = excluded.kind, contact = excluded.contact, company = excluded.company, people = excluded.people, decided = excluded.decided;

-- name: CardMatch :one
SELECT * FROM matches WHERE connection = @connection AND card = @card;

-- name: CardsWithSeveral :many
SELECT matches.card, matches.people,
    CAST((SELECT MIN(orders.key || '') FROM orders WHERE orders.connection = matches.connection AND orders.card = matches.card) AS TEXT) AS order_key
FROM matches
WHERE matches.connection = @connection AND matches.kind = 'several'
    AND EXISTS (SELECT 1 FROM orders WHERE orders.connection = matches.connection AND orders.card = matches.card)
ORDER BY matches.decided DESC, matches.card
LIMIT @rows;

-- What may go while the lists of MiniCRM are still being read: orders whose card was
-- handed over before.

-- name: OwedOnSentCards :many
SELECT sqlc.embed(duties), orders.key AS order_key, orders.data, orders.external, orders.version,
    cards.source AS card_source, cards.data AS card_data, cards.sent_at AS card_sent,
    (SELECT COUNT(*) FROM duties AS other WHERE other.connection = duties.connection AND other.card = duties.card AND other.kind = 'order' AND other.state <> 'left') AS card_orders
FROM duties
JOIN orders ON orders.connection = duties.connection AND orders.ref = duties.ref
LEFT JOIN cards ON cards.connection = duties.connection AND cards.id = duties.card
WHERE duties.connection = @connection AND duties.kind = 'order' AND duties.state = 'owed' AND duties.due + 0 <= CAST(@due AS BIGINT)
    AND (duties.card = 0 OR cards.sent_at > 0)
ORDER BY duties.placed, duties.ref
LIMIT @rows;

-- name: NextDueOnSentCards :one
SELECT duties.due FROM duties
LEFT JOIN cards ON cards.connection = duties.connection AND cards.id = duties.card
WHERE duties.connection = @connection AND duties.kind = 'order' AND duties.state = 'owed' AND (duties.card = 0 OR cards.sent_at > 0)
ORDER BY duties.due LIMIT 1;
