"""The container of the office documents before 2007: which of them it holds is said by the names of its streams."""

from __future__ import annotations

import re
from typing import BinaryIO, Final

from randaemon.errors import Refused
from randaemon.stages.unpack.detect import SAVE_AS, Kind

_SECTORS: Final = 64 << 20  # bytes looked through; the directory lies anywhere
_STREAMS: Final = (
    ("WordDocument", "application/msword"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
)
_SECTOR: Final = 512
_BEGINNING: Final = re.compile(  # of the text in a DOC, whose flags tell; of a workbook whose second record is FILEPASS
    rb"\xec\xa5.{8}(?P<word>..)|\x09\x08\x10\0.{16}\x2f\0", re.DOTALL
)


def kind(file: BinaryIO) -> Kind:
    """The kind of document in an OLE container; raises Refused E_ENCRYPTED for one that has a password."""
    file.seek(0)
    data = file.read(_SECTORS)
    if _name("EncryptedPackage") in data or _is_locked(data):
        raise Refused.locked()
    found = next((media_type for stream, media_type in _STREAMS if _name(stream) in data), "")
    return Kind(found, "legacy") if found else Kind("application/x-ole-storage", "", SAVE_AS)


def _is_locked(data: bytes) -> bool:
    """True when the document inside begins by saying that the rest of it is encrypted."""
    for found in _BEGINNING.finditer(data):
        if found.start() % _SECTOR == 0 and (found["word"] is None or found["word"][1] & 1):
            return True
    return False


def _name(stream: str) -> bytes:
    """As it stands in a directory entry: behind the entry before, with the end of its string."""
    return stream.encode("utf-16-le") + b"\0\0"
