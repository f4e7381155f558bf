"""The closed loop: due → train → evaluate → promote, or say why not.

`Cycle` holds no state of its own but the child at work: what runs, ran and is active stands in the store, so a daemon
that was killed goes on from there (`reconcile`), and a run that was cut short from its last checkpoint.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import psutil

from randaemon.errors import TrainingError
from randaemon.machine import Readings
from randaemon.model import Event
from randaemon.store import Store
from randaemon.store.records import RunRecord, VersionRecord
from randaemon.training import adapters, asking, canary, checkpoint, ledger
from randaemon.training.adapters import Grounds
from randaemon.training.due import Due, DueFacts, DuePolicy, manners
from randaemon.training.finishing import write_card
from randaemon.training.gate import Verdict, verdict
from randaemon.training.launch import command, environment
from randaemon.training.plan import Wishes
from randaemon.training.scales import WANTED, Scales
from randaemon.training.spec import RESULTS, SPEC, Bounds, Results, Served, Spec, read_results, read_spec, write
from randaemon.training.trainer import LOG, Order, Trainer, only_one, started

LOCK = "run.lock"
STOPPED = "train.stopped"  # state: the run that a person asked to stop; it goes on when a person asks for a run
BY_HAND = "by_hand"  # metric of a run: a person asked for it, and it pauses for nothing
FRUITLESS = "fruitless"  # metric of a run: attempts in a row that were cut short and left nothing to go on from
PATIENCE = 10.0  # seconds for the child of a daemon that was killed to be gone


@dataclass(frozen=True, slots=True)
class TrainingPolicy:
    """What the settings say about training."""

    wishes: Wishes
    due: DuePolicy = field(default_factory=DuePolicy)
    allow_download: bool = False
    keep: int = 5  # adapters of the newest runs, besides those in use
    by: str = "the daemon"  # in whose process: for the reason of a run that is cut short
    bounds: Bounds = field(default_factory=Bounds)
    patience: float = PATIENCE
    look_seconds: float = 30.0  # between two looks whether a run is in the way


class Cycle:
    """The training lane of one home. One task calls `consider` and `run_once`; any other may call `stop`."""

    def __init__(
        self,
        store: Store,
        policy: TrainingPolicy,
        clock: Callable[[], float] = time.time,
        inherited: Mapping[str, str] = os.environ,
        look: Callable[[], Readings] | None = None,
    ) -> None:
        self._store = store
        self._policy = policy
        self._clock = clock
        self._inherited = inherited
        self._scales = Scales(store, clock, inherited, look)
        self._unfit = ""  # why the run at work was paused by itself
        self._stop: anyio.Event | None = None  # while a child is at work: set to stop it

    def adopt(self, policy: TrainingPolicy) -> None:
        """Work by another policy. By whoever calls `run_once`, so never during a run."""
        self._policy = policy

    async def reconcile(self) -> int:
        """At start: runs that a dead daemon left `running` are interrupted. How many there were."""
        left = [run for run in await self._store.runs() if run.status == "running"]
        promoted = {promotion.run for promotion in await self._store.promotions()}
        stopped = await self._store.state(STOPPED)
        for run in left:
            # The promotion is written before the run's end: a run that has one did end well.
            if run.id in promoted:
                await self._end(run, "done", run.reason)
            elif run.id == stopped:
                await self._end(run, "stopped", "stopped on request" + _at_step(run))
            else:
                await self._cut_short(run, "what ran it ended while it was at work" + _at_step(run))
        await adapters.link(self._store)
        return len(left)

    async def consider(self) -> Due:
        """Weigh the conditions of a run and keep them for `status`."""
        policy = self._policy
        return await self._scales.weigh(policy.wishes, policy.due, download=policy.allow_download)

    async def run_once(self, version: VersionRecord | None = None) -> RunRecord:
        """Go on with a run that was cut short, or train on a version (the newest); evaluate, and promote if the gate
        says so. The run, ended.

        Raises TrainingError when it cannot start: nothing is sealed, or another trainer is at work.
        """
        async with only_one(self._store.home.runs / LOCK, self._policy.patience) as lock:
            run, chosen = await self._to_do(version)
            self._stop = anyio.Event()
            try:
                run = await self._carry_out(run, chosen, lock)
            except anyio.get_cancelled_exc_class():
                with anyio.CancelScope(shield=True):
                    run = await self._again(run)
                    await self._end(run, "interrupted", f"{self._policy.by} was stopped" + _at_step(run))
                raise
            finally:
                self._stop = None
            await self._prove()
            if run.status == "done":
                await adapters.prune(self._store, self._policy.keep)
            return run

    async def prove(self) -> None:
        """Ask the model that was promoted last what it has to know, unless that is done; take it back when it fails.

        Raises TrainingError when a run is at work: the memory is its.
        """
        if await self._store.state(canary.WANTED):
            async with only_one(self._store.home.runs / LOCK):
                await self._prove()

    async def stop(self, run: str = "") -> bool:
        """Stop a run ("": the one at work), and do not go on with it by itself; whether there was one to stop."""
        known = ledger.real(await self._store.runs())
        wanted = known[-1] if known and run in {"", known[-1].id} else None
        if wanted is None or wanted.status not in {"running", "interrupted"}:
            return False
        await self._store.set_state(**{STOPPED: wanted.id})  # first: a daemon that is killed now still knows
        if self._stop is not None:
            self._stop.set()
        elif wanted.status == "interrupted":
            await self._end(wanted, "stopped", "stopped on request" + _at_step(wanted))
        return True

    async def _to_do(self, version: VersionRecord | None) -> tuple[RunRecord, VersionRecord]:
        """The run to carry out, its row written, and its data."""
        runs, versions = ledger.real(await self._store.runs()), await self._store.versions()
        asked = bool(await self._store.state(WANTED))
        left = None if version else ledger.resumable(runs, versions, self._policy.wishes, stopped=asked)
        if left is not None:
            return await self._go_on(left, asked), next(one for one in versions if one.number == left.version)
        chosen = version or await self._newest()
        for run in runs:  # what they were to go on from; the adapters stay
            await anyio.to_thread.run_sync(checkpoint.discard, Path(run.folder))
        return await self._begin(chosen, asked), chosen

    async def _go_on(self, run: RunRecord, asked: bool) -> RunRecord:
        """The row of a run that is taken up again."""
        run = replace(run, status="running", ended=None, reason="", metrics={**run.metrics, BY_HAND: asked})
        await self._store.update_run(run)
        await self._store.set_state(**{WANTED: False, STOPPED: ""})
        await self._store.record(Event("run.continued", data={"run": run.id, "version": run.version}))
        return run

    async def _newest(self) -> VersionRecord:
        versions = await self._store.versions()
        if not versions:
            raise TrainingError("there is no dataset version to train on", hint="randaemon dataset build")
        return versions[-1]

    async def _begin(self, version: VersionRecord, asked: bool) -> RunRecord:
        """The run's row."""
        wishes = self._policy.wishes
        metrics = {"fingerprint": ledger.fingerprint(version.digest, wishes), BY_HAND: asked}
        run = RunRecord("", version.number, wishes.model, "running", self._clock(), metrics=metrics)
        run = replace(run, id=await self._store.add_run(run))
        run = replace(run, folder=str(self._store.home.runs / run.id))
        await self._store.update_run(run)
        await self._store.set_state(**{WANTED: False, STOPPED: ""})
        await self._store.record(Event("run.started", data={"run": run.id, "version": version.number}))
        return run

    async def _carry_out(self, run: RunRecord, version: VersionRecord, lock: int) -> RunRecord:
        try:
            active = await self._store.current_model()
            spec = await anyio.to_thread.run_sync(self._prepare, run, version, active)
            order = Order(
                command("train", spec),
                environment(self._inherited, allow_download=self._policy.allow_download),
                spec.parent,
            )
            async with started(order, lock) as trainer:
                return await self._attend(run, trainer)
        except (OSError, TrainingError) as error:
            return await self._end(await self._again(run), "failed", str(error))

    async def _attend(self, run: RunRecord, trainer: Trainer) -> RunRecord:
        """Listen to the child to its end, and stop it when told to."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._pause_when_told, trainer)
            tasks.start_soon(self._pause_when_unfit, trainer, bool(run.metrics.get(BY_HAND)))
            try:
                run = await self._listen(run, trainer)
            except (OSError, TrainingError) as error:  # here: outside it would be a group of errors
                run = await self._end(await self._again(run), "failed", str(error))
            tasks.cancel_scope.cancel()
        return run

    async def _pause_when_told(self, trainer: Trainer) -> None:
        if self._stop is not None:
            await self._stop.wait()
            await trainer.pause()

    async def _pause_when_unfit(self, trainer: Trainer, by_hand: bool) -> None:
        """Nobody is to feel a run that nobody asked for: one that gets in the way pauses until it is due again."""
        self._unfit = ""
        while not by_hand:
            await anyio.sleep(self._policy.look_seconds)
            facts = await self._scales.with_machine(DueFacts(0, 0.0))
            unmet = [one for one in manners(facts, self._policy.due) if not one.ok]
            if unmet:
                self._unfit = "; ".join(map(str, unmet))
                await trainer.pause()
                return

    def _prepare(self, run: RunRecord, version: VersionRecord, active: RunRecord | None) -> Path:
        """Make the run's folder and write its spec; blocks."""
        home, folder = self._store.home, Path(run.folder)
        folder.mkdir(exist_ok=True)  # it is there when a run goes on
        spec = Spec(
            run=run.id,
            dataset=str(home.root / version.path),
            folder=run.folder,
            models=str(home.models),
            wishes=self._policy.wishes,
            memory=psutil.virtual_memory().total,
            current=adapters.served(active) if active else None,
            bounds=self._policy.bounds,
        )
        if _current(folder / SPEC) != spec.current:  # results of an attempt before this are beside another model's
            (folder / RESULTS).unlink(missing_ok=True)
        write(folder / SPEC, spec)
        return folder / SPEC

    async def _listen(self, run: RunRecord, trainer: Trainer) -> RunRecord:
        """Write down what the child says, then what became of it."""
        last: Mapping[str, Any] = {}
        async for event in trainer.events():
            if _grew(last, event) and run.metrics.get(FRUITLESS):
                run = replace(run, metrics={**run.metrics, FRUITLESS: 0})
                await self._store.update_run(run)
            last = event
            run = await self._hear(run, event)
        status = await trainer.status()
        told_to_stop = self._stop is not None and self._stop.is_set()
        match last.get("event"):
            case "done":
                return await self._judge(run)
            case "failed":
                return await self._end(run, "failed", _reason(last))
            case _ if told_to_stop:
                return await self._end(run, "stopped", "stopped on request" + _at_step(run))
            case _ if self._unfit:
                return await self._end(run, "interrupted", f"paused{_at_step(run)}: {self._unfit}")
            case _:
                reason = f"the training child {_ending(status)}{_at_step(run)}; {LOG} in its folder has its last words"
                return await self._cut_short(run, reason)

    async def _hear(self, run: RunRecord, event: Mapping[str, Any]) -> RunRecord:
        values = {key: value for key, value in event.items() if key != "event"}
        match event["event"]:
            case "progress":
                run = replace(run, metrics={**run.metrics, "progress": values})
                await self._store.update_run(run)  # so that a run that is cut short can say where
                await self._store.record(Event("run.progress", data={"run": run.id, **values}))
            case "validation":
                await self._store.record(Event("run.validation", data={"run": run.id, **values}))
            case "plan" | "forecast" as kind:
                run = replace(run, metrics={**run.metrics, **(values if kind == "plan" else {kind: values})})
                await self._store.update_run(run)
            case "checkpoint":
                run = replace(run, metrics={**run.metrics, "sealed": values["step"], FRUITLESS: 0})
                await self._store.update_run(run)
            case "phase" | "resumed" | "refused" | "download" as kind:
                await self._store.record(Event(f"run.{kind}", data={"run": run.id, **values}))
        return run

    async def _judge(self, run: RunRecord) -> RunRecord:
        """Read the results, ask the gate, and write both down."""
        results = await anyio.to_thread.run_sync(read_results, Path(run.folder) / RESULTS)
        decision = await anyio.to_thread.run_sync(_verdict, results)
        reason = "; ".join(decision.reasons)
        run = replace(run, metrics={**run.metrics, **ledger.metrics(results, decision)})
        with anyio.CancelScope(shield=True):  # a promoted run must not end up as interrupted
            ended = await self._conclude(run, decision, reason)
        return ended  # noqa: RET504 a `return` inside the block reads as one that may not happen

    async def _conclude(self, run: RunRecord, decision: Verdict, reason: str) -> RunRecord:
        """Card and promotion first: who sees the run ended sees what became of it, wherever this is cut off."""
        told = f"{'promoted' if decision.promote else 'not promoted'}: {reason}"
        run = replace(run, reason=told)
        await self._store.update_run(run)  # all that `reconcile` needs when it finds the promotion
        await anyio.to_thread.run_sync(write_card, replace(run, ended=self._clock()))
        if decision.promote:
            await self._store.set_state(**{canary.WANTED: run.id})
            await adapters.promote(self._store, run, Grounds(self._clock(), reason, decision.evidence))
        return await self._end(run, "done", told)

    async def _prove(self) -> None:
        wanted, active = await self._store.state(canary.WANTED), await self._store.current_model()
        if active is not None and active.id == wanted:
            await canary.prove(self._store, active, self._ask, self._clock)
        elif wanted:  # taken back meanwhile
            await self._store.set_state(**{canary.WANTED: ""})

    async def _ask(self, served: Served, questions: Sequence[str]) -> list[str]:
        return await asking.ask(served, questions, environment(self._inherited), canary.PATIENCE)

    async def _cut_short(self, run: RunRecord, reason: str) -> RunRecord:
        """It goes on from its last checkpoint or with its download, unless it never gets anywhere."""
        fruitless = int(str(run.metrics.get(FRUITLESS, 0))) + 1
        run = replace(run, metrics={**run.metrics, FRUITLESS: fruitless})
        if fruitless >= ledger.FRUITLESS:
            told = f"cut short {fruitless} times in a row before there was anything to go on from: {reason}"
            return await self._end(run, "failed", told)
        return await self._end(run, "interrupted", reason)

    async def _end(self, run: RunRecord, status: str, reason: str) -> RunRecord:
        ended = replace(run, status=status, ended=self._clock(), reason=reason)
        if status == "failed":
            await anyio.to_thread.run_sync(checkpoint.discard, Path(run.folder))
        await self._store.update_run(ended)
        figures = {key: run.metrics[key] for key in ("loss_before", "loss_after", "recall") if key in run.metrics}
        await self._store.record(Event(f"run.{status}", data={"run": run.id, "reason": reason, **figures}))
        self._scales.forget()
        await self.consider()  # now: who stops the daemon on seeing the run ended is not to be told how it was before
        return ended

    async def _again(self, run: RunRecord) -> RunRecord:
        """The run as the store has it now."""
        return await self._store.run(run.id) or run


def _current(file: Path) -> Served | None:
    """The model that was active when a run's attempt before this one began."""
    return read_spec(file).current if file.exists() else None


def _grew(before: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Did a download come further within this attempt? What it brought is kept for the next one."""
    both = before.get("event") == event["event"] == "download"
    return both and bool(event["have"] > before["have"])


def _verdict(results: Results) -> Verdict:
    return verdict(results.base, results.current, results.new, results.no_op)


def _at_step(run: RunRecord) -> str:
    progress = run.metrics.get("progress")
    return f" at step {progress['step']:,}" if isinstance(progress, Mapping) and "step" in progress else ""


def _reason(event: Mapping[str, Any]) -> str:
    return " ".join(filter(None, (str(event.get("reason", "")), f"({event['hint']})" if event.get("hint") else "")))


def _ending(status: int | None) -> str:
    if status is None:
        return "closed its pipe and hangs"
    return f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
