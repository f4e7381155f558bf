"""`store.asks`: the door to what documents asked of models. See `asking` for what its writes do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import anyio

from randaemon.model import Document, Reply, Tier
from randaemon.store import asking, repair
from randaemon.store.asking import Answered, Cache, OpenRequest
from randaemon.store.bell import Bell
from randaemon.store.rows import dump
from randaemon.store.writer import Writer

Rows = Callable[..., Awaitable[list[tuple[Any, ...]]]]


class Asks:
    """Open requests, the reply cache, and the documents that rules had to finish."""

    def __init__(self, writer: Writer, rows: Rows, clock: Callable[[], float]) -> None:
        self._writer = writer
        self._rows = rows
        self._clock = clock
        self._asked = Bell()
        self._looked: Cache | None = None  # by which all that was open was looked up
        self._fresh: list[str] = []  # keys that were asked since

    # --- requests --------------------------------------------------------------------------------------------------

    async def open(self, tiers: Iterable[Tier], limit: int) -> list[OpenRequest]:
        """Up to `limit` requests of some tiers that wait for an answer, each once, by tier and document."""
        wanted = dump([tier.value for tier in tiers])
        rows = {row[0]: row for row in reversed(await self._rows("open_asks", wanted, limit))}
        return [asking.open_request(row) for row in reversed(rows.values())]

    async def tiers(self) -> set[Tier]:
        """The tiers that requests wait for."""
        return {Tier(tier) for (tier,) in await self._rows("open_tiers")}

    async def waiting(self) -> int:
        """How many requests wait for an answer, each counted once a document."""
        count: int = (await self._rows("count_open_asks"))[0][0]
        return count

    async def answer(self, answered: Answered) -> None:
        """Keeps a reply and what it took, and lets go on whoever waits for nothing else."""
        await self._writer.write(asking.ANSWER, answered)

    async def take_cached(self, cache: Cache) -> int:
        """Answers open requests whose reply is known already; returns how many, 0 when none is left.

        What was looked up before is not looked up again, unless other replies count by now: 10,000 open requests made
        each turn 4 ms longer.
        """
        since = self._clock() - cache.age_seconds
        known = await self._newly_asked(cache, since) if cache == self._looked else await self._all_open(cache, since)
        if known:  # seldom; else it must cost no commit
            await self._writer.write(asking.TAKE_CACHED, known)
        return len(known)

    async def _all_open(self, cache: Cache, since: float) -> list[str]:
        self._looked, self._fresh = cache, []  # first: what is asked from here on is new
        known = [key for (key,) in await self._rows("cached_keys", cache.realm, since, asking.BATCH)]
        if known:
            self._looked = None  # there may be more
        return known

    async def _newly_asked(self, cache: Cache, since: float) -> list[str]:
        while self._fresh:
            some, self._fresh = self._fresh[: asking.BATCH], self._fresh[asking.BATCH :]
            if known := [key for (key,) in await self._rows("cached_of", dump(some), cache.realm, since)]:
                return known
        return []

    async def give_up(self, tier: Tier, reason: str) -> int:
        """Answers every open request of a tier with `unavailable`; returns how many there were."""
        return await self._writer.write(asking.GIVE_UP, (tier, reason))

    async def replies(self, document: Document, realm: str) -> dict[str, Reply]:
        """What came back so far to what a document's stage asked, by request key."""
        return asking.replies(await self._rows("replies_of", realm, document.id))

    async def prune(self, replies_before: float, usage_before: float) -> None:
        """Throws away replies and usage rows from before a time; not the replies that somebody waits to read."""
        await self._writer.write(asking.PRUNE, (replies_before, usage_before))

    def wakeup(self) -> anyio.Event:
        """An event that the next commit with a request in it sets. Ask for it before looking, not after."""
        return self._asked.coming()

    def came(self, keys: Iterable[str]) -> None:
        """Requests were asked, and that is durable: wake whoever answers."""
        if self._looked is not None:  # else all that is open will be looked up
            self._fresh.extend(keys)
        self.ring()

    def ring(self) -> None:
        """Wake whoever answers."""
        self._asked.ring()

    # --- degraded documents ----------------------------------------------------------------------------------------

    async def degraded(self) -> int:
        """How many documents are done by rules because no model answered."""
        count: int = (await self._rows("count_degraded"))[0][0]
        return count

    async def upgrading(self) -> int:
        """How many documents are on their way again because models answer now."""
        count: int = (await self._rows("count_upgrading"))[0][0]
        return count

    async def upgrade(self, limit: int, away: Sequence[Tier] = ()) -> int:
        """Sends up to `limit` degraded documents back to the stages that ask models; returns how many.

        Those stay that lack one of the tiers which are `away`.
        """
        return await self._writer.write(repair.UPGRADE, (limit, tuple(away)))
