"""The file protocol."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import socket
import stat
from pathlib import Path

import pytest

from randaemon.errors import StorageFault, StoreError
from randaemon.store import objects


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "objects"
    made.mkdir()
    return made


def test_a_written_file_is_whole_and_leaves_no_temporary_behind(tmp_path: Path) -> None:
    objects.write(tmp_path / "a.json", b"one")
    objects.write(tmp_path / "a.json", b"two")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert (tmp_path / "a.json").read_bytes() == b"two"


def test_an_object_is_named_by_its_hash_and_written_once(folder: Path) -> None:
    digest = objects.put(folder, b"data")
    assert digest == hashlib.sha256(b"data").hexdigest()
    path = objects.path_of(folder, digest)
    before = path.stat().st_mtime_ns
    assert objects.put(folder, b"data") == digest
    assert path.stat().st_mtime_ns == before
    assert objects.read(folder, digest) == b"data"


def test_files_are_taken_in_under_their_own_hash_whoever_named_them(folder: Path, tmp_path: Path) -> None:
    sources = []
    for number, body in enumerate((b"one", b"two", b"one")):
        source = tmp_path / str(number)
        source.write_bytes(body)
        sources.append(source)
    digests = objects.adopt(folder, sources)
    assert digests == [(hashlib.sha256(body).hexdigest(), 3) for body in (b"one", b"two", b"one")]
    assert not any(source.exists() for source in sources)
    assert objects.read(folder, digests[1][0]) == b"two"
    assert objects.digest_of(objects.path_of(folder, digests[1][0])) == digests[1]


def test_a_link_left_by_a_worker_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "0").symlink_to(tmp_path / "secret")
    with pytest.raises(StoreError, match="not a regular file"):
        objects.adopt(folder, [tmp_path / "0"])
    assert (tmp_path / "secret").exists()


def test_what_is_no_file_is_neither_opened_nor_waited_for(folder: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "0")
    (tmp_path / "1").mkdir()
    with socket.socket(socket.AF_UNIX) as listening, contextlib.chdir(tmp_path):
        listening.bind("2")
    for name in ("0", "1", "2"):
        with pytest.raises(StoreError, match="not a regular file"):
            objects.adopt(folder, [tmp_path / name])
    with pytest.raises(FileNotFoundError):
        objects.adopt(folder, [tmp_path / "3"])
    assert not list(folder.rglob("*"))


def test_a_file_that_is_swapped_while_it_is_read_is_not_taken(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "0").write_bytes(b"looked at")
    (tmp_path / "other").write_bytes(b"swapped")
    flush = objects.flush

    def swapping(descriptor: int) -> None:
        flush(descriptor)
        if (tmp_path / "other").exists():
            (tmp_path / "other").replace(tmp_path / "0")

    monkeypatch.setattr(objects, "flush", swapping)
    with pytest.raises(StoreError, match="was replaced"):
        objects.adopt(folder, [tmp_path / "0"])
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_an_object_that_rotted_is_healed_by_whoever_brings_its_bytes_again(folder: Path, tmp_path: Path) -> None:
    digest = objects.put(folder, b"data")
    path = objects.path_of(folder, digest)
    for rot in (b"rot!", b""):
        path.write_bytes(rot)
        assert objects.put(folder, b"data") == digest
        assert objects.read(folder, digest) == b"data"
    path.write_bytes(b"rot!")
    (tmp_path / "0").write_bytes(b"data")
    assert objects.adopt(folder, [tmp_path / "0"]) == [(digest, 4)]
    assert objects.read(folder, digest) == b"data"


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(objects, "flush", full)
    with pytest.raises(StorageFault) as caught:
        objects.write(tmp_path / "a.json", b"one")
    assert caught.value.code == "E_DISK_FULL"
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_write_left_is_swept_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    kept = objects.path_of(folder, objects.put(folder, b"data"))
    (folder / "aa").mkdir()
    for leftover in (folder / ".x.1234.tmp", folder / "aa" / ".y.1234.tmp"):
        leftover.write_bytes(b"half")
    (folder / "aa" / "note.tmp").write_bytes(b"somebody's")
    assert objects.sweep([folder, tmp_path / "absent"]) == 2
    assert {path for path in folder.rglob("*") if path.is_file()} == {kept, folder / "aa" / "note.tmp"}


@pytest.mark.parametrize("refusal", [errno.ENOTSUP, errno.EINVAL])
def test_a_share_without_full_flushes_gets_plain_ones_and_folders_none(
    refusal: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = []

    def refuse(descriptor: int, command: int) -> int:
        raise OSError(refusal, "not offered")

    def fsync(descriptor: int) -> None:
        plain.append(descriptor)
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(refusal, "not offered")

    monkeypatch.setattr(objects.fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(objects.fcntl, "fcntl", refuse)
    monkeypatch.setattr(objects.os, "fsync", fsync)
    objects.write(tmp_path / "a.json", b"one")
    assert len(plain) == 2


@pytest.mark.parametrize("call", ["fcntl", "fsync"])
def test_a_flush_that_fails_for_good_is_not_tried_another_way(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: int) -> int:
        raise OSError(errno.EIO, "broken")

    if call == "fcntl":
        monkeypatch.setattr(objects.fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(getattr(objects, "fcntl" if call == "fcntl" else "os"), call, broken)
    with pytest.raises(StorageFault):
        objects.write(tmp_path / "a.json", b"one")
    with pytest.raises(OSError, match="broken"):
        objects.flush_folder(tmp_path)


def test_a_changed_or_missing_object_is_noticed(folder: Path) -> None:
    digest = objects.put(folder, b"data")
    objects.path_of(folder, digest).write_bytes(b"rot")
    with pytest.raises(StoreError, match="has changed"):
        objects.read(folder, digest)
    with pytest.raises(StoreError, match="is missing"):
        objects.read(folder, "0" * 64)


@pytest.mark.parametrize(("number", "kind"), [(errno.EIO, StoreError), (errno.EACCES, PermissionError)])
def test_an_object_that_the_disk_cannot_give_back_is_as_good_as_changed(
    number: int, kind: type[Exception], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*arguments: object, **options: object) -> None:
        raise OSError(number, "words of the system")

    digest = objects.put(folder, b"data")
    monkeypatch.setattr(Path, "read_bytes", unreadable)
    with pytest.raises(kind):
        objects.read(folder, digest)


@pytest.mark.parametrize(
    ("number", "code"), [(errno.EIO, "E_STORAGE"), (errno.ENOSPC, "E_DISK_FULL"), (errno.EROFS, "E_STORAGE")]
)
def test_an_error_of_the_disk_is_a_storage_fault(number: int, code: str) -> None:
    with pytest.raises(StorageFault) as caught, objects.storage():
        raise OSError(number, "words of the system", "file")
    assert caught.value.code == code


def test_other_errors_pass_as_they_are(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        objects.move(tmp_path / "absent", tmp_path / "target")
