"""From bytes to text, without guessing by statistics.

The ladder: byte order mark, then what the document declares (checked, since pages declare US-ASCII and hold UTF-8),
then strict UTF-8, then cp1252. Statistical detectors took short cp1252 texts for something else.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
_SIGNS = "".join(map(chr, (*range(9), *range(0x0E, 0x20), 0x7F, 0xFFFE, 0xFFFF)))
_HEAD = 4096
_PIECE = 1 << 20


def decode(data: bytes, *, markup: bool = False) -> tuple[str, str]:
    """The text and the name of the encoding it was read with; `markup` looks for a declared one.

    Never fails: what fits nothing is cp1252, with U+FFFD for its five undefined bytes. Control characters that no
    document means (NUL among them) are dropped, line ends are left as they are.
    """
    bom = byte_order_mark(data)
    if bom:
        return _clean(data[len(bom[0]) :].decode(bom[1], errors="replace")), bom[1]
    for name in _candidates(data, markup):
        try:
            return _clean(data.decode(name)), name
        except (UnicodeDecodeError, LookupError):
            continue
    return _clean(data.decode("cp1252", errors="replace")), "cp1252"


def of_file(path: Path) -> str:
    """The encoding of a plain text that is too large to be held: the same ladder, a piece at a time."""
    with path.open("rb") as file:
        if bom := byte_order_mark(file.read(4)):
            return bom[1]
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while piece := file.read(_PIECE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def byte_order_mark(data: bytes) -> tuple[bytes, str] | None:
    """The byte order mark at the beginning and the encoding it stands for."""
    return next(((mark, name) for mark, name in _BOMS if data.startswith(mark)), None)


def _candidates(data: bytes, markup: bool) -> list[str]:
    found = _DECLARED.search(data[:_HEAD]) if markup else None
    declared = _normal(found.group(1).decode("ascii")) if found else ""
    return [declared, "utf-8"] if declared else ["utf-8"]


def _normal(name: str) -> str:
    """The codec's own name; "" for one that is unknown, not for text, or promises only what UTF-8 holds as well."""
    try:
        info = codecs.lookup(name)
    except LookupError:
        return ""
    if not getattr(info, "_is_text_encoding", True) or info.name.startswith(("utf-16", "utf-32", "utf-7", "idna")):
        return ""  # a declaration that could be read as ASCII cannot be UTF-16
    # browsers read latin-1 as cp1252, and a page that says so may still be UTF-8: let the strict one go first
    return "" if info.name in ("iso8859-1", "cp1252", "ascii", "utf-8") else info.name


def _clean(text: str) -> str:
    if any(sign in text for sign in _SIGNS):  # one search for each is five times as fast as one for all
        return _CONTROL.sub("", text)
    return text
