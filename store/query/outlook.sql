-- What a search for the next work wants to know of a connection, in one question: asked
-- one by one these would be most of what an idle connection costs. -1 is never.

-- name: Outlook :one
SELECT
    CAST(COALESCE((SELECT questions.due FROM questions WHERE questions.connection = @connection AND questions.reason = @hook ORDER BY questions.due LIMIT 1), -1) AS BIGINT) AS hint,
    CAST(COALESCE((SELECT questions.due FROM questions WHERE questions.connection = @connection AND questions.reason <> @hook ORDER BY questions.due LIMIT 1), -1) AS BIGINT) AS question,
    CAST(COALESCE((SELECT deletions.due FROM deletions WHERE deletions.connection = @connection AND deletions.done = 0 ORDER BY deletions.due LIMIT 1), -1) AS BIGINT) AS deletion,
    CAST(COALESCE((SELECT customers.seen FROM customers WHERE customers.connection = @connection AND customers.seen > 0 AND customers.lost = 0 ORDER BY customers.seen LIMIT 1), -1) AS BIGINT) AS basket,
    CAST(COALESCE((SELECT duties.due FROM duties WHERE duties.connection = @connection AND duties.kind = 'card' AND duties.state = 'owed' ORDER BY duties.due LIMIT 1), -1) AS BIGINT) AS card,
    CAST(COALESCE((SELECT duties.due FROM duties WHERE duties.connection = @connection AND duties.kind = 'order' AND duties.state = 'unlisted' AND duties.due < CAST(@never AS BIGINT) ORDER BY duties.due LIMIT 1), -1) AS BIGINT) AS unlisted,
    CAST(EXISTS (SELECT 1 FROM duties WHERE duties.connection = @connection AND duties.kind = 'order' AND duties.state = 'parked' AND duties.code = @cannot) AS BOOLEAN) AS cannot,
    CAST(EXISTS (SELECT 1 FROM reworks WHERE reworks.connection = @connection) AS BOOLEAN) AS rework,
    CAST(EXISTS (SELECT 1 FROM customers CROSS JOIN duties
        WHERE customers.connection = @connection AND customers.withdrawn AND duties.connection = customers.connection AND duties.card = customers.card
            AND duties.kind = 'card' AND duties.state = 'owed' AND duties.due <= @now) AS BOOLEAN) AS withdrawal,
    CAST(EXISTS (SELECT 1 FROM documents JOIN duties ON duties.document = documents.id
        WHERE documents.connection = @connection AND documents.state = 'taken' AND duties.kind = 'card' AND duties.state = 'sent'
            AND NOT EXISTS (SELECT 1 FROM duties AS other WHERE other.connection = duties.connection AND other.card = duties.card
                AND other.kind = 'order' AND other.document = duties.document AND other.state = 'sent')) AS BOOLEAN) AS loose;
