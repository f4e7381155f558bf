"""Weighs whether a run is due, keeps how that stands for `status`, and tells a person what only a person can do."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import anyio.to_thread

from randaemon.machine import Readings
from randaemon.model import Event
from randaemon.store import Store
from randaemon.store.records import PAUSED, paused
from randaemon.training import hub, ledger
from randaemon.training.due import Due, DueFacts, DuePolicy, due
from randaemon.training.plan import Wishes

WANTED = "train.wanted"  # state: a person asked for a run; it waives the wishes of the due policy
PASSING = frozenset({"cooldown_seconds", "free_memory_gib", "free_disk_gib", "quiet_hours"})  # change by themselves
PERSON = frozenset({"approval", "base_model"})  # wait for somebody to do something
SELDOM = 900.0  # seconds between two writes of conditions of which only figures that pass have changed


class Scales:
    """What was last written and told is held here; all else stands in the store."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], float],
        inherited: Mapping[str, str],
        look: Callable[[], Readings] | None = None,
    ) -> None:
        """`inherited`: the environment, which says where models lie; `look`: at the machine."""
        self._store = store
        self._clock = clock
        self._inherited = inherited
        self._look = look
        self._kept: tuple[object, float] = (None, 0.0)  # the conditions as they were last written, and when
        self._told: tuple[str, ...] = ()  # what a person was last told to do

    async def weigh(self, wishes: Wishes, policy: DuePolicy, *, download: bool) -> Due:
        """Every condition, as things stand now; `download`: a model that is not here may be fetched."""
        facts = await ledger.facts(self._store, wishes, approved=bool(await self._store.state(WANTED)))
        facts = await self.with_machine(await self._with_model(facts, wishes.model, download))
        answer = due(self._clock(), facts, policy)
        state = "waiting" if policy.enabled else "disabled"
        if self._is_news(state, answer):
            conditions = [asdict(condition) for condition in answer.conditions]
            weighed = {"training.due": conditions, "training.state": state, "training.weighed": self._clock()}
            await self._store.set_state(**weighed)
        await self._ask_for(answer)
        return answer

    def forget(self) -> None:
        """What was written counts no more: the next time it is written again."""
        self._kept = (None, 0.0)

    async def with_machine(self, facts: DueFacts) -> DueFacts:
        """The same with the machine, the time of day and whether training is paused."""
        machine = await anyio.to_thread.run_sync(self._look) if self._look else None
        held = "training" in paused(await self._store.state(PAUSED))
        clock_time = time.strftime("%H:%M", time.localtime(self._clock()))
        return replace(facts, machine=machine, clock_time=clock_time, paused=held)

    async def _with_model(self, facts: DueFacts, model: str, download: bool) -> DueFacts:
        """Whether there is a model to start from: a run that fails for want of one would cost a cool-down."""
        look = partial(hub.lack, model, self._inherited, Path.home(), download=download)
        lack = await anyio.to_thread.run_sync(look)
        return replace(facts, lacking=lack.told, remedy=lack.remedy) if lack else facts

    def _is_news(self, state: str, answer: Due) -> bool:
        """Figures that change by themselves are kept a few times an hour: a daemon at rest is silent."""
        known, at = self._kept
        lasting = (state, *(replace(one, have="") if one.name in PASSING else one for one in answer.conditions))
        if lasting == known and 0 <= self._clock() - at < SELDOM:
            return False
        self._kept = lasting, self._clock()
        return True

    async def _ask_for(self, answer: Due) -> None:
        """Once, when a run waits for nothing but a person."""
        wanted = answer.waiting_for if PERSON.issuperset(answer.waiting_for) else ()
        if wanted and wanted != self._told:
            unmet = [one for one in answer.conditions if not one.ok]
            told = [Event("run.wanted", data={"for": one.name, "have": one.have, "need": one.need}) for one in unmet]
            await self._store.record(*told)
        self._told = wanted
