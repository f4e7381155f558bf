"""Stage 4: clean Markdown → items of six categories, every one and every field with its span, and chunks.

Rules first: tables, definitions, procedures, print-outs, commands, sentences and tags, then the features and whatever
running text names. Each only adds finds, `merge` makes one item a name. Time is linear in the text: every rule looks
at a piece once.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import wraps
from typing import Final, ParamSpec, TypeVar

import msgspec

from randaemon.model import Category, Clean, Done, Extraction, Item, Mark, Outcome, Stage, Task
from randaemon.ran import names
from randaemon.ran.listing import Layout
from randaemon.stages.extract import model
from randaemon.stages.extract.cards import read_card_table, read_cards
from randaemon.stages.extract.catalogue import read_catalogue
from randaemon.stages.extract.chunk import Estimate, Sizes, Tokenizer, chunks
from randaemon.stages.extract.commands import read_commands
from randaemon.stages.extract.console import read_console, read_fdns
from randaemon.stages.extract.definitions import read_lines
from randaemon.stages.extract.features import read_dependency_text, read_features
from randaemon.stages.extract.finds import Finds
from randaemon.stages.extract.mentions import read_marks, read_mentions, tagged_values
from randaemon.stages.extract.merge import merge
from randaemon.stages.extract.mml import read_mml
from randaemon.stages.extract.mom import read_class_table
from randaemon.stages.extract.moshell import read_sessions
from randaemon.stages.extract.page import Page
from randaemon.stages.extract.procedures import read_procedures
from randaemon.stages.extract.prose import read_prose
from randaemon.stages.extract.report import report
from randaemon.stages.extract.subjects import read_subjects
from randaemon.stages.extract.tables import read_table
from randaemon.stages.prompting import Dialogue

Rule = Callable[[Finds], None]
_Asked = ParamSpec("_Asked")
_Told = TypeVar("_Told")

_ESTIMATE: Final = Estimate()
_SIZES: Final = Sizes()


def _tables(finds: Finds) -> None:
    above: Layout | None = None
    for piece in finds.page.pieces:
        if piece.kind == "table":
            above = None if read_card_table(finds, piece) else read_table(finds, piece, above)
            read_class_table(finds, piece)
        else:
            above = None


def _print_outs(finds: Finds) -> None:
    for piece in finds.page.pieces:
        if piece.kind == "code":
            read_console(finds, piece)
            read_catalogue(finds, piece)
    read_fdns(finds)


def _lines(finds: Finds) -> None:
    read_lines(finds, finds.page.pieces)


def _procedures(finds: Finds) -> None:
    read_procedures(finds, finds.page.pieces)


#: The rules that look at the document alone.
RULES: Final[tuple[Rule, ...]] = (
    _tables,
    read_cards,
    _print_outs,
    _lines,
    _procedures,
    read_commands,
    read_mml,
    read_sessions,
    read_prose,
)


def run(task: Task, tokenizers: Callable[[str], Tokenizer] | None = None) -> Outcome:
    """Extract from the artifact of `preprocess`; the artifact is an `Extraction` as JSON.

    Options `chunk_target` and `chunk_hard` are sizes in tokens. They are counted by the tokenizer whose file the option
    `tokenizer` names, as `tokenizers` opens it, else estimated; `llm` says that a model is to be asked where the rules
    leave something open; for `models`, `models_away` and `hard` see `prompting.Dialogue`.
    """
    clean = msgspec.json.decode(task.inputs[Stage.PREPROCESS].read_bytes(), type=Clean)
    sizes = Sizes(*(int(str(task.options.get(f"chunk_{name}", size))) for name, size in asdict(Sizes()).items()))
    named = str(task.options.get("tokenizer", ""))
    found = _read(clean, tokenizers(named) if tokenizers and named else _ESTIMATE, sizes)
    dialogue = Dialogue.of(task)
    extraction = _with_models(found, dialogue) if task.options.get("llm") else found.extraction
    if (asks := dialogue.asks()) is not None:
        return asks
    counts = {f"items_{category.value}": len(extraction.of(category)) for category in Category}
    meta = {
        **counts,
        "chunks": len(extraction.chunks),
        **dialogue.told("extract", task.meta),
        **dialogue.mark(task.meta),
    }
    return Done(artifact=msgspec.json.encode(extraction), meta=meta)


def _without_collector(reading: Callable[_Asked, _Told]) -> Callable[_Asked, _Told]:
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


def extract(clean: Clean, tokenizer: Tokenizer = _ESTIMATE, sizes: Sizes = _SIZES) -> Extraction:
    """Items and chunks of a clean document. Pure: the same document always gives the same ones in the same order."""
    return _read(clean, tokenizer, sizes).extraction


@dataclass(frozen=True, slots=True)
class _Found:
    """What the rules make of a document."""

    page: Page
    finds: Finds
    extraction: Extraction


@_without_collector
def _read(clean: Clean, tokenizer: Tokenizer, sizes: Sizes) -> _Found:
    page = Page(clean.markdown, clean.title, wrapped="pages" in clean.meta)
    finds = find(page, clean.marks)
    items = _linked(merge(finds.items))
    parts = chunks(page, tokenizer, sizes, clean.blocks)
    return _Found(page, finds, Extraction(items, report(clean, finds, items), parts))


def _with_models(found: _Found, dialogue: Dialogue) -> Extraction:
    """What models add to it, as far as they have answered."""
    told = model.ask(found.page, found.extraction, dialogue, found.finds.is_class)
    if not told.meta:
        return found.extraction
    items = _linked(told.items)
    counts = {category.value: sum(item.category is category for item in items) for category in Category}
    return replace(found.extraction, items=items, meta={**found.extraction.meta, **counts, **told.meta})


@_without_collector
def find(page: Page, marks: Sequence[Mark] = (), rules: Sequence[Rule] = RULES) -> Finds:
    """What the rules find, before it is merged. Their order is of no consequence: a test shuffles them."""
    finds = Finds(page, classes=names.told_classes(page.markdown), values=tagged_values(page, marks))
    for rule in rules:
        rule(finds)
    read_marks(finds, marks)
    finds.settle()
    read_features(finds)
    read_dependency_text(finds, page.pieces)
    read_subjects(finds)
    read_mentions(finds)  # whatever is left: it asks what the others found
    return finds


def _linked(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Tie every item to the feature its document describes (when it is one) and to its MO class."""
    own = [item.name for item in items if item.category is _FEATURE]
    feature = tuple(own) if len(own) == 1 else ()
    return tuple(_tied(item, feature) for item in items)


def _tied(item: Item, feature: tuple[str, ...]) -> Item:
    """The item with its ties; made field by field, since `replace` takes as long as three rules."""
    category = item.category
    owner = names.split_name(item.name)[0] if category in _OWNED else ""
    ties = (*feature, owner) if owner else feature if category is not _FEATURE else ()
    if not ties:
        return item
    related = tuple(dict.fromkeys((*item.related, *ties)))
    place = (item.span, item.heading, item.source, item.rule, item.confidence)
    return Item(category, item.name, *place, item.fields, related)


_OWNED = frozenset({Category.PARAMETER, Category.COUNTER})
_FEATURE = Category.FEATURE
