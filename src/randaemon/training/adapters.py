"""Which adapter is active: promote, roll back, and the link that other programs follow.

The promotion log in the store is the truth; `runs/current` is derived from it and can be made again at any time.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import anyio.to_thread

from randaemon.errors import NotFoundError, TrainingError
from randaemon.model import Event
from randaemon.store import Home, Store, objects
from randaemon.store.records import PromotionRecord, RunRecord, standing
from randaemon.training.spec import ADAPTER, RESULTS, SUM, WEIGHTS, Served, read_results

CURRENT = "current"
DRILL = "drill"  # metric of a run that trained nothing: its adapter goes when the drill is over
DROPPED = "dropped"  # metric of a run whose weights were dropped for newer ones


@dataclass(frozen=True, slots=True)
class Grounds:
    """Why a model is made active or taken back."""

    at: float
    reason: str
    evidence: Mapping[str, object]


async def promote(store: Store, run: RunRecord, grounds: Grounds) -> None:
    """Make a run's adapter the active one. Raises TrainingError when the adapter is not whole."""
    await anyio.to_thread.run_sync(check, Path(run.folder))
    await store.promote(PromotionRecord(0, run.id, "promote", grounds.at, grounds.reason, grounds.evidence))
    await store.record(Event("model.promoted", data={"run": run.id, "reason": grounds.reason}))
    await link(store)


async def roll_back(store: Store, grounds: Grounds) -> RunRecord | None:
    """Take the active model back; the run that is active now, None when the base model is. Raises NotFoundError."""
    active = await store.current_model()
    if active is None:
        raise NotFoundError("no model is promoted: there is nothing to roll back", hint="randaemon models ls")
    await store.promote(PromotionRecord(0, active.id, "rollback", grounds.at, grounds.reason, grounds.evidence))
    await store.record(Event("model.rolled_back", data={"run": active.id, "reason": grounds.reason}))
    await link(store)
    return await store.current_model()


async def prune(store: Store, keep: int) -> list[str]:
    """Drop the weights of old runs; which. The newest `keep`, the active one and the one below it stay.

    The rows, results and answers of all runs stay: they are small, and what was measured remains comparable.
    """
    runs = [run for run in await store.runs() if run.status == "done" and not run.metrics.get(DRILL)]
    stays = {run.id for run in runs[-keep:]} | set(standing(await store.promotions())[-2:])
    dropped = []
    for run in runs:
        weights = Path(run.folder) / ADAPTER / WEIGHTS
        if run.id not in stays and weights.exists():
            await store.update_run(replace(run, metrics={**run.metrics, DROPPED: True}))
            await anyio.to_thread.run_sync(weights.unlink)
            dropped.append(run.id)
    return dropped


def kept(run: RunRecord) -> bool:
    """Is its adapter to be there?"""
    return run.status == "done" and not (run.metrics.get(DRILL) or run.metrics.get(DROPPED))


def learnt(run: RunRecord) -> bool:
    """Was something trained? Not by a run that failed, which nobody goes on with, and not by a drill."""
    return run.status != "failed" and not run.metrics.get(DRILL)


def served(run: RunRecord) -> Served:
    """What to load to ask this run's model. Raises TrainingError when the run left no results."""
    return read_results(Path(run.folder) / RESULTS).served


def check(folder: Path) -> None:
    """Is the run's adapter there and its content what was sealed? Raises TrainingError."""
    weights = folder / ADAPTER / WEIGHTS
    try:
        sealed = (folder / ADAPTER / SUM).read_text("utf-8").split()[0]
        found, _ = objects.digest_of(weights)
    except (OSError, IndexError) as error:
        raise TrainingError(
            f"the adapter of {folder.name} is not there, or not whole: {folder / ADAPTER}",
            hint=f"training.keep says how many are kept; `randaemon train reproduce {folder.name}` makes it again",
            code="E_ADAPTER",
        ) from error
    if found != sealed:
        raise TrainingError(f"the adapter of {folder.name} has changed since it was sealed", code="E_ADAPTER")


async def link(store: Store) -> None:
    """Point `runs/current` at the active run; no link when none is active."""
    active = await store.current_model()
    await anyio.to_thread.run_sync(_point, store.home, active.id if active else "")


def _point(home: Home, run: str) -> None:
    current = home.runs / CURRENT
    if not run:
        current.unlink(missing_ok=True)
        return
    temporary = home.runs / f".{CURRENT}.{secrets.token_hex(4)}"
    temporary.symlink_to(run)
    temporary.replace(current)
    objects.flush_folder(home.runs)
