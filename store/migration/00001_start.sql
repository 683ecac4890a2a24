-- Types are TEXT, BIGINT, BOOLEAN and BYTEA only, which SQLite and PostgreSQL both
-- take. Times are Unix milliseconds in UTC, 0 is "never". Ids come from the program.

-- +goose Up
CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE connections (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    document   TEXT   NOT NULL, -- JSON, without secrets
    secrets    BYTEA  NOT NULL, -- sealed JSON {unas, minicrm}
    shop       TEXT   NOT NULL,
    account    TEXT   NOT NULL,
    start_date TEXT   NOT NULL,
    state      TEXT   NOT NULL, -- active, paused, stopped
    stop_code  TEXT   NOT NULL,
    stop_text  TEXT   NOT NULL,
    statuses   TEXT   NOT NULL, -- JSON object, UNAS status id -> name when the map was saved
    asked      BIGINT NOT NULL, -- counts the questions put to the shop
    created    BIGINT NOT NULL,
    updated    BIGINT NOT NULL
);

CREATE TABLE tokens (
    key_hash TEXT   NOT NULL PRIMARY KEY,
    shop     TEXT   NOT NULL,
    sealed   BYTEA  NOT NULL,
    expires  BIGINT NOT NULL
);

CREATE TABLE cursors (
    connection TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (connection, kind)
);

CREATE TABLE orders (
    connection   TEXT   NOT NULL,
    ref          TEXT   NOT NULL,
    id           BIGINT NOT NULL, -- of UNAS, 0 if the order could not be read
    external     BIGINT NOT NULL, -- in MiniCRM
    key          TEXT   NOT NULL,
    internal_key TEXT   NOT NULL,
    card         BIGINT NOT NULL,
    placed       BIGINT NOT NULL,
    modified     BIGINT NOT NULL,
    status_id    TEXT   NOT NULL,
    status_name  TEXT   NOT NULL,
    currency     TEXT   NOT NULL,
    gross        TEXT   NOT NULL,
    differs      TEXT   NOT NULL, -- what the lines lack against the total, or empty
    digest       BYTEA  NOT NULL,
    version      BIGINT NOT NULL, -- counts the different digests
    asked        BIGINT NOT NULL, -- connections.asked of the answer this came from
    data         BYTEA  NOT NULL, -- gzip of the order as JSON, empty if it could not be read
    raw          BYTEA  NOT NULL, -- gzip of the shop's XML
    raw_at       BIGINT NOT NULL,
    PRIMARY KEY (connection, ref)
);
CREATE INDEX orders_key ON orders (connection, key);
CREATE INDEX orders_card ON orders (connection, card);
CREATE INDEX orders_placed ON orders (connection, placed);
CREATE INDEX orders_raw ON orders (raw_at);

CREATE TABLE duties (
    connection TEXT   NOT NULL,
    kind       TEXT   NOT NULL, -- order or card
    ref        TEXT   NOT NULL,
    card       BIGINT NOT NULL,
    placed     BIGINT NOT NULL, -- of the order: the oldest goes first
    wanted     BIGINT NOT NULL, -- version MiniCRM should show
    sent       BIGINT NOT NULL, -- version handed over last, 0 for never
    shown      BIGINT NOT NULL, -- version MiniCRM was seen to show, 0 for never
    state      TEXT   NOT NULL,
    decided    TEXT   NOT NULL, -- what was decided for the wanted version: state, code and field
    next       TEXT   NOT NULL, -- state decided while in flight, else empty
    due        BIGINT NOT NULL,
    rounds     BIGINT NOT NULL,
    code       TEXT   NOT NULL,
    field      TEXT   NOT NULL,
    reason     TEXT   NOT NULL,
    document   TEXT   NOT NULL, -- the last one it travelled in
    crm_id     BIGINT NOT NULL, -- of the order document in MiniCRM
    crm_card   BIGINT NOT NULL, -- of its card in MiniCRM
    written    TEXT   NOT NULL, -- JSON, what MiniCRM holds of ours
    pending    TEXT   NOT NULL, -- JSON, what is in flight
    differs    TEXT   NOT NULL, -- what MiniCRM shows otherwise, or empty
    created    BIGINT NOT NULL,
    updated    BIGINT NOT NULL,
    PRIMARY KEY (connection, kind, ref)
);
CREATE INDEX duties_state ON duties (connection, state, placed, ref);
CREATE INDEX duties_due ON duties (connection, state, due);
CREATE INDEX duties_document ON duties (document);
CREATE INDEX duties_card ON duties (connection, card);
CREATE INDEX duties_crm ON duties (connection, crm_id);

CREATE TABLE cards (
    connection   TEXT   NOT NULL,
    id           BIGINT NOT NULL, -- in MiniCRM
    source       TEXT   NOT NULL,
    described_by BIGINT NOT NULL, -- id of the order that tells who the buyer is
    described_at BIGINT NOT NULL, -- when that order was placed
    data         BYTEA  NOT NULL, -- gzip of the buyer as JSON
    asked        BIGINT NOT NULL,
    sent_at      BIGINT NOT NULL, -- when it was handed over first, 0 for never
    PRIMARY KEY (connection, id)
);

CREATE TABLE refs (
    account  TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    external BIGINT NOT NULL,
    source   TEXT   NOT NULL,
    PRIMARY KEY (account, kind, external),
    UNIQUE (account, kind, source)
);

CREATE TABLE budgets (
    scope   TEXT   NOT NULL PRIMARY KEY,
    created BIGINT NOT NULL
);

CREATE TABLE calls (
    id     TEXT   NOT NULL PRIMARY KEY,
    scope  TEXT   NOT NULL,
    at     BIGINT NOT NULL,
    weight BIGINT NOT NULL
);
CREATE INDEX calls_scope ON calls (scope, at);

CREATE TABLE documents (
    id          TEXT   NOT NULL PRIMARY KEY,
    connection  TEXT   NOT NULL,
    secret_hash TEXT   NOT NULL, -- empty for push
    created     BIGINT NOT NULL,
    expires     BIGINT NOT NULL,
    delivery    TEXT   NOT NULL, -- push or pull
    state       TEXT   NOT NULL, -- made, taken, settled, lost
    orders      BIGINT NOT NULL,
    cards       BIGINT NOT NULL,
    body        BYTEA  NOT NULL, -- gzip, empty once it ended
    taken_at    BIGINT NOT NULL,
    shown_at    BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL
);
CREATE UNIQUE INDEX documents_secret ON documents (secret_hash) WHERE secret_hash <> '';
CREATE INDEX documents_state ON documents (connection, state, created);

CREATE TABLE schedules (
    connection TEXT    NOT NULL PRIMARY KEY,
    due        BIGINT  NOT NULL,
    dirty      BOOLEAN NOT NULL
);
CREATE INDEX schedules_due ON schedules (due);

CREATE TABLE runs (
    id         TEXT   NOT NULL PRIMARY KEY,
    connection TEXT   NOT NULL,
    kind       TEXT   NOT NULL,
    started    BIGINT NOT NULL,
    until      BIGINT NOT NULL,
    ended      BIGINT NOT NULL,
    report     TEXT   NOT NULL -- JSON
);
CREATE INDEX runs_started ON runs (connection, kind, started);

-- +goose Down
DROP TABLE runs;
DROP TABLE schedules;
DROP TABLE documents;
DROP TABLE calls;
DROP TABLE budgets;
DROP TABLE refs;
DROP TABLE cards;
DROP TABLE duties;
DROP TABLE orders;
DROP TABLE cursors;
DROP TABLE tokens;
DROP TABLE connections;
DROP TABLE meta;
