"""The tail of the event table: what happened goes to the log, and what deserves it to the desktop.

Where it got to is kept, so that what happened just before a crash is still told after it; told twice at worst.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import anyio.to_thread
from loguru import logger

from randaemon import notify
from randaemon.daemon import pace
from randaemon.model import Event
from randaemon.notify import Message
from randaemon.store import Store

AT_ONCE = 3  # messages that one look may show; a thousand dropped files are no thousand messages
SEEN = "bus.seen"
_QUIET = ("stage.", "run.progress", "document.admitted", "document.duplicate")


class Bus:
    """Tails events until cancelled."""

    def __init__(self, store: Store, show: Callable[[str, str], bool] | None) -> None:
        """`show` puts a title and a text on the desktop and says whether it could; None: nobody wants that."""
        self._store = store
        self._show = show

    async def run(self) -> None:
        """Look after every commit; several looks in a row while there is much."""
        seen = int(await self._store.state(SEEN, 0))
        while True:
            committed = self._store.committed()
            events = await self._store.events(seen)
            if not events:
                await pace.rest(committed)
                continue
            seen = events[-1].id
            await self._tell(events)
            await self._store.set_state(**{SEEN: seen})

    async def _tell(self, events: Sequence[Event]) -> None:
        for event in events:
            _log(event)
        messages = [message for event in events if (message := notify.message(event)) is not None]
        if self._show is None or not messages:
            return
        for message in _at_most(messages):
            if not await anyio.to_thread.run_sync(self._show, message.title, message.body):
                logger.info("{}: {}", message.title, message.body)


def _at_most(messages: Sequence[Message]) -> Sequence[Message]:
    if len(messages) <= AT_ONCE:
        return messages
    more = len(messages) - AT_ONCE + 1
    return [*messages[: AT_ONCE - 1], Message(f"{more} more messages", "see `randaemon status`")]


def _log(event: Event) -> None:
    level = "DEBUG" if event.kind.startswith(_QUIET) else "INFO"
    if event.kind in ("daemon.trouble", "daemon.restored"):
        level = "WARNING"
    facts = {"document": event.document, **event.data}
    told = ", ".join(f"{key} {json.dumps(value)}" for key, value in facts.items() if value not in (None, ""))
    logger.bind(event=event.id, kind=event.kind, of=facts).log(level, "{} {}", event.kind, told)
