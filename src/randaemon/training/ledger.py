"""What the store knows about training, in the words of `due` and of a run's row."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import anyio.to_thread
import msgspec

from randaemon.model import SPLITS
from randaemon.store import Home, Store
from randaemon.store.records import RunRecord, VersionRecord
from randaemon.training import adapters, evaluate
from randaemon.training.due import DueFacts
from randaemon.training.gate import Verdict
from randaemon.training.plan import Wishes
from randaemon.training.spec import Results

#: So many attempts in a row that were cut short before they sealed a checkpoint or downloaded anything: it has failed.
FRUITLESS = 3

#: So many failures in a row on the same data and settings, and it is not tried again by itself.
FAILURES = 3


class _Named(msgspec.Struct):
    id: str


async def facts(store: Store, wishes: Wishes, *, approved: bool) -> DueFacts:
    """How things stand now in the store."""
    versions, runs = await store.versions(), real(await store.runs())
    idle = await store.idle()
    done = [run for run in runs if run.status == "done"]
    newest = versions[-1] if versions else None
    before = next((one for one in versions if done and one.number == done[-1].version), None)
    return DueFacts(
        new_samples=await anyio.to_thread.run_sync(_new_samples, store.home, newest, before) if newest else 0,
        mean_quality=newest.mean_quality if newest else 0.0,
        splits=newest.splits if newest else {},
        digest=fingerprint(newest.digest, wishes) if newest else "",
        trained=settled(runs),
        last_ended=last_ended(runs),
        training=any(run.status == "running" for run in runs),
        pipeline_idle=idle,
        approved=approved,
        resuming=resumable(runs, versions, wishes) is not None,
    )


def real(runs: Sequence[RunRecord]) -> list[RunRecord]:
    """Without the runs of a drill, which trained nothing."""
    return [run for run in runs if not run.metrics.get(adapters.DRILL)]


def fingerprint(digest: str, wishes: Wishes) -> str:
    """The same for the same data and the same settings: such a run would give the same adapter again."""
    return hashlib.sha256(digest.encode() + msgspec.json.encode(wishes)).hexdigest()


def resumable(
    runs: Sequence[RunRecord], versions: Sequence[VersionRecord], wishes: Wishes, *, stopped: bool = False
) -> RunRecord | None:
    """The run to go on with: the newest one, if it was cut short and nobody has other wishes by now.

    One that was stopped by hand goes on only if somebody asks for a run, and if nothing newer was sealed meanwhile.
    """
    run = runs[-1] if runs else None
    version = next((one for one in versions if run and one.number == run.version), None)
    if run is None or version is None or _fingerprint(run) != fingerprint(version.digest, wishes):
        return None
    newest = version is versions[-1]
    return run if run.status == "interrupted" or (stopped and newest and run.status == "stopped") else None


def settled(runs: Sequence[RunRecord]) -> str:
    """The fingerprint that is not trained again by itself: it came to an end, was stopped by hand, or keeps failing."""
    ended = [run for run in runs if run.status in {"done", "stopped", "failed"}]
    recent = [_fingerprint(run) for run in ended[-FAILURES:] if run.status == "failed"]
    if len(recent) == FAILURES and len(set(recent)) == 1:
        return recent[0]
    return next((_fingerprint(run) for run in reversed(ended) if run.status != "failed"), "")


def last_ended(runs: Sequence[RunRecord]) -> float | None:
    """When the cool-down began: the end of the last run that is not to be gone on with."""
    return next((run.ended for run in reversed(runs) if run.status not in {"running", "interrupted"}), None)


def metrics(results: Results, verdict: Verdict) -> dict[str, object]:
    """The figures of a run's row; the answers and scores stay in its folder."""
    return {
        "digest": results.digest,
        "losses": dict(results.losses),
        "loss_before": results.losses.get("train_first"),
        "loss_after": results.losses.get("train_last"),
        "timing": dict(results.timing),
        "recall": evaluate.mean(results.new.recall),
        "recall_base": evaluate.mean(results.base.recall),
        "trained_recall": evaluate.mean(results.new.trained),
        "questions": len(results.new.recall),
        "held_out_loss": evaluate.held_out_loss(results.new),
        "held_out_loss_base": evaluate.held_out_loss(results.base),
        "promoted": verdict.promote,
        "reasons": list(verdict.reasons),
        "evidence": dict(verdict.evidence),
    }


def _fingerprint(run: RunRecord) -> str:
    return str(run.metrics.get("fingerprint", ""))


def _new_samples(home: Home, newest: VersionRecord, before: VersionRecord | None) -> int:
    """Samples of the newest version that the one trained last did not hold."""
    if before is None:
        return newest.samples
    if before.number == newest.number:
        return 0
    return len(_ids(home.root / newest.path) - _ids(home.root / before.path))


def _ids(version: Path) -> frozenset[str]:
    files = (version / f"{split}.jsonl" for split in SPLITS)
    lines = (line for file in files if file.exists() for line in file.read_bytes().splitlines())
    return frozenset(filter(None, map(_id, lines)))


def _id(line: bytes) -> str:
    """ "" of a damaged line: it is no sample, and the daemon does not end for it; the run that reads it refuses it."""
    try:
        return msgspec.json.decode(line, type=_Named).id
    except ValueError:
        return ""
