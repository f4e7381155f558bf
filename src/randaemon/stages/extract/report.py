"""What is told about a document beside its items: counts, the literal `pm` rules, headings, what was refused."""

from __future__ import annotations

from collections.abc import Sequence

from randaemon.model import Category, Clean, Item, Meta
from randaemon.ran import names
from randaemon.ran.imprint import house_number
from randaemon.stages.extract.finds import Finds

_EXAMPLES = 10


def report(clean: Clean, finds: Finds, items: Sequence[Item]) -> Meta:
    """The `meta` of an extraction."""
    found: dict[Category, list[str]] = {category: [] for category in Category}
    for item in items:
        found[item.category].append(item.name)
    parameters, counters = names.literal_rule_breaks(found[Category.PARAMETER], found[Category.COUNTER])
    sections, silent = _sections(finds, items)
    refused = [f"{each.text} ({each.reason})" for each in finds.refusals]
    return {
        "title": clean.title,
        "document_number": clean.meta.get("document_number")
        or finds.page.document_number
        or house_number(finds.page.opening),
        **{category.value: len(named) for category, named in found.items()},
        "parameters_containing_pm": len(parameters),
        "counters_without_pm": len(counters),
        "literal_rule_examples": ", ".join([*parameters, *counters][:_EXAMPLES]),
        "sections": sections,
        "sections_without_items": len(silent),
        "silent_sections": "; ".join(silent[:_EXAMPLES]),
        "refused": len(refused),
        "refused_examples": "; ".join(refused[:_EXAMPLES]),
    }


def _sections(finds: Finds, items: Sequence[Item]) -> tuple[int, list[str]]:
    """How many headings have text of their own, and which of those hold no item, no mention of one and no step."""
    page = finds.page
    told = dict.fromkeys(piece.heading for piece in page.pieces if piece.kind != "heading" and piece.heading)
    speaking = {item.heading for item in finds.items}
    steps = [span.start for item in items if item.category is Category.PROCEDURE for span in item.fields.values()]
    speaking.update(piece.heading for start in (*steps, *finds.again) if (piece := page.piece_at(start)))
    return len(told), [heading[-1] for heading in told if heading not in speaking]
