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


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFCHR, stat.S_IFDIR])
def test_what_is_not_a_regular_file_is_ignored_with_that_reason(kind: int) -> None:
    look = Look(mode=kind | 0o600, size=1, mtime=1, inode=1, device=1)
    assert gate.judge(look, 1e6, POLICY) == Ignore("not a regular file")


@pytest.mark.parametrize(
    "name",
    [".DS_Store", "._page.html", ".hidden", "Thumbs.db", "a.part", "a.CRDOWNLOAD", "a.download", "a.tmp", "~$a.docx",
     "a.icloud", "desktop.ini"],
)  # fmt: skip
def test_system_litter_and_unfinished_downloads_are_junk(name: str) -> None:
    assert gate.junk(name)


@pytest.mark.parametrize("name", ["a.html", "party", "tmp.csv", "a~", "-rf", "report.tmp.pdf"])
def test_ordinary_names_are_not_junk(name: str) -> None:
    assert not gate.junk(name)


def test_folders_are_walked_in_order_and_links_are_not_followed(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    (inbox / "b" / "c").mkdir(parents=True)
    (inbox / "b" / ".git").mkdir()
    for name in ("z.html", "b/one.html", "b/c/two.html", "b/.git/config", "b/x.part"):
        (inbox / name).write_text("x")
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.html").write_text("x")
    (inbox / "link").symlink_to(outside)
    found = [(str(path.relative_to(inbox)), problem) for path, problem in gate.walk(inbox)]
    assert found == [("b/c/two.html", None), ("b/one.html", None), ("link", None), ("z.html", None)]


def test_folders_nested_beyond_all_reason_are_not_walked(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*("d" for _ in range(gate.MAX_DEPTH + 1)))
    deep.mkdir(parents=True)
    (deep / "page.html").write_text("x")
    assert list(gate.walk(tmp_path)) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_a_folder_that_cannot_be_read_is_reported_and_the_rest_is_walked(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o000)
    (tmp_path / "open.html").write_text("x")
    found = {path.name: problem for path, problem in gate.walk(tmp_path)}
    assert isinstance(found["closed"], PermissionError)
    assert found["open.html"] is None


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
