"""From a home in whatever state to one that can be worked on, step by step.

Each step can be repeated; the kill tests kill in it too.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio.to_thread
from loguru import logger

from randaemon.daemon.troubles import PROBLEMS, Troubles
from randaemon.errors import NotFoundError, RandaemonError
from randaemon.lifecycle import Policy, settle
from randaemon.model import Document, Event, Failure, Status
from randaemon.stages import PIPELINE
from randaemon.store import Home, Store, names, objects, recovery
from randaemon.store.reader import Reader
from randaemon.workers import groups

if TYPE_CHECKING:
    from randaemon.config import Settings
    from randaemon.training.cycle import Cycle

_LIFE = "daemon.life"  # state: how this life began, so that the next one can tell how it ended
_SAFE_MODE = "daemon.safe_mode"
_RESTORED = "daemon.restored"  # state: the last recovery that was told
_NAMED = 5  # suspects that are named; a message has no room for more
SETTLING = frozenset({
    "stage.done", "document.done", "document.expanded", "document.rejected", "document.failed", "document.waiting",
    "document.retrying",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the start found."""

    suspects: tuple[Document, ...]  # what was running when the last daemon ended
    unclean: int  # unclean ends in a row, each with work running and nothing settled in between
    event: int  # the newest event when it began
    culprit: Document | None = None  # the one that a daemon died of while it tried the suspects one at a time

    def crash_loop(self, after: int) -> bool:
        """Should it stop working for a while? `after` 0: never."""
        return 0 < after <= self.unclean


def make_folders(home: Home) -> None:
    """All folders, 0700. Raises RandaemonError when others may write into the home."""
    for folder in (home.root, *home.folders()):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if home.root.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise RandaemonError(f"others may write into {home.root}", hint=f"chmod go-w {home.root}", code="E_PERMISSIONS")


async def begin(store: Store, cycle: Cycle, settings: Settings, token: str) -> Beginning:
    """Everything between the open database and the first claim. `token` is this process's own."""
    home = store.home
    killed = await anyio.to_thread.run_sync(groups.kill_leftovers, home.work)
    beginning = await _recollect(store, token, settings.daemon.safe_mode_after)
    recovered = await store.recover()
    if beginning.culprit is not None:
        await _condemn(store, beginning.culprit)
    renewed = await store.renew({step.stage.label: step.version for step in PIPELINE})
    if renewed.stage is not None:
        logger.info("{} is newer than what is kept: {} documents go back to it", renewed.stage.label, renewed.documents)
    moved = await store.reconcile_quarantine()  # before: what a restored database does not know lies there too
    adopted = await store.adopt()
    await anyio.to_thread.run_sync(_wipe, home.work)
    written = (home.objects, home.quarantine, home.datasets, home.runs, home.backups)
    await anyio.to_thread.run_sync(objects.sweep, written)
    moved += await store.reconcile_quarantine()
    interrupted = await cycle.reconcile()
    await store.set_state(settings=settings.model_dump(mode="json"), **{PROBLEMS: [], _SAFE_MODE: False})
    await _tell_of_recovery(store, adopted)
    logger.info(
        "started: {} worker groups ended, {} interrupted stages recovered, {} files adopted, {} files moved to or from "
        "quarantine, {} runs interrupted", killed, recovered, adopted, moved, interrupted,
    )  # fmt: skip
    return beginning


async def end(store: Store) -> None:
    """The clean end: nothing is left for the next start to put right."""
    await store.reconcile_quarantine()
    life = await store.state(_LIFE, {})
    await store.set_state(**{_LIFE: {**life, "clean": True, "unclean": 0}})


async def enter_safe_mode(store: Store, troubles: Troubles, beginning: Beginning) -> None:
    """Say it where people look."""
    shown = [names.display(document.name) for document in beginning.suspects[:_NAMED]]
    more = f" and {len(beginning.suspects) - _NAMED} more" if len(beginning.suspects) > _NAMED else ""
    reason = f"paused after repeated crashes, the last {beginning.unclean} while working on: {', '.join(shown)}{more}"
    await store.set_state(**{_SAFE_MODE: True})
    await troubles.say("crashes", reason)


async def leave_safe_mode(store: Store, troubles: Troubles) -> None:
    """The work goes on."""
    await store.set_state(**{_SAFE_MODE: False})
    await troubles.over("crashes")


async def _tell_of_recovery(store: Store, requeued: int) -> None:
    """A database that took the place of a damaged one does not know of it yet."""
    done = await anyio.to_thread.run_sync(recovery.last, store.home)
    if done is None or done.folder == (await store.state(_RESTORED, {})).get("folder"):
        return
    facts = {**asdict(done), "requeued": requeued}
    await store.set_state(**{_RESTORED: facts})
    await store.record(Event("daemon.restored", data=facts))


async def _recollect(store: Store, token: str, safe_mode_after: int) -> Beginning:
    """How did the last life end? Before `recover`, since what runs now is what it was doing."""
    running = await anyio.to_thread.run_sync(_running, store.home)
    last = await store.state(_LIFE)
    beginning = Beginning(tuple(running), 0, await store.newest_event())
    if last and not last["clean"] and last.get("token") != token:  # the same process: a full disk ended that life
        beginning = await _after_a_crash(store, beginning, last, safe_mode_after)
    life = {"pid": os.getpid(), "token": token, "clean": False, "unclean": beginning.unclean, "event": beginning.event}
    await store.set_state(**{_LIFE: {**life, "suspects": [document.id for document in beginning.suspects]}})
    return beginning


async def _after_a_crash(store: Store, found: Beginning, last: Mapping[str, Any], safe_mode_after: int) -> Beginning:
    """An end with work running counts, and clears what was counted before if something was settled in between.

    In safe mode nothing runs and nothing settles: an end there neither counts nor clears.
    """
    settled = await store.happened(SETTLING, last["event"])
    suspects = found.suspects or (() if settled else await _known(store, last.get("suspects", ())))
    unclean = (0 if settled else last["unclean"]) + bool(found.suspects)
    alone = len(found.suspects) == 1 and found.suspects[0].id in last.get("suspects", ())
    if alone and not settled and 0 < safe_mode_after <= last["unclean"]:
        return replace(found, culprit=found.suspects[0], suspects=())
    return replace(found, suspects=suspects, unclean=unclean)


async def _known(store: Store, numbers: Sequence[int]) -> tuple[Document, ...]:
    found = []
    for number in numbers:
        with contextlib.suppress(NotFoundError):
            found.append(await store.document(number))
    return tuple(found)


async def _condemn(store: Store, culprit: Document) -> None:
    """It was alone when the daemon died, after as many crashes as safe mode takes: no others wait for it any more."""
    if (claimed := await store.claim_this(culprit.id)) is not None:
        reason = f"the daemon died again and again, at last at {claimed.stage.label} of this document and nothing else"
        await store.settle(settle(claimed, Failure(reason, "E_DAEMON_DIED", retry=False), Policy(), 0.0))


def _running(home: Home) -> list[Document]:
    with Reader(home) as reader:
        return reader.documents(Status.RUNNING, limit=None)


def _wipe(work: Path) -> None:
    """Scratch of a life that is over."""
    for entry in work.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
