"""Rule over columns of `Class.name` whose heads say nothing: `DU node | Baseband`, `Knob | Site A | Site B`.

Such a column proves itself: every cell of it is a name with its class, and at least one class is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from randaemon.model import Category, Span
from randaemon.ran import names
from randaemon.ran.feature import Role
from randaemon.stages.extract.finds import STRONG, Finds, Origin, category_of
from randaemon.stages.extract.page import trimmed
from randaemon.stages.extract.pieces import Piece

_NAME = re.compile(r"(?P<owner>[A-Z][A-Za-z0-9]{1,80}+)(?:\.|::)(?P<local>[a-z][A-Za-z0-9]{1,120}+)\Z")
_LARGEST = 20_000  # characters: lists have heads
_FEWEST = 2


def read_qualified_columns(finds: Finds, table: Piece) -> None:
    """Find the names of the columns of one table that hold nothing else."""
    if not finds.page.is_ran or table.end - table.start > _LARGEST:
        return
    origin = Origin("qualified-column", STRONG, table.heading)
    columns = list(_columns(list(finds.page.rows(table))[1:]))
    known = any(names.is_known_class(owner) for column in columns for owner, _, _ in column)
    for owner, local, span in (each for column in columns if known for each in column):
        name = f"{owner}.{local}"
        counted = table.role is Role.COUNTERS and names.could_be_counter(name)
        finds.add(Category.COUNTER if counted else category_of(name), name, span, origin)


def _columns(rows: Sequence[Sequence[Span]]) -> Iterator[list[tuple[str, str, Span]]]:
    """The names of each column that has only such, with their classes."""
    for column in zip_longest(*rows):
        found = _names(column)
        if len(found) >= _FEWEST:
            yield found


def _names(column: Sequence[Span | None]) -> list[tuple[str, str, Span]]:
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
