"""Documents that tests drop: a fictional library as files and archives, and everything that should be refused."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass

from randaemon.demo import pages
from randaemon.demo.files import library
from randaemon.demo.library import features

MOMENT = (2026, 1, 15, 0, 0, 0)
WEIRD_NAME = "new\nline\u202etxt." + "x" * 235 + ".html"  # 255 bytes of UTF-8, a newline, a right-to-left override


def pack(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A ZIP, the same bytes at every call."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name, MOMENT), data, method)
    return buffer.getvalue()


def page(number: int) -> bytes:
    """A feature description in tagged HTML; the same number is always the same page."""
    return pages.feature_page(features(1, number)[0]).encode()


def kill_test_drops(files: int = 30) -> dict[str, bytes]:
    """`files` single files and three ZIPs: one of new pages, one that repeats single files, one a copy of the first."""
    lists = {name.replace("/", "_"): data for name, data in library(4).members if name.startswith(("lists/", "notes/"))}
    single = {f"page-{number:02}.html": page(number) for number in range(files - len(lists))}
    new = pack({f"new/page-{number}.html": page(number) for number in range(100, 104)})
    known = pack({"known/first.html": page(0), "known/second.html": page(1), "legal.html": pages.legal_page().encode()})
    return {**single, **lists, "new.zip": new, "known.zip": known, "new_again.zip": new}


def shuffled(drops: Mapping[str, bytes], seed: int) -> dict[str, bytes]:
    """The same drops in another order."""
    names = sorted(drops)
    random.Random(seed).shuffle(names)
    return {name: drops[name] for name in names}


@dataclass(frozen=True, slots=True)
class Bad:
    """A drop that must not become samples, and how it must end."""

    name: str
    content: bytes
    status: str
    codes: tuple[str, ...]  # any of these


def bad_drops() -> list[Bad]:
    """The bad-input list: each with the end that it has to come to."""
    good = pack({"page.html": page(0)})
    return [
        Bad("empty.html", b"", "rejected", ("E_EMPTY",)),
        Bad("truncated.zip", good[: len(good) // 2], "failed", ("E_ZIP_CORRUPT",)),
        Bad("bomb.zip", pack({"zeros.txt": bytes(20 << 20)}), "rejected", ("E_ZIP_BOMB",)),
        Bad("encrypted.zip", encrypted(), "rejected", ("E_ENCRYPTED",)),
        Bad("corrupt.pdf", b"%PDF-1.7\n" + b"garbage\n" * 50, "failed", ("E_CORRUPT",)),
        Bad("doctype.docx", docx_with_dtd(), "rejected", ("E_XML_DTD",)),
    ]


def escaping_zip() -> bytes:
    """A ZIP whose members try to leave the folder they are unpacked to; one is an ordinary page."""
    names = ("../escaped.html", "/absolute.html", "..\\back.html", "ok.html")
    return pack({name: page(40 + number) for number, name in enumerate(names)})


def encrypted() -> bytes:
    """A ZIP whose only member has its encryption flag set."""
    data = bytearray(pack({"secret.html": page(0)}))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature) + offset
        flags = struct.unpack_from("<H", data, at)[0]
        struct.pack_into("<H", data, at, flags | 1)
    return bytes(data)


def docx_with_dtd() -> bytes:
    """A Word file whose main part carries a document type with an entity."""
    types = (
        b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        b'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        b'<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        b'wordprocessingml.document.main+xml"/></Types>'
    )
    relations = (
        b'<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        b'<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        b'officeDocument" Target="word/document.xml"/></Relationships>'
    )
    body = (
        b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        b"<w:body><w:p><w:r><w:t>&x;</w:t></w:r></w:p></w:body></w:document>"
    )
    return pack({"[Content_Types].xml": types, "_rels/.rels": relations, "word/document.xml": body})
