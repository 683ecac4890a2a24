-- Orders that MiniCRM shows with a status of before: theirs had no pair when they were
-- handed over last.

-- name: Withheld :many
SELECT sqlc.embed(duties), orders.key AS order_key, orders.data, orders.external, orders.version,
    cards.source AS card_source, cards.data AS card_data, cards.sent_at AS card_sent,
    (SELECT COUNT(*) FROM duties AS other WHERE other.connection = duties.connection AND other.card = duties.card AND other.kind = 'order' AND other.state <> 'left') AS card_orders
FROM duties
JOIN orders ON orders.connection = duties.connection AND orders.ref = duties.ref
LEFT JOIN cards ON cards.connection = duties.connection AND cards.id = duties.card
WHERE duties.connection = @connection AND duties.kind = 'order' AND duties.state IN ('confirmed', 'unlisted')
    AND duties.code = @code AND duties.deleted = 0
ORDER BY duties.placed, duties.ref;

-- name: EndWithheld :exec
UPDATE duties SET code = '', field = '', reason = '', updated = @now
WHERE connection = @connection AND kind = 'order' AND ref = @ref AND state IN ('confirmed', 'unlisted') AND code = @code;
