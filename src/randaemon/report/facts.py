"""What the page tells, read from the store and from the newest sealed version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from randaemon.model import SPLITS
from randaemon.store.home import Home
from randaemon.store.reader import Reader
from randaemon.store.records import PromotionRecord, RunRecord

RUNS = 8  # newest runs that are told in full
BARS = 48  # of the throughput


@dataclass(frozen=True, slots=True)
class Refusal:
    """Documents that ended for one reason."""

    code: str
    status: str  # rejected | failed
    documents: int
    example: str  # the reason of one of them, in words


@dataclass(frozen=True, slots=True)
class Throughput:
    """Documents that ended in each stretch of time, oldest first."""

    start: float  # seconds since the epoch
    seconds: float  # of one stretch
    ended: Sequence[int]


@dataclass(frozen=True, slots=True)
class Usage:
    """What was asked of one model for one purpose, as long as the store remembers it."""

    purpose: str
    model: str
    server: str
    calls: int
    failed: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float  # in all


@dataclass(frozen=True, slots=True)
class Run:
    """One training run with its losses over the steps."""

    record: RunRecord
    curves: Mapping[str, Sequence[tuple[int, float]]]  # training, validation


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the page tells."""

    made_at: float
    status: Mapping[str, Any]  # what `status --json` prints
    funnel: Mapping[str, int]
    scores: Mapping[str, Sequence[int]]  # mode → samples by tenth of the score
    coverage: Mapping[str, Mapping[str, int]]  # category → items, and how many have 0, 1-4, 5+ samples
    uncovered: Mapping[str, Sequence[str]]  # category → names that nothing teaches
    refusals: Sequence[Refusal]
    throughput: Throughput | None
    stages: Mapping[str, tuple[int, float, float]]  # how often each came to an end, seconds in all, the longest
    usage: Sequence[Usage]
    runs: Sequence[Run]
    promotions: Sequence[PromotionRecord]


class _Sample(msgspec.Struct):
    """What of a sample's row the page counts."""

    mode: str
    score: float


def collect(reader: Reader, home: Home, made_at: float) -> Report:
    """Read it all. Raises DatabaseDamaged; a version whose files are gone is told as an empty one."""
    versions = reader.versions()
    folder = home.root / versions[-1].path if versions else None
    manifest = _json(folder / "manifest.json") if folder else {}
    return Report(
        made_at=made_at,
        status=reader.status(),
        funnel=manifest.get("funnel", {}),
        scores=_scores(folder) if folder else {},
        coverage=manifest.get("coverage", {}),
        uncovered=_uncovered(folder) if folder else {},
        refusals=[Refusal(*row) for row in reader.refusals()],
        throughput=_throughput(reader),
        stages=reader.stage_times(),
        usage=[Usage(*row) for row in reader.usage()],
        runs=_runs(reader),
        promotions=reader.promotions(),
    )


def _scores(folder: Path) -> dict[str, list[int]]:
    tenths: Counter[tuple[str, int]] = Counter()
    for sample in _samples(folder):
        tenths[sample.mode, min(int(sample.score * 10), 9)] += 1
    modes = sorted({mode for mode, _ in tenths})
    return {mode: [tenths[mode, tenth] for tenth in range(10)] for mode in modes}


def _samples(folder: Path) -> Iterator[_Sample]:
    decoder = msgspec.json.Decoder(_Sample)
    for split in SPLITS:
        file = folder / f"{split}.jsonl"
        if file.exists():
            with file.open("rb") as lines:
                yield from map(decoder.decode, lines)


def _uncovered(folder: Path) -> dict[str, list[str]]:
    whole = _json(folder / "coverage.json")
    return {category: [name for name, count in found.items() if not count] for category, found in whole.items()}


def _throughput(reader: Reader) -> Throughput | None:
    first, last = reader.ended_between()
    if first is None or last is None:
        return None
    seconds = max((last - first) / (BARS - 1), 1.0)
    ended = [0] * BARS
    for place, count in reader.ended_by(first, seconds):
        ended[min(place, BARS - 1)] += count
    return Throughput(first, seconds, ended)


def _runs(reader: Reader) -> list[Run]:
    records = [run for run in reader.runs() if not run.metrics.get("drill")][-RUNS:]
    curves: dict[str, dict[str, list[tuple[int, float]]]] = {run.id: {} for run in records}
    for kind, name in (("run.progress", "training"), ("run.validation", "validation")):
        for data in reader.data_of(kind):
            if (found := curves.get(str(data.get("run")))) is not None:
                found.setdefault(name, []).append((int(data["step"]), float(data["loss"])))
    return [Run(record, curves[record.id]) for record in reversed(records)]


def _json(file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = msgspec.json.decode(file.read_bytes())
    except (OSError, ValueError):  # `verify` is the command that finds this out; the page goes without
        return {}
    return found
