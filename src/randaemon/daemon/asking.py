"""Puts what stages ask to the models, and sends documents back that the rules had to finish without one.

    async with asking.opened(context) as asking:
        await asking.begin()                 # who is there?
        tasks.start_soon(asking.run)         # until cancelled
        pool.tell(asking.told)               # what stages know beforehand

Requests lie in the store until they are answered, so a crash loses none: it costs at most the calls that were under
way. A model that never answered in this home is not waited for; one that did for `patience` (`absence`), then a lighter
one stands in, at last the rules; those documents are `degraded`. Once what they lack answers again they are done again,
when nothing else is at work.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import anyio
from anyio.abc import TaskGroup
from loguru import logger

from randaemon import pool, wiring
from randaemon.control.commands import Context
from randaemon.daemon.absence import Absences, House
from randaemon.errors import ModelsAway
from randaemon.llm import Models, states
from randaemon.model import Event, Message, Purpose, Reply, Request, Tier, Usage
from randaemon.store import Store
from randaemon.store.asking import Answered, Cache, OpenRequest
from randaemon.store.records import PAUSED, paused

if TYPE_CHECKING:
    from randaemon.llm.link import Sent

DAY = 86400.0  # seconds
SERVICES = "services"  # state: the models and why they are away, for status and the next start
_SELDOM = 900.0  # seconds between two writes of no more than that a server was tried in vain: one at rest is silent
_SOONEST = 1.0  # seconds between two writes of it, and between a commit and the look at it
_SHOWN = 2.0  # seconds between two looks at what calls under way are doing
_HOPELESS = 4  # times that a request may make a server fail while others are answered
_SUSPECT = 2  # such times after which it is put to the server alone
_UNSEEN = (0, 0.0)
_LOOK = 1.5  # seconds that the first look at the servers may hold up the start: who is slower is known a minute later
_PROBE = Request(Purpose.EXTRACT, Tier.FAST, (Message("user", "Reply with the word: yes"),), max_tokens=8)


@contextlib.asynccontextmanager
async def opened(context: Context) -> AsyncIterator[Asking]:
    """The models of the settings, with what an earlier life knew of them; closed at the end."""
    store, settings, used = context.store, context.settings, list[Usage]()

    async def audit(sent: Sent) -> None:
        await store.record(Event("models.sent", data=asdict(sent)))

    known = states.recalled((await store.state(SERVICES, {})).get("models", ()))
    models = wiring.models(settings, store.home, known=known, used=used.append, audit=audit)
    cache = Cache(wiring.model_realm(settings), settings.llm.keep_days * DAY)
    policy = AskingPolicy(cache, settings.llm.patience, follows=wiring.asks_active(settings))
    try:
        yield Asking(store, models, policy, used)
    finally:
        with anyio.CancelScope(shield=True):
            await models.close()


@dataclass(frozen=True, slots=True)
class AskingPolicy:
    """How long to wait and how much at once."""

    cache: Cache
    patience: float = 900.0  # seconds that a model which used to answer is waited for; 0: not at all
    in_flight: int = 32  # requests of a tier that the models have at once; how many of them run is theirs to decide
    follows: bool = False  # is the model that was promoted last among them? Then its replies count until the next one
    look_seconds: float = 60.0  # how often models that are away are looked for while there is use in it
    batch: int = 64  # degraded documents that are sent back at once
    usage_seconds: float = 90 * DAY  # how long usage is kept


class Asking:
    """Answers requests until cancelled."""

    def __init__(
        self,
        store: Store,
        models: Models,
        policy: AskingPolicy,
        used: list[Usage] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`used` is where `models` notes every call it makes; written down with the next reply."""
        self._store = store
        self._models = models
        self._policy = policy
        self._clock = clock
        self._active: dict[str, Tier] = {}
        self._ended: set[str] = set()  # since the last look: its rows may have been read before the answer was written
        self._house = House()
        self._cache = policy.cache  # which kept replies count now
        self._looked = 0.0
        self._pruned = 0.0
        self._more = False  # there are more open requests than the models were given
        self._away = Absences(policy.patience)
        self._answered: dict[Tier, float] = {}  # when anybody last was
        self._misses: dict[str, tuple[int, float]] = {}  # request → how often it was not answered and others were; when
        self._escalated = 0  # requests that a better model was asked after the gates had refused what another wrote
        self._used = [] if used is None else used
        self._published: tuple[dict[str, Any], float] = ({}, 0.0)

    @property
    def told(self) -> pool.Told:
        """What the stages that ask are told, and whose replies they get."""
        return pool.Told(self._facts, lambda: self._cache.realm)

    def _facts(self) -> dict[str, object]:
        return {"models": list(self._house.tiers), "models_away": self._away.given_up}

    @contextlib.asynccontextmanager
    async def resting(self) -> AsyncIterator[None]:
        """The models give back their memory meanwhile; what is asked waits, and after `patience` the rules go on."""
        try:
            await self._models.unload()
            yield
        finally:
            await self._models.warm()

    async def begin(self) -> None:
        """Find out who is there, before any stage is told."""
        now = self._clock()
        await self._prune(now)
        self._escalated = (await self._store.state(SERVICES, {})).get("escalated", 0)
        await self._refresh()
        with anyio.move_on_after(_LOOK):
            await self._models.look()
        self._looked = now
        self._count()

    async def run(self) -> None:
        """Until cancelled."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._keep_looking)
            while True:
                rung = self._store.asks.wakeup()
                await self._refresh()
                while await self._store.asks.take_cached(self._cache):
                    pass
                await self._give_up()
                now = self._clock()
                await self._begin(tasks, now)
                await self._publish()
                with anyio.move_on_after(self._pause(now)):
                    await rung.wait()

    async def _prune(self, now: float) -> None:
        """Replies and usage that are too old go, and misses that nothing has come of."""
        self._pruned = now
        self._misses = {key: seen for key, seen in self._misses.items() if now - seen[1] < DAY}
        await self._store.asks.prune(now - self._policy.cache.age_seconds, now - self._policy.usage_seconds)

    async def _refresh(self) -> None:
        """Which replies count: with every promotion the active model is another one."""
        if self._policy.follows:
            run = await self._store.current_model()
            realm = f"{self._policy.cache.realm} {run.id if run else 'none'}"
            self._cache = replace(self._policy.cache, realm=realm)

    # --- Requests --------------------------------------------------------------------------------------------------

    async def _begin(self, tasks: TaskGroup, now: float) -> None:
        """Give the models as many open requests of each tier as they may have: one that hangs holds up no other.

        Those that were there each time it failed go alone, so that one which makes a server fail takes no other along.
        """
        self._more = False
        for tier in () if await self._held() else self._away.askable(now):
            await self._begin_some(tasks, tier)

    async def _held(self) -> bool:
        """`jobs pause`: models are asked nothing; what asks waits, and loses no patience by it."""
        return "models" in paused(await self._store.state(PAUSED))

    async def _begin_some(self, tasks: TaskGroup, tier: Tier) -> None:
        running = self._running(tier)
        room = self._policy.in_flight - running
        if room <= 0:
            self._more = True  # nobody has looked: what was asked meanwhile must not wait for the next commit
            return
        self._ended.clear()
        # One more than can be begun: else it is not seen that there are more.
        found = await self._store.asks.open([tier], self._policy.in_flight + running + 1)
        fresh = [each for each in found if each.key not in self._active and each.key not in self._ended]
        suspects = [each for each in fresh if self._misses.get(each.key, _UNSEEN)[0] >= _SUSPECT]
        alone = [] if running else suspects[:1]
        begun = alone if suspects else fresh[:room]
        self._more |= len(fresh) > len(begun)
        for each in begun:
            self._active[each.key] = tier
            tasks.start_soon(self._ask, each)

    def _running(self, tier: Tier) -> int:
        return sum(each is tier for each in self._active.values())

    async def _ask(self, each: OpenRequest) -> None:
        cache, tier = self._cache, each.request.tier
        try:
            reply = await self._reply(each)
            if reply is not None:
                if not reply.stands_in:
                    self._misses.pop(each.key, None)
                await self._store.asks.answer(Answered(reply, cache, self._spent()))
                await self._heard(each.request, reply)
        finally:
            self._active.pop(each.key, None)
            self._ended.add(each.key)
            if self._more and self._running(tier) <= self._policy.in_flight // 2:
                self._store.asks.ring()

    async def _reply(self, each: OpenRequest) -> Reply | None:
        """None: it waits where it is."""
        try:
            reply = await self._models.answer(each.request)
        except ModelsAway as away:
            if away.tried and self._is_hopeless(each, away.since or 0.0):
                return Reply(each.key, "", "refused", reason=f"others are answered, this never is: {away.message}")
            await self._missed(each.request.tier, away)
            return None
        except Exception as error:  # noqa: BLE001 - the boundary of requests, as the lane is that of documents
            logger.opt(exception=error).error("request {} for {}", each.key[:12], each.request.purpose.value)
            return Reply(each.key, "", "refused", reason=f"internal error: {type(error).__name__}")
        return self._stood_in(each, reply) if reply.stands_in else reply

    def _stood_in(self, each: OpenRequest, reply: Reply) -> Reply:
        """The model that was wanted may do better once it is back; if it answers all but this, the lighter's holds."""
        if self._is_hopeless(each, 0.0):
            return replace(reply, stands_in=False)
        return reply if reply.outcome == "ok" else replace(reply, outcome="unavailable")

    def _is_hopeless(self, each: OpenRequest, down_since: float) -> bool:
        """Some requests make a server fail: such a one must not hold up the others for ever.

        It misses again and again, and in between the server works: for others, or for a probe, so that it is down anew.
        An outage is no such thing.
        """
        count, last = self._misses.get(each.key, _UNSEEN)
        apart = max(self._answered.get(each.request.tier, 0.0), down_since) > last
        self._misses[each.key] = (count + apart, self._clock())
        return count + apart >= _HOPELESS

    def _spent(self) -> tuple[Usage, ...]:
        spent = tuple(self._used)
        self._used.clear()
        return spent

    # --- Who is away -----------------------------------------------------------------------------------------------

    async def _missed(self, tier: Tier, away: ModelsAway) -> None:
        self._count()
        known = away.since is not None
        if self._away.missed(tier, away, self._clock(), known=known) and self._house.known:
            await self._tell("models.away", tier, away.message, requests=await self._store.asks.waiting())
        self._store.asks.ring()

    async def _give_up(self) -> None:
        """Let the rules finish what has waited for long enough; at once where nobody ever answered."""
        given_up = self._away.given_up
        waiting = await self._store.asks.tiers() if given_up else set()
        for tier, away in self._away:
            if tier not in waiting or not away.given_up:
                continue
            requests = await self._store.asks.give_up(tier, away.reason)
            if self._house.known:
                await self._tell("models.given_up", tier, away.reason, requests=requests)

    async def _heard(self, request: Request, reply: Reply) -> None:
        """A reply came. One that we refused ourselves says nothing of the models."""
        if not reply.model:
            return
        self._escalated += request.purpose is Purpose.ESCALATE
        if reply.stands_in:
            self._away.stood_in(request.tier, f"{reply.model} stands in for a better model", self._clock())
        else:
            await self._found(request.tier)

    async def _found(self, tier: Tier) -> None:
        self._answered[tier] = self._clock()
        if not self._house.known or tier not in self._house.tiers:
            self._count()
        away = self._away.found(tier)
        if away is not None:
            await self._tell("models.back", tier, away.reason, degraded=await self._store.asks.degraded())
            self._store.asks.ring()

    async def _tell(self, kind: str, tier: Tier, reason: str, **facts: object) -> None:
        await self._store.record(Event(kind, data={"tier": tier.value, "reason": reason, **facts}))

    def _pause(self, now: float) -> float:
        """Until there is something to do that no commit announces; `now` is when tiers were last asked."""
        times = [now + (_SHOWN if self._active else self._policy.look_seconds)]
        if (due := self._away.due(now)) is not None:
            times.append(due)
        return max(min(times) - self._clock(), 0.0)

    # --- Documents that the rules had to finish --------------------------------------------------------------------

    async def _keep_looking(self) -> None:
        """Only while a document would gain by it."""
        while True:
            committed = self._store.committed()
            degraded = await self._store.asks.degraded()
            if (now := self._clock()) - self._pruned >= DAY:
                await self._prune(now)
            if not await self._held():
                await self._see_to(degraded)
            with anyio.move_on_after(self._policy.look_seconds):
                await committed.wait()
                await anyio.sleep(min(_SOONEST, self._policy.look_seconds))

    async def _see_to(self, degraded: int) -> None:
        if degraded or not await self._store.idle():
            await self._look()
        if degraded and await self._store.idle():
            await self._upgrade()

    async def _upgrade(self) -> None:
        """A tier that is away holds up the documents that lack it; one that this house has no more holds up none."""
        away = [tier for tier in Tier if tier in self._away]
        if set(self._house.tiers) - set(away):
            await self._store.asks.upgrade(self._policy.batch, away)

    async def _look(self) -> None:
        """A generation is the only proof that a server works again; of one that is new to us its list is enough."""
        now = self._clock()
        if self._house.missing and now - self._looked >= self._policy.look_seconds:
            self._looked = now
            await self._models.look()
            self._count()
        for tier, away in self._away:
            if away.until <= now and tier not in self._active.values():
                await self._probe(tier)

    async def _probe(self, tier: Tier) -> None:
        try:
            reply = await self._models.answer(replace(_PROBE, tier=tier))
        except ModelsAway as still:
            await self._missed(tier, still)
            return
        if reply.model and not reply.stands_in:
            await self._found(tier)
        else:
            self._away.probed(tier, self._clock() + self._policy.look_seconds)

    # --- What is told ----------------------------------------------------------------------------------------------

    async def _publish(self) -> None:
        told, at = self._published
        facts = {
            "models": [asdict(state) for state in self._models.states()],
            "away": self._away.shown() if self._house.known else {},
            "escalated": self._escalated,
        }
        pause = _SELDOM if states.lasting(facts) == states.lasting(told) else _SOONEST
        if facts != told and self._clock() - at >= pause:
            self._published = facts, self._clock()
            await self._store.set_state(**{SERVICES: facts})

    def _count(self) -> None:
        self._house = House.of(self._models.states())
