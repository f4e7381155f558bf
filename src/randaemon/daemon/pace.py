"""When the daemon's tasks look at the store: after a commit, and now and then for what only time changes."""

from __future__ import annotations

from collections.abc import Collection

import anyio

from randaemon.store import Store

COALESCE = 1.0  # seconds between a commit and the look at it: hundreds of commits share one
PATIENCE = 60.0  # seconds between two looks when nothing is written


async def rest(committed: anyio.Event, patience: float = PATIENCE) -> None:
    """Until a commit or the end of patience; `committed` was asked for before the last look."""
    with anyio.move_on_after(patience):
        await committed.wait()
    await anyio.sleep(COALESCE)


class Tail:
    """Has anything of some kinds happened since it was last asked? Reads no event: there may be thousands."""

    def __init__(self, store: Store, kinds: Collection[str], seen: int) -> None:
        self.seen = seen  # the newest event that was taken account of
        self._store = store
        self._kinds = kinds

    async def moved(self) -> bool:
        """What comes while it looks may be told twice, and is never missed."""
        newest = await self._store.newest_event()
        moved = newest > self.seen and await self._store.happened(self._kinds, self.seen)
        self.seen = newest
        return moved
