"""Commands for an extracted item: read it, set it, look at a feature's state, activate and deactivate it.

`<NODE>` and `<CELL>` stand for what the reader fills in; no name of a site is ever made up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from randaemon.ran import names, values
from randaemon.ran.cmedit.checking import check
from randaemon.ran.mo import Attribute, Grounded, MoModel

_CELLS = re.compile(r"Cell(?:FDD|TDD|DU|CU)?\Z")
_PLAIN_VALUE = re.compile(r"(-?\d+(?:\.\d+)?|true|false|[A-Z][A-Z0-9_]++)(?=\Z|[\s,;|.(])")


@dataclass(frozen=True, slots=True)
class Generated:
    """A command and what it is for: read | write | state | activate | deactivate."""

    purpose: str
    text: str


def commands_for(item: Grounded) -> list[Generated]:
    """The commands that an item's own text supports; every one passes `check` against the item's own model."""
    made = [*_parameter(item), *_feature(item)]
    model = MoModel.of([item])
    return [each for each in made if not check(each.text, model)]


def change_for(item: Grounded) -> list[Generated]:
    """The whole change of a parameter: read, set and verify, with the cell locked around it where the text asks so.

    Purposes: read | lock | write | unlock | verify. Empty where `commands_for` has nothing to set.
    """
    made = {each.purpose: each.text for each in commands_for(item)}
    if "write" not in made:
        return []
    owner, local = names.split_name(item.name)
    steps = [Generated("read", made["read"]), Generated("write", made["write"])]
    if _CELLS.search(owner) and _needs_lock(item) and local != "administrativeState":
        change = f"cmedit set <NODE> {owner}={placeholder(owner)} administrativeState="
        steps[1:] = [Generated("lock", f"{change}LOCKED"), steps[1], Generated("unlock", f"{change}UNLOCKED")]
    return [*steps, Generated("verify", f"cmedit get <NODE> {owner}.({owner}Id=={placeholder(owner)},{local}) -t")]


def placeholder(owner: str) -> str:
    """What stands for the identity of an object, which the reader fills in."""
    return "<CELL>" if _CELLS.search(owner) else "<ID>"


def _needs_lock(item: Grounded) -> bool:
    said = (item.fields[key].text for key in ("takes_effect", "precondition") if key in item.fields)
    return any(_LOCK.search(text) for text in said)


_LOCK = re.compile(r"\b(?:un)?lock(?:ed|ing)?\b", re.IGNORECASE)


def _parameter(item: Grounded) -> Iterator[Generated]:
    owner, local = names.split_name(item.name)
    if item.category != "parameters" or not owner or "." in local or "struct" in item.fields:
        return
    if not names.is_managed_by_enm(owner, local):
        return  # another vendor's, whose manager has another language
    yield Generated("read", f"cmedit get <NODE> {owner}.{local} -t")
    told = MoModel.of([item]).attribute(owner, local)
    value = _plausible(told) if told and not told.read_only else None
    if value is not None:
        yield Generated("write", f"cmedit set <NODE> {owner}={placeholder(owner)} {local}={value}")


def _feature(item: Grounded) -> Iterator[Generated]:
    told = item.fields.get("licence_key")
    key = names.licence_key(told.text) if told and item.category == "features" else ""
    if not key:
        return
    state = f"FeatureState.(featureStateId=={key},{','.join(names.FEATURE_STATES)})"
    yield Generated("state", f"cmedit get <NODE> {state} -t")
    for purpose, value in (("activate", "ACTIVATED"), ("deactivate", "DEACTIVATED")):
        yield Generated(purpose, f"cmedit set <NODE> FeatureState={key} featureState={value}")


def _plausible(attribute: Attribute) -> str | None:
    """A value that the documents allow, rather not the default: who sets an attribute changes it.

    Another choice of those listed, else a round number of the range, else the default; None where the text gives none.
    """
    if values.is_several(attribute.data_type):
        return None
    default = _PLAIN_VALUE.match(attribute.default)
    usual = default[1] if default else ""
    for value in (*_choices(attribute), *_inside(attribute, usual), usual):
        if value and value.lower() != usual.lower() and attribute.allows(value):
            return value
    return usual if usual and attribute.allows(usual) else None


def _choices(attribute: Attribute) -> Sequence[str]:
    """The words or numbers of a list such as `OFF (0), ON (1)`; none where it is an interval or a text."""
    if attribute.data_type.strip().lower().startswith("bool"):
        return "true", "false"
    told = values.read_range(attribute.range)
    if told is None or attribute.data_type.strip().lower().startswith("string"):
        return ()
    listed = [low for low, high, _ in told.spans if low == high]
    return told.words or ([str(each) for each in listed if each.denominator == 1] if len(listed) > 1 else ())


def _inside(attribute: Attribute, usual: str) -> Iterator[str]:
    """A round number between the usual one and the bound of the range that is further from it, then that bound."""
    told = values.read_range(attribute.range)
    if told is None or not told.spans or attribute.data_type.strip().lower().startswith("string"):
        return
    low, high, step = max(told.spans, key=_width)
    least, most = ceil(low), floor(high)
    middle = int(usual) if re.fullmatch(r"-?\d+", usual) and least <= int(usual) <= most else least
    bound = most if most - middle >= middle - least else least
    half = middle + (bound - middle) / 2
    yield str(int(round(half, 1 - len(str(abs(int(half)))))))
    if step:
        yield str(int(middle + (bound - middle) // 2 // step * step))
    yield str(bound)


def _width(span: tuple[Fraction, Fraction, Fraction]) -> Fraction:
    return span[1] - span[0]
