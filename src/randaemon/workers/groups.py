"""Which process groups are ours, written down so that the next daemon can end what this one left behind.

A worker leads a session of its own. One small file for each, `work/groups/<pid>.json`, holds its start time: a process
is ours only if pid, start time and command line all agree, so a number that the system has given to someone else, or a
file that a hostile parser has written, ends nobody else's process.
"""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

import msgspec
import psutil

_FOLDER = "groups"
_TOLERANCE = 2.0  # seconds; the system counts start times from a boot time that follows the clock


class _Record(msgspec.Struct, frozen=True):
    pid: int
    started: float


def record(work: Path, pid: int) -> Path:
    """Write down that the group of `pid` is ours; the file to remove when it is gone."""
    folder = work / _FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / f"{pid}.json"
    file.write_bytes(msgspec.json.encode(_Record(pid, psutil.Process(pid).create_time())))
    return file


def kill_leftovers(work: Path) -> int:
    """End every worker group that an earlier daemon wrote down and that still runs; how many there were.

    For the start of the daemon, under its lock and before `work` is wiped.
    """
    return sum(_kill_leftover(file) for file in sorted((work / _FOLDER).glob("*.json")))


def signal_group(pid: int, number: signal.Signals) -> None:
    """Send a signal to all of a group; a group that is gone is fine."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: "not permitted" of a group of zombies
        os.killpg(pid, number)


def _kill_leftover(file: Path) -> bool:
    try:
        written = msgspec.json.decode(file.read_bytes(), type=_Record)
        process = psutil.Process(written.pid)
        ours = (
            abs(process.create_time() - written.started) <= _TOLERANCE
            and "randaemon.child" in process.cmdline()
            and os.getpgid(written.pid) == written.pid
        )
    except (OSError, ValueError, msgspec.MsgspecError, psutil.Error):
        ours = False
    if ours:
        signal_group(written.pid, signal.SIGKILL)
    file.unlink(missing_ok=True)
    return ours
