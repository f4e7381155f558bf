"""Rule over columns whose heads say nothing: `DU node | Baseband`, `Knob | Site A | Site B`, `Measured on | Indicator`.

Such columns prove themselves: every cell is a name with its class, and at least one class is known; or every cell of
one is a class, mostly a known one, and every cell of another is a name of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import zip_longest

from randaemon.model import Category, Span
from randaemon.ran import names
from randaemon.ran.feature import Role
from randaemon.ran.listing import field_of
from randaemon.stages.extract.finds import STRONG, Finds, Origin, category_of
from randaemon.stages.extract.page import trimmed
from randaemon.stages.extract.pieces import Piece

_NAME = re.compile(r"(?P<owner>[A-Z][A-Za-z0-9]{1,80}+)(?:\.|::)(?P<local>[a-z][A-Za-z0-9]{1,120}+)\Z")
_LARGEST = 20_000  # characters: lists have heads
_FEWEST = 2
_Column = Sequence[Span | None]


def read_qualified_columns(finds: Finds, table: Piece) -> None:
    """Find the names of the columns of one table that hold nothing else."""
    if not finds.page.is_ran or table.end - table.start > _LARGEST:
        return
    header, *rows = list(finds.page.rows(table)) or [[]]
    if _is_row(header):
        rows = [header, *rows]  # whose heads stayed on the page before
    columns = list(zip_longest(*rows))
    if not any(_begins_with_class(column) for column in columns):
        return  # most tables
    _read_classed(finds, table, header, columns)
    origin = Origin("qualified-column", STRONG, table.heading)
    named = [found for column in columns if len(found := _names(column)) >= _FEWEST]
    known = any(names.is_known_class(owner) for found in named for owner, _, _ in found)
    for owner, local, span in (each for found in named if known for each in found):
        name = f"{owner}.{local}"
        counted = table.role is Role.COUNTERS and names.could_be_counter(name)
        finds.add(Category.COUNTER if counted else category_of(name), name, span, origin)


def _is_row(header: Sequence[Span]) -> bool:
    """True of a class and a name side by side, where the heads of columns should be."""
    named = any(names.is_attribute(cell.text) and names.has_hump(cell.text) for cell in header)
    return named and any(names.is_distinct_class(cell.text) for cell in header)


def _begins_with_class(column: _Column) -> bool:
    """True of a column whose first word may be a class, or a name with its class."""
    first = next((told for cell in column if cell is not None and (told := trimmed(cell))), None)
    if first is None or " " in first.text:
        return False
    return _NAME.match(first.text) is not None or _is_class(first.text)


def _read_classed(finds: Finds, table: Piece, header: Sequence[Span], columns: Sequence[_Column]) -> None:
    """Find the names that stand in a column of their own beside one of classes."""
    owners = next((found for column in columns if (found := _classes(column))), None)
    if owners is None:
        return
    heads = [field_of(cell.text) for cell in header]
    told = [_bare(column) for column, head in zip(columns, heads, strict=False) if head in ("", "entry")]
    named = [found for found in told if found]
    if len(named) != 1:
        return
    counted = 2 * sum(names.is_counter(span.text) for span in named[0]) >= len(named[0])
    origin = Origin("classed-column", STRONG, table.heading)
    for owner, span in zip(owners, named[0], strict=True):
        name = f"{owner.text}.{span.text}"
        counter = counted and names.could_be_counter(name)
        finds.add(Category.COUNTER if counter else category_of(name), name, span, origin, {"mo": owner})


def _classes(column: _Column) -> list[Span]:
    """The cells of a column of classes; none of any other."""
    cells = _full(column)
    known = sum(names.is_distinct_class(cell.text) for cell in cells)
    return cells if 2 * known > len(cells) and all(_is_class(cell.text) for cell in cells) else []


def _is_class(text: str) -> bool:
    return names.is_known_class(text) or (names.is_class(text) and names.has_hump(text))


def _bare(column: _Column) -> list[Span]:
    """The cells of a column of names, each another one; none of any other."""
    cells = _full(column)
    named = all(names.is_attribute(cell.text) and names.has_hump(cell.text) for cell in cells)
    return cells if named and len({cell.text for cell in cells}) == len(cells) else []


def _full(column: _Column) -> list[Span]:
    """The cells of a column without a gap; of any other none."""
    cells = [trimmed(cell) if cell is not None else None for cell in column]
    told = [cell for cell in cells if cell is not None]
    return told if len(told) == len(cells) >= _FEWEST else []


def _names(column: _Column) -> list[tuple[str, str, Span]]:
    """What a column holds, where it is names and nothing else."""
    found: list[tuple[str, str, Span]] = []
    for cell in column:
        told = trimmed(cell) if cell is not None else None
        if told is None:
            continue
        named = _NAME.match(told.text)
        if named is None or not names.is_attribute(named["local"]):
            return []
        found.append((named["owner"], named["local"], told))
    return found
