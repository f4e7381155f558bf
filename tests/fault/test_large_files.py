"""A page and a list far larger than anything that may be held: the daemon stays small, the workers under their cap.

The suite runs a few megabytes with everything scaled down; `scripts/torture large` the real sizes (a page of 200 MB, a
list of 1 GB), for which it needs 6 GB of disk and some time.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from tests.house import House

from randaemon.demo.files import library
from randaemon.demo.pages import feature_page
from randaemon.model import Document, Status
from randaemon.store.reader import Reader

MB = 1_000_000
PAGE_MB = int(os.environ.get("RANDAEMON_TEST_PAGE_MB", "200"))
LIST_MB = int(os.environ.get("RANDAEMON_TEST_LIST_MB", "1000"))
SENTENCE = (
    "In volume {0} the fictional timer number {1} waits until the cell has been barred, and the node then tells "
    "its neighbours that no further connection is to be set up before the operator has looked at alarm {0}-{1}."
)
DAEMON_MB = 250
WORKER_MB = 2048 * 1.048576
PATIENCE = 3 * 3600.0


def write_page(path: Path, size: int) -> None:
    """Feature descriptions, each after some pages of prose, as one page."""
    pages = [feature_page(feature) for feature in library(138, 0).described]
    bodies = [re.sub(r".*<body[^>]*>(.*)</body>.*", r"\1", page, flags=re.DOTALL).encode() for page in pages]
    with path.open("wb") as out:
        out.write(b"<!DOCTYPE html><html><head><title>Fictional library</title></head><body>")
        number = 0
        while out.tell() < size:
            prose = "".join(f"<p>{SENTENCE.format(number, line)}</p>" for line in range(3_000))
            out.write(f"<h1>Volume {number}</h1>{prose}".encode() + bodies[number % len(bodies)])
            number += 1
        out.write(b"</body></html>")


def write_list(path: Path, size: int) -> None:
    """Measurements as a network's tools export them: a row for each cell and quarter of an hour."""
    heads = ["Time", "Cell", *(f"pmFictionalValue{number}" for number in range(20))]
    with path.open("wb") as out:
        out.write(",".join(heads).encode() + b"\n")
        for block in range(10**9):
            rows = (
                f"2026-01-{1 + block % 28:02} {row % 24:02}:00,FICT{row:04},"
                + ",".join(str((row * 7919 + block * 104729 + value * 31) % 99991) for value in range(20))
                for row in range(1000)
            )
            out.write("\n".join(rows).encode() + b"\n")
            if out.tell() >= size:
                return


@dataclass
class Peak:
    """The most that the daemon and any one of its children were seen to hold, in MB."""

    daemon: float = 0.0
    worker: float = 0.0

    def look(self, pid: int) -> None:
        daemon = psutil.Process(pid)
        self.daemon = max(self.daemon, daemon.memory_info().rss / MB)
        for child in daemon.children(recursive=True):
            try:
                self.worker = max(self.worker, child.memory_info().rss / MB)
            except psutil.Error:
                continue


def through(house: House, name: str) -> tuple[Document, list[Document], Peak]:
    """Start a daemon on what was dropped; the document, its parts and the memory that it took until all had ended.

    Sealing, which comes next, takes what the number of samples asks for: `scripts/bench dataset` measures that.
    """
    peak = Peak()
    daemon = house.start()

    def ended(reader: Reader) -> bool:
        peak.look(daemon.pid)
        found = [document for document in reader.documents(limit=100_000) if document.parent is None]
        counts = reader.status()["documents"]["by_status"]
        return bool(found) and found[0].ended is not None and counts["ready"] + counts["running"] == 0

    house.until_running()
    house.until(ended, PATIENCE)
    house.kill()
    with Reader(house.home) as reader:
        document = reader.document(name)
        return document, reader.children(document.id), peak


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "home")
    yield house
    house.kill()


@pytest.mark.torture
@pytest.mark.parametrize(
    ("name", "write", "size"), [("page.html", write_page, PAGE_MB), ("list.csv", write_list, LIST_MB)]
)
def test_a_file_far_larger_than_memory_allows_is_done_and_everybody_stays_small(
    house: House, name: str, write: object, size: int
) -> None:
    part = house.home.root / "part"
    write(part, size * MB)  # type: ignore[operator]
    part.rename(house.home.inbox / name)
    began = time.monotonic()
    document, parts, peak = through(house, name)
    sys.stdout.write(
        f"\n{name}: {size} MB, {len(parts)} parts in {time.monotonic() - began:.0f} s; "
        f"daemon {peak.daemon:.0f} MB, worker {peak.worker:.0f} MB\n"
    )
    assert document.status is Status.DONE, document.reason
    assert len(parts) > size // 10
    assert {part.status for part in parts} == {Status.DONE}, {part.reason for part in parts}
    assert peak.daemon < DAEMON_MB
    assert peak.worker < WORKER_MB
