"""Files made to hurt: crafted ones of each kind, and seeded mutations of good ones."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from randaemon.demo.files import library
from randaemon.demo.pages import feature_page

PAGE = feature_page(library(count=3, first=0).described[0])
LIST = "Name,MO,Default\n" + "".join(f"pmFictional{n},NRCellDU,00{n}\n" for n in range(40))
TEXTS = ("", "\0", "<", "a" * 100_000, "=cmd|' /C calc'!A0", "<|im_start|>system", "\u202egpj.exe", "%s%n", "🦊" * 1000)
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def good() -> dict[str, bytes]:
    """One small file of each kind that is read."""
    return {
        "page.html": PAGE.encode(),
        "list.csv": LIST.encode(),
        "document.docx": _docx(),
        "book.xlsx": _xlsx(),
        "deck.pptx": _pptx(),
        "paper.pdf": pdf(b"BT /F1 12 Tf 72 700 Td (The fictional timer waits ten seconds in a cell.) Tj ET"),
        "files.zip": pack(
            {"a.html": PAGE.encode(), "b/list.csv": LIST.encode(), "inner.zip": pack({"x.txt": b"text"})}
        ),
        "notes.md": b"# Notes\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nThe fictional counter counts events in a cell.\n",
        "counters.xml": b"<?xml version='1.0'?><measCollecFile><measData><measInfo measInfoId='x'><measType p='1'>"
        b"pmFictional</measType></measInfo></measData></measCollecFile>",
        "values.json": b'{"counters": [{"name": "pmFictional", "unit": "ms", "default": "007"}]}',
        "plain.txt": b"1 Scope\n\nThe fictional feature balances the load between the cells of a node.\n",
    }


def crafted() -> dict[str, bytes]:
    """About 250 files, by name."""
    files: dict[str, bytes] = {}
    for family in (_cut, _texts, _pages, _lists, _archives, _packed, _office, _papers, _structured):
        files |= {f"{family.__name__.strip('_')}-{name}": data for name, data in family()}
    return files


def mutated(count: int, seed: int, files: Mapping[str, bytes] | None = None) -> Iterator[tuple[str, bytes]]:
    """Good files with bytes flipped, cut out, doubled, zeroed or taken from another file."""
    chance = random.Random(seed)
    sources = list((files or good()).items())
    for number in range(count):
        name, data = chance.choice(sources)
        other = chance.choice(sources)[1]
        packed = data.startswith(b"PK") and chance.random() < 0.8  # else its check sum is all that is ever tested
        yield f"{seed}-{number}-{name}", _hurt_inside(data, chance, other) if packed else _hurt(data, chance, other)


def pack(members: Mapping[str, bytes]) -> bytes:
    """A ZIP."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def pdf(content: bytes, *, pages: int = 1, extra: bytes = b"", packed: bool = False) -> bytes:
    """A PDF whose pages all have one content."""
    stream = zlib.compress(content, 9) if packed else content
    packing = b"/Filter /FlateDecode " if packed else b""
    kids = b"3 0 R " * pages
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R " + extra + b">>",
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, kids),
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] "
            b"/Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< %s/Length %d >>\nstream\n%s\nendstream" % (packing, len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 6\n0000000000 65535 f \n%strailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF"
    return out + end % (table, len(out))


def _hurt_inside(data: bytes, chance: random.Random, other: bytes) -> bytes:
    """An archive of which one member was hurt."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(list(members))
    return pack(members | {name: _hurt(members[name], chance, other)})


def _hurt(data: bytes, chance: random.Random, other: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8, 64))):
        _hurt_once(changed, chance, other)
    return bytes(changed)


def _hurt_once(data: bytearray, chance: random.Random, other: bytes) -> None:
    at = chance.randrange(len(data) + 1)
    length = chance.choice((1, 2, 4, 50, 400))
    match chance.randrange(6):
        case 0:
            data[at : at + 1] = bytes([chance.randrange(256)])
        case 1:
            del data[at : at + length]
        case 2:
            data[at:at] = data[at : at + length] * 3
        case 3:
            data[at : at + length] = bytes(length)
        case 4:
            data[at:at] = other[at % max(len(other), 1) :][:length]
        case _:
            data[at : at + 4] = struct.pack("<I", chance.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF)))


def _cut() -> Iterator[tuple[str, bytes]]:
    for name, data in good().items():
        for share in (1, 3, 6, 9):
            yield f"{share}-of-10-{name}", data[: len(data) * share // 10]
        yield f"zeroed-{name}", data[:64] + bytes(len(data) - 64)


def _texts() -> Iterator[tuple[str, bytes]]:
    for number, text in enumerate(TEXTS):
        yield f"{number}.txt", text.encode()
        yield (
            f"page-{number}.html",
            f"<html><body><h1>{text}</h1><p>{text} fictional text {text}</p></body></html>".encode(),
        )
        yield f"cell-{number}.csv", f"Name,Value\nx,{text}\ny,{text}\n".encode()
        yield f"utf16-{number}.txt", text.encode("utf-16", "surrogatepass")
    yield "lone-marks.txt", b"\xff\xfe\xff\xfe\xff"
    yield "invalid.txt", bytes(range(128, 256)) * 40


def _pages() -> Iterator[tuple[str, bytes]]:
    for tag in ("div", "table", "ul", "b", "td", "blockquote", "a", "pre"):
        yield f"deep-{tag}.html", f"<html><body>{f'<{tag}>' * 20_000}fictional text that is long enough".encode()
    for down, across in ((65534, 1), (1, 1000), (65534, 1000), (0, 0), (-1, -1), (10**9, 10**9)):
        cells = f"<td rowspan={down} colspan={across}>x</td>" * 200
        yield f"span-{down}-{across}.html", f"<html><body><table>{f'<tr>{cells}</tr>' * 50}</table>".encode()
    yield "unclosed.html", b"<html><body><table><tr><td><ul><li><pre><h1>fictional text long enough to be read"
    yield "attributes.html", b"<html><body><p " + b"a='b' " * 50_000 + b">fictional text long enough to be read"
    yield "entities.html", b"<html><body><p>" + b"&#x110000;&#0;&bogus;&amp" * 5_000 + b" fictional text long enough"
    yield "comment.html", b"<html><body><!-- " + b"-" * 500_000 + b"<p>fictional text long enough to be read</p>"
    yield (
        "doctype.html",
        b"<!DOCTYPE html [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><html><body><p>&a; fictional text</p>",
    )
    yield (
        "remote.html",
        b"<html><meta http-equiv=refresh content='0;http://192.0.2.1/'><img src=http://192.0.2.1/x><p>text",
    )


def _lists() -> Iterator[tuple[str, bytes]]:
    yield "same-heads.csv", (",".join(["same"] * 9_000) + "\n").encode() * 3
    yield "too-wide.csv", (",".join(map(str, range(20_000))) + "\n").encode() * 3
    yield "open-quote.csv", b'Name,Note\na,"never closed\n' + b"b,c\n" * 20_000
    yield "ragged.csv", b"".join(b"x," * (n % 50) + b"y\n" for n in range(3_000))
    yield "nul.csv", LIST.replace("pm", "p\0m").encode()
    yield "quotes.csv", b'"' * 99_999 + b",b\nc,d\n"
    yield "returns.csv", LIST.replace("\n", "\r").encode()
    yield "utf16.csv", LIST.encode("utf-16")
    yield "formulas.csv", b"Name;Value\n=1+1;+2\n@x;-3\n" * 50
    yield "long-cell.csv", b"Name,Value\nx," + b"y" * 2_000_000 + b"\na,b\nc,d\n"


def _archives() -> Iterator[tuple[str, bytes]]:
    yield "bomb.zip", pack({"a.txt": bytes(300 << 20)})
    inner = pack({"zeros.txt": bytes(20 << 20)})
    yield "nested-bomb.zip", pack({f"{n}.zip": inner for n in range(40)})
    deep = pack({"x.txt": b"text"})
    for depth in range(2, 8):
        deep = pack({"in.zip": deep})
        yield f"deep-{depth}.zip", deep
    for number, name in enumerate(
        ("../x.txt", "/etc/x", "C:\\x", "a\\..\\..\\x", "x" * 5_000, "\u202ex", "-rf", "a\nb", ".")
    ):
        yield f"name-{number}.zip", pack({name: b"Some fictional text of a member."})
    yield "many.zip", pack({f"{n}.txt": b"x" for n in range(12_000)})
    yield "empty.zip", pack({})
    base = pack({"a.txt": b"Some fictional text of a member.", "b.txt": b"More of it."})
    for place in range(len(base) - 22, len(base)):
        yield f"end-{place}.zip", base[:place] + bytes([base[place] ^ 0xFF]) + base[place + 1 :]


def _packed() -> Iterator[tuple[str, bytes]]:
    """What only the bytes of an archive can say: methods, flags, sizes and places that lie, members of one name."""
    text = b"Some fictional text of a member that is long enough. " * 4
    base = pack({"a.txt": text, "b.txt": text[::-1]})
    entry = base.index(b"PK\x01\x02")
    for method in (1, 6, 9, 12, 14, 93, 95, 98, 99):
        yield f"method-{method}.zip", _patched(base, entry + 10, struct.pack("<H", method))
    for flags in (1, 0x40, 0x2000):
        yield f"flags-{flags:x}.zip", _patched(base, entry + 8, struct.pack("<H", flags))
    for size in (0, 1, 1 << 20, 0x7FFFFFFF, 0xFFFFFFFF):
        yield f"size-{size:x}.zip", _patched(base, entry + 24, struct.pack("<I", size))
        yield f"packed-{size:x}.zip", _patched(base, entry + 20, struct.pack("<I", size))
        yield f"offset-{size:x}.zip", _patched(base, entry + 42, struct.pack("<I", size))
    yield "crc.zip", _patched(base, entry + 16, b"\0\0\0\0")
    yield "link.zip", _patched(_patched(base, entry + 5, b"\3"), entry + 38, struct.pack("<I", 0o120777 << 16))
    yield "overlap.zip", _overlapping(500)
    yield "before.zip", b"#!/bin/sh\nexit 1\n" * 100 + base
    yield "behind.zip", base + b"\0" * 5_000
    yield "nul.zip", base.replace(b"a.txt", b"a\0.tx")
    yield "same-names.zip", base.replace(b"b.txt", b"a.txt")
    yield "case-twins.zip", base.replace(b"b.txt", b"A.TXT")
    yield "junk.zip", pack({"__MACOSX/._a": text, ".DS_Store": text, "x/Thumbs.db": text, "desktop.ini": text})
    for name, magic in (("tar", b"x" * 257 + b"ustar\0"), ("7z", b"7z\xbc\xaf\x27\x1c"), ("rar", b"Rar!\x1a\x07\0")):
        yield f"other.{name}", magic + bytes(512)


def _patched(data: bytes, at: int, new: bytes) -> bytes:
    return data[:at] + new + data[at + len(new) :]


def _overlapping(count: int) -> bytes:
    """Members that all begin at one place: a megabyte each, told `count` times."""
    base = pack({"0": bytes(1 << 20)})
    entry, end = base.index(b"PK\x01\x02"), base.index(b"PK\x05\x06")
    directory = base[entry:end] * count
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(directory), entry, 0)
    return base[:entry] + directory + tail


def _office() -> Iterator[tuple[str, bytes]]:
    for entity in ("<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>", "<!ENTITY x SYSTEM 'file:///etc/passwd'>"):
        yield f"dtd-{len(entity)}.docx", _docx(f"<!DOCTYPE w:document [{entity}]>")
    for depth in (200, 2_000, 20_000):
        yield f"deep-{depth}.docx", _docx(body="<w:tbl><w:tr><w:tc>" * depth + "</w:tc></w:tr></w:tbl>" * depth)
        yield f"nested-{depth}.docx", _docx(body="<w:ins>" * depth + "</w:ins>" * depth)
    yield (
        "span.docx",
        _docx(body="<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val='99999'/></w:tcPr><w:p/></w:tc></w:tr></w:tbl>"),
    )
    yield "bomb.docx", _docx(body="<w:p/>" * 3_000_000)
    for reference in ("XFD1048576", "ZZZZ1", "A0", "", "A99999999"):
        yield f"cell-{reference}.xlsx", _xlsx(f'<row r="1"><c r="{reference}"><v>1</v></c></row>')
    for value in ("9" * 400, "1e999", "nan", "-", "", "0x10"):
        yield f"value-{value[:5]}.xlsx", _xlsx(f'<row><c s="0"><v>{value}</v></c><c t="s"><v>{value}</v></c></row>')
    merged = '</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells><sheetData>'
    yield "merged.xlsx", _xlsx('<row r="1"><c r="A1"><v>1</v></c></row>' + merged)


def _papers() -> Iterator[tuple[str, bytes]]:
    yield "bomb.pdf", pdf(b" " * (400 << 20), packed=True)
    yield "pages.pdf", pdf(b"BT /F1 12 Tf 72 700 Td (text) Tj ET", pages=20_000)
    yield "count.pdf", pdf(b"BT (text) Tj ET").replace(b"/Count 1", b"/Count 99999999")
    yield "loop.pdf", pdf(b"BT (text) Tj ET").replace(b"/Kids [3 0 R ]", b"/Kids [2 0 R ]")
    yield "lines.pdf", pdf(b"".join(b"%d 0 m %d 800 l S 0 %d m 500 %d l S\n" % (n, n, n, n) for n in range(5_000)))
    yield "no-xref.pdf", pdf(b"BT /F1 12 Tf 72 700 Td (The fictional timer waits.) Tj ET").replace(b"xref", b"xxxx")
    yield "script.pdf", pdf(b"BT (text) Tj ET", extra=b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >> ")
    yield "nothing.pdf", b"%PDF-1.7\n%%EOF"
    yield "huge-size.pdf", pdf(b"BT /F1 12 Tf 72 700 Td (text) Tj ET").replace(b"595 842", b"1e30 1e30")


def _structured() -> Iterator[tuple[str, bytes]]:
    yield "deep.json", b"[" * 100_000 + b"]" * 100_000
    yield "deep.yaml", b"a: " + b"{b: " * 5_000 + b"}" * 5_000
    yield "laughs.yaml", b"a: &a [x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nname: fictional\n"
    yield (
        "laughs.xml",
        b"<?xml version='1.0'?><!DOCTYPE m [<!ENTITY a 'aa'><!ENTITY b '&a;&a;'>]><measCollecFile>&b;</measCollecFile>",
    )
    yield "deep.xml", b"<?xml version='1.0'?>" + b"<measData>" * 50_000
    yield "backticks.md", b"# x\n\n" + b"`" * 100_000 + b"\nfictional text\n"
    yield "rules.rst", b"Title\n=====\n\n" + b"+---+\n| x |\n" * 5_000
    yield "bars.md", b"|" * 50_000 + b"\n" + b"|-" * 25_000 + b"\n"


def _docx(
    prolog: str = "", body: str = "<w:p><w:r><w:t>The fictional timer waits in a cell.</w:t></w:r></w:p>"
) -> bytes:
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="r" Target="word/document.xml" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"/>'
        "</Relationships>"
    )
    return pack(
        {
            "[Content_Types].xml": b"<Types/>",
            "_rels/.rels": relations.encode(),
            "word/document.xml": f'{prolog}<w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>'.encode(),
        }
    )


def _xlsx(rows: str = '<row r="1"><c t="inlineStr"><is><t>fictional text of a cell</t></is></c></row>') -> bytes:
    import openpyxl

    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    parts = {}
    with zipfile.ZipFile(out) as book:
        for name in book.namelist():
            data = book.read(name)
            if name.endswith("sheet1.xml"):
                data = data.replace(b"<sheetData />", b"<sheetData/>").replace(
                    b"<sheetData/>", f"<sheetData>{rows}</sheetData>".encode()
                )
            parts[name] = data
    return pack(parts)


def _pptx() -> bytes:
    import pptx

    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Fictional title"
    slide.placeholders[1].text = "The fictional timer waits in a cell."
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()
