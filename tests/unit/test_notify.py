"""Which events deserve a message, and what it says."""

from __future__ import annotations

import pytest

from randaemon.model import Event
from randaemon.notify import KINDS, Message, message


def shown(told: Message | None) -> tuple[str, str]:
    assert told is not None
    return told.title, told.body


def drop(kind: str = "drop.done", **data: object) -> Event:
    return Event(kind, data={"name": "library.zip", "reason": "", "code": "", **data})


def test_a_finished_drop_is_told_with_its_counts_and_quality() -> None:
    told = message(drop(documents=15, done=12, rejected=2, failed=1, samples=240, quality=0.8123))
    assert shown(told) == (
        "library.zip is done",
        "documents: 12 done, 2 rejected, 1 failed; 240 samples of mean quality 0.81",
    )


def test_a_finished_drop_without_trouble_or_samples_speaks_of_neither() -> None:
    told = message(drop(documents=1, done=1, samples=0, quality=None))
    assert shown(told) == ("library.zip is done", "documents: 1 done")


def test_a_drop_that_was_not_taken_is_told_with_its_reason() -> None:
    told = message(drop("drop.failed", key="0a1b2c", reason="it is encrypted", code="E_ENCRYPTED", rejected=1))
    assert shown(told) == ("library.zip was not taken", "it is encrypted; `randaemon jobs show 0a1b2c`")


def test_without_a_reason_the_code_stands_for_it() -> None:
    told = message(drop("drop.failed", code="E_ZIP_BOMB"))
    assert told is not None
    assert "E_ZIP_BOMB" in told.body


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Event("run.done", data={"loss_before": 5.234, "loss_after": 0.5}), "5.23 → 0.50"),
        (Event("run.done", data={"reason": "not promoted: recall fell"}), "not promoted: recall fell"),
        (Event("run.wanted", data={"for": "approval", "have": False, "need": True}), "randaemon train start"),
        (Event("run.wanted", data={"for": "base_model", "have": "not here", "need": "`hf download a/b`"}), "hf down"),
        (Event("run.done", data={"recall": 0.914}), "recalls 91% of the facts"),
        (Event("run.done"), "models ls"),
        (Event("run.started", data={"run": "run-0002", "version": 4}), "run-0002 on version 4"),
        (Event("machine.waiting", data={"code": "E_BATTERY", "reason": "on battery at 12 %"}), "on battery at 12 %"),
        (Event("models.away", data={"reason": "Ollama is away"}), "Ollama is away; `rand"),
        (
            Event("alert.raised", data={"reason": "9 of 20 failed", "command": "randaemon x"}),
            "9 of 20 failed; `randaem",
        ),
        (Event("daemon.settings", data={"restart": ["log.level"]}), "log.level"),
        (Event("daemon.restored", data={"created": 1.75e9, "requeued": 3}), "3 files re-queued"),
        (Event("run.interrupted", data={"reason": "stopped at step 10"}), "step 10"),
        (Event("run.failed", data={"reason": "the loss became infinite"}), "infinite"),
        (Event("model.promoted", data={"run": "run-0003", "reason": "recall 0.91"}), "run-0003: recall 0.91"),
        (
            Event("model.rolled_back", data={"run": "run-0002", "reason": "by hand"}),
            "run-0002 is not active any more: by hand",
        ),
        (Event("daemon.trouble", data={"reason": "disk full"}), "disk full"),
        (
            Event("models.given_up", data={"reason": "it refuses connections"}),
            "it refuses connections; the rules go on",
        ),
        (Event("models.back", data={"degraded": 7}), "7 documents are done again"),
    ],
)
def test_a_message_carries_what_happened(event: Event, words: str) -> None:
    told = message(event)
    assert told is not None
    assert words in told.body


@pytest.mark.parametrize("kind", sorted(KINDS - {"document.waiting", "daemon.settings"}))
def test_an_event_without_data_still_makes_a_sentence(kind: str) -> None:
    told = message(Event(kind))
    assert told is not None
    assert told.title
    assert "None" not in told.title + told.body


def test_models_that_come_back_with_nothing_to_do_again_are_no_news() -> None:
    assert message(Event("models.back", data={"degraded": 0})) is None


@pytest.mark.parametrize(
    "kind", ["stage.done", "document.done", "document.waiting", "document.retrying", "run.progress"]
)
def test_the_many_small_events_are_not_shown(kind: str) -> None:
    assert message(Event(kind)) is None


@pytest.mark.parametrize(
    "event",
    [
        Event("document.waiting", data={"reason": "disk full", "code": "E_DISK_FULL"}),
        Event("daemon.settings", data={"changed": ["pool.workers"], "restart": []}),
        Event("machine.waiting", data={"code": "E_PAUSED", "reason": "paused by you"}),
    ],
)
def test_what_needs_nobody_is_not_shown(event: Event) -> None:
    assert message(event) is None
