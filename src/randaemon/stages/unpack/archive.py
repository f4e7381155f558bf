"""ZIP archives, read with suspicion.

The central directory is parsed by us and judged before one byte is inflated, since `zipfile` renames members, has no
bound on bzip2 and LZMA, and (before 3.11.8) no check for overlapping members. Names are bytes and only ever data.
Inflating counts what comes out, so that a directory that lies is caught as well.
"""

from __future__ import annotations

import re
import stat
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from randaemon.errors import Refused, Unreadable
from randaemon.machine import MIB, file_size

STORED, DEFLATED = 0, 8
_EOCD = struct.Struct("<4s4H2LH")
_EOCD64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_COMMENT_MAX = 0xFFFF
_CHUNK = 1 << 16
_DIRECTORY_MAX = 64 * MIB
_UNIX = frozenset({3, 19})  # "made by" systems whose external attributes hold a file mode


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may hold."""

    entries: int = 10_000
    total: int = 2048 * MIB
    member: int = 512 * MIB
    ratio: int = 200

    @classmethod
    def of(cls, options: Mapping[str, object]) -> Limits:
        """From the stage's options (`max_entries`, `max_total_mib`, `max_member_mib`, `max_ratio`)."""
        usual = cls()

        def number(name: str, default: int, unit: int = 1) -> int:
            value = options.get(name)
            return int(value) * unit if isinstance(value, (int, float)) else default

        return cls(
            entries=number("max_entries", usual.entries),
            total=number("max_total_mib", usual.total, MIB),
            member=number("max_member_mib", usual.member, MIB),
            ratio=number("max_ratio", usual.ratio),
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the central directory."""

    index: int
    name: bytes
    method: int
    flags: int
    crc: int
    packed: int
    size: int
    offset: int  # of the local header, in the file
    mode: int  # Unix file mode, 0 when the archive has none
    stamp: tuple[int, int] = (0, 0)  # date and time of DOS

    @property
    def modified(self) -> str:
        """`2024-03-01T12:30:00`; "" where the archive tells no time that exists."""
        day, clock = self.stamp
        try:
            return datetime(  # noqa: DTZ001 - local to whoever packed it, and nobody knows where that was
                1980 + (day >> 9), day >> 5 & 15, day & 31, clock >> 11, clock >> 5 & 63, (clock & 31) * 2
            ).isoformat()
        except ValueError:
            return ""

    @property
    def folder(self) -> bool:
        """An entry that only names a directory."""
        return self.name.endswith((b"/", b"\\")) and self.size == 0

    @property
    def encrypted(self) -> bool:
        """Needs a password: plain or strong encryption, or a masked header."""
        return bool(self.flags & 0x2041)

    @property
    def special(self) -> bool:
        """A symbolic link, device, socket or pipe."""
        return stat.S_IFMT(self.mode) not in (0, stat.S_IFREG, stat.S_IFDIR)


class Damaged(Unreadable):
    """A single member cannot be read."""

    code = "E_ZIP_CORRUPT"


def entries(file: BinaryIO, limits: Limits) -> tuple[Entry, ...]:
    """The central directory, judged: raises Refused E_ZIP_BOMB or Unreadable E_ZIP_CORRUPT."""
    size = file.seek(0, 2)
    count, start, length, shift = _directory(file, size)
    if count > limits.entries or length > _DIRECTORY_MAX:
        raise Refused(
            f"holds {count:,} entries, more than {limits.entries:,}", hint="split the archive", code="E_ZIP_BOMB"
        )
    file.seek(start)
    found = tuple(_parse(file.read(length), count, shift))
    _judge(found, size, limits)
    _overlap(found, start)
    return found


def inflate(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    """The member's bytes in pieces; raises Damaged when they are not what the directory promised."""
    crc = total = 0
    for piece in _raw(file, entry):
        total += len(piece)
        if total > entry.size:
            raise Damaged(f"holds more than the {entry.size:,} bytes that the archive's directory promises")
        crc = zlib.crc32(piece, crc)
        yield piece
    if total != entry.size:
        raise Damaged(f"ends after {total:,} of {entry.size:,} bytes")
    if crc != entry.crc:
        raise Damaged("its checksum does not match")


def bomb(what: str) -> Refused:
    """The refusal of an archive that would expand to too much."""
    return Refused(what, hint="nothing was extracted; repack what you need", code="E_ZIP_BOMB")


def _corrupt(what: str) -> Unreadable:
    return Unreadable(f"the ZIP archive cannot be read: {what}", hint="copy it again", code="E_ZIP_CORRUPT")


def _directory(file: BinaryIO, size: int) -> tuple[int, int, int, int]:
    """Count of entries, start and length of the directory, and by how much all offsets are shifted."""
    span = min(size, _EOCD.size + _COMMENT_MAX)
    file.seek(size - span)
    tail = file.read(span)
    at = _find_end(tail)
    _, disk, first, here, count, length, offset, _ = _EOCD.unpack_from(tail, at)
    end = size - span + at
    wide = _directory64(file, end)
    if wide:  # written by some even where the plain fields would do
        end, count, length, offset = wide
    elif disk or first or here != count:
        raise _corrupt("it is one part of several")
    start = end - length
    if start < 0 or start < offset:
        raise _corrupt("its directory lies outside the file")
    return count, start, length, start - offset


def _find_end(tail: bytes) -> int:
    """The last end record whose comment reaches to the end of the file, else the last one: some files have a tail."""
    found = [match.start() for match in re.finditer(b"PK\x05\x06", tail[: -_EOCD.size + 4])]
    if not found:
        raise _corrupt("its end is missing; it may have been cut off")
    exact = (at for at in reversed(found) if at + _EOCD.size + _EOCD.unpack_from(tail, at)[7] == len(tail))
    return next(exact, found[-1])


def _directory64(file: BinaryIO, end: int) -> tuple[int, int, int, int] | None:
    if end < _LOCATOR64.size:
        return None
    file.seek(end - _LOCATOR64.size)
    magic, _, where, _ = _LOCATOR64.unpack(file.read(_LOCATOR64.size))
    if magic != b"PK\x06\x07":
        return None
    file.seek(min(where, end))
    raw = file.read(_EOCD64.size)
    if len(raw) < _EOCD64.size or not raw.startswith(b"PK\x06\x06"):
        raise _corrupt("its 64-bit directory is missing")
    fields = _EOCD64.unpack(raw)
    return where, fields[7], fields[8], fields[9]


def _parse(raw: bytes, count: int, shift: int) -> Iterator[Entry]:
    at = 0
    for index in range(count):
        if at + _CENTRAL.size > len(raw) or raw[at : at + 4] != b"PK\x01\x02":
            raise _corrupt(f"entry {index + 1} of {count} is missing from its directory")
        fields = _CENTRAL.unpack_from(raw, at)
        name_at = at + _CENTRAL.size
        extra_at = name_at + fields[10]
        at = extra_at + fields[11] + fields[12]
        size, packed, offset = _wide(raw[extra_at : extra_at + fields[11]], fields[9], fields[8], fields[16])
        yield Entry(
            index=index,
            name=raw[name_at:extra_at],
            method=fields[4],
            flags=fields[3],
            crc=fields[7],
            packed=packed,
            size=size,
            offset=offset + shift,
            mode=fields[15] >> 16 if fields[1] >> 8 in _UNIX else 0,
            stamp=(fields[6], fields[5]),
        )


def _wide(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """The 64-bit values of a ZIP64 entry, which stand in this order for those fields that are all ones."""
    values = [size, packed, offset]
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            block = extra[at + 4 : at + 4 + length]
            for slot in [number for number, value in enumerate(values) if value == 0xFFFFFFFF]:
                if len(block) < 8:
                    raise _corrupt("a 64-bit size is missing")
                values[slot], block = struct.unpack_from("<Q", block)[0], block[8:]
            break
        at += 4 + length
    return values[0], values[1], values[2]


def _judge(found: tuple[Entry, ...], size: int, limits: Limits) -> None:
    total = sum(entry.size for entry in found)
    if total > limits.total or (total > MIB and total > limits.ratio * size):
        raise bomb(f"would expand to {file_size(total)} from {file_size(size)}")
    for entry in found:
        if entry.size > limits.member:
            raise bomb(f"a member would expand to {file_size(entry.size)}, more than {file_size(limits.member)}")
        if entry.size > MIB and entry.size > limits.ratio * max(entry.packed, 1):
            raise bomb(f"a member would expand to {file_size(entry.size)} from {file_size(entry.packed)}")


def _overlap(found: tuple[Entry, ...], directory: int) -> None:
    """Members that share bytes are how 116 KB become 17 GB."""
    previous_end = 0
    for entry in sorted(found, key=lambda entry: entry.offset):
        if entry.offset < previous_end:
            raise bomb("its members share the same bytes, as those of a zip bomb do")
        previous_end = entry.offset + _LOCAL.size + entry.packed
    if previous_end > directory:
        raise _corrupt("a member reaches beyond the end of the data")


def _data_start(file: BinaryIO, entry: Entry) -> int:
    file.seek(entry.offset)
    raw = file.read(_LOCAL.size)
    if len(raw) < _LOCAL.size or not raw.startswith(b"PK\x03\x04"):
        raise Damaged("its header is missing")
    fields = _LOCAL.unpack(raw)
    return entry.offset + _LOCAL.size + int(fields[9]) + int(fields[10])


def _raw(file: BinaryIO, entry: Entry) -> Iterator[bytes]:
    file.seek(_data_start(file, entry))
    if entry.method == STORED:
        yield from _packed(file, entry.packed)
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for piece in _packed(file, entry.packed):
            block = piece
            while block and not inflater.eof:
                yield inflater.decompress(block, _CHUNK)
                block = inflater.unconsumed_tail
        while not inflater.eof and (rest := inflater.decompress(inflater.unconsumed_tail, _CHUNK)):
            yield rest
    except zlib.error as error:
        raise Damaged("its compressed data is damaged") from error


def _packed(file: BinaryIO, length: int) -> Iterator[bytes]:
    while length > 0:
        piece = file.read(min(_CHUNK, length))
        if not piece:
            raise Damaged("its data is cut off")
        length -= len(piece)
        yield piece
