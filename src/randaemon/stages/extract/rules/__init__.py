"""The rules: each looks for one way in which documents tell of items, and only ever adds finds.

Which of them found something is of no consequence, nor is the order of RULES. Those that ask what others found come
after them, in `find`.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from randaemon.model import Mark
from randaemon.ran.listing import Kind, Layout
from randaemon.ran.mentions import told_classes
from randaemon.stages.extract.finds import Finds
from randaemon.stages.extract.page import Page
from randaemon.stages.extract.rules.assigned import read_assigned
from randaemon.stages.extract.rules.blocks import read_blocks
from randaemon.stages.extract.rules.cards import read_card_table, read_cards
from randaemon.stages.extract.rules.catalogue import read_catalogue
from randaemon.stages.extract.rules.commands import read_commands
from randaemon.stages.extract.rules.console import read_console, read_fdns
from randaemon.stages.extract.rules.definitions import read_lines
from randaemon.stages.extract.rules.entries import read_entries
from randaemon.stages.extract.rules.features import read_dependency_text
from randaemon.stages.extract.rules.foreign import read_foreign
from randaemon.stages.extract.rules.measurements import read_measurements
from randaemon.stages.extract.rules.mentions import read_mentions
from randaemon.stages.extract.rules.mml import read_mml
from randaemon.stages.extract.rules.mom import read_class_table
from randaemon.stages.extract.rules.moshell import read_sessions
from randaemon.stages.extract.rules.overview import read_overview
from randaemon.stages.extract.rules.procedures import read_procedures
from randaemon.stages.extract.rules.proof import disbelieve
from randaemon.stages.extract.rules.prose import read_prose
from randaemon.stages.extract.rules.qualified import read_qualified_columns
from randaemon.stages.extract.rules.rows import read_rows_of_text
from randaemon.stages.extract.rules.subjects import read_subjects
from randaemon.stages.extract.rules.tables import read_table
from randaemon.stages.extract.rules.tags import read_marks, tagged_values
from randaemon.stages.extract.rules.vendors import read_vendors

Rule = Callable[[Finds], None]
_Asked = ParamSpec("_Asked")
_Told = TypeVar("_Told")


def _tables(finds: Finds) -> None:
    above: Layout | None = None
    for piece in finds.page.pieces:
        if piece.kind == "table":
            above = None if read_card_table(finds, piece) else read_table(finds, piece, above)
            if above is not None and above.kind is Kind.GENERIC:
                read_qualified_columns(finds, piece)
            read_class_table(finds, piece)
        else:
            above = None


def _print_outs(finds: Finds) -> None:
    for piece in finds.page.pieces:
        if piece.kind == "code":
            read_console(finds, piece)
            read_catalogue(finds, piece)


#: The rules that look at the document alone, and of these such as ask which classes the others proved.
RULES: Final[tuple[Rule, ...]] = (
    _tables,
    read_cards,
    read_entries,
    _print_outs,
    read_lines,
    read_rows_of_text,
    read_blocks,
    read_measurements,
    read_procedures,
    read_commands,
    read_mml,
    read_sessions,
    read_fdns,
    read_prose,
    read_assigned,
    read_vendors,
)
_ASKING: Final = frozenset({read_fdns, read_sessions, read_prose})


def without_collector(reading: Callable[_Asked, _Told]) -> Callable[_Asked, _Told]:
    """No search for cycles meanwhile: finds have none, and walking them takes a tenth of the time of 10 MB."""

    @wraps(reading)
    def undisturbed(*args: _Asked.args, **kwargs: _Asked.kwargs) -> _Told:
        searching = gc.isenabled()
        gc.disable()
        try:
            return reading(*args, **kwargs)
        finally:
            if searching:
                gc.enable()

    return undisturbed


@without_collector
def find(page: Page, marks: Sequence[Mark] = (), rules: Sequence[Rule] = RULES) -> Finds:
    """What the rules find, before it is merged. Their order is of no consequence: a test shuffles them."""
    finds = Finds(page, classes=told_classes(page.mo_words), values=tagged_values(page, marks))
    for asking in (False, True):
        finds.learn()
        for rule in rules:
            if (rule in _ASKING) is asking:
                rule(finds)
    read_marks(finds, marks)
    finds.learn()
    finds.settle()
    read_overview(finds)
    read_dependency_text(finds)
    read_subjects(finds)
    finds.learn()
    read_mentions(finds)  # whatever is left: it asks what the others found
    read_foreign(finds)
    disbelieve(finds)
    return finds
