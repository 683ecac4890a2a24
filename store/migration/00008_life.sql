-- +goose Up
-- What happened to an order, the oldest first. It tells no more of a person than it
-- must, and goes with the order when a person is forgotten.
CREATE TABLE events (
    connection TEXT   NOT NULL,
    ref        TEXT   NOT NULL,
    seq        BIGINT NOT NULL, -- counts the events of the order
    at         BIGINT NOT NULL,
    kind       TEXT   NOT NULL, -- seen, decided, sent, confirmed, missed, returned, changed
    version    BIGINT NOT NULL, -- of the order, 0 if it is about none
    state      TEXT   NOT NULL, -- that it led to
    code       TEXT   NOT NULL,
    document   TEXT   NOT NULL, -- that it is about, or empty
    text       TEXT   NOT NULL,
    PRIMARY KEY (connection, ref, seq)
);

-- What a person changed in MiniCRM since the order was confirmed, or empty.
ALTER TABLE duties ADD COLUMN changed TEXT NOT NULL DEFAULT '';

CREATE INDEX duties_order_card ON duties (connection, crm_card) WHERE kind = 'order' AND crm_card > 0;

-- Who was forgotten, by keyed hashes: nothing here tells who it was, unless somebody
-- asks about one address and has the key of the store.
CREATE TABLE erasures (
    connection TEXT   NOT NULL,
    hash       TEXT   NOT NULL,
    kind       TEXT   NOT NULL, -- address, customer, card, order or key
    subject    TEXT   NOT NULL, -- hash of the address it belongs to
    created    BIGINT NOT NULL,
    done       BIGINT NOT NULL, -- when everything was removed, 0 while it is not; of an address
    PRIMARY KEY (connection, hash)
);

-- The XML of an order has no time once it was removed, so the index passes over it.
DROP INDEX orders_raw;
CREATE INDEX orders_raw ON orders (connection, raw_at) WHERE raw_at > 0;
UPDATE orders SET raw_at = 0 WHERE length(raw) = 0;

-- +goose Down
DROP INDEX orders_raw;
CREATE INDEX orders_raw ON orders (raw_at);
DROP TABLE erasures;
DROP INDEX duties_order_card;
ALTER TABLE duties DROP COLUMN changed;
DROP TABLE events;
