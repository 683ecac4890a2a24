-- A question that is wanted again stays at its place: only its reason is newer, and
-- an answer that was on its way does not settle it.

-- name: AddQuestion :exec
INSERT INTO questions (connection, kind, key, reason, asked, due, created)
VALUES (@connection, @kind, @key, @reason, 1, @due, @now)
ON CONFLICT (connection, kind, key) DO UPDATE SET
    reason = excluded.reason, asked = questions.asked + 1,
    due = CASE WHEN excluded.due < questions.due THEN excluded.due ELSE questions.due END;

-- name: Questions :many
SELECT * FROM questions WHERE connection = @connection AND due <= @now ORDER BY due, created, kind, key LIMIT @rows;

-- name: QuestionsFor :many
SELECT * FROM questions WHERE connection = @connection AND reason = @reason AND due <= @now ORDER BY due, created, kind, key LIMIT @rows;

-- name: QuestionsBeside :many
SELECT * FROM questions WHERE connection = @connection AND reason <> @reason AND due <= @now ORDER BY due, created, kind, key LIMIT @rows;

-- name: DropQuestion :exec
DELETE FROM questions WHERE connection = @connection AND kind = @kind AND key = @key AND asked = @asked;

-- name: DelayQuestion :exec
UPDATE questions SET due = @due WHERE connection = @connection AND kind = @kind AND key = @key;

-- name: WaitingQuestions :many
SELECT kind, reason, COUNT(*) AS number FROM questions WHERE connection = @connection GROUP BY kind, reason;
