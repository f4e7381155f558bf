"""The state machine of a document, pure: an outcome and a policy in, a `Change` out.

    ready ──claim──▶ running ──Done──▶ ready (next stage) … ──Done of the last──▶ done
      ▲                 ├──Expand──▶ done (its members are documents of their own)
      │                 ├──Ask, Defer──▶ ready, not before `due` (an Ask: until its replies are there), no attempt used
      │                 ├──Failure, attempts left──▶ ready, not before `due`
      │                 ├──Failure, none left──▶ failed
      │                 ├──redo: an earlier artifact is lost──▶ ready (at the stage that makes it)
      │                 └──Reject──▶ rejected
      └──retry── failed, rejected, cancelled           ready ──cancel──▶ cancelled

An archive is done when it is open: it can still be cancelled with its members, and opened again for one (`retry`).
A document that the rules finished while no model answered is done and `degraded`; it is sent back once they do.

docs/architecture.md shows the same diagram; tests/unit/test_lifecycle.py holds both against `TRANSITIONS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from randaemon.model import (
    Ask,
    Change,
    Defer,
    Document,
    Done,
    Event,
    Expand,
    Failure,
    Meta,
    Outcome,
    Reject,
    Stage,
    Status,
)

LAST = Stage.FINALIZE
LOST = "E_ARTIFACT"
WAITING_LLM = "WAITING_LLM"  # the code of a document that waits for replies of a model
WAITING = "waits for replies of a language model"
ASKED = "asked"  # meta: how often the stage that a document is in has asked models
ASKED_AT = "asked_at"  # meta: and when it last did
_REDO = 3  # times

#: Every status change of a document that is not a copy of another, and what makes it happen.
TRANSITIONS: frozenset[tuple[Status, str, Status]] = frozenset(
    {
        (Status.READY, "claim", Status.RUNNING),
        (Status.READY, "cancel", Status.CANCELLED),
        (Status.RUNNING, "done", Status.READY),
        (Status.RUNNING, "done-last", Status.DONE),
        (Status.RUNNING, "expand", Status.DONE),
        (Status.RUNNING, "ask", Status.READY),
        (Status.RUNNING, "defer", Status.READY),
        (Status.RUNNING, "failure", Status.READY),
        (Status.RUNNING, "failure-last", Status.FAILED),
        (Status.RUNNING, "reject", Status.REJECTED),
        (Status.RUNNING, "cancel", Status.CANCELLED),
        (Status.RUNNING, "recover", Status.READY),
        (Status.FAILED, "retry", Status.READY),
        (Status.REJECTED, "retry", Status.READY),
        (Status.CANCELLED, "retry", Status.READY),
        (Status.RUNNING, "redo", Status.READY),
        (Status.RUNNING, "redo-last", Status.FAILED),
        (Status.DONE, "redo", Status.READY),
        (Status.DONE, "redo-last", Status.FAILED),
        (Status.DONE, "upgrade", Status.READY),
        (Status.DONE, "retry", Status.READY),
        (Status.DONE, "cancel", Status.CANCELLED),
    }
)


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient the pipeline is with a failing document."""

    attempts: int = 3  # a stage is tried this often
    timeouts: int = 2  # …but a parser that hangs only this often: each try costs its whole deadline
    backoff: tuple[float, ...] = (5.0, 30.0)  # seconds before the 2nd, 3rd, … attempt
    model_wait: float = 3600.0  # seconds after which a document that waits for replies looks what has come of them
    model_rounds: int = 100  # a stage may ask this often: three times is usual; waking to look counts for nothing


def settle(document: Document, outcome: Outcome, policy: Policy, now: float) -> Change:
    """Decide what an outcome means for a running document. Total: every outcome has an answer."""
    match outcome:
        case Done():
            return _done(document, outcome)
        case Expand():
            return _expand(document, outcome)
        case Ask():
            return _ask(document, outcome, policy, now)
        case Reject():
            return _reject(document, outcome)
        case Failure():
            return _failure(document, outcome, policy, now)
        case Defer():
            return _defer(document, outcome)
        case _:
            assert_never(outcome)


def redo(document: Document, stage: Stage, reason: str) -> Change:
    """Back to an earlier stage whose artifact is lost, at no attempt's cost.

    After the third time, counted in the document's `redone` until it is retried, the disk is at fault: it fails there.
    """
    before = document.meta.get("redone")
    times = before if isinstance(before, int) else 0
    if times >= _REDO:
        return replace(
            _end(document, Status.FAILED, f"{reason}, for the fourth time: check the disk", LOST), stage=stage
        )
    return replace(
        _change(document, Status.READY),
        stage=stage,
        attempt=0,
        meta={"redone": times + 1, **_over(document)},
        answered=ASKED in document.meta,
        events=(_event(document, "document.redone", lost=stage.label),),
    )


def upgrade(document: Document) -> Change:
    """A done document that the rules had to finish goes back to the first stage that asks models.

    What it gave stays until it has something better: its samples are replaced when it is done again.
    """
    return replace(
        _change(document, Status.READY),
        ran=Stage.EXTRACT,
        stage=Stage.EXTRACT,
        attempt=0,
        meta={"upgrading": True},
        events=(_event(document, "document.upgrading"),),
    )


def next_stage(stage: Stage) -> Stage | None:
    """The stage after this one; None after the last."""
    return None if stage is LAST else Stage(stage + 1)


def attempts_allowed(failure: Failure, policy: Policy) -> int:
    """How often a stage that fails in this way is tried in all."""
    if not failure.retry:
        return 1
    return policy.timeouts if failure.code == "E_TIMEOUT" else policy.attempts


def _done(document: Document, outcome: Done) -> Change:
    following = next_stage(document.stage)
    ended, upgrading = following is None, bool(document.meta.get("upgrading"))
    return replace(
        _change(document, Status.DONE if ended else Status.READY),
        stage=following or document.stage,
        attempt=0,
        meta={**outcome.meta, **_over(document), **({"upgrading": None} if ended and upgrading else {})},
        artifact=outcome.artifact,
        candidates=outcome.candidates,
        answered=ASKED in document.meta,
        again=ended and upgrading,
        events=(
            _event(document, "document.done" if ended else "stage.done"),
            *_told(document, outcome, upgraded=ended and upgrading and not document.meta.get("degraded")),
        ),
    )


def _over(document: Document) -> Meta:
    """The count of rounds, taken back: the next stage has its own."""
    return dict.fromkeys((ASKED, ASKED_AT)) if ASKED in document.meta else {}


def _told(document: Document, outcome: Done, *, upgraded: bool) -> Iterator[Event]:
    """What models, or that they were away, made of it."""
    if outcome.meta.get("degraded") and ASKED in document.meta:
        yield _event(document, "document.degraded", reason=outcome.meta["degraded"])
    if upgraded:
        yield _event(document, "document.upgraded")


def _expand(document: Document, outcome: Expand) -> Change:
    return replace(
        _change(document, Status.DONE),
        attempt=0,
        meta={**outcome.meta, "members": len(outcome.children)},
        children=outcome.children,
        events=(_event(document, "document.expanded", members=len(outcome.children)),),
    )


def _ask(document: Document, outcome: Ask, policy: Policy, now: float) -> Change:
    rounds = _rounds(document, policy, now)
    if rounds > policy.model_rounds:
        reason = f"{document.stage.label} asked models {policy.model_rounds} times and came to no end"
        return _end(document, Status.FAILED, reason, "E_ASKS")
    return replace(
        _wait(document, WAITING, now + policy.model_wait),
        code=WAITING_LLM,
        meta={ASKED: rounds, ASKED_AT: now},
        requests=outcome.requests,
    )


def _rounds(document: Document, policy: Policy, now: float) -> int:
    """How often it has asked, now included.

    Who was only woken to look asks the same once more: behind thousands of others a document waits for days, and that
    is no reason to fail it.
    """
    before, last = document.meta.get(ASKED), document.meta.get(ASKED_AT)
    rounds = before if isinstance(before, int) else 0
    woken = isinstance(last, int | float) and now - last >= policy.model_wait
    return max(rounds, 1) if woken else rounds + 1


def _defer(document: Document, outcome: Defer) -> Change:
    return replace(_wait(document, outcome.reason, outcome.until, outcome.code), code=outcome.code)


def _wait(document: Document, reason: str, until: float, code: str = "") -> Change:
    """Back to ready without using up the attempt that the claim counted."""
    return replace(
        _change(document, Status.READY),
        attempt=max(document.attempt - 1, 0),
        due=until,
        reason=reason,
        events=(_event(document, "document.waiting", reason=reason, **({"code": code} if code else {})),),
    )


def _reject(document: Document, outcome: Reject) -> Change:
    return _end(document, Status.REJECTED, outcome.reason, outcome.code)


def _failure(document: Document, outcome: Failure, policy: Policy, now: float) -> Change:
    if document.attempt >= attempts_allowed(outcome, policy):
        return _end(document, Status.FAILED, outcome.error, outcome.code)
    pause = policy.backoff[min(document.attempt, len(policy.backoff)) - 1] if policy.backoff else 0.0
    return replace(
        _change(document, Status.READY),
        due=now + pause,
        reason=f"{outcome.error}; attempt {document.attempt + 1} follows",
        code=outcome.code,
        events=(_event(document, "document.retrying", code=outcome.code, attempt=document.attempt),),
    )


def _end(document: Document, status: Status, reason: str, code: str) -> Change:
    return replace(
        _change(document, status),
        reason=reason,
        code=code,
        meta={**_over(document), **({"upgrading": None} if document.meta.get("upgrading") else {})},
        answered=ASKED in document.meta,
        again=bool(document.meta.get("upgrading")),  # what it gave before, it does not give any more
        events=(_event(document, f"document.{status.value}", code=code),),
    )


def _change(document: Document, status: Status) -> Change:
    """Of a document that stays where it is, with the attempts it has used up."""
    return Change(
        document=document.id,
        claim=document.claim,
        ran=document.stage,
        stage=document.stage,
        status=status,
        attempt=document.attempt,
    )


def _event(document: Document, kind: str, **data: object) -> Event:
    return Event(kind=kind, document=document.id, data={"stage": document.stage.label, **data})
