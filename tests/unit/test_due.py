"""When a training run is due, condition by condition."""

from __future__ import annotations

from dataclasses import replace

import pytest

from randaemon.training.due import DueFacts, DuePolicy, due

NOW = 1_000_000.0
POLICY = DuePolicy(min_new_samples=100, min_quality=0.6, cooldown_seconds=3600.0)
READY = DueFacts(
    new_samples=100, mean_quality=0.6, splits={"train": 90, "valid": 5, "test": 5}, digest="b", last_ended=NOW - 3600
)


def test_a_run_is_due_when_every_condition_is_just_met() -> None:
    answer = due(NOW, READY, POLICY)
    assert answer.ready
    assert answer.waiting_for == ()


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        (replace(READY, new_samples=99), "new_samples"),
        (replace(READY, mean_quality=0.59), "mean_quality"),
        (replace(READY, last_ended=NOW - 3599), "cooldown_seconds"),
        (replace(READY, trained="b"), "new_dataset"),
        (replace(READY, splits={"train": 90, "valid": 0, "test": 5}), "valid_samples"),
        (replace(READY, splits={"train": 90, "valid": 5}), "test_samples"),
        (replace(READY, training=True), "nothing_training"),
        (replace(READY, pipeline_idle=False), "pipeline_idle"),
    ],
)
def test_each_condition_alone_holds_the_run_back_and_is_named(facts: DueFacts, name: str) -> None:
    answer = due(NOW, facts, POLICY)
    assert not answer.ready
    assert answer.waiting_for == (name,)


def test_nothing_is_due_while_training_is_off_or_waits_for_approval() -> None:
    assert due(NOW, READY, replace(POLICY, enabled=False)).waiting_for == ("enabled",)
    assert due(NOW, READY, replace(POLICY, approval=True)).waiting_for == ("approval",)


def test_a_run_that_was_asked_for_waives_the_wishes_but_not_the_necessities() -> None:
    poor = replace(READY, new_samples=1, mean_quality=0.1, last_ended=NOW, trained="b", approved=True)
    assert due(NOW, poor, replace(POLICY, enabled=False, approval=True)).ready
    assert due(NOW, replace(poor, splits={}), POLICY).waiting_for == ("train_samples", "valid_samples", "test_samples")
    assert due(NOW, replace(poor, training=True), POLICY).waiting_for == ("nothing_training",)


def test_without_a_sealed_version_nothing_is_due() -> None:
    assert "dataset_sealed" in due(NOW, DueFacts(new_samples=0, mean_quality=0.0, approved=True), POLICY).waiting_for


def test_the_first_run_needs_no_cool_down_and_a_clock_that_went_back_does_not_count_as_rest() -> None:
    assert due(NOW, replace(READY, last_ended=None), POLICY).ready
    assert due(NOW, replace(READY, last_ended=NOW + 50), POLICY).waiting_for == ("cooldown_seconds",)


def test_conditions_carry_what_they_have_and_need() -> None:
    shown = {one.name: (one.have, one.need) for one in due(NOW, replace(READY, new_samples=7), POLICY).conditions}
    assert shown["new_samples"] == (7, 100)
    assert shown["mean_quality"] == (0.6, 0.6)
