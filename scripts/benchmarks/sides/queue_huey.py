"""huey's side: SqliteHuey, WAL, fsync on; each stage enqueues the next and returns its result."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks.sides.queue_load import STAGES, folder, results
from huey import SqliteHuey

RESULTS = results()


def main(files: int) -> None:
    """Enqueues the files, then works them off in this process, as huey's consumer does."""
    with folder() as place:
        huey = SqliteHuey(filename=str(Path(place) / "huey.db"), fsync=True, results=True, journal_mode="wal")

        @huey.task()
        def stage(number: int, file: int) -> str:
            if number < STAGES:
                stage(number + 1, file)
            return RESULTS[file % len(RESULTS)]

        for file in range(files):
            stage(1, file)
        began = time.perf_counter()
        done = 0
        while (task := huey.dequeue()) is not None:
            huey.execute(task)
            done += 1
        seconds = time.perf_counter() - began
        assert done == huey.result_count() == files * STAGES
        huey.storage.close()
    print(files / seconds)


if __name__ == "__main__":
    main(int(sys.argv[1]))
