"""Stage 4: clean Markdown → items of six categories, every one and every field with its span.

Rules alone, in the order tables, definitions, features, procedures, print-outs, commands, tags, running text; each
only adds finds, `merge` makes one item a name. Time is linear in the text: every rule looks at a piece once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import msgspec

from randaemon.model import Category, Clean, Done, Extraction, Item, Mark, Meta, Stage, Task
from randaemon.ran import names
from randaemon.ran.listing import Layout
from randaemon.stages.extract.commands import read_commands
from randaemon.stages.extract.console import read_console
from randaemon.stages.extract.definitions import read_lines
from randaemon.stages.extract.features import read_dependency_text, read_features
from randaemon.stages.extract.finds import Finds
from randaemon.stages.extract.mentions import read_marks, read_mentions
from randaemon.stages.extract.merge import merge
from randaemon.stages.extract.mom import read_class_table
from randaemon.stages.extract.page import Page
from randaemon.stages.extract.procedures import read_procedures
from randaemon.stages.extract.prose import read_prose
from randaemon.stages.extract.tables import read_table

_OPENING = 4000  # characters within which a document without tags prints its number


def run(task: Task) -> Done:
    """Extract from the artifact of `preprocess`; the artifact is an `Extraction` as JSON."""
    clean = msgspec.json.decode(task.inputs[Stage.PREPROCESS].read_bytes(), type=Clean)
    extraction = extract(clean)
    counts = {f"items_{category.value}": len(extraction.of(category)) for category in Category}
    return Done(artifact=msgspec.json.encode(extraction), meta=counts)


def extract(clean: Clean) -> Extraction:
    """The items of a clean document. Pure: the same document always gives the same items in the same order."""
    page = Page(clean.markdown, clean.title, wrapped="pages" in clean.meta)
    items = _linked(merge(_find(page, clean.marks)))
    return Extraction(items=items, meta=_meta(clean, items))


def _find(page: Page, marks: Sequence[Mark]) -> list[Item]:
    finds = Finds(page, classes=names.told_classes(page.markdown))
    above: Layout | None = None
    for piece in page.pieces:
        if piece.kind == "table":
            above = read_table(finds, piece, above)
            read_class_table(finds, piece)
        elif piece.kind == "code":
            read_console(finds, piece)
        above = above if piece.kind == "table" else None
    read_lines(finds, page.pieces)
    read_features(finds)
    read_dependency_text(finds, page.pieces)
    read_procedures(finds, page.pieces)
    read_commands(finds)
    read_prose(finds)
    read_marks(finds, marks)
    read_mentions(finds)
    return finds.items


def _linked(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Tie every item to the feature its document describes (when it is one) and to its MO class."""
    own = [item.name for item in items if item.category is Category.FEATURE]
    feature = tuple(own) if len(own) == 1 else ()
    return tuple(replace(item, related=_ties(item, feature)) for item in items)


def _ties(item: Item, feature: tuple[str, ...]) -> tuple[str, ...]:
    owner = names.split_name(item.name)[0] if item.category in (Category.PARAMETER, Category.COUNTER) else ""
    ties = feature if item.category is not Category.FEATURE else ()
    return tuple(dict.fromkeys((*item.related, *ties, *((owner,) if owner else ()))))


def _meta(clean: Clean, items: tuple[Item, ...]) -> Meta:
    """Counts by category and the report on the literal `pm` rules, which real names break both ways."""
    found = {category: [item.name for item in items if item.category is category] for category in Category}
    parameters, counters = names.literal_rule_breaks(found[Category.PARAMETER], found[Category.COUNTER])
    return {
        "title": clean.title,
        "document_number": clean.meta.get("document_number") or names.document_number(clean.markdown[:_OPENING]),
        **{category.value: len(found[category]) for category in Category},
        "parameters_containing_pm": len(parameters),
        "counters_without_pm": len(counters),
        "literal_rule_examples": ", ".join([*parameters, *counters][:10]),
    }
