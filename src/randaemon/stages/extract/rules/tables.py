"""Rules over pipe tables: lists of the library and tables of feature documents, one grounded record a row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice

from randaemon.model import Category, Span
from randaemon.ran import names
from randaemon.ran.feature import RELATIONS, Role, titled_class, titled_struct
from randaemon.ran.listing import Kind, Layout, by_cells, by_section, layout
from randaemon.stages.extract.finds import CERTAIN, STRONG, Finds, Origin, category_of
from randaemon.stages.extract.page import Page, trimmed
from randaemon.stages.extract.pieces import Piece
from randaemon.stages.extract.rules.cells import ONLY_NAMES, ONLY_OWNED, QUALIFIED, WITH_REMARK
from randaemon.stages.extract.rules.divided import divided
from randaemon.stages.extract.rules.features import read_feature_rows
from randaemon.stages.extract.rules.formulas import read_formulas
from randaemon.stages.extract.rules.leads import owner_above
from randaemon.stages.extract.rules.mining import facts
from randaemon.stages.extract.rules.mom import declaration, tells_kind
from randaemon.stages.extract.rules.owning import WORD, column_owners
from randaemon.stages.extract.rules.terse import tell
from randaemon.stages.extract.rules.typed import typed
from randaemon.stages.extract.rules.wrapped import put_together, unwrapped

#: `Class.attr`, `Class::pmX`, `Class_pmX` or a bare lower-case name, wherever a cell or a line begins to speak of one;
#: behind it may stand the mark of a footnote, `maxTilt(1)`.
NAME = re.compile(
    rf"(?<![A-Za-z0-9_.])(?:{names.OWNER})?"
    r"(?P<local>[a-z][A-Za-z0-9]{1,120}+(?:\.[a-z][A-Za-z0-9]{0,80}+){0,4}+)(?![A-Za-z0-9]|_(?!(?:bin)?\d{1,3}(?![A-Za-z0-9_]))|\((?!\d{1,2}\)))"
)
_UNDER = re.compile(r"\s{1,3}+(?:under|of|in)(?:\s{1,3}+the)?\s{1,3}+(?P<owner>[A-Z][A-Za-z0-9]{1,80}+)(?: MO)?\b")
_SEE_MOM = re.compile(r"see (?:the )?mom(?: description)?\.?\Z", re.IGNORECASE)

#: Asked for in every table or row: looked up in its class, a member of an enumeration takes as long as a short match.
_GENERIC, _PARAMETERS, _COUNTERS, _PARAMETER = Kind.GENERIC, Kind.PARAMETERS, Kind.COUNTERS, Category.PARAMETER


def read_table(finds: Finds, table: Piece, above: Layout | None = None) -> Layout | None:
    """Find the items of one table by the kind that its header tells, or by the layout of the one it goes on with."""
    rows = finds.page.rows(table)
    header = next(rows, None)
    if header is None:
        return None
    form, rows = _headed(header, rows)
    if form.kind is Kind.FEATURES and table.role is Role.DEPENDENCIES:
        form = by_section(form, table.role)
    if form.kind is _GENERIC:
        above = above if above is not None else by_cells(_texts(header), table.role)
        if above is not None and _goes_on(header, above):
            form, rows = above, chain([header], rows)
        else:
            form = by_section(form, Role.ATTRIBUTES if _heads_class(finds.page, table) else table.role)
    read_rows(finds, table, form, rows)
    return form


def _headed(header: Sequence[Span], rows: Iterator[list[Span]]) -> tuple[Layout, Iterator[list[Span]]]:
    """What the header tells, and the rows below it; of two header rows the first names groups of columns."""
    form = layout(_texts(header))
    second = next(rows, None) if form.kind is _GENERIC and _is_grouping(header) else None
    if second is None:
        return form, rows
    below = layout(_texts(second))
    return (form, chain([second], rows)) if below.kind is _GENERIC else (below, rows)


def _texts(row: Sequence[Span]) -> list[str]:
    return [cell.text for cell in row]


def _heads_class(page: Page, table: Piece) -> bool:
    """True below the name of a class, as parameter references are divided, and of the members of a struct."""
    if table.role is not Role.NONE or not table.heading:
        return False
    title = table.heading[-1]
    members = title.lower() in _MEMBERS or titled_struct(title) != ""
    return titled_class(title) != "" or (members and page.owner(table) is not None)


_MEMBERS = frozenset({"members", "struct members"})


def _is_grouping(header: Sequence[Span]) -> bool:
    """True where a head spans several columns: it is repeated, or the cells beside it are empty."""
    return len({cell.text for cell in header} - {""}) < len(header)


def _goes_on(header: Sequence[Span], above: Layout) -> bool:
    """True of a table cut in two by a page break: what stands in the column of the names is a name, not a head."""
    column = above.columns["name"] if above.kind is not _GENERIC else len(header)
    text = header[column].text if column < len(header) else ""
    found, event = NAME.match(text), names.is_event(text.partition("<br>")[0])
    identity = any(names.FAJ.search(cell.text) for cell in header)
    return event or identity or (found is not None and bool(found["owner"] or names.has_hump(found["local"])))


def read_rows(finds: Finds, table: Piece, form: Layout, rows: Iterable[Sequence[Span]]) -> None:
    """Find the items of rows whose layout is known, as spans of their cells."""
    match form.kind:
        case Kind.PARAMETERS:
            _parameters(finds, table, form, _classed(form, rows))
        case Kind.COUNTERS:
            _counters(finds, table, form, _classed(form, rows))
        case Kind.EVENTS:
            _events(finds, table, form, rows)
        case Kind.DEPENDENCIES | Kind.FEATURES:
            read_feature_rows(finds, table, form, rows)
        case Kind.KPIS:
            read_formulas(finds, table, rows)
        case _:
            return  # holds none of the six categories


def _classed(form: Layout, rows: Iterable[Sequence[Span]]) -> Iterable[Sequence[Span]]:
    """The rows of a list whose class is printed once: an empty cell before the name means the one above."""
    column = form.columns.get("mo", form.columns["name"])
    return _filled(column, rows) if _is_owned(form) and column < form.columns["name"] else rows


def _filled(column: int, rows: Iterable[Sequence[Span]]) -> Iterator[Sequence[Span]]:
    above: Span | None = None
    for row in rows:
        told = row[column] if column < len(row) else None
        if told is None or told.text or above is None:
            above = told if told is not None and told.text else above
            yield row
        elif not any(cell.text for cell in row):
            above = None  # an empty row ends what belongs together
        else:
            yield [*row[:column], above, *row[column + 1 :]]


def _fields(finds: Finds, form: Layout, row: Sequence[Span]) -> dict[str, Span]:
    """The fields of a row: its cells, and what its description states beyond them."""
    fields: dict[str, Span] = {}
    width = len(row)
    for field, column in form.told:
        span = trimmed(row[column]) if column < width else None
        if span is not None:
            fields[field] = span
    ranged = form.columns.get("ranged")
    if ranged is not None and ranged < width:
        _ranged(finds, fields, row[ranged])
    labelled = form.columns.get("told")
    if labelled is not None and labelled < width and ":" in row[labelled].text:
        said = facts(finds.page, row[labelled].start, row[labelled].end)
        fields |= {field: span for field, span in said.items() if field not in ("description", *fields)}
    kind = fields.get("type")
    if kind is not None and kind.text.lower() in RELATIONS:
        fields["relation"] = fields.pop("type")
    elif kind is not None and ("=" in kind.text or "{" in kind.text):
        fields.update(typed(finds.page, kind.start, kind.end)[0])
    _told(finds, fields, form.columns.get("description"), row)
    if form.kind is _PARAMETERS:
        tell(finds.page, _PARAMETER, fields)
    return fields


def _ranged(finds: Finds, fields: dict[str, Span], cell: Span) -> None:
    """`1..6 [2]`: range and default in one cell."""
    found = _RANGED.match(cell.text)
    for field in ("range", "default") if found else ():
        start, end = found.span(field) if found else (0, 0)
        fields.setdefault(field, finds.page.span(cell.start + start, cell.start + end))


_RANGED = re.compile(r"(?P<range>[^\[(\n]{1,80}?) ?[\[(](?P<default>[^\])\n]{1,40})[\])]\Z")


def _told(finds: Finds, fields: dict[str, Span], column: int | None, row: Sequence[Span]) -> None:
    if column is None or column >= len(row):
        return
    for field, span in facts(finds.page, row[column].start, row[column].end).items():
        if field == "description" and _SEE_MOM.match(span.text):
            continue
        if field not in fields or tells_kind(field, span, fields[field]):
            fields[field] = span


def _parameters(finds: Finds, table: Piece, form: Layout, rows: Iterable[Sequence[Span]]) -> None:
    owned, owner = _is_owned(form), _owner(finds, form, table)
    origin = _origin("parameter", owned, table)
    posted = "required" in form.columns  # what a request to some service may hold
    trusted = owned or owner is not None or (finds.page.is_ran and not posted)
    relation = _relation_above(finds, table)
    for whose, row in divided(finds.page, form, owner, rows):
        for name, span, fields in _named(finds, form, row, whose):
            if relation is not None:
                fields.setdefault("relation", relation)
            category = _parameter_or_counter(name, fields)
            if trusted or whose is not None or category is Category.COUNTER or _VENDOR_QUALIFIED.match(name):
                finds.add(category, name, span, origin, fields)
            else:
                finds.add_if_class(name, span, origin, fields)


def _owner(finds: Finds, form: Layout, table: Piece) -> Span | None:
    """The class of the rows of a table without a column of classes: of its page, or of the line above it."""
    owner = finds.page.owner(table)
    return owner if owner is not None or "mo" in form.columns else owner_above(finds.page, table)


def _relation_above(finds: Finds, table: Piece) -> Span | None:
    """`Introduced` of a table that stands under `3.1 Introduced Parameters`."""
    title = table.heading[-1] if table.heading else ""
    word = _relation_in(title)
    start = finds.page.markdown.rfind(title, 0, table.start) if word else -1
    if start < 0:
        return None
    start += title.index(word)
    return finds.page.span(start, start + len(word))


@lru_cache(maxsize=1024)
def _relation_in(title: str) -> str:
    return next((word for word in title.split() if word.lower() in RELATIONS), "")


def _is_owned(form: Layout) -> bool:
    """True of a list with a column of MO classes; objects and classes may be those of any program."""
    return "mo" in form.columns and form.columns.get("object") != form.columns["mo"]


def _origin(what: str, owned: bool, table: Piece) -> Origin:
    """A list names the class of every row in a column of its own."""
    return Origin(f"{what}-list" if owned else f"{what}-table", CERTAIN if owned else STRONG, table.heading)


def _parameter_or_counter(name: str, fields: Mapping[str, Span]) -> Category:
    if not names.is_counter(name) or "default" in fields:  # what steps by itself has none
        return _PARAMETER
    data_type = fields["type"].text if "type" in fields else ""
    if not data_type and "description" in fields and _BOOLEAN.search(fields["description"].text):
        data_type = "boolean"
    return category_of(name, data_type)


_BOOLEAN = re.compile(r"[Bbt](?<!\w.)(?:(?<=[Bb])oolean|(?<=t)rue or false)\b")


def _counters(finds: Finds, table: Piece, form: Layout, rows: Iterable[Sequence[Span]]) -> None:
    """A list with a class column, or a table under a counters heading, may hold counters without `pm`."""
    owned, owner = _is_owned(form), _owner(finds, form, table)
    believed = finds.page.is_ran or owner is not None
    listed = owned or (table.role is Role.COUNTERS and believed)
    origin = _origin("counter", owned, table)
    for whose, row in divided(finds.page, form, owner, rows):
        for name, span, fields in _named(finds, form, row, whose):
            sure = names.is_counter(name) or names.is_measurement(name) or names.is_numbered_counter(name)
            sure = sure or ("counter_id" in form.columns and names.is_radio_measurement(name))
            if sure or (listed and names.could_be_counter(name)):
                finds.add(Category.COUNTER, name, span, origin, fields)


def _events(finds: Finds, table: Piece, form: Layout, rows: Iterable[Sequence[Span]]) -> None:
    origin = Origin("event-table", STRONG, table.heading)
    sure, maybe = 0, []  # one name that can only be an event proves the column
    for row in rows:
        cell = _name_cell(form, row)
        if cell is None:
            continue
        fields = _event_fields(finds, form, row)
        for name, span in _event_words(finds, cell):
            if names.is_prose_event(name) or (finds.page.is_ran and names.is_event(name)):
                finds.add(Category.EVENT, name, span, origin, fields)
                sure += 1
            elif names.is_event(name) or names.could_be_event(name):
                maybe.append((name, span, fields))
    for name, span, fields in maybe if sure else ():
        finds.add(Category.EVENT, name, span, origin, fields)


def _event_fields(finds: Finds, form: Layout, row: Sequence[Span]) -> dict[str, Span]:
    fields = _fields(finds, form, row)
    column = form.columns.get("event_parameter")
    told = trimmed(row[column]) if column is not None and column < len(row) else None
    return {**fields, "parameters": told} if told else fields


def _event_words(finds: Finds, cell: Span) -> Iterator[tuple[str, Span]]:
    text, places = unwrapped(finds.page, cell)
    for found in WORD.finditer(text):
        yield found[0], finds.page.span(places[found.start()], places[found.end() - 1] + 1)


def _name_cell(form: Layout, row: Sequence[Span]) -> Span | None:
    """The cell of the name; a counter whose id is a mere number is known by its name."""
    column = form.columns["name"]
    cell = trimmed(row[column]) if column < len(row) else None
    if cell is not None and cell.text.isdigit() and "counter_id" in form.columns:
        named = form.columns.get("counter_name", form.columns.get("entry", column))
        return trimmed(row[named]) if named < len(row) else None
    return cell


#: `NRDUCellUlIntfShape.ShapePeriod`, as the ids of another vendor's parameters.
_VENDOR_QUALIFIED = re.compile(r"[A-Z][A-Za-z0-9]{2,40}\.[A-Z][A-Za-z0-9]{2,60}\Z")


def _named(
    finds: Finds, form: Layout, row: Sequence[Span], page_owner: Span | None
) -> Iterator[tuple[str, Span, dict[str, Span]]]:
    """The names of a row with their spans and fields; the class comes from the name, a column or the page."""
    cell = _name_cell(form, row)
    if cell is None:
        return
    fields = _fields(finds, form, row)
    identified = form.columns.get("parameter_id")
    if identified is not None and identified < len(row) and _VENDOR_QUALIFIED.match(row[identified].text):
        yield row[identified].text, row[identified], fields
        return
    if _is_measured(form, cell.text):
        yield cell.text, cell, fields
        return
    if "mo" in fields and names.is_vendor_class(fields["mo"].text):
        yield from _vendor_parameter(fields["mo"].text, cell, fields)
        return
    if page_owner is not None:
        fields.setdefault("mo", page_owner)
    found, declared = _names_of(finds, cell)
    fields = {**declared, **fields} if declared else fields
    columns = column_owners(finds, fields)
    for owner, local, span in found:
        for whose, told in [(owner, None)] if owner or not columns else columns:
            yield (f"{whose}.{local}" if whose else local), span, _without_other(fields, owner, told)


def _is_measured(form: Layout, text: str) -> bool:
    """True of a 3GPP measurement, and of a vendor's in a column of counters: their dots part no class from a name."""
    if "." not in text:
        return form.kind is _COUNTERS and names.is_numbered_counter(text)
    return names.is_measurement(text) or (form.kind is _COUNTERS and names.is_vendor_measurement(text))


def _vendor_parameter(owner: str, cell: Span, fields: dict[str, Span]) -> Iterator[tuple[str, Span, dict[str, Span]]]:
    """`LONGDRXCYCLE` beside its class `CELLDRXPARA`: the column holds ids alone, anything else is prose."""
    if names.is_vendor_parameter(cell.text) or names.is_attribute(cell.text):
        yield f"{owner}.{cell.text}", cell, fields


def _names_of(finds: Finds, cell: Span) -> tuple[Iterable[tuple[str, str, Span]], dict[str, Span]]:
    """The names of a cell as `_names_in` tells them, and what a declaration says of its one name besides."""
    plain = _PLAIN.match(cell.text)
    if plain:  # most cells: no further question
        return ([(plain[1] or "", plain[2], cell)] if names.is_attribute(plain[2]) else []), {}
    whole = _PLAIN.match(put_together(finds.page, cell)) if "<br>" in cell.text else None
    if whole:
        return [(whole[1] or "", whole[2], cell)], {}
    several = "<br>" in cell.text and all(names.has_hump(each) for each in cell.text.split("<br>"))
    several = several and ONLY_NAMES.match(cell.text) is not None and "<br>readOnly" not in cell.text
    declared = None if several else declaration(finds.page, (cell.start, cell.end))
    if declared is None:
        return _names_in(finds, cell), {}
    return [("", declared.name.text, declared.name)], declared.fields


_PLAIN = re.compile(r"(?:([A-Z][A-Za-z0-9]{1,80}+)\. ?)?([a-z][A-Za-z0-9]{1,120})\Z")


def _without_other(fields: dict[str, Span], owner: str, told: Span | None) -> dict[str, Span]:
    """The class printed elsewhere is not the class of a name that carries its own; of several it is the one `told`."""
    printed = fields.get("mo")
    if printed is None or printed.text == owner or told is printed or "struct" in fields:
        return fields
    others = {field: span for field, span in fields.items() if field != "mo"}
    return {**others, "mo": told} if told else others


def _names_in(finds: Finds, cell: Span) -> Iterator[tuple[str, str, Span]]:
    """(MO class or "", local name, span) of the names in a cell; bare words only where nothing else stands."""
    if ". " in cell.text and ONLY_OWNED.match(cell.text):
        parts = QUALIFIED.finditer(finds.page.markdown, cell.start, cell.end)
        yield from ((part[1], part[2], finds.page.span(*part.span())) for part in parts)
        return
    text, places = unwrapped(finds.page, cell)
    one = WITH_REMARK.match(text) is not None
    bare = one or ONLY_NAMES.match(text) is not None
    for found in islice(NAME.finditer(text), 1 if one else None):
        if text.startswith("_", found.end()) and not names.is_counter(found["local"]):
            continue
        under = _under(finds, text, found.end())
        owner = found["owner"] or (under["owner"] if under else "")
        if _is_name(found["local"], owner, bare or under is not None):
            yield owner, found["local"], finds.page.span(places[found.start()], places[found.end() - 1] + 1)


def _under(finds: Finds, text: str, end: int) -> re.Match[str] | None:
    """`pMax of the NRCellDU MO`; the symbols of `number of OFDM` belong to no class."""
    under = _UNDER.match(text, end)
    return under if under and (names.has_hump(under["owner"]) or finds.is_class(under["owner"])) else None


def _is_name(local: str, owner: str, bare: bool) -> bool:
    return local != "br" and names.is_attribute(local.partition(".")[0]) and bool(owner or bare)
