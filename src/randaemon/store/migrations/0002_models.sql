-- What stages asked of language models, and what came back.

-- One row for each request of the stage that a document is in; gone when that stage is over.
CREATE TABLE asks (
    document INTEGER NOT NULL REFERENCES documents (id),
    key      TEXT    NOT NULL,                       -- request_key
    tier     TEXT    NOT NULL,
    asked    REAL    NOT NULL,
    outcome  TEXT    NOT NULL DEFAULT '' CHECK (outcome IN ('', 'ok', 'unavailable', 'refused')),
    reason   TEXT    NOT NULL DEFAULT '',            -- why there is no reply
    body     TEXT    NOT NULL,                       -- JSON of model.Request
    PRIMARY KEY (document, key)
) STRICT, WITHOUT ROWID;
-- What nobody has answered yet, so that one model is asked for a while before the next.
CREATE INDEX asks_open ON asks (tier, document, key) WHERE outcome = '';
CREATE INDEX asks_open_key ON asks (key) WHERE outcome = '';

-- The reply cache: the first reply to a request holds for all who ask the same, until it is too old. The realm says
-- which models could have answered: with other models the same request is another question.
CREATE TABLE replies (
    key               TEXT    NOT NULL,
    realm             TEXT    NOT NULL,
    at                REAL    NOT NULL,
    model             TEXT    NOT NULL,
    provider          TEXT    NOT NULL,
    prompt_tokens     INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    seconds           REAL    NOT NULL,
    text              TEXT    NOT NULL,
    PRIMARY KEY (key, realm)
) STRICT;
CREATE INDEX replies_age ON replies (at);

-- One row a call of a model, whatever became of it.
CREATE TABLE model_usage (
    serial            INTEGER PRIMARY KEY,
    at                REAL    NOT NULL,
    purpose           TEXT    NOT NULL,
    tier              TEXT    NOT NULL,
    outcome           TEXT    NOT NULL,              -- ok, or the code of the error
    server            TEXT    NOT NULL,
    provider          TEXT    NOT NULL,
    model             TEXT    NOT NULL,
    prompt_tokens     INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    seconds           REAL    NOT NULL
) STRICT;
CREATE INDEX model_usage_age ON model_usage (at);

-- Done by rules because no model answered: to be done again when one does.
CREATE INDEX documents_degraded ON documents (id)
WHERE status = 'done' AND duplicate_of IS NULL AND json_extract(meta, '$.degraded') IS NOT NULL;
