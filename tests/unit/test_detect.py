"""What a file is, by its content."""

from __future__ import annotations

import pytest

from randaemon.stages.unpack.detect import detect, sniff


@pytest.mark.parametrize(
    ("data", "media_type", "route"),
    [
        (b"PK\x03\x04rest", "application/zip", "zip"),
        (b"%PDF-1.7\n", "application/pdf", "pdf"),
        (b"\x00\x01junk before %PDF-1.4", "application/pdf", "pdf"),
        (b"<!DOCTYPE html><p>x", "text/html", "html"),
        (b"<?xml version='1.0'?>\n<!-- c -->\n<!DOCTYPE html PUBLIC 'x'><html/>", "text/html", "html"),
        (b"<!-- a -->\n<!-- b -->\n<HTML><body>x", "text/html", "html"),
        (b"<table><tr><td>x</td></tr></table>", "text/html", "html"),
        ("<html><body>Ω</body></html>".encode("utf-16"), "text/html", "html"),
        (b"<?xml version='1.0'?><measCollecFile/>", "application/xml", "xml"),
        (b"<?xml version='1.0'?><section><title>x</title></section>", "application/xml", "xml"),
        (b"# PDF\n\nA file begins with %PDF-1.4 and ends.\n", "text/markdown", "text"),
        (b"<mim><class name='x'/></mim>", "application/xml", "xml"),
        (b"a,b\n1,2\n", "text/csv", "csv"),
        (b"\xef\xbb\xbfa;b;c\r\n1;2;3\r\n", "text/csv", "csv"),
        (b"a,b\n1\x00,2\n" + b"11,22\n" * 20, "text/csv", "csv"),
        (b"# Title\n\nSome prose.\n", "text/markdown", "text"),
        (b".. note:: x\n\nTitle\n=====\n", "text/x-rst", "text"),
        (b'{"a": [1, 2]}', "application/json", "text"),
        (b'{"a": 1, "b": 2}\n{"a": 3, "b": 4}\n', "application/json", "text"),
        (b"a:\n  b: 1\n  c: 2\nd: 3\n", "application/yaml", "text"),
        (b"The cell is locked.\nThen it is unlocked.\n", "text/plain", "text"),
        ("Größe der Zelle".encode("cp1252"), "text/plain", "text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "application/x-ole-storage", ""),
        (b"7z\xbc\xaf\x27\x1c" + bytes(20), "application/x-7z-compressed", ""),
        (b"Rar!\x1a\x07\x01\x00", "application/vnd.rar", ""),
        (b"\x1f\x8b\x08\x00", "application/gzip", ""),
        (bytes(257) + b"ustar\x0000" + bytes(200), "application/x-tar", ""),
        (b"\x89PNG\r\n\x1a\n\x00", "image/png", ""),
        (b"{\\rtf1 x}", "application/rtf", "legacy"),
        (b"\x7fELF\x02\x01\x01" + bytes(50), "application/octet-stream", ""),
    ],
)
def test_the_kind_of_a_file_is_found_by_its_content(data: bytes, media_type: str, route: str) -> None:
    kind = detect(data, whole=True)
    assert (kind.media_type, kind.route) == (media_type, route)
    assert route or kind.hint, "what is not read says what to do instead"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_of_a_list_is_found(delimiter: str) -> None:
    rows = [["Name", "Default", "Remark"], ["pMax", "33", "in dBm, or less"], ["007", "", "x; y"]]
    text = "\r\n".join(delimiter.join(f'"{cell}"' for cell in row) for row in rows)
    assert sniff(text, whole=True) == delimiter


def test_a_list_with_commas_inside_its_semicolon_cells_is_one_of_semicolons() -> None:
    text = 'Nom;Formule;Unite\nA;"sum(a,b)";%\nB;c, d;%\nC;e,f,g;%\n'
    assert sniff(text, whole=True) == ";"


@pytest.mark.parametrize(
    "text",
    [
        "Locked cells, like others, wait.\nUnlocked cells do not, of course, wait.\n",
        "average latency 0.402millisec\n0 1.508millisec\n1 0.444millisec\n",
        "| a | b |\n| --- | --- |\n| 1 | 2 |\n",
        "1\tScope\n5.1\tMeasurements\na)\tThe number of sleeps.\nb)\tCC\ne)\tSLP.Sleeps\nf)\tNRCellDU\n",
        "one line, only\n",
        "",
    ],
)
def test_free_text_is_no_list(text: str) -> None:
    assert sniff(text, whole=True) == ""


def test_a_list_whose_rows_are_numbered_stays_a_list() -> None:
    assert sniff("1\tpMax\n2\tqRxLevMin\n3\tcrsGain\n", whole=True) == "\t"
    assert sniff("No\tName\n1.1\tpMax\nb\tqRxLevMin\nc\tcrsGain\n", whole=True) == "\t"


def test_a_quoted_cell_with_line_breaks_counts_as_one_cell() -> None:
    text = "Name,Text\n" + "".join(f'p{number},"first\nsecond, third\nfourth"\n' for number in range(5))
    assert sniff(text, whole=True) == ","


@pytest.mark.parametrize(
    "more",
    [
        "- Type: string\n- Flags: none\n",
        "### b\n\nUnit: s\n\n### c\n\nUnit: s\n\n",
        "It doubles.\n\n- Type: string\n",
        "**Unit:** s\n\n- Type: string\n",
    ],
)
def test_markdown_with_a_line_like_a_key_is_not_yaml(more: str) -> None:
    text = f"# MO class X\n\nDescription: It governs.\n\n## Attributes\n\n### a\n\n{more}- Range: 1..6\n- Default: 3\n"
    assert detect(text.encode(), whole=True).media_type == "text/markdown"


def test_yaml_with_comments_like_headings_is_yaml() -> None:
    text = "# Settings\n\n## Retries\n\nname: x\n\n## Delays\n\ndelays:\n- first: 1\n- last: 2\n"
    assert detect(text.encode(), whole=True).media_type == "application/yaml"
