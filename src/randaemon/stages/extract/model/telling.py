"""From a model's reply to items: each name must be one of its category, each text must stand where it is believed.

The rules' own knowledge of names decides what an item may be called; a model adds places that rules do not see, never
kinds of names. A field is believed where the words around it speak of that field.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from randaemon.model import Category, Item, Span
from randaemon.ran import names
from randaemon.ran.feature import RELATIONSHIPS
from randaemon.stages.extract.model.align import Passage

_CONFIDENCE: Final = 0.55  # less than the weakest rule: of two readings the rule's is kept
_SOURCE: Final = "model"

_KINDS: Final[Mapping[str, Category]] = {
    "parameter": Category.PARAMETER,
    "counter": Category.COUNTER,
    "event": Category.EVENT,
    "feature": Category.FEATURE,
    "related_feature": Category.RELATED_FEATURE,
    "procedure": Category.PROCEDURE,
}
_FIELDS: Final[Mapping[Category, tuple[str, ...]]] = {
    Category.PARAMETER: ("mo", "description", "type", "range", "default", "unit", "takes_effect", "precondition"),
    Category.COUNTER: ("mo", "description", "type", "unit", "condition"),
    Category.EVENT: ("description", "trigger", "parameters"),
    Category.FEATURE: ("identity", "title", "description", "licence_key"),
    Category.RELATED_FEATURE: ("identity", "title", "relationship", "description"),
    Category.PROCEDURE: ("prerequisites", "step", "after"),
}

SCHEMA: Final[Mapping[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["items"],
    "properties": {
        "items": {
            "type": "array",
            "maxItems": 24,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["category", "name", "fields"],
                "properties": {
                    "category": {"type": "string", "enum": list(_KINDS)},
                    "name": {"type": "string", "minLength": 1, "maxLength": 160},
                    "fields": {
                        "type": "array",
                        "maxItems": 16,
                        "items": {
                            "type": "object",
                            "additionalProperties": False,
                            "required": ["field", "text"],
                            "properties": {
                                "field": {
                                    "type": "string",
                                    "enum": sorted({name for fields in _FIELDS.values() for name in fields}),
                                },
                                "text": {"type": "string", "minLength": 1, "maxLength": 800},
                            },
                        },
                    },
                },
            },
        }
    },
}


@dataclass(frozen=True, slots=True)
class Heard:
    """What could be used of a reply, and what could not."""

    items: tuple[Item, ...] = ()
    dropped: tuple[str, ...] = ()  # names and texts that the passage does not hold, or not as that
    malformed: bool = False  # the reply is not of the form that was asked for

    @property
    def good(self) -> bool:
        """Of the right form, and at least half of it usable."""
        told = len(self.items) + sum(len(item.fields) for item in self.items)
        return not self.malformed and (told >= len(self.dropped) or not self.dropped)


def read(reply: str, passage: Passage, is_class: Callable[[str], bool]) -> Heard:
    """The items of a reply about a passage. Total: any text gives an answer."""
    entries = _entries(reply)
    if entries is None:
        return Heard(malformed=True)
    items: list[Item] = []
    dropped: list[str] = []
    for kind, name, fields in entries:
        category = _KINDS.get(kind)
        item = _item(category, name, passage, is_class) if category else None
        if item is None:
            dropped.append(name)
            continue
        known, lost = _fields(item, fields, passage)
        dropped += lost
        if _complete(item.category, known):
            items.append(Item(item.category, item.name, item.span, item.heading, _SOURCE, _SOURCE, _CONFIDENCE, known))
        else:
            dropped.append(name)
    return Heard(tuple(items), tuple(dropped))


def _entries(reply: str) -> list[tuple[str, str, list[tuple[str, str]]]] | None:
    """Category, name and fields of each item, as they were written; None where that is not the form."""
    try:
        told = json.loads(reply)["items"]
        return [(str(entry["category"]), str(entry["name"]), _pairs(entry["fields"])) for entry in told]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _pairs(fields: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [(str(field["field"]), str(field["text"])) for field in fields]


# --- Names --------------------------------------------------------------------------------------------------------


def _item(category: Category, name: str, passage: Passage, is_class: Callable[[str], bool]) -> Item | None:
    """The item without its fields, if the passage names it and it may be named so."""
    match category:
        case Category.PARAMETER | Category.COUNTER:
            return _owned(category, name.strip(), passage, is_class)
        case Category.EVENT:
            span = passage.name(name) if names.is_event(name.strip()) else None
            return _named(category, name.strip(), span, passage)
        case Category.PROCEDURE:
            return _procedure(name, passage)
        case _:
            return _feature(category, name, passage)


def _owned(category: Category, name: str, passage: Passage, is_class: Callable[[str], bool]) -> Item | None:
    """An attribute or counter; its class is kept where the passage names it and it is one."""
    owner, local = names.split_name(name)
    counter = names.is_counter(name) or names.is_measurement(name)
    if counter is not (category is Category.COUNTER) or not (counter or _is_parameter(local)):
        return None
    whole = passage.name(name)
    span = whole or passage.name(local)
    if owner and not (is_class(owner) and passage.name(owner)):
        owner, span = "", passage.name(local)
    return _named(category, f"{owner}.{local}" if owner else local, span, passage)


def _is_parameter(local: str) -> bool:
    return names.is_attribute(local) and names.has_hump(local)


def _feature(category: Category, name: str, passage: Passage) -> Item | None:
    """By its identity, or by a title that the passage calls a feature."""
    identity = names.feature_identity(name)
    if identity:
        found = next((f for f in names.FAJ.finditer(passage.text) if names.identity_of(f) == identity), None)
        if found is None or names.is_value_package(identity):
            return None
        span = passage.page.span(passage.start + found.start(), passage.start + found.end())
        return _named(category, identity, span, passage)
    title = passage.name(name)
    if title is None or not _TITLE.fullmatch(title.text) or not _called_feature(title, passage):
        return None
    return _named(category, passage.page.printed(title), title, passage)


def _called_feature(span: Span, passage: Passage) -> bool:
    return re.search(r"\bfeatures?\b", _around(span, passage), re.IGNORECASE) is not None


def _procedure(name: str, passage: Passage) -> Item | None:
    """By the heading that the passage stands under, or that stands in it."""
    wanted = name.strip()
    headings = {" ".join(heading.split()) for heading in _headings(passage)}
    return _named(Category.PROCEDURE, wanted, passage.name(wanted), passage) if wanted in headings else None


def _headings(passage: Passage) -> Iterator[str]:
    for piece in passage.page.pieces:
        if piece.kind == "heading" and passage.start <= piece.start < passage.end:
            yield piece.heading[-1]


def _named(category: Category, name: str, span: Span | None, passage: Passage) -> Item | None:
    at = passage.page.piece_at(span.start) if span is not None else None
    if span is None or at is None or at.kind == "code":
        return None
    return Item(category, name, span, at.heading)


# --- Fields -------------------------------------------------------------------------------------------------------


def _fields(item: Item, told: Sequence[tuple[str, str]], passage: Passage) -> tuple[dict[str, Span], list[str]]:
    """The fields that are where they should be, and the texts of the others."""
    known: dict[str, Span] = {}
    lost: list[str] = []
    for field, text in told:
        span = passage.quotation(text, item.span.start) if field in _FIELDS[item.category] else None
        if span is None or not _believed(field, span, passage):
            lost.append(text)
        elif field == "step":
            known[f"step_{1 + sum(key.startswith('step_') for key in known)}"] = span
        else:
            known.setdefault(field, span)
    return known, lost


def _believed(field: str, span: Span, passage: Passage) -> bool:
    """Do the words around it speak of such a thing?"""
    if field == "mo":
        return names.is_class(span.text)
    if field in ("identity", "licence_key"):
        return (names.feature_identity if field == "identity" else names.licence_key)(span.text) != ""
    if field == "relationship":
        return span.text.lower().rstrip("s") in RELATIONSHIPS
    if field in _SENTENCES:
        return len(span.text) >= _SENTENCE
    cue = _CUES.get(field)
    return cue is None or cue.search(_around(span, passage)) is not None


def _complete(category: Category, fields: Mapping[str, Span]) -> bool:
    """A procedure has steps, in the order of the text; of anything else the name is enough."""
    if category is not Category.PROCEDURE:
        return True
    steps = [span.start for key, span in fields.items() if key.startswith("step_")]
    return bool(steps) and steps == sorted(set(steps))


def _around(span: Span, passage: Passage) -> str:
    """The piece of the page that a span stands in."""
    at = passage.page.piece_at(span.start)
    return passage.page.markdown[at.start : at.end] if at is not None else ""


_SENTENCES: Final = frozenset({"description", "trigger", "condition", "precondition", "prerequisites", "after"})
_SENTENCE: Final = 12  # characters
_TITLE: Final = re.compile(r"[A-Z][\w+/-]*(?:\s+(?:of|for|and|to|in|with|on|by|[A-Z0-9][\w+/-]*)){0,9}")
_CUES: Final[Mapping[str, re.Pattern[str]]] = {
    "default": re.compile(r"\bdefault|\bpreset|\binitial|\bfactory", re.IGNORECASE),
    "range": re.compile(
        r"\brange|\bbetween\b|\bfrom\b|\bvalues?\b|\bminimum\b|\bmaximum\b|\.\.|\ballowed\b|\bup to\b", re.IGNORECASE
    ),
    "takes_effect": re.compile(r"\beffect|\bimmediate|\brestart|\block|\bapplie[sd]\b|\bused\b", re.IGNORECASE),
    "type": re.compile(r"\btype|\bboolean|\binteger|\bstring|\benum|\bcounter|\bgauge|\bstruct", re.IGNORECASE),
    "parameters": re.compile(r"EVENT_(?:PARAM|ARRAY)_|\bparameters?\b", re.IGNORECASE),
}
