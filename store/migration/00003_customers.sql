-- +goose Up
-- The records of registered customers, as the shop tells them apart from their orders.
CREATE TABLE customers (
    connection TEXT    NOT NULL,
    ref        TEXT    NOT NULL, -- id in the shop, or a fingerprint of a record without one
    id         BIGINT  NOT NULL, -- of UNAS, 0 if it could not be read
    card       BIGINT  NOT NULL, -- in MiniCRM, 0 if unknown
    registered BIGINT  NOT NULL,
    modified   BIGINT  NOT NULL,
    consent    TEXT    NOT NULL, -- to the newsletter: yes, no, or empty if it was never read
    withdrawn  BOOLEAN NOT NULL, -- the consent was there and is not any more
    digest     BYTEA   NOT NULL, -- of all that could be written, but for the basket
    version    BIGINT  NOT NULL, -- counts what could be written differently
    asked      BIGINT  NOT NULL, -- connections.asked of the answer this came from
    data       BYTEA   NOT NULL, -- gzip of the last record that could be read, as JSON
    raw        BYTEA   NOT NULL, -- gzip of the shop's XML, only of a record that could not be read
    raw_at     BIGINT  NOT NULL,
    gone       BIGINT  NOT NULL, -- when the shop did not have the customer any more, 0 if it does
    basket     TEXT    NOT NULL, -- fingerprint of the stored basket, empty for none, ? if the shop does not tell
    seen       BIGINT  NOT NULL, -- when this basket was seen first, 0 if it is settled
    lost       BIGINT  NOT NULL, -- 0 until it counts as abandoned, then when it was seen first
    content    TEXT    NOT NULL, -- of the abandoned basket
    value      TEXT    NOT NULL, -- of the abandoned basket, empty if unknown
    PRIMARY KEY (connection, ref)
);
CREATE INDEX customers_card ON customers (connection, card);
CREATE INDEX customers_registered ON customers (connection, registered, ref);
CREATE INDEX customers_seen ON customers (connection, seen) WHERE seen > 0 AND lost = 0;
CREATE INDEX customers_raw ON customers (raw_at) WHERE raw_at > 0;

ALTER TABLE cards ADD COLUMN customer BIGINT NOT NULL DEFAULT 0; -- id in the shop of a registered one
ALTER TABLE cards ADD COLUMN digest BYTEA NOT NULL DEFAULT ''; -- of data
ALTER TABLE cards ADD COLUMN version BIGINT NOT NULL DEFAULT 1; -- counts the different descriptions
ALTER TABLE cards ADD COLUMN record BIGINT NOT NULL DEFAULT 0; -- customers.version that is counted, 0 if there is no record
CREATE INDEX cards_unread ON cards (connection, id) WHERE record = 0 AND customer > 0;
CREATE INDEX duties_crm_card ON duties (connection, crm_card) WHERE kind = 'card' AND crm_card > 0;

-- Cards handed over before have no note of what was written on them: it goes once more,
-- but for the owner and the status, which only a new card gets.
INSERT INTO duties (connection, kind, ref, card, placed, wanted, sent, shown, state, decided, next, due, rounds, code, field, reason, document, crm_id, crm_card, written, pending, differs, created, updated)
SELECT connection, 'card', CAST(id AS TEXT), id, described_at, 1, CASE WHEN sent_at > 0 THEN 1 ELSE 0 END, CASE WHEN sent_at > 0 THEN 1 ELSE 0 END,
    CASE WHEN sent_at > 0 THEN 'confirmed' ELSE 'left' END, 'left', '', 0, 0, '', '', '', '', 0, 0, '', '', '', sent_at, sent_at
FROM cards;

-- +goose Down
DELETE FROM duties WHERE kind = 'card';
DROP INDEX duties_crm_card;
DROP INDEX cards_unread;
ALTER TABLE cards DROP COLUMN record;
ALTER TABLE cards DROP COLUMN version;
ALTER TABLE cards DROP COLUMN digest;
ALTER TABLE cards DROP COLUMN customer;
DROP TABLE customers;
