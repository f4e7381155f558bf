"""Takes a snapshot of the database now and then, so that a damaged one costs hours and not everything.

After so many hours with changes; sooner when something was decided that no document can be asked for again: a model
promoted, samples reviewed, a document forgotten. What is forgotten must not come back with an older snapshot.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

import anyio.to_thread
from loguru import logger

from randaemon.daemon import pace
from randaemon.errors import StorageFault
from randaemon.governor import free_bytes
from randaemon.machine import size
from randaemon.store import Store, backups
from randaemon.store.backups import Snapshot

_SOON = 600.0  # seconds after a snapshot until a decision leads to the next
_DECIDED = frozenset({"model.promoted", "model.rolled_back", "samples.reviewed", "run.done", "dataset.sealed"})
FORGOTTEN = frozenset({"document.forgotten"})
AGAIN = 600.0  # seconds until it is tried again when the disk had no room
HEADROOM = 256 << 20  # bytes that must be left free beside a copy of the database


class Wishes(Protocol):
    """What the settings say."""

    @property
    def hours(self) -> float:
        """Between two snapshots; 0: none."""
        ...

    @property
    def keep(self) -> int:
        """So many stay."""
        ...


class Snapshots:
    """Follows the commits until cancelled."""

    def __init__(self, store: Store, wishes: Callable[[], Wishes], clock: Callable[[], float]) -> None:
        """`wishes` is asked at every look: the settings may have changed."""
        self._store = store
        self._wishes = wishes
        self._clock = clock
        self._not_before = 0.0

    async def run(self) -> None:
        """Look after commits, and when the hours are over."""
        while True:
            committed = self._store.committed()
            if self._wishes().hours > 0:
                await self.look()
            await pace.rest(committed)

    async def look(self) -> None:
        """Take one if it is time."""
        found = await anyio.to_thread.run_sync(backups.found, self._store.home.backups)
        if await self._due(next(iter(found), None)):
            # The oldest one decides: one that still holds what is forgotten must go.
            forgets = bool(found) and await self._store.happened(FORGOTTEN, found[-1].event)
            await self._take(1 if forgets else self._wishes().keep)

    async def _due(self, newest: Snapshot | None) -> bool:
        now = self._clock()
        if now < self._not_before:
            return False
        if newest is None:
            return True
        if await self._store.newest_event() == newest.event:
            return False
        if await self._store.happened(FORGOTTEN, newest.event):
            return True
        age = now - newest.created
        if age < 0 or age >= self._wishes().hours * 3600.0:  # below zero: the clock was set back
            return True
        return age >= _SOON and await self._store.happened(_DECIDED, newest.event)

    async def _take(self, keep: int) -> None:
        home, now = self._store.home, self._clock()
        need = home.database.stat().st_size + HEADROOM
        if (free := free_bytes(home.root)) < need:
            self._put_off(f"needs {size(need)} and has {size(free)}")
            return
        stopped = threading.Event()
        try:
            taken = await anyio.to_thread.run_sync(
                backups.take, home, home.backups, now, stopped.is_set, abandon_on_cancel=True
            )
        except StorageFault as fault:
            self._put_off(fault.message)
            return
        finally:
            stopped.set()
        gone = await anyio.to_thread.run_sync(backups.prune, home.backups, keep)
        logger.info("backup {} taken ({}), {} older ones deleted", taken.file.name, size(taken.size), gone)

    def _put_off(self, reason: str) -> None:
        self._not_before = self._clock() + AGAIN
        logger.warning("no backup was taken: {}", reason)
