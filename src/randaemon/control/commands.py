"""The one place that carries out a command, by the daemon or, when none runs, by the command line under the lock.

    retry {key} · cancel {key} · pause {lane?} · resume {lane?} · forget {key} · review {reviews} · dataset.build {}
    train.start {} · train.stop {run}
    models.promote {run, unproven?} · models.rollback {run} · models.drill {}

A command is carried out at least once: after a crash it is repeated, so doing it twice must do no harm. Hence those
that end something name it: the run to stop, the run to take back. The daemon adds the command's own id as `command`.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import anyio

from randaemon import wiring
from randaemon.control import forgetting, sealing
from randaemon.errors import NotFoundError, RandaemonError, StorageFault, TrainingError
from randaemon.store import Home, Store
from randaemon.store.records import LANES, PAUSED, paused
from randaemon.training import adapters, canary, drill
from randaemon.training.adapters import Grounds
from randaemon.training.cycle import Cycle
from randaemon.training.scales import WANTED

if TYPE_CHECKING:
    from randaemon.config import Settings

Answer = dict[str, Any]
ASKED = "train.asked"  # state: the last command that asked for a run


@dataclass(slots=True)
class Context:
    """What commands work on. The settings are another tree after they were read again."""

    store: Store
    settings: Settings
    cycle: Cycle
    by_daemon: bool = True  # False: the command line does it itself, and a run of training goes to its end here
    clock: Callable[[], float] = time.time


async def apply(verb: str, args: Mapping[str, Any], context: Context) -> Answer:
    """Carry out a command; what it brought about. Raises RandaemonError with what to tell the user."""
    action = _ACTIONS.get(verb)
    if action is None:
        raise RandaemonError(f"there is no command {verb}", hint=f"one of {', '.join(_ACTIONS)}", code="E_COMMAND")
    try:
        return await action(context, args)
    except KeyError as error:
        raise RandaemonError(f"{verb} needs {error.args[0]}", code="E_COMMAND") from error


async def answer(verb: str, args: Mapping[str, Any], context: Context) -> Answer:
    """The same as an answer to write down: `{"ok": true, …}` or the refusal in words. A failing disk still raises."""
    try:
        return {"ok": True, **await apply(verb, args, context)}
    except StorageFault:
        raise
    except RandaemonError as error:
        return {
            "ok": False,
            "error": error.message,
            "hint": error.hint,
            "code": error.code,
            "exit_code": error.exit_code,
        }


def here(home: Home, settings: Settings, verb: str, args: Mapping[str, Any]) -> Answer:
    """Carry out a command in this process, which holds the home's lock. Raises RandaemonError."""
    return anyio.run(_here, home, settings, verb, args)


async def seal(context: Context) -> int | None:
    """Seal by the settings of now (`sealing`); the version's number, None when there is nothing to seal."""
    return await sealing.seal(context.store, wiring.seal_settings(context.settings), context.clock)


async def _here(home: Home, settings: Settings, verb: str, args: Mapping[str, Any]) -> Answer:
    async with Store.open(home) as store:
        context = Context(store, settings, wiring.cycle(settings, store, by="train start"), by_daemon=False)
        done = await apply(verb, args, context)
        await context.cycle.consider()  # no daemon will: `status` tells how things stand after this
        return done


async def _retry(context: Context, args: Mapping[str, Any]) -> Answer:
    document = await context.store.retry(str(args["key"]))
    return {"key": document.key, "status": document.status.value}


async def _cancel(context: Context, args: Mapping[str, Any]) -> Answer:
    document = await context.store.cancel(str(args["key"]))
    return {"key": document.key, "status": document.status.value}


async def _pause(context: Context, args: Mapping[str, Any]) -> Answer:
    """Begin nothing more of a lane, or of all."""
    return await _hold(context, {*paused(await context.store.state(PAUSED)), *_lanes(args)})


async def _resume(context: Context, args: Mapping[str, Any]) -> Answer:
    answer = await _hold(context, {*paused(await context.store.state(PAUSED))} - {*_lanes(args)})
    context.store.asks.ring()
    return answer


async def _hold(context: Context, lanes: Collection[str]) -> Answer:
    held = [lane for lane in LANES if lane in lanes]
    await context.store.set_state(**{PAUSED: held})
    return {"paused": held}


def _lanes(args: Mapping[str, Any]) -> tuple[str, ...]:
    lane = args.get("lane")
    if lane is not None and lane not in LANES:
        raise RandaemonError(f"{lane} cannot be paused", hint=f"one of {', '.join(LANES)}", code="E_COMMAND")
    return (lane,) if lane else LANES


async def _forget(context: Context, args: Mapping[str, Any]) -> Answer:
    """Sealed anew at once: an export would otherwise still hold what is to be forgotten."""
    told = await forgetting.forget(context.store, str(args["key"]))
    return {**told, "version": await seal(context)}


async def _review(context: Context, args: Mapping[str, Any]) -> Answer:
    from randaemon.control import reviewing  # a tenth of a second of every start, for what judges edits

    return await reviewing.review(context.store, args["reviews"])


async def _build(context: Context, args: Mapping[str, Any]) -> Answer:  # noqa: ARG001
    number = await seal(context)
    if number is None:
        raise NotFoundError("there are no accepted samples to seal yet", hint="`randaemon status` says what is in work")
    return {"version": number}


async def _train(context: Context, args: Mapping[str, Any]) -> Answer:
    if context.by_daemon:
        command = args.get("command")
        if command is None or command != await context.store.state(ASKED):  # else it was asked for before a crash
            await context.store.set_state(**{WANTED: True, ASKED: command})
        due = await context.cycle.consider()
        unmet = [str(condition) for condition in due.conditions if not condition.ok]
        return {"started": False, "waits_for": list(due.waiting_for), "unmet": unmet}
    await context.cycle.reconcile()  # no daemon runs: what one left under way is to be gone on with
    await seal(context)
    await context.store.set_state(**{WANTED: True})
    run = await context.cycle.run_once()
    return {"started": True, "run": run.id, "status": run.status, "reason": run.reason}


async def _stop_training(context: Context, args: Mapping[str, Any]) -> Answer:
    """Stop the run that whoever asked saw; when that one has ended, never another in its place."""
    if not context.by_daemon:
        await context.cycle.reconcile()
    await context.store.set_state(**{WANTED: False})
    run = str(args.get("run", ""))
    if not await context.cycle.stop(run) and not run:
        raise TrainingError("no training run is under way", hint="`randaemon train status`", code="E_NOT_RUNNING")
    return {"stopped": True}


async def _promote(context: Context, args: Mapping[str, Any]) -> Answer:
    wanted = str(args["run"])
    run = await context.store.run(wanted)
    if run is None:
        raise NotFoundError(f"there is no run {wanted}", hint="`randaemon models ls` lists them")
    active = await context.store.current_model()
    if active is None or active.id != run.id:
        if not args.get("unproven"):
            await context.store.set_state(**{canary.WANTED: run.id})
        await adapters.promote(context.store, run, Grounds(context.clock(), "by hand", {}))
    if not context.by_daemon:
        await context.cycle.prove()
    active = await context.store.current_model()
    return {"active": active.id if active else None, "unproven": await context.store.state(canary.WANTED, "")}


async def _roll_back(context: Context, args: Mapping[str, Any]) -> Answer:
    """Take back the run that whoever asked saw active, "" for none. When it is not any more, that was done already."""
    wanted, active = str(args["run"]), await context.store.current_model()
    if not wanted or (active is not None and active.id == wanted):
        active = await adapters.roll_back(context.store, Grounds(context.clock(), "by hand", {}))
    return {"active": active.id if active else None}


async def _drill(context: Context, args: Mapping[str, Any]) -> Answer:
    if context.by_daemon:
        await context.store.set_state(**{drill.WANTED: str(args["command"])})
        return {"asked": str(args["command"])}
    return asdict(await drill.drill(context.store, context.cycle, context.clock))


_ACTIONS: Mapping[str, Callable[[Context, Mapping[str, Any]], Awaitable[Answer]]] = {
    "retry": _retry,
    "cancel": _cancel,
    "pause": _pause,
    "resume": _resume,
    "forget": _forget,
    "review": _review,
    "dataset.build": _build,
    "train.start": _train,
    "train.stop": _stop_training,
    "models.promote": _promote,
    "models.rollback": _roll_back,
    "models.drill": _drill,
}
