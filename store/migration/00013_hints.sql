-- +goose Up
-- What a webhook told of is asked before all that can wait, of which there may be
-- thousands.
CREATE INDEX questions_reason ON questions (connection, reason, due);

-- +goose Down
DROP INDEX questions_reason;
