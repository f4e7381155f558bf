"""The daemon, but it is killed right before the n-th thing it does to the disk: `python crashing_daemon.py N`.

Random moments seldom fall into the few milliseconds between a rename and its commit; counting what is done to files
finds every such gap. The moment after an operation is the moment before the next one.
"""

from __future__ import annotations

import os
import signal
import sys

import aiosqlite

from randaemon import config, daemon
from randaemon.store import Home

CHANGES = frozenset({"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.truncate"})
left = int(sys.argv[1])


def count() -> None:
    """One thing less to live."""
    global left  # noqa: PLW0603
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


def hook(event: str, arguments: tuple[object, ...]) -> None:
    """CPython tells of renames and the like itself."""
    if event in CHANGES or (event == "open" and _writes(arguments[2])):
        count()


def _writes(flags: object) -> bool:
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))


flush, commit = os.fsync, aiosqlite.Connection.commit


def fsync(descriptor: int) -> None:
    """Flushes are not told of."""
    count()
    flush(descriptor)


async def committed(connection: aiosqlite.Connection) -> None:
    """Nor are commits."""
    count()
    await commit(connection)
    count()


os.fsync = fsync
aiosqlite.Connection.commit = committed  # type: ignore[method-assign]
sys.addaudithook(hook)
home = Home.default()
sys.exit(daemon.serve(home, config.load(home.settings)))
