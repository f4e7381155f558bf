"""What is wrong with the daemon as a whole, said where people look: status, and a message."""

from __future__ import annotations

from randaemon.model import Event
from randaemon.store import Store

PROBLEMS = "daemon.problems"  # state: the reasons, for status


class Troubles:
    """Kept by subject, so that one trouble that ends does not take another off the list."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._reasons: dict[str, str] = {}

    async def say(self, subject: str, reason: str) -> None:
        """Put it on the list and tell it."""
        self._reasons[subject] = reason
        await self._write()
        await self._store.record(Event("daemon.trouble", data={"reason": reason}))

    async def over(self, subject: str) -> None:
        """Take it off the list."""
        if self._reasons.pop(subject, None) is not None:
            await self._write()

    async def _write(self) -> None:
        await self._store.set_state(**{PROBLEMS: list(self._reasons.values())})
