"""What the store keeps about dataset versions, training runs and promotions: frozen values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

REVIEWS = "reviews"  # the state's key: what people said of samples, by the id of each
PAUSED = "lanes.paused"  # the state's key: of what nothing is begun until the user says so
LANES = ("documents", "models", "training")  # what can be paused


@dataclass(frozen=True, slots=True)
class VersionRecord:
    """A sealed dataset version; its files lie under `path`, a whole path, in a folder that is never changed again."""

    number: int  # 0: the store gives the next one
    digest: str  # content digest of the version
    path: str
    created: float
    samples: int
    mean_quality: float
    splits: Mapping[str, int]  # samples a split: train, valid, test
    meta: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One training run."""

    id: str  # "": the store gives the next one, run-0001
    version: int
    model: str
    status: str  # running | done | failed | interrupted | stopped
    started: float
    ended: float | None = None
    folder: str = ""
    reason: str = ""
    metrics: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PromotionRecord:
    """One entry of the promotion log. `promote` puts `run` on top; `rollback` takes `run` down again."""

    id: int  # 0: the store gives it
    run: str
    action: str  # promote | rollback
    at: float
    reason: str = ""
    evidence: Mapping[str, object] = field(default_factory=dict)


def paused(told: object) -> tuple[str, ...]:
    """The lanes that the state under PAUSED names; an older release wrote yes or no."""
    return tuple(lane for lane in LANES if told is True or (isinstance(told, list) and lane in told))


@dataclass(frozen=True, slots=True)
class WaitingRecord:
    """Documents that have been waiting since before a certain time."""

    documents: int
    since: float  # the first of them
    reason: str = ""  # of that one


def standing(promotions: Iterable[PromotionRecord]) -> list[str]:
    """The runs that are promoted and not rolled back, oldest first; the last one is the active model."""
    runs: list[str] = []
    for promotion in promotions:
        if promotion.action == "promote":
            runs.append(promotion.run)
        elif runs:
            runs.pop()
    return runs
