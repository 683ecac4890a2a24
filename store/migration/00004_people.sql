-- +goose Up
-- A list of MiniCRM that is read page by page and whose rows may move meanwhile. It is
-- read again, in a further pass, until a pass met the whole list.
CREATE TABLE readings (
    scope    TEXT    NOT NULL, -- the MiniCRM system or the connection it is read for
    kind     TEXT    NOT NULL, -- people or existing
    pass     BIGINT  NOT NULL, -- counts all passes, of all readings
    first    BIGINT  NOT NULL, -- the first pass of this reading
    page     BIGINT  NOT NULL, -- the next to read
    total    BIGINT  NOT NULL, -- length of the list as the last page told it, 0 for not told
    met      BIGINT  NOT NULL, -- different rows met in this pass
    fresh    BIGINT  NOT NULL, -- of them, those that were not known as they are
    moved    BOOLEAN NOT NULL, -- the length changed within this pass
    since    BIGINT  NOT NULL, -- only what changed since then, in MiniCRM's time; 0 for the whole list
    begun    BIGINT  NOT NULL, -- when this reading began, in MiniCRM's time
    complete BIGINT  NOT NULL, -- when the whole list was known for the first time, 0 for not yet
    done     BIGINT  NOT NULL, -- when the last reading ended
    pages    BIGINT  NOT NULL, -- calls that this reading took
    holder   TEXT    NOT NULL, -- who reads it just now
    held     BIGINT  NOT NULL, -- until then
    PRIMARY KEY (scope, kind)
);

-- Which persons of a MiniCRM system have which e-mail address, as a hash: enough to
-- find a person, nothing that tells who it is.
CREATE TABLE people (
    account TEXT    NOT NULL,
    contact BIGINT  NOT NULL, -- MiniCRM's id of the person
    mail    TEXT    NOT NULL, -- hash of the plain address, empty for none
    company BOOLEAN NOT NULL, -- the person belongs to a company there
    pass    BIGINT  NOT NULL, -- of the reading that met it last
    seen    BIGINT  NOT NULL,
    PRIMARY KEY (account, contact)
);
CREATE INDEX people_mail ON people (account, mail);

-- What was decided about the person of a customer's card when the card was handed
-- over first.
CREATE TABLE matches (
    connection TEXT    NOT NULL,
    card       BIGINT  NOT NULL,
    kind       TEXT    NOT NULL, -- attached, new, several, found
    contact    BIGINT  NOT NULL, -- the person attached, else 0
    company    BOOLEAN NOT NULL, -- who belongs to a company there
    people     BIGINT  NOT NULL, -- how many had the address
    decided    BIGINT  NOT NULL,
    PRIMARY KEY (connection, card)
);
CREATE INDEX matches_kind ON matches (connection, kind);

-- The order documents that were in MiniCRM before the first order was handed over.
CREATE TABLE existing (
    connection TEXT   NOT NULL,
    crm_id     BIGINT NOT NULL,
    crm_card   BIGINT NOT NULL,
    number     TEXT   NOT NULL,
    verdict    TEXT   NOT NULL, -- empty, ours, foreign
    pass       BIGINT NOT NULL,
    PRIMARY KEY (connection, crm_id)
);
CREATE INDEX existing_number ON existing (connection, number);
CREATE INDEX existing_verdict ON existing (connection, verdict);

-- The one order that is tried before others are sent over documents that are there.
CREATE TABLE adoptions (
    connection TEXT   NOT NULL PRIMARY KEY,
    ref        TEXT   NOT NULL,
    crm_id     BIGINT NOT NULL, -- the document it is to land on
    state      TEXT   NOT NULL, -- trying, proven, failed
    tries      BIGINT NOT NULL,
    begun      BIGINT NOT NULL,
    reason     TEXT   NOT NULL  -- of failed
);

-- +goose Down
DROP TABLE adoptions;
DROP TABLE existing;
DROP TABLE matches;
DROP TABLE people;
DROP TABLE readings;
