"""The file protocol."""

from __future__ import annotations

import errno
import hashlib
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
    assert digests == [hashlib.sha256(body).hexdigest() for body in (b"one", b"two", b"one")]
    assert not any(source.exists() for source in sources)
    assert objects.read(folder, digests[1]) == b"two"
    assert objects.digest_of(objects.path_of(folder, digests[1])) == (digests[1], 3)


def test_a_link_left_by_a_worker_is_not_followed(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "0").symlink_to(tmp_path / "secret")
    with pytest.raises(StoreError, match="not a regular file"):
        objects.adopt(folder, [tmp_path / "0"])
    assert (tmp_path / "secret").exists()


def test_a_changed_or_missing_object_is_noticed(folder: Path) -> None:
    digest = objects.put(folder, b"data")
    objects.path_of(folder, digest).write_bytes(b"rot")
    with pytest.raises(StoreError, match="has changed"):
        objects.read(folder, digest)
    with pytest.raises(StoreError, match="is missing"):
        objects.read(folder, "0" * 64)


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
