"""Keeps the files where their rows say: refused drops in quarantine, all others among the originals."""

from __future__ import annotations

from randaemon.daemon import pace
from randaemon.store import Store

_MOVING = frozenset({"document.rejected", "document.failed", "document.retried", "document.cancelled"})


class Keeper:
    """Follows the events until cancelled; the start has reconciled everything before."""

    def __init__(self, store: Store, after: int) -> None:
        self._store = store
        self._tail = pace.Tail(store, _MOVING, after)

    async def run(self) -> None:
        """Once a look, however many were refused meanwhile."""
        while True:
            committed = self._store.committed()
            if await self._tail.moved():
                await self._store.reconcile_quarantine()
            await pace.rest(committed)
