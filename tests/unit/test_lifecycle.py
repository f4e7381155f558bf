"""The state machine: every outcome in every situation, random walks, and the diagram in docs/architecture.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from randaemon.lifecycle import (
    ASKED,
    ASKED_AT,
    LAST,
    TRANSITIONS,
    WAITING,
    WAITING_LLM,
    Policy,
    attempts_allowed,
    next_stage,
    redo,
    settle,
    upgrade,
)
from randaemon.model import (
    ENDED,
    Ask,
    Change,
    Child,
    Defer,
    Document,
    Done,
    Expand,
    Failure,
    Message,
    Outcome,
    Purpose,
    Reject,
    Request,
    Stage,
    Status,
    Tier,
)

NOW = 1_000.0
POLICY = Policy(attempts=3, timeouts=2, backoff=(5.0, 30.0), model_wait=900.0)
REQUEST = Request(Purpose.EXTRACT, Tier.FAST, (Message("user", "x"),))
ARCHITECTURE = Path(__file__).resolve().parents[2] / "docs" / "architecture.md"


def running(stage: Stage = Stage.CONVERT, attempt: int = 1) -> Document:
    """A document that a worker has just given an outcome for."""
    return Document(
        id=7, key="a" * 12, parent=None, name="f", digest="d", size=1, stage=stage, status=Status.RUNNING,
        attempt=attempt, claim=41,
    )  # fmt: skip


# --- One row a rule -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not LAST])
def test_done_moves_a_document_to_the_next_stage_with_fresh_attempts(stage: Stage) -> None:
    change = settle(running(stage, attempt=3), Done(artifact=b"x", meta={"k": 1}), POLICY, NOW)
    assert (change.ran, change.stage, change.status) == (stage, Stage(stage + 1), Status.READY)
    assert (change.attempt, change.due, change.artifact, change.meta) == (0, None, b"x", {"k": 1})
    assert [event.kind for event in change.events] == ["stage.done"]


def test_done_of_the_last_stage_ends_the_document_there() -> None:
    change = settle(running(LAST), Done(), POLICY, NOW)
    assert (change.stage, change.status) == (LAST, Status.DONE)
    assert [event.kind for event in change.events] == ["document.done"]


@pytest.mark.parametrize("stage", list(Stage))
def test_an_archive_is_done_where_it_was_opened_and_its_members_come_with_it(stage: Stage) -> None:
    children = (Child(0, "a", 1), Child(1, "b", 2))
    change = settle(running(stage), Expand(children, {"media_type": "application/zip"}), POLICY, NOW)
    assert (change.stage, change.status, change.children) == (stage, Status.DONE, children)
    assert change.meta == {"media_type": "application/zip", "members": 2}
    assert change.events[0].data == {"stage": stage.label, "members": 2}


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("attempt", [0, 1, 3])
def test_waiting_costs_no_attempt(stage: Stage, attempt: int) -> None:
    change = settle(running(stage, attempt), Defer("disk full", NOW + 60, "E_DISK"), POLICY, NOW)
    assert (change.stage, change.status, change.attempt) == (stage, Status.READY, max(attempt - 1, 0))
    assert (change.due, change.reason, change.code) == (NOW + 60, "disk full", "E_DISK")


def test_a_question_to_a_model_waits_for_the_replies_and_costs_no_attempt() -> None:
    requests = (REQUEST, replace(REQUEST, seed=8))
    change = settle(running(), Ask(requests), POLICY, NOW)
    assert (change.status, change.attempt, change.due) == (Status.READY, 0, NOW + POLICY.model_wait)
    assert change.requests == requests
    assert (change.reason, change.code) == (WAITING, WAITING_LLM)
    assert not change.answered


def test_what_a_stage_asked_is_of_no_use_once_it_is_over() -> None:
    asked = replace(running(Stage.EXTRACT), meta=settle(running(Stage.EXTRACT), Ask((REQUEST,)), POLICY, NOW).meta)
    for outcome in (Done(), Reject("no"), Failure("broken", retry=False)):
        change = settle(asked, outcome, POLICY, NOW)
        assert change.answered
        assert change.meta == {ASKED: None, ASKED_AT: None}
    assert redo(asked, Stage.CONVERT, "lost").answered
    for outcome in (Ask((REQUEST,)), Failure("again"), Defer("later", NOW)):
        assert not settle(asked, outcome, POLICY, NOW).answered


def test_a_stage_that_never_stops_asking_fails() -> None:
    document = running(Stage.EXTRACT)
    for _ in range(POLICY.model_rounds):
        change = settle(document, Ask((REQUEST,)), POLICY, NOW)
        assert change.status is Status.READY
        document = replace(document, meta={**document.meta, **change.meta})
    change = settle(document, Ask((REQUEST,)), POLICY, NOW)
    assert (change.status, change.code) == (Status.FAILED, "E_ASKS")


def test_a_document_may_wait_for_days_behind_others() -> None:
    """A library of thousands and a slow model: it is woken every hour to look, and asks the same each time."""
    document, now = running(Stage.EXTRACT), NOW
    for _ in range(POLICY.model_rounds * 3):
        change = settle(document, Ask((REQUEST,)), POLICY, now)
        assert (change.status, change.meta[ASKED]) == (Status.READY, 1)
        document = replace(document, meta={**document.meta, **change.meta})
        now += POLICY.model_wait


def test_a_document_that_waited_in_vain_says_so_and_one_that_is_done_again_with_a_model_too() -> None:
    asked = replace(running(Stage.EXTRACT), meta={ASKED: 1})
    change = settle(asked, Done(meta={"degraded": "no model answered"}), POLICY, NOW)
    assert [event.kind for event in change.events] == ["stage.done", "document.degraded"]
    unasked = settle(running(Stage.EXTRACT), Done(meta={"degraded": "no model yet"}), POLICY, NOW)
    assert [event.kind for event in unasked.events] == ["stage.done"]

    back = upgrade(replace(running(LAST), status=Status.DONE, meta={"degraded": "no model answered"}))
    assert (back.stage, back.status, back.attempt, back.due) == (Stage.EXTRACT, Status.READY, 0, None)
    again = replace(running(LAST), meta=back.meta)
    change = settle(again, Done(), POLICY, NOW)
    assert [event.kind for event in change.events] == ["document.done", "document.upgraded"]
    assert (change.again, change.meta) == (True, {"upgrading": None})
    once_more = replace(again, meta={**again.meta, "degraded": "no model answered"})
    assert [event.kind for event in settle(once_more, Done(), POLICY, NOW).events] == ["document.done"]


@pytest.mark.parametrize("stage", list(Stage))
def test_a_refusal_is_an_end_with_its_reason_whatever_the_attempt(stage: Stage) -> None:
    change = settle(running(stage, attempt=1), Reject("it is encrypted", "E_ENCRYPTED"), POLICY, NOW)
    assert (change.stage, change.status) == (stage, Status.REJECTED)
    assert (change.reason, change.code, change.due) == ("it is encrypted", "E_ENCRYPTED", None)


@pytest.mark.parametrize(("attempt", "pause"), [(1, 5.0), (2, 30.0)])
def test_a_failure_is_tried_again_after_a_growing_pause(attempt: int, pause: float) -> None:
    change = settle(running(attempt=attempt), Failure("it broke", "E_X"), POLICY, NOW)
    assert (change.status, change.attempt, change.due) == (Status.READY, attempt, NOW + pause)
    assert change.reason == f"it broke; attempt {attempt + 1} follows"
    assert change.events[0].data["attempt"] == attempt


@pytest.mark.parametrize(
    ("failure", "allowed"),
    [
        (Failure("broke"), 3),
        (Failure("hung", "E_TIMEOUT"), 2),
        (Failure("corrupt", retry=False), 1),
        (Failure("hung", "E_TIMEOUT", retry=False), 1),
    ],
)
def test_each_kind_of_failure_has_its_own_number_of_attempts(failure: Failure, allowed: int) -> None:
    assert attempts_allowed(failure, POLICY) == allowed
    statuses = [settle(running(attempt=n), failure, POLICY, NOW).status for n in range(1, allowed + 1)]
    assert statuses == [Status.READY] * (allowed - 1) + [Status.FAILED]


def test_more_attempts_than_pauses_repeat_the_last_pause() -> None:
    policy = replace(POLICY, attempts=9)
    assert settle(running(attempt=7), Failure("x"), policy, NOW).due == NOW + 30.0


def test_without_pauses_a_failure_is_tried_again_at_once() -> None:
    policy = replace(POLICY, backoff=())
    assert settle(running(), Failure("x"), policy, NOW).due == NOW


def test_a_document_whose_artifact_is_lost_goes_back_three_times_and_then_fails_where_it_is_made() -> None:
    document = running(Stage.CONVERSE, attempt=2)
    for times in range(1, 4):
        change = redo(document, Stage.EXTRACT, "object 12 has changed")
        assert (change.ran, change.stage, change.status, change.attempt) == (
            Stage.CONVERSE, Stage.EXTRACT, Status.READY, 0,
        )  # fmt: skip
        assert change.meta == {"redone": times}
        document = replace(document, meta={**document.meta, **change.meta})
    change = redo(document, Stage.EXTRACT, "object 12 has changed")
    assert (change.stage, change.status, change.code) == (Stage.EXTRACT, Status.FAILED, "E_ARTIFACT")
    assert "check the disk" in change.reason


def test_the_stages_follow_each_other_and_the_last_has_no_next() -> None:
    assert [next_stage(stage) for stage in Stage] == [*list(Stage)[1:], None]


# --- Every outcome, everywhere ------------------------------------------------------------------------------------

outcomes: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Done, artifact=st.none() | st.binary(max_size=3)),
    st.just(Expand((Child(0, "a", 1),))),
    st.just(Ask((REQUEST,))),
    st.builds(Defer, st.text(max_size=5), st.floats(NOW, NOW + 10)),
    st.builds(Reject, st.text(max_size=5)),
    st.builds(Failure, st.text(max_size=5), st.sampled_from(["E_X", "E_TIMEOUT"]), st.booleans()),
)
policies = st.builds(
    Policy,
    attempts=st.integers(1, 4),
    timeouts=st.integers(1, 4),
    backoff=st.lists(st.floats(0, 60), max_size=3).map(tuple),
)


@given(st.sampled_from(Stage), st.integers(0, 5), outcomes, policies)
def test_settling_is_total_keeps_the_fence_and_makes_only_drawn_transitions(
    stage: Stage, attempt: int, outcome: Outcome, policy: Policy
) -> None:
    document = running(stage, attempt)
    change = settle(document, outcome, policy, NOW)
    assert (change.document, change.claim, change.ran) == (document.id, document.claim, stage)
    assert (Status.RUNNING, trigger(outcome, change), change.status) in TRANSITIONS
    assert change.status is not Status.RUNNING
    assert change.due is None or change.status is Status.READY
    assert change.events
    assert change == settle(document, outcome, policy, NOW)


def trigger(outcome: Outcome, change: Change) -> str:
    """The name of the arrow that an outcome takes."""
    name = type(outcome).__name__.lower()
    if name == "done" and change.status is Status.DONE:
        return "done-last"
    if name == "failure" and change.status is Status.FAILED:
        return "failure-last"
    return name


class Life(RuleBasedStateMachine):
    """One document through any sequence of claims, outcomes, deaths of the daemon and commands."""

    def __init__(self) -> None:
        super().__init__()
        self.document = replace(running(Stage.UNPACK, attempt=0), status=Status.READY, claim=0)
        self.tries = 0

    @precondition(lambda self: self.document.status is Status.READY)
    @rule()
    def claim(self) -> None:
        document = self.document
        self.document = replace(
            document, status=Status.RUNNING, attempt=document.attempt + 1, claim=document.claim + 1, due=None
        )

    @precondition(lambda self: self.document.status is Status.RUNNING)
    @rule(outcome=outcomes)
    def outcome(self, outcome: Outcome) -> None:
        change = settle(self.document, outcome, POLICY, NOW)
        self.tries = self.tries + 1 if isinstance(outcome, Failure) else self.tries
        if change.stage is not self.document.stage or change.status in ENDED:
            self.tries = 0
        self.document = replace(
            self.document, stage=change.stage, status=change.status, attempt=change.attempt, due=change.due
        )

    @precondition(lambda self: self.document.status is Status.RUNNING)
    @rule()
    def daemon_dies(self) -> None:
        """`Store.recover`: the attempt is given back."""
        self.document = replace(self.document, status=Status.READY, attempt=self.document.attempt - 1)

    @precondition(lambda self: self.document.status is Status.DONE)
    @rule()
    def next_document(self) -> None:
        """`done` is final: only another document goes on."""
        self.document = replace(running(Stage.UNPACK, attempt=0), status=Status.READY, claim=0)

    @precondition(lambda self: self.document.status in ENDED - {Status.DONE})
    @rule()
    def retry(self) -> None:
        self.document = replace(self.document, status=Status.READY, attempt=0)

    @invariant()
    def attempts_are_those_that_failed(self) -> None:
        at_work = self.document.status is Status.RUNNING
        if self.document.status not in ENDED:
            assert self.document.attempt == self.tries + at_work
        assert 0 <= self.document.attempt <= POLICY.attempts


TestLife = Life.TestCase


# --- The diagram --------------------------------------------------------------------------------------------------

_BLOCK = re.compile(r"^```text state-diagram\n(.*?)^```", re.MULTILINE | re.DOTALL)
_ARROW = re.compile(r"(\w+) --([\w-]+)--> (\w+)")


def drawn() -> Iterator[tuple[Status, str, Status]]:
    """The arrows of the diagram in docs/architecture.md; any other line in it is a mistake."""
    block = _BLOCK.search(ARCHITECTURE.read_text(encoding="utf-8"))
    assert block is not None, "docs/architecture.md has no ```text state-diagram block"
    for line in filter(None, map(str.strip, block[1].splitlines())):
        arrow = _ARROW.fullmatch(line)
        assert arrow is not None, f"not an arrow: {line}"
        yield Status(arrow[1]), arrow[2], Status(arrow[3])


def test_the_diagram_in_the_documentation_shows_exactly_the_transitions_of_the_code() -> None:
    arrows = list(drawn())
    assert len(arrows) == len(set(arrows))
    assert set(arrows) == TRANSITIONS


def test_every_status_can_be_reached_and_none_but_an_archive_leaves_done() -> None:
    assert {after for _, _, after in TRANSITIONS} == set(Status)
    assert {trigger for before, trigger, _ in TRANSITIONS if before is Status.DONE} == {
        "retry", "cancel", "redo", "redo-last", "upgrade",
    }  # fmt: skip
