"""Seal when the work is done, train when it is due: the last two steps of the loop."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext

import anyio
from loguru import logger

from randaemon import wiring
from randaemon.control import commands
from randaemon.control.commands import Context
from randaemon.daemon import pace
from randaemon.errors import ArtifactLost, TrainingError, WorkerError
from randaemon.model import Event
from randaemon.store.records import PAUSED
from randaemon.training import canary, drill
from randaemon.training.scales import WANTED

SEEN = "dataset.seen"  # state: the last event that the newest sealing took account of
CHANGING = frozenset({
    "document.done", "document.expanded", "document.duplicate", "document.failed", "document.forgotten",
    "samples.reviewed",
})  # fmt: skip


class Sealer:
    """Seals whenever nothing is in work and something has changed since."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    async def run(self) -> None:
        """Until cancelled. A change that comes while it seals is seen at the next look."""
        tail, changed = pace.Tail(self._store, CHANGING, int(await self._store.state(SEEN, 0))), False
        while True:
            committed = self._store.committed()
            changed = await tail.moved() or changed
            if changed and await self._store.idle():
                changed = False
                await self._seal(tail.seen)
            await pace.rest(committed)

    async def _seal(self, seen: int) -> None:
        """With everything up to an event."""
        try:
            await commands.seal(self._context)
        except ArtifactLost as lost:  # its document is at work again, and its end is a change
            logger.warning("nothing was sealed: {}", lost)
            return
        except WorkerError as error:  # the next change, or the next start, is the next try
            logger.error("nothing was sealed: {}", error)
            await self._store.record(Event("daemon.trouble", data={"reason": error.message}))
            return
        await self._store.set_state(**{SEEN: seen})


class Training:
    """Weighs the conditions when something may have changed them, and trains when all hold."""

    def __init__(
        self, context: Context, resting: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
    ) -> None:
        """Within `resting` the language models have given back their memory."""
        self._context = context
        self._store = context.store
        self._cycle = context.cycle
        self._resting = resting

    async def run(self) -> None:
        """Until cancelled, which ends a run under way."""
        situation: object = None
        considered = 0.0
        while True:
            committed = self._store.committed()
            now = await self._situation()
            # A cool-down ends by itself.
            if now != situation or anyio.current_time() - considered > pace.PATIENCE:
                situation, considered = now, anyio.current_time()
                await self._train_if_due()
            await pace.rest(committed)

    async def _situation(self) -> tuple[object, ...]:
        """What a run depends on, cheap to ask. Settings that were read again count from here on, never within a run."""
        policy = wiring.training_policy(self._context.settings)
        self._cycle.adopt(policy)
        run = await self._store.newest_run()
        ran = (run.id, run.status, run.ended) if run else None  # cut short: it goes on
        wanted = [str(await self._store.state(key, "")) for key in (WANTED, canary.WANTED, drill.WANTED, PAUSED)]
        return await self._store.newest_version(), ran, await self._store.idle(), tuple(wanted), policy

    async def _train_if_due(self) -> None:
        due = await self._cycle.consider()
        try:
            await self._cycle.prove()
            await drill.as_wanted(self._store, self._cycle)
            if not due.ready:
                return
            async with self._resting():
                await self._cycle.run_once()
        except TrainingError as error:
            logger.warning("training did not start: {}", error)
        await self._cycle.consider()
