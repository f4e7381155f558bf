"""The managed object model as documents tell it: classes with their attributes and counters.

Class and attribute names are looked up in any case, as operators type them. Building and merging are pure, and merging
is commutative: whatever the order of documents, the same model comes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from randaemon.ran import names, values


class Told(Protocol):
    """A stretch of text: what an item says about one of its fields."""

    @property
    def text(self) -> str: ...


class Grounded(Protocol):
    """An extracted item, as far as the model needs it."""

    @property
    def category(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def fields(self) -> Mapping[str, Told]: ...


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute and what the documents say about its values; "" where they say nothing."""

    name: str
    data_type: str = ""
    range: str = ""
    default: str = ""
    unit: str = ""
    read_only: bool = False
    told_in: tuple[str, ...] = ()  # documents that say so, by name, the first few

    def allows(self, value: str) -> bool:
        """False only when the stated type or range is understood and does not hold the value."""
        return not self.misfit(value)

    def misfit(self, value: str) -> str:
        """Why it cannot hold a value: "no boolean, the type", "outside 0..100, the range"; "" where it can."""
        return values.misfit(self.data_type, self.range, value)


@dataclass(frozen=True, slots=True)
class MoClass:
    """A class; keys of `attributes` and members of `counters` are in lower case."""

    name: str
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    counters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MoModel:
    """Classes by their name in lower case."""

    classes: Mapping[str, MoClass] = field(default_factory=dict)

    @classmethod
    def of(cls, items: Iterable[Grounded], source: str = "") -> MoModel:
        """The model that items of parameters and counters tell; bare names and struct members add nothing.

        `source` is the name of the document that they stand in.
        """
        attributes: dict[str, dict[str, Attribute]] = {}
        counters: dict[str, set[str]] = {}
        printed: dict[str, str] = {}
        for item in items:
            owner, local = names.split_name(item.name)
            if not owner or item.category not in ("parameters", "counters") or "struct" in item.fields:
                continue
            printed[owner.lower()] = min(owner, printed.get(owner.lower(), owner))
            if item.category == "counters":
                counters.setdefault(owner.lower(), set()).add(local.lower())
            else:
                known = attributes.setdefault(owner.lower(), {})
                told = replace(_attribute(local.partition(".")[0], item.fields), told_in=(source,) if source else ())
                known[told.name.lower()] = _joined(known.get(told.name.lower(), told), told)
        return cls(
            {
                key: MoClass(name, attributes.get(key, {}), frozenset(counters.get(key, ())))
                for key, name in printed.items()
            }
        )

    def add(self, items: Iterable[Grounded], source: str = "") -> MoModel:
        """This model and what the items of a document tell."""
        return self.merge(MoModel.of(items, source))

    def merge(self, other: MoModel) -> MoModel:
        """Both models as one."""
        classes = dict(self.classes)
        for key, theirs in other.classes.items():
            ours = classes.get(key)
            classes[key] = theirs if ours is None else _together(ours, theirs)
        return MoModel(classes)

    def knows(self, owner: str) -> bool:
        """True of a class that a document or the network manager itself has."""
        return owner.lower() in self.classes or owner.lower() in _MANAGER

    def attribute(self, owner: str, name: str) -> Attribute | None:
        """The attribute of a class; identities and states that every class has are always there."""
        mo, key = self.classes.get(owner.lower()), name.lower()
        found = mo.attributes.get(key) if mo else None
        always = _MANAGER.get(owner.lower(), {}).get(key) or _COMMON.get(key)
        if always is None and key == f"{owner.lower()}id":
            always = Attribute(name)
        if always is None or found is None:
            return found or always
        said = found.range or always.range, found.read_only or always.read_only
        return replace(found, range=said[0], read_only=said[1])

    def is_counter(self, owner: str, name: str) -> bool:
        """True of a PM counter of the class, by the model or by its name."""
        mo = self.classes.get(owner.lower())
        if mo is not None and name.lower() in mo.attributes:
            return False
        return names.is_counter(f"{owner}.{name}") or (mo is not None and name.lower() in mo.counters)


def _always(*attributes: Attribute) -> dict[str, Attribute]:
    return {each.name.lower(): each for each in attributes}


def _plain(*names_of: str) -> dict[str, Attribute]:
    return _always(*map(Attribute, names_of))


def _states(*names_of: str) -> dict[str, Attribute]:
    """What a node says of itself: nobody sets it."""
    return _always(*(Attribute(name, read_only=True) for name in names_of))


_FEATURE = _states("licenseState", "serviceState") | _always(
    Attribute("featureState", range="DEACTIVATED (0), ACTIVATED (1)")
)
#: Classes of the network manager and of every node, which no library document introduces, and what is known of them.
_MANAGER: dict[str, Mapping[str, Attribute]] = {
    "featurestate": _FEATURE | _plain("description", "keyId"),
    "optionalfeaturelicense": _FEATURE,
    "cmfunction": _states("syncStatus"),
    "pmfunction": _always(Attribute("pmEnabled", data_type="boolean")),
    "networkelement": _plain("neType", "ossPrefix", "platformType", "radioAccessTechnology", "technologyDomain"),
    "managedelement": _plain("neType", "userLabel", "siteLocation"),
    "brmbackupmanager": {},
    "fmalarmsupervision": _always(Attribute("active", data_type="boolean")),
    "mecontext": {},
    "subnetwork": {},
}
_COMMON = (
    _always(Attribute("administrativeState", range="LOCKED (0), UNLOCKED (1), SHUTTINGDOWN (2), SHUTTING_DOWN (2)"))
    | _states("operationalState", "availabilityStatus")
    | _plain("userLabel")
)
_TRUE = frozenset({"true", "yes", "y", "readonly", "read-only", "read only", "x"})


def _attribute(name: str, fields: Mapping[str, Told]) -> Attribute:
    def said(key: str) -> str:
        return values.in_one_line(fields[key].text) if key in fields else ""

    kind = said("type")
    read_only = said("read_only").lower() in _TRUE or "readonly" in kind.lower().replace("-", "")
    return Attribute(name, kind, said("range"), said("default"), said("unit"), read_only)


def _together(ours: MoClass, theirs: MoClass) -> MoClass:
    attributes = dict(ours.attributes)
    for key, told in theirs.attributes.items():
        attributes[key] = _joined(attributes.get(key, told), told)
    return MoClass(min(ours.name, theirs.name), attributes, ours.counters | theirs.counters)


def _joined(one: Attribute, two: Attribute) -> Attribute:
    """What either says, in any order. Releases differ: what one of their ranges or types holds is not refused."""
    return Attribute(
        _smaller(one.name, two.name),
        _either(one.data_type, two.data_type),
        _either(one.range, two.range),
        _smaller(one.default, two.default),
        _smaller(one.unit, two.unit),
        one.read_only or two.read_only,
        tuple(sorted({*one.told_in, *two.told_in})[:_NAMED]),
    )


_NAMED = 3  # documents: a common attribute stands in every one of a library


def _smaller(left: str, right: str) -> str:
    return min(left, right) if left and right else left or right


def _either(left: str, right: str) -> str:
    if left == right or not (left and right):
        return left or right
    return values.OR.join(sorted({*left.split(values.OR), *right.split(values.OR)}))
