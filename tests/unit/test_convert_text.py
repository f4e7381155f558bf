"""Plain text, Markdown, reStructuredText, JSON, YAML and XML."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from randaemon.errors import Refused, Unreadable
from randaemon.model import Converted, Done, Stage, Task
from randaemon.stages import unpack
from randaemon.stages.convert import text, xml


def blocks(converted: Converted) -> list[tuple[str, str]]:
    return [(block.kind, converted.markdown[block.start : block.end]) for block in converted.blocks]


def test_markdown_passes_through_with_its_blocks_found() -> None:
    source = (
        "---\ntitle: The Title\n---\n<!-- licence -->\n# One\nline a\nline b\n\n- x\n  more\n- y\n\n    - z\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n```bash\n# no title\n\ncmd\n```\n\nTwo\n---\n\n    indented\n\nlast\n"
    )
    converted = text.convert_text(source, "text/markdown")
    assert converted.title == "The Title"
    assert blocks(converted) == [
        ("heading", "# One"),
        ("paragraph", "line a\nline b"),
        ("list", "- x\n  more\n- y\n\n    - z"),
        ("table", "| a | b |\n|---|---|\n| 1 | 2 |"),
        ("code", "```bash\n# no title\n\ncmd\n```"),
        ("heading", "## Two"),
        ("code", "```\n    indented\n```"),
        ("paragraph", "last"),
    ]
    assert converted.blocks[-1].heading == ("One", "Two")


@pytest.mark.parametrize("media_type", ["text/plain", "text/markdown"])
def test_a_numbered_title_over_dashes_is_a_title_and_no_item(media_type: str) -> None:
    source = (
        "1. Overview\n-----------\n\nIt is.\n\n- a\n- b\n\n2) Parameters\n=============\n\n1. step\n2. step\n-------\n"
    )
    assert blocks(text.convert_text(source, media_type)) == [
        ("heading", "## 1. Overview"),
        ("paragraph", "It is."),
        ("list", "- a\n- b"),
        ("heading", "# 2) Parameters"),
        ("list", "1. step\n2. step\n-------"),
    ]


@pytest.mark.parametrize(
    "source", ["1. Overview\n---\n", "- Overview\n----------\n", "1. The cell is locked.\n------------------\n"]
)
def test_an_item_above_a_rule_is_an_item(source: str) -> None:
    assert [kind for kind, _ in blocks(text.convert_text(source, "text/markdown"))] == ["list"]


def test_plain_text_keeps_its_line_breaks_and_finds_underlined_and_numbered_titles() -> None:
    source = (
        "Report\r\n======\r\n\r\nfirst line\r\nsecond line\r\n\r\n1.2 Cell Load\r\n\r\n# no title\r\n    indented\r\n"
    )
    converted = text.convert_text(source, "text/plain")
    assert blocks(converted) == [
        ("heading", "# Report"),
        ("paragraph", "first line\nsecond line"),
        ("heading", "## 1.2 Cell Load"),
        ("paragraph", "# no title\n    indented"),
    ]


def test_a_licence_line_is_no_title() -> None:
    converted = text.convert_text("# SPDX-License-Identifier: X\n\n# Real\n\ntext\n", "text/markdown")
    assert [kind for kind, _ in blocks(converted)] == ["paragraph", "heading", "paragraph"]


@pytest.mark.parametrize(("media_type", "language"), [("application/json", "json"), ("application/yaml", "yaml")])
def test_data_is_shown_as_code_untouched(media_type: str, language: str) -> None:
    source = '{\n\t"a": "```"\n}'
    converted = text.convert_text(source, media_type)
    assert blocks(converted) == [("code", f"```{language}\n{source}\n```")]


@pytest.mark.parametrize(
    ("source", "language"),
    [
        ("#!/bin/sh\n# Title\nexit 0\n", "bash"),
        ("# a comment\nimport os\n\n\ndef main(cell):\n    return os.environ[cell]\n", "python"),
        ("#include <stdio.h>\n\nint main(void)\n{\n    return 0;\n}\n", "c"),
        ("package a.b;\nimport java.util.List;\npublic class Cell {\n  private int id;\n}\n", "java"),
        ("-- comment\nEUTRA-RRC DEFINITIONS AUTOMATIC TAGS ::=\n\nBEGIN\n\nCellId ::= INTEGER\nEND\n", "asn1"),
        ("module ran-cell {\n  yang-version 1.1;\n  prefix rc;\n  leaf id { type string; }\n}\n", "yang"),
        ("SELECT name\nFROM counters\nWHERE mo = 'NRCellDU'\nORDER BY name;\n", "sql"),
    ],
)
def test_source_code_is_a_listing_in_its_language(source: str, language: str) -> None:
    converted = text.convert_text(source, "text/plain")
    assert converted.markdown == f"```{language}\n{source.strip()}\n```\n"
    assert converted.meta["listing"] == language
    assert text.convert_text(source, "text/markdown").markdown == converted.markdown


@pytest.mark.parametrize(
    "source",
    [
        "# Notes\n\nimport the file and then return to the list.\n\n- for each cell, lock it\n- while it waits, read\n",
        "For every cell of the node one sets the value: 007.\nIf it is locked, the operator unlocks it first.\n",
        "cmedit get * NRCellDU.pMax -t\ncmedit set * NRCellDU.pMax=007\n",
        "Class hierarchy:\nwith the cell\nthe node and all\nelse:\n",
    ],
)
def test_prose_and_commands_are_no_source_code(source: str) -> None:
    assert "listing" not in text.convert_text(source, "text/plain").meta
    assert "listing" not in text.convert_text(source, "text/markdown").meta


def test_restructured_items_are_counted_up_to_the_next_title() -> None:
    source = "One\n===\n\n#. Do it::\n\n     set x\n\n#. Wait.\n\nTwo\n===\n\n#. Run ``it``.\n"
    told = [block for kind, block in blocks(text.convert_text(source, "text/x-rst")) if kind != "heading"]
    assert told == ["1. Do it:", "```\nset x\n```", "2. Wait.", "1. Run `it`."]


def test_restructured_text_has_its_titles_tables_and_notes() -> None:
    source = (
        ".. This work is licensed under a licence\n   of two lines.\n\n:orphan:\n\n*****\nTitle\n*****\n\nSub\n~~~\n\n"
        "See :ref:`the guide <guide>` and `a page <http://x>`_ of ``code``::\n\n    literal  text\n\n"
        ".. note:: Be\n   careful.\n\n"
        ".. image:: x.png\n\n.. code-block:: json\n   :linenos:\n\n   {}\n\n* a\n* b\n\n"
        "+----+-----+\n| H  | I   |\n+====+=====+\n| a  | b|c |\n| aa |     |\n+----+-----+\n"
    )
    converted = text.convert_text(source, "text/x-rst")
    assert blocks(converted) == [
        ("paragraph", "This work is licensed under a licence of two lines."),
        ("heading", "# Title"),
        ("heading", "## Sub"),
        ("paragraph", "See the guide and a page of `code`:"),
        ("code", "```\nliteral  text\n```"),
        ("note", "Be careful."),
        ("code", "```json\n{}\n```"),
        ("list", "- a\n- b"),
        ("table", "| H | I |\n| --- | --- |\n| a aa | b\\|c |"),
    ]


@given(st.text(st.sampled_from("ab #=-~*|`.:+>\n\t1"), max_size=200), st.sampled_from(["plain", "markdown", "x-rst"]))
def test_any_text_converts_and_its_spans_hold(source: str, kind: str) -> None:
    converted = text.convert_text(source, f"text/{kind}")
    at = 0
    for block in converted.blocks:
        assert not converted.markdown[at : block.start].strip()
        assert converted.markdown[block.start : block.end].strip()
        at = block.end
    if kind != "x-rst":  # whose markup is not text
        assert [c for c in source if c.isalnum()] == [c for c in converted.markdown if c.isalnum()]


MEASUREMENTS = """<?xml version="1.0" encoding="UTF-8"?>
<measCollecFile xmlns="http://www.3gpp.org/ftp/specs/archive/32_series/32.435#measCollec"><measData>
<measInfo measInfoId="PM=1,PmGroup=Cells"><granPeriod duration="PT900S"/>
<measType p="1">pmSomeCount</measType><measType p="2">pmOther</measType><measType p="3">pmOther</measType>
<measValue measObjLdn="ManagedElement=1,CellFunction=1,TestCell=7"><r p="1">1</r></measValue></measInfo>
<measInfo><measTypes>VS.Old RRC.Conn</measTypes></measInfo>
</measData></measCollecFile>"""


def test_a_measurement_file_becomes_the_list_of_its_counters() -> None:
    converted = xml.convert_text(MEASUREMENTS)
    assert converted.blocks[-1].heading == ("Performance measurement file", "Counters")
    assert blocks(converted)[-1][1].split("\n") == [
        "| Counter | MO class | Group | Granularity period |",
        "| --- | --- | --- | --- |",
        "| pmSomeCount | TestCell | Cells | PT900S |",
        "| pmOther | TestCell | Cells | PT900S |",
        "| VS.Old |  |  |  |",
        "| RRC.Conn |  |  |  |",
    ]


def test_instructions_in_the_wrong_order_before_a_measurement_file_do_no_harm() -> None:
    style = '<?xml-stylesheet type="text/xsl" href="any.xsl"?>\n'
    assert xml.convert_text(style + MEASUREMENTS).markdown == xml.convert_text(MEASUREMENTS).markdown


BULK = """<?xml version="1.0"?>
<!-- Exported by a tool. -->
<bulkCmConfigDataFile xmlns:xn="urn:x" xmlns:es="urn:y"><fileHeader fileFormatVersion="1"/><configData>
<xn:SubNetwork id="R"><xn:attributes><xn:userLabel>R</xn:userLabel></xn:attributes>
<xn:VsDataContainer id="1"><xn:attributes><xn:vsDataType>vsDataPebbleCell</xn:vsDataType>
<es:vsDataPebbleCell><es:pebbleRange>3</es:pebbleRange><es:pebbleRef><es:mcc>1</es:mcc></es:pebbleRef>
</es:vsDataPebbleCell></xn:attributes></xn:VsDataContainer>
<xn:VsDataContainer id="2"><xn:attributes><es:vsDataPebbleCell><es:pebbleRange>4</es:pebbleRange>
</es:vsDataPebbleCell></xn:attributes></xn:VsDataContainer></xn:SubNetwork></configData></bulkCmConfigDataFile>"""
NETCONF = """<rpc><edit-config><config><ManagedElement xmlns="urn:com:ericsson:ecim:ComTop">
<managedElementId>1</managedElementId><PebbleFunction><id>1</id><pebbleMode>ON</pebbleMode>
<pebbleList><mcc>1</mcc></pebbleList></PebbleFunction></ManagedElement></config></edit-config></rpc>"""
RAML = """<raml version="2.0"><cmData><managedObject class="com.some:PEBCEL" distName="A-1"><defaults name="d"/>
<p name="pebThr">1</p><list name="pebList"><item><p name="inner">1</p></item></list></managedObject></cmData></raml>"""
EXPORT = """<bulkCmConfigDataFile><configData><class name="BOX"><object><class name="PEBBLE"><object>
<parameter name="PEBTHD" value="1"/></object></class></object></class></configData></bulkCmConfigDataFile>"""


@pytest.mark.parametrize(
    ("source", "settings"),
    [
        (BULK, ["SubNetwork | userLabel", "PebbleCell | pebbleRange", "PebbleCell | pebbleRef"]),
        (NETCONF, ["ManagedElement | managedElementId", "PebbleFunction | pebbleMode", "PebbleFunction | pebbleList"]),
        (RAML, ["PEBCEL | pebThr", "PEBCEL | pebList"]),
        (EXPORT, ["PEBBLE | PEBTHD"]),
    ],
)
def test_a_configuration_file_becomes_the_list_of_what_it_sets(source: str, settings: list[str]) -> None:
    converted = xml.convert_text(source)
    table = next(text for kind, text in blocks(converted) if kind == "table")
    assert table.split("\n") == ["| MO class | Parameter |", "| --- | --- |", *(f"| {each} |" for each in settings)]
    assert blocks(converted)[-1][0] == "code"  # small enough to be shown as well


@pytest.mark.parametrize("end", [-30, len(BULK)])
def test_a_damaged_configuration_file_is_shown_as_it_is(end: int) -> None:
    damaged = BULK[:end].replace("</xn:SubNetwork>", "")
    assert [kind for kind, _ in blocks(xml.convert_text(damaged))] == ["code"]


def test_a_damaged_measurement_file_is_unreadable_and_one_with_a_dtd_refused() -> None:
    with pytest.raises(Unreadable):
        xml.convert_text(MEASUREMENTS[:500])
    with pytest.raises(Refused) as caught:
        xml.convert_text('<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + MEASUREMENTS.split("?>")[1])
    assert caught.value.code == "E_XML_DTD"


def test_other_xml_is_shown_as_it_is() -> None:
    converted = xml.convert_text("<?xml version='1.0'?>\r\n<a>\r\n  <b>text</b>\r\n</a>\r\n")
    assert blocks(converted) == [("code", "```xml\n<?xml version='1.0'?>\n<a>\n  <b>text</b>\n</a>\n```")]


def given_as(data: bytes, media_type: str, folder: Path) -> Task:
    source = folder / "source"
    source.write_bytes(data)
    return Task(Stage.CONVERT, "", source, {}, folder, {}, {"media_type": media_type})


def test_a_measurement_file_of_any_size_is_read_as_it_streams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "_WHOLE_MAX", 100)
    converted = xml.convert(given_as(MEASUREMENTS.encode(), "application/xml", tmp_path))
    assert converted == xml.convert_text(MEASUREMENTS)
    with pytest.raises(Unreadable):
        xml.convert(given_as(MEASUREMENTS[:500].encode(), "application/xml", tmp_path))
    with pytest.raises(Refused) as caught:
        xml.convert(given_as(MEASUREMENTS.replace("?>", "?><!DOCTYPE x>").encode(), "application/xml", tmp_path))
    assert caught.value.code == "E_XML_DTD"


@pytest.mark.parametrize(
    ("read", "media_type", "data"),
    [
        (text.convert, "application/json", b'{"name": "waiting", "unit": "ms"}'),
        (text.convert, "application/yaml", b"name: waiting\nunit: ms\nmo: Cell\n"),
        (xml.convert, "application/xml", b"<?xml version='1.0'?><catalogue><name>waiting</name></catalogue>"),
    ],
)
def test_data_of_which_no_piece_could_stand_alone_is_refused_with_what_to_do(
    read: Callable[[Task], Converted], media_type: str, data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = given_as(data, media_type, tmp_path)
    assert "waiting" in read(task).markdown
    for module, limit in ((text, "DATA_MAX"), (xml, "_WHOLE_MAX")):
        monkeypatch.setattr(module, limit, 20)
    with pytest.raises(Refused) as caught:
        read(task)
    assert (caught.value.code, "CSV" in str(caught.value.hint)) == ("E_TOO_LARGE", True)


def tables(source: str, kind: str = "plain") -> list[list[str]]:
    return [found.split("\n") for block, found in blocks(text.convert_text(source, f"text/{kind}")) if block == "table"]


OFFSETS = ["| MO class | Attribute | Rural | Urban | Unit |", "| --- | --- | --- | --- | --- |"]


def test_columns_of_plain_text_are_a_table_under_their_heads() -> None:
    found = tables(
        "Values for a wide network.\n"
        "    MO class        Attribute         Rural   Urban   Unit\n\n"
        "    FictionalCell   fictionalOffset   -130    -124    dBm\n"
        "    FictionalCell   fictionalMode     AUTO    FIXED\n"
        "    FictionalNode   waitTime          10      10      0.1 dB,\n"
        "                                                      rounded\n\n"
        "They hold for all cells.\n"
    )
    assert found == [
        [
            *OFFSETS,
            "| FictionalCell | fictionalOffset | -130 | -124 | dBm |",
            "| FictionalCell | fictionalMode | AUTO | FIXED |  |",
            "| FictionalNode | waitTime | 10 | 10 | 0.1 dB, rounded |",
        ]
    ]


def test_the_first_column_needs_no_head_and_tabs_are_columns() -> None:
    found = tables("            Rural   Urban\n\nCells         130     124\nNodes of it   7       007\n")
    assert found == [
        ["|  | Rural | Urban |", "| --- | --- | --- |", "| Cells | 130 | 124 |", "| Nodes of it | 7 | 007 |"]
    ]
    found = tables("See below:\n\nName\tDefault\tUnit\nwaitTime\t007\tms\nfictionalOffset\t1.10\tdB\n\nThat is all.\n")
    assert found[0][2:] == ["| waitTime | 007 | ms |", "| fictionalOffset | 1.10 | dB |"]


@pytest.mark.parametrize(
    "source",
    [
        "NODE> st cell\n\n  Adm State     Op. State     MO\n" + "  1 (UNLOCKED)  1 (ENABLED)   Cell=1\n" * 2,
        "Scope          and more\n1 of it .....  2\n2 of that ...  3\n",
        "A first column of prose goes down  and a second one beside it does\n" * 4,
        "Some Body    Street 1\nTown         and land\n",
        "1  2  3\n4  5  6\n7  8  9\n",
    ],
)
def test_sessions_contents_prose_and_numbers_are_no_tables(source: str) -> None:
    assert tables(source) == []


def test_ruled_columns_are_tables_in_restructured_text_and_markdown() -> None:
    rows = "wait    007\n        and on\nact     1.10\n"
    rst = f"Title\n=====\n\n======  =======\nName    Default\n======  =======\n{rows}======  =======\n\nEnd.\n"
    wanted = ["| Name | Default |", "| --- | --- |", "| wait | 007 and on |", "| act | 1.10 |"]
    assert tables(rst, "x-rst") == [wanted]
    assert tables(
        "  Name    Default\n  ------  -------\n  wait    007\n          and on\n  act     1.10\n", "markdown"
    ) == [wanted]
    assert tables("  ------  -------\n  wait    007\n  act     1.10\n  ------  -------\n\nEnd.\n", "markdown") == [
        ["|  |  |", "| --- | --- |", "| wait | 007 |", "| act | 1.10 |"]
    ]


def test_rows_parted_by_blank_lines_between_two_rules_are_a_table_without_heads() -> None:
    rule = "  ------------------ -------------\n"
    rows = "  Feature Name       Rank Ageing\n\n  Feature Identity   FAJ 121\\\n                     4219\n"
    assert tables(f"{rule}{rows}{rule}\nEnd.\n", "markdown") == [
        ["|  |  |", "| --- | --- |", "| Feature Name | Rank Ageing |", "| Feature Identity | FAJ 121 4219 |"]
    ]


def test_markdown_that_pandoc_wrote_reads_as_its_source_did(tmp_path: Path) -> None:
    source = (
        "# 1\\. Waiting {#waiting .unnumbered}\n\n[]{#_Toc1 .anchor}The event WAIT\\_END, \\"
        "\nwhich ends it\\...\n\n## Limits\n\n"
        "+------+----------+\n| Name | Text     |\n+======+==========+\n"
        "| wait | Lowest.\\ |\n|      | 1..7     |\n+------+----------+\n"
    )
    task = given_as(source.encode(), "", tmp_path)
    outcome = unpack.run(task)
    assert isinstance(outcome, Done)
    assert outcome.meta["media_type"] == "text/markdown"
    assert blocks(text.convert_text(source, "text/markdown")) == [
        ("heading", "# 1. Waiting"),
        ("paragraph", "The event WAIT_END, \nwhich ends it..."),
        ("heading", "## Limits"),
        ("table", "| Name | Text |\n| --- | --- |\n| wait | Lowest.<br>1..7 |"),
    ]


def test_tables_of_directives_are_read_and_pictures_are_not() -> None:
    source = (
        "Title\n=====\n\n.. list-table:: Limits\n   :header-rows: 1\n\n   * - Name\n     - Default\n   * - wait\n"
        "       long\n     - 007\n   * - act\n     -\n\n"
        '.. csv-table::\n   :header: "Name", "Default, or so"\n\n   "wait", 007\n   act, "1,5"\n\n'
        ".. table:: Ruled\n\n   ====  ====\n   A     B\n   ====  ====\n   x     y\n   ====  ====\n\n.. image:: x.png\n"
    )
    assert [each for each in blocks(text.convert_text(source, "text/x-rst")) if each[0] != "heading"] == [
        ("paragraph", "Limits"),
        ("table", "| Name | Default |\n| --- | --- |\n| wait long | 007 |\n| act |  |"),
        ("table", "| Name | Default, or so |\n| --- | --- |\n| wait | 007 |\n| act | 1,5 |"),
        ("paragraph", "Ruled"),
        ("table", "| A | B |\n| --- | --- |\n| x | y |"),
    ]


def test_json_in_one_line_becomes_lines_and_its_values_stay_as_they_are_written() -> None:
    entries = ",".join(f'{{"name":"pmFictional{n}","default":1.10,"most":1e5,"unit":"ms [1]"}}' for n in range(60))
    lines = text.convert_text(f"[{entries}]", "application/json").markdown.split("\n")
    assert lines[:7] == [
        "```json",
        "[",
        "  {",
        '    "name": "pmFictional0",',
        '    "default": 1.10,',
        '    "most": 1e5,',
        '    "unit": "ms [1]"',
    ]
    for source in ("[" * 60 + "1," * 3_000 + "1" + "]" * 60, f"[{entries}", "[" * 100_000):
        assert text.convert_text(source, "application/json").markdown == f"```json\n{source}\n```\n"


OLDER = """<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="x.xsl"?><!DOCTYPE mdc SYSTEM "Data.dtd">
<mdc><mfh><ffv>1</ffv></mfh><md><neid><neun>a</neun></neid><mi><mts>1</mts><gp>900</gp><mt>pmSomeCount</mt><mt>pmOther</mt>
<mv><moid>ManagedElement=1,CellFunction=1,TestCell=7</moid><r>1</r><r>2</r></mv></mi></md></mdc>"""


def test_measurement_files_of_older_nodes_name_a_dtd_and_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = ["| pmSomeCount | TestCell |  | PT900S |", "| pmOther | TestCell |  | PT900S |"]
    converted = xml.convert_text(OLDER)
    assert blocks(converted)[-1][1].split("\n")[2:] == wanted
    monkeypatch.setattr(xml, "_WHOLE_MAX", 100)
    assert xml.convert(given_as(OLDER.encode(), "application/xml", tmp_path)) == converted
    with pytest.raises(Refused) as caught:
        xml.convert_text(OLDER.replace('"Data.dtd"', '"Data.dtd" [<!ELEMENT a ANY>]'))
    assert caught.value.code == "E_XML_DTD"


def test_a_literal_block_behind_two_colons_alone_is_code_and_lines_with_a_bar_are_no_table() -> None:
    source = "Send this:\n\n::\n\n   GET /cells\n   Accept: any\n\n| One line\n| another line\n\nThe end.\n"
    converted = text.convert_text(source, "text/x-rst")
    assert blocks(converted) == [
        ("paragraph", "Send this:"),
        ("code", "```\nGET /cells\nAccept: any\n```"),
        ("paragraph", "One line\nanother line"),
        ("paragraph", "The end."),
    ]


def test_bars_that_keep_lines_in_a_cell_of_a_grid_are_left_out() -> None:
    edge, head = "+-----+------------+\n", "| A   | B          |\n+=====+============+\n"
    grid = f"{edge}{head}| one | | first    |\n|     | | second   |\n{edge}"
    table = blocks(text.convert_text(f"{grid}\nEnd of it.\n", "text/x-rst"))[0][1]
    assert table.split("\n")[-1] == "| one | first second |"


def test_markdown_may_hold_tables_in_html() -> None:
    rows = '<tr><td>A</td><td rowspan="2">Related</td></tr>\n<tr><td><code>B</code><br/>C</td></tr>'
    source = (
        f"# T\n\nText.\n<table>\n<thead><tr><th>Feature</th><th>Kind</th></tr></thead>\n{rows}\n</table>\n\nMore.\n"
    )
    told = text.convert_text(source, "text/markdown").markdown
    table = "| Feature | Kind |\n| --- | --- |\n| A | Related |\n| B<br>C | Related |"
    assert told == f"# T\n\nText.\n\n{table}\n\nMore.\n"
    open_table = text.convert_text("# T\n\n<table>\n<tr><td>A</td></tr>\n", "text/markdown").markdown
    assert "<td>A</td>" in open_table


PANDOC = """---
title: 'Rank Ageing'
docno: 602/221 04-LZA 701 6014/1 Uen
rev: A
---

::: {.section #one}
## 1 Parameters {#parameters}

  ---------------------------------------------------
  Parameter                             Description
  ------------------------------------- -------------
  [EUtranCellFDD.rankLimit]{.keyword    A limit.
  .apiname}

  EUtranCellFDD.rankMode                Modes 3
                                        and 4.
  ---------------------------------------------------

After [EUtranCellFDD.rankLimit]{.keyword} ms.
:::
"""


def test_what_pandoc_writes_reads_as_it_was_meant() -> None:
    told = text.convert_text(PANDOC, "text/markdown")
    assert (told.title, told.meta["document_number"]) == ("Rank Ageing", "602/221 04-LZA 701 6014/1 Uen")
    assert told.markdown == (
        "## 1 Parameters\n\n| Parameter | Description |\n| --- | --- |\n| EUtranCellFDD.rankLimit | A limit. |\n"
        "| EUtranCellFDD.rankMode | Modes 3 and 4. |\n\nAfter EUtranCellFDD.rankLimit ms.\n"
    )


def test_a_line_across_the_page_is_no_table() -> None:
    source = f"A\n\n{'-' * 40}\n\nB says more.\n\n{'-' * 40}\n"
    assert "|" not in text.convert_text(source, "text/markdown").markdown
