-- +goose Up
-- What a single call to the shop is to find out: whether an order is still there, or
-- what it looks like now. The key is the shop's name of the thing.
CREATE TABLE questions (
    connection TEXT   NOT NULL,
    kind       TEXT   NOT NULL, -- order or customer
    key        TEXT   NOT NULL,
    reason     TEXT   NOT NULL, -- why it is asked, of the newest asking
    asked      BIGINT NOT NULL, -- counts how often it was wanted, so that an answer settles what it knew of
    due        BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    PRIMARY KEY (connection, kind, key)
);
CREATE INDEX questions_due ON questions (connection, due);

-- +goose Down
DROP TABLE questions;
