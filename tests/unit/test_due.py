"""When a training run is due, condition by condition."""

from __future__ import annotations

from dataclasses import replace

import pytest

from randaemon.machine import GIB, Readings, Thermal
from randaemon.training.due import DueFacts, DuePolicy, due, within

NOW = 1_000_000.0
POLICY = DuePolicy(
    min_new_samples=100,
    min_quality=0.6,
    cooldown_seconds=3600.0,
    quiet_hours="09:00-18:00",
    min_free_memory=4 * GIB,
    min_free_disk=2 * GIB,
)
MACHINE = Readings(memory_total=8 * GIB, memory_free=4 * GIB, disk_free=2 * GIB, thermal=Thermal.MODERATE)
READY = DueFacts(
    new_samples=100,
    mean_quality=0.6,
    splits={"train": 90, "valid": 5, "test": 5},
    digest="b",
    last_ended=NOW - 3600,
    machine=MACHINE,
    clock_time="18:00",
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
        (replace(READY, lacking="not in the local cache", remedy="`hf download a/b`"), "base_model"),
        (replace(READY, training=True), "nothing_training"),
        (replace(READY, pipeline_idle=False), "pipeline_idle"),
        (replace(READY, clock_time="17:59"), "quiet_hours"),
        (replace(READY, machine=replace(MACHINE, on_ac_power=False)), "ac_power"),
        (replace(READY, machine=replace(MACHINE, thermal=Thermal.HEAVY)), "thermal_pressure"),
        (replace(READY, machine=replace(MACHINE, memory_free=3 * GIB)), "free_memory_gib"),
        (replace(READY, machine=replace(MACHINE, disk_free=GIB)), "free_disk_gib"),
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


def test_a_person_may_be_impolite_and_a_run_that_goes_on_may_not() -> None:
    unplugged = replace(READY, machine=replace(MACHINE, on_ac_power=False), clock_time="12:00", new_samples=0)
    assert due(NOW, replace(unplugged, approved=True), POLICY).ready
    assert due(NOW, replace(unplugged, resuming=True), POLICY).waiting_for == ("quiet_hours", "ac_power")
    assert due(NOW, replace(READY, resuming=True, new_samples=0, last_ended=NOW), POLICY).ready


def test_what_the_user_does_not_mind_is_not_asked() -> None:
    busy = replace(READY, machine=replace(MACHINE, on_ac_power=False), pipeline_idle=False, clock_time="12:00")
    careless = replace(POLICY, ac_power=False, beside_pipeline=True, quiet_hours="")
    assert due(NOW, busy, careless).ready
    assert due(NOW, replace(busy, machine=None), careless).ready


@pytest.mark.parametrize(
    ("hours", "inside", "outside"),
    [
        ("09:00-18:00", ("09:00", "17:59"), ("08:59", "18:00", "00:00")),
        ("22:00-07:00", ("22:00", "23:59", "00:00", "06:59"), ("07:00", "21:59")),
    ],
)
def test_quiet_hours_may_pass_midnight(hours: str, inside: tuple[str, ...], outside: tuple[str, ...]) -> None:
    assert all(within(hours, time) for time in inside)
    assert not any(within(hours, time) for time in outside)


def test_without_a_sealed_version_nothing_is_due() -> None:
    assert "dataset_sealed" in due(NOW, DueFacts(new_samples=0, mean_quality=0.0, approved=True), POLICY).waiting_for


def test_the_first_run_needs_no_cool_down_and_a_clock_that_went_back_does_not_count_as_rest() -> None:
    assert due(NOW, replace(READY, last_ended=None), POLICY).ready
    assert due(NOW, replace(READY, last_ended=NOW + 50), POLICY).waiting_for == ("cooldown_seconds",)


def test_a_clock_that_was_years_ahead_when_a_run_ended_does_not_keep_the_next_one_waiting_for_years() -> None:
    assert due(NOW, replace(READY, last_ended=NOW + 3600.0), POLICY).waiting_for == ("cooldown_seconds",)
    assert due(NOW, replace(READY, last_ended=NOW + 3601.0), POLICY).ready


def test_conditions_carry_what_they_have_and_need() -> None:
    shown = {one.name: (one.have, one.need) for one in due(NOW, replace(READY, new_samples=7), POLICY).conditions}
    assert shown["new_samples"] == (7, 100)
    assert shown["mean_quality"] == (0.6, 0.6)
