"""DBOS's side: one workflow a file, one step a stage, on SQLite forced to WAL with synchronous=FULL."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import sqlalchemy
from benchmarks.sides.queue_load import STAGES, folder, results
from dbos import DBOS
from sqlalchemy import event

RESULTS = results()
THREADS = 2  # measured with 1, 2 and 4: this was the fastest


@event.listens_for(sqlalchemy.Engine, "connect")
def _durable(connection: Any, _: object) -> None:
    connection.execute("PRAGMA journal_mode = WAL")  # as shipped it is a rollback journal, and slower
    connection.execute("PRAGMA synchronous = FULL")


@DBOS.step()
def stage(number: int, file: int) -> str:
    """One stage that does nothing."""
    return RESULTS[(number + file) % len(RESULTS)]


@DBOS.workflow()
def walk(file: int) -> None:
    """One file through all stages."""
    for number in range(STAGES):
        stage(number, file)


def main(files: int) -> None:
    """Runs the workflows and measures."""
    with folder() as place:
        url = f"sqlite:///{Path(place) / 'dbos.db'}"
        DBOS(config={"name": "bench", "system_database_url": url, "log_level": "ERROR", "run_admin_server": False})
        DBOS.launch()
        began = time.perf_counter()
        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(walk, range(files)))
        print(files / (time.perf_counter() - began), flush=True)
        DBOS.destroy()


if __name__ == "__main__":
    main(int(sys.argv[1]))
    sys.stdout.flush()
    os._exit(0)  # its threads would be waited for
