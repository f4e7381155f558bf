"""Rules for the feature a document describes and for the features it depends on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from randaemon.model import Category, Span
from randaemon.ran import names
from randaemon.ran.feature import OVERVIEW_KEYS, OVERVIEW_PROOF, PROCEDURES, RELATIONSHIPS, Role, bare_title
from randaemon.ran.listing import Kind, Layout, column_key
from randaemon.stages.extract.finds import CERTAIN, FAIR, STRONG, WEAK, Finds, Origin
from randaemon.stages.extract.page import Page, trimmed
from randaemon.stages.extract.pieces import Piece

_KEY_LINE = re.compile(
    r"[*_`]{0,3}+(?P<key>[A-Za-z][A-Za-z ]{2,40}?)[*_`]{0,3}+[ \t]{0,3}+:[*_`]{0,3}+[ \t]{1,3}+(?P<value>\S)"
)
_OUTLINE = frozenset(
    {Role.DEPENDENCIES, Role.PARAMETERS, Role.PERFORMANCE, Role.ACTIVATE, Role.DEACTIVATE, Role.IMPACT}
)
_ACTING = PROCEDURES | {Role.STEPS, Role.PREREQUISITES}
_BEFORE = frozenset({Role.OVERVIEW, Role.NONE})
_DEPENDENCIES = frozenset({Role.DEPENDENCIES})
_IN_BRACKETS = re.compile(r"(?:[ \t(\[,:–-]|<br>){1,12}+\Z")
_WIDEST_OVERVIEW = 4
#: Fields of a feature and the columns that tell them.
_COLUMNS = (
    ("title", "feature_name"), ("identity", "identity"), ("description", "description"),
    ("access_type", "access_type"), ("scope", "scope"), ("node_type", "node_type"), ("package", "package"),
    ("package_identity", "package_identity"), ("licence_key", "licence_key"), ("relationship", "relationship"),
    ("name", "entry"), ("key", "licence"), ("type", "type"),
)  # fmt: skip


def read_features(finds: Finds) -> None:
    """Find the document's own feature: overview rows first, else an identity in its title or opening."""
    page = finds.page
    if _read_several(finds):
        return
    told, at = _overview(page)
    if told.keys() & {"title", "identity"}:
        _own(finds, told, Origin("overview", CERTAIN, at.heading if at else ()))
        return
    _opening(finds)


def read_feature_rows(finds: Finds, table: Piece, form: Layout, rows: Iterable[Sequence[Span]]) -> None:
    """Find the rows of a dependency table or of a list of features."""
    read = _dependency if form.kind is Kind.DEPENDENCIES else _listed
    told = [(field, form.columns[column]) for field, column in _COLUMNS if column in form.columns]
    for row in rows:
        fields = {field: trimmed(row[column]) for field, column in told if column < len(row)}
        read(finds, table, _by_name({field: span for field, span in fields.items() if span is not None}))


def _by_name(fields: dict[str, Span]) -> dict[str, Span]:
    """Columns headed `Name` and `Licence` tell title and key only of what has an identity and a key."""
    name, licence = fields.pop("name", None), fields.pop("key", None)
    if name is not None and "identity" in fields:
        fields.setdefault("title", name)
    if licence is not None and names.licence_key(licence.text):
        fields.setdefault("licence_key", licence)
    kind = fields.pop("type", None)
    if kind is not None and kind.text.lower() in RELATIONSHIPS:
        fields.setdefault("relationship", kind)
    return fields


def read_dependency_text(finds: Finds) -> None:
    """Find identities that sentences and list items of the dependencies section name."""
    told = [piece for piece in finds.page.pieces if piece.role in _DEPENDENCIES]
    own = {item.name for item in finds.items if item.category is Category.FEATURE} if told else set()
    lead: Span | None = None
    for piece in told:
        if piece.kind == "text":
            lead = _last_relationship(finds.page, piece.start, piece.end)
        elif piece.kind == "heading":
            lead = _last_relationship(finds.page, piece.body, piece.end)
        if piece.kind in ("item", "text"):
            _read_sentences(finds, piece, lead if piece.kind == "item" else None, own)


# --- The document's own feature -----------------------------------------------------------------------------------


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
            told.setdefault(field, value)
            proof = proof or (piece if column_key(key) in OVERVIEW_PROOF else None)
    if proof is None:
        return {}, None
    return _with_text(page, told), proof


def _read_several(finds: Finds) -> bool:
    """Find the features of a document that has several overviews, or tells several side by side; False of others."""
    told: dict[str, tuple[Piece, dict[str, Span]]] = {}
    for piece in finds.page.pieces if finds.page.is_ran else ():
        if piece.kind == "table" and piece.role in _BEFORE:
            for fields in _columns(finds.page, piece):
                told.setdefault(names.feature_identity(fields["identity"].text) or "", (piece, fields))
    if len(told) < 2:
        return False
    for piece, fields in told.values():
        _own(finds, fields, Origin("overview", CERTAIN, piece.heading))
    return True


def _columns(page: Page, table: Piece) -> Iterator[dict[str, Span]]:
    """What each column of an overview says of its feature."""
    rows = list(islice(page.rows(table), _LONGEST_OVERVIEW))
    identities = next((row for row in rows if row and _overview_field(row[0].text) == "identity"), [])
    for place, cell in enumerate(identities):
        found = names.FAJ.match(cell.text)
        if found and not names.is_value_package(names.identity_of(found)):
            cells = ((_overview_field(row[0].text), trimmed(row[place])) for row in rows if place < len(row))
            yield {field: span for field, span in cells if field and span is not None}


_LONGEST_OVERVIEW = 40  # rows


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
    key = _licence_key(page, told)
    if key is not None:
        told["licence_key"] = key
    return told


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
    if "title" not in told:
        title = (identity and _named_with(finds.page, told["identity"])) or _first_title(finds.page, told)
        if title is not None:
            told["title"] = title
    span = told["identity"] if identity else told.get("title") or told["identity"]
    name = names.feature_identity(span.text) or finds.page.printed(span)
    finds.add(Category.FEATURE, name, span, origin, told)


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
        if piece.kind == "heading" and piece.role is Role.NONE:
            title = page.markdown[piece.body : piece.end].strip()
            skip = len(title) - len(bare_title(title))
            if _is_name(title):
                return page.trimmed(piece.body + skip, piece.end)
    at = page.markdown.find(page.title, 0, _TOP) if _is_name(page.title) else -1
    if at >= 0:
        return page.span(at, at + len(page.title))
    named = _TITLE_LINE.fullmatch(page.markdown, first.start, first.end) and _is_name(
        page.markdown[first.start : first.end]
    )
    return page.trimmed(first.start, first.end) if first.kind == "text" and named else None


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


# --- Other features -----------------------------------------------------------------------------------------------


def _dependency(finds: Finds, table: Piece, fields: dict[str, Span]) -> None:
    title = fields.get("title")
    identity = _identity(finds, fields)
    if identity is not None:
        fields["identity"] = identity
    if title is not None:
        _shorten_title(finds, fields, title)
    named = fields.get("identity") or fields.get("title")
    if named is None or (identity is None and not _is_relationship(fields)):
        return
    name = names.feature_identity(named.text) or finds.page.printed(named)
    finds.add(Category.RELATED_FEATURE, name, named, Origin("dependency-table", STRONG, table.heading), fields)


def _is_relationship(fields: dict[str, Span]) -> bool:
    told = fields.get("relationship")
    return told is not None and told.text.lower().partition(" ")[0].strip(".,") in RELATIONSHIPS


def _identity(finds: Finds, fields: dict[str, Span]) -> Span | None:
    """The identity from its own column, else from the brackets after the feature's name."""
    for field in ("identity", "title"):
        if field in fields:
            found = names.FAJ.search(finds.page.markdown, fields[field].start, fields[field].end)
            if found:
                return finds.page.span(*found.span())
    fields.pop("identity", None)
    return None


def _shorten_title(finds: Finds, fields: dict[str, Span], title: Span) -> None:
    """`Flex Sleep (FAJ 121 4219)` → `Flex Sleep`."""
    found = names.FAJ.search(title.text)
    if found is None:
        return
    lead = _IN_BRACKETS.sub("", title.text[: found.start()])
    span = finds.page.trimmed(title.start, title.start + len(lead))
    if span is None:
        del fields["title"]
    else:
        fields["title"] = span


def _listed(finds: Finds, table: Piece, fields: dict[str, Span]) -> None:
    identity = _identity(finds, fields)
    if identity is not None:
        fields["identity"] = identity
    named = identity or fields.get("licence_key") or fields.get("title")
    if named is None or not finds.page.is_ran:
        return
    if "title" not in fields and "description" in fields:
        fields["title"] = fields.pop("description")  # a list of keys calls the feature's name its description
    name = names.feature_identity(named.text) or names.licence_key(named.text) or finds.page.printed(named)
    finds.add(Category.FEATURE, name, named, Origin("feature-list", STRONG, table.heading), fields)


def _read_sentences(finds: Finds, piece: Piece, lead: Span | None, own: set[str]) -> None:
    page, start = finds.page, piece.body
    relationship = lead
    for found in names.FAJ.finditer(page.markdown, start, piece.end):
        relationship = _last_relationship(page, start, found.start()) or relationship
        name = names.identity_of(found)
        if name not in own and not names.is_value_package(name):
            _mentioned(finds, piece, found, start, relationship)
        start = found.end()


def _mentioned(finds: Finds, piece: Piece, found: re.Match[str], start: int, relationship: Span | None) -> None:
    span = finds.page.span(*found.span())
    fields = {"identity": span}
    title = title_before(finds.page, start, found.start())
    if title is not None:
        fields["title"] = title
    if relationship is not None:
        fields["relationship"] = relationship
    name = names.identity_of(found)
    finds.add(Category.RELATED_FEATURE, name, span, Origin("dependency-text", WEAK, piece.heading), fields)


def _last_relationship(page: Page, start: int, end: int) -> Span | None:
    found = list(_RELATIONSHIP.finditer(page.markdown, start, end))
    return page.span(*found[-1].span()) if found else None


_RELATIONSHIP = re.compile(rf"\b(?:{'|'.join(sorted(RELATIONSHIPS))})(?=s?\b)", re.IGNORECASE)


def title_before(page: Page, start: int, end: int) -> Span | None:
    """The name before an identity in brackets: `… needs Oil Reservoir (FAJ 121 7414)` → `Oil Reservoir`."""
    found = _TITLE.search(page.markdown, max(start, end - _TITLE_LONGEST), end)
    if found is None:
        return None
    lead = _LEAD_WORD.match(page.markdown, found.start("title"), found.end("title"))
    return page.trimmed(lead.end() if lead else found.start("title"), found.end("title"))


_TITLE_LONGEST = 100
_WORD = r"[A-Z0-9][A-Za-z0-9/+&-]{0,40}"
_TITLE = re.compile(
    rf"(?<![A-Za-z0-9/+&-])(?P<title>{_WORD}(?: (?:(?:of|for|and|to|in|with|on|by) )?{_WORD}){{0,9}})"
    r"(?: ?[(\[]|, | [–-] )\Z"
)
_LEAD_WORD = re.compile(r"(?:(?:See|The|With|If|When|For|In|Feature|Features|Use|Both|Only|This|A|An|Also|And) )+")
