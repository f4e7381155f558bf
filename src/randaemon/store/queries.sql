-- Every statement of the store but the schema. A block is its name, why it is as it is, and one statement.
-- Lists come in as one JSON array each (`json_each(?)`), so that the text never varies and stays prepared.

-- === documents: intake =================================================================================

-- name: last_document
-- Ids are given by us: a whole batch can then name its duplicates without asking for each new id.
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'documents'), 0);

-- name: primaries
SELECT * FROM documents
WHERE digest IN (SELECT value FROM json_each(?)) AND duplicate_of IS NULL AND digest <> '';

-- name: documents_by_keys
SELECT * FROM documents WHERE key IN (SELECT value FROM json_each(?));

-- name: insert_document
INSERT INTO documents (id, key, parent, root, name, digest, size, stage, status, reason, code, duplicate_of, admitted,
                       ended, meta)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: renew_document
-- An archive is opened again for the sake of members that had no bytes.
UPDATE documents SET digest = ?, size = ?, stage = 1, status = ?, attempt = 0, due = NULL, reason = ?, code = ?,
                     duplicate_of = ?, ended = ?, meta = ?
WHERE id = ?;

-- name: root_keys
SELECT key FROM documents WHERE parent IS NULL;

-- name: open_files
SELECT id, key, parent, name, digest FROM documents WHERE ended IS NULL;

-- === documents: claim and settle =======================================================================

-- name: claim
-- One range of documents_claim a stage, in the order the stages are given (latest first: finish before starting
-- more). CROSS JOIN holds that order without a sort; left alone the planner takes documents_status, where a crowd of
-- waiting rows is walked at every claim. A test holds the plan.
UPDATE documents SET status = 'running', claim = claim + 1, attempt = attempt + 1
WHERE id IN (
    SELECT d.id FROM json_each(?1) AS s CROSS JOIN documents AS d INDEXED BY documents_claim
    WHERE d.stage = s.value AND d.status = 'ready' AND d.due IS NULL
    LIMIT ?2
)
RETURNING *;

-- name: claim_this
UPDATE documents SET status = 'running', claim = claim + 1, attempt = attempt + 1
WHERE id = ? AND status = 'ready' AND due IS NULL
RETURNING *;

-- name: give_back
-- A claim that nobody waits for any more, undone.
UPDATE documents SET status = 'ready', attempt = max(attempt - 1, 0)
WHERE id = ? AND claim = ? AND status = 'running';

-- name: owned
-- The fence: which of these documents still run, and under which claim.
SELECT id, claim, root, key FROM documents WHERE id IN (SELECT value FROM json_each(?)) AND status = 'running';

-- name: settle_on
UPDATE documents SET stage = ?, status = ?, attempt = ?, claim = claim + ?, due = ?, reason = ?, code = ?
WHERE id = ?;

-- name: settle_end
UPDATE documents SET stage = ?, status = ?, attempt = ?, due = ?, reason = ?, code = ?, ended = ?
WHERE id = ?;

-- name: add_meta
UPDATE documents SET meta = json_patch(meta, ?) WHERE id = ?;

-- name: put_artifact
-- A stage that runs again (retry) replaces what it wrote.
INSERT INTO artifacts (id, size, body, object) VALUES (?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET size = excluded.size, body = excluded.body, object = excluded.object;

-- name: drop_candidates
-- A document that was done before gives what it gives now, and nothing else.
DELETE FROM candidates WHERE document = ? AND id NOT IN (SELECT value FROM json_each(?));

-- name: drop_changed
-- One that reads otherwise now is a new one: sealing and training count by serial.
DELETE FROM candidates WHERE id = ? AND body <> ?;

-- name: add_candidate
INSERT INTO candidates (id, document, accepted, score, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING;

-- name: add_event
INSERT INTO events (at, kind, document, data) VALUES (?, ?, ?, ?);

-- name: ended_drops
-- Of these drops, those with nothing open that were not announced yet: announce them, once. A copy of a content that
-- went well needs no word.
UPDATE documents SET announced = 1
WHERE id IN (SELECT value FROM json_each(?)) AND announced = 0 AND (duplicate_of IS NULL OR status <> 'done')
  AND NOT EXISTS (SELECT 1 FROM documents AS o WHERE o.root = documents.id AND o.ended IS NULL)
RETURNING id, key, name, status, reason, code;

-- name: drop_samples
-- By the index of a document's candidates: left alone the planner walks over all that were ever accepted.
SELECT d.root, count(*), avg(c.score)
FROM documents AS d JOIN candidates AS c INDEXED BY candidates_document ON c.document = d.id
WHERE d.root IN (SELECT value FROM json_each(?)) AND c.accepted = 1 GROUP BY d.root;

-- name: drop_counts
SELECT root, CASE code WHEN 'E_DUPLICATE' THEN 'duplicate' ELSE status END, count(*) FROM documents
WHERE root IN (SELECT value FROM json_each(?)) GROUP BY 1, 2;

-- === documents: who walks for a content ================================================================

-- name: copies
-- Of these documents, those that stand as they do.
SELECT * FROM documents WHERE duplicate_of IN (SELECT value FROM json_each(?)) AND code = 'E_DUPLICATE' ORDER BY id;

-- name: documents_by_ids
SELECT * FROM documents WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id;

-- name: step_down
UPDATE documents SET duplicate_of = ?, status = ?, reason = ?, code = ? WHERE id = ?;

-- name: drop_artifacts
DELETE FROM artifacts WHERE id BETWEEN ? AND ?;

-- name: follow_heir
UPDATE documents SET duplicate_of = ? WHERE duplicate_of = ? AND id <> ?;

-- name: take_over
UPDATE documents SET duplicate_of = NULL, stage = 1, status = 'ready', attempt = 0, due = NULL, reason = '', code = '',
                     ended = NULL
WHERE id = ?;

-- name: follow
UPDATE documents SET status = ?, reason = ? WHERE duplicate_of = ? AND code = 'E_DUPLICATE';

-- === documents: by hand and at start ===================================================================

-- name: recover
-- At start the lock proves that every running row is orphaned. The attempt is given back: the daemon died, not the
-- document's worker.
UPDATE documents SET status = 'ready', attempt = max(attempt - 1, 0) WHERE ended IS NULL AND status = 'running';

-- name: wake
-- Also what is farther off than anybody waits: the clock was set back after it was written.
UPDATE documents SET due = NULL, reason = '', code = ''
WHERE status = 'ready' AND due IS NOT NULL AND (due <= ? OR due > ?);

-- name: next_due
SELECT min(due) FROM documents WHERE status = 'ready' AND due IS NOT NULL;

-- name: cancellable
-- The document and everything under it that has not ended, with the archives on the way to it. A copy has not ended
-- while its first is still walking.
WITH RECURSIVE under (id) AS (
    VALUES (?) UNION ALL SELECT d.id FROM documents AS d JOIN under ON d.parent = under.id
), open (id) AS (
    SELECT d.id FROM under JOIN documents AS d ON d.id = under.id LEFT JOIN documents AS f ON f.id = d.duplicate_of
    WHERE d.ended IS NULL OR (d.code = 'E_DUPLICATE' AND f.ended IS NULL)
    UNION SELECT d.parent FROM open JOIN documents AS d ON d.id = open.id WHERE d.parent IN (SELECT id FROM under)
)
SELECT id FROM open ORDER BY id;

-- name: descendants_refused
-- The document and everything under it that ended without a result.
WITH RECURSIVE under (id) AS (
    VALUES (?) UNION ALL SELECT d.id FROM documents AS d JOIN under ON d.parent = under.id
)
SELECT d.* FROM under JOIN documents AS d ON d.id = under.id WHERE d.status IN ('rejected', 'failed', 'cancelled')
ORDER BY d.id;

-- name: cancel
-- Raising the claim fences off a worker that is still on it.
UPDATE documents SET status = 'cancelled', claim = claim + 1, due = NULL, reason = ?, code = 'E_CANCELLED', ended = ?
WHERE id IN (SELECT value FROM json_each(?));

-- name: roots_of
SELECT DISTINCT root FROM documents WHERE id IN (SELECT value FROM json_each(?));

-- name: retry
UPDATE documents SET status = 'ready', attempt = 0, due = NULL, reason = '', code = '', ended = NULL,
                     meta = json_remove(meta, '$.redone')
WHERE id = ?;

-- name: reopen
-- A document that was done has lost an artifact: as if it were running, for the change that sends it back.
UPDATE documents SET status = 'running', claim = claim + 1, ended = NULL
WHERE digest = ? AND duplicate_of IS NULL AND digest <> '' AND status = 'done' AND stage > ?
RETURNING *;

-- name: renew_done
-- What an older version of a stage had a part in. What it gave stays until it is done again.
UPDATE documents SET stage = ?1, status = 'ready', attempt = 0, due = NULL, reason = '', code = '', ended = NULL,
                     claim = claim + 1, meta = json_set(meta, '$.upgrading', json('true'))
WHERE status = 'done' AND stage = 6 AND duplicate_of IS NULL AND digest <> '';

-- name: renew_open
UPDATE documents SET stage = ?1, attempt = 0 WHERE ended IS NULL AND status = 'ready' AND stage > ?1;

-- name: refused_from
SELECT id FROM documents
WHERE ended IS NOT NULL AND status IN ('rejected', 'failed') AND stage >= ? AND duplicate_of IS NULL AND digest <> ''
  AND code NOT IN ('E_ORIGINAL_MISSING', 'E_ORIGINAL_CHANGED', 'E_DAEMON_DIED')
ORDER BY id;

-- name: renew_refused
UPDATE documents SET stage = min(stage, ?1) WHERE id = ?2 AND status = 'ready';

-- name: unannounce
-- There is work again in the drop that this document belongs to.
UPDATE documents SET announced = 0 WHERE id = (SELECT root FROM documents WHERE id = ?);

-- name: lose
UPDATE documents SET status = 'failed', claim = claim + 1, due = NULL, reason = ?, code = 'E_ORIGINAL_MISSING', ended = ?
WHERE id = ?;

-- name: quarantined
-- Drops whose files belong in quarantine.
SELECT * FROM documents WHERE ended IS NOT NULL AND status IN ('rejected', 'failed') AND parent IS NULL;

-- === documents: reading ================================================================================

-- name: document
SELECT * FROM documents WHERE id = ?;

-- name: document_by_key
SELECT * FROM documents WHERE key = ?;

-- name: documents_by_prefix
SELECT * FROM documents WHERE key >= ?1 AND key < ?1 || 'g' LIMIT 2;

-- name: documents_by_name
SELECT * FROM documents WHERE name = ? ORDER BY id DESC LIMIT 1;

-- name: documents_by_end_of_name
-- Members of archives, of each name the newest. Walks them all: the last thing that is tried.
SELECT * FROM documents WHERE id IN (
  SELECT max(id) FROM documents WHERE parent IS NOT NULL AND substr(name, -length(?1)) = ?1 GROUP BY name LIMIT 2
);

-- name: documents_newest
SELECT * FROM documents ORDER BY id DESC LIMIT ?;

-- name: documents_open_by_status
SELECT * FROM documents WHERE ended IS NULL AND status = ? ORDER BY id DESC LIMIT ?;

-- name: documents_ended_by_status
SELECT * FROM documents WHERE ended IS NOT NULL AND status = ? ORDER BY id DESC LIMIT ?;

-- name: children
SELECT * FROM documents WHERE parent = ? ORDER BY id;

-- name: open_drops
-- The oldest that are under way; the index gives them in order, so that the limit ends it early.
SELECT root FROM documents INDEXED BY documents_open WHERE ended IS NULL GROUP BY root ORDER BY root LIMIT ?;

-- name: count_open_drops
SELECT count(DISTINCT root) FROM documents INDEXED BY documents_open WHERE ended IS NULL;

-- name: drops_by_status
SELECT root, status, count(*) FROM documents WHERE root IN (SELECT value FROM json_each(?)) GROUP BY 1, 2;

-- name: names_of
SELECT id, key, name FROM documents WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id;

-- name: under_drop
SELECT status, json_extract(meta, '$.route'), count(*), sum(size) FROM documents WHERE root = ? GROUP BY 1, 2;

-- name: route_rates
-- How long documents of each route took in all stages: by the newest events alone, since machines and code
-- change and `status` asks. NOT INDEXED: by their ids; left alone the planner walks all of events_document.
SELECT json_extract(d.meta, '$.route'), count(*), sum(d.size), sum(t.seconds)
FROM (SELECT document, sum(json_extract(data, '$.seconds')) AS seconds FROM events NOT INDEXED
      WHERE id > (SELECT coalesce(max(id), 0) - 4000 FROM events) AND document IS NOT NULL GROUP BY document) AS t
CROSS JOIN documents AS d ON d.id = t.document
WHERE t.seconds IS NOT NULL AND d.status = 'done' AND d.stage = 6 AND d.duplicate_of IS NULL GROUP BY 1;

-- name: stage_times
-- By the newest events alone, as above: stage, how often it was run to an end, seconds in all, the longest.
SELECT json_extract(data, '$.stage'), count(*), sum(json_extract(data, '$.seconds')), max(json_extract(data, '$.seconds'))
FROM events
WHERE id > (SELECT coalesce(max(id), 0) - 50000 FROM events) AND document IS NOT NULL
  AND json_extract(data, '$.seconds') IS NOT NULL GROUP BY 1;

-- name: counts
SELECT status, stage, count(*) FROM documents WHERE ended IS NOT NULL GROUP BY status, stage
UNION ALL
SELECT status, stage, count(*) FROM documents INDEXED BY documents_open WHERE ended IS NULL GROUP BY status, stage;

-- name: busy
SELECT EXISTS (SELECT 1 FROM documents INDEXED BY documents_open WHERE ended IS NULL);

-- name: claimable
-- Is there a document that could be worked on, or is?
SELECT EXISTS (SELECT 1 FROM documents INDEXED BY documents_claim WHERE status = 'ready' AND due IS NULL)
    OR EXISTS (SELECT 1 FROM documents INDEXED BY documents_open WHERE ended IS NULL AND status = 'running');

-- name: waiting_since
-- Since the first `document.waiting` after the last time that something came of it. With min(since) SQLite takes the
-- reason from that row. The oldest documents alone: of a crowd that waits they have waited longest.
SELECT count(*), min(since), reason FROM (
    SELECT w.reason, (
        SELECT min(e.at) FROM events AS e
        WHERE e.document = w.id AND e.kind = 'document.waiting' AND e.id > coalesce((
            SELECT max(p.id) FROM events AS p
            WHERE p.document = w.id AND p.kind NOT IN ('document.waiting', 'document.retrying')), 0)
    ) AS since
    FROM (SELECT id, reason FROM documents INDEXED BY documents_waiting
          WHERE status = 'ready' AND due IS NOT NULL ORDER BY id LIMIT ?2) AS w
) WHERE since < ?1;

-- name: waiting
-- One row a reason; with min(due) SQLite takes the other columns from the row that is due first.
SELECT key, name, stage, code, reason, min(due), count(*) FROM documents WHERE status = 'ready' AND due IS NOT NULL
GROUP BY stage, reason ORDER BY 6 LIMIT ?;

-- name: refusals
-- With min(id) SQLite takes the reason from the first of them.
SELECT code, status, count(*), reason, min(id) FROM documents
WHERE ended IS NOT NULL AND status IN ('rejected', 'failed') GROUP BY code, status ORDER BY 3 DESC, code;

-- name: ended_between
SELECT min(ended), max(ended) FROM documents;

-- name: ended_by
SELECT CAST((ended - ?1) / ?2 AS INTEGER), count(*) FROM documents WHERE ended IS NOT NULL GROUP BY 1;

-- name: placed
SELECT id, parent, name, digest FROM documents WHERE digest <> '';

-- === artifacts and candidates ==========================================================================

-- name: artifact
SELECT a.size, a.body, a.object FROM documents AS d JOIN artifacts AS a ON a.id = d.id * 8 + ?2
WHERE d.digest = ?1 AND d.duplicate_of IS NULL AND d.digest <> '';

-- name: artifacts_of_stage
-- Not of what was cancelled, refused or failed later on: it gives nothing, and nobody would make it anew.
SELECT d.digest, a.size, a.body, a.object FROM documents AS d JOIN artifacts AS a ON a.id = d.id * 8 + ?1
WHERE d.duplicate_of IS NULL AND d.digest <> '' AND d.digest > ?2 AND (d.ended IS NULL OR d.status = 'done')
ORDER BY d.digest LIMIT ?3;

-- name: candidates_placed
SELECT c.serial, d.digest FROM candidates AS c JOIN documents AS d ON d.id = c.document WHERE c.serial <= ?
ORDER BY c.id;

-- name: candidates_by_serials
-- In the order in which they are asked for, which CROSS JOIN keeps.
SELECT c.body FROM json_each(?) AS s CROSS JOIN candidates AS c ON c.serial = s.value;

-- name: candidates_by_prefix
SELECT body FROM candidates WHERE id >= ?1 AND id < ?1 || 'g' LIMIT 2;

-- name: candidates_by_ids
SELECT body FROM candidates WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id;

-- name: accepted_of
SELECT count(*) FROM documents AS d JOIN candidates AS c INDEXED BY candidates_document ON c.document = d.id
WHERE d.digest IN (SELECT value FROM json_each(?)) AND d.duplicate_of IS NULL AND d.digest <> '' AND c.accepted = 1;

-- name: candidates_newest
SELECT body FROM candidates WHERE accepted = 1 ORDER BY serial DESC LIMIT ?;

-- name: candidates_of
SELECT c.body FROM documents AS d JOIN candidates AS c ON c.document = d.id
WHERE d.digest = ? AND d.duplicate_of IS NULL AND d.digest <> '' ORDER BY c.id;

-- name: last_candidate
SELECT coalesce(max(serial), 0) FROM candidates;

-- name: new_candidates
SELECT count(*) FROM candidates
WHERE accepted = 1 AND serial > coalesce((SELECT mark FROM versions ORDER BY number DESC LIMIT 1), 0);

-- === models ============================================================================================

-- name: add_ask
-- What is asked once more has no reply that could be used.
INSERT INTO asks (document, key, tier, asked, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (document, key) DO UPDATE SET outcome = '', reason = '';

-- name: drop_asks
DELETE FROM asks WHERE document IN (SELECT value FROM json_each(?));

-- name: open_asks
-- Those of a document that ended meanwhile (lost) wait for its retry.
SELECT a.key, a.body, a.asked FROM asks AS a INDEXED BY asks_open JOIN documents AS d ON d.id = a.document
WHERE a.outcome = '' AND a.tier IN (SELECT value FROM json_each(?)) AND d.status = 'ready' AND d.due IS NOT NULL
ORDER BY a.tier, a.document, a.key LIMIT ?;

-- name: count_open_asks
SELECT count(*) FROM asks AS a INDEXED BY asks_open JOIN documents AS d ON d.id = a.document
WHERE a.outcome = '' AND d.status = 'ready';

-- name: cached_keys
-- Open requests that were answered before.
SELECT DISTINCT a.key FROM asks AS a INDEXED BY asks_open JOIN replies AS r ON r.key = a.key
WHERE a.outcome = '' AND r.realm = ? AND r.at >= ? AND r.stands_in = 0 LIMIT ?;

-- name: cached_of
-- Requests of these keys that were answered before.
SELECT key FROM replies WHERE key IN (SELECT value FROM json_each(?)) AND realm = ? AND at >= ? AND stands_in = 0;

-- name: open_keys
SELECT DISTINCT key FROM asks INDEXED BY asks_open WHERE outcome = '' AND tier = ?;

-- name: open_tiers
SELECT DISTINCT tier FROM asks INDEXED BY asks_open WHERE outcome = '';

-- name: waiting_for
SELECT DISTINCT document FROM asks INDEXED BY asks_open_key
WHERE outcome = '' AND key IN (SELECT value FROM json_each(?));

-- name: answer_ask
UPDATE asks INDEXED BY asks_open_key SET outcome = ?, reason = ? WHERE key = ? AND outcome = '';

-- name: release
-- Documents that have an answer to all they asked may be claimed again.
UPDATE documents SET due = NULL, reason = '', code = ''
WHERE id IN (SELECT value FROM json_each(?)) AND status = 'ready' AND code = 'WAITING_LLM'
  AND NOT EXISTS (SELECT 1 FROM asks AS a WHERE a.document = documents.id AND a.outcome = '');

-- name: put_reply
-- The first one holds, so that a crash does not change what a sample was made of; one that was too old gives way, and
-- a lighter model's to that of the model that was wanted.
INSERT INTO replies (key, realm, at, model, provider, prompt_tokens, completion_tokens, seconds, text, stands_in)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (key, realm) DO UPDATE SET
    at = excluded.at, model = excluded.model, provider = excluded.provider, prompt_tokens = excluded.prompt_tokens,
    completion_tokens = excluded.completion_tokens, seconds = excluded.seconds, text = excluded.text,
    stands_in = excluded.stands_in
WHERE replies.at < ? OR replies.stands_in > excluded.stands_in;

-- name: add_usage
INSERT INTO model_usage (at, purpose, tier, outcome, server, provider, model, prompt_tokens, completion_tokens, seconds)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: replies_of
SELECT a.key, a.outcome, a.reason, r.text, r.model, r.provider, r.prompt_tokens, r.completion_tokens, r.seconds,
       r.stands_in
FROM asks AS a LEFT JOIN replies AS r ON r.key = a.key AND r.realm = ? AND a.outcome = 'ok'
WHERE a.document = ? AND a.outcome <> '' ORDER BY a.key;

-- name: prune_replies
DELETE FROM replies WHERE at < ? AND key NOT IN (SELECT key FROM asks);

-- name: usage
SELECT purpose, model, server, count(*), sum(outcome <> 'ok'), sum(prompt_tokens), sum(completion_tokens), sum(seconds)
FROM model_usage GROUP BY 1, 2, 3 ORDER BY 4 DESC, 1, 2, 3;

-- name: prune_usage
DELETE FROM model_usage WHERE at < ?;

-- name: count_degraded
SELECT count(*) FROM documents INDEXED BY documents_degraded
WHERE status = 'done' AND duplicate_of IS NULL AND json_extract(meta, '$.degraded') IS NOT NULL;

-- name: count_upgrading
SELECT count(*) FROM documents INDEXED BY documents_open
WHERE ended IS NULL AND json_extract(meta, '$.upgrading') IS NOT NULL;

-- name: reopen_degraded
-- As if they were running, for the change that sends them back. Not those that lack a tier which is away still.
UPDATE documents SET status = 'running', claim = claim + 1, ended = NULL
WHERE id IN (
    SELECT id FROM documents AS d INDEXED BY documents_degraded
    WHERE status = 'done' AND duplicate_of IS NULL AND json_extract(meta, '$.degraded') IS NOT NULL
      AND NOT EXISTS (
          SELECT 1 FROM json_each(?) AS away WHERE instr(coalesce(json_extract(d.meta, '$.lacks'), ''), away.value) > 0
      )
    ORDER BY id LIMIT ?
)
RETURNING *;

-- === events and state ==================================================================================

-- name: events_after
SELECT id, at, kind, document, data FROM events WHERE id > ? ORDER BY id LIMIT ?;

-- name: prune_events
-- Of the oldest so many that were read (?1, ?2) those that are too many (?3) or too old (?4).
DELETE FROM events
WHERE id IN (SELECT id FROM events WHERE id <= ?1 ORDER BY id LIMIT ?2) AND (id <= ?3 OR at < ?4);

-- name: newest_event
SELECT coalesce(max(id), 0) FROM events;

-- name: happened
-- Ends at the first one it meets; a long life has thousands.
SELECT EXISTS (SELECT 1 FROM events WHERE id > ? AND kind IN (SELECT value FROM json_each(?)));

-- name: finished
-- Documents that came to an end: what they are, what their stages took, what they gave. CROSS JOIN: the few new events
-- lead, not the documents; and of all accepted samples those of one document must be looked up, not counted through.
SELECT e.id, e.at, substr(e.kind, 10), coalesce(json_extract(d.meta, '$.route'), ''), d.size,
       coalesce((SELECT sum(json_extract(s.data, '$.seconds')) FROM events AS s WHERE s.document = d.id), 0.0),
       (SELECT avg(c.score) FROM candidates AS c INDEXED BY candidates_document
        WHERE c.document = d.id AND c.accepted = 1)
FROM events AS e CROSS JOIN documents AS d ON d.id = e.document
WHERE e.id > ? AND e.kind IN ('document.done', 'document.rejected', 'document.failed') ORDER BY e.id LIMIT ?;

-- name: events_of
SELECT id, at, kind, document, data FROM events WHERE document = ? ORDER BY id;

-- name: last_event
SELECT data FROM events WHERE kind = ? AND document IS NULL ORDER BY id DESC LIMIT 1;

-- name: data_of
SELECT data FROM events WHERE kind = ? AND document IS NULL ORDER BY id;

-- name: state
SELECT value FROM state WHERE key = ?;

-- name: set_state
INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- === versions, runs, promotions ========================================================================

-- name: versions
-- The one that was sealed last comes last: after a `forget` it can be one that was there before.
SELECT number, digest, path, created, samples, mean_quality, splits, meta FROM versions
ORDER BY coalesce(number = (SELECT CAST(value AS INTEGER) FROM state WHERE key = 'dataset.current'), 0), number;

-- name: version_by_digest
SELECT number FROM versions WHERE digest = ?;

-- name: last_version
SELECT coalesce(max(number), 0) FROM versions;

-- name: newest_version
SELECT number, samples, mean_quality, splits FROM versions
ORDER BY coalesce(number = (SELECT CAST(value AS INTEGER) FROM state WHERE key = 'dataset.current'), 0) DESC,
         number DESC LIMIT 1;

-- name: add_version
INSERT INTO versions (number, digest, path, created, samples, mean_quality, splits, meta, mark)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: mark_version
-- Sealing again gave the same version: what is not in it was refused by the seal, not new.
UPDATE versions SET mark = max(mark, ?) WHERE number = ?;

-- name: runs
SELECT id, version, model, status, started, ended, folder, reason, metrics FROM runs ORDER BY serial;

-- name: run
SELECT id, version, model, status, started, ended, folder, reason, metrics FROM runs WHERE id = ?;

-- name: newest_run
SELECT id, version, model, status, started, ended, folder, reason, metrics FROM runs ORDER BY serial DESC LIMIT 1;

-- name: next_run
SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'runs'), 0) + 1;

-- name: add_run
INSERT INTO runs (id, version, model, status, started, ended, folder, reason, metrics)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: update_run
UPDATE runs SET version = ?, model = ?, status = ?, started = ?, ended = ?, folder = ?, reason = ?, metrics = ?
WHERE id = ?;

-- name: promotions
SELECT id, run, action, at, reason, evidence FROM promotions ORDER BY id;

-- name: add_promotion
INSERT INTO promotions (run, action, at, reason, evidence) VALUES (?, ?, ?, ?, ?);

-- === snapshots and checks ==============================================================================

-- name: vacuum_into
-- A whole copy of one moment, written anew page by page; the reader that makes it neither writes nor checkpoints here.
VACUUM INTO ?;

-- name: snapshot_counts
SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM candidates),
       (SELECT coalesce(max(id), 0) FROM events), (SELECT count(*) FROM versions), (SELECT count(*) FROM runs);

-- name: named_folders
-- Folders of versions and runs that have a row.
SELECT path FROM versions UNION ALL SELECT folder FROM runs;

-- name: with_bytes
SELECT id, key, parent, name, digest, code FROM documents WHERE digest <> '' ORDER BY id;

-- name: stored_artifacts
SELECT a.id / 8, a.id % 8, a.size, a.body, a.object, d.key FROM artifacts AS a JOIN documents AS d ON d.id = a.id / 8;

-- === the index of `search`, a file of its own (search.db); the first three read state.db =================

-- name: search_samples
SELECT c.serial, d.digest FROM candidates AS c JOIN documents AS d ON d.id = c.document WHERE c.accepted = 1;

-- name: search_documents
-- With the claim, which is another whenever a stage has run again: a text made anew may be as long as it was.
SELECT d.digest, d.claim FROM documents AS d JOIN artifacts AS a ON a.id = d.id * 8 + ?1
WHERE d.duplicate_of IS NULL AND d.digest <> '';

-- name: search_sample
SELECT body FROM candidates WHERE serial = ?;

-- name: search_texts
CREATE VIRTUAL TABLE IF NOT EXISTS texts USING fts5(
    key UNINDEXED, kind UNINDEXED, id UNINDEXED, title UNINDEXED, body, tokenize = "unicode61 tokenchars '_'"
);

-- name: search_known
CREATE TABLE IF NOT EXISTS known (key TEXT PRIMARY KEY, first INTEGER, last INTEGER) WITHOUT ROWID;

-- name: search_keys
SELECT key FROM known WHERE first > 0;

-- name: search_mark
-- Of state.db: as long as this is the same, nothing came and nothing went. A sample made anew has a higher serial.
SELECT json_array((SELECT coalesce(max(serial), 0) FROM candidates),
                  (SELECT count(*) FROM candidates WHERE accepted = 1),
                  (SELECT json_array(count(*), coalesce(max(id), 0), total(claim)) FROM documents),
                  (SELECT count(*) FROM artifacts), (SELECT coalesce(max(id), 0) FROM artifacts),
                  (SELECT value FROM state WHERE key = ?));

-- name: search_marked
SELECT key FROM known WHERE first = 0;

-- name: search_unmark
DELETE FROM known WHERE first = 0;

-- name: search_add_text
INSERT INTO texts (key, kind, id, title, body) VALUES (?, ?, ?, ?, ?);

-- name: search_add
INSERT OR REPLACE INTO known VALUES (?, ?, ?);

-- name: search_drop_texts
DELETE FROM texts WHERE rowid >= (SELECT first FROM known WHERE key = ?1)
AND rowid <= (SELECT last FROM known WHERE key = ?1);

-- name: search_drop
DELETE FROM known WHERE key = ?;

-- name: search_look
SELECT key, rank, kind, id, title, snippet(texts, 4, '«', '»', '…', 24) FROM texts WHERE texts MATCH ?
ORDER BY rank, id LIMIT ?;
