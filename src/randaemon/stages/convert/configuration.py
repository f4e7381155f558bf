"""Configuration files of networks become a list of what they set: every attribute of every class once.

Four kinds are written by many: bulk CM of 3GPP (TS 32.615, with `vsData…` of vendors), data of the network resource
model as NETCONF carries it (`ManagedElement` and its objects), RAML (`managedObject`, `p`) and exports with
`class`, `object` and `parameter`. Values belong to one network, so they are left out of the list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final

from randaemon.stages.convert.streaming import forget

_KNOWN: Final = re.compile(
    r"<(?:\w+:)?(?:bulkCmConfigDataFile|raml|cmData)\b|urn:3gpp:sa5:_3gpp|urn:com:ericsson:ecim:"
)
_CLASSES: Final = {"class": "name", "managedObject": "class", "MO": "className"}
_ATTRIBUTES: Final = {"parameter": "name", "p": "name", "list": "name", "attr": "name"}
_WRAPPERS: Final = frozenset({"object", "defaults"})
_FORM: Final = frozenset({"vsDataType", "vsDataFormatVersion", "id"})  # of the file, not of the network
_VENDOR: Final = "vsData"


def configures(head: str) -> bool:
    """True of the beginning of an XML file that sets attributes of managed objects."""
    return _KNOWN.search(head) is not None


def attributes(file: BinaryIO) -> Iterator[tuple[str, str]]:
    """(MO class, attribute) as often as the file sets them; raises lxml's XMLSyntaxError where it is damaged."""
    from lxml import etree

    places = [_Place()]
    for event, element in etree.iterparse(file, events=("start", "end"), no_network=True, resolve_entities=False):
        if event == "end":
            places.pop()
            forget(element)
            continue
        place, attribute = _entered(places[-1], etree.QName(element).localname, dict(element.attrib))
        places.append(place)
        if attribute:
            yield place.owner, attribute


@dataclass(frozen=True, slots=True)
class _Place:
    """An open element: the class of the object that it belongs to, and what its children are."""

    owner: str = ""
    listing: bool = False  # attributes of the object
    inside: bool = False  # parts of an attribute's value


def _entered(place: _Place, name: str, told: Mapping[str, str]) -> tuple[_Place, str]:
    """The place that an element opens, and the attribute that it sets, "" where it sets none."""
    if place.inside or name in _WRAPPERS:
        return place, ""
    if owner := told.get(_CLASSES.get(name, "")):
        return _Place(owner.rpartition(":")[2]), ""
    if place.owner and (attribute := told.get(_ATTRIBUTES.get(name, ""))):
        return _Place(place.owner, inside=True), attribute
    return _of_model(place, name, told)


def _of_model(place: _Place, name: str, told: Mapping[str, str]) -> tuple[_Place, str]:
    """The same where elements are called as the model calls things: objects begin with a capital or have an `id`."""
    if name == "attributes":
        return _Place(place.owner, listing=True), ""
    if place.listing and name.startswith(_VENDOR) and name not in _FORM:
        return _Place(name.removeprefix(_VENDOR), listing=True), ""
    if not place.listing and (name[0].isupper() or "id" in told):
        return _Place(name), ""
    if not place.owner:
        return place, ""
    return _Place(place.owner, inside=True), "" if name in _FORM else name
