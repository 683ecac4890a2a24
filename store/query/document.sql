-- name: AddDocument :exec
INSERT INTO documents (id, connection, secret_hash, created, expires, delivery, state, orders, cards, body, taken_at, shown_at, ended_at)
VALUES (@id, @connection, @secret_hash, @created, @expires, @delivery, 'made', @orders, @cards, @body, 0, 0, 0);

-- name: TakeDocument :execrows
UPDATE documents SET state = 'taken', taken_at = CASE WHEN taken_at = 0 THEN @now ELSE taken_at END
WHERE id = @id AND state IN ('made', 'taken');

-- name: LoseDocument :execrows
UPDATE documents SET state = 'lost', ended_at = @now, body = @empty WHERE id = @id AND state = 'made';

-- name: EndDocument :execrows
UPDATE documents SET state = 'settled', ended_at = @now WHERE id = @id AND state IN ('made', 'taken');

-- name: ShowDocument :exec
UPDATE documents SET shown_at = @now WHERE id = @id AND shown_at = 0;

-- name: DocumentState :one
SELECT state FROM documents WHERE id = @id;

-- name: DueOfDocument :exec
UPDATE duties SET due = @due, updated = @now WHERE document = @document AND state = 'sent';

-- name: CardsOfDocument :exec
UPDATE cards SET sent_at = @now
WHERE sent_at = 0 AND (connection, id) IN (
    SELECT duties.connection, duties.card FROM duties WHERE duties.document = @document AND duties.state = 'sent');

-- name: DutiesOfLostDocument :exec
UPDATE duties SET
    state = CASE WHEN next IN ('held', 'parked', 'left') THEN next ELSE 'owed' END,
    pending = '', next = '', due = @due, updated = @now
WHERE document = @document AND state = 'sent';

-- name: DocumentBySecret :one
SELECT * FROM documents WHERE secret_hash = @secret_hash AND secret_hash <> '' AND state = 'made' AND expires > @now;

-- name: OpenDocuments :many
SELECT id, connection, secret_hash, created, expires, delivery, state, orders, cards, taken_at, shown_at, ended_at
FROM documents WHERE connection = @connection AND state IN ('made', 'taken') ORDER BY created, id;

-- name: ProcessingTimes :many
SELECT taken_at, shown_at FROM documents
WHERE connection = @connection AND taken_at > 0 AND shown_at > 0 ORDER BY taken_at DESC LIMIT @rows;
