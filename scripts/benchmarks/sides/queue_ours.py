"""Our side: FILES of BACKLOG documents through five stages of the real store; prints files a second."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from benchmarks.sides.queue_load import STAGES, folder, results

from randaemon.lifecycle import Policy, settle
from randaemon.model import Document, Done, Drop, Stage
from randaemon.store import Home, Store

LANES = 2
BATCH = 128
CLAIMED = [Stage(number) for number in range(1, STAGES + 1)]
POLICY = Policy()
RESULTS = [text.encode() for text in results()]


async def main(files: int, backlog: int) -> None:
    """Admits the backlog, then measures until so many files have all their results, each one committed."""
    with folder() as place:
        async with Store.open(Home.at(Path(place))) as store:
            for start in range(0, backlog, 1000):
                await store.admit([_drop(number) for number in range(start, min(start + 1000, backlog))])
            began = time.perf_counter()
            left = Countdown(files)
            async with asyncio.TaskGroup() as lanes:
                for _ in range(LANES):
                    lanes.create_task(_lane(store, left))
            seconds = left.ended - began
    print(files / seconds)


class Countdown:
    """Files still to go, and when the last one was committed."""

    def __init__(self, files: int) -> None:
        self.files = files
        self.ended = 0.0

    def one(self) -> None:
        """A file has its last result."""
        self.files -= 1
        if self.files == 0:
            self.ended = time.perf_counter()


async def _lane(store: Store, left: Countdown) -> None:
    """As the pool does it: the next documents are claimed while the last ones are settled."""
    documents = await store.claim(CLAIMED, BATCH)
    while left.files > 0:
        wakeup = store.wakeup("cpu")
        async with asyncio.TaskGroup() as group:
            for document in documents:
                group.create_task(_settle(store, document, left))
            following = group.create_task(store.claim(CLAIMED, BATCH))
        documents = following.result()
        if not documents and left.files > 0:
            await wakeup.wait()
            documents = await store.claim(CLAIMED, BATCH)


async def _settle(store: Store, document: Document, left: Countdown) -> None:
    outcome = Done(RESULTS[document.id % len(RESULTS)])
    assert await store.settle(settle(document, outcome, POLICY, time.time()))
    if document.stage == STAGES:
        left.one()


def _drop(number: int) -> Drop:
    return Drop(f"{number:012x}", f"file-{number}.html", f"{number:064x}", 5000)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
