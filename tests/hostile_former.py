"""Former office formats and OpenDocument made to hurt: what an office suite would be handed, if one is installed."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from io import BytesIO

_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_SECTOR = 512
_OPEN = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{kind}:1.0"'
    for name, kind in (("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"))
)
SAID = "The fictional timer waits in a cell."
_RTF = "{\\rtf1\\ansi " + SAID + "\\par}"
_REMOTE = "http://192.0.2.1/x"  # of the addresses that documentation may use


def good() -> dict[str, bytes]:
    """One small file of each kind that is not damaged."""
    return {
        "letter.rtf": _RTF.encode(),
        "letter.odt": odf("text", f"<office:text><text:p>{SAID}</text:p></office:text>"),
        "book.ods": odf(
            "spreadsheet",
            '<office:spreadsheet><table:table table:name="a"><table:table-row><table:table-cell><text:p>pMax</text:p>'
            "</table:table-cell></table:table-row></table:table></office:spreadsheet>",
        ),
        "letter.doc": ole("WordDocument", b"\xec\xa5\xc1\0" + SAID.encode("cp1252")),
        "book.xls": ole("Workbook", b"\x09\x08\x10\0\0\6\5\0" + bytes(12) + b"\x0a\0\0\0"),
        "deck.ppt": ole("PowerPoint Document", b"\x0f\0\xe8\x03" + bytes(64)),
    }


def crafted() -> dict[str, bytes]:
    """About 60 files, by name."""
    files: dict[str, bytes] = {}
    for family in (_cut, _rtf, _open, _ole):
        files |= {f"former-{name}": data for name, data in family()}
    return files


def odf(kind: str, body: str, *, prolog: str = "", manifest: str = "") -> bytes:
    """An OpenDocument of a body."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}", zipfile.ZIP_STORED)
        package.writestr(
            "content.xml",
            f'<?xml version="1.0"?>{prolog}<office:document-content {_OPEN} xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'office:version="1.2"><office:body>{body}</office:body></office:document-content>',
        )
        package.writestr(
            "META-INF/manifest.xml",
            '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
            f'<m:file-entry m:full-path="/" m:media-type="application/vnd.oasis.opendocument.{kind}"/>'
            f'<m:file-entry m:full-path="content.xml" m:media-type="text/xml">{manifest}</m:file-entry></m:manifest>',
        )
    return out.getvalue()


def ole(stream: str, content: bytes) -> bytes:
    """A container of one stream: a head, the chains of sectors, the directory, the sectors of the stream."""
    data = content + bytes(-len(content) % _SECTOR if len(content) >= 4096 else 4096 - len(content))
    count = len(data) // _SECTOR
    chains = [_FAT, _END, *range(3, count + 2), _END]
    fat = struct.pack("<128I", *chains, *[_FREE] * (128 - len(chains)))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H6x", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9I", 0, 1, 1, 0, 4096, _END, 0, _END, 0) + struct.pack("<109I", 0, *[_FREE] * 108)
    directory = _entry("Root Entry", 5, _END, 0, child=1) + _entry(stream, 2, 2, len(data)) + bytes(256)
    return head + fat + directory + data


def _entry(name: str, kind: int, start: int, size: int, child: int = _FREE) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    return struct.pack("<64sHBBIII36xIQ", encoded, len(encoded), kind, 1, _FREE, _FREE, child, start, size)


def _cut() -> Iterator[tuple[str, bytes]]:
    for name, data in good().items():
        for share in (2, 6, 9):
            yield f"{share}-of-10-{name}", data[: len(data) * share // 10]
        yield f"zeroed-{name}", data[:520] + bytes(max(len(data) - 520, 0))


def _rtf() -> Iterator[tuple[str, bytes]]:
    yield "deep.rtf", b"{\\rtf1 " + b"{" * 100_000 + b"}" * 100_000 + b"}"
    yield "open.rtf", b"{\\rtf1 " + b"{\\b " * 5_000 + SAID.encode()
    yield "binary.rtf", b"{\\rtf1 \\bin2000000000 x}"
    yield "object.rtf", b"{\\rtf1{\\object\\objemb{\\*\\objdata " + b"d0cf11e0" * 5_000 + b"}}" + SAID.encode() + b"}"
    yield "picture.rtf", b"{\\rtf1{\\pict\\pngblip\\picw99999999\\pich99999999 89504e47}" + SAID.encode() + b"}"
    yield (
        "remote.rtf",
        (
            "{\\rtf1{\\*\\template "
            + _REMOTE
            + '}{\\field{\\*\\fldinst INCLUDEPICTURE "'
            + _REMOTE
            + '"}{\\fldrslt x}}'
            + SAID
            + "}"
        ).encode(),
    )


def _open() -> Iterator[tuple[str, bytes]]:
    text = f"<office:text><text:p>{SAID}</text:p></office:text>"
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10 if n else 'ha'}'>" for n in range(9))
    yield "laughs.odt", odf("text", text.replace("waits", "&l8;"), prolog=f"<!DOCTYPE d [{laughs}]>")
    yield (
        "outside.odt",
        odf("text", text.replace("waits", "&x;"), prolog="<!DOCTYPE d [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"),
    )
    yield "password.odt", odf("text", text, manifest='<m:encryption-data m:checksum="x"/>')
    yield "deep.odt", odf("text", "<text:section>" * 20_000 + "</text:section>" * 20_000)
    yield (
        "wide.ods",
        odf(
            "spreadsheet",
            '<office:spreadsheet><table:table><table:table-row table:number-rows-repeated="1000000"><table:table-cell '
            'table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell></table:table-row></table:table>'
            "</office:spreadsheet>",
        ),
    )
    frame = f'<draw:frame><draw:image xlink:href="{_REMOTE}" xlink:type="simple" xlink:actuate="onLoad"/></draw:frame>'
    yield "remote.odt", odf("text", text.replace("</text:p>", f"{frame}</text:p>"))
    source = '<text:section text:name="s"><text:section-source xlink:href="file:///etc/passwd"/></text:section>'
    yield "local.odt", odf("text", text.replace("</office:text>", f"{source}</office:text>"))
    yield "nothing.odg", odf("graphics", "<office:drawing/>")


def _ole() -> Iterator[tuple[str, bytes]]:
    word, sheet = good()["letter.doc"], good()["book.xls"]
    fat, directory = _SECTOR, 2 * _SECTOR
    yield "loop.doc", _patched(word, fat + 8, struct.pack("<I", 2))
    yield "own-child.doc", _patched(word, directory + 76, struct.pack("<I", 0))
    for at, name in ((44, "chains"), (48, "directory"), (68, "more"), (72, "many")):
        yield f"{name}.doc", _patched(word, at, struct.pack("<I", 0x7FFFFFF0))
    yield "size.doc", _patched(word, directory + 128 + 120, struct.pack("<Q", 1 << 60))
    yield "sectors.xls", _patched(sheet, 30, struct.pack("<H", 40))
    yield "record.xls", ole("Workbook", b"\x09\x08\x10\0" + bytes(16) + b"\xff\xff\xff\xff" * 1_000)
    yield "password.doc", ole("WordDocument", b"\xec\xa5" + bytes(8) + b"\x00\x01" + bytes(400))
    yield "password.xls", ole("Workbook", b"\x09\x08\x10\0" + bytes(16) + b"\x2f\0\x36\0" + bytes(400))
    yield "password.docx", ole("EncryptedPackage", bytes(500))
    yield "nothing.msg", ole("__properties_version1.0", bytes(500))


def _patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]
