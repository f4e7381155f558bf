"""Keeps the event table from growing for ever: the oldest go, in small pieces, never what a tail has not read yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import anyio
from loguru import logger

from randaemon.daemon import bus, learning
from randaemon.store import Store

LOOK = 1800.0  # seconds between two looks
PIECE = 5000  # events that one transaction deletes: some milliseconds
_TAILS = (bus.SEEN, bus.SHOWN, learning.SEEN)  # state: where those who must not miss an event got to


class Wishes(Protocol):
    """What the settings say."""

    @property
    def events(self) -> int:
        """So many are kept at most."""
        ...

    @property
    def event_days(self) -> float:
        """So old they become."""
        ...


class Pruning:
    """Looks now and then, until cancelled."""

    def __init__(self, store: Store, wishes: Callable[[], Wishes], clock: Callable[[], float]) -> None:
        self._store = store
        self._wishes = wishes
        self._clock = clock

    async def run(self) -> None:
        """First when the start is over and the work has begun."""
        while True:
            await anyio.sleep(LOOK)
            if gone := await self.look():
                logger.info("{} old events deleted", gone)

    async def look(self) -> int:
        """Delete what is too old or too much; how many."""
        wishes = self._wishes()
        read = min([int(await self._store.state(key, 0)) for key in _TAILS])
        surplus = await self._store.newest_event() - wishes.events
        before = self._clock() - wishes.event_days * 86_400.0
        gone = 0
        while (piece := await self._store.prune_events(read, surplus, before, PIECE)) > 0:
            gone += piece
        return gone
