"""Rule over catalogues: JSON and YAML that list parameters, counters, events and features as objects.

An object is a row whose keys are heads; what it is a row of, its keys say or the key above it. Only scalars are read,
each where it stands, so that a catalogue is as grounded as a table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from msgspec.structs import replace

from randaemon.model import Category, Span
from randaemon.ran import names
from randaemon.ran.feature import Role, role_of
from randaemon.ran.listing import Kind, Layout, by_section, column_key, field_of, is_column, layout
from randaemon.stages.extract.finds import STRONG, Finds, Origin
from randaemon.stages.extract.page import Page, trimmed
from randaemon.stages.extract.pieces import Piece
from randaemon.stages.extract.rules.tables import read_rows

_OWNERS: Final = frozenset({"mo", "object"})  # what a key holds that names the class of what stands beside and below it
_LANGUAGE = re.compile(r"```(?:json[a-z0-9]{0,4}|(?P<yaml>ya?ml))?[ \t]{0,8}\n(?:(?=\s{0,8}[{\[])|(?P<lines>))")
_HEADS: Final = {"enum": "values", "collection": "collection method", "id": "entry id"}
_PARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_-]")


@dataclass(slots=True)
class _Object:
    """What is being read: an object's scalars by their keys, the key it stands under, the class that holds for it."""

    above: str = ""
    owner: tuple[str, Span] | None = None  # the head it stands under: a class may be that of any program
    listing: bool = False  # an array
    depth: int = 0  # of YAML: how far its keys are indented
    key: Span | None = None  # whose value comes next
    fields: dict[str, Span] = field(default_factory=dict)

    def child(self, *, listing: bool = False, depth: int = 0) -> _Object:
        """What begins inside of it."""
        above, owner = self.above, self.owner
        if self.key is not None and _is_named(self.above, self.key.text) and not listing:
            return _Object(above, owner, depth=depth, fields={"name": self.key})
        if self.key is not None:
            classed = names.is_known_class(self.key.text)  # and what is below is of the kind above
            above, owner = (above, ("mo", self.key)) if classed else (self.key.text, owner)
        return _Object(above, owner, listing, depth)

    def take(self, span: Span | None) -> Iterator[_Object]:
        """A scalar: the value of a key, or a word of a list, which counts as an object with a name."""
        if span is not None and self.listing:
            yield _Object(self.above, self.owner, fields={"name": span})
        elif span is not None and self.key is not None and _is_named(self.above, self.key.text):
            yield _Object(self.above, self.owner, fields={"name": self.key})
        elif span is not None and self.key is not None:
            self.fields.setdefault(self.key.text, span)
            if field_of(_head(self.key.text)) in _OWNERS:
                self.owner = _head(self.key.text), span
            elif self.key.text == "name" and _CLASSES.match(self.above):
                self.owner = "object", span


def _is_named(above: str, key: str) -> bool:
    """True of a name as a key: `attributes: {quietLevel: {type: int32}}`."""
    listed = _role(above) in _LISTED and not is_column(_head(key))
    return listed and names.has_hump(key) and names.is_attribute(key)


_LISTED = frozenset({Role.PARAMETERS, Role.ATTRIBUTES, Role.COUNTERS})
_CLASSES = re.compile(
    r"(?:mo|managedObject|managed_object|object)?[ _]?(?:[Cc]lass|[Cc]lasses|[Oo]bjects)\Z|mos\Z|managedObjects\Z"
)


def read_catalogue(finds: Finds, piece: Piece) -> None:
    """Find the items of one code block, if it holds JSON or YAML that lists them."""
    begins = _LANGUAGE.match(finds.page.markdown, piece.start, piece.end)
    if begins is None or (begins["lines"] is not None and not begins["yaml"]):
        return
    reader: Callable[[Page, int, int], Iterator[_Object]] = _json if begins["lines"] is None else _yaml
    for each in reader(finds.page, begins.end(), piece.end):
        if each.fields:
            _read_object(finds, piece, each)


def _read_object(finds: Finds, piece: Piece, each: _Object) -> None:
    for key in [key for key, value in each.fields.items() if _is_tie(key, value)]:
        _read_ties(finds, piece, each.fields.pop(key))
    told = {_told(key, span): span for key, span in each.fields.items()}
    if each.owner is not None and not any(field_of(head) in _OWNERS for head in told):
        told[each.owner[0]] = each.owner[1]
    form = _form(list(told), _role(each.above))
    if form is not None:
        read_rows(finds, replace(piece, role=_role(each.above)), form, [list(told.values())])


def _is_tie(key: str, value: Span) -> bool:
    return _role(key) is Role.DEPENDENCIES and names.feature_identity(value.text) != ""


def _read_ties(finds: Finds, piece: Piece, value: Span) -> None:
    """`requires: [FAJ 121 4219]`: the features that an object says it goes with."""
    for found in names.FAJ.finditer(finds.page.markdown, value.start, value.end):
        identity = finds.page.span(*found.span())
        origin = Origin("catalogue-ties", STRONG, piece.heading)
        finds.add(Category.RELATED_FEATURE, names.identity_of(found), identity, origin, {"identity": identity})


def _form(heads: list[str], role: Role) -> Layout | None:
    """The layout of an object; parameters without a class may be those of any interface of a program."""
    form = layout(heads)
    if form.kind is Kind.GENERIC or role is Role.DEPENDENCIES:
        form = by_section(form, role)
    if form.kind is Kind.GENERIC or (form.kind is Kind.PARAMETERS and "mo" not in form.columns):
        return None
    return form


def _told(key: str, value: Span) -> str:
    """The head of a column; a value that can only be an identity or a licence key says itself what it is."""
    if names.feature_identity(value.text):
        return "identity"
    return "licence key" if names.licence_key(value.text) else _head(key)


def _role(key: str) -> Role:
    """What the objects below a key are: `pmCounters`, `related_features`."""
    return role_of(_PARTS.sub(" ", key).lower())


def _head(key: str) -> str:
    """`defaultValue` and `default_value` as a column is headed."""
    head = column_key(key) if is_column(key) else _PARTS.sub(" ", key).lower()
    return _HEADS.get(head, head)


# --- JSON ---------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r'"(?P<text>[^"\\\n]*+(?:\\.[^"\\\n]*+)*+)"(?P<key>\s*+:)?|(?P<bare>[A-Za-z0-9.+-]++)|(?P<opens>[{\[])|[}\]]'
)


def _json(page: Page, start: int, end: int) -> Iterator[_Object]:
    """Objects in the order in which they end."""
    stack = [_Object()]
    for token in _TOKEN.finditer(page.markdown, start, end):
        if token["key"]:
            stack[-1].key = page.span(*token.span("text"))
        elif token["opens"]:
            stack.append(stack[-1].child(listing=token["opens"] == "["))
        elif token.lastgroup:
            yield from stack[-1].take(trimmed(page.span(*token.span(token.lastgroup))))
        elif len(stack) > 1:
            yield stack.pop()


# --- YAML ---------------------------------------------------------------------------------------------------------

_LINE = re.compile(
    r"(?P<indent> {0,60}+)(?P<dash>-(?: {1,3}|(?=\n|\Z)))?"
    r"(?:(?P<quote>[\"']?)(?P<key>[A-Za-z][A-Za-z0-9_ .-]{0,60}?)(?P=quote):(?=\s|\Z) *+)?(?P<value>[^\n]*+)\n?"
)
_FOLDED = frozenset({">", "|", ">-", "|-", ">+", "|+"})


def _yaml(page: Page, start: int, end: int) -> Iterator[_Object]:
    """Objects in the order in which they end; flow style is read as the text of a value."""
    stack = [_Object()]
    while start < end and (line := _LINE.match(page.markdown, start, end)):
        start, indent = line.end(), len(line["indent"])
        if not line["dash"] and not line["key"]:
            continue  # empty, a comment, more of a text
        while len(stack) > 1 and stack[-1].depth > indent:
            yield stack.pop()
        yield from _entered(page, stack, line)
        if line["value"] in _FOLDED:
            start = _folded_end(page, start, end, indent)
            yield from stack[-1].take(page.trimmed(line.end(), start))
        else:
            yield from stack[-1].take(_scalar(page, *line.span("value")))
    yield from reversed(stack)


def _entered(page: Page, stack: list[_Object], line: re.Match[str]) -> Iterator[_Object]:
    """Go to the object that a line stands in; a key that is told again begins the next block of a flat list."""
    indent = len(line["indent"])
    if line["dash"]:
        stack.append(stack[-1].child(listing=not line["key"], depth=indent + len(line["dash"])))
    elif indent > stack[-1].depth:
        stack.append(stack[-1].child(depth=indent))
    elif line["key"] in stack[-1].fields:
        last = stack.pop()
        stack.append(_Object(last.above, last.owner, depth=last.depth))
        yield last
    if line["key"]:
        stack[-1].key = page.span(*line.span("key"))


def _folded_end(page: Page, start: int, end: int, indent: int) -> int:
    """Where the lines end that are indented more deeply than their key."""
    while start < end and (line := _LINE.match(page.markdown, start, end)):
        if line.end() - line.start() > 1 and len(line["indent"]) <= indent:
            break
        start = line.end()
    return start


def _scalar(page: Page, start: int, end: int) -> Span | None:
    """A value without its quotes and the comment behind it."""
    comment = page.markdown.find(" #", start, end)
    span = page.trimmed(start, comment if comment >= 0 else end)
    if span is not None and len(span.text) > 1 and span.text[0] == span.text[-1] and span.text[0] in "\"'":
        return page.trimmed(span.start + 1, span.end - 1)
    return span
