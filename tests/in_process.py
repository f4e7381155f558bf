"""What tests hand to a pool: stages that run in this process, and a governor that does as it is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from randaemon.model import Defer, Document, Outcome, Task

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
