"""Artifacts that come as files: taken in and given out a piece at a time, and nothing but what was announced."""

from __future__ import annotations

import hashlib
import os
import random
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from randaemon.errors import StoreError
from randaemon.model import Filed
from randaemon.store import objects, pressed

BODY = random.Random(7).randbytes(3_000_000) + b"text that repeats itself, " * 100_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "objects"
    made.mkdir()
    return made


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    made = tmp_path / "scratch"
    made.mkdir()
    return made


def filed(scratch: Path, body: bytes = BODY) -> Filed:
    (scratch / "artifact").write_bytes(body)
    return Filed("artifact", len(body), hashlib.sha256(body).hexdigest())


def left(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("body", [BODY, b"", b"x"], ids=["large", "empty", "one byte"])
def test_what_is_taken_is_one_sealed_object_and_comes_back_as_it_was(folder: Path, scratch: Path, body: bytes) -> None:
    name = pressed.take(folder, scratch, filed(scratch, body))
    [path] = left(folder)
    assert path == objects.path_of(folder, name)
    assert path.stat().st_mode & 0o777 == 0o400
    assert zlib.decompress(objects.read(folder, name)) == body
    target = scratch / "again"
    pressed.lay(folder, name, len(body), target)
    assert target.read_bytes() == body


def test_taking_the_same_artifact_twice_leaves_one_object(folder: Path, scratch: Path) -> None:
    announced = filed(scratch)
    assert pressed.take(folder, scratch, announced) == pressed.take(folder, scratch, announced)
    assert len(left(folder)) == 1


def test_neither_way_holds_more_than_a_few_pieces(folder: Path, scratch: Path) -> None:
    announced = filed(scratch, bytes(40 << 20))
    tracemalloc.start()
    try:
        name = pressed.take(folder, scratch, announced)
        pressed.lay(folder, name, announced.size, scratch / "again")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 << 20


def _link(scratch: Path) -> None:
    (scratch / "elsewhere").write_bytes(BODY)
    (scratch / "artifact").symlink_to(scratch / "elsewhere")


def _pipe(scratch: Path) -> None:
    os.mkfifo(scratch / "artifact")


def _folder(scratch: Path) -> None:
    (scratch / "artifact").mkdir()


def _shorter(scratch: Path) -> None:
    (scratch / "artifact").write_bytes(BODY[:-1])


def _longer(scratch: Path) -> None:
    (scratch / "artifact").write_bytes(BODY + b"x")


def _other(scratch: Path) -> None:
    (scratch / "artifact").write_bytes(b"x" + BODY[1:])


@pytest.mark.parametrize("swap", [_link, _pipe, _folder, _shorter, _longer, _other])
def test_a_file_that_is_not_what_was_announced_is_refused_and_leaves_nothing(
    folder: Path, scratch: Path, swap: Callable[[Path], None]
) -> None:
    announced = filed(scratch)
    (scratch / "artifact").unlink()
    swap(scratch)
    with pytest.raises(StoreError):
        pressed.take(folder, scratch, announced)
    assert left(folder) == []


def test_a_scratch_folder_that_became_a_link_is_not_followed(folder: Path, scratch: Path) -> None:
    announced = filed(scratch)
    scratch.rename(scratch.with_name("moved"))
    scratch.symlink_to(scratch.with_name("moved"))
    with pytest.raises(StoreError, match="not a folder"):
        pressed.take(folder, scratch, announced)
    assert left(folder) == []


@pytest.mark.parametrize("rot", [b"rot", zlib.compress(b"other text"), zlib.compress(BODY) + b"more"])
def test_an_object_that_has_rotted_is_noticed_while_it_is_laid(folder: Path, scratch: Path, rot: bytes) -> None:
    announced = filed(scratch)
    name = pressed.take(folder, scratch, announced)
    path = objects.path_of(folder, name)
    path.chmod(0o600)
    path.write_bytes(rot)
    with pytest.raises(StoreError, match="has changed") as caught:
        pressed.lay(folder, name, announced.size, scratch / "again")
    assert caught.value.code == "E_OBJECT_CHANGED"
    path.unlink()
    with pytest.raises(StoreError, match="is missing"):
        pressed.lay(folder, name, announced.size, scratch / "again")
