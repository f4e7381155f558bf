"""Where the slots of the pool get their documents from."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import anyio

from randaemon.errors import StorageFault
from randaemon.model import Document, Stage
from randaemon.pool.policy import DISK_FULL, Governor, PoolPolicy
from randaemon.store import Store
from randaemon.store.bell import Bell

_AHEAD_SECONDS = 0.1  # claim what the slots of a lane will finish in this time…
_AHEAD_EACH = 64  # …but no more than so many for each slot
_LOOK = 5.0  # seconds between two looks of a slot that has to wait for the lane to be wider


class Lane:
    """What the slots of one lane share: the documents claimed ahead, and the waiting for more."""

    def __init__(
        self, store: Store, name: str, slots: int, policy: Callable[[], PoolPolicy], governor: Governor
    ) -> None:
        """`policy` is asked at every wait: the settings may have changed."""
        self.name = name
        self.slots = slots
        self._store = store
        self._governor = governor
        self._stages = [step.stage for step in policy().pipeline if step.lane == name]
        self._policy = policy
        self._claimed: deque[Document] = deque()
        self._claiming = anyio.Lock()
        self._hungry = 0
        self._means = dict.fromkeys(self._stages, 0.0)  # seconds that what is claimed in each takes; 0: unknown
        self._stopped = anyio.Event()
        self._held_until = 0.0  # on the event loop's clock
        self._nap = anyio.CancelScope()
        self._busy = 0  # slots that have a document or are about to claim one
        self._freed = Bell()

    async def next(self) -> Document | None:
        """The next document to run; waits for one. None after `stop`."""
        await self._until_released()
        await self._until_wide_enough()
        self._busy += 1
        if not self._claimed:
            self._hungry += 1
            try:
                async with self._claiming:
                    await self._fill()
            finally:
                self._hungry -= 1
        return None if self._stopped.is_set() else self._claimed.popleft()

    def keeps(self, stage: Stage) -> bool:
        """May a slot go on with its document in this stage? As little as it could claim one else."""
        if stage not in self._means or self._stopped.is_set() or self._held_until > anyio.current_time():
            return False
        return self._busy <= max(self._width(), 1) and not self._governor.short_of_room()

    def took(self, stage: Stage, seconds: float) -> None:
        """A slot is free again. Learn how long what is claimed in a stage takes, to claim the right number ahead."""
        self._busy -= 1
        self._freed.ring()
        mean = self._means[stage] or seconds
        self._means[stage] = mean + (seconds - mean) / 8

    def hold(self, seconds: float) -> None:
        """Begin nothing for a while."""
        self._held_until = anyio.current_time() + seconds

    def stop(self) -> None:
        """Wake whoever waits, with nothing."""
        self._stopped.set()
        self._freed.ring()
        self._nap.cancel()

    def unstarted(self) -> list[Document]:
        """What was claimed and will not be run."""
        return list(self._claimed)

    async def _fill(self) -> None:
        while not self._claimed and not self._stopped.is_set():
            wakeup = self._store.wakeup(self.name)  # asked for before the claim: nothing slips in between
            self._claimed.extend(await self._claim())
            if not self._claimed and not self._stopped.is_set():
                with anyio.move_on_after(self._policy().poll_seconds) as self._nap:
                    await wakeup.wait()

    async def _until_released(self) -> None:
        while not self._stopped.is_set() and (left := self._held_until - anyio.current_time()) > 0:
            with anyio.move_on_after(left):
                await self._stopped.wait()

    async def _until_wide_enough(self) -> None:
        """The governor says how many slots work at once. One always does: it is the claim that waits for room."""
        while not self._stopped.is_set() and self._busy >= max(self._width(), 1):
            with anyio.move_on_after(_LOOK):
                await self._freed.coming().wait()

    def _width(self) -> int:
        return min(self._governor.width(self.name, self._busy), self.slots)

    async def _claim(self) -> list[Document]:
        """Nothing while the disk is full: documents that wait where they are cost no claim and no event."""
        if self._governor.short_of_room():
            return []
        try:
            return await self._store.claim(self._stages, self._wanted())
        except StorageFault as fault:
            if fault.code != DISK_FULL:
                raise
            return []

    def _wanted(self) -> int:
        """One document for each slot that has none; more where even the slowest stage is short.

        Whatever is claimed ahead holds up later stages, which would be claimed first, and shows as running.
        """
        slowest = max(self._means.values()) or _AHEAD_SECONDS
        width = max(self._width(), 1)
        ahead = int(width * _AHEAD_SECONDS / slowest)
        return max(min(self._hungry, width), min(ahead, width * _AHEAD_EACH))


class Suspects:
    """A lane of one slot that comes to an end: certain documents, the next when the one before has its outcome."""

    def __init__(self, store: Store, documents: Sequence[int], stopping: anyio.Event) -> None:
        self._store = store
        self._left = deque(documents)
        self._stopping = stopping

    async def next(self) -> Document | None:
        """The next of them that is ready; None when all were tried, or after `stop`."""
        while self._left and not self._stopping.is_set():
            document = await self._store.claim_this(self._left.popleft())
            if document is not None:
                return document
        return None

    def keeps(self, stage: Stage) -> bool:  # noqa: ARG002 - one of them at a time, and each stage of it by itself
        """Never: whoever the daemon died of is to be known for sure."""
        return False

    def took(self, stage: Stage, seconds: float) -> None:
        """Of no use here: nothing is claimed ahead."""
