"""The daemon's side of the training child: starts it, hears its events, ends it. Never two at once.

The lock file is locked before the child starts and the child inherits the descriptor: the lock is free again when the
last of the two is gone, however it went. The child dies with the pipe at its stdin (randaemon/child.py).
"""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE
from typing import Any

import anyio
import anyio.lowlevel
import msgspec
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from randaemon.errors import TrainingError
from randaemon.training.channel import PREFIX

LOG = "log.txt"
LINE = 1 << 20
EXIT_SECONDS = 10.0  # from its last word to its end
PAUSE_SECONDS = 5.0  # to seal a checkpoint in when it is told to end; what it cannot seal by then is done again
_LOOK = 0.1


@dataclass(frozen=True, slots=True)
class Order:
    """What to start, and the folder for its log."""

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path


@dataclass(slots=True)
class Trainer:
    """One child at work."""

    process: Process

    async def events(self) -> AsyncIterator[Mapping[str, Any]]:
        """What the child says, until it has closed its end."""
        assert self.process.stdout is not None  # noqa: S101 we asked for a pipe
        lines = BufferedByteReceiveStream(self.process.stdout)
        while True:
            try:
                line = await lines.receive_until(b"\n", LINE)
            except (anyio.IncompleteRead, anyio.EndOfStream):
                return
            event = msgspec.json.decode(line)
            if isinstance(event, dict) and isinstance(event.get(PREFIX), str):
                yield event

    async def status(self) -> int | None:
        """Exit status once it has closed its end; below zero: the signal that ended it; None: it still runs.

        Not `wait()`: that waits for our end of its stdin too, which its leash reads.
        """
        with anyio.move_on_after(EXIT_SECONDS):
            while self.process.returncode is None:  # noqa: ASYNC110 the child watcher sets it and tells nobody
                await anyio.sleep(0.02)
        return self.process.returncode

    async def pause(self) -> None:
        """Let it seal what it has and end, or end it. Somebody must go on reading what it says."""
        with suppress(ProcessLookupError):
            self.process.terminate()
        with anyio.move_on_after(PAUSE_SECONDS):
            while self.process.returncode is None:  # noqa: ASYNC110 as above
                await anyio.sleep(0.02)
        self.kill()

    def kill(self) -> None:
        """End it and all it started, now: it loses what it did since its last checkpoint."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


@asynccontextmanager
async def only_one(lock: Path, patience: float = 0.0) -> AsyncIterator[int]:
    """The right to train in this home, as a descriptor for the child to inherit. Raises TrainingError.

    The child of a daemon that was killed dies with the daemon's pipe, a moment later: hence the patience, in seconds.
    """
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        await _lock(descriptor, anyio.current_time() + patience)
        yield descriptor
    finally:
        os.close(descriptor)


@asynccontextmanager
async def started(order: Order, lock: int) -> AsyncIterator[Trainer]:
    """Start the child in a session of its own; when the block is left, however, it is gone: if it was at work, with
    what it had done sealed.
    """
    with anyio.CancelScope(shield=True):  # whoever is cancelled while it starts still has to end it
        process = await _open(order, lock)
    trainer = Trainer(process)
    try:
        await anyio.lowlevel.checkpoint_if_cancelled()
        yield trainer
    finally:
        with anyio.CancelScope(shield=True):
            if process.returncode is None:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(trainer.pause)
                    async for _ in trainer.events():  # a full pipe would keep it from its end
                        continue
            await process.aclose()


async def _open(order: Order, lock: int) -> Process:
    with (order.folder / LOG).open("ab") as log:
        return await anyio.open_process(
            order.command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=log,
            env=order.environment,
            start_new_session=True,
            pass_fds=(lock,),
        )


async def _lock(descriptor: int, until: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if anyio.current_time() >= until:
                told = "another training run is still at work in this home"
                raise TrainingError(told, code="E_TRAINING_RUNS") from error
            await anyio.sleep(_LOOK)
        else:
            return
