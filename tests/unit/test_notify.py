"""Which events deserve a message, and what it says."""

from __future__ import annotations

import pytest

from randaemon.model import Event
from randaemon.notify import KINDS, Message, message


def test_a_finished_drop_is_told_with_its_counts_and_quality() -> None:
    data = {"name": "library.zip", "documents": 12, "samples": 240, "quality": 0.8123, "rejected": 2, "failed": 1}
    assert message(Event("drop.done", data=data)) == Message(
        "library.zip is done",
        "240 samples from 12 documents (mean quality 0.81); 2 rejected and 1 failed, see `randaemon status`",
    )


def test_a_finished_drop_without_trouble_says_nothing_about_trouble() -> None:
    told = message(Event("drop.done", data={"name": "one.html", "documents": 1, "samples": 1}))
    assert told == Message("one.html is done", "1 sample from 1 document")


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (Event("drop.failed", data={"name": "a.zip", "reason": "the archive is encrypted"}), "encrypted"),
        (Event("drop.failed", data={"name": "a.zip", "code": "E_ZIP_BOMB"}), "E_ZIP_BOMB"),
        (Event("run.done", data={"loss_before": 5.234, "loss_after": 0.5}), "5.23 → 0.50"),
        (Event("run.done"), "models ls"),
        (Event("run.failed", data={"reason": "the loss became infinite"}), "infinite"),
        (Event("model.promoted", data={"run": 3, "reason": "recall 0.91"}), "run 3: recall 0.91"),
        (Event("model.rolled_back", data={"run": 2}), "run 2"),
        (Event("daemon.trouble", data={"reason": "disk full"}), "disk full"),
    ],
)
def test_a_message_carries_what_happened(event: Event, words: str) -> None:
    told = message(event)
    assert told is not None
    assert words in told.body


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_an_event_without_data_still_makes_a_sentence(kind: str) -> None:
    told = message(Event(kind))
    assert told is not None
    assert told.title
    assert "None" not in told.title + told.body


@pytest.mark.parametrize("kind", ["stage.done", "document.done", "document.retrying", "run.progress"])
def test_the_many_small_events_are_not_shown(kind: str) -> None:
    assert message(Event(kind)) is None
