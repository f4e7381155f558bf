"""The gate: which files may be claimed, and what the others wait for."""

from __future__ import annotations

import io
import os
import stat
import sys
import zipfile
from pathlib import Path

import pytest

from randaemon.watcher import gate
from randaemon.watcher.gate import GatePolicy, Ignore, Look, Take, Wait

POLICY = GatePolicy(settle=2.0, empty_wait=30.0, truncated_wait=600.0)


def regular(size: int = 10, *, dataless: bool = False) -> Look:
    return Look(mode=stat.S_IFREG | 0o600, size=size, mtime=1, inode=2, device=3, dataless=dataless)


def test_a_file_at_rest_for_the_whole_delay_is_taken() -> None:
    assert gate.judge(regular(), 2.0, POLICY) == Take()


def test_a_file_that_changed_just_now_waits_for_the_rest_of_the_delay_without_a_note() -> None:
    assert gate.judge(regular(), 0.5, POLICY) == Wait(1.5)


def test_an_empty_file_waits_longer_because_its_content_may_still_come() -> None:
    verdict = gate.judge(regular(size=0), 10.0, POLICY)
    assert isinstance(verdict, Wait)
    assert verdict.seconds == 20.0
    assert "empty" in verdict.note
    assert gate.judge(regular(size=0), 30.0, POLICY) == Take()


def test_a_cloud_placeholder_waits_however_long_it_rests() -> None:
    verdict = gate.judge(regular(dataless=True), 1e6, POLICY)
    assert isinstance(verdict, Wait)
    assert "cloud" in verdict.note


def test_a_link_is_ignored_and_what_to_do_is_said() -> None:
    verdict = gate.judge(Look(mode=stat.S_IFLNK | 0o777, size=1, mtime=1, inode=1, device=1), 1e6, POLICY)
    assert isinstance(verdict, Ignore)
    assert "put the file itself here" in verdict.note


@pytest.mark.parametrize("kind", [stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFCHR, stat.S_IFDIR])
def test_what_is_not_a_regular_file_is_ignored_with_that_reason(kind: int) -> None:
    look = Look(mode=kind | 0o600, size=1, mtime=1, inode=1, device=1)
    assert gate.judge(look, 1e6, POLICY) == Ignore("not a regular file")


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS marks placeholders by a flag")
def test_a_file_that_is_one_hole_stands_for_a_cloud_placeholder(tmp_path: Path) -> None:
    hole = tmp_path / "hole.pdf"
    hole.touch()
    os.truncate(hole, 1 << 20)
    assert gate.look(hole).dataless
    full = tmp_path / "full.pdf"
    full.write_bytes(b"x" * 100)
    assert not gate.look(full).dataless


def test_a_zip_is_complete_once_its_end_record_is_there(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "x" * 100_000)
        archive.comment = b"c" * 300
    whole = buffer.getvalue()
    path = tmp_path / "a.zip"
    for data, complete in (
        (whole, True),
        (whole[:-400], False),
        (b"no zip", True),
        (b"", True),
        (b"PK\x03\x04", False),
    ):
        path.write_bytes(data)
        with path.open("rb") as file:
            assert gate.archive_complete(file.fileno(), len(data)) is complete


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells")
def test_a_file_that_someone_has_open_for_writing_is_held(tmp_path: Path) -> None:
    path = tmp_path / "growing.csv"
    with path.open("w") as writer:
        writer.write("x")
        descriptor = os.open(path, gate.OPEN_FLAGS)
        assert gate.writer_holds(descriptor)
        os.close(descriptor)
    descriptor = os.open(path, gate.OPEN_FLAGS)
    assert not gate.writer_holds(descriptor)
    os.close(descriptor)
