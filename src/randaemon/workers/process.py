"""The child process behind a worker: how it is started, what it is watched for, how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import IO

import anyio
import anyio.to_thread
import psutil

from randaemon.errors import WorkerDied, WorkerError, WorkerMemory, WorkerProtocol, WorkerTimeout
from randaemon.machine import MIB
from randaemon.model import Done, Filed, Outcome
from randaemon.workers import groups, protocol, received
from randaemon.workers.family import Family
from randaemon.workers.noise import Noise

_BEATS_A_POLL = 1_000  # a child that sends more is trying to keep the daemon busy
_KILLED_SECONDS = 15.0  # a busy machine may take a while to give back the memory of what it killed


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child may use, and how patient we are with it."""

    memory_bytes: int = 2048 * MIB  # resident, its own children included
    file_bytes: int = 2048 * MIB  # the longest file it may write
    open_files: int = 512
    recycle_after: int = 200  # documents, however many stages of each
    idle_seconds: float = 60.0  # a child that had nothing to do for so long gives its memory back
    heartbeat_seconds: float = 1.0
    silence_seconds: float = 30.0  # no heartbeat for so long: stopped, or stuck inside a C call
    poll_seconds: float = 0.25  # how often memory, silence and deadline are looked at
    grace_seconds: float = 3.0  # between SIGTERM and SIGKILL

    @property
    def address_space(self) -> int:
        """The cap on address space. pandas, pyarrow and docling together map 0.3 GiB more than they use."""
        return self.memory_bytes + 1024 * MIB

    @property
    def recycle_bytes(self) -> int:
        """A child that holds so much after a task is replaced: parsers leak, and the next task needs the room."""
        return self.memory_bytes // 2


class ChildProcess:
    """One exec'd child. `perform` may be called again as long as it raises nothing; `end` always comes last."""

    def __init__(self, process: subprocess.Popen[bytes], lines: _Lines, folder: Path, limits: Limits) -> None:
        self.pid = process.pid
        self._performed = 0  # documents
        self._digest = ""  # of the last one
        self._process = process
        self._lines = lines
        self._folder = folder
        self._limits = limits
        self._family = Family(process.pid)
        self._record: Path | None = None
        self._alive = False  # has sent a heartbeat
        self._beats = 0
        self._silent = 0.0

    @classmethod
    async def start(cls, work: Path, limits: Limits, environment: Mapping[str, str]) -> ChildProcess:
        """Start a child with a folder of its own under `work`. Raises WorkerError (E_WORKER_START)."""
        try:
            folder = _own_folder(work)
            process, channel = _spawn(folder, environment)
        except OSError as error:
            raise _no_start(error.strerror or str(error)) from error
        with anyio.CancelScope(shield=True):  # neither waits for the child; cancelled here it would be nobody's
            lines = await _Lines.of(process, channel)
        child = cls(process, lines, folder, limits)
        child._introduce(work)
        return child

    async def perform(self, order: protocol.Order, deadline: float) -> Outcome:
        """Send an order and watch over it until its outcome is here. Raises WorkerError; then only `end` is left."""
        exchange = asyncio.ensure_future(self._exchange(order))
        try:
            await self._watch(exchange, deadline)
            payload = exchange.result()
        finally:
            exchange.cancel()
        if payload is None:
            raise await self._death()
        self._performed += order.task.digest != self._digest
        self._digest = order.task.digest
        outcome = protocol.decode_outcome(payload, order.task)
        if isinstance(outcome, Done) and isinstance(outcome.candidates, Filed):
            found = await anyio.to_thread.run_sync(received.candidates, outcome.candidates, order.task)
            return replace(outcome, candidates=found)
        return outcome

    def worn_out(self) -> bool:
        """Whether the next task should get a new child."""
        return self._performed >= self._limits.recycle_after or self._family.own() > self._limits.recycle_bytes

    async def end(self, *, polite: bool) -> None:
        """End the child and all that it spawned: a closed channel or SIGTERM, a grace, then SIGKILL to the group."""
        spawned = self._family.spawned()  # asked now: once their parent has gone, nothing tells that they were its
        if polite:
            self._lines.writer.close()
        else:
            groups.signal_group(self.pid, signal.SIGTERM)
        await self._gone()
        groups.signal_group(self.pid, signal.SIGKILL)
        for process in spawned:  # those that left the group
            with contextlib.suppress(psutil.Error):
                process.kill()
        await self._gone(_KILLED_SECONDS)
        await self._release()

    def place(self) -> str:
        """Where in the code the child was when it was ended; "" when it did not say."""
        return self._lines.noise.place()

    def _introduce(self, work: Path) -> None:
        with contextlib.suppress(psutil.Error):  # it has ended already: the first order will tell
            self._record = groups.record(work, self.pid)
        limits = self._limits
        setup = protocol.Setup(limits.heartbeat_seconds, limits.address_space, limits.file_bytes, limits.open_files)
        self._lines.writer.write(protocol.frame(protocol.encode(setup)))

    async def _exchange(self, order: protocol.Order) -> bytes | None:
        with contextlib.suppress(ConnectionError):  # it has died: what it said before is still to be read
            self._lines.writer.write(protocol.frame(protocol.encode(order)))
            await self._lines.writer.drain()
        while (payload := await protocol.read_frame(self._lines.reader)) == b"":
            self._alive = True
            self._beats += 1
            self._silent = 0.0
        return payload

    async def _watch(self, exchange: asyncio.Future[bytes | None], deadline: float) -> None:
        looked, spent = time.monotonic(), 0.0
        self._silent = 0.0
        while True:
            await asyncio.wait({exchange}, timeout=max(0.0, min(self._limits.poll_seconds, deadline - spent)))
            if exchange.done():
                return
            now = time.monotonic()
            # Time counts only while we listened: after the daemon itself was stopped, its children get theirs.
            listened, looked = min(now - looked, 2 * self._limits.poll_seconds), now
            self._silent += listened
            spent += listened
            self._judge()
            if spent >= deadline:
                raise WorkerTimeout(f"the worker gave no result in {deadline:g} s")

    def _judge(self) -> None:
        beats, self._beats = self._beats, 0
        if beats > _BEATS_A_POLL:
            raise WorkerProtocol("the worker floods the daemon with heartbeats")
        if self._family.together() > self._limits.memory_bytes:
            raise WorkerMemory(f"the document needs more than {self._limits.memory_bytes // MIB} MiB of memory")
        if self._silent >= self._limits.silence_seconds:
            raise WorkerTimeout(f"the worker gave no sign of life for {self._limits.silence_seconds:g} s")

    async def _death(self) -> WorkerError:
        """Why nothing more comes from the child."""
        await self._gone()
        status = self._process.returncode
        if not self._alive:
            return _no_start(self._lines.noise.last_line() or f"status {status}")
        if status is None:
            return WorkerProtocol("the worker closed its channel")
        if status >= 0:
            return WorkerDied(f"the parser ended its process (status {status})")
        hint = "; the system may have been out of memory" if -status == signal.SIGKILL else ""
        return WorkerDied(f"the parser crashed (signal {-status}, {_signal_name(-status)}{hint})")

    async def _gone(self, seconds: float | None = None) -> bool:
        """Wait for the end of the process, as long as the grace unless told otherwise; whether it has come."""
        wait = partial(self._process.wait, self._limits.grace_seconds if seconds is None else seconds)
        try:
            await anyio.to_thread.run_sync(wait)
        except subprocess.TimeoutExpired:
            return False
        return True

    async def _release(self) -> None:
        self._lines.close()
        if self._record is not None:
            self._record.unlink(missing_ok=True)
        with contextlib.suppress(RecursionError):  # nested on purpose; the next start wipes it
            await anyio.to_thread.run_sync(partial(shutil.rmtree, self._folder, ignore_errors=True))


@dataclass(frozen=True, slots=True)
class _Lines:
    """What connects the daemon to a child."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    noise: Noise
    leash: IO[bytes]  # the child's stdin, held open and never written to: see child.py

    @classmethod
    async def of(cls, process: subprocess.Popen[bytes], channel: socket.socket) -> _Lines:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a child is started with pipes")
        reader, writer = await asyncio.open_connection(sock=channel)
        return cls(reader, writer, await Noise.of(process.stdout), process.stdin)

    def close(self) -> None:
        self.writer.transport.abort()
        self.noise.close()
        self.leash.close()


def _own_folder(work: Path) -> Path:
    work.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix="worker-", dir=work))


def _spawn(folder: Path, environment: Mapping[str, str]) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start a child; the daemon's end of its channel. Popen, since asyncio's waits for pipes a grandchild may hold."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            # -P: the working directory, where parsers may write, must not be searched for modules
            [sys.executable, "-P", "-m", "randaemon.child", "stage", str(theirs.fileno())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={**_minimal(folder), **environment},
            umask=0o077,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
    return process, ours


def _minimal(folder: Path) -> dict[str, str]:
    """No tokens, no proxies, nothing of the user's; one thread a library, since there is a worker for each core."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "MALLOC_ARENA_MAX": "2",
    }


def _no_start(why: str) -> WorkerError:
    return WorkerError(f"a worker process could not start: {why}", hint="run `randaemon doctor`", code="E_WORKER_START")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return "unknown"
