"""Full distinguished names: what is wrong with one, and where.

`SubNetwork=A,MeContext=B,ManagedElement=B,ENodeBFunction=1,EUtranCellFDD=C`: parts are Class=id, from the network down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_CLASS = re.compile(r"[A-Za-z][A-Za-z0-9_]*\Z")
_PLAIN_ID = re.compile(r"[^\s,;=\"()\[\]{}]+\Z")
_PART = re.compile(r'(?:[^,"]|"[^"]*(?:"|\Z))*')

#: Class (lower case) → the classes it stands under, for those whose place public material shows.
_PARENTS: dict[str, frozenset[str]] = {
    child.lower(): frozenset(parent.lower() for parent in parents.split())
    for child, parents in {
        "ENodeBFunction": "ManagedElement",
        "GNBDUFunction": "ManagedElement",
        "GNBCUCPFunction": "ManagedElement",
        "GNBCUUPFunction": "ManagedElement",
        "BscFunction": "ManagedElement",
        "SystemFunctions": "ManagedElement",
        "Lm": "SystemFunctions",
        "FeatureState": "Lm",
        "EUtranCellFDD": "ENodeBFunction",
        "EUtranCellTDD": "ENodeBFunction",
        "NbIotCell": "ENodeBFunction",
        "EUtranFreqRelation": "EUtranCellFDD EUtranCellTDD NRCellCU",
        "EUtranCellRelation": "EUtranFreqRelation NRCellCU",
        "NRCellDU": "GNBDUFunction",
        "NRSectorCarrier": "GNBDUFunction",
        "NRCellCU": "GNBCUCPFunction",
        "NRCellRelation": "NRCellCU",
        "NRFreqRelation": "NRCellCU",
        "CmFunction": "NetworkElement",
        "BscM": "BscFunction",
        "GeranCellM": "BscM",
        "GeranCell": "GeranCellM",
    }.items()
}
#: Where an FDN may begin, with what may stand above it.
_ABOVE = {
    "subnetwork": frozenset({"subnetwork"}),
    "mecontext": frozenset({"subnetwork"}),
    "managedelement": frozenset({"mecontext", "subnetwork"}),
    "networkelement": frozenset[str](),
}
_PLACES = {**_PARENTS, **_ABOVE}
_ROOTS = _ABOVE.keys() | {"managementsystem"}


def parts(fdn: str) -> Iterator[tuple[str, str, int]]:
    """(class, id, offset) of each part; the id is "" where there is none, quotes stay."""
    start = 0
    while start <= len(fdn):
        found = _PART.match(fdn, start)
        text = found[0] if found else ""
        name, _, value = text.partition("=")
        yield name, value, start
        start += len(text) + 1


def is_full(fdn: str) -> bool:
    """True of one that begins where the network does."""
    return fdn.partition("=")[0].lower() in _ROOTS


def last_class(fdn: str) -> str:
    """The class of the object that it names."""
    return fdn.rpartition(",")[2].partition("=")[0]


def shape_error(fdn: str) -> tuple[str, int] | None:
    """What keeps a text from being an FDN, and its offset; None for an FDN."""
    for name, value, start in parts(fdn):
        whole = f"{name}={value}" if value else name
        if not whole.strip():
            return "a part of an FDN is empty: two commas, or one at an end", start
        if not _CLASS.match(name):
            return f"'{name[:40]}' is no MO class: letters and digits, a letter first", start
        if not value:
            said = "has no id" if fdn[start : start + len(name) + 1].endswith("=") else "is no Class=id"
            return f"'{whole[:40]}' {said}", start
        if not _is_id(value):
            return f"the id of {name} needs double quotes: {value[:40]}", start + len(name) + 1
    return None


def place_error(fdn: str) -> tuple[str, int] | None:
    """A class that stands where it cannot: `GNBDUFunction=1,EUtranCellFDD=C`; None when nothing is known against it."""
    above = ""
    for name, _, start in parts(fdn):
        parents = _PLACES.get(name.lower())
        if above and parents is not None and above.lower() not in parents:
            return f"{name} does not stand under {above}", start
        above = name
    return None


def _is_id(value: str) -> bool:
    if value[:1] == '"':
        return len(value) > 2 and value.endswith('"') and '"' not in value[1:-1]
    return _PLAIN_ID.match(value) is not None
