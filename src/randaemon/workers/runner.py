"""One worker: runs stages in a child process that the daemon can kill.

    worker = Worker(home.work, Limits(memory_bytes=2 << 30))
    outcome = await worker.run(task, deadline=120.0)  # or a WorkerError
    await worker.close()

The child starts with the first task, and again after every death. It leads a session of its own, so that whatever a
parser spawns is killed with it; it sees a minimal environment, a socket of its own for the protocol, and a folder of
its own as working directory, home and place for temporary files.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio
import anyio.to_thread

from randaemon.errors import WorkerError
from randaemon.model import Failure, Outcome, Stage, Task
from randaemon.stages import PIPELINE
from randaemon.workers.process import ChildProcess, Limits
from randaemon.workers.protocol import Order, encode_replies


def _entries() -> dict[Stage, str]:
    return {step.stage: step.entry for step in PIPELINE}


@dataclass(frozen=True, slots=True)
class Program:
    """What a child runs."""

    entries: Mapping[Stage, str] = field(default_factory=_entries)  # "module:function" of each stage
    parts: str = "randaemon.wiring:stage_parts"  # stage → what the function is handed besides the task; "": nothing
    environment: Mapping[str, str] = field(default_factory=dict)  # besides the minimal one


class Worker:
    """A child process for one task at a time; a `pool.Runner`. Not for concurrent use."""

    def __init__(self, work: Path, limits: Limits | None = None, program: Program | None = None) -> None:
        self._work = work
        self._limits = limits or Limits()
        self._program = program or Program()
        self._child: ChildProcess | None = None
        self._retiring: asyncio.Task[None] | None = None
        self._idle: asyncio.TimerHandle | None = None

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is none."""
        return self._child.pid if self._child else None

    async def run(self, task: Task, deadline: float) -> Outcome:
        """Run one task in at most `deadline` seconds. Raises WorkerError; the child is gone then."""
        self._rouse()
        child = self._child = self._child or await self._start()
        order = Order(self._program.entries[task.stage], self._program.parts, replace(task, replies={}))
        try:
            outcome = await self._perform(child, order, task, deadline)
        except WorkerError as error:
            await self._end(polite=False)
            raise _placed(error, child.place()) from None
        except BaseException:  # cancelled: what the child still does is wanted by nobody
            await self._end(polite=False)
            raise
        if child.worn_out() or _out_of_memory(outcome):
            await self._end(polite=True)
        self._rest()
        return outcome

    async def _perform(self, child: ChildProcess, order: Order, task: Task, deadline: float) -> Outcome:
        if not task.replies:
            return await child.perform(order, deadline)
        path = task.scratch.with_name(f"{task.scratch.name}.replies.json")
        await anyio.to_thread.run_sync(_write, path, encode_replies(task.replies))
        try:
            return await child.perform(replace(order, replies=path), deadline)
        finally:
            path.unlink(missing_ok=True)

    async def close(self) -> None:
        """End the child, if there is one, and all that it spawned."""
        self._rouse()
        await self._end(polite=True)
        if self._retiring is not None:
            await self._retiring

    async def _start(self) -> ChildProcess:
        return await ChildProcess.start(self._work, self._limits, self._program.environment)

    async def _end(self, *, polite: bool) -> None:
        child, self._child = self._child, None
        if child is not None:
            with anyio.CancelScope(shield=True):
                await child.end(polite=polite)

    def _rest(self) -> None:
        if self._child is not None:
            self._idle = asyncio.get_running_loop().call_later(self._limits.idle_seconds, self._retire)

    def _rouse(self) -> None:
        if self._idle is not None:
            self._idle.cancel()

    def _retire(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            self._retiring = asyncio.create_task(child.end(polite=True))


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(body)


def _placed(error: WorkerError, place: str) -> WorkerError:
    """The same error, with the place in the code that the child named when it was ended."""
    if not place:
        return error
    return type(error)(f"{error.message}, in {place}", hint=error.hint, code=error.code)


def _out_of_memory(outcome: Outcome) -> bool:
    """After a MemoryError nobody knows what a parser left half done."""
    return isinstance(outcome, Failure) and outcome.code == "E_MEMORY"
