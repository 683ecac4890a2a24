-- name: Erased :many
SELECT hash FROM erasures WHERE connection = @connection;

-- name: AddErasure :exec
INSERT INTO erasures (connection, hash, kind, subject, created, done)
VALUES (@connection, @hash, @kind, @subject, @now, 0)
ON CONFLICT (connection, hash) DO UPDATE SET done = 0;

-- name: FinishErasures :exec
UPDATE erasures SET done = @now WHERE connection = @connection AND done = 0 AND created <= @now;

-- name: UnfinishedErasures :one
SELECT COUNT(*) FROM erasures WHERE connection = @connection AND kind = 'address' AND done = 0;

-- name: ErasedKey :many
SELECT created FROM erasures WHERE connection = @connection AND hash = @hash;

-- name: LiftErasure :execrows
DELETE FROM erasures WHERE connection = @connection AND subject = @subject AND kind IN ('address', 'customer', 'card');

-- name: OrdersInTurn :many
SELECT ref, id, external, key, card, data FROM orders
WHERE connection = @connection AND ref > @after ORDER BY ref LIMIT @rows;

-- name: CardsAfter :many
SELECT id, source, customer, data FROM cards WHERE connection = @connection AND id > @after ORDER BY id LIMIT @rows;

-- name: DocumentsWithBody :many
SELECT id, state, delivery, body FROM documents
WHERE connection = @connection AND length(body) > 0 AND id > @after ORDER BY id LIMIT @rows;

-- name: EmptyDocument :exec
UPDATE documents SET body = @empty WHERE id = @id;

-- name: CustomersAfter :many
SELECT ref, id, card, data, raw FROM customers
WHERE connection = @connection AND ref > @after ORDER BY ref LIMIT @rows;

-- name: LinksOfCard :many
SELECT kind, crm_card FROM duties WHERE connection = @connection AND card = @card AND (crm_card > 0 OR sent > 0) ORDER BY kind, crm_card;

-- An id that was handed out to a person who was forgotten meanwhile.

-- name: DropOrderRef :exec
DELETE FROM refs WHERE kind = 'order' AND refs.external = @external
    AND account = (SELECT connections.account FROM connections WHERE connections.id = @connection)
    AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.connection = @connection AND orders.external = @external);

-- name: DropCardRef :exec
DELETE FROM refs WHERE kind = 'card' AND refs.external = @external
    AND account = (SELECT connections.account FROM connections WHERE connections.id = @connection)
    AND NOT EXISTS (SELECT 1 FROM cards WHERE cards.connection = @connection AND cards.id = @external);
