"""The file protocol: data, flush, rename, flush the folder. Only then may a row name the file.

Objects lie at `objects/<aa>/<sha256>`, are written once and never changed; their name is their checksum.
All functions block: call them in a thread from asynchronous code.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import itertools
import os
import secrets
import stat
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO

from randaemon.errors import FULL_DISK, StorageFault, StoreError

_BROKEN = frozenset({errno.EIO, errno.EROFS}) | FULL_DISK
_NOT_OFFERED = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOTTY})
_NOT_A_FILE = frozenset({errno.ELOOP, errno.ENXIO, errno.EMLINK})  # a link (EMLINK: on BSD), a socket
_TEMPORARY = (".*.tmp", "*/.*.tmp")
_CHUNK = 1 << 20


@contextlib.contextmanager
def storage() -> Iterator[None]:
    """Turns an error of the disk itself into `StorageFault`; other errors pass."""
    try:
        yield
    except OSError as error:
        if error.errno not in _BROKEN:
            raise
        code = "E_DISK_FULL" if error.errno in FULL_DISK else "E_STORAGE"
        raise StorageFault(f"storage error on {error.filename or 'the home'}: {error.strerror}", code=code) from error


def digest_of(path: Path) -> tuple[str, int]:
    """SHA-256 (hex) and size of a file's content."""
    with path.open("rb") as file:
        return _hashed(file)


def write(path: Path, data: bytes) -> None:
    """Writes a whole file so that after a crash it is there complete or not at all."""
    temporary = path.with_name(f".{path.name[:64]}.{secrets.token_hex(4)}.tmp")
    with storage():
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                flush(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)  # a full disk must not be kept full by what did not fit
            raise
        flush_folder(path.parent)


def sweep(folders: Iterable[Path]) -> int:
    """Removes what `write` left half-written in these folders and one level below when it was killed; returns how many.

    At start only, when nobody else writes.
    """
    leftovers = [path for folder in folders for pattern in _TEMPORARY for path in folder.glob(pattern)]
    for path in leftovers:
        path.unlink(missing_ok=True)
    return len(leftovers)


def move(source: Path, target: Path) -> None:
    """Renames a flushed file and flushes both folders."""
    with storage():
        source.rename(target)
        flush_folder(target.parent)
        flush_folder(source.parent)


def unused(path: Path) -> Path:
    """The path itself, or with a number when something is there: `a-1.db`."""
    numbered = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in itertools.count(1))
    return next(name for name in itertools.chain((path,), numbered) if not name.exists())


def path_of(objects: Path, digest: str) -> Path:
    """Where the object of a digest lies, or would."""
    return objects / digest[:2] / digest


def put(objects: Path, data: bytes) -> str:
    """Stores bytes as an object; returns their digest."""
    digest = hashlib.sha256(data).hexdigest()
    target = path_of(objects, digest)
    with storage():
        _folder(target.parent)
        if not _holds(target, digest, len(data)):
            write(target, data)
        # Also when it was there: the process that renamed it may have died before its flush.
        _flush_folders({target.parent, objects})
    return digest


def adopt(objects: Path, sources: Sequence[Path]) -> list[tuple[str, int]]:
    """Moves files in as objects, each folder flushed once; returns digest and size of each, measured here."""
    with storage():
        taken = [_take(objects, source) for source in sources]
        _flush_folders({objects, *(path_of(objects, digest).parent for digest, _ in taken)})
    return taken


def install(objects: Path, temporary: Path, digest: str) -> None:
    """Makes a whole, flushed file in this folder the object of its digest."""
    target = path_of(objects, digest)
    _folder(target.parent)
    temporary.replace(target)
    target.chmod(0o400)
    _flush_folders({target.parent, objects})


def read(objects: Path, digest: str) -> bytes:
    """The bytes of an object, checked against its name. Raises StoreError when missing or changed."""
    with sound(digest):
        data = path_of(objects, digest).read_bytes()
    if hashlib.sha256(data).hexdigest() != digest:
        raise StoreError(f"object {digest[:12]} has changed on disk", code="E_OBJECT_CHANGED")
    return data


@contextlib.contextmanager
def sound(digest: str) -> Iterator[None]:
    """Turns what goes wrong while the object of a digest is read and unpacked into StoreError."""
    try:
        yield
    except FileNotFoundError as error:
        raise StoreError(f"object {digest[:12]} is missing", code="E_OBJECT_MISSING") from error
    except zlib.error as error:
        raise StoreError(f"object {digest[:12]} has changed on disk", code="E_OBJECT_CHANGED") from error
    except OSError as error:
        if error.errno != errno.EIO:
            raise
        raise StoreError(f"object {digest[:12]} cannot be read from the disk", code="E_OBJECT_CHANGED") from error


@contextlib.contextmanager
def opened(folder: Path, name: str) -> Iterator[IO[bytes]]:
    """A file that a child wrote in its folder, for reading; raises StoreError unless both are what they seem."""
    try:
        inside = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except NotADirectoryError as error:
        raise StoreError(f"{folder.name} is not a folder any more") from error
    try:
        with os.fdopen(_open(Path(name), inside), "rb") as file:
            yield file
    finally:
        os.close(inside)


def flush(descriptor: int) -> None:
    """Forces a file to the platter: plain fsync leaves it in the drive's cache on macOS."""
    command = getattr(fcntl, "F_FULLFSYNC", None)
    if command is not None:
        try:
            fcntl.fcntl(descriptor, command)
            return
        except OSError as error:
            if error.errno not in _NOT_OFFERED:
                raise
    os.fsync(descriptor)  # all that a share of another machine offers


def flush_file(path: Path) -> None:
    """Forces the content of a file that somebody else wrote."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        flush(descriptor)
    finally:
        os.close(descriptor)


def flush_folder(folder: Path) -> None:
    """Makes renames inside a folder durable, where its file system knows how to."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        flush(descriptor)
    except OSError as error:
        if error.errno not in _NOT_OFFERED:
            raise
    finally:
        os.close(descriptor)


def _flush_folders(folders: Iterable[Path]) -> None:
    """Each folder once."""
    for folder in sorted(folders):
        flush_folder(folder)


def _take(objects: Path, source: Path) -> tuple[str, int]:
    """By one descriptor from the look to the flush: a child may put a link, a pipe or another file in the way."""
    descriptor = _open(source)
    try:
        with open(descriptor, "rb", closefd=False) as file:
            digest, size = _hashed(file)
        target = path_of(objects, digest)
        if _holds(target, digest, size):
            source.unlink()
            return digest, size
        _folder(target.parent)
        flush(descriptor)
        source.rename(target)
        if not os.path.samestat(os.fstat(descriptor), target.lstat()):
            target.unlink()
            raise StoreError(f"{source.name} was replaced while it was read")
        target.chmod(0o400)
    finally:
        os.close(descriptor)
    return digest, size


def _open(source: Path, folder: int | None = None) -> int:
    """Without following a link and without waiting for the other end of a pipe."""
    try:
        descriptor = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        if error.errno not in _NOT_A_FILE:
            raise
        raise StoreError(f"{source.name} is not a regular file") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise StoreError(f"{source.name} is not a regular file")
    return descriptor


def _holds(target: Path, digest: str, size: int) -> bool:
    """Is the object there and sound? One that has rotted is written over: the bytes at hand are the right ones."""
    try:
        return target.stat().st_size == size and digest_of(target)[0] == digest
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.EIO):
            raise
        return False


def _hashed(file: IO[bytes]) -> tuple[str, int]:
    hasher = hashlib.sha256()
    size = 0
    while chunk := file.read(_CHUNK):
        hasher.update(chunk)
        size += len(chunk)
    return hasher.hexdigest(), size


def _folder(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
