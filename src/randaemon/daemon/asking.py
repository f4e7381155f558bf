"""Puts what stages ask to the models, and sends documents back that the rules had to finish without one.

    async with asking.opened(context) as asking:
        await asking.begin()                 # who is there?
        tasks.start_soon(asking.run)         # until cancelled
        pool.tell(asking.told)               # what stages know beforehand

Requests lie in the store until they are answered, so a crash loses none: it costs at most the calls that were under
way. A model that never answered in this home is not waited for; one that did for `patience`, then the rules finish what
waits, and those documents are `degraded`. Once a model answers again they are done again, when nothing else is at work.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol, cast

import anyio
from anyio.abc import TaskGroup
from loguru import logger

from randaemon import pool, wiring
from randaemon.control import Context
from randaemon.errors import ModelsAway
from randaemon.llm import states
from randaemon.model import Event, Message, Purpose, Reply, Request, Tier
from randaemon.store import Store
from randaemon.store.asking import Answered, Cache, OpenRequest, Spent

DAY = 86400.0  # seconds
SERVICES = "services"  # state: the models and why they are away, for status and the next start
_SOONEST = 1.0  # seconds between two writes of it, and between a commit and the look at it
_HOPELESS = 4  # times that a request may make a server fail while others are answered
_LOOK = 1.5  # seconds that the first look at the servers may hold up the start: who is slower is known a minute later
_PROBE = Request(Purpose.EXTRACT, Tier.FAST, (Message("user", "Reply with the word: yes"),), max_tokens=8)


class State(Protocol):
    """What is known of one model: of `llm.ModelState`."""

    @property
    def answered_at(self) -> float | None:
        """When it last answered in this home; None: never."""
        ...

    @property
    def present(self) -> bool | None:
        """Does its server have it? None: nobody knows."""
        ...


class Models(Protocol):
    """What answers requests: `llm.Models`."""

    async def answer(self, request: Request, *, complexity: float = ...) -> Reply:
        """A reply that is `ok` or `refused`. Raises ModelsAway when nobody can be asked."""
        ...

    def states(self) -> Sequence[State]:
        """Each model on each server, as dataclasses of plain values."""
        ...

    async def look(self) -> Sequence[State]:
        """Ask the servers which models they have; the states after it."""
        ...

    async def unload(self) -> None:
        """Answer nothing and give back the memory, until `warm`."""
        ...

    async def warm(self) -> None:
        """The end of `unload`."""
        ...


@contextlib.asynccontextmanager
async def opened(context: Context) -> AsyncIterator[Asking]:
    """The models of the settings, with what an earlier life knew of them; closed at the end."""
    store, settings, used = context.store, context.settings, list[Any]()

    async def audit(sent: Any) -> None:
        await store.record(Event("models.sent", data=asdict(sent)))

    known = states.recalled((await store.state(SERVICES, {})).get("models", ()))
    models = wiring.models(settings, store.home, known=known, used=used.append, audit=audit)
    cache = Cache(wiring.model_realm(settings), settings.llm.keep_days * DAY)
    try:
        yield Asking(store, models, AskingPolicy(cache, settings.llm.patience), used)
    finally:
        with anyio.CancelScope(shield=True):
            await models.close()


@dataclass(frozen=True, slots=True)
class AskingPolicy:
    """How long to wait and how much at once."""

    cache: Cache
    patience: float = 900.0  # seconds that a model which used to answer is waited for; 0: not at all
    in_flight: int = 32  # requests that the models have at once; how many of them run is theirs to decide
    look_seconds: float = 60.0  # how often models that are away are looked for while there is use in it
    batch: int = 64  # degraded documents that are sent back at once
    usage_seconds: float = 90 * DAY  # how long usage is kept


@dataclass(frozen=True, slots=True)
class _Absence:
    """Why a tier gives no replies."""

    reason: str
    since: float
    until: float  # when asking again may help
    given_up: bool


class Asking:
    """Answers requests until cancelled."""

    def __init__(
        self,
        store: Store,
        models: Models,
        policy: AskingPolicy,
        used: list[Any] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`used` is where `models` notes every call it makes (`llm.Usage`); written down with the next reply."""
        self._store = store
        self._models = models
        self._policy = policy
        self._clock = clock
        self._active: set[str] = set()
        self._ended: set[str] = set()  # since the last look: its rows may have been read before the answer was written
        self._somebody = False  # has any model answered in this home, or would one, as its server says?
        self._looked = 0.0
        self._more = False  # there are more open requests than the models were given
        self._away: dict[Tier, _Absence] = {}
        self._answered: dict[Tier, float] = {}  # when anybody last was
        self._misses: dict[str, tuple[int, float]] = {}  # request → how often it was not answered and others were; when
        self._used = [] if used is None else used
        self._published: tuple[object, float] = (None, 0.0)

    def at_hand(self) -> bool:
        """Is it worth a stage's while to ask now?"""
        absence = self._away.get(Tier.FAST)
        return self._somebody and (absence is None or not absence.given_up)

    @property
    def told(self) -> pool.Models:
        """What the stages that ask are told, and whose replies they get."""
        return pool.Models(self.at_hand, self._policy.cache.realm)

    @contextlib.asynccontextmanager
    async def resting(self) -> AsyncIterator[None]:
        """The models give back their memory meanwhile; what is asked waits, and after `patience` the rules go on."""
        await self._models.unload()
        try:
            yield
        finally:
            await self._models.warm()

    async def begin(self) -> None:
        """Find out who is there, before any stage is told."""
        now, policy = self._clock(), self._policy
        await self._store.asks.prune(now - policy.cache.age_seconds, now - policy.usage_seconds)
        with anyio.move_on_after(_LOOK):
            await self._models.look()
        self._count()

    async def run(self) -> None:
        """Until cancelled."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._keep_looking)
            while True:
                rung = self._store.asks.wakeup()
                while await self._store.asks.take_cached(self._policy.cache):
                    pass
                await self._lose_patience()
                await self._begin(tasks)
                await self._publish()
                with anyio.move_on_after(self._pause()):
                    await rung.wait()

    # --- Requests --------------------------------------------------------------------------------------------------

    async def _begin(self, tasks: TaskGroup) -> None:
        """Give the models as many open requests as they may have."""
        now, room = self._clock(), self._policy.in_flight - len(self._active)
        asked = [tier for tier in Tier if (away := self._away.get(tier)) is None or away.until <= now]
        self._more = True  # nobody has looked: what was asked meanwhile must not wait for the next commit
        if room <= 0 or not asked:
            return
        self._ended.clear()
        # One more than can be begun: else it is not seen that there are more.
        found = await self._store.asks.open(asked, self._policy.in_flight + len(self._active) + 1)
        fresh = [each for each in found if each.key not in self._active and each.key not in self._ended]
        self._more = len(fresh) > room
        for each in fresh[:room]:
            self._active.add(each.key)
            tasks.start_soon(self._ask, each)

    async def _ask(self, each: OpenRequest) -> None:
        try:
            reply = await self._reply(each)
            if reply is not None:
                self._misses.pop(each.key, None)
                await self._store.asks.answer(Answered(reply, self._policy.cache, self._spent()))
                await self._found(each.request.tier)
        finally:
            self._active.discard(each.key)
            self._ended.add(each.key)
            if self._more and len(self._active) <= self._policy.in_flight // 2:
                self._store.asks.ring()

    async def _reply(self, each: OpenRequest) -> Reply | None:
        """None: it waits where it is."""
        try:
            return await self._models.answer(each.request)
        except ModelsAway as away:
            if self._is_hopeless(each, away.since or 0.0):
                return Reply(each.key, "", "refused", reason=f"others are answered, this never is: {away.message}")
            await self._missed(each.request.tier, away)
            return None
        except Exception as error:  # noqa: BLE001 - the boundary of requests, as the lane is that of documents
            logger.opt(exception=error).error("request {} for {}", each.key[:12], each.request.purpose.value)
            return Reply(each.key, "", "refused", reason=f"internal error: {type(error).__name__}")

    def _is_hopeless(self, each: OpenRequest, down_since: float) -> bool:
        """Some requests make a server fail: such a one must not hold up the others for ever.

        It misses again and again, and in between the server works: for others, or for a probe, so that it is down anew.
        An outage is no such thing.
        """
        count, last = self._misses.get(each.key, (0, 0.0))
        apart = max(self._answered.get(each.request.tier, 0.0), down_since) > last
        self._misses[each.key] = (count + apart, self._clock())
        return count + apart >= _HOPELESS

    def _spent(self) -> tuple[Spent, ...]:
        spent = tuple(Spent(**asdict(call)) for call in self._used)
        self._used.clear()
        return spent

    # --- Who is away -----------------------------------------------------------------------------------------------

    async def _missed(self, tier: Tier, away: ModelsAway) -> None:
        now, before = self._clock(), self._away.get(tier)
        since = min(away.since or now, before.since if before else now)
        given_up = before is not None and before.given_up
        self._away[tier] = _Absence(str(away), since, max(away.until, now + _SOONEST), given_up)
        if before is None and self._known():
            await self._tell("models.away", tier, away.message, requests=await self._store.asks.waiting())
        self._store.asks.ring()

    async def _lose_patience(self) -> None:
        """Let the rules finish what has waited for long enough; at once where nobody ever answered."""
        now, known = self._clock(), self._known()
        for tier, away in list(self._away.items()):
            if not (away.given_up or not known or now - away.since >= self._policy.patience):
                continue
            self._away[tier] = replace(away, given_up=True)
            requests = await self._store.asks.give_up(tier, away.reason)
            if known and not away.given_up:
                await self._tell("models.given_up", tier, away.reason, requests=requests)

    async def _found(self, tier: Tier) -> None:
        self._answered[tier] = self._clock()
        away = self._away.pop(tier, None)
        if away is not None:
            await self._tell("models.back", tier, away.reason, degraded=await self._store.asks.degraded())
            self._store.asks.ring()

    async def _tell(self, kind: str, tier: Tier, reason: str, **facts: object) -> None:
        await self._store.record(Event(kind, data={"tier": tier.value, "reason": reason, **facts}))

    def _pause(self) -> float:
        """Until there is something to do that no commit announces."""
        now = self._clock()
        times = [away.until for away in self._away.values() if not away.given_up]
        times += [away.since + self._policy.patience for away in self._away.values() if not away.given_up]
        if self._active:
            times.append(now + 2 * _SOONEST)  # what they are doing is shown
        return min([max(each - now, 0.05) for each in times], default=self._policy.look_seconds)

    # --- Documents that the rules had to finish --------------------------------------------------------------------

    async def _keep_looking(self) -> None:
        """Only while a document would gain by it."""
        while True:
            committed = self._store.committed()
            if await self._store.asks.degraded():
                await self._look()
                if self.at_hand() and not self._away and await self._store.idle():
                    await self._store.asks.upgrade(self._policy.batch)
            with anyio.move_on_after(self._policy.look_seconds):
                await committed.wait()
                await anyio.sleep(min(_SOONEST, self._policy.look_seconds))

    async def _look(self) -> None:
        """A generation is the only proof that a server works again; of one that is new to us its list is enough."""
        if not self._known() and self._clock() - self._looked >= self._policy.look_seconds:
            await self._models.look()
            self._count()
        for tier, away in list(self._away.items()):
            if not away.given_up or away.until > self._clock():
                continue
            try:
                await self._models.answer(replace(_PROBE, tier=tier))
            except ModelsAway as still:
                await self._missed(tier, still)
            else:
                await self._found(tier)

    # --- What is told ----------------------------------------------------------------------------------------------

    async def _publish(self) -> None:
        told, at = self._published
        facts = {
            "models": [asdict(cast("Any", state)) for state in self._models.states()],
            "away": {tier.value: asdict(away) for tier, away in self._away.items()} if self._known() else {},
        }
        if facts != told and self._clock() - at >= _SOONEST:
            self._published = facts, self._clock()
            await self._store.set_state(**{SERVICES: facts})

    def _known(self) -> bool:
        """Has any model ever answered in this home? If not, there is nobody to wait for."""
        return any(state.answered_at is not None for state in self._models.states())

    def _count(self) -> None:
        self._looked = self._clock()
        self._somebody = any(state.present or state.answered_at is not None for state in self._models.states())
