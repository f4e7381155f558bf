"""Office documents are ZIPs of XML: no part may hold a DTD, since that is how entities attack a parser."""

from __future__ import annotations

import re
from typing import BinaryIO

from randaemon.errors import Refused
from randaemon.stages.unpack import archive


def _any_encoding(*words: str) -> re.Pattern[bytes]:
    names = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")
    return re.compile(b"|".join(re.escape(word.encode(name)) for word in words for name in names))


_DTD = _any_encoding("<!DOCTYPE", "<!ENTITY")
_ENTITY = _any_encoding("<!ENTITY")  # printer settings of Macs and SVG pictures carry a DOCTYPE that declares nothing
_XML_NAMES = (b".xml", b".rels", b".vml")
_OVERLAP = 64  # longer than the longest pattern: one may lie across two pieces
_DECLARED = re.compile(rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([^"']{0,40})["']""")
_PLAIN = frozenset({b"utf-8", b"utf8", b"utf-16", b"us-ascii", b"ascii", b"iso-8859-1", b"windows-1252"})


def check(file: BinaryIO, entries: tuple[archive.Entry, ...]) -> None:
    """Of today's; raises Refused E_XML_DTD, E_ENCRYPTED or E_ZIP_METHOD, or Unreadable when a part is damaged."""
    for entry in entries:
        if entry.encrypted:
            raise Refused.locked()
        if entry.method not in (archive.STORED, archive.DEFLATED):
            raise Refused("packed in a way that office documents never are", code="E_ZIP_METHOD")
        if not entry.folder:
            _check_part(file, entry)


def check_open(file: BinaryIO, entries: tuple[archive.Entry, ...]) -> None:
    """The same of an OpenDocument, whose older programs name a DTD that declares nothing, and which has keys inside."""
    for entry in entries:
        if not entry.folder and entry.name.lower().endswith(_XML_NAMES):
            _check_part(file, entry, _ENTITY)
        if entry.name == b"META-INF/manifest.xml" and b"encryption-data" in b"".join(archive.inflate(file, entry)):
            raise Refused.locked()


def _check_part(file: BinaryIO, entry: archive.Entry, forbidden: re.Pattern[bytes] | None = None) -> None:
    name, tail = entry.name.lower(), b""
    forbidden = forbidden or (_DTD if name.endswith(_XML_NAMES) else _ENTITY)
    for number, piece in enumerate(archive.inflate(file, entry)):
        if number == 0 and _hides(name, piece):
            raise _dtd("a part of it is written in an encoding that could hide a DTD")
        window = tail + piece
        if forbidden.search(window):
            raise _dtd("a part of it holds a DTD")
        tail = window[-_OVERLAP:]


def _hides(name: bytes, head: bytes) -> bool:
    """True for XML in an encoding (UTF-7, EBCDIC, …) in which the search for a DTD would find nothing."""
    plain = head[:1024].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if name.endswith(_XML_NAMES) and plain and not plain.startswith(b"<"):
        return True
    found = _DECLARED.match(plain)
    return bool(found and found.group(1).lower() not in _PLAIN)


def _dtd(what: str) -> Refused:
    return Refused(f"{what}, which no office program writes", hint="open it and save it anew", code="E_XML_DTD")
