"""The lanes: claim → run → settle, many documents at once.

    pool = Pool(store, lambda: Worker(home.work), PoolPolicy(), {"cpu": 2}, governor)
    tasks.start_soon(pool.run)  # until pool.stop(); then it drains and returns

A lane has a number of slots, each with a runner of its own. The slots of a lane share what was claimed last, so that
one claim serves many short documents. A slot takes its document through all stages of the lane that follow each other
(`walk`) and hands each outcome over to be settled while it goes on: settlements that are under way together share a
commit, and commits are what bounds the rate.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import anyio
import anyio.abc
import anyio.to_thread
from loguru import logger

from randaemon.errors import FULL_DISK, ArtifactLost, DatabaseDamaged, StorageFault, StoreError, WorkerError
from randaemon.lifecycle import ASKED, redo, settle
from randaemon.model import Change, Defer, Document, Failure, Outcome, Stage, Status, Task
from randaemon.pool import scratch
from randaemon.pool.lane import Lane, Suspects
from randaemon.pool.policy import DISK_FULL, Deadline, Governor, PoolPolicy, Runner, Told
from randaemon.pool.walk import Turn, Walk
from randaemon.stages import content_only
from randaemon.store import Store
from randaemon.store.bell import Bell
from randaemon.store.succession import LOST

__all__ = ["Deadline", "Governor", "Pool", "PoolPolicy", "Runner", "Told"]

_UNSETTLED = 256  # outcomes on their way to the store at once
_LONGEST = 3600.0  # seconds a document waits at most before it is tried; longer, and the clock was set back meanwhile
_PAUSE = 60.0  # seconds a document waits when it was the machine that could not
_FATAL = (StorageFault, DatabaseDamaged)  # nobody's document; the daemon ends with these


class Pool:
    """Takes every document that is ready through its stages, until it is told to stop."""

    def __init__(
        self,
        store: Store,
        runner_factory: Callable[[], Runner],
        policy: PoolPolicy,
        lanes: Mapping[str, int],
        governor: Governor,
    ) -> None:
        """`lanes`: how many documents of each lane of the pipeline run at once."""
        self._store = store
        self._runner_factory = runner_factory
        self._policy = policy
        self._governor = governor
        self._steps = {step.stage: step for step in policy.pipeline}
        self._needed = {need for step in policy.pipeline for need in step.needs}
        names = dict.fromkeys(step.lane for step in policy.pipeline)
        self._lanes = [Lane(store, name, lanes[name], lambda: self._policy, governor) for name in names]
        self._folder = store.home.work / "pool"
        self._stopping = anyio.Event()
        self._alarm = Bell()
        self._slots: list[anyio.CancelScope] = []
        self._open: Callable[[Lane], None] | None = None  # one more slot, once the slots are there
        self._unsettled = anyio.Semaphore(_UNSETTLED)

    async def run(self) -> None:
        """Work until `stop`; returns when all that ran is settled. Raises StorageFault when the disk fails."""
        try:
            async with anyio.create_task_group() as settling, anyio.create_task_group() as clocks:
                clocks.start_soon(self._wake_waiting)
                clocks.start_soon(self._end_when_drained)
                await self._work(settling)
                clocks.cancel_scope.cancel()
        except BaseExceptionGroup as group:
            raise _fatal(group) or group from None

    def stop(self) -> None:
        """Claim nothing more. What runs gets `drain_seconds`, then is ready again and has lost no attempt."""
        self._stopping.set()
        for lane in self._lanes:
            lane.stop()

    def adopt(self, policy: PoolPolicy) -> None:
        """Work by other settings from the next document on; what is not a setting stays."""
        kept = self._policy
        self._policy = replace(policy, pipeline=kept.pipeline, suspects=kept.suspects, models=kept.models)

    def widen(self, lanes: Mapping[str, int]) -> None:
        """Give lanes at least so many slots. Never fewer: how many of them work is the governor's word."""
        for lane in self._lanes:
            for _ in range(lane.slots, lanes[lane.name]):
                lane.slots += 1
                if self._open is not None and not self._stopping.is_set():
                    self._open(lane)

    def tell(self, models: Told) -> None:
        """What stages that ask are told of language models; before this there are none."""
        self._policy = replace(self._policy, models=models)

    async def _work(self, settling: anyio.abc.TaskGroup) -> None:
        if self._policy.suspects:
            await self._slot(Suspects(self._store, self._policy.suspects, self._stopping), settling)
        async with anyio.create_task_group() as slots:

            def begin(lane: Lane) -> None:
                slots.start_soon(self._slot, lane, settling)

            self._open = begin
            for lane in self._lanes:
                for _ in range(lane.slots):
                    begin(lane)
        for lane in self._lanes:
            for document in lane.unstarted():
                settling.start_soon(self._settle, self._interrupted(Walk(document, self._folder)), {})

    async def _slot(self, lane: Lane | Suspects, settling: anyio.abc.TaskGroup) -> None:
        runner = self._runner_factory()
        walk: Walk | None = None
        try:
            with anyio.CancelScope() as scope:
                self._slots.append(scope)
                while (document := await lane.next()) is not None:
                    began, walk = time.perf_counter(), Walk(document, self._folder)
                    await self._walk(runner, walk, lane, settling)
                    lane.took(document.stage, time.perf_counter() - began)
                    walk = None
            if walk is not None:  # not drained in time
                settling.start_soon(self._settle, self._interrupted(walk), walk.laid)
        finally:
            with anyio.CancelScope(shield=True):
                await runner.close()

    async def _walk(self, runner: Runner, walk: Walk, lane: Lane | Suspects, settling: anyio.abc.TaskGroup) -> None:
        """Stage after stage, as far as the lane goes; each is settled while the next one runs."""
        goes_on = True
        while goes_on:
            began = time.perf_counter()
            outcome = await self._attempt(runner, walk)
            change = _timed(self._decide(walk.document, outcome), time.perf_counter() - began)
            goes_on = lane.keeps(change.stage) and await self._goes_on(walk, change)
            await _acquire(self._unsettled)
            turn = walk.turn(change, goes_on=goes_on)
            settling.start_soon(self._settle_one, turn, {} if goes_on else walk.laid)

    async def _goes_on(self, walk: Walk, change: Change) -> bool:
        """May it stay in its slot for the stage that comes next? Then what it just wrote lies ready there."""
        if walk.refused or change.status is not Status.READY or change.stage <= change.ran:
            return False
        if change.ran not in self._needed:
            return True
        if not isinstance(change.artifact, bytes):  # a file belongs to the store, and nothing is for it to miss
            return False
        try:
            await walk.keep(change.ran, change.artifact)
        except OSError as error:
            logger.debug("{}: {}", walk.document.key, error)  # the store has it
            return False
        return True

    async def _attempt(self, runner: Runner, walk: Walk) -> Outcome | ArtifactLost:
        """One try of a stage. Whatever goes wrong here is this document's outcome; only the disk is everybody's."""
        document = walk.document
        try:
            return self._governor.may_run(document) or await self._perform(runner, walk)
        except _FATAL:
            raise
        except OSError as error:
            return self._spoiled(error)
        except ArtifactLost as lost:
            return lost
        except StoreError as error:
            return Failure(str(error), error.code, retry=False)
        except WorkerError as error:
            return self._blame(error)
        except Exception as error:  # noqa: BLE001 - the lane boundary: no document may end the daemon
            logger.opt(exception=error).error("stage {} of document {}", document.stage.label, document.key)
            return Failure(f"internal error: {type(error).__name__}; the log has the place")

    async def _perform(self, runner: Runner, walk: Walk) -> Outcome:
        document = walk.document
        step = self._steps[document.stage]
        for need in step.needs:
            await self._lay(walk, need)
        task = Task(
            stage=document.stage,
            digest=document.digest,
            source=self._store.source(document),
            inputs={need: walk.laid[need] for need in step.needs},
            scratch=scratch.of(self._folder, document),
            options=self._policy.options.get(document.stage, {}),
            meta=content_only(document.meta),
        )
        if step.asks:
            task = await self._with_models(task, document)
        outcome = await runner.run(task, self._policy.deadline.of(document.size))
        match outcome:
            case Failure(error=error, code=code) if code == DISK_FULL:
                return self._later(error, DISK_FULL)
            case Failure(error=error, code=code) if code in LOST and document.parent is not None:
                again = f"`randaemon jobs retry {document.key}` takes it out of its archive again"
                return replace(outcome, error=f"{error.partition(':')[0]}: {again}")
            case _:
                return outcome

    async def _with_models(self, task: Task, document: Document) -> Task:
        models = self._policy.models
        replies = await self._store.asks.replies(document, models.realm()) if ASKED in document.meta else {}
        return replace(task, options={**task.options, **models.options()}, replies=replies)

    async def _lay(self, walk: Walk, need: Stage) -> None:
        """What an earlier stage wrote, as a file for the child; where the walk has gone through that stage it lies."""
        if need in walk.laid:
            return
        path, digest = walk.input(need), walk.document.digest
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        walk.laid[need] = path
        if not await self._store.lay(digest, need, path):
            raise ArtifactLost(f"what {need.label} wrote is missing", digest=digest, stage=need)

    def _spoiled(self, error: OSError) -> Outcome:
        """A full disk is everybody's and empties again; whatever else befalls a file is that document's."""
        if error.errno in FULL_DISK:
            return self._later(f"scratch could not be written: {error.strerror}", DISK_FULL)
        return Failure(f"its files cannot be read or written: {error.strerror or error}", "E_IO")

    def _blame(self, error: WorkerError) -> Outcome:
        """A worker that could not even start is no document's fault: no other need be tried before this one."""
        if error.code == "E_WORKER_START":
            for lane in self._lanes:
                lane.hold(_PAUSE)
            return self._later(str(error), error.code)
        return Failure(str(error), error.code, retry=True)

    def _later(self, reason: str, code: str) -> Defer:
        return Defer(reason, self._policy.clock() + _PAUSE, code)

    def _interrupted(self, walk: Walk) -> Turn:
        stopped = Defer("interrupted when the daemon stopped", self._policy.clock(), "E_STOPPED")
        return walk.turn(self._decide(walk.document, stopped), goes_on=False)

    # --- Settling --------------------------------------------------------------------------------------------------

    async def _settle_one(self, turn: Turn, laid: Mapping[Stage, Path]) -> None:
        try:
            await self._settle(turn, laid)
        finally:
            self._unsettled.release()

    async def _settle(self, turn: Turn, laid: Mapping[Stage, Path]) -> None:
        """Write a turn when those before it are written; `laid` is what nobody needs after it."""
        if await turn.comes():
            turn.kept = await self._keep(turn)
        turn.over.set()
        folder = scratch.of(self._folder, turn.document)
        if laid or folder.exists():
            await anyio.to_thread.run_sync(scratch.remove, folder, laid.values())

    async def _keep(self, turn: Turn) -> bool:
        """Write what became of a stage. False: it was not kept, or otherwise than was decided."""
        document = turn.document
        try:
            kept = await self._write(turn)
        except _FATAL:
            raise
        except Exception as error:  # noqa: BLE001 - members that are not there, rows that break a rule of the database
            logger.warning("what {} gave cannot be kept: {}", document.key, type(error).__name__)
            failure = Failure(f"the result of {document.stage.label} cannot be kept", "E_RESULT", retry=False)
            await self._write(Turn(document, self._decide(document, failure), goes_on=False))
            return False
        if not kept:
            logger.info("document {}: the result of {} came too late", document.key, document.stage.label)
        if turn.change.due is not None:
            self._alarm.ring()
        return kept

    def _decide(self, document: Document, outcome: Outcome | ArtifactLost) -> Change:
        if isinstance(outcome, ArtifactLost):
            return redo(document, Stage(outcome.stage), outcome.message)
        now = self._policy.clock()
        change = settle(document, outcome, self._policy.lifecycle, now)
        return change if change.due is None else replace(change, due=min(change.due, now + _LONGEST))

    async def _write(self, turn: Turn) -> bool:
        """Write a turn, as often as a full disk asks for; a result that was computed is not thrown away."""
        folder = scratch.of(self._folder, turn.document)
        while True:
            try:
                return await self._store.settle(turn.change, folder, goes_on=turn.goes_on)
            except StorageFault as fault:
                if fault.code != DISK_FULL or self._stopping.is_set():
                    raise
            with anyio.move_on_after(self._policy.poll_seconds):
                await self._stopping.wait()

    # --- Clocks ----------------------------------------------------------------------------------------------------

    async def _wake_waiting(self) -> None:
        """Make documents claimable when their time comes."""
        while True:
            alarm = self._alarm.coming()
            due = await self._store.next_due()
            pause = self._policy.poll_seconds
            if due is not None:
                pause = min(max(due - self._policy.clock(), 0.02), pause)
            with anyio.move_on_after(pause):
                await alarm.wait()
            now = self._policy.clock()
            if due is not None and (due <= now or due > now + _LONGEST):
                await self._store.wake(_LONGEST)

    async def _end_when_drained(self) -> None:
        await self._stopping.wait()
        await anyio.sleep(self._policy.drain_seconds)
        for scope in self._slots:
            scope.cancel()


def _timed(change: Change, seconds: float) -> Change:
    """With what the stage took in its event: the user asks, and estimates rest on it."""
    told = tuple(replace(event, data={**event.data, "seconds": round(seconds, 3)}) for event in change.events)
    return replace(change, events=told)


async def _acquire(semaphore: anyio.Semaphore) -> None:
    """Without the turn of the event loop that `acquire` always takes."""
    try:
        semaphore.acquire_nowait()
    except anyio.WouldBlock:
        await semaphore.acquire()


def _fatal(group: BaseExceptionGroup[BaseException]) -> BaseException | None:
    """The disk's or the database's fault out of a group: it fails for every slot at once, and one says it all."""
    found: BaseException | None = group.split(_FATAL)[0]
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    return found
