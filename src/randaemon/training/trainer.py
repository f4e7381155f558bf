"""The daemon's side of the training child: starts it, hears its events, ends it. Never two at once.

The lock file is locked before the child starts and the child inherits the descriptor: the lock is free again when the
last of the two is gone, however it went. The child dies with the pipe at its stdin (randaemon/child.py).
"""

from __future__ import annotations

import fcntl
import os
import signal
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE
from typing import Any

import anyio
import msgspec
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream

from randaemon.errors import TrainingError
from randaemon.training.channel import PREFIX

LOG = "log.txt"
LINE = 1 << 20
EXIT_SECONDS = 10.0  # from its last word to its end


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

    def kill(self) -> None:
        """End it and all it started, now: it has nothing to save that is not on disk already."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


@contextmanager
def only_one(lock: Path) -> Iterator[int]:
    """The right to train in this home, as a descriptor for the child to inherit. Raises TrainingError."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _lock(descriptor)
        yield descriptor
    finally:
        os.close(descriptor)


@asynccontextmanager
async def started(order: Order, lock: int) -> AsyncIterator[Trainer]:
    """Start the child in a session of its own; when the block is left, however, it is gone."""
    with (order.folder / LOG).open("ab") as log:
        process = await anyio.open_process(
            order.command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=log,
            env=order.environment,
            start_new_session=True,
            pass_fds=(lock,),
        )
    trainer = Trainer(process)
    try:
        yield trainer
    finally:
        with anyio.CancelScope(shield=True):
            if process.returncode is None:
                trainer.kill()
            await process.aclose()


def _lock(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise TrainingError("another training run is still at work in this home", code="E_TRAINING_RUNS") from error
