"""Stage 1: what is this file, and is it safe? Archives become their members, everything else learns its route."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from randaemon.errors import Refused
from randaemon.machine import file_size
from randaemon.model import Child, Done, Expand, Failure, Outcome, Reject, Task
from randaemon.stages.unpack import archive, ole, ooxml, parts
from randaemon.stages.unpack.detect import HEAD, Kind, detect, detect_package
from randaemon.stages.unpack.volume import measure

_NAME_MAX = 512  # bytes kept of a member's path, from its end
_JUNK = frozenset({b".ds_store", b"thumbs.db", b"desktop.ini"})


def run(task: Task) -> Outcome:
    """`Expand` for a ZIP, else `Done(meta={media_type, route, …})`; raises Refused and Unreadable."""
    with task.source.open("rb") as file:
        head = file.read(HEAD)
        if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
            raise Refused("the file is empty", code="E_EMPTY")
        kind = detect(head, whole=len(head) < HEAD)
        if kind.route == "zip":
            return _open_zip(task, file)
        if kind.media_type == "application/x-ole-storage":
            kind = ole.kind(file)
        if parts.wanted(task.source.stat().st_size, kind):
            return parts.split(task, kind)
        return _routed(kind)


def _routed(kind: Kind) -> Done:
    if not kind.route:
        raise Refused(f"files of the kind {kind.media_type} are not read", hint=kind.hint, code="E_UNSUPPORTED")
    return Done(meta={"media_type": kind.media_type, "route": kind.route, **kind.meta})


def _open_zip(task: Task, file: BinaryIO) -> Outcome:
    limits = archive.Limits.of(task.options)
    found = archive.entries(file, limits)
    kind = detect_package(frozenset(entry.name for entry in found))
    if kind.route == "office":
        ooxml.check(file, found)
    elif kind.route == "legacy":
        ooxml.check_open(file, found)
    if kind.route != "zip":
        return _routed(kind)
    return _expand(task, file, found, limits)


def _expand(task: Task, file: BinaryIO, found: tuple[archive.Entry, ...], limits: archive.Limits) -> Expand:
    depth, members = _depth(task), _members(found)
    shares = _shares(file, members, _left(task, members, limits.total))
    children = tuple(
        Child(
            index=entry.index,
            name=quote(entry.name[-_NAME_MAX:], safe="/"),
            size=entry.size,
            refusal=_extract(task.scratch, file, entry),
            meta={"depth": depth, **_time(entry), **shares.get(entry.index, {})},
        )
        for entry in members
    )
    counts = {"members": len(members), "ignored": sum(_is_junk(entry.name) for entry in found)}
    volume = measure(children, task.scratch, limits)
    return Expand(children, meta={"media_type": "application/zip", "route": "zip", **counts, **volume})


def _depth(task: Task) -> int:
    """How many archives the members lie in; raises Refused E_ZIP_DEPTH."""
    depth = _number(task.meta.get("depth")) + 1
    deepest = _number(task.options.get("max_depth", 2))
    if depth > deepest:
        raise Refused(f"archives inside archives are opened {deepest} deep", hint="unpack it first", code="E_ZIP_DEPTH")
    return depth


def _members(found: Sequence[archive.Entry]) -> list[archive.Entry]:
    """The files that somebody packed; raises Refused E_EMPTY or E_ENCRYPTED when none of them can be had."""
    members = [entry for entry in found if not entry.folder and not _is_junk(entry.name)]
    if not members:
        raise Refused("the archive holds no files", code="E_EMPTY")
    if all(entry.encrypted for entry in members):
        raise Refused.locked(hint="unpack it and drop the files")
    return members


def _time(entry: archive.Entry) -> dict[str, str]:
    """When the member was last changed, in the local time of whoever packed it; the archive knows no zone."""
    return {"modified": entry.modified} if entry.modified else {}


def _left(task: Task, members: Sequence[archive.Entry], total: int) -> int:
    """How much the archives inside may still expand to; an archive that was inside one has only its share."""
    allowance = task.meta.get("allowance")
    allowed = min(total, allowance) if isinstance(allowance, int) else total
    wanted = sum(entry.size for entry in members)
    if wanted > allowed:
        raise archive.bomb(f"would expand to {file_size(wanted)}, more than is left for its outer archive")
    return allowed - wanted


def _shares(file: BinaryIO, members: Sequence[archive.Entry], left: int) -> dict[int, dict[str, int]]:
    """The share of each archive inside, by its size, so that all of them together stay below the total."""
    inside = [entry for entry in members if _is_archive(file, entry)]
    packed = sum(entry.size for entry in inside)
    return {entry.index: {"allowance": left * entry.size // packed} for entry in inside}


def _extract(scratch: Path, file: BinaryIO, entry: archive.Entry) -> Reject | Failure | None:
    refusal = _refuse(entry)
    if refusal:
        return refusal
    target = scratch / str(entry.index)
    try:
        with target.open("wb") as out:
            for piece in archive.inflate(file, entry):
                out.write(piece)
    except archive.Damaged as error:
        target.unlink()
        return Failure(error.message, code=error.code, retry=False)
    return None


def _refuse(entry: archive.Entry) -> Reject | None:
    if entry.encrypted:
        return Reject("password protected", code="E_ENCRYPTED")
    if entry.special:
        return Reject("not a regular file: links and devices in archives are not followed", code="E_ZIP_LINK")
    if entry.method not in (archive.STORED, archive.DEFLATED):
        return Reject(f"packed with method {entry.method}; only stored and deflated members are read", "E_ZIP_METHOD")
    return None


def _is_archive(file: BinaryIO, entry: archive.Entry) -> bool:
    if _refuse(entry):
        return False
    try:
        return next(archive.inflate(file, entry), b"").startswith(b"PK\x03\x04")
    except archive.Damaged:
        return False


def _is_junk(name: bytes) -> bool:
    """What Macs and Windows leave in archives."""
    parts = name.replace(b"\\", b"/").split(b"/")
    return b"__MACOSX" in parts[:-1] or parts[-1].lower() in _JUNK or parts[-1].startswith(b"._")


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
