"""A bell that many may wait for: whoever asked for its next ring hears it, whatever comes in between."""

from __future__ import annotations

import anyio


class Bell:
    """Rings for all that wait at once. An event of its own for each waiter would be lost to those before."""

    def __init__(self) -> None:
        self._next = anyio.Event()

    def coming(self) -> anyio.Event:
        """What the next ring sets. Ask for it before looking at what it announces, not after: else one is missed."""
        if self._next.is_set():
            self._next = anyio.Event()
        return self._next

    def ring(self) -> None:
        """Wake all that asked."""
        self._next.set()
