"""May this file be claimed? A look at it, and a pure verdict.

Nothing here reads a file's content but `writer_holds` and `archive_complete`, which open it without following links and
only after the verdict was `Take`: a cloud placeholder would block its reader beyond any cancelling.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

ZIP_MAGIC = b"PK\x03\x04"
ZIP_END = b"PK\x05\x06"
ZIP_TAIL = 22 + 0xFFFF  # the end record and the longest comment
SF_DATALESS = 0x40000000  # macOS: the content is in the cloud; reading blocks until it came down
OPEN_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """How long a file must rest, in seconds."""

    settle: float = 2.0
    empty_wait: float = 30.0
    truncated_wait: float = 600.0


@dataclass(frozen=True, slots=True)
class Look:
    """What `lstat` said about a file."""

    mode: int
    size: int
    mtime: int  # nanoseconds
    inode: int
    device: int
    dataless: bool = False

    @property
    def signature(self) -> tuple[int, int, int, int]:
        """Changes whenever someone writes to the file or puts another one in its place."""
        return (self.size, self.mtime, self.inode, self.device)


@dataclass(frozen=True, slots=True)
class Take:
    """Everything a look can tell says: claim it."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Look again in `seconds`; `note` is shown to the user, "" when there is nothing to say yet."""

    seconds: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Ignore:
    """It stays where it is; `note` says why."""

    note: str


Verdict = Take | Wait | Ignore


def look(path: Path) -> Look:
    """One `lstat`; raises OSError."""
    return seen(path.lstat(), path)


def seen(status: os.stat_result, path: Path) -> Look:
    """The look of a stat result that is already at hand."""
    return Look(
        mode=status.st_mode,
        size=status.st_size,
        mtime=status.st_mtime_ns,
        inode=status.st_ino,
        device=status.st_dev,
        dataless=_dataless(status, path),
    )


def judge(now_seen: Look, rested: float, policy: GatePolicy) -> Verdict:
    """The verdict on a file that has not changed for `rested` seconds. Pure."""
    if not stat.S_ISREG(now_seen.mode):
        link = stat.S_ISLNK(now_seen.mode)
        return Ignore("a link, which is not followed: put the file itself here" if link else "not a regular file")
    if now_seen.dataless:
        return Wait(policy.settle, "its content is still in the cloud: open it once, or choose Download Now")
    if rested < policy.settle:
        return Wait(policy.settle - rested)
    if now_seen.size == 0 and rested < policy.empty_wait:
        return Wait(policy.empty_wait - rested, "empty: maybe its content is still to come")
    return Take()


def archive_complete(descriptor: int, size: int) -> bool:
    """False for a ZIP that lacks its end record: maybe it is still being copied. Any other file is complete."""
    if os.pread(descriptor, len(ZIP_MAGIC), 0) != ZIP_MAGIC:
        return True
    return ZIP_END in os.pread(descriptor, ZIP_TAIL, max(0, size - ZIP_TAIL))


def writer_holds(descriptor: int) -> bool:
    """True when the system says that someone has the file open for writing; only Linux can tell, and only the owner.

    A read lease is refused while a writer is open. Not being allowed to ask is no refusal.
    """
    if sys.platform != "linux":
        return False
    import fcntl
    import signal

    try:
        # The lease breaks with SIGIO, which would end us; SIGURG is ignored unless someone asked for it.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno in (errno.EAGAIN, errno.EWOULDBLOCK)
    return False


def _dataless(status: os.stat_result, path: Path) -> bool:
    """Is the content elsewhere? On macOS a flag says so; on Linux a file that is one hole stands in for it."""
    if getattr(status, "st_flags", 0) & SF_DATALESS:
        return True
    if not stat.S_ISREG(status.st_mode) or status.st_size == 0 or status.st_blocks:
        return False
    return sys.platform == "darwin" or _one_hole(path)


def _one_hole(path: Path) -> bool:
    """No blocks may also mean a file system that does not count them (FUSE) or keeps small files in the inode."""
    try:
        descriptor = os.open(path, OPEN_FLAGS)
    except OSError:
        return False  # whoever claims it meets the same error and names it
    try:
        os.lseek(descriptor, 0, os.SEEK_DATA)
    except OSError as error:
        return error.errno == errno.ENXIO
    finally:
        os.close(descriptor)
    return False
