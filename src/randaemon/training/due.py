"""Is it time to train? Pure: the facts and the policy in, every condition with what it has and needs out.

Three kinds. Wishes say whether a run is worth it: a person who asks for one waives them, and so does a run that was
cut short, since it was worth it when it began. Manners say whether it would be in somebody's way: a person waives them
too, a run that goes on does not. Necessities hold for everybody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from randaemon.machine import GIB, Readings, Thermal
from randaemon.model import SPLITS

Value = int | float | str | bool


@dataclass(frozen=True, slots=True)
class DuePolicy:
    """What the user asks for before a training run starts by itself."""

    enabled: bool = True
    approval: bool = False  # wait for `randaemon train start`
    min_new_samples: int = 200
    min_quality: float = 0.6
    min_split: int = 1  # samples in each of train, valid and test
    cooldown_seconds: float = 12 * 3600.0
    quiet_hours: str = ""  # "HH:MM-HH:MM" of local time, also past midnight: no training then
    ac_power: bool = True  # not on battery
    min_free_memory: int = 0  # bytes
    min_free_disk: int = 0  # bytes
    beside_pipeline: bool = False  # also while documents are in work


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
    approved: bool = False  # `train start` was asked for
    paused: bool = False  # `jobs pause` holds it
    lacking: str = ""  # why no run can start from the base model; "" when one can
    remedy: str = ""  # what helps
    machine: Readings | None = None  # None: nobody looked, and nothing is asked of it
    clock_time: str = "00:00"  # HH:MM, local


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition, as `status --json` shows it."""

    name: str
    have: Value
    need: Value
    ok: bool

    def __str__(self) -> str:
        """Of one that does not hold: `no ac power`, `thermal pressure is heavy, needs nominal or moderate`."""
        name = self.name.replace("_", " ")
        return f"no {name}" if self.have is False else f"{name} is {self.have}, needs {self.need}"


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
    """Weigh every condition."""
    worth = facts.approved or facts.resuming
    wishes = _waived((*_consent(facts, policy), *_worth(now, facts, policy)), when=worth)
    polite = _waived(manners(facts, policy), when=facts.approved)
    conditions = (*wishes, *polite, *_necessities(facts, policy))
    return Due(conditions, all(condition.ok for condition in conditions))


def manners(facts: DueFacts, policy: DuePolicy) -> tuple[Condition, ...]:
    """What makes a run that is under way pause, too."""
    machine, quiet = facts.machine, policy.quiet_hours
    found = [Condition("work", "paused", "`randaemon jobs resume`", ok=False)] if facts.paused else []
    if quiet:
        found.append(
            Condition("quiet_hours", facts.clock_time, f"outside {quiet}", not within(quiet, facts.clock_time))
        )
    if machine is not None:
        plugged = machine.on_ac_power
        found.append(Condition("ac_power", plugged, policy.ac_power, ok=plugged or not policy.ac_power))
        cool = machine.thermal < Thermal.HEAVY
        found.append(Condition("thermal_pressure", machine.thermal.name.lower(), "nominal or moderate", cool))
    return tuple(found)


def within(hours: str, clock_time: str) -> bool:
    """Is a time of day ("HH:MM") within hours like "22:00-07:00"? The end is not."""
    start, end = hours.split("-")
    if start <= end:
        return start <= clock_time < end
    return clock_time >= start or clock_time < end


def _waived(conditions: tuple[Condition, ...], *, when: bool) -> tuple[Condition, ...]:
    return tuple(Condition(one.name, one.have, one.need, ok=one.ok or when) for one in conditions)


def _consent(facts: DueFacts, policy: DuePolicy) -> tuple[Condition, ...]:
    return (
        Condition("enabled", policy.enabled, need=True, ok=policy.enabled),
        Condition("approval", facts.approved, policy.approval, ok=facts.approved or not policy.approval),
    )


def _worth(now: float, facts: DueFacts, policy: DuePolicy) -> tuple[Condition, ...]:
    return (
        _at_least("new_samples", facts.new_samples, policy.min_new_samples),
        _at_least("mean_quality", round(facts.mean_quality, 4), policy.min_quality),
        _at_least("cooldown_seconds", round(_rested(now, facts, policy), 1), policy.cooldown_seconds),
        Condition("new_dataset", _newest(facts), "one not trained on", ok=facts.digest != facts.trained),
    )


def _newest(facts: DueFacts) -> str:
    return "trained on already" if facts.digest == facts.trained and facts.digest else facts.digest[:12]


def _rested(now: float, facts: DueFacts, policy: DuePolicy) -> float:
    """Seconds since the last run; enough where it ended further ahead than a cool-down: by a clock that was wrong."""
    if facts.last_ended is None or facts.last_ended - now > policy.cooldown_seconds:
        return policy.cooldown_seconds
    return max(now - facts.last_ended, 0.0)


def _necessities(facts: DueFacts, policy: DuePolicy) -> tuple[Condition, ...]:
    idle = facts.pipeline_idle
    return (
        Condition("dataset_sealed", bool(facts.digest), need=True, ok=bool(facts.digest)),
        *(_at_least(f"{split}_samples", facts.splits.get(split, 0), policy.min_split) for split in SPLITS),
        Condition("base_model", facts.lacking or "at hand", facts.remedy or "at hand", ok=not facts.lacking),
        Condition("nothing_training", not facts.training, need=True, ok=not facts.training),
        Condition("pipeline_idle", idle, not policy.beside_pipeline, ok=idle or policy.beside_pipeline),
        *_room(facts.machine, policy),
    )


def _room(machine: Readings | None, policy: DuePolicy) -> tuple[Condition, ...]:
    if machine is None:
        return ()
    return (
        _at_least("free_memory_gib", round(machine.memory_free / GIB, 1), round(policy.min_free_memory / GIB, 1)),
        _at_least("free_disk_gib", round(machine.disk_free / GIB, 1), round(policy.min_free_disk / GIB, 1)),
    )


def _at_least(name: str, have: float, need: float) -> Condition:
    return Condition(name, have, need, ok=have >= need)
