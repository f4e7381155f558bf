"""The governor: work waits for room on the disk and says how much is missing."""

from __future__ import annotations

from pathlib import Path

from randaemon.governor import Governor, free_bytes, size
from randaemon.model import Document, Stage, Status

MIB = 1 << 20


def document(length: int) -> Document:
    return Document(1, "k", None, "a", "d", length, Stage.UNPACK, Status.RUNNING)


def governor(free: int) -> Governor:
    return Governor(Path("/"), 1024 * MIB, clock=lambda: 100.0, free=lambda _: free)


def test_with_room_the_document_runs() -> None:
    assert governor(1024 * MIB).may_run(document(MIB)) is None


def test_without_room_it_waits_with_both_figures_and_costs_no_attempt() -> None:
    defer = governor(80 * MIB).may_run(document(MIB))
    assert defer is not None
    assert defer.reason == "disk full: need 1.0 GiB, have 80 MiB — waiting"
    assert (defer.until, defer.code) == (130.0, "E_DISK_FULL")


def test_a_large_document_needs_three_times_its_size() -> None:
    defer = governor(1100 * MIB).may_run(document(500 * MIB))
    assert defer is not None
    assert "need 1.5 GiB" in defer.reason


def test_the_real_volume_is_measured(tmp_path: Path) -> None:
    assert free_bytes(tmp_path) > 0


def test_sizes_are_written_for_people() -> None:
    assert [size(1 << 10), size(5 * MIB), size(3 << 30)] == ["1 KiB", "5 MiB", "3.0 GiB"]
