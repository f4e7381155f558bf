"""The pages of FOLDER through the real pool with so many WORKERS: store, children, commits and all. Pages a minute.

On stderr: processor time a page, of the daemon's side from the first claim on and of the children, their start
included. They say what the machine allows: with `d` and `w` of them, two workers on two free cores can be 2·w/(w+d)
times as fast as one that never waits for the daemon.
"""

from __future__ import annotations

import asyncio
import hashlib
import resource
import shutil
import sys
import time
from pathlib import Path

from benchmarks.sides.queue_load import folder as scratch

from randaemon.config import Settings
from randaemon.model import Defer, Document, Drop, Status
from randaemon.pool import Pool
from randaemon.store import Home, Store
from randaemon.wiring import pool_policy, worker
from randaemon.workers.verified import Verified

_LOOK = 0.25  # seconds between two looks whether it is done: each one is work for the daemon's side


class Room:
    """Lets everything run at once."""

    def width(self, lane: str, busy: int) -> int:  # noqa: ARG002
        return 64

    def short_of_room(self) -> str:
        return ""

    def may_run(self, document: Document) -> Defer | None:  # noqa: ARG002
        return None


async def main(files: list[Path], workers: int) -> None:
    settings = Settings()
    with scratch() as place:
        async with Store.open(Home.at(Path(place))) as store:
            pages = len(await store.admit([_drop(store.home, file) for file in files]))
            work = store.home.work

            def make() -> Verified:
                return Verified(worker(settings, work))

            pool = Pool(store, make, pool_policy(settings), {"cpu": workers}, Room())
            used, began, running = _used(resource.RUSAGE_SELF), time.perf_counter(), asyncio.create_task(pool.run())
            while (await store.counts()).get(Status.DONE, 0) < pages and not running.done():  # noqa: ASYNC110
                await asyncio.sleep(_LOOK)
            seconds, used = time.perf_counter() - began, _used(resource.RUSAGE_SELF) - used
            pool.stop()
            await running
    for name, each in (("daemon", used), ("children", _used(resource.RUSAGE_CHILDREN))):
        print(f"{name}: {1000 * each / pages:.1f} ms of processor a page", file=sys.stderr)
    print(pages / seconds * 60)


def _used(who: int) -> float:
    """Processor seconds."""
    found = resource.getrusage(who)
    return found.ru_utime + found.ru_stime


def _drop(home: Home, file: Path) -> Drop:
    data = file.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    drop = Drop(digest[:12], file.name, digest, len(data))
    shutil.copyfile(file, home.originals / f"{drop.key}__{drop.name}")
    return drop


if __name__ == "__main__":
    asyncio.run(main(sorted(Path(sys.argv[1]).iterdir()), int(sys.argv[2])))
