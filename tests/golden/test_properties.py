"""What holds for every document: the annotated ones, the fictional library and the shared corpus."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from tests.golden.documents import NAMES, delivered, document

from randaemon.demo.files import library
from randaemon.demo.pages import feature_page
from randaemon.errors import RandaemonError
from randaemon.model import Category, Clean
from randaemon.ran import cmedit
from randaemon.ran.mo import MoModel
from randaemon.stages.extract import extract
from randaemon.stages.extract.merge import merge
from randaemon.stages.extract.page import Page
from randaemon.stages.extract.rules import RULES, find

SHARED = Path(__file__).resolve().parents[3] / "shared" / "corpus"


@cache
def everything() -> dict[str, Clean]:
    return {name: document(name) for name in NAMES} | dict(_library()) | dict(_corpus())


def _library() -> Iterator[tuple[str, Clean]]:
    for feature in library(count=8).described:
        yield feature.title, delivered(feature_page(feature).encode())


def _corpus() -> Iterator[tuple[str, Clean]]:
    for path in sorted(SHARED.glob("*/*")) if SHARED.exists() else ():
        if path.parent.name in ("gold", "zip"):
            continue
        try:
            yield path.name, delivered(path.read_bytes())
        except RandaemonError:
            continue  # refused by an earlier stage: nothing comes here


def test_every_span_of_every_document_is_its_slice() -> None:
    for name, clean in everything().items():
        for item in extract(clean).items:
            for span in (item.span, *item.fields.values()):
                assert clean.markdown[span.start : span.end] == span.text, (name, item.name)


def test_parameters_and_counters_never_intersect() -> None:
    for name, clean in everything().items():
        found = extract(clean)
        parameters, counters = (
            {item.name for item in found.of(each)} for each in (Category.PARAMETER, Category.COUNTER)
        )
        assert not parameters & counters, name


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_rules_and_finds_changes_nothing(seed: int) -> None:
    for name, clean in everything().items():
        page = Page(clean.markdown, clean.title, wrapped="pages" in clean.meta)
        rules = random.Random(seed).sample(RULES, len(RULES))
        finds = find(page, clean.marks, rules)
        shuffled = random.Random(seed).sample(finds.items, len(finds.items))
        assert merge(shuffled) == merge(find(page, clean.marks).items), name


def test_every_item_stands_in_one_chunk() -> None:
    for name, clean in everything().items():
        found = extract(clean)
        for item in found.items:
            around = [c for c in found.chunks if c.start <= item.span.start and item.span.end <= c.end]
            assert len(around) == 1, (name, item.name)


def test_no_generated_command_of_any_document_sets_a_counter_or_an_unknown_attribute() -> None:
    model, items, commands = MoModel(), [], 0
    for clean in everything().values():
        found = extract(clean).items
        model, items = model.add(found), [*items, *found]
    for item in items:
        for generated in (*cmedit.commands_for(item), *cmedit.change_for(item)):
            commands += 1
            text = generated.text
            assert cmedit.check(text, model) == [], (item.name, text)
            assert cmedit.render(cmedit.parse(text)) == text
    assert commands > 200
