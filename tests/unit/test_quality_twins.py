"""The score must earn trust: a sample beats its corrupted twins, and the gates refuse nearly all of the worst kinds."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache

import pytest
from tests.knowledge import document

from randaemon import quality
from randaemon.model import Conversation
from randaemon.quality.amounts import numbers
from randaemon.quality.twins import GATED, TWINS, Source, said
from randaemon.stages.converse import MODES, converse, facts

KNOWN = [document(number) for number in range(2)]


@cache
def samples(number: int) -> tuple[Conversation, ...]:
    """Every conversation of every mode."""
    known = KNOWN[number]
    found = (fact for mode in MODES for fact in facts(known.markdown, known.extraction, mode))
    return tuple(each for fact in found for each in converse(fact))


@cache
def scores(number: int) -> tuple[quality.Score, ...]:
    scorer = quality.Scorer(KNOWN[number].markdown, KNOWN[number].extraction)
    return tuple(map(scorer.score, samples(number)))


def source(number: int) -> Source:
    other = KNOWN[(number + 1) % len(KNOWN)]
    told = facts(other.markdown, other.extraction)
    strangers = [fact.answer for fact in told if fact.kind in ("fact", "dependency", "command_read", "procedure")]
    return Source(KNOWN[number].markdown, KNOWN[number].extraction, strangers)


@cache
def verdicts(kind: str) -> list[tuple[Conversation, float, Conversation, quality.Score]]:
    found = []
    for number, known in enumerate(KNOWN):
        scorer, other = quality.Scorer(known.markdown, known.extraction), source(number)
        for one, score in zip(samples(number), scores(number), strict=True):
            twin = TWINS[kind](one, other)
            if twin is not None:
                found.append((one, score.value, twin, scorer.score(twin)))
    return found


@pytest.mark.parametrize("kind", TWINS)
def test_a_sample_scores_above_its_corrupted_twin_in_95_of_100_pairs(kind: str) -> None:
    found = verdicts(kind)
    beaten = [true > twin.value for _, true, _, twin in found]
    assert len(found) >= 4
    assert sum(beaten) >= 0.95 * len(beaten)


@pytest.mark.parametrize("kind", GATED)
def test_gates_refuse_nine_of_ten_twins_of_the_first_five_kinds(kind: str) -> None:
    found = verdicts(kind)
    refused = [not twin.accepted for *_, twin in found]
    by_kind = Counter(one.kind for one, *_, twin in found if twin.accepted)
    assert sum(refused) >= 0.9 * len(refused), (
        by_kind,
        [said(twin) for _, _, twin, score in found if score.accepted][:5],
    )


@pytest.mark.parametrize("kind", ["evidence_copied", "answer_empty"])
def test_copies_of_the_evidence_and_empty_answers_never_pass(kind: str) -> None:
    assert [said(twin) for _, _, twin, score in verdicts(kind) if score.accepted] == []


def test_there_are_over_a_thousand_pairs() -> None:
    assert sum(len(verdicts(kind)) for kind in TWINS) > 1000


def test_every_true_sample_of_the_fictional_documents_is_accepted() -> None:
    gates = defaultdict(list)
    for number in range(len(KNOWN)):
        for one, score in zip(samples(number), scores(number), strict=True):
            gates[score.gate].append((said(one), score.reason))
    assert list(gates) == [""], {gate: found[:3] for gate, found in gates.items() if gate}


def test_twins_cover_numbers_in_prose_not_only_in_names() -> None:
    assert any(numbers(said(one)) for one, *_ in verdicts("number_changed"))
