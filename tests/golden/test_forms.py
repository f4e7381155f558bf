"""The same fictional feature in five forms gives the same items."""

from __future__ import annotations

from functools import cache
from itertools import combinations

import pytest
from tests.golden import forms
from tests.golden.documents import SOURCES, delivered

from randaemon.model import Extraction
from randaemon.stages.extract import extract

FORMS = (forms.tagged_html, forms.plain_html, forms.markdown, forms.docx, forms.pdf)
WRITTEN = ("quartz_handover", "cedar_energy", "alder_uplink", "lte_feature")


@cache
def found(name: str) -> dict[str, Extraction]:
    source = SOURCES[name].read_text(encoding="utf-8")
    return {form.__name__: extract(delivered(form(source))) for form in FORMS}


def agreement(ours: set[tuple[str, ...]], theirs: set[tuple[str, ...]]) -> float:
    return 2 * len(ours & theirs) / (len(ours) + len(theirs))


@pytest.mark.parametrize("name", WRITTEN)
def test_each_pair_of_forms_agrees_on_the_items(name: str) -> None:
    items = {form: {(item.category.value, item.name) for item in each.items} for form, each in found(name).items()}
    low = {pair: agreement(*(items[form] for form in pair)) for pair in combinations(items, 2)}
    assert {pair: value for pair, value in low.items() if value < 0.97} == {}


@pytest.mark.parametrize("name", WRITTEN)
def test_each_pair_of_forms_agrees_on_nearly_all_that_is_said_of_the_items(name: str) -> None:
    """Looser than on the items: a printed page breaks words inside cells, and a nested list is not one everywhere."""
    facts = {
        form: {
            (item.name, key, " ".join(span.text.replace("<br>", " ").replace("`", "").split()))
            for item in each.items
            for key, span in item.fields.items()
        }
        for form, each in found(name).items()
    }
    low = {pair: agreement(*(facts[form] for form in pair)) for pair in combinations(facts, 2)}
    assert {pair: value for pair, value in low.items() if value < 0.9} == {}
