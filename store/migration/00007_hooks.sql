-- +goose Up
-- The reading of what lies between a connection's start date and the moment it was
-- begun, or of what a long stand-still left unread. The cursor import says how far it
-- has come.
CREATE TABLE imports (
    connection TEXT   NOT NULL PRIMARY KEY,
    starts     BIGINT NOT NULL,
    until      BIGINT NOT NULL,
    begun      BIGINT NOT NULL,
    ended      BIGINT NOT NULL, -- 0 while it goes on
    orders     BIGINT NOT NULL, -- that were read
    calls      BIGINT NOT NULL  -- that it took
);

-- The webhooks of a shop.
CREATE TABLE hooks (
    connection TEXT   NOT NULL PRIMARY KEY,
    secret     BYTEA  NOT NULL, -- sealed: what the shop signs with
    set_at     BIGINT NOT NULL, -- when the shop was told to send them, 0 if it was not
    seen_at    BIGINT NOT NULL, -- the last one that was signed rightly
    seen       BIGINT NOT NULL
);

-- Keys that UNAS took, by their fingerprint.
CREATE TABLE proven_keys (
    key_hash TEXT   NOT NULL PRIMARY KEY,
    at       BIGINT NOT NULL
);

-- +goose Down
DROP TABLE proven_keys;
DROP TABLE hooks;
DROP TABLE imports;
