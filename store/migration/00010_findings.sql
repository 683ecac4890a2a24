-- +goose Up
-- What a probe found out about a MiniCRM system that no document says. Connections of
-- one system share it, as they share ids and budgets.
CREATE TABLE findings (
    account  TEXT   NOT NULL,
    name     TEXT   NOT NULL,
    value    TEXT   NOT NULL,
    evidence TEXT   NOT NULL, -- one sentence for people, without personal data
    sure     TEXT   NOT NULL, -- sure, likely or unknown
    found    BIGINT NOT NULL,
    PRIMARY KEY (account, name)
);
-- The probe of a system made last. Its stamp is part of the external ids of all that it
-- made, so that the next one finds what a killed process left behind.
CREATE TABLE probes (
    account TEXT   NOT NULL PRIMARY KEY,
    stamp   TEXT   NOT NULL,
    begun   BIGINT NOT NULL,
    seen    BIGINT NOT NULL, -- last sign of life
    ended   BIGINT NOT NULL, -- 0: it goes on, or its process was killed
    dirty   TEXT   NOT NULL  -- stamps of probes that may have left something behind, blanks between
);

-- +goose Down
DROP TABLE probes;
DROP TABLE findings;
