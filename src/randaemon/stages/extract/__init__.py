"""Stage 4: clean Markdown → items of six categories, every one and every field with its span, and chunks.

`Page` is the document in pieces, `rules` find what it names, `merge` makes one item a name, and `model` asks language
models about prose in which the rules left something open. Time is linear in the text: every rule looks at a piece once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Final

import msgspec

from randaemon.model import Category, Clean, Done, Extraction, Outcome, Stage, Task
from randaemon.stages.extract import model
from randaemon.stages.extract.chunk import Estimate, Sizes, Tokenizer, chunks
from randaemon.stages.extract.finds import Finds
from randaemon.stages.extract.linking import linked
from randaemon.stages.extract.merge import merge
from randaemon.stages.extract.page import Page
from randaemon.stages.extract.report import report
from randaemon.stages.extract.rules import find, without_collector
from randaemon.stages.prompting import Dialogue

_ESTIMATE: Final = Estimate()
_SIZES: Final = Sizes()


def run(task: Task, tokenizers: Callable[[str], Tokenizer] | None = None) -> Outcome:
    """Extract from the artifact of `preprocess`; the artifact is an `Extraction` as JSON.

    Options `chunk_target` and `chunk_hard` are sizes in tokens. They are counted by the tokenizer whose file the option
    `tokenizer` names, as `tokenizers` opens it, else estimated; `llm` says that a model is to be asked where the rules
    leave something open; for `models`, `models_away` and `hard` see `prompting.Dialogue`.
    """
    clean = msgspec.json.decode(task.inputs[Stage.PREPROCESS].read_bytes(), type=Clean)
    sizes = Sizes(*(int(str(task.options.get(f"chunk_{name}", size))) for name, size in asdict(_SIZES).items()))
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


def extract(clean: Clean, tokenizer: Tokenizer = _ESTIMATE) -> Extraction:
    """Items and chunks of a clean document. Pure: the same document always gives the same ones in the same order."""
    return _read(clean, tokenizer, _SIZES).extraction


@dataclass(frozen=True, slots=True)
class _Found:
    """What the rules make of a document."""

    page: Page
    finds: Finds
    extraction: Extraction


@without_collector
def _read(clean: Clean, tokenizer: Tokenizer, sizes: Sizes) -> _Found:
    page = Page(clean.markdown, clean.title, wrapped="pages" in clean.meta)
    finds = find(page, clean.marks)
    items = linked(merge(finds.items))
    parts = chunks(page, tokenizer, sizes, clean.blocks)
    return _Found(page, finds, Extraction(items, report(clean, finds, items), parts))


def _with_models(found: _Found, dialogue: Dialogue) -> Extraction:
    """What models add to it, as far as they have answered."""
    told = model.ask(found.page, found.extraction, dialogue, found.finds.is_class)
    if not told.meta:
        return found.extraction
    items = linked(told.items)
    counts = {category.value: sum(item.category is category for item in items) for category in Category}
    return replace(found.extraction, items=items, meta={**found.extraction.meta, **counts, **told.meta})
