"""One daemon a home: `flock` on a close-on-exec descriptor that is held for life.

The kernel lets go of it when the process ends, however it ends. Pid and start time are written into the file for
messages only; nobody ever decides by them.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from randaemon.errors import AlreadyRunningError
from randaemon.store.home import Home

#: `holder` takes the lock for an instant to see whether it is free; that instant must not turn a daemon away.
_PATIENCE = 0.25
_PAUSE = 0.02


class InstanceLock:
    """The right to write in a home: `with InstanceLock(home): …`. Raises AlreadyRunningError naming the holder."""

    def __init__(self, home: Home, *, wait: bool = False, clock: Callable[[], float] = time.time) -> None:
        self._path = home.lock
        self._wait = wait
        self._clock = clock
        self._descriptor = -1

    def acquire(self) -> None:
        """Takes the lock; with `wait` (under a service manager) for as long as it takes."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # os.open gives descriptors that a child does not inherit: a forked child would keep the lock (measured).
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            self._take(descriptor)
            self._sign(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def release(self) -> None:
        """Gives the lock back; the file stays, since removing it could let two in."""
        if self._descriptor >= 0:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> InstanceLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _take(self, descriptor: int) -> None:
        if self._wait:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            return
        deadline = time.monotonic() + _PATIENCE
        while not _try(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                pid = signature(self._path).get("pid")
                raise AlreadyRunningError(f"another randaemon (pid {pid or 'unknown'}) is running in this home")
            time.sleep(_PAUSE)

    def _sign(self, descriptor: int) -> None:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "since": self._clock()}).encode(), 0)


def holder(home: Home) -> int | None:
    """The pid of the process that holds the home's lock; None when nobody does; 0 when it has not signed yet."""
    try:
        descriptor = os.open(home.lock, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if _try(descriptor, fcntl.LOCK_SH):
            return None
        return int(signature(home.lock).get("pid", 0))
    finally:
        os.close(descriptor)


def signature(path: Path) -> dict[str, float]:
    """What the holder wrote: `pid` and `since`; empty when there is nothing to read."""
    try:
        signed = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return signed if isinstance(signed, dict) else {}


def _try(descriptor: int, how: int) -> bool:
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
