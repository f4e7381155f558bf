"""A pool at work in this process: what tests hand to it, what it works on, and when it has come to an end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio

from randaemon.model import Defer, Document, Drop, Outcome, Task
from randaemon.pool import Pool
from randaemon.store import Store

Stages = Callable[[Task], Awaitable[Outcome]]


@dataclass
class InProcess:
    """A runner without a process: calls `stages` and remembers what it was asked."""

    stages: Stages
    deadlines: list[float] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    closed: int = 0

    async def run(self, task: Task, deadline: float) -> Outcome:
        self.tasks.append(task)
        self.deadlines.append(deadline)
        return await self.stages(task)

    async def close(self) -> None:
        self.closed += 1


class Room:
    """A governor that lets everything run, or says why not, once for each document."""

    def __init__(self, refusal: Defer | None = None, shortage: str = "", width: int = 64) -> None:
        self.wide = width
        self.refusal = refusal
        self.shortage = shortage
        self.looks = 0
        self.asked: set[int] = set()

    def width(self, lane: str, busy: int) -> int:  # noqa: ARG002
        return self.wide

    def short_of_room(self) -> str:
        self.looks += 1
        return self.shortage

    def may_run(self, document: Document) -> Defer | None:
        if document.id in self.asked:
            return None
        self.asked.add(document.id)
        return self.refusal


@asynccontextmanager
async def working(pool: Pool, patience: float = 20.0) -> AsyncIterator[Pool]:
    """The pool works as long as the block lasts, and drains then."""
    with anyio.fail_after(patience):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(pool.run)
            yield pool
            pool.stop()


async def settled(store: Store) -> None:
    """Wait until nothing is ready or running."""
    while True:
        committed = store.committed()
        if await store.idle():
            return
        await committed.wait()


async def drop(store: Store, *contents: bytes) -> list[Document]:
    """A document of each content, admitted together; digests count up and are nobody's hash."""
    drops = []
    for number, content in enumerate(contents):
        key, name = f"{number + 1:012x}", f"f{number}.txt"
        (store.home.originals / f"{key}__{name}").write_bytes(content)
        drops.append(Drop(key, name, f"{number + 1:064x}", len(content)))
    return await store.admit(drops)
