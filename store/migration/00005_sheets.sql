-- +goose Up
-- Addresses of the sheets of orders. The secret part of one is random, so that no
-- address can be worked out from another, and sealed, so that the same one can be
-- written again; it is looked up by its hash.
CREATE TABLE sheets (
    connection TEXT   NOT NULL,
    ref        TEXT   NOT NULL, -- of the order
    hash       TEXT   NOT NULL, -- SHA-256 of the secret, hex
    sealed     BYTEA  NOT NULL, -- the secret
    created    BIGINT NOT NULL,
    PRIMARY KEY (connection, ref)
);
CREATE UNIQUE INDEX sheets_hash ON sheets (hash);

-- What a shop told of itself when its key was last used to log in.
CREATE TABLE shops (
    connection TEXT   NOT NULL PRIMARY KEY,
    data       BYTEA  NOT NULL, -- gzip of JSON
    told       BIGINT NOT NULL
);

-- +goose Down
DROP TABLE shops;
DROP TABLE sheets;
