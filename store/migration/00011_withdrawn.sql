-- +goose Up
-- Who took back a consent is looked for before each piece of work.
CREATE INDEX customers_withdrawn ON customers (connection, card) WHERE withdrawn;

-- +goose Down
DROP INDEX customers_withdrawn;
