-- +goose Up
-- What is wrong with a connection as a whole, of the kind that stays until somebody
-- mends it. Each kind is replaced as a whole by whoever looks.
CREATE TABLE troubles (
    connection TEXT   NOT NULL,
    kind       TEXT   NOT NULL, -- account: the MiniCRM account
    place      BIGINT NOT NULL, -- the first is the one to mend first
    code       TEXT   NOT NULL,
    text       TEXT   NOT NULL,
    next       TEXT   NOT NULL,
    since      BIGINT NOT NULL,
    PRIMARY KEY (connection, kind, place)
);

-- What was read last of the MiniCRM account, for looks without a network.
CREATE TABLE accounts (
    connection TEXT   NOT NULL PRIMARY KEY,
    facts      TEXT   NOT NULL, -- JSON: language and fields, no persons
    at         BIGINT NOT NULL
);

-- Confirmed orders that the present settings would send otherwise, listed by a person
-- who wants them sent. They go a few at a time.
CREATE TABLE reworks (
    connection TEXT   NOT NULL,
    ref        TEXT   NOT NULL,
    placed     BIGINT NOT NULL, -- the newest goes first
    listed     BIGINT NOT NULL,
    PRIMARY KEY (connection, ref)
);
CREATE INDEX reworks_placed ON reworks (connection, placed, ref);

-- +goose Down
DROP TABLE reworks;
DROP TABLE accounts;
DROP TABLE troubles;
