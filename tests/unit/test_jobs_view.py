"""What `jobs show` makes of names, counts and measured times, without a home."""

from __future__ import annotations

import pytest

from randaemon.cli import called, volume
from randaemon.cli.document_story import DocumentStory
from randaemon.model import Document, Event, Stage, Status


@pytest.mark.parametrize(
    ("name", "media_type", "noted"),
    [
        ("a.html", "text/html", False),
        ("A.HTM", "text/html", False),
        ("photo.png", "text/html", True),
        ("folder/list.csv", "text/plain", True),
        ("notes.txt", "text/csv", False),
        ("spec.doc", "application/x-ole-storage", False),
        ("spec.doc", "application/rtf", True),
        ("no extension", "text/html", False),
        ("script.py", "text/plain", False),
        ("a.html", "", False),
    ],
)
def test_an_extension_that_promises_something_else_is_noted(name: str, media_type: str, noted: bool) -> None:
    assert bool(called.mismatch(name, media_type)) is noted


class Home:
    """A reader of a home that has finished some documents."""

    def __init__(self, *rates: tuple[str, int, int, float], under: tuple[tuple[str, str | None, int, int], ...] = ()):
        self._rates, self._under = list(rates), list(under)

    def rates(self) -> list[tuple[str, int, int, float]]:
        return self._rates

    def under(self, root: int) -> list[tuple[str, str | None, int, int]]:
        assert root == 1
        return self._under


PILES = volume.piles({"files.html": 10, "bytes.html": 2_000_000, "files.image": 30, "bytes.image": 9_000_000, "x": 1})


def test_a_home_that_has_measured_pages_estimates_by_them_and_says_so() -> None:
    found = volume.estimate(Home(("html", 400, 8_000_000, 40.0)), PILES)  # type: ignore[arg-type]
    assert found == volume.Estimate(10.0, 400)
    assert str(found) == "about 10 s of one worker (measured on 400 documents of this home)"


def test_a_home_that_has_measured_too_little_uses_built_in_rates_and_says_so() -> None:
    found = volume.estimate(Home(("html", 2, 8_000_000, 40.0)), PILES)  # type: ignore[arg-type]
    assert found.documents == 0
    assert found.seconds > 1
    assert "built-in rates" in str(found)


def test_what_nothing_reads_takes_no_time_and_is_said_not_to_be_read() -> None:
    pictures = [pile for pile in PILES if pile.kind == "image"]
    assert volume.estimate(Home(), pictures).seconds == 0  # type: ignore[arg-type]
    assert list(volume.described(PILES)) == ["30 image (9 MB, not read)", "10 html (2 MB)"]


def test_progress_counts_what_has_ended_and_estimates_the_rest() -> None:
    under = (("done", "html", 6, 600), ("ready", "html", 3, 4_000_000), ("rejected", None, 1, 5))
    home = Home(("html", 100, 1_000_000, 10.0), under=under)
    found = volume.progress(home, 1)  # type: ignore[arg-type]
    assert found is not None
    assert (found.documents, found.ended) == (10, 7)
    assert found.left == volume.Estimate(40.0, 100)
    assert volume.progress(Home(under=(("done", "html", 1, 5),)), 1) is None  # type: ignore[arg-type]


def event(kind: str, stage: str = "convert", **data: object) -> Event:
    return Event(kind, 1, {"stage": stage, **data})


def test_the_way_through_the_stages_tells_times_attempts_and_why_it_took_so_long() -> None:
    events = (
        Event("document.admitted", 1),
        event("stage.done", "unpack", seconds=0.1),
        event("document.waiting", reason="disk full", seconds=0.01),
        event("document.retrying", code="E_TIMEOUT", seconds=120.0),
        event("stage.done", seconds=2.0),
        event("document.waiting", "extract", reason="waiting for 3 model replies"),
    )
    document = Document(1, "k", None, "a.html", "d", 1, Stage.EXTRACT, Status.READY)
    steps = DocumentStory(document, events, (), (), None, ()).steps()
    assert [(step.stage, step.attempts, step.outcome) for step in steps] == [
        ("unpack", 1, "done"),
        ("convert", 2, "done"),
        ("extract", 1, ""),
    ]
    assert steps[1].waited == ("disk full", "E_TIMEOUT")
    assert steps[1].seconds == pytest.approx(122.01)
    assert steps[1].told() == "convert    122.01 s, attempt 2; before that: disk full; E_TIMEOUT"


def test_the_tiers_that_were_asked_are_told_with_what_was_put_to_better_ones_and_what_is_lacking() -> None:
    meta = {
        "complexity": 0.72,
        "extract_tier": "balanced",
        "extract_escalated": 2,
        "converse_tier": "balanced",
        "degraded": "qwen3:1.7b stood in for a better model",
        "lacks": "quality",
    }
    document = Document(7, "k", None, "a.html", "d", 1, Stage.FINALIZE, Status.DONE)
    told = "\n".join(DocumentStory(document, (), (), (), None, (), meta=meta).told())
    assert "complexity 0.72: extract asked the balanced tier, 2 questions put to a better one" in told
    assert "complexity 0.72: converse asked the balanced tier\n" in told
    assert "the model that it lacks: qwen3:1.7b stood in for a better model" in told
    ruled = {"complexity": 0.72, "degraded": "no language model was there to ask", "lacks": ""}
    assert "model" not in "\n".join(DocumentStory(document, (), (), (), None, (), meta=ruled).told())
