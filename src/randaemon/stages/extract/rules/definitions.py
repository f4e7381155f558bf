"""Rules over lines that define a name: list items and paragraphs that begin `NRCellDU.pMax: …`, MOM rows and bullets
under a parameters, counters or events heading.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from randaemon.model import Category, Span
from randaemon.ran import names
from randaemon.ran.feature import CLASS_PARTS, NOTHING, Role, role_in, role_of
from randaemon.ran.listing import FIELDS, field_of
from randaemon.stages.extract.finds import FAIR, STRONG, Finds, Origin, category_of
from randaemon.stages.extract.page import Cell, Page
from randaemon.stages.extract.pieces import Piece
from randaemon.stages.extract.rules.bracketed import bracketed
from randaemon.stages.extract.rules.cards import line_at, told_by
from randaemon.stages.extract.rules.leads import lead_owner, owner_below
from randaemon.stages.extract.rules.mining import begins_with_label, bold_facts, facts
from randaemon.stages.extract.rules.mom import Declared, declaration
from randaemon.stages.extract.rules.owning import words
from randaemon.stages.extract.rules.terse import tell

_LEAD = re.compile(
    rf"[`*_ \t]{{0,6}}+(?P<name>(?:{names.OWNER}(?:(?<=[A-Za-z0-9]\.) (?=[a-z]))?)?"
    r"(?P<local>[A-Za-z][A-Za-z0-9]{1,120}+(?:\.[A-Za-z0-9_]{1,80}+){0,5}+))[`*]{0,3}+(?![A-Za-z0-9_(])"
)
_QUALIFIED = re.compile(rf"[`*_ \t]{{0,6}}+{names.OWNER}[A-Za-z]")
#: `sleepDelay (NRCellDU):`
_CLASSED = re.compile(
    rf"[`*_ \t]{{0,6}}+{names.HUMPED}[`*]{{0,3}}+ \((?:in )?(?:MO )?"
    r"(?P<owner>[A-Z][A-Za-z0-9]{1,80}+)(?: MO)?\)[`*]{0,3}+ ?(?::|[=–—-] )"
)
_DECLARED = re.compile(
    r"[ \t]{0,3}+(?:(?:[:=–—]|-(?= ))[ \t]{0,3}+|\Z|<br>|\n(?=[A-Z][a-z]* | {4})|\n:[ \t]{1,4}+"
    r"|(?<= )(?=(?:Introduced|Affected|Affecting) [A-Z]))"
)
#: `(NRCellDU)`, or the kind of a counter.
_IN_BRACKETS = re.compile(
    rf"[ \t]?\((?:(?P<kind>{names.COUNTER_TYPE}|Gauge|Peg|Accumulated|Peak|Scan|Average)"
    r"|(?:in )?(?:the )?(?P<named>MO(?: [Cc]lass)?:? ?)?(?P<owner>(?![A-Z0-9]+\b)[A-Z][A-Za-z0-9]{1,80}+)(?: MO)?)\)"
)
#: Behind brackets any text is about the name.
_BEHIND = re.compile(r"[ \t]{0,3}+(?:(?:[:,;=–—]|-(?= ))[ \t]{0,3}+|\Z|<br>|\n|(?=[A-Z]))")
#: What was set in bold before a sentence of its own: `hystDrop Hysteresis in dB`.
_SENTENCE = re.compile(r"[`*_]{0,3}+[ \t]{1,4}+(?=[A-Z][a-z]{1,30} [a-z(])")
_EVENT_LEAD = re.compile(r"[`*_ \t]{0,6}+(?P<name>[A-Z][A-Za-z0-9]{2,40}+(?:_[A-Z0-9]{1,40}+){0,16}+)(?![A-Za-z0-9_.])")
_DEFINING = frozenset({Role.PARAMETERS, Role.ATTRIBUTES, Role.COUNTERS, Role.PERFORMANCE, Role.KPIS})
_LISTING = _DEFINING | {Role.EVENTS}
_TOLD_ELSEWHERE = frozenset({Role.DEPENDENCIES, Role.FEATURES, Role.HISTORY, Role.LEGAL})


def read_lines(finds: Finds) -> None:
    """Find the names that lines define, with the text after them and the lines that go on with it."""
    pieces, index = list(_as_announced(finds.page)), 0
    group: _Group | None = None
    while index < len(pieces):
        piece = pieces[index]
        taken = 1
        if piece.kind == "heading":
            _read_heading(finds, pieces, index)
        elif piece.kind in ("item", "text") and _may_define(finds.page, piece):
            goes_on = group is not None and _goes_on(group, piece)
            group = _group(finds.page, piece) or (group if goes_on else _group_below(finds.page, pieces, index))
            taken = _read_line(finds, pieces, index, group)
        elif piece.kind == "text":
            group = _group(finds.page, piece) if _announces(finds.page, piece) else None
        index += taken


def _as_announced(page: Page) -> Iterator[Piece]:
    """The pieces; items below `… the following attributes:` are attributes, whatever their section lists besides."""
    announced: Role | None = None
    start = 0  # of the paragraphs in a row: converters part sentences where the page breaks their lines
    for piece in page.pieces:
        if piece.kind == "text":
            announced = _announced(page, start, piece)
        elif piece.kind == "item":
            start = piece.end
            headed = not piece.role and page.heads_class(piece)
            role = announced or (Role.ATTRIBUTES if headed else None)
            yield replace(piece, role=role) if role else piece
            continue
        else:
            start, announced = piece.end, None
        yield piece


def _announced(page: Page, start: int, piece: Piece) -> Role | None:
    if not _announces(page, piece):
        return None
    said = _NOUN.findall(page.markdown, max(start, piece.end - _LONGEST_LEAD), piece.end)
    listing = piece.role in _LISTING or (page.is_ran and piece.role not in _TOLD_ELSEWHERE)
    if not listing:
        return None
    if not said:  # `NRCellDU:`
        return Role.ATTRIBUTES if page.is_ran and piece.role not in _LISTING and lead_owner(page, piece) else None
    sure = piece.role in _LISTING or said[-1] != "parameters" or lead_owner(page, piece) is not None
    return role_of(said[-1]) if sure else None  # requests to services have parameters too


def _announces(page: Page, piece: Piece) -> bool:
    return page.markdown.endswith((":", ":**"), piece.body, piece.end)


_NOUN = re.compile(r"\b(attributes|parameters|counters|events)\b")
_LONGEST_LEAD = 200  # characters


def _may_define(page: Page, piece: Piece) -> bool:
    """Outside of the sections that define names only a line that begins with `Class.name` or `name (Class):` does."""
    if piece.role in _LISTING or _QUALIFIED.match(page.markdown, piece.body, piece.end):
        return True
    return page.is_ran and _CLASSED.match(page.markdown, piece.body, piece.end) is not None


def _read_heading(finds: Finds, pieces: Sequence[Piece], index: int) -> None:
    """An attribute or counter as a heading of its own below `Attributes`, with what is said of it in the section."""
    piece, page = pieces[index], finds.page
    if piece.role not in _DEFINING or not names.has_hump(piece.heading[-1]):
        return  # without a hump there is none in what it declares
    above = role_in(piece.heading[:-1])
    if above not in _DEFINING:
        return
    declared, owner = declaration(page, (piece.body, piece.end)), page.owner(piece)
    if declared is None or not (names.has_hump(declared[0].text) and (owner or page.is_ran)):
        return
    span, fields = declared.name, declared.fields
    if owner:
        fields["mo"] = owner
    for below in pieces[index + 1 : index + 1 + _SAID_BELOW]:
        if below.heading != piece.heading or below.kind not in ("text", "item"):
            break
        for field, fact in _said(page, below).items():
            fields.setdefault(field, fact)
    owner = owner or _told_class(fields)
    name = f"{owner.text}.{span.text}" if owner else span.text
    category = _declared_category(above, name, fields)
    tell(page, category, fields)
    finds.add(category, name, span, Origin("heading", STRONG, piece.heading), fields)


def _said(page: Page, piece: Piece) -> dict[str, Span]:
    """What a piece below a name tells of it."""
    if _tells_class(page, piece):
        return _card(page, piece)
    return bold_facts(page, piece.body, piece.end) or facts(page, piece.body, piece.end)


def _tells_class(page: Page, piece: Piece) -> bool:
    line = line_at(page, piece.start, piece.end)
    return line is not None and field_of(line["key"]) == "mo"


def _card(page: Page, piece: Piece) -> dict[str, Span]:
    """What the lines of a card say, `MO class: NRCellDU` and those below it."""
    lines = (line_at(page, start, end) for start, end in page.lines(piece.start, piece.end))
    told = {field_of(key): value for line in lines if line for key, value in told_by(page, line)}
    return {field: span for field, span in told.items() if field in FIELDS or field == "description"}


def _told_class(fields: Mapping[str, Span]) -> Span | None:
    told = fields.get("mo")
    return told if told is not None and names.could_be_class(told.text) else None


_SAID_BELOW = 8  # pieces


@dataclass(frozen=True, slots=True)
class _Group:
    """A line that names a class for the names below it: `In NRCellDU:`."""

    owner: Span
    piece: Piece


def _group(page: Page, piece: Piece) -> _Group | None:
    owner = lead_owner(page, piece)
    return _Group(owner, piece) if owner else None


def _group_below(page: Page, pieces: Sequence[Piece], index: int) -> _Group | None:
    """What a sentence below a list that begins here tells of all its items."""
    first, last = pieces[index], index
    if first.kind != "item" or (index and pieces[index - 1].kind == "item"):
        return None
    while last + 1 < len(pieces) and pieces[last + 1].kind == "item":
        last += 1
    owner = owner_below(page, pieces[last])
    return _Group(owner, replace(first, kind="text")) if owner else None


def _goes_on(group: _Group, piece: Piece) -> bool:
    """True of the items below such a line, deeper than it where it is an item too."""
    below = piece.kind == "item" and piece.heading == group.piece.heading
    return below and (group.piece.kind == "text" or piece.level > group.piece.level)


def _read_line(finds: Finds, pieces: Sequence[Piece], index: int, group: _Group | None) -> int:
    """Read the line at `index`; returns how many pieces belong to it."""
    piece = pieces[index]
    if piece.role is Role.EVENTS and _read_event(finds, piece):
        return 1
    declared = _declaration(finds, piece)
    if declared is None:
        return _read_lead(finds, pieces, index, group)
    more = _continuation(finds.page, pieces, index)
    _keep_declared(finds, piece, declared, more)
    return 1 + len(more)


def _read_lead(finds: Finds, pieces: Sequence[Piece], index: int, group: _Group | None) -> int:
    """Read a line that begins with a name and goes on to say what it is; returns as `_read_line`."""
    piece, page = pieces[index], finds.page
    lead = _LEAD.match(page.markdown, piece.body, piece.end)
    classed = _CLASSED.match(page.markdown, piece.body, piece.end) if lead and lead["owner"] is None else None
    if lead is None or (lead["owner"] is None and piece.role not in _DEFINING and not _is_of_class(classed)):
        return 1
    told = _IN_BRACKETS.match(page.markdown, lead.end(), piece.end) if lead["owner"] is None else None
    values, end = bracketed(page, (told or lead).end(), piece.end)
    declared = (_BEHIND if told or values else _DECLARED).match(page.markdown, end, piece.end)
    if declared is None and piece.kind == "item" and piece.role in CLASS_PARTS and names.has_hump(lead["local"]):
        declared = _SENTENCE.match(page.markdown, lead.end(), piece.end)
    category = _category(finds, piece, lead, classed=_is_of_class(classed)) if declared else None
    if declared is None or category is None:
        return 1
    more = _continuation(page, pieces, index)
    fields = {**_fields(page, (declared.end(), piece.end), more), **values}
    tell(page, category, fields)
    if told and _says(finds, told):
        fields["mo" if told["owner"] else "type"] = page.span(*told.span(told.lastgroup or 0))
    if group and not lead["owner"]:
        fields.setdefault("mo", group.owner)
    _keep(finds, piece, lead, category, fields)
    return 1 + len(more)


def _is_of_class(classed: re.Match[str] | None) -> bool:
    return classed is not None and names.is_distinct_class(classed["owner"])


def _says(finds: Finds, told: re.Match[str]) -> bool:
    """False of a word in brackets that is no class: `(New)`."""
    owner = told["owner"]
    return not owner or bool(told["named"]) or names.has_hump(owner) or finds.is_class(owner)


def _declaration(finds: Finds, piece: Piece) -> Declared | None:
    """`int32 pMax = 20 { 0..30 }` as the first line of a text on the page of a class, which is one of its fields."""
    owner = finds.page.owner(piece) if piece.role in CLASS_PARTS else None
    found = declaration(finds.page, (piece.body, piece.end)) if owner is not None else None
    if owner is None or found is None or not names.has_hump(found.name.text):
        return None
    return found._replace(fields={**found.fields, "mo": owner})


def _keep_declared(finds: Finds, piece: Piece, declared: Declared, more: Sequence[Piece]) -> None:
    page, (span, fields, end) = finds.page, declared
    below = page.markdown.find("\n", end, piece.end)
    said = _fields(page, (below + 1 if below >= 0 else piece.end, piece.end), more)
    category, told = _declared_category(piece.role, span.text, fields), {**said, **fields}
    tell(page, category, told)
    finds.add(category, f"{fields['mo'].text}.{span.text}", span, Origin("declaration", STRONG, piece.heading), told)


def _declared_category(role: Role, name: str, fields: Mapping[str, Span]) -> Category:
    data_type = fields["type"].text if "type" in fields else ""
    return Category.COUNTER if role is Role.COUNTERS else category_of(name, data_type)


def _keep(finds: Finds, piece: Piece, lead: re.Match[str], category: Category, fields: dict[str, Span]) -> None:
    page, name = finds.page, lead["name"]
    owner = page.owner(piece)
    if not names.is_measurement(name):
        name = f"{lead['owner']}.{lead['local']}" if lead["owner"] else name
        if not lead["owner"] and "mo" in fields:
            name = f"{fields['mo'].text}.{name}"
        elif owner is not None and not lead["owner"]:
            name, fields = f"{owner.text}.{name}", {**fields, "mo": owner}
    span = page.span(lead.start("name"), lead.end("name"))
    origin = Origin("definition", STRONG, piece.heading)
    if category is Category.PARAMETER and lead["owner"] and not (piece.role in _DEFINING and page.is_ran):
        finds.add_if_class(name, span, origin, fields)
    else:
        finds.add(category, name, span, origin, fields)


def _category(finds: Finds, piece: Piece, lead: re.Match[str], *, classed: bool) -> Category | None:
    """Counter or parameter by name and place; None for a word that only looks like one."""
    local, owner = lead["local"], lead["owner"] or ""
    name = f"{owner}.{local}" if owner and names.has_hump(local) else lead["name"]
    if names.is_measurement(name) or names.is_counter(name):
        return Category.COUNTER
    if not names.is_attribute(local.partition(".")[0]):
        return None
    believed = finds.page.is_ran or finds.page.owner(piece) is not None
    if piece.role is Role.COUNTERS:
        return Category.COUNTER if believed and names.could_be_counter(name) else None
    listed = piece.role in (Role.PARAMETERS, Role.ATTRIBUTES) and names.has_hump(local)
    return Category.PARAMETER if owner or classed or (listed and believed) else None


def _continuation(page: Page, pieces: Sequence[Piece], index: int) -> list[Piece]:
    """The lines that go on with a definition: they follow at once and begin with a label such as `Range:`."""
    more: list[Piece] = []
    end = pieces[index].end
    for piece in pieces[index + 1 : index + 1 + _SAID_BELOW]:
        follows = piece.kind in ("item", "text") and piece.start <= end + 2
        if not (follows and begins_with_label(page.markdown, _unindented(page, piece), piece.end)):
            break
        more.append(piece)
        end = piece.end
    return more


def _unindented(page: Page, piece: Piece) -> int:
    """Where the text of a line begins that is indented below a term."""
    start = piece.body
    while page.markdown.startswith((" ", "\t"), start, piece.end):
        start += 1
    return start


def _fields(page: Page, first: Cell, more: Sequence[Piece]) -> dict[str, Span]:
    fields = facts(page, *first)
    for piece in more:
        for field, span in facts(page, piece.start, piece.end).items():
            if field != "description":
                fields.setdefault(field, span)
    return fields


def _read_event(finds: Finds, piece: Piece) -> bool:
    """An event that a line under an events heading begins with, or the events that a short list of names holds."""
    page = finds.page
    if NOTHING.search(page.markdown[piece.body : piece.end]):
        return True
    lead = _EVENT_LEAD.match(page.markdown, piece.body, piece.end)
    if lead is None or not finds.is_event(lead["name"]):
        return _loose_events(finds, piece)
    declared = _DECLARED.match(page.markdown, _past_mark(page, lead.end()), piece.end)
    told = page.trimmed(declared.end(), piece.end) if declared else None
    fields = {"description": told} if told else {}
    span = page.span(lead.start("name"), lead.end("name"))
    finds.add(Category.EVENT, span.text, span, Origin("event-line", STRONG, piece.heading), fields)
    return True


def _past_mark(page: Page, end: int) -> int:
    while page.markdown[end : end + 1] in ("`", "*"):
        end += 1
    return end


def _loose_events(finds: Finds, piece: Piece) -> bool:
    found = [span for span in words(finds.page, piece.body, piece.end) if finds.is_event(span.text)]
    for span in found:
        finds.add(Category.EVENT, span.text, span, Origin("event-mention", FAIR, piece.heading))
    return bool(found)
