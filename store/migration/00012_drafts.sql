-- +goose Up
-- Orders that MiniCRM does not list are looked for by their cards.
ALTER TABLE duties ADD COLUMN sought BIGINT NOT NULL DEFAULT 0; -- version whose card was looked for in vain
ALTER TABLE duties ADD COLUMN looks BIGINT NOT NULL DEFAULT 0; -- how often it was

-- +goose Down
ALTER TABLE duties DROP COLUMN looks;
ALTER TABLE duties DROP COLUMN sought;
