"""How the pool works and what it needs from outside, as values and Protocols."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from randaemon.lifecycle import Policy
from randaemon.machine import MIB
from randaemon.model import Defer, Document, Outcome, Stage, Task
from randaemon.stages import PIPELINE, Step

DISK_FULL = "E_DISK_FULL"


class Runner(Protocol):
    """Runs tasks, one at a time: a worker child here, whatever does the same elsewhere."""

    async def run(self, task: Task, deadline: float) -> Outcome:
        """The outcome of a task that may take `deadline` seconds. Raises WorkerError."""
        ...

    async def close(self) -> None:
        """Let go of everything it holds."""
        ...


class Governor(Protocol):
    """Says whether the machine has room now, for work as such and for a document."""

    def short_of_room(self) -> str:
        """Why nothing is to be begun; "" when there is room."""
        ...

    def width(self, lane: str, busy: int) -> int:
        """How many documents of a lane may be at work, now that `busy` of them are."""
        ...

    def may_run(self, document: Document) -> Defer | None:
        """None: go on. Else why not, and until when."""
        ...


@dataclass(frozen=True, slots=True)
class Deadline:
    """How long a stage may take."""

    base: float = 120.0  # seconds
    per_mib: float = 10.0
    cap: float = 900.0

    def of(self, size: int) -> float:
        """Seconds for a document of `size` bytes."""
        return min(self.base + self.per_mib * size / MIB, self.cap)


def _nobody() -> Mapping[str, object]:
    return {}


def _nowhere() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Told:
    """What the stages that ask models are told, and whose replies they get."""

    options: Callable[[], Mapping[str, object]] = _nobody  # of their tasks: the tiers that may be asked now
    realm: Callable[[], str] = _nowhere  # of the reply cache


@dataclass(frozen=True, slots=True)
class PoolPolicy:
    """How the pool works; `wiring` fills it from the settings."""

    lifecycle: Policy = field(default_factory=Policy)
    deadline: Deadline = Deadline()
    options: Mapping[Stage, Mapping[str, object]] = field(default_factory=dict)  # what each stage's tasks carry
    pipeline: tuple[Step, ...] = PIPELINE
    poll_seconds: float = 30.0
    drain_seconds: float = 5.0
    suspects: tuple[int, ...] = ()  # documents to try first, each alone: a daemon died while it worked on them
    models: Told = Told()
    clock: Callable[[], float] = time.time
