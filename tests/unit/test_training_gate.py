"""How answers are scored, and what the gate makes of it."""

from __future__ import annotations

import math
import os
import random
import sys
from dataclasses import replace
from statistics import fmean
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from randaemon.training.evaluate import Difference, change, compare, perplexity
from randaemon.training.gate import verdict
from randaemon.training.scoring import carries, commanded, declined, recalled, remembered
from randaemon.training.spec import Measures, NoOp, Question, RowLoss, Scored

QUESTION = Question("f", "a", ({"role": "user", "content": "?"},), {}, "")
CHANGED = NoOp(weight_change=0.1, logit_change=2.0)
FAMILIES = 12
SEED = int(os.environ.get("RANDAEMON_TEST_SEED", "11"))
GATES = int(os.environ.get("RANDAEMON_TEST_GATES", "24"))


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
    assert recalled("15 ms", question) == 0.5
    assert recalled("It is 15 dB.", question) == 1.0
    plain = replace(question, expected={})
    assert recalled("It is  15 dB.", plain) == 1.0
    assert recalled("It is 15.", plain) == 0.0


def test_repeating_what_the_question_says_earns_nothing() -> None:
    prompt = ({"role": "user", "content": "What is the default of A.b?"},)
    question = Question("f", "a", prompt, {"identifier": "A.b", "value": "15"}, "The default of A.b is 15.")
    assert recalled("The default of A.b is 16.", question) == 0.0
    assert recalled("It is 15.", question) == 1.0


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
    """`scripts/torture gate` simulates 2,000 pairs: then the upper end of the 95 % interval has to be below 5 %."""
    generator = random.Random(SEED)
    shapes = [(3, 20), (6, 12), (20, 4), (40, 2)]
    false = [_simulated(generator, *shapes[n % len(shapes)], gain=0.0)[0] for n in range(GATES)]
    floors = [_simulated(generator, *shape, gain=0.0)[1] for shape in shapes for _ in range(3)]
    gains = [min(3 * fmean(floors[n * 3 : n * 3 + 3]), 0.85) for n in range(len(shapes))]
    true = [_simulated(generator, *shapes[n % 4], gain=gains[n % 4])[0] for n in range(max(GATES // 4, 8))]
    sys.stdout.write(
        f"\n{sum(false)} of {GATES} without a gain are promoted, {sum(true)} of {len(true)} with three noise floors\n"
    )
    assert _upper(sum(false), GATES) <= (0.05 if GATES >= 1000 else 0.25)
    assert fmean(true) >= (0.9 if GATES >= 1000 else 0.8)


def test_a_change_pairs_by_fact_and_ignores_questions_only_one_was_asked() -> None:
    before, after = _measures(0.0, 1.0).recall, _measures(1.0, 1.0).recall
    assert change(before, after[: FAMILIES // 2]).pairs == FAMILIES // 2
    assert change(before, after).change == 1.0


@pytest.mark.parametrize("part", ["refusal", "forgetting"])
def test_what_the_model_could_do_must_not_be_lost(part: str) -> None:
    before, after = _measures(0.0, 5.0), _measures(0.9, 1.0)
    able = tuple(Scored(str(number), "general", 1.0) for number in range(20))
    before = replace(before, **{part: able})
    one_lost = (replace(able[0], score=0.0), *able[1:])
    two_lost = (replace(able[0], score=0.0), replace(able[1], score=0.0), *able[2:])
    assert verdict(before, None, replace(after, **{part: one_lost}), CHANGED).promote  # 0.05 is allowed
    decision = verdict(before, None, replace(after, **{part: two_lost}), CHANGED)
    assert not decision.promote
    assert decision.reasons[0].startswith(f"{part} against the base model fell by 0.100 over 20 questions")


@pytest.mark.parametrize(
    ("answer", "score"),
    [
        ("The documentation describes pMax, but it does not state the unit.", 1.0),
        ("The document doesn't say.", 1.0),
        ("This is not documented.", 1.0),
        ("There is no information about the unit of pMax.", 1.0),
        ("I do not know.", 1.0),
        ("The unit of pMax is dBm.", 0.0),
        ("The unit is given in dB and must not exceed 5.", 0.0),
    ],
)
def test_an_answer_declines_or_makes_something_up(answer: str, score: float) -> None:
    assert declined(answer, QUESTION) == score


def test_general_knowledge_is_right_in_any_case_and_spelling() -> None:
    question = replace(QUESTION, expected={"value": "seven|7"})
    assert remembered("A week has Seven days.", question) == 1.0
    assert remembered("7", question) == 1.0
    assert remembered("A week has 17 days.", question) == 0.0


def test_a_command_answer_scores_its_well_formed_commands() -> None:
    assert commanded("Run:\n\ncmedit get * EUtranCellFDD.pMax -t", QUESTION) == 1.0
    assert commanded("Run `cmedit get * EUtranCellFDD.pMax` and\n\ncmedit set EUtranCellFDD.pMax", QUESTION) == 0.5
    assert commanded("cmedit set * EUtranCellFDD pmRrcConnEstabAtt=1", QUESTION) == 0.0
    assert commanded("Ask your administrator.", QUESTION) == 0.0


def test_perplexity_weighs_rows_by_their_tokens() -> None:
    rows = (RowLoss("a", "f", 0.0, tokens=1, token_loss=0.0), RowLoss("b", "f", 0.0, tokens=3, token_loss=math.log(2)))
    assert perplexity(Measures((), (), rows)) == pytest.approx(2 ** (3 / 4))
    assert perplexity(Measures((), (), ())) == 0.0


def _measures(recall_score: float, loss: float) -> Measures:
    scored = tuple(Scored(str(number), str(number), recall_score) for number in range(FAMILIES))
    return Measures(scored, scored, tuple(RowLoss(str(number), str(number), loss) for number in range(FAMILIES)))


def _simulated(generator: random.Random, families: int, each: int, gain: float) -> tuple[bool, float]:
    """One verdict, and its noise floor, on families of questions that are answered right by chance.

    A family moves together: what one adapter happens to know more of, another knows less of.
    """

    def sit(chance: float) -> Measures:
        shifts = [generator.gauss(0, 0.1) for _ in range(families)]
        asked = tuple(
            Scored(f"{family}-{number}", str(family), float(generator.random() < chance + shifts[family]))
            for family in range(families)
            for number in range(each)
        )
        return Measures(asked, asked, tuple(RowLoss(one.fact, one.family, 1.0) for one in asked))

    decision = verdict(sit(0.15), None, sit(0.15 + gain), CHANGED)
    base = cast("dict[str, float]", decision.evidence["base"])
    return decision.promote, base["noise_floor"]


def _upper(hits: int, tries: int) -> float:
    """The upper end of Wilson's 95 % interval of a share."""
    z, share = 1.96, hits / tries
    middle = share + z * z / (2 * tries)
    return (middle + z * math.sqrt(share * (1 - share) / tries + z * z / (4 * tries**2))) / (1 + z * z / tries)
