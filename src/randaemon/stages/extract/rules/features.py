"""Rules for the features that tables list and that the dependencies of a feature name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from randaemon.model import Category, Span
from randaemon.ran import names
from randaemon.ran.feature import RELATIONSHIPS, TIES, Role, role_of
from randaemon.ran.listing import Kind, Layout
from randaemon.ran.mentions import VENDOR_IDENTITIES
from randaemon.stages.extract.finds import STRONG, WEAK, Finds, Origin
from randaemon.stages.extract.page import LONGEST_HALF, Page, trimmed
from randaemon.stages.extract.pieces import Piece

_DEPENDENCIES = frozenset({Role.DEPENDENCIES})
_IN_BRACKETS = re.compile(r"(?:[ \t(\[,:–-]|<br>){1,12}+\Z")
#: Fields of a feature and the columns that tell them.
_COLUMNS = (
    ("title", "feature_name"), ("identity", "identity"), ("description", "description"),
    ("access_type", "access_type"), ("scope", "scope"), ("node_type", "node_type"), ("package", "package"),
    ("package_identity", "package_identity"), ("licence_key", "licence_key"), ("relationship", "relationship"),
    ("name", "entry"), ("key", "licence"), ("type", "type"),
)  # fmt: skip


def read_feature_rows(finds: Finds, table: Piece, form: Layout, rows: Iterable[Sequence[Span]]) -> None:
    """Find the rows of a dependency table or of a list of features."""
    if form.kind is Kind.FEATURES and "relationship" not in form.columns:
        rows = list(rows)
        form = _as_relations(form, rows)
    read = _dependency if form.kind is Kind.DEPENDENCIES else _listed
    told = [(field, form.columns[column]) for field, column in _COLUMNS if column in form.columns]
    headless = "identity" not in form.columns
    tied = _headed_tie(finds.page, table) if read is _dependency and "relationship" not in form.columns else None
    above: dict[str, Span] = {}
    for row in rows:
        cells = {field: trimmed(row[column]) for field, column in told if column < len(row)}
        if headless:
            cells["identity"] = next((cell for cell in row if _is_identity(cell.text)), None)
        fields = _by_name({field: span for field, span in cells.items() if span is not None})
        if tied is not None:
            fields.setdefault("relationship", tied)
        if above and "identity" not in above and _goes_on(fields):
            above["identity"] = fields["title"]
        else:
            read(finds, table, above)
            above = fields
    read(finds, table, above)


def _headed_tie(page: Page, table: Piece) -> Span | None:
    """`Conflicting` of a table without a column of relationships, below `2.2 Conflicting features`."""
    title = table.heading[-1] if table.heading else ""
    start = page.markdown.rfind(title, 0, table.start) if _RELATIONSHIP.search(title) else -1
    return _last_relationship(page, start, start + len(title)) if start >= 0 else None


def _goes_on(fields: dict[str, Span]) -> bool:
    """True of a line that is the rest of the row above: the identity below its name, and nothing that ties it."""
    title = fields.get("title")
    alone = title is not None and _ALONE.fullmatch(title.text) is not None
    return alone and fields.keys().isdisjoint(("identity", "relationship"))


_ALONE = re.compile(rf"\({names.FAJ.pattern}\)")


def _as_relations(form: Layout, rows: Sequence[Sequence[Span]]) -> Layout:
    """The layout of what looks like a list of features, and has a column that tells how each goes with one feature."""
    if not 0 < len(rows) <= _MOST_RELATIONS:
        return form
    for column in range(max(map(len, rows))):
        told = [_TIED.match(row[column].text) for row in rows if column < len(row)]
        tied = [each for each in told if each is not None]  # a licence is required too
        if 2 * len(tied) > len(told) and any(each["surely"] for each in tied):
            columns = {**form.columns, "relationship": column}
            return Layout(Kind.DEPENDENCIES, columns, form.told)
    return form


_MOST_RELATIONS = 60
_TIED = re.compile(
    r"[`*_]{0,3}(?:(?P<surely>prerequisite|interact(?:s|ing|ion)|related|conflict(?:s|ing)|incompatible|excludes|exclusive"
    r"|mutually exclusive|depend(?:s|ent|ency)|affect(?:s|ed)|complements|enhances)"
    r"|required|requires|mandatory|recommended|needed|needs|supports|none|no relation)\b",
    re.IGNORECASE,
)


def _is_identity(text: str) -> bool:
    """True of a cell that holds an identity and nothing else, whatever its column is headed."""
    return len(text) <= _LONGEST_IDENTITY and names.FAJ.match(text) is not None


_LONGEST_IDENTITY = 24  # characters, with a revision


def _by_name(fields: dict[str, Span]) -> dict[str, Span]:
    """Columns headed `Name` and `Licence` tell title and key only of what has an identity and a key."""
    name, licence = fields.pop("name", None), fields.pop("key", None)
    if name is not None and "identity" in fields:
        fields.setdefault("title", name)
    if licence is not None and names.licence_key(licence.text):
        fields.setdefault("licence_key", licence)
    package = fields.get("package")
    if package is not None and names.FAJ.fullmatch(package.text):
        fields.setdefault("package_identity", fields.pop("package"))
    kind = fields.pop("type", None)
    if kind is not None and kind.text.lower() in RELATIONSHIPS:
        fields.setdefault("relationship", kind)
    return fields


def read_dependency_text(finds: Finds) -> None:
    """Find identities that sentences and list items of the dependencies section name."""
    told = [piece for piece in finds.page.pieces if piece.role in _DEPENDENCIES]
    own = finds.named(Category.FEATURE) if told else set()
    lead: Span | None = None
    for piece in told:
        if piece.kind == "text":
            lead = _last_relationship(finds.page, piece.start, piece.end)
        elif piece.kind == "heading":
            lead = _last_relationship(finds.page, piece.body, piece.end)
            if "FAJ" in piece.heading[-1] and role_of(piece.heading[-1]) is Role.NONE:
                _read_sentences(finds, piece, None, own)
        if piece.kind in ("item", "text"):
            _read_sentences(finds, piece, lead if piece.kind == "item" else None, own)


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
    origin = Origin("dependency-table", STRONG, table.heading)
    finds.add(Category.RELATED_FEATURE, name, named, origin, fields)
    for found in _listed_below(finds.page, identity) if identity is not None else ():
        span = finds.page.span(*found.span())
        finds.add(Category.RELATED_FEATURE, names.identity_of(found), span, origin, {**fields, "identity": span})


def _listed_below(page: Page, identity: Span) -> Iterator[re.Match[str]]:
    """The identities on the lines below one in its cell: of a feature that two kinds of nodes have."""
    end = identity.end
    while below := _NEXT_LINE.match(page.markdown, end):
        end = below.end()
        found = names.FAJ.match(page.markdown, below.end("mark"))
        if found and not names.is_value_package(names.identity_of(found)):
            yield found


_NEXT_LINE = re.compile(rf"[ \t,;/]{{0,3}}+(?:<br>)?(?P<mark>[ \t]?(?:[A-Za-z]{{2,10}}: )?){names.FAJ.pattern}")


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
    told = fields.pop("identity", None)
    return told if told is not None and any(each.fullmatch(told.text) for each in VENDOR_IDENTITIES) else None


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
        if relationship is not None and piece.start <= relationship.end <= start:
            relationship = _verb_before(page, piece, start, found.start()) or relationship
        name = names.identity_of(found)
        below = _BELOW.match(page.markdown, found.end(), piece.end)
        relationship = page.span(*below.span(below.lastgroup or 0)) if below else relationship
        if name not in own and not names.is_value_package(name):
            _mentioned(finds, piece, found, start, relationship or _tie(page, piece, start, found))
        start = found.end()


#: `(FAJ 121 4877)` and below it `Prerequisite. The pattern …`.
_BELOW = re.compile(
    r"(?:\\?\))?[*_`]{0,3}(?:[ \t]{0,2}(?:<br>|\n)[ \t]{0,12}| [–-] |,? \(?(?:relation(?:ship)?|kind|type): ?)[*_]{0,2}"
    r"(?P<tie>(?i:prerequisite|related|conflicting))(?=[*_]{0,2}(?:[.:;,\n]|\Z))"
    r"|(?:\\?\)) (?P<column>Prerequisite|Related|Conflicting)(?= [A-Z])"
)


def _tie(page: Page, piece: Piece, start: int, found: re.Match[str]) -> Span | None:
    """What the verbs of its sentence say, between the feature before and the one behind."""
    before = page.markdown.rfind(". ", start, found.start())
    last = min(piece.end, found.end() + LONGEST_HALF)
    behind = min(_ends(page, found.end(), last), default=last)
    return told_tie(page, piece, before + 2 if before >= 0 else start, found.start(), behind)


def _verb_before(page: Page, piece: Piece, start: int, identity: int) -> Span | None:
    """The verb of a sentence of its own, behind one that told the relationship of the feature before."""
    stop = page.markdown.rfind(". ", start, identity)
    return told_tie(page, piece, stop + 2, identity, identity) if stop >= 0 else None


def _ends(page: Page, start: int, end: int) -> list[int]:
    return [place for stop in (". ", "FAJ ") if (place := page.markdown.find(stop, start, end)) >= 0]


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


def told_tie(page: Page, piece: Piece, start: int, identity: int, end: int) -> Span | None:
    """The verb of a sentence that says how the feature goes with another: the last before its identity, else behind."""
    before = page.said(TIES, piece, start, identity)
    told = before[-1:] or page.said(TIES, piece, identity, end)[:1]
    return page.span(*told[0].span()) if told else None


_RELATIONSHIP = re.compile(rf"\b(?:{'|'.join(sorted(RELATIONSHIPS))})(?=s?\b)", re.IGNORECASE)


def title_before(page: Page, start: int, end: int) -> Span | None:
    """The name before an identity in brackets: `… needs Oil Reservoir (FAJ 121 7414)` → `Oil Reservoir`."""
    opened = page.markdown.endswith(_TITLE_ENDS, start, end)  # most identities of a list stand behind a mere space
    found = _TITLE.search(page.markdown, max(start, end - _TITLE_LONGEST), end) if opened else None
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
_TITLE_ENDS = ("(", "[", ", ", " – ", " - ")
_LEAD_WORD = re.compile(
    r"(?:(?:(?:Switch|Turn) (?:on|off)|Activate|Enable|See|The|With|If|When|For|In|Feature|Features"
    r"|(?:Offers?|Licen[cs]es?|Trials?|Tests?|Results?|Activation|Deactivation|Roll-?out) (?:of|for|with)"
    r"|Requires|Needs|Replaces|Excludes|Supports|Supersedes|Use|Both|Only|This|A|An|Also|And) )+"
)
