"""From a home in whatever state to one that can be worked on: the start-up order of reliability.md 2.

Each step can be repeated; the kill tests kill in it too.
"""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio.to_thread
from loguru import logger

from randaemon.errors import RandaemonError
from randaemon.model import Document, Event, Status
from randaemon.store import Home, Store, names
from randaemon.store.reader import Reader
from randaemon.workers import groups

if TYPE_CHECKING:
    from randaemon.config import Settings
    from randaemon.training.cycle import Cycle

LIFE = "daemon.life"  # state: how this life began, so that the next one can tell how it ended
SAFE_MODE = "daemon.safe_mode"
PROBLEMS = "daemon.problems"
SETTLING = frozenset({
    "stage.done", "document.done", "document.expanded", "document.rejected", "document.failed", "document.waiting",
    "document.retrying",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the start found."""

    suspects: tuple[str, ...]  # names of the documents that were running when the last daemon ended
    unclean: int  # unclean ends in a row, each with work running and nothing settled in between
    event: int  # the newest event when it began

    def crash_loop(self, after: int) -> bool:
        """Should it stop working for a while? `after` 0: never."""
        return 0 < after <= self.unclean


def make_folders(home: Home) -> None:
    """All folders, 0700. Raises RandaemonError when others may write into the home."""
    for folder in (home.root, *home.folders()):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if home.root.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise RandaemonError(f"others may write into {home.root}", hint=f"chmod go-w {home.root}", code="E_PERMISSIONS")


async def begin(store: Store, cycle: Cycle, settings: Settings) -> Beginning:
    """Everything between the open database and the first claim."""
    home = store.home
    killed = await anyio.to_thread.run_sync(groups.kill_leftovers, home.work)
    beginning = await _recollect(store)
    recovered = await store.recover()
    adopted = await store.adopt()
    await anyio.to_thread.run_sync(_wipe, home.work)
    moved = await store.reconcile_quarantine()
    interrupted = await cycle.reconcile()
    await store.set_state(settings=settings.model_dump(mode="json"), **{PROBLEMS: [], SAFE_MODE: False})
    logger.info(
        "started: {} worker groups ended, {} interrupted stages recovered, {} files adopted, {} files moved to or from "
        "quarantine, {} runs interrupted", killed, recovered, adopted, moved, interrupted,
    )  # fmt: skip
    return beginning


async def end(store: Store) -> None:
    """The clean end: nothing is left for the next start to put right."""
    await store.reconcile_quarantine()
    life = await store.state(LIFE, {})
    await store.set_state(**{LIFE: {**life, "clean": True, "unclean": 0}})


async def enter_safe_mode(store: Store, beginning: Beginning) -> None:
    """Say it where people look."""
    reason = f"paused after repeated crashes, the last {beginning.unclean} while working on: " + ", ".join(
        beginning.suspects
    )
    await store.set_state(**{PROBLEMS: [reason], SAFE_MODE: True})
    await store.record(Event("daemon.trouble", data={"reason": reason}))


async def leave_safe_mode(store: Store) -> None:
    """The work goes on."""
    await store.set_state(**{PROBLEMS: [], SAFE_MODE: False})


async def _recollect(store: Store) -> Beginning:
    """How did the last life end? Before `recover`, since what runs now is what it was doing."""
    running = await anyio.to_thread.run_sync(_running, store.home)
    last = await store.state(LIFE)
    settled, newest = await _since(store, last["event"] if last else 0)
    unclean = 0
    if last and not last["clean"] and last["pid"] != os.getpid():  # the same process: a full disk ended that life
        unclean = 0 if settled else last["unclean"] + bool(running)
    # In safe mode nothing runs and nothing settles: an end there neither counts nor clears.
    await store.set_state(**{LIFE: {"pid": os.getpid(), "clean": False, "unclean": unclean, "event": newest}})
    return Beginning(tuple(names.display(document.name) for document in running), unclean, newest)


async def _since(store: Store, event: int) -> tuple[bool, int]:
    settled = False
    while events := await store.events(event):
        settled = settled or any(each.kind in SETTLING for each in events)
        event = events[-1].id
    return settled, event


def _running(home: Home) -> list[Document]:
    with Reader(home) as reader:
        return reader.documents(status=Status.RUNNING)


def _wipe(work: Path) -> None:
    """Scratch of a life that is over."""
    for entry in work.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
