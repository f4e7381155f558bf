"""Pages and texts too large for one document: cut where nothing is torn, every part with what it stands under."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from randaemon.demo.files import library
from randaemon.demo.pages import feature_page
from randaemon.errors import Refused
from randaemon.model import Done, Expand, Stage, Task
from randaemon.stages import unpack
from randaemon.stages.convert import html, text
from randaemon.stages.unpack import parts


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rules at a thousandth of the size."""
    monkeypatch.setattr(parts, "WHOLE_MAX", 32 << 10)
    monkeypatch.setattr(parts, "PART", 8 << 10)


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


def cut(data: bytes, scratch: Path) -> list[bytes]:
    source = scratch.parent / "source"
    source.write_bytes(data)
    outcome = unpack.run(Task(Stage.UNPACK, "", source, {}, scratch, {}, {}))
    assert isinstance(outcome, Expand)
    bodies = [(scratch / str(child.index)).read_bytes() for child in outcome.children]
    assert [child.size for child in outcome.children] == [len(body) for body in bodies]
    places = [(child.meta["from_byte"], child.meta["to_byte"]) for child in outcome.children]
    assert places[0][0] == 0
    assert places[-1][1] == len(data)
    assert [end for _, end in places[:-1]] == [start for start, _ in places[1:]], "not a byte is left out"
    assert all(b"".join((data[start:end],)) in body for (start, end), body in zip(places, bodies, strict=True))
    return bodies


def wrapped(body: str) -> bytes:
    head = '<head><meta name="DOCNO" content="1/221 04-LZA 000 0001 Uen"><title>Fictional library</title></head>'
    return f"<!DOCTYPE html><html>{head}<body>{body}</body></html>".encode()


def prose(markdown: str) -> list[str]:
    return [line for line in markdown.split("\n") if line and not line.startswith("#")]


def test_the_parts_of_a_page_say_together_what_the_page_says_each_under_its_headings(scratch: Path) -> None:
    pages = [feature_page(feature) for feature in library(20, 0).described]
    bodies = [re.sub(r".*<body[^>]*>(.*)</body>.*", r"\1", page, flags=re.DOTALL) for page in pages]
    whole = wrapped(
        "".join(
            f"<h1>Part {number}</h1>{body.replace('h2', 'h3').replace('h1', 'h2')}"
            for number, body in enumerate(bodies)
        )
    )
    converted = [html.convert_text(body.decode()) for body in cut(whole, scratch)]
    assert len(converted) > 4
    together = [line for part in converted for line in prose(part.markdown)]
    uncut = html.convert_text(whole.decode())
    assert together == prose(uncut.markdown)
    assert {part.title for part in converted} == {"Fictional library"}
    assert {part.meta["document_number"] for part in converted} == {"1/221 04-LZA 000 0001 Uen"}
    paths = {block.heading for part in converted for block in part.blocks}
    assert paths == {block.heading for block in uncut.blocks}, "no part has lost the titles above it"


def test_a_table_longer_than_a_part_goes_on_under_its_own_head(scratch: Path) -> None:
    rows = [f"<tr><td>attribute{number}</td><td>{number}</td></tr>" for number in range(2_000)]
    whole = wrapped(f"<h1>List</h1><table border=1><tr><th>Name</th><th>Default</th></tr>{''.join(rows)}</table>")
    converted = [html.convert_text(body.decode()).markdown for body in cut(whole, scratch)]
    assert len(converted) > 2
    assert all(part.startswith("# List\n\n| Name | Default |\n") for part in converted)
    found = [line for part in converted for line in part.split("\n") if line.startswith("| attribute")]
    assert found == [f"| attribute{number} | {number} |" for number in range(2_000)]


def test_a_table_is_not_cut_where_a_cell_reaches_into_the_next_row(scratch: Path) -> None:
    group = "<tr><td rowspan='3'>class{0}</td><td>a{0}</td></tr><tr><td>b{0}</td></tr><tr><td>c{0}</td></tr>"
    rows = "".join(group.format(number) for number in range(900))
    whole = wrapped(f"<table><tr><th>MO</th><th>Name</th></tr>{rows}</table>")
    converted = [html.convert_text(body.decode()).markdown for body in cut(whole, scratch)]
    assert len(converted) > 2
    found = [line for part in converted for line in part.split("\n") if line.startswith("| class")]
    assert found == [f"| class{number} | {letter}{number} |" for number in range(900) for letter in "abc"]


def test_headings_in_comments_scripts_and_cells_are_no_places_to_cut(scratch: Path) -> None:
    filler = "".join(f"<p>fictional text number {number}</p>" for number in range(400))
    trap = "<!-- <h1>x</h1> --><script>'<h1>y</h1>'</script><table><tr><td><h2>cell</h2></td></tr></table>"
    bodies = cut(wrapped("".join(f"<h1>Real {number}</h1>{trap * 3}{filler}" for number in range(6))), scratch)
    for body in bodies[1:]:
        start = body.index(b"<body>") + len(b"<body>")
        assert body[start:].startswith((b"<h1>Real", b"<p>fictional"))


@pytest.mark.parametrize("opening", ["<!-- never closed ", "<script>", "<h1>" * 9, "<ul>", "</table>"])
def test_a_page_of_openings_that_never_close_ends_in_time(scratch: Path, opening: str) -> None:
    data = wrapped(opening * (200_000 // len(opening)))
    if opening == "<h1>" * 9:
        assert cut(data, scratch)
    else:
        with pytest.raises(Refused, match="hang together"):
            cut(data, scratch)


def test_a_list_that_hangs_together_is_refused_and_says_so(scratch: Path) -> None:
    with pytest.raises(Refused, match="hang together") as caught:
        cut(wrapped(f"<ul>{'<li>fictional entry</li>' * 9_000}</ul>"), scratch)
    assert caught.value.code == "E_TOO_LARGE"


def test_a_text_is_cut_behind_blank_lines_and_markdown_repeats_its_headings(scratch: Path) -> None:
    sections = "".join(f"## Section {number}\n\n{'Fictional words of it. ' * 90}\n\n" for number in range(60))
    whole = f"# Manual\n\n{sections}"
    bodies = cut(whole.encode(), scratch)
    assert len(bodies) > 4
    converted = [text.convert_text(body.decode(), "text/markdown") for body in bodies]
    assert {part.title for part in converted} == {"Manual"}
    together = [line for part in converted for line in prose(part.markdown)]
    assert together == prose(text.convert_text(whole, "text/markdown").markdown)


def test_a_text_without_any_line_end_is_cut_between_characters(scratch: Path) -> None:
    bodies = cut(("word-€" * 20_000).encode(), scratch)
    assert len(bodies) > 2
    assert "".join(body.decode() for body in bodies) == "word-€" * 20_000


def test_a_wide_encoding_is_refused_with_a_hint_and_small_files_stay_whole(scratch: Path) -> None:
    with pytest.raises(Refused, match="save it as UTF-8") as caught:
        cut(("plain words of a text\n" * 3_000).encode("utf-16"), scratch)
    assert caught.value.code == "E_TOO_LARGE"
    source = scratch.parent / "source"
    source.write_bytes(b"plain words of a text\n" * 100)
    assert isinstance(unpack.run(Task(Stage.UNPACK, "", source, {}, scratch, {}, {})), Done)
