"""Putting an export where the user wants it: whole, or not at all, and over nothing that no export wrote."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from randaemon.errors import RandaemonError

_LAST = "manifest.json"  # who finds it finds a whole version
#: Files that others have under the same name, and what is in ours.
_OURS: Mapping[str, bytes] = {
    "README.md": b"pretty_name: RAN knowledge",
    _LAST: b'"randaemon-dataset/',
    "dataset_info.json": b'"randaemon_',
}


def put(output: Path, files: Mapping[str, bytes], owned: Collection[str]) -> list[Path]:
    """Write these files, and remove the others of the names `owned`, which an earlier export left; sorted by name.

    A new folder appears with all of them at once. In one that is there already all is written beside first, the old
    manifest goes before anything else changes, and the new one comes last: a mixture is never taken for a version.
    Raises RandaemonError, and changes nothing, where a file of such a name is somebody else's.
    """
    if not output.exists():
        _whole(output, files)
    else:
        _refuse_foreign(output, {*files, *owned})
        _over(output, files, owned)
    return [output / name for name in sorted(files)]


def _whole(output: Path, files: Mapping[str, bytes]) -> None:
    output.parent.mkdir(parents=True, exist_ok=True)
    beside = output.with_name(f".{output.name}.part")
    shutil.rmtree(beside, ignore_errors=True)  # of an export that was cut short
    beside.mkdir()
    try:
        for name, data in files.items():
            _write(beside / name, data)
        beside.rename(output)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


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


def _over(output: Path, files: Mapping[str, bytes], owned: Collection[str]) -> None:
    parts = {name: output / f".{name}.part" for name in files}
    try:
        for name, data in files.items():
            _write(parts[name], data)
        for name in sorted({*owned} - {*files} | ({_LAST} & {*owned}), key=lambda name: name != _LAST):
            (output / name).unlink(missing_ok=True)
        for name in sorted(files, key=lambda name: (name == _LAST, name)):
            parts[name].replace(output / name)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    """Flushed: a name that appears stands for all of its bytes."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
