"""Lists: every cell as it is written, in whatever encoding, width and shape they come."""

from __future__ import annotations

import csv
import io
import json
import re
import time
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from randaemon.errors import Refused
from randaemon.model import Converted, Expand, Stage, Task
from randaemon.stages import convert
from randaemon.stages.convert import csv as lists

BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


def grid(converted: Converted) -> list[list[str]]:
    lines = converted.markdown.rstrip("\n").split("\n")
    del lines[1]
    return [
        [cell.removeprefix(" ").removesuffix(" ").replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in lines
    ]


def written(rows: list[list[str]], delimiter: str) -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue()


cell = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=BREAKS), max_size=12)
tables = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=6)
)


@given(tables, st.sampled_from([",", ";", "\t", "|"]))
@example([["007", "1.10", "NA"], ["null", "", "-0"], ["1e5", "True", "2024-01-02"]], ",")
@example([["a|b", "a\\|b", "\\"], [" lead", "trail ", "\\|"]], "|")
@example([['"', '""', '","'], ["'", "#", "//"]], ";")
def test_cells_in_are_cells_out(rows: list[list[str]], delimiter: str) -> None:
    assert grid(lists.convert_text(written(rows, delimiter), delimiter)) == rows


def test_line_breaks_inside_a_cell_stay_inside_its_row() -> None:
    converted = lists.convert_text('Name,Text\np,"one\ntwo\r\nthree"\nq,x\n', ",")
    assert grid(converted) == [["Name", "Text"], ["p", "one<br>two<br>three"], ["q", "x"]]


def test_each_published_list_is_told_by_its_heads(shared: Path) -> None:
    published = json.loads((shared / "domain" / "csv_formats.json").read_text())
    for entry in published:
        if heads := entry.get("header"):
            source = written([heads, ["x"] * len(heads)], entry["delimiter"])
            found = lists.convert_text(source, entry["delimiter"])
            assert found.meta["list"] == entry["format"].partition(" ")[0], entry["file"]
    assert lists.convert_text("a,b\n1,2\n", ",").meta["list"] == "Generic"


def test_ragged_rows_are_kept_and_reported_by_their_lines() -> None:
    converted = lists.convert_text('a,b,c\n1,2,3\n4,5\n"x\ny",8,9,10\n', ",")
    assert grid(converted)[2:] == [["4", "5", "", ""], ["x<br>y", "8", "9", "10"]]
    assert converted.meta["ragged"] == 2
    assert converted.meta["ragged_lines"] == "2 of 4 rows are not 3 wide: 3, 5"


def test_a_quote_that_never_ends_swallows_nothing() -> None:
    converted = lists.convert_text('a,b\n1,"open\n2,3\n4,5\n', ",")
    assert grid(converted) == [["a", "b"], ["1", '"open'], ["2", "3"], ["4", "5"]]
    assert "quotes" in converted.meta


def test_text_behind_a_closing_quote_costs_one_cell_and_not_the_list() -> None:
    converted = lists.convert_text('a,b\n"x"y,2\n"p\nq",3\n', ",")
    assert grid(converted) == [["a", "b"], ["xy", "2"], ["p<br>q", "3"]]


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_lists_are_read_in_their_encoding(name: str, tmp_path: Path) -> None:
    source = tmp_path / "list"
    source.write_bytes("Définition;Unité\r\nDébit;%\r\n".encode(name))
    converted = lists.convert(Task(Stage.CONVERT, "", source, {}, tmp_path, {}, {"delimiter": ";"}))
    assert grid(converted) == [["Définition", "Unité"], ["Débit", "%"]]
    assert str(converted.meta["encoding"]).replace("-le", "") in name


def test_nul_bytes_are_dropped(tmp_path: Path) -> None:
    source = tmp_path / "list"
    source.write_bytes(b"a,b\n1\x00,2\n")
    assert grid(lists.convert(Task(Stage.CONVERT, "", source, {}, tmp_path, {}))) == [["a", "b"], ["1", "2"]]


def test_eighty_kilobytes_of_one_header_name_take_linear_time() -> None:
    started = time.perf_counter()
    converted = lists.convert_text("name," * 9_999 + "name\n" + "1," * 9_999 + "2\n", ",")
    assert time.perf_counter() - started < 10
    assert grid(converted)[0] == ["name"] * 10_000


def test_more_than_ten_thousand_columns_are_refused() -> None:
    with pytest.raises(Refused) as caught:
        lists.convert_text("a," * 10_001 + "\n", ",")
    assert caught.value.code == "E_TOO_WIDE"


def test_a_list_longer_than_one_chunk_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [["n", "v"], *([str(number), "x"] for number in range(50))]
    converted = lists.convert_text(written(rows, ","), ",")
    assert grid(converted) == rows
    assert [(block.kind, block.place) for block in converted.blocks] == [("table", "rows 1-51")]


def test_a_cell_of_half_a_megabyte_is_a_cell() -> None:
    assert grid(lists.convert_text(f'a,b\n"{"x" * 500_000}",2\n', ","))[1][0] == "x" * 500_000


def outcome_of(data: bytes, tmp_path: Path, delimiter: str = ",") -> Expand:
    source, scratch = tmp_path / "source", tmp_path / "scratch"
    source.write_bytes(data)
    scratch.mkdir()
    meta = {"route": "csv", "delimiter": delimiter, "media_type": "text/csv"}
    outcome = convert.run(Task(Stage.CONVERT, "", source, {}, scratch, {}, meta))
    assert isinstance(outcome, Expand)
    return outcome


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "WHOLE_MAX", 1000)
    monkeypatch.setattr(lists, "PART", 500)


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("encoded", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_long_list_becomes_children_that_hold_all_rows_under_its_head(encoded: str, tmp_path: Path) -> None:
    rows = [["Name", "Note"], *([f"pmFictional{number:04}", f'a "b", ü\n{number}.10'] for number in range(200))]
    found = outcome_of(written(rows, ";").encode(encoded), tmp_path, ";")
    assert len(found.children) > 5
    read, expected = [], 2
    for child in found.children:
        text = (tmp_path / "scratch" / str(child.index)).read_text("utf-8")
        part = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))
        assert part[0] == rows[0]
        assert child.meta == {"rows_from": expected, "rows_to": expected + len(part) - 2, "list": "Generic"}
        assert child.name == f"rows%20{expected}-{expected + len(part) - 2}.csv"
        expected += len(part) - 1
        read += part[1:]
    assert read == rows[1:]


@pytest.mark.usefixtures("small_parts")
def test_a_quote_that_never_ends_does_not_swallow_a_long_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "_FIELD_MAX", 2000)
    data = 'Name,Note\nodd,"never closed\n' + "".join(f"pm{number},{number}\n" for number in range(1000))
    found = outcome_of(data.encode(), tmp_path)
    assert (
        sum(int(str(child.meta["rows_to"])) - int(str(child.meta["rows_from"])) + 1 for child in found.children) == 1001
    )


def test_a_long_list_needs_next_to_no_memory(tmp_path: Path) -> None:
    source = tmp_path / "source"
    with source.open("w") as out:
        out.write("Name,Unit,Default\n")
        for number in range(450_000):
            out.write(f"pmFictionalCounter{number},milliseconds,{number}.10\n")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    tracemalloc.start()
    outcome = lists.convert(Task(Stage.CONVERT, "", source, {}, scratch, {}, {"delimiter": ","}))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert isinstance(outcome, Expand)
    assert source.stat().st_size > 18e6
    assert peak < 10e6
