"""How answers are scored, and what the gate makes of it."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from randaemon.training.evaluate import Difference, carries, compare, recall, recall_change, score
from randaemon.training.gate import verdict
from randaemon.training.spec import Measures, NoOp, Question, RowLoss, Scored

CHANGED = NoOp(weight_change=0.1, logit_change=2.0)
FAMILIES = 12


@pytest.mark.parametrize(
    ("answer", "value", "found"),
    [
        ("It is 15 dB by default.", "15", True),
        ("It is 15.", "15", True),
        ("It is 150 dB.", "15", False),
        ("It is 0.15 dB.", "15", False),
        ("It is 15.5 dB.", "15", False),
        ("It is -15 dB.", "15", False),
        ("From -20 to 15.", "-20", True),
        ("The range is 0-15.", "15", True),
        ("Set EUtranCellFDD.pMax to 7", "pMax", False),
        ("Set EUtranCellFDD.pMax to 7", "EUtranCellFDD.pMax", True),
        ("run `cmedit  get *\n NRCellDU.x`", "cmedit get * NRCellDU.x", True),
        ("anything", "", False),
    ],
)
def test_a_field_is_found_only_as_a_whole_value(answer: str, value: str, found: bool) -> None:
    assert carries(answer, value) is found


def test_a_question_scores_the_share_of_its_fields_and_without_fields_the_whole_answer() -> None:
    question = Question("f", "a", ({"role": "user", "content": "?"},), {"value": "15", "unit": "dB"}, "It is 15 dB.")
    assert score("15 ms", question) == 0.5
    assert score("It is 15 dB.", question) == 1.0
    plain = replace(question, expected={})
    assert score("It is  15 dB.", plain) == 1.0
    assert score("It is 15.", plain) == 0.0


def test_repeating_what_the_question_says_earns_nothing() -> None:
    prompt = ({"role": "user", "content": "What is the default of A.b?"},)
    question = Question("f", "a", prompt, {"identifier": "A.b", "value": "15"}, "The default of A.b is 15.")
    assert score("The default of A.b is 16.", question) == 0.0
    assert score("It is 15.", question) == 1.0


def test_a_clear_gain_is_promoted_with_its_evidence() -> None:
    decision = verdict(_measures(0.0, 5.0), None, _measures(0.9, 1.0), CHANGED)
    assert decision.promote
    assert "0.000 → 0.900" in decision.reasons[0]
    assert decision.evidence["recall"] == pytest.approx(0.9)


def test_no_gain_is_refused() -> None:
    same = _measures(0.5, 1.0)
    assert not verdict(same, None, same, CHANGED).promote


def test_a_gain_over_the_base_that_is_none_over_the_current_model_is_refused() -> None:
    decision = verdict(_measures(0.0, 5.0), _measures(0.9, 1.0), _measures(0.9, 1.0), CHANGED)
    assert not decision.promote
    assert all("current" in reason for reason in decision.reasons)


def test_a_held_out_loss_that_rises_beyond_its_interval_is_refused() -> None:
    decision = verdict(_measures(0.0, 1.0), None, _measures(0.9, 2.0), CHANGED)
    assert not decision.promote
    assert "held-out loss" in decision.reasons[0]


@pytest.mark.parametrize("no_op", [NoOp(0.0, 0.0), NoOp(0.1, 0.0), NoOp(0.0, 0.1)])
def test_an_adapter_that_changes_nothing_is_refused(no_op: NoOp) -> None:
    decision = verdict(_measures(0.0, 5.0), None, _measures(0.9, 1.0), no_op)
    assert not decision.promote
    assert "no-op" in decision.reasons[0]


def test_a_missing_baseline_or_evaluation_set_is_refused() -> None:
    good, nothing = _measures(0.9, 1.0), Measures((), (), ())
    assert not verdict(None, None, good, CHANGED).promote
    assert not verdict(nothing, None, good, CHANGED).promote
    assert not verdict(_measures(0.0, 5.0), nothing, good, CHANGED).promote
    assert not verdict(_measures(0.0, 5.0), None, nothing, CHANGED).promote


def test_families_that_move_together_widen_the_interval() -> None:
    independent = [Difference(str(number), str(number), float(number % 2)) for number in range(200)]
    together = [Difference(str(number // 50), str(number), float(number // 50 % 2)) for number in range(200)]
    assert compare(together).floor > 3 * compare(independent).floor


def test_a_single_family_does_not_make_the_noise_vanish() -> None:
    assert compare([Difference("one", str(number), float(number % 2)) for number in range(50)]).floor > 0.05


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=30))
def test_the_interval_holds_the_change_and_comes_out_the_same_again(values: list[float]) -> None:
    pairs = [Difference(str(number % 4), str(number), value) for number, value in enumerate(values)]
    comparison = compare(pairs)
    assert comparison == compare(reversed(pairs))
    assert comparison.low - 1e-9 <= comparison.change <= comparison.high + 1e-9


def test_an_adapter_that_is_no_better_is_rarely_promoted_and_one_that_is_nearly_always() -> None:
    generator = random.Random(11)
    chances = [_simulated(generator, gain=0.0) for _ in range(60)]
    assert sum(chances) <= 6  # 2.5 % expected; 10 % would be far outside
    assert sum(_simulated(generator, gain=0.4) for _ in range(20)) >= 19


def test_recall_change_pairs_by_fact_and_ignores_questions_only_one_was_asked() -> None:
    before, after = _measures(0.0, 1.0), _measures(1.0, 1.0)
    fewer = replace(after, recall=after.recall[: FAMILIES // 2])
    assert recall_change(before, fewer).pairs == FAMILIES // 2
    assert recall(fewer) == 1.0


def _measures(recall_score: float, loss: float) -> Measures:
    scored = tuple(Scored(str(number), str(number), recall_score) for number in range(FAMILIES))
    return Measures(scored, scored, tuple(RowLoss(str(number), str(number), loss) for number in range(FAMILIES)))


def _simulated(generator: random.Random, gain: float) -> bool:
    """One verdict on 20 families of 4 questions that are answered right by chance."""

    def sit(chance: float) -> Measures:
        asked = tuple(
            Scored(f"{family}-{number}", str(family), float(generator.random() < chance))
            for family in range(20)
            for number in range(4)
        )
        return Measures(asked, asked, tuple(RowLoss(one.fact, one.family, 1.0) for one in asked))

    return verdict(sit(0.4), None, sit(0.4 + gain), CHANGED).promote
