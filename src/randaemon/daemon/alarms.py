"""Weighs now and then what has ended, and what does not, against the rules of `alerts`; tells what has changed."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

import anyio

from randaemon.alerts import Limits, Moment, judge
from randaemon.daemon.startup import SETTLING
from randaemon.governor import Governor
from randaemon.model import Event, Finished
from randaemon.store import Store
from randaemon.store.records import WaitingRecord

LOOK = 60.0  # seconds between two looks
ALERTS = "daemon.alerts"  # state: those that stand, for status and the next life
KEPT = 2000  # finished documents: what "before" means
_BACK = 20_000  # events of earlier lives that are read again at the first look
CALM = 600.0  # seconds: what waits is tried now and then, and does not wait while it is
Told = dict[str, Any]  # an alert as it is written down, maybe by another release
_PROGRESS = SETTLING - {"document.waiting"}


class Alarms:
    """Looks now and then, until cancelled."""

    def __init__(
        self,
        store: Store,
        watch: Governor,
        limits: Callable[[], Limits],
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """`limits` is asked at every look: the settings may have changed."""
        self._store = store
        self._watch = watch
        self._limits = limits
        self._clock = clock
        self._steady = steady
        self._finished: deque[Finished] = deque(maxlen=KEPT)
        self._seen = -1  # the newest event that was weighed; -1: none yet
        self._looked = steady()
        self._still = 0.0
        self._waiting: WaitingRecord | None = None
        self._met = 0.0  # when documents that wait for too long were last seen

    async def run(self) -> None:
        """First when the start is over and the work has begun."""
        while True:
            await anyio.sleep(LOOK)
            await self.look()

    async def look(self) -> None:
        """Read what came since the last look, judge, and tell what has changed."""
        limits, now = self._limits(), self._clock()
        await self._listen()
        if found := await self._store.waiting_since(now - limits.waiting):
            self._waiting, self._met = found, self._steady()
        moment = Moment(now, self._still)
        if self._waiting is not None and self._steady() - self._met < CALM:
            moment = replace(
                moment, waiting=self._waiting.documents, longest=now - self._waiting.since, reason=self._waiting.reason
            )
        before: list[Told] = await self._store.state(ALERTS, [])
        standing = {each["rule"]: each["since"] for each in before}
        alerts = [asdict(each) for each in judge(list(self._finished), moment, limits, standing)]
        if alerts != before:
            await self._tell(before, alerts)

    async def _listen(self) -> None:
        newest, busy = await self._store.newest_event(), await self._store.claimable()
        if self._seen < 0:
            self._seen = max(newest - _BACK, 0)
            moved = True
        else:
            moved = newest > self._seen and await self._store.happened(_PROGRESS, self._seen)
        self._still = 0.0 if moved or not busy or self._watch.decision.holds else self._still + self._listened()
        self._looked = self._steady()
        while newest > self._seen and (found := await self._store.finished(self._seen)):
            self._finished.extend(found)
            self._seen = found[-1].event
        self._seen = max(self._seen, newest)

    def _listened(self) -> float:
        """Not the time in which this process was stopped itself."""
        return min(self._steady() - self._looked, 2 * LOOK)

    async def _tell(self, before: list[Told], now: list[Told]) -> None:
        """Figures within a reason change and are no event."""
        known, standing = {each["rule"] for each in before}, {each["rule"] for each in now}
        await self._store.set_state(**{ALERTS: now})
        raised = [Event("alert.raised", data=each) for each in now if each["rule"] not in known]
        over = [Event("alert.over", data=each) for each in before if each["rule"] not in standing]
        if raised or over:
            await self._store.record(*raised, *over)
