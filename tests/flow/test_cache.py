"""Equal bytes are worked on once, whatever they are called and wherever they lie, until a stage is newer than that."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests import library
from tests.house import House

from randaemon.model import Stage
from randaemon.stages import PLACE, content_only
from randaemon.store.reader import Reader

PAGE = library.page(0)
NEWER = """
from dataclasses import replace
from randaemon import stages
from randaemon.model import Stage

stages.PIPELINE = tuple(
    replace(step, version=step.version + (step.stage is Stage.CONVERT)) for step in stages.PIPELINE
)
from randaemon import config, daemon
from randaemon.store import Home

raise SystemExit(daemon.serve(Home.default(), config.load(None)))
"""


def ran(house: House, stage: Stage) -> int:
    """How often a stage was finished for the page, by whichever of its rows."""
    with Reader(house.home) as reader:
        rows = [document for document in house.documents() if document.size == len(PAGE)]
        told = [event for document in rows for event in reader.events_of(document)]
    return sum(event.kind in ("stage.done", "document.done") and event.data["stage"] == stage.label for event in told)


@pytest.mark.slow
def test_the_same_bytes_are_converted_once_and_once_more_by_a_newer_converter(tmp_path: Path) -> None:
    house = House(tmp_path / "home")
    house.drop("one.zip", library.pack({"a/page.html": PAGE, "other.html": library.page(1)}))
    house.drop("two.zip", library.pack({"b/renamed.txt": PAGE, "b/again.html": PAGE}))
    house.drop("page.html", PAGE)
    house.start()
    house.until_ended(3)
    assert house.stop() == 0
    assert [ran(house, stage) for stage in Stage] == [1] * 6
    before = house.export(tmp_path / "before")

    house.start([sys.executable, "-c", NEWER])
    house.until_running()
    house.until(lambda _: ran(house, Stage.FINALIZE) == 2)
    house.until_ended(3)
    assert house.stop() == 0
    assert [ran(house, stage) for stage in Stage] == [1, 2, 2, 2, 2, 2]
    assert house.export(tmp_path / "after") == before, "a converter that gives the same gives the same dataset"


def test_what_is_true_of_a_place_alone_is_kept_from_the_stages() -> None:
    meta = {"route": "csv", "depth": 1, "rows_from": 2, "rows_to": 9, "from_byte": 0, "to_byte": 8, "modified": "x"}
    assert content_only(meta) == {"route": "csv", "depth": 1}
    assert len(PLACE) == 5
