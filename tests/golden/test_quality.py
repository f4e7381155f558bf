"""The quality of what is said about the annotated documents: coverage of the true items times the mean score."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from statistics import mean

import pytest
from tests.golden.documents import NAMES, annotation, document, extraction

from randaemon import quality
from randaemon.model import Category
from randaemon.stages import finalize
from randaemon.stages.converse import MODES, converse, facts

LEAST = 0.742  # of the best mode: quality.md, 3
CLEAR = 0.015  # between one mode and the next


def wanted(name: str) -> set[tuple[str, str]]:
    told = annotation(name)
    return {(key.value, item) for key in Category for item in set(told[key.value]) - set(told["optional"].get(key, ()))}


@cache
def document_quality(name: str, mode: str) -> float:
    """Coverage of the annotated items times the mean score; one wording of each fact, for speed."""
    clean, found, same = document(name), extraction(name), annotation(name)["same"]
    said = [converse(fact, mode=mode)[0] for fact in facts(clean.markdown, found, mode)]
    accepted = [each for each in finalize.candidates("0" * 64, clean, found, said, 0.5) if each.score.accepted]
    taught = {(key, same.get(item, item)) for each in accepted for key, item in quality.taught(each.conversation)}
    share = len(wanted(name) & taught) / len(wanted(name))
    return share * mean(each.score.value for each in accepted) if accepted else 0.0


def test_each_mode_is_clearly_better_than_the_one_before_on_annotated_documents() -> None:
    names = [name for name in NAMES if wanted(name)]
    found = [mean(document_quality(name, mode) for name in names) for mode in MODES]
    assert all(after - before > CLEAR for before, after in pairwise(found)), found
    assert found[-1] >= LEAST


@pytest.mark.parametrize("name", ["alder_uplink", "quartz_handover"])
def test_ten_rebuilds_give_the_same_quality(name: str) -> None:
    assert len({document_quality.__wrapped__(name, "hybrid") for _ in range(10)}) == 1
