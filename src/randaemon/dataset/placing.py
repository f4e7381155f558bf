"""Putting an export where the user wants it: whole, or not at all, and over nothing that no export wrote."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import shutil
import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from randaemon.errors import RandaemonError

_LAST = "manifest.json"  # who finds it finds a whole version
#: Files that others have under the same name, and what is in ours.
_OURS: Mapping[str, bytes] = {
    "README.md": b"pretty_name: RAN knowledge",
    _LAST: b'"randaemon-dataset/',
    "dataset_info.json": b'"randaemon_',
}


def put(output: Path, files: Mapping[str, bytes], owned: Collection[str], exported: Collection[str] = ()) -> list[Path]:
    """Write these files, and remove the others of the names `owned`, which an earlier export left; sorted by name.

    `exported`: the names that exports of other kinds write; such files stay. All appears at once: a new folder by its
    name, one that is there already by being exchanged for a sibling that holds whatever else lies in it as well. Where
    that cannot be done (folders of others in it, a mount, somebody working in it) the old files leave before the first
    new one comes: a mixture of two versions is never there. Raises RandaemonError, and changes nothing, where a file of
    such a name is somebody else's.
    """
    target = output.resolve()
    if target.exists():
        _refuse_foreign(target, {*files, *owned})
        if not _exchanged(target, files, {*files, *owned}, {*files, *owned, *exported}):
            _over(target, files, owned)
    else:
        _whole(target, files, {*files, *exported})
    return [output / name for name in sorted(files)]


def _refuse_foreign(output: Path, names: Iterable[str]) -> None:
    if not output.is_dir():
        raise RandaemonError(f"{output} is a file", hint="name a folder", code="E_OUTPUT")
    for name in sorted(names):
        if name in _OURS and (output / name).exists() and _OURS[name] not in (output / name).read_bytes():
            raise RandaemonError(
                f"{output / name} is not from an export and would be replaced",
                hint="export into a folder of its own",
                code="E_OUTPUT",
            )


def _whole(output: Path, files: Mapping[str, bytes], ours: Collection[str]) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    with _beside(output, ours) as beside:
        _fill(beside, files)
        beside.rename(output)
    _flush(output.parent)


def _exchanged(output: Path, files: Mapping[str, bytes], replaced: Collection[str], ours: Collection[str]) -> bool:
    """False, and nothing is changed, where one folder cannot take the place of another."""
    staying = [entry for entry in os.scandir(output) if entry.name not in replaced]
    plain = all(entry.is_file(follow_symlinks=False) for entry in staying)
    if not plain or Path.cwd().is_relative_to(output):
        return False
    try:
        with _beside(output, ours) as beside:
            _fill(beside, files)
            for entry in staying:
                os.link(entry.path, beside / entry.name)
            _as(output, beside)
            _swap(output, beside)
            _follow(beside, output, replaced)
    except OSError as error:
        if error.errno not in _NOT_OFFERED:
            raise
        return False
    _flush(output.parent)
    return True


@contextlib.contextmanager
def _beside(output: Path, ours: Collection[str]) -> Iterator[Path]:
    """An empty folder beside, this process's own; what is ours in it goes in the end, as what a crash left there."""
    beside = output.with_name(f".{output.name}.part")
    with _alone(output.parent):
        beside.mkdir(exist_ok=True)
        _empty(beside, output, ours)
        if any(beside.iterdir()):
            raise RandaemonError(
                f"{beside} holds files that no export wrote", hint="move them and try again", code="E_OUTPUT"
            )
        try:
            yield beside
        finally:
            with contextlib.suppress(FileNotFoundError):  # it has become the output
                _empty(beside, output, ours)
                _remove(beside)


@contextlib.contextmanager
def _alone(parent: Path) -> Iterator[None]:
    """One export at a time; others wait."""
    folder = os.open(parent, os.O_RDONLY)
    try:
        with _if_offered():
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _as(output: Path, beside: Path) -> None:
    """Rights and owner of the folder whose place it takes."""
    found = output.stat()
    os.chown(beside, found.st_uid, found.st_gid)
    shutil.copystat(output, beside)


def _empty(beside: Path, output: Path, ours: Collection[str]) -> None:
    """Without what is ours and what lies in the output as well: a file of somebody else has another name there."""
    for path in beside.iterdir():
        if path.name in ours or _same(path, output / path.name):
            path.unlink()


def _follow(old: Path, new: Path, replaced: Collection[str]) -> None:
    """Files of others that came or were replaced while the folders changed places."""
    for path in old.iterdir():
        if path.name not in replaced and not _same(path, new / path.name):
            path.replace(new / path.name)


def _same(one: Path, other: Path) -> bool:
    return other.exists() and one.samefile(other)


def _remove(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise


def _over(output: Path, files: Mapping[str, bytes], owned: Collection[str]) -> None:
    """Written beside their places; then the old files go, the manifest first, and the new come, the manifest last."""
    parts = {name: output / f".{name}.part" for name in files}
    try:
        for name, data in files.items():
            _write(parts[name], data)
        for name in sorted({*owned, *files}, key=lambda name: (name != _LAST, name)):
            (output / name).unlink(missing_ok=True)
        for name in sorted(files, key=lambda name: (name == _LAST, name)):
            parts[name].replace(output / name)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)
    _flush(output)


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        _write(folder / name, data)
    _flush(folder)


def _write(path: Path, data: bytes) -> None:
    """Flushed: a name that appears stands for all of its bytes."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        with _if_offered():
            os.fsync(number)
    finally:
        os.close(number)


@contextlib.contextmanager
def _if_offered() -> Iterator[None]:
    """Some file systems of networks lock and flush no folder."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NOT_OFFERED:
            raise


def _swap(one: Path, two: Path) -> None:
    """The two exchange their names in one step. Raises OSError where the system or the file system cannot."""
    library = ctypes.CDLL(None, use_errno=True)
    names = os.fsencode(one), os.fsencode(two)
    if sys.platform == "darwin":
        failed = library.renamex_np(*names, _EXCHANGE)
    elif hasattr(library, "renameat2"):
        failed = library.renameat2(_HERE, names[0], _HERE, names[1], _EXCHANGE)
    else:
        raise OSError(errno.ENOSYS, "the system exchanges no names")
    if failed:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), str(one))


_EXCHANGE = 2  # RENAME_EXCHANGE, RENAME_SWAP
_HERE = -100  # AT_FDCWD
_NOT_OFFERED = frozenset(
    {
        errno.EXDEV, errno.EBUSY, errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EPERM,
        errno.EACCES, errno.EROFS, errno.EMLINK, errno.ENOLCK,
    }
)  # fmt: skip
