"""`models drill`: promotes a ruined copy of the active adapter and watches whether the canaries take it back.

Nothing is pretended: the copy has a run and a promotion of its own in the log. It is what the canaries must catch, an
adapter whose numbers are all zero. Should the machine stop in the middle, the next start asks the canaries.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import anyio.to_thread

from randaemon.errors import NotFoundError, RandaemonError, StorageFault, TrainingError
from randaemon.model import Event
from randaemon.store import Store, objects
from randaemon.store.records import RunRecord
from randaemon.training import adapters, canary
from randaemon.training.adapters import Grounds
from randaemon.training.cycle import Cycle
from randaemon.training.spec import ADAPTER, ANSWERS, CONFIG, RESULTS, SPEC, SUM, WEIGHTS

WANTED = "models.drill.wanted"  # state: the command that asked the daemon for a drill; "" for none
OUTCOME = "models.drill"  # state: how the last one ended
_WHY = "a drill: the active adapter with every number set to zero"


@dataclass(frozen=True, slots=True)
class Drill:
    """How a drill ended."""

    run: str  # of the ruined copy
    active: str  # the run that was active before, and should be after
    passed: bool
    reason: str
    seconds: float


async def drill(store: Store, cycle: Cycle, clock: Callable[[], float] = time.time) -> Drill:
    """Promote a ruined copy, ask the canaries, and make sure that the old model is active again.

    Raises NotFoundError when no model is active, TrainingError when its adapter is not whole or a run is at work.
    """
    active = await store.current_model()
    if active is None:
        raise NotFoundError("no model is active: there is nothing to drill with", hint="randaemon models ls")
    await anyio.to_thread.run_sync(adapters.check, Path(active.folder))
    began = clock()
    copy = await _ruined(store, active, began)
    await store.set_state(**{canary.WANTED: copy.id})
    await adapters.promote(store, copy, Grounds(clock(), _WHY, {}))
    try:
        await cycle.prove()
    except TrainingError:  # the ruined one must not stay until the next look
        await adapters.roll_back(store, Grounds(clock(), "the drill could not be held", {}))
        raise
    ended = await _ended(store, active, copy, clock)
    await anyio.to_thread.run_sync(shutil.rmtree, copy.folder)
    told = replace(ended, seconds=round(clock() - began, 1))
    await store.record(Event("model.drill", data=asdict(told)))
    return told


async def as_wanted(store: Store, cycle: Cycle) -> None:
    """The drill that a command asked the daemon for, once; its outcome, or why there was none, is left in the state."""
    command = await store.state(WANTED, "")
    if not command:
        return
    try:
        outcome: dict[str, object] = asdict(await drill(store, cycle))
    except StorageFault:
        raise
    except RandaemonError as error:
        outcome = {"passed": False, "reason": error.message}
    await store.set_state(**{OUTCOME: {**outcome, "command": command}, WANTED: ""})


async def _ended(store: Store, active: RunRecord, copy: RunRecord, clock: Callable[[], float]) -> Drill:
    """The canaries should have taken the copy back; where they have not, we do, and say so."""
    now = await store.current_model()
    if now is not None and now.id == active.id:
        why = (await store.promotions())[-1].reason
        return Drill(copy.id, active.id, passed=True, reason=f"taken back by itself: {why}", seconds=0.0)
    await adapters.roll_back(store, Grounds(clock(), "the drill failed: its canaries did not take it back", {}))
    return Drill(copy.id, active.id, passed=False, reason="the canaries let a ruined adapter pass", seconds=0.0)


async def _ruined(store: Store, active: RunRecord, now: float) -> RunRecord:
    """A run of its own, so that the log of promotions can name it; it is no training and counts as none."""
    row = RunRecord("", active.version, active.model, "done", now, now, reason=_WHY, metrics={adapters.DRILL: True})
    row = replace(row, id=await store.add_run(row))
    row = replace(row, folder=str(store.home.runs / row.id))
    await anyio.to_thread.run_sync(_copy, Path(active.folder), Path(row.folder))
    await store.update_run(row)
    return row


def _copy(whole: Path, folder: Path) -> None:
    adapter = folder / ADAPTER
    adapter.mkdir(parents=True)
    for name in (SPEC, RESULTS, ANSWERS, f"{ADAPTER}/{CONFIG}"):
        shutil.copyfile(whole / name, folder / name)
    objects.write(adapter / WEIGHTS, zeroed((whole / ADAPTER / WEIGHTS).read_bytes()))
    digest, _ = objects.digest_of(adapter / WEIGHTS)
    objects.write(adapter / SUM, f"{digest}  {WEIGHTS}\n".encode())


def zeroed(weights: bytes) -> bytes:
    """A safetensors file with the same tensors, all zero: eight bytes of length, a header, the numbers."""
    head = 8 + int.from_bytes(weights[:8], "little")
    return weights[:head] + bytes(len(weights) - head)
