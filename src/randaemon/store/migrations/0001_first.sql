-- The first schema. Append-only: a released migration is never edited, a change is the next number.

-- One row a unit of work: a drop (parent NULL, root = its own id) or a member of an archive.
CREATE TABLE documents (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given twice: artifacts and events refer to it
    key          TEXT    NOT NULL UNIQUE,            -- 12 hex digits
    parent       INTEGER REFERENCES documents (id),
    root         INTEGER NOT NULL,                   -- the drop it came from
    name         TEXT    NOT NULL,                   -- percent-encoded
    digest       TEXT    NOT NULL,                   -- '' for a member that was refused before it was read
    size         INTEGER NOT NULL,
    stage        INTEGER NOT NULL CHECK (stage BETWEEN 1 AND 6),
    status       TEXT    NOT NULL CHECK (status IN ('ready', 'running', 'done', 'rejected', 'failed', 'cancelled')),
    attempt      INTEGER NOT NULL DEFAULT 0,
    claim        INTEGER NOT NULL DEFAULT 0,         -- raised at every claim, never reset: the fence
    due          REAL,                               -- not before; NULL: may be claimed
    reason       TEXT    NOT NULL DEFAULT '',
    code         TEXT    NOT NULL DEFAULT '',
    duplicate_of INTEGER REFERENCES documents (id),
    admitted     REAL    NOT NULL,
    ended        REAL,
    announced    INTEGER NOT NULL DEFAULT 0,         -- of a drop: its drop.done is in the events
    meta         TEXT    NOT NULL DEFAULT '{}'
) STRICT;

-- The claim: rows that may be claimed now and nothing else, in claim order, so that it stays flat under any backlog.
CREATE INDEX documents_claim ON documents (stage DESC, id) WHERE status = 'ready' AND due IS NULL;
-- The waker: rows that wait.
CREATE INDEX documents_waiting ON documents (due) WHERE status = 'ready' AND due IS NOT NULL;
-- Stages run once per content: one primary row a digest.
CREATE UNIQUE INDEX documents_primary ON documents (digest) WHERE duplicate_of IS NULL AND digest <> '';
-- The copies of a content, for when its first ends.
CREATE INDEX documents_copies ON documents (duplicate_of) WHERE duplicate_of IS NOT NULL;
-- What has not ended: of a drop, or at all. No index holds status and stage of these rows but the claim: each would be
-- written twice a stage.
CREATE INDEX documents_open ON documents (root) WHERE ended IS NULL;
-- What has: counts for status, and the drops in quarantine.
CREATE INDEX documents_ended ON documents (status, stage) WHERE ended IS NOT NULL;
CREATE INDEX documents_root ON documents (root);
CREATE INDEX documents_children ON documents (parent) WHERE parent IS NOT NULL;

-- What a stage wrote for a content: kept under the primary row of the digest, id = document * 8 + stage, so that rows
-- are appended to one tree in nearly rising order instead of at random into an index of digests.
CREATE TABLE artifacts (
    id     INTEGER PRIMARY KEY,
    size   INTEGER NOT NULL,                         -- uncompressed
    body   BLOB,                                     -- zlib above 8 KiB; NULL: it is a file
    object TEXT NOT NULL DEFAULT ''                  -- SHA-256 of the file under objects/, which holds the zlib bytes
) STRICT;

-- One row a scored conversation. The rowid counts up: rows above a version's mark are new since it.
CREATE TABLE candidates (
    serial   INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT    NOT NULL UNIQUE,
    document INTEGER NOT NULL REFERENCES documents (id),
    accepted INTEGER NOT NULL,
    score    REAL    NOT NULL,
    body     TEXT    NOT NULL                        -- JSON of model.Candidate
) STRICT;
CREATE INDEX candidates_document ON candidates (document);
CREATE INDEX candidates_accepted ON candidates (accepted, serial);

-- The bus.
CREATE TABLE events (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at       REAL NOT NULL,
    kind     TEXT NOT NULL,
    document INTEGER,
    data     TEXT NOT NULL DEFAULT '{}'
) STRICT;
CREATE INDEX events_document ON events (document, id) WHERE document IS NOT NULL;
CREATE INDEX events_kind ON events (kind, id) WHERE document IS NULL;

CREATE TABLE state (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE versions (
    number       INTEGER PRIMARY KEY,
    digest       TEXT    NOT NULL UNIQUE,
    path         TEXT    NOT NULL,
    created      REAL    NOT NULL,
    samples      INTEGER NOT NULL,
    mean_quality REAL    NOT NULL,
    splits       TEXT    NOT NULL,
    meta         TEXT    NOT NULL,
    mark         INTEGER NOT NULL                    -- highest candidate it was sealed from
) STRICT;

CREATE TABLE runs (
    serial  INTEGER PRIMARY KEY AUTOINCREMENT,
    id      TEXT    NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    model   TEXT    NOT NULL,
    status  TEXT    NOT NULL CHECK (status IN ('running', 'done', 'failed', 'interrupted', 'stopped')),
    started REAL    NOT NULL,
    ended   REAL,
    folder  TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    metrics TEXT    NOT NULL
) STRICT;

CREATE TABLE promotions (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    run      TEXT NOT NULL,
    action   TEXT NOT NULL CHECK (action IN ('promote', 'rollback')),
    at       REAL NOT NULL,
    reason   TEXT NOT NULL,
    evidence TEXT NOT NULL
) STRICT;
