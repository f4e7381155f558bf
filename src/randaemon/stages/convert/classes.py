"""XML that describes a managed object model becomes two lists, of the attributes and of the counters of its classes.

Such files name a class and inside of it `attribute`s with their data types, and `counter`s or attributes that tell a
counter type. Programs describe their classes alike, so a file has to name what only a network has.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from randaemon.ran.mentions import is_ran_text
from randaemon.ran.names import is_counter
from randaemon.stages.convert.streaming import forget

_MODEL: Final = re.compile(r"<(?:\w+:)?(?:class|moClass|managedObjectClass|moc)\s[^<>]{0,200}?\bname=")
_ATTRIBUTE: Final = re.compile(r"<(?:\w+:)?(?:attribute|attr|counter|pmCounter)\s[^<>]{0,200}?\bname=")
#: Of the model of a node, whatever its classes are called: programs have no types of counters.
_COUNTED: Final = re.compile(r"<counterType>(?:ACC|DDM|GAUGE|PDF|PEG|SCAN|SI|TRIGACC|TRIGSCAN)<")
_CLASSES: Final = frozenset({"class", "moClass", "managedObjectClass", "moc"})
_COUNTERS: Final = frozenset({"counter", "pmCounter"})
_NAMED: Final = _COUNTERS | {"attribute", "attr"}
_TYPE_OF_COUNTER: Final = ("counterType", "collectionMethod")
_REFERENCES: Final = frozenset({"moRef", "enumRef", "structRef", "derivedDataTypeRef"})


@dataclass(frozen=True, slots=True)
class Described:
    """An attribute or counter as a model tells it; "" where it says nothing."""

    owner: str
    name: str
    counted: bool
    data_type: str = ""
    limits: str = ""
    default: str = ""
    unit: str = ""
    description: str = ""


def describes(head: str) -> bool:
    """True of the beginning of an XML file that tells the classes of a network."""
    return bool(_MODEL.search(head) and _ATTRIBUTE.search(head)) and (
        is_ran_text(head) or _COUNTED.search(head) is not None
    )


def described(file: BinaryIO) -> Iterator[Described]:
    """What the classes of a model have, in its order; raises lxml's XMLSyntaxError where it is damaged."""
    from lxml import etree

    owners: list[str] = []
    for event, element in etree.iterparse(file, events=("start", "end"), no_network=True, resolve_entities=False):
        tag, name = _local(element), element.get("name", "")
        if tag in _CLASSES and event == "start":
            owners.append(name)
        elif tag in _CLASSES:
            owners.pop()
            forget(element)
        elif tag in _NAMED and event == "end" and name and owners and owners[-1]:
            yield _read(owners[-1], tag, element)
            forget(element)


def _read(owner: str, tag: str, element: Any) -> Described:
    name, kind = element.get("name", ""), next(filter(None, (_said(element, each) for each in _TYPE_OF_COUNTER)), "")
    return Described(
        owner,
        name,
        tag in _COUNTERS or kind != "" or is_counter(name),
        kind or _data_type(element),
        _limits(element),
        _said(element, "defaultValue") or _said(element, "default") or element.get("default", ""),
        _said(element, "unit") or element.get("unit", ""),
        _said(element, "description"),
    )


def _said(element: Any, tag: str) -> str:
    found = next(element.iter(f"{{*}}{tag}"), None)
    return " ".join("".join(found.itertext()).split()) if found is not None else ""


def _data_type(element: Any) -> str:
    """`int32`, `moRef NRCellDU`, or what an attribute of the element says."""
    told = next(element.iter("{*}dataType"), None)
    kind = next(iter(told), None) if told is not None else None
    if kind is None:
        return element.get("type", "") or _said(element, "type") or _said(element, "dataType")
    referred = kind.get("name", "") if _local(kind) in _REFERENCES else ""
    return f"{_local(kind)} {referred}".strip()


def _limits(element: Any) -> str:
    ranges = [(_said(each, "min"), _said(each, "max")) for each in element.iter("{*}range")]
    return ", ".join(f"{low}..{high}" for low, high in ranges if low and high)


def _local(element: Any) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
