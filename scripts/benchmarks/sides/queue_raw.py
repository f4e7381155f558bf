"""The floor under everybody: bare sqlite3, one thread, fifty rows a transaction, the same result and durability."""

from __future__ import annotations

import sqlite3
import sys
import time
from pathlib import Path

from benchmarks.sides.queue_load import STAGES, folder, results

BATCH = 50
RESULTS = [text.encode() for text in results()]
SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE files (id INTEGER PRIMARY KEY, stage INTEGER NOT NULL, status TEXT NOT NULL);
CREATE INDEX ready ON files (stage DESC, id) WHERE status = 'ready';
CREATE TABLE results (id INTEGER PRIMARY KEY, body BLOB NOT NULL);
"""
CLAIM = """
UPDATE files SET status = 'running' WHERE id IN (
    SELECT id FROM files WHERE status = 'ready' AND stage <= ? ORDER BY stage DESC, id LIMIT ?
) RETURNING id, stage
"""


def main(files: int) -> None:
    """Works all files off."""
    with folder() as place:
        connection = sqlite3.connect(Path(place) / "raw.db", isolation_level=None)
        connection.executescript(SCHEMA)
        connection.execute("BEGIN")
        connection.executemany("INSERT INTO files VALUES (?, 1, 'ready')", [(number,) for number in range(files)])
        connection.execute("COMMIT")
        began = time.perf_counter()
        rows: list[tuple[int, int]] = []
        while True:
            connection.execute("BEGIN IMMEDIATE")
            done = [(number * 8 + stage, RESULTS[number % len(RESULTS)]) for number, stage in rows]
            connection.executemany("INSERT INTO results VALUES (?, ?)", done)
            connection.executemany(
                "UPDATE files SET stage = ?, status = 'ready' WHERE id = ?",
                [(stage + 1, number) for number, stage in rows],
            )
            rows = connection.execute(CLAIM, (STAGES, BATCH)).fetchall()
            connection.execute("COMMIT")
            if not rows:
                break
        seconds = time.perf_counter() - began
        connection.close()
    print(files / seconds)


if __name__ == "__main__":
    main(int(sys.argv[1]))
