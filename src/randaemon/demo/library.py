"""A small fictional RAN library, the same at every call: what the demo drops and what tests know the truth of.

Every name, number and text is invented; the structure is that of real libraries (feature descriptions, a managed
object page, parameter, counter and event lists). Names are built from two word lists, so that up to 144 features are
distinct; values come from a hash of the name, so that nothing depends on a clock or a random state.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

_FIRST = ("Beam", "Load", "Carrier", "Uplink", "Paging", "Handover", "Rank", "Voice", "Slot", "Antenna", "Sync", "Cell")
_SECOND = ("Sweep", "Shift", "Blend", "Trim", "Spread", "Echo", "Ladder", "Anchor", "Fold", "Drift", "Guard", "Pulse")
_LTE_CLASSES = ("EUtranCellFDD", "ENodeBFunction", "EUtranFreqRelation")
_NR_CLASSES = ("NRCellDU", "GNBDUFunction", "NRCellCU")
MAX_FEATURES = len(_FIRST) * len(_SECOND)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A configuration attribute and all that the library says about it."""

    mo: str
    name: str
    data_type: str
    values: str
    default: str
    unit: str
    description: str
    takes_effect: str
    relation: str = "Introduced"

    @property
    def full_name(self) -> str:
        return f"{self.mo}.{self.name}"


@dataclass(frozen=True, slots=True)
class Counter:
    """A PM counter."""

    mo: str
    name: str
    description: str
    unit: str
    counter_type: str = "PEG"

    @property
    def full_name(self) -> str:
        return f"{self.mo}.{self.name}"


@dataclass(frozen=True, slots=True)
class PmEvent:
    """A PM event."""

    name: str
    description: str
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Relation:
    """A row of a feature's dependency table."""

    title: str
    identity: str
    relationship: str
    description: str


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature description, as data."""

    index: int
    title: str
    identity: str
    licence_key: str
    package: str
    package_identity: str
    access: str
    node_type: str
    document_number: str
    summary: str
    parameters: tuple[Parameter, ...]
    counters: tuple[Counter, ...]
    events: tuple[PmEvent, ...]
    relations: tuple[Relation, ...]

    @property
    def cell_class(self) -> str:
        """The class whose instances are locked around an activation."""
        return "EUtranCellFDD" if self.access == "LTE" else "NRCellDU"

    @property
    def state_instance(self) -> str:
        """The MO instance that switches the feature."""
        return f"FeatureState={self.licence_key}"

    @property
    def activation(self) -> tuple[str, ...]:
        """The steps of the activation procedure, in order."""
        return (
            f"Lock the cell: set the {self.cell_class}.administrativeState attribute to LOCKED.",
            f"Set the FeatureState.featureState attribute to ACTIVATED in the {self.state_instance} MO instance.",
            f"Unlock the cell: set the {self.cell_class}.administrativeState attribute to UNLOCKED.",
        )


def features(count: int, first: int = 0) -> tuple[Feature, ...]:
    """`count` features from number `first` on; the same number is always the same feature.

    Raises ValueError beyond MAX_FEATURES, where names would repeat.
    """
    if first + count > MAX_FEATURES:
        raise ValueError(f"the fictional library has {MAX_FEATURES} features, not {first + count}")
    return tuple(_feature(index) for index in range(first, first + count))


def _feature(index: int) -> Feature:
    first, second = _words(index)
    access = "LTE" if index % 2 == 0 else "NR"
    title = f"{first} {second}"
    return Feature(
        index=index,
        title=title,
        identity=_identity(index),
        licence_key=f"CXC401{2400 + index}",
        package=f"{first} Performance",
        package_identity=f"FAJ 801 {4000 + index % 12:04d}",
        access=access,
        node_type="Baseband Radio Node",
        document_number=f"{100 + index}/221 04-LZA 701 60{14 if access == 'LTE' else 17}/1",
        summary=f"The {title} feature {_BENEFITS[index % len(_BENEFITS)]}.",
        parameters=_parameters(index, access),
        counters=_counters(index, access),
        events=_events(index, access),
        relations=_relations(index),
    )


_BENEFITS = (
    "lowers the interference between neighbouring cells at low load",
    "moves connected users to the carrier with the most free capacity",
    "saves energy in hours with little traffic",
    "shortens the set-up time of calls at the cell edge",
    "raises the uplink throughput of users with poor coverage",
)


def _words(index: int) -> tuple[str, str]:
    row, column = index % len(_FIRST), index // len(_FIRST)
    return _FIRST[row], _SECOND[(row * 5 + column) % len(_SECOND)]


def _identity(index: int) -> str:
    return f"FAJ 121 {5000 + index:04d}"


def _parameters(index: int, access: str) -> tuple[Parameter, ...]:
    first, second = _words(index)
    root = first.lower() + second
    classes = _LTE_CLASSES if access == "LTE" else _NR_CLASSES
    kinds = [_KINDS[(index + step) % len(_KINDS)] for step in range(3)]
    return tuple(
        _parameter(classes[step % len(classes)], root, kind, _RELATIONS[step]) for step, kind in enumerate(kinds)
    )


_RELATIONS = ("Introduced", "Introduced", "Affected")


@dataclass(frozen=True, slots=True)
class _Kind:
    suffix: str
    data_type: str
    low: int
    high: int
    step: int
    unit: str
    text: str  # {root} stands for the words of the feature
    takes_effect: str


_KINDS = (
    _Kind("Timer", "int32", 100, 9900, 100, "ms", "The time that {root} waits before it acts.", "Immediately"),
    _Kind("Threshold", "int32", -140, -44, 1, "dBm", "The level under which {root} starts.", "Cell unlock"),
    _Kind("MaxUsers", "int32", 10, 990, 10, "users", "The most users that {root} serves at once.", "Immediately"),
    _Kind("Offset", "int32", -24, 24, 1, "dB", "The margin that {root} adds to a measurement.", "Immediately"),
    _Kind("Enabled", "boolean", 0, 1, 1, "", "Whether {root} is used in this cell.", "Cell unlock"),
    _Kind("Interval", "int32", 5, 300, 5, "s", "The time between two evaluations of {root}.", "Node restart"),
)


def _parameter(mo: str, root: str, kind: _Kind, relation: str) -> Parameter:
    name = root + kind.suffix
    draw = _draw(f"{mo}.{name}")
    boolean = kind.data_type == "boolean"
    spread = (kind.high - kind.low) // kind.step
    return Parameter(
        mo=mo,
        name=name,
        data_type=kind.data_type,
        values="true, false" if boolean else f"{kind.low}..{kind.high}",
        default=("false", "true")[draw % 2] if boolean else str(kind.low + draw % (spread + 1) * kind.step),
        unit=kind.unit,
        description=kind.text.format(root=_spoken(root)),
        takes_effect=kind.takes_effect,
        relation=relation,
    )


def _counters(index: int, access: str) -> tuple[Counter, ...]:
    first, second = _words(index)
    mo = (_LTE_CLASSES if access == "LTE" else _NR_CLASSES)[0]
    spoken = _spoken(first.lower() + second)
    return (
        Counter(mo, f"pm{first}{second}Att", f"The number of times that {spoken} was attempted.", "attempts"),
        Counter(mo, f"pm{first}{second}Succ", f"The number of times that {spoken} succeeded.", "successes"),
    )


def _events(index: int, access: str) -> tuple[PmEvent, ...]:
    first, second = _words(index)
    spoken = _spoken(first.lower() + second)
    if access == "LTE":
        name = f"INTERNAL_PROC_{first.upper()}_{second.upper()}"
        return (PmEvent(name, f"Reports the outcome of one {spoken} procedure.", ("EVENT_PARAM_RESULT",)),)
    return (PmEvent(f"DuProc{first}{second}", f"Reports the outcome of one {spoken} procedure.", ("result",)),)


def _relations(index: int) -> tuple[Relation, ...]:
    kinds = ("Prerequisite", "Related", "Conflicting")
    rows = []
    for step, relationship in enumerate(kinds[: 1 + index % 3]):
        other = (index + 1 + step * 7) % MAX_FEATURES
        title = " ".join(_words(other))
        rows.append(Relation(title, _identity(other), relationship, _RELATION_TEXT[relationship].format(title=title)))
    return tuple(rows)


_RELATION_TEXT = {
    "Prerequisite": "{title} must be active before this feature is activated.",
    "Related": "{title} uses the same measurements.",
    "Conflicting": "{title} cannot be active in the same cell.",
}


def _spoken(root: str) -> str:
    """`beamSweep` → `beam sweep`."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in root)


def _draw(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
