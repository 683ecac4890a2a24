-- +goose Up
-- When the shop was found to have deleted the order, 0 for never.
ALTER TABLE duties ADD COLUMN deleted BIGINT NOT NULL DEFAULT 0;
CREATE INDEX duties_deleted ON duties (connection, deleted);

-- The days of placing that were read to find what is not there any more. A reading in
-- progress has first, skip and begun; it takes several calls where a day is long.
CREATE TABLE days (
    connection TEXT   NOT NULL,
    day        TEXT   NOT NULL, -- YYYY-MM-DD in the shop's zone
    first      BIGINT NOT NULL, -- number of the first question of the reading in progress, 0 if none is
    skip       BIGINT NOT NULL, -- rows it has read
    begun      BIGINT NOT NULL,
    sums       TEXT   NOT NULL, -- JSON, orders and totals by currency that it has read
    asked      BIGINT NOT NULL, -- number of the first question of the last whole reading
    read       BIGINT NOT NULL, -- when that ended, 0 for never
    total      TEXT   NOT NULL, -- JSON, its sums
    known      BIGINT NOT NULL, -- orders of ours that it looked for
    missing    BIGINT NOT NULL, -- those it did not show
    PRIMARY KEY (connection, day)
);

-- Orders that a single call did not find any more.
CREATE TABLE deletions (
    connection TEXT   NOT NULL,
    ref        TEXT   NOT NULL,
    key        TEXT   NOT NULL,
    reason     TEXT   NOT NULL, -- of the question
    asked      BIGINT NOT NULL, -- its number
    found      BIGINT NOT NULL,
    due        BIGINT NOT NULL, -- not acted upon before
    accepted   BIGINT NOT NULL, -- when a person agreed, 0 for not
    done       BIGINT NOT NULL, -- when it was acted upon, 0 for not
    PRIMARY KEY (connection, ref)
);
CREATE INDEX deletions_due ON deletions (connection, done, due);

CREATE TABLE alerts (
    connection TEXT   NOT NULL,
    code       TEXT   NOT NULL,
    text       TEXT   NOT NULL,
    since      BIGINT NOT NULL,
    updated    BIGINT NOT NULL,
    PRIMARY KEY (connection, code)
);

CREATE TABLE certificates (
    connection TEXT   NOT NULL,
    night      TEXT   NOT NULL, -- YYYY-MM-DD in the shop's zone
    made       BIGINT NOT NULL,
    data       TEXT   NOT NULL, -- JSON
    PRIMARY KEY (connection, night)
);

-- +goose Down
DROP TABLE certificates;
DROP TABLE alerts;
DROP TABLE deletions;
DROP TABLE days;
DROP INDEX duties_deleted;
ALTER TABLE duties DROP COLUMN deleted;
