"""Is it time to train? Pure: the facts and the policy in, every condition with what it has and needs out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Value = int | float | str | bool

SPLITS = ("train", "valid", "test")


@dataclass(frozen=True, slots=True)
class DuePolicy:
    """What the user asks for before a training run starts by itself."""

    enabled: bool = True
    approval: bool = False  # wait for `randaemon train start`
    min_new_samples: int = 200
    min_quality: float = 0.6
    min_split: int = 1  # samples in each of train, valid and test
    cooldown_seconds: float = 12 * 3600.0


@dataclass(frozen=True, slots=True)
class DueFacts:
    """How things stand. The newest sealed version is what a run would train on."""

    new_samples: int  # samples of the newest version that the last finished run was not trained on
    mean_quality: float
    splits: Mapping[str, int] = field(default_factory=dict)
    digest: str = ""  # content digest of the newest version with the settings of a run; "": nothing is sealed
    trained: str = ""  # the same of what is not to be trained again by itself
    last_ended: float | None = None  # when the last run ended, whatever its end
    training: bool = False
    pipeline_idle: bool = True
    resuming: bool = False  # a run that was cut short is to go on: its wishes were weighed when it began
    approved: bool = False  # `train start` was asked for: waives enabled, approval, samples, quality and cool-down


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, as `status --json` shows it."""

    name: str
    have: Value
    need: Value
    ok: bool


@dataclass(frozen=True, slots=True)
class Due:
    """The answer: ready when every condition holds."""

    conditions: tuple[Condition, ...]
    ready: bool

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """The names of the conditions that do not hold."""
        return tuple(condition.name for condition in self.conditions if not condition.ok)


def due(now: float, facts: DueFacts, policy: DuePolicy) -> Due:
    """Weigh every condition; what a person asked for by hand waives the wishes, never the necessities."""
    wishes = (*_consent(facts, policy), *_worth(now, facts, policy))
    if facts.approved or facts.resuming:
        wishes = tuple(Condition(wish.name, wish.have, wish.need, ok=True) for wish in wishes)
    conditions = (*wishes, *_necessities(facts, policy))
    return Due(conditions, all(condition.ok for condition in conditions))


def _consent(facts: DueFacts, policy: DuePolicy) -> tuple[Condition, ...]:
    return (
        Condition("enabled", policy.enabled, need=True, ok=policy.enabled),
        Condition("approval", facts.approved, policy.approval, ok=facts.approved or not policy.approval),
    )


def _worth(now: float, facts: DueFacts, policy: DuePolicy) -> tuple[Condition, ...]:
    rested = policy.cooldown_seconds if facts.last_ended is None else max(now - facts.last_ended, 0.0)
    return (
        _at_least("new_samples", facts.new_samples, policy.min_new_samples),
        _at_least("mean_quality", round(facts.mean_quality, 4), policy.min_quality),
        _at_least("cooldown_seconds", round(rested, 1), policy.cooldown_seconds),
        Condition("new_dataset", facts.digest[:12], "not trained yet", ok=facts.digest != facts.trained),
    )


def _necessities(facts: DueFacts, policy: DuePolicy) -> tuple[Condition, ...]:
    return (
        Condition("dataset_sealed", bool(facts.digest), need=True, ok=bool(facts.digest)),
        *(_at_least(f"{split}_samples", facts.splits.get(split, 0), policy.min_split) for split in SPLITS),
        Condition("nothing_training", not facts.training, need=True, ok=not facts.training),
        Condition("pipeline_idle", facts.pipeline_idle, need=True, ok=facts.pipeline_idle),
    )


def _at_least(name: str, have: float, need: float) -> Condition:
    return Condition(name, have, need, ok=have >= need)
