"""`train reproduce`: the run again from its record, in a folder of its own, and what differs. Promotes nothing."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from randaemon.errors import TrainingError
from randaemon.store import Home, objects
from randaemon.store.records import RunRecord, VersionRecord
from randaemon.training.cycle import LOCK
from randaemon.training.evaluate import held_out_loss, mean
from randaemon.training.launch import command, environment
from randaemon.training.spec import PLAN, RESULTS, SPEC, Results, Spec, read_results, read_spec, write
from randaemon.training.trainer import LOG, Order, only_one, started


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the run, then and now."""

    name: str
    then: object
    now: object

    @property
    def same(self) -> bool:
        """Did it come out the same to the last digit?"""
        return self.then == self.now


@dataclass(frozen=True, slots=True)
class Reproduction:
    """How the run came out again."""

    run: str
    folder: str  # of the new attempt
    identical: bool  # the weights, byte for byte
    figures: tuple[Figure, ...]


async def reproduce(
    home: Home,
    run: RunRecord,
    version: VersionRecord,
    inherited: Mapping[str, str],
    heard: Callable[[Mapping[str, Any]], None],
) -> Reproduction:
    """Train again as the run's record says and compare; `heard` is told what the child says.

    Raises TrainingError when the record or the version is not whole, another run is at work, or the child fails.
    """
    recorded = Path(run.folder)
    then, spec = read_results(recorded / RESULTS), read_spec(recorded / SPEC)
    dataset = home.root / version.path
    _check(dataset, version)
    folder = home.runs / f"again-{run.id}-{secrets.token_hex(3)}"
    # What was active then may be gone, and has no part in the training.
    spec = replace(spec, folder=str(folder), dataset=str(dataset), models=str(home.models), current=None)
    async with only_one(home.runs / LOCK) as lock:
        folder.mkdir()
        if (recorded / PLAN).is_file():  # its plan too: this machine may have less memory free today
            shutil.copyfile(recorded / PLAN, folder / PLAN)
        now = await _carried_out(spec, lock, inherited, heard)
    return Reproduction(run.id, str(folder), then.digest == now.digest, tuple(_figures(then, now)))


async def _carried_out(
    spec: Spec, lock: int, inherited: Mapping[str, str], heard: Callable[[Mapping[str, Any]], None]
) -> Results:
    folder = Path(spec.folder)
    write(folder / SPEC, spec)
    order = Order(command("train", folder / SPEC), environment(inherited), folder)
    last: Mapping[str, Any] = {}
    async with started(order, lock) as trainer:
        async for event in trainer.events():
            last = event
            heard(event)
    if last.get("event") != "done":
        reason = last.get("reason", "the training child ended without a word")
        raise TrainingError(f"{spec.run} could not be repeated: {reason}", hint=f"{LOG} in {folder} has its last words")
    return read_results(folder / RESULTS)


def _check(dataset: Path, version: VersionRecord) -> None:
    """Is the version there, and is it the one that was trained on?"""
    try:
        digest, _ = objects.digest_of(dataset / "manifest.json")
    except OSError as error:
        raise TrainingError(f"the version cannot be read: {error}", hint="randaemon dataset build") from error
    if digest != version.digest:
        raise TrainingError(f"{dataset} is not what was sealed as version {version.number}", hint="randaemon verify")


def _figures(then: Results, now: Results) -> Iterator[Figure]:
    yield Figure("weights", then.digest, now.digest)
    for name in then.losses:
        yield Figure(f"loss {name}", then.losses[name], now.losses.get(name))
    yield Figure("recall", mean(then.new.recall), mean(now.new.recall))
    yield Figure("held-out loss", held_out_loss(then.new), held_out_loss(now.new))
    changed = sorted(name for name in then.plan if then.plan[name] != now.plan.get(name))
    yield from (Figure(f"plan {name}", then.plan[name], now.plan.get(name)) for name in changed)
