"""The tail of the event table: what happened goes to the log, and what deserves it to the desktop.

Where it got to is kept, so that what happened just before a crash is still told after it; told twice at worst.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import anyio
import anyio.to_thread
from loguru import logger

from randaemon.daemon import pace
from randaemon.model import Event
from randaemon.notify import Desk, Manners, Message
from randaemon.store import Store

SEEN = "bus.seen"  # state: the last event that is in the log
SHOWN = "bus.shown"  # state: the last event before those whose messages are still held back
_QUIET = ("stage.", "run.progress", "document.admitted", "document.duplicate")

Show = Callable[[Message], bool]


class Bus:
    """Tails events until cancelled."""

    def __init__(
        self,
        store: Store,
        show: Callable[[], Show | None],
        manners: Callable[[], Manners] = Manners,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`show` gives what puts a message on the desktop and says whether it could; None: nobody wants that."""
        self._store = store
        self._show = show
        self._manners = manners
        self._clock = clock
        self._desk = Desk()

    async def run(self) -> None:
        """Look after every commit, and when a message was held back long enough."""
        seen = int(await self._store.state(SEEN, 0))
        shown = int(await self._store.state(SHOWN, seen))
        await self._catch_up(min(seen, shown), seen)
        while True:
            committed = self._store.committed()
            events = await self._store.events(seen)
            for event in events:
                _log(event)
                seen = event.id
            self._desk.take(events, self._clock())
            await self._tell()
            told = seen if self._desk.oldest is None else self._desk.oldest - 1
            if events or told != shown:
                shown = told
                await self._store.set_state(**{SEEN: seen, SHOWN: shown})
            else:
                wait = self._desk.wait(self._clock())
                await pace.rest(committed, pace.PATIENCE if wait is None else wait)

    async def _catch_up(self, after: int, seen: int) -> None:
        """Messages that were held back when the last daemon ended."""
        while after < seen and (events := await self._store.events(after)):
            self._desk.take([event for event in events if event.id <= seen], self._clock())
            after = events[-1].id

    async def _tell(self) -> None:
        show, self._desk.manners = self._show(), self._manners()
        for message in self._desk.release(self._clock()):
            if show is not None and not await anyio.to_thread.run_sync(show, message):
                logger.info("{}: {}", message.title, message.body)


def _log(event: Event) -> None:
    level = "DEBUG" if event.kind.startswith(_QUIET) else "INFO"
    if event.kind in ("daemon.trouble", "daemon.restored", "alert.raised"):
        level = "WARNING"
    facts = {"document": event.document, **event.data}
    told = ", ".join(f"{key} {_told(value)}" for key, value in facts.items() if value not in (None, ""))
    logger.bind(event=event.id, kind=event.kind, of=facts).log(level, "{} {}", event.kind, told)


def _told(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else json.dumps(value)
