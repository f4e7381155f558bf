"""Rule for the feature that a document describes: its overview, else an identity in its title or opening."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from randaemon.model import Category, Span
from randaemon.ran import names
from randaemon.ran.feature import OVERVIEW_KEYS, OVERVIEW_PROOF, PROCEDURES, Role, bare_title
from randaemon.ran.listing import column_key
from randaemon.stages.extract.finds import CERTAIN, FAIR, Finds, Origin
from randaemon.stages.extract.page import Page, trimmed
from randaemon.stages.extract.pieces import Piece
from randaemon.stages.extract.rules.features import title_before

_KEY_LINE = re.compile(
    r"(?=[^:]{3,50}:)"  # what most lines have not
    r"[*_`]{0,3}+(?P<key>[A-Za-zÀ-ÿ][A-Za-zÀ-ÿ ]{2,40}?)[*_`]{0,3}+[ \t\u00a0]{0,3}+:"
    r"[*_`]{0,3}+[ \t]{1,3}+(?P<value>\S)"
)
_OUTLINE = frozenset(
    {Role.DEPENDENCIES, Role.PARAMETERS, Role.PERFORMANCE, Role.ACTIVATE, Role.DEACTIVATE, Role.IMPACT}
)
_ACTING = PROCEDURES | {Role.STEPS, Role.PREREQUISITES}
_BEFORE = frozenset({Role.OVERVIEW, Role.NONE})
_WIDEST_OVERVIEW = 4


def read_overview(finds: Finds) -> None:
    """Find the document's own feature: overview rows first, else an identity in its title or opening."""
    page = finds.page
    if _read_several(finds):
        return
    told, at = _overview(page)
    if told.keys() & {"title", "identity"}:
        _own(finds, told, Origin("overview", CERTAIN, at.heading if at else ()))
        return
    _opening(finds)


def _read_several(finds: Finds) -> bool:
    """Find the features of a document that has several overviews, or tells several side by side; False of others."""
    told: dict[str, _Column] = {}
    tables = [piece for piece in finds.page.pieces if piece.kind == "table" and piece.role in _BEFORE]
    if not finds.page.is_ran or (len(tables) == 1 and finds.page.is_narrow(tables[0])):
        return False  # most documents
    for table in tables:
        for name, column in _columns(finds.page, table):
            told.setdefault(name, column)
    if len(told) < 2:
        return False
    for table, rows, place in told.values():
        cells = ((_overview_field(row[0].text), trimmed(row[place])) for row in rows if place < len(row))
        fields = {field: span for field, span in cells if field and span is not None}
        _own(finds, fields, Origin("overview", CERTAIN, table.heading))
    return True


class _Column(NamedTuple):
    """A column of an overview that tells of a feature."""

    table: Piece
    rows: Sequence[Sequence[Span]]
    place: int


def _columns(page: Page, table: Piece) -> Iterator[tuple[str, _Column]]:
    """The columns of an overview by the identity of their feature."""
    rows = list(islice(page.rows(table), _LONGEST_OVERVIEW))
    identities = next((row for row in rows if row and _overview_field(row[0].text) == "identity"), [])
    for place, cell in enumerate(identities):
        found = names.FAJ.match(cell.text)
        if found and not names.is_value_package(names.identity_of(found)):
            yield names.identity_of(found), _Column(table, rows, place)


_LONGEST_OVERVIEW = 40  # rows


def _overview(page: Page) -> tuple[dict[str, Span], Piece | None]:
    """Fields from `key | value` rows and `key: value` lines that stand before the other sections."""
    told: dict[str, Span] = {}
    proof: Piece | None = None
    for piece in page.pieces if page.is_ran else ():
        if piece.role not in _BEFORE:
            continue
        for key, cell in _pairs(page, piece):
            field = _overview_field(key)
            value = trimmed(cell) if field else None
            if value is None:
                continue
            named = _named_in(page, value) if field == "title" else {}
            for each, span in (named or {field: value}).items():
                told.setdefault(each, span)
            if proof is None and (named or column_key(key) in OVERVIEW_PROOF or _is_identity(field, value)):
                proof = piece
    if proof is None:
        return {}, None
    return _with_text(page, told), proof


def _is_identity(field: str, value: Span) -> bool:
    return field == "identity" and names.FAJ.match(value.text) is not None


def _named_in(page: Page, value: Span) -> dict[str, Span]:
    """Name and identity of `Quiet Cells, FAJ 121 4001`; nothing of a value without an identity behind its name."""
    found = names.FAJ.search(page.markdown, value.start, value.end)
    if found is None or names.is_value_package(names.identity_of(found)):
        return {}
    title = title_before(page, value.start, found.start())
    return {"title": title, "identity": page.span(*found.span())} if title is not None else {}


def _pairs(page: Page, piece: Piece) -> Iterator[tuple[str, Span]]:
    if piece.kind == "table":
        for row in page.rows(piece):
            if not 2 <= len(row) <= _WIDEST_OVERVIEW:
                return  # a wide table is no overview: a list may have ten thousand rows
            if _overview_field(row[1].text):
                return  # keys side by side: a header with its row below, which is read as a list
            yield row[0].text, row[1]
    elif piece.kind in ("text", "item"):
        found = _KEY_LINE.match(page.markdown, piece.body, piece.end)
        if found:
            yield found["key"], page.span(found.start("value"), piece.end)


def _overview_field(key: str) -> str:
    return OVERVIEW_KEYS.get(column_key(key), "") if len(key) <= _LONGEST_KEY else ""


_LONGEST_KEY = 40  # characters, with emphasis


def _with_text(page: Page, told: dict[str, Span]) -> dict[str, Span]:
    """Add what the overview says in sentences: its first paragraph; and the licence key wherever it stands."""
    for piece in page.pieces:
        if piece.role is Role.OVERVIEW and piece.kind == "text" and piece.end - piece.start >= 30:
            span = page.trimmed(piece.start, piece.end)
            if span is not None and not _KEY_LINE.match(span.text):
                told.setdefault("description", span)
                break
    package = None if "package_identity" in told else _package(page)
    if package is not None:
        told["package_identity"] = package
    key = _licence_key(page, told)
    if key is not None:
        told["licence_key"] = key
    return told


def _package(page: Page) -> Span | None:
    """The identity of the one value package that a line or sentence tells of."""
    found = list(_PACKAGE.finditer(page.markdown))
    return page.span(*found[0].span("identity")) if len({each["identity"] for each in found}) == 1 else None


_PACKAGE = re.compile(r"alue [Pp]ackage:?(?: [A-Za-z0-9(,|/&+-]{1,40}+){0,8}? \(?(?P<identity>FAJ\s?801\s?\d{4})(?!\d)")


def _licence_key(page: Page, told: dict[str, Span]) -> Span | None:
    """The key in the licensing row, else the one key that the activation names."""
    for field in ("licence_key", "licensing"):
        if field in told:
            found = names.CXC.search(page.markdown, told[field].start, told[field].end)
            if found:
                return page.span(*found.span())
    keys: dict[str, Span] = {}
    for piece in page.pieces:
        if piece.role in _ACTING:
            for found in names.CXC.finditer(page.markdown, piece.start, piece.end):
                keys.setdefault(names.licence_key(found[0]), page.span(*found.span()))
    return next(iter(keys.values())) if len(keys) == 1 else None


def _own(finds: Finds, told: dict[str, Span], origin: Origin) -> None:
    identity = names.FAJ.search(told["identity"].text) if "identity" in told else None
    if identity and "identity" in told:
        start = told["identity"].start
        told["identity"] = finds.page.span(start + identity.start(), start + identity.end())
    _part_package(finds.page, told)
    if not identity and "title" in told and (behind := _behind(finds.page, told["title"].text)):
        told["identity"], identity = behind, names.FAJ.match(behind.text)
    if "title" not in told:
        title = (identity and _named_with(finds.page, told["identity"])) or _first_title(finds.page, told)
        if title is not None:
            told["title"] = title
    if identity and identity.end() < len(identity.string):
        _read_others(finds, told["identity"].end, identity, origin)
    span = told["identity"] if identity else told.get("title") or told["identity"]
    name = names.feature_identity(span.text) or finds.page.printed(span)
    finds.add(Category.FEATURE, name, span, origin, told)


def _behind(page: Page, title: str) -> Span | None:
    """The identity in brackets behind a feature's name, where no row tells it: `**Quiet Cells** (FAJ 121 4001)`."""
    found = re.search(rf"\b{re.escape(title)}[`*_]{{0,3}} \(", page.markdown) if title[:1].isalnum() else None
    told = names.FAJ.match(page.markdown, found.end()) if found else None
    return page.span(*told.span()) if told and not names.is_value_package(names.identity_of(told)) else None


def _part_package(page: Page, told: dict[str, Span]) -> None:
    """`Network Slicing, FAJ 801 4090`: name and identity of a package in one value."""
    package = told.get("package")
    found = names.FAJ.search(page.markdown, package.start, package.end) if package else None
    if package and found and "package_identity" not in told:
        told["package_identity"] = page.span(*found.span())
        name = title_before(page, package.start, found.start())
        told |= {"package": name} if name else {}


def _read_others(finds: Finds, start: int, first: re.Match[str], origin: Origin) -> None:
    """A feature of two technologies has an identity for each: `FAJ 121 4001 (LTE), FAJ 121 4002 (NR)`."""
    end = start + len(first.string) - first.end()
    for found in names.FAJ.finditer(finds.page.markdown, start, end):
        if not names.is_value_package(names.identity_of(found)):
            span = finds.page.span(*found.span())
            finds.add(Category.FEATURE, names.identity_of(found), span, origin, {"identity": span})


def _named_with(page: Page, identity: Span) -> Span | None:
    """The name that stands before the identity in brackets."""
    at = page.piece_at(identity.start)
    return title_before(page, at.start, identity.start) if at is not None else None


def _first_title(page: Page, told: dict[str, Span]) -> Span | None:
    """The document's title: the line above its identity at the very top, else the first heading that is a name."""
    first, identity = page.pieces[0], told.get("identity")
    above = identity is not None and not page.markdown[first.end : identity.start].strip()
    if above and first.kind == "text" and _TITLE_LINE.fullmatch(page.markdown, first.start, first.end):
        return page.trimmed(first.start, first.end)
    for piece in page.pieces:
        untold = piece.kind == "heading" and piece.role is Role.NONE
        if untold and _is_name(page.markdown[piece.body : piece.end].strip()):
            return cleared_title(page, piece.body, piece.end)
    at = page.markdown.find(page.title, 0, _TOP) if _is_name(page.title) else -1
    if at >= 0:
        return cleared_title(page, at, at + len(page.title))
    named = _TITLE_LINE.fullmatch(page.markdown, first.start, first.end) and _is_name(
        page.markdown[first.start : first.end]
    )
    return page.trimmed(first.start, first.end) if first.kind == "text" and named else None


def cleared_title(page: Page, start: int, end: int) -> Span | None:
    """A title without its number and what kind of text it heads: `Feature Description: X`, `1 X Overview`."""
    title = page.markdown[start:end]
    start += max(0, title.find(bare_title(title)))
    kind = _KIND.match(page.markdown, start, end)
    span = page.trimmed(kind.end() if kind else start, end)
    if span is None or not span.text.endswith(_OVERVIEW):
        return span
    return page.span(span.start, span.end - len(_OVERVIEW))


_OVERVIEW = " Overview"
_KIND = re.compile(
    r"(?:Feature(?: Parameter)?|User|Functional|Technical) (?:Description|Guide|Document)(?::| [–-]) ?(?=[A-Z0-9])"
)


def _is_name(title: str) -> bool:
    """Words with capitals, as features are named; one alone only where no number says that it heads a section."""
    bare = bare_title(title)
    words = [word for word in bare.split() if word not in _SMALL]
    if not words or not all(word[0].isupper() or not word[0].isalpha() for word in words):
        return False
    return len(words) > 1 or bare == title.strip().strip("*_`# ")


_SMALL = frozenset({"of", "for", "and", "to", "in", "with", "on", "by", "the", "a", "an", "or", "per", "from", "at"})
_TITLE_LINE = re.compile(r"[A-Z][A-Za-z0-9/+& -]{2,80}")
_TOP = 400  # characters within which a text without headings prints its title


def _opening(finds: Finds) -> None:
    """No overview: a document with a feature's outline is about the first identity that its opening names."""
    page = finds.page
    if len({piece.role for piece in page.pieces} & _OUTLINE) < 2:
        return
    for piece in page.pieces:
        if piece.role not in _BEFORE:
            continue
        found = names.FAJ.search(page.markdown, piece.start, piece.end)
        if found and not names.is_value_package(names.identity_of(found)):
            told = _with_text(page, {"identity": page.span(*found.span())})
            _own(finds, told, Origin("opening", FAIR, piece.heading))
            return
