"""The score and twins that were made without looking at its gates: each kind is to be found out all the same."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest
from tests.knowledge import document
from tests.unit.blind_twins import TWINS, said

from randaemon import quality
from randaemon.model import Conversation
from randaemon.stages.converse import MODES, converse, facts

KNOWN = document(0)
SCORER = quality.Scorer(KNOWN.markdown, KNOWN.extraction)


@cache
def samples() -> list[tuple[Conversation, float]]:
    """Every conversation of every mode, with its score."""
    found = (fact for mode in MODES for fact in facts(KNOWN.markdown, KNOWN.extraction, mode))
    return [(each, SCORER.score(each).value) for fact in found for each in converse(fact)]


@pytest.mark.parametrize("kind", TWINS)
def test_a_sample_scores_above_its_twin_in_95_of_100_pairs(kind: str) -> None:
    twins = [(one, true, TWINS[kind](one, KNOWN.extraction)) for one, true in samples()]
    pairs = [(one, true, twin) for one, true, twin in twins if twin is not None]
    unbeaten = [(one.kind, said(twin)) for one, true, twin in pairs if SCORER.score(twin).value >= true]
    assert len(pairs) >= 8
    assert len(unbeaten) <= 0.05 * len(pairs), (Counter(name for name, _ in unbeaten), unbeaten[:3])
