"""Word documents by our own walk: what docling and python-docx lose."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import Path

import pytest

from randaemon.errors import Unreadable
from randaemon.model import Converted, Stage, Task
from randaemon.stages.convert.office import docx

MAIN = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
SPACES = (
    f'xmlns:w="{MAIN}" xmlns:r="{OFFICE}/relationships" xmlns:m="{OFFICE}/math" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
)
STYLES = """
<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>
<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr>
</w:style>
<w:style w:type="paragraph" w:styleId="H2"><w:name w:val="heading 2"/><w:basedOn w:val="berschrift1"/>
<w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="TT"><w:name w:val="TT"/><w:basedOn w:val="berschrift1"/>
<w:pPr><w:outlineLvl w:val="9"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Vendor Title"/><w:basedOn w:val="H2"/></w:style>
<w:style w:type="paragraph" w:styleId="PL"><w:name w:val="PL"/></w:style>
<w:style w:type="paragraph" w:styleId="B1"><w:name w:val="B1"/></w:style>
<w:style w:type="paragraph" w:styleId="B2"><w:name w:val="B2"/></w:style>
<w:style w:type="paragraph" w:styleId="TOC1"><w:name w:val="toc 1"/></w:style>
<w:style w:type="paragraph" w:styleId="TF"><w:name w:val="TF"/></w:style>
<w:style w:type="paragraph" w:styleId="N1"><w:name w:val="Numbered 1"/>
<w:pPr><w:numPr><w:numId w:val="5"/></w:numPr><w:outlineLvl w:val="0"/></w:pPr></w:style>
<w:style w:type="paragraph" w:styleId="N2"><w:name w:val="Numbered 2"/>
<w:pPr><w:numPr><w:numId w:val="5"/></w:numPr><w:outlineLvl w:val="1"/></w:pPr></w:style>
"""
NUMBERING = """
<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/>
<w:pStyle w:val="N1"/><w:lvlText w:val="%1"/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/>
<w:pStyle w:val="N2"/><w:lvlText w:val="%1.%2"/></w:lvl></w:abstractNum>
<w:abstractNum w:abstractNumId="2"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/>
<w:lvlText w:val="%1."/></w:lvl><w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/>
<w:lvlText w:val="%2)"/></w:lvl><w:lvl w:ilvl="2"><w:numFmt w:val="bullet"/><w:lvlText w:val="o"/></w:lvl>
</w:abstractNum>
<w:num w:numId="5"><w:abstractNumId w:val="1"/></w:num>
<w:num w:numId="6"><w:abstractNumId w:val="2"/></w:num>
<w:num w:numId="7"><w:abstractNumId w:val="2"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride>
</w:num>
"""
PICTURE = b"\x89PNG\r\n\x1a\n fictional"


def document(body: str, **parts: str) -> bytes:
    """A document of a body; parts by their names in word/."""
    named = {"styles": f"<w:styles {SPACES}>{STYLES}</w:styles>"}
    named["numbering"] = f"<w:numbering {SPACES}>{NUMBERING}</w:numbering>"
    named |= {name: f"<w:{name} {SPACES}>{content}</w:{name}>" for name, content in parts.items()}
    related = "".join(
        f'<Relationship Id="{name}" Type="{OFFICE}/relationships/{name}" Target="{name}.xml"/>' for name in named
    )
    related += f'<Relationship Id="pic" Type="{OFFICE}/relationships/image" Target="media/p.png"/>'
    related += f'<Relationship Id="web" Type="{OFFICE}/relationships/hyperlink" Target="https://a.example/x"'
    related += ' TargetMode="External"/>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r" Type="{OFFICE}/relationships/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
        )
        package.writestr(
            "word/_rels/document.xml.rels", f'<Relationships xmlns="{RELATIONS}">{related}</Relationships>'
        )
        package.writestr("word/document.xml", f"<w:document {SPACES}><w:body>{body}</w:body></w:document>")
        package.writestr("word/media/p.png", PICTURE)
        for name, content in named.items():
            package.writestr(f"word/{name}.xml", content)
    return out.getvalue()


def p(*runs: str, style: str = "", extra: str = "") -> str:
    """A paragraph; a run that begins with `<` is XML already."""
    chosen = f'<w:pStyle w:val="{style}"/>' if style else ""
    content = "".join(run if run.startswith("<") else r(run) for run in runs)
    return f"<w:p><w:pPr>{chosen}{extra}</w:pPr>{content}</w:p>"


def r(text: str, properties: str = "") -> str:
    inner = "<w:tab/>".join(f'<w:t xml:space="preserve">{part}</w:t>' for part in text.split("\t"))
    return f"<w:r><w:rPr>{properties}</w:rPr>{inner}</w:r>"


def numbered(number: int, level: int) -> str:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'


def tc(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{text if text.startswith('<') else p(text)}</w:tc>"


def tbl(*rows: str) -> str:
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"


def converted(data: bytes, tmp_path: Path) -> Converted:
    source = tmp_path / "source"
    source.write_bytes(data)
    found = docx.convert(Task(Stage.CONVERT, "", source, {}, tmp_path, {}))
    at = 0
    for block in found.blocks:
        assert found.markdown[at : block.start].strip() == ""
        assert found.markdown[block.start : block.end].strip()
        at = block.end
    return found


def blocks(found: Converted) -> list[tuple[str, str]]:
    return [(block.kind, found.markdown[block.start : block.end]) for block in found.blocks]


def test_headings_keep_typed_and_counted_numbers_whatever_their_styles_are_called(tmp_path: Path) -> None:
    body = (
        p("Foreword of nothing", style="TT")
        + p("4.2\tGeneral", style="berschrift1")
        + p("4.2.1\tPath ", r("loss", "<w:b/>"), style="Own")
        + p("Scope", style="N1")
        + p("Terms", style="N2")
        + p("Signs", style="N2")
        + p("Rules", style="N1")
        + p("More", style="N2")
    )
    found = converted(document(body), tmp_path)
    assert blocks(found) == [
        ("paragraph", "Foreword of nothing"),
        ("heading", "# 4.2 General"),
        ("heading", "## 4.2.1 Path loss"),
        ("heading", "# 1 Scope"),
        ("heading", "## 1.1 Terms"),
        ("heading", "## 1.2 Signs"),
        ("heading", "# 2 Rules"),
        ("heading", "## 2.1 More"),
    ]
    assert found.title == "4.2 General"


def test_runs_of_different_type_are_joined_as_they_stand(tmp_path: Path) -> None:
    body = p(
        "pm", r("Rrc", "<w:b/>"), "ConnEst", r("ab", '<w:rFonts w:ascii="A"/>'), " is ", r("locked", "<w:i/>"), "."
    )
    assert blocks(converted(document(body), tmp_path)) == [("paragraph", "pmRrcConnEstab is locked.")]


def test_lists_keep_labels_that_word_counts_or_that_were_typed(tmp_path: Path) -> None:
    body = (
        p("one", extra=numbered(6, 0))
        + p("inner", extra=numbered(6, 1))
        + p("sign", extra=numbered(6, 2))
        + p("two", extra=numbered(6, 0))
        + p("again", extra=numbered(7, 0))
        + p("Text.")
        + p("-\tfirst", style="B1")
        + p("1&gt;\tsecond", style="B2")
        + p("a)\tthird")
    )
    assert blocks(converted(document(body), tmp_path)) == [
        ("list", "1. one\n    a) inner\n        - sign\n2. two\n1. again"),
        ("paragraph", "Text."),
        ("list", "- first\n    - 1> second\na) third"),
    ]


def test_changes_are_read_as_accepted(tmp_path: Path) -> None:
    body = (
        p("The value is ", "<w:del><w:r><w:delText>5</w:delText></w:r></w:del>", f"<w:ins>{r('7')}</w:ins>", " dB.")
        + p("Broken ", extra="<w:rPr><w:del/></w:rPr>")
        + p("off.")
        + "<w:moveFrom>" + p("gone") + "</w:moveFrom>"
        + tbl(tc("A"), "<w:trPr><w:del/></w:trPr>" + tc("x"), tc("B"))
    )  # fmt: skip
    assert blocks(converted(document(body), tmp_path)) == [
        ("paragraph", "The value is 7 dB."),
        ("paragraph", "Broken off."),
        ("table", "| A |\n| --- |\n| B |"),
    ]


def test_cells_that_span_stand_in_every_place_they_cover(tmp_path: Path) -> None:
    body = tbl(
        tc("Name", '<w:vMerge w:val="restart"/>') + tc("Limits", '<w:gridSpan w:val="2"/>') + tc("Unit"),
        tc("", "<w:vMerge/>") + tc("Low") + tc("High") + tc("dB|m"),
        tc("007") + tc("1.10") + tc(p("1e5") + p("NA")) + tc(tbl(tc("in") + tc("ner"))),
    )
    assert blocks(converted(document(body), tmp_path)) == [
        (
            "table",
            (
                "| Name | Limits | Limits | Unit |\n| --- | --- | --- | --- |\n| Name | Low | High | dB\\|m |\n"
                "| 007 | 1.10 | 1e5<br>NA | in ner |"
            ),
        )
    ]


def test_rows_that_begin_late_and_slivers_between_columns_keep_cells_under_their_headings(tmp_path: Path) -> None:
    body = tbl(
        tc("A", '<w:gridSpan w:val="2"/>') + tc("B", '<w:gridSpan w:val="3"/>'),
        '<w:trPr><w:gridBefore w:val="2"/></w:trPr>' + tc("b", '<w:gridSpan w:val="3"/>'),
    )
    assert blocks(converted(document(body), tmp_path))[0][1] == "| A | B |\n| --- | --- |\n|  | b |"


def test_a_frame_of_one_cell_is_text(tmp_path: Path) -> None:
    assert blocks(converted(document(tbl(tc(p("4\tTitle", style="H2") + p("Text.")))), tmp_path)) == [
        ("heading", "## 4 Title"),
        ("paragraph", "Text."),
    ]


def test_notes_follow_the_block_that_speaks_of_them(tmp_path: Path) -> None:
    reference = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    body = p("Set pMax", reference, " first.") + tbl(tc("A") + tc("B"), tc("5") + tc(p("6", reference))) + p("End.")
    notes = f'<w:footnote w:id="2">{p("In units of dB.")}</w:footnote>'
    assert blocks(converted(document(body, footnotes=notes), tmp_path)) == [
        ("paragraph", "Set pMax first."),
        ("note", "Footnote 2: In units of dB."),
        ("table", "| A | B |\n| --- | --- |\n| 5 | 6 |"),
        ("note", "Footnote 2: In units of dB."),
        ("paragraph", "End."),
    ]


def test_equations_are_text_on_a_line(tmp_path: Path) -> None:
    def t(text: str) -> str:
        return f"<m:r><m:t>{text}</m:t></m:r>"

    fraction = f"<m:f><m:num>{t('d')}</m:num><m:den>{t('d+1')}</m:den></m:f>"
    logarithm = f"<m:sSub><m:e>{t('log')}</m:e><m:sub>{t('10')}</m:sub></m:sSub>"
    power = f"<m:sSup><m:e>{t('f')}</m:e><m:sup>{t('2')}</m:sup></m:sSup>"
    root = f"<m:rad><m:deg/><m:e>{t('x')}</m:e></m:rad>"
    total = f'<m:nary><m:naryPr><m:chr m:val="∑"/></m:naryPr><m:sub>{t("i=1")}</m:sub><m:sup>{t("N")}</m:sup><m:e>'
    total += f"{t('a')}</m:e></m:nary>"
    equation = (
        f"<m:oMath>{t('PL = 20')}{logarithm}<m:d><m:e>{fraction}</m:e></m:d>{t(' + ')}{power}{root}{total}</m:oMath>"
    )
    assert blocks(converted(document(p("Here ", equation, ".")), tmp_path)) == [
        ("paragraph", "Here PL = 20log_10(d/(d+1)) + f^2√(x)∑_(i=1)^N a."),
    ]


def test_raised_digits_symbols_and_special_hyphens_stay_what_they_mean(tmp_path: Path) -> None:
    raised = r("-3", '<w:vertAlign w:val="superscript"/>')
    symbol = '<w:r><w:sym w:font="Symbol" w:char="F0B3"/><w:t> 5</w:t></w:r>'
    hyphen = "<w:r><w:t>NG</w:t><w:noBreakHyphen/><w:t>RAN</w:t></w:r>"
    hidden = r("secret", "<w:vanish/>")
    found = converted(document(p("10", raised, " ", symbol, " ", hyphen, hidden)), tmp_path)
    assert blocks(found) == [("paragraph", "10⁻³ ≥ 5 NG-RAN")]


def test_listings_are_code_and_contents_keep_their_page_numbers_apart(tmp_path: Path) -> None:
    body = (
        p("1\tScope\t7", style="TOC1")
        + p("2\tTerms\t9", style="TOC1")
        + p("-- ASN1START", style="PL")
        + p("", style="PL")
        + p("Item ::= {\tx   }", style="PL")
        + p("Text.")
    )
    assert blocks(converted(document(body), tmp_path)) == [
        ("paragraph", "1 Scope\t7\n2 Terms\t9"),
        ("code", "```\n-- ASN1START\n\nItem ::= {  x   }\n```"),
        ("paragraph", "Text."),
    ]


def test_pictures_are_marked_on_their_caption_or_on_the_text_before(tmp_path: Path) -> None:
    drawing = '<w:r><w:drawing><wp:inline><wp:docPr id="1" descr="An antenna"/><a:blip r:embed="pic"/></wp:inline>'
    drawing += "</w:drawing></w:r>"
    body = p("Before.") + p(drawing) + p("Figure 1: Antenna", style="TF") + p(drawing) + p("After.")
    found = converted(document(body), tmp_path)
    note = f"sha256:{hashlib.sha256(PICTURE).hexdigest()} word/media/p.png An antenna"
    caption = "Figure 1: Antenna"
    assert [(found.markdown[mark.start : mark.end], mark.note) for mark in found.marks] == [(caption, note)] * 2
    assert {mark.kind for mark in found.marks} == {"image"}
    assert found.meta["images"] == 2


def test_links_are_marks_and_text_boxes_follow_their_paragraph(tmp_path: Path) -> None:
    box = f"<w:txbxContent>{p('In the box.')}</w:txbxContent>"
    both = f"<mc:AlternateContent><mc:Choice><w:drawing>{box}</w:drawing></mc:Choice><mc:Fallback><w:pict>{box}"
    both += "</w:pict></mc:Fallback></mc:AlternateContent>"
    body = p("See ", f'<w:hyperlink r:id="web">{r("the page")}</w:hyperlink>', ".", f"<w:r>{both}</w:r>")
    found = converted(document(body), tmp_path)
    assert blocks(found) == [("paragraph", "See the page."), ("paragraph", "In the box.")]
    assert [(mark.kind, found.markdown[mark.start : mark.end], mark.note) for mark in found.marks] == [
        ("link", "the page", "https://a.example/x")
    ]


def test_strict_documents_are_read_as_well(tmp_path: Path) -> None:
    data = document(p("Text."))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name).replace(MAIN.encode(), b"http://purl.oclc.org/ooxml/wordprocessingml/main")
            new.writestr(name, part.replace(OFFICE.encode(), b"http://purl.oclc.org/ooxml/officeDocument"))
    assert blocks(converted(out.getvalue(), tmp_path)) == [("paragraph", "Text.")]


@pytest.mark.parametrize("gone", ["_rels/.rels", "word/document.xml"])
def test_a_document_without_its_parts_is_damaged(gone: str, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document(p("Text.")))) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if name != gone:
                new.writestr(name, old.read(name))
    with pytest.raises(Unreadable) as caught:
        converted(out.getvalue(), tmp_path)
    assert caught.value.code == "E_OFFICE"


def _section(*kinds: str) -> str:
    return "<w:sectPr>" + "".join(f'<w:{kind[:-1]}Reference r:id="{kind}"/>' for kind in kinds) + "</w:sectPr>"


def test_number_revision_and_date_are_read_from_the_heads_of_pages_and_their_text_is_not(tmp_path: Path) -> None:
    labels = tbl(
        tc(p("Prepared")) + tc(p("No.") + p("12/221 04-LZA 999 6014/1", " Uen")),
        tc("Approved") + tc("Date") + tc("Rev"),
        tc("Some Body") + tc("2019-03-11") + tc("PB2"),
    )
    found = converted(
        document(p("The cell waits.") + _section("headers"), headers=f"{labels}<w:sdt><w:p/></w:sdt>"), tmp_path
    )
    assert found.markdown == "The cell waits.\n"
    assert {key: found.meta[key] for key in ("document_number", "revision", "date")} == {
        "document_number": "12/221 04-LZA 999 6014/1 Uen",
        "revision": "PB2",
        "date": "2019-03-11",
    }


def test_a_text_box_in_the_foot_of_a_page_says_the_number_where_the_head_does_not(tmp_path: Path) -> None:
    box = f"<w:r><w:pict><w:txbxContent>{p('21/1553-HSC 999 88 Uen B | 2022-05-02')}</w:txbxContent></w:pict></w:r>"
    body = p("The cell waits.") + _section("headers", "footers")
    found = converted(document(body, headers=p("Fictional Guide"), footers=p(box)), tmp_path)
    assert (found.meta["document_number"], found.meta["revision"]) == ("21/1553-HSC 999 88 Uen", "B")


def test_the_properties_say_what_the_heads_of_pages_do_not(tmp_path: Path) -> None:
    properties = (
        '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" xmlns:vt="urn:x">'
        '<property name="DocNo"><vt:lpwstr>21/1553-HSC 999 88 Uen</vt:lpwstr></property>'
        '<property name="Revision"><vt:lpwstr>PA3</vt:lpwstr></property><property name="Status"/></Properties>'
    )
    data = io.BytesIO(document(p("The cell waits.")))
    with zipfile.ZipFile(data, "a") as package:
        package.writestr("docProps/custom.xml", properties)
    found = converted(data.getvalue(), tmp_path)
    assert (found.meta["document_number"], found.meta["revision"]) == ("21/1553-HSC 999 88 Uen", "PA3")


def test_rows_that_every_page_repeats_are_one_head(tmp_path: Path) -> None:
    def head(cells: str) -> str:
        return f"<w:trPr><w:tblHeader/></w:trPr>{cells}"

    found = tbl(
        head(tc("Name", '<w:vMerge w:val="restart"/>') + tc("Limits", '<w:gridSpan w:val="2"/>')),
        head(tc("", "<w:vMerge/>") + tc("Lowest") + tc("Highest")),
        tc("fictionalOffset") + tc("1") + tc("9"),
    )
    wanted = "| Name | Limits<br>Lowest | Limits<br>Highest |\n| --- | --- | --- |\n| fictionalOffset | 1 | 9 |\n"
    assert converted(document(found), tmp_path).markdown == wanted


def test_abbreviations_and_references_keep_what_their_tab_parts(tmp_path: Path) -> None:
    styles = STYLES + '<w:style w:type="paragraph" w:styleId="EW"><w:name w:val="EW"/></w:style>'
    entries = [p(f"{term}\tFictional {meaning}", style="EW") for term, meaning in (("FC", "Cell"), ("F N", "Node"))]
    last = p("FT\tFictional ", r("Timer"), style="EW") + p("No tab here", style="EW")
    body = "".join(entries) + last + p("FX\tFictional X", style="EW")
    found = converted(document(body, styles=styles), tmp_path)
    assert found.markdown.split("\n\n") == [
        "|  |  |\n| --- | --- |\n| FC | Fictional Cell |\n| F N | Fictional Node |\n| FT | Fictional Timer |",
        "No tab here",
        "FX Fictional X\n",
    ]


def test_a_sign_over_a_letter_of_an_equation_stays(tmp_path: Path) -> None:
    def over(base: str, sign: str) -> str:
        given = f'<m:accPr><m:chr m:val="{sign}"/></m:accPr>' if sign else ""
        return f"<m:acc>{given}<m:e><m:r><m:t>{base}</m:t></m:r></m:e></m:acc>"

    bar = "<m:bar><m:e><m:r><m:t>T</m:t></m:r></m:e></m:bar>"
    parts = over("x", "") + over("y", "\u0303") + bar + over("long", "")
    found = f"<w:p><m:oMath>{parts}</m:oMath></w:p>"
    assert converted(document(found), tmp_path).markdown == "x\u0302y\u0303T\u0305long\n"


def test_bold_paragraphs_are_headings_where_no_style_says_more(tmp_path: Path) -> None:
    bold = "<w:b/>"
    body = "".join(
        (
            p("Flex Sleep", style="berschrift1"),
            p(r("1. Overview", bold)),
            p("It sleeps."),
            p(r("2. How to activate", bold)),
            p(r("2.1 Steps", bold)),
            p(r("1) Lock it.", bold)),
            p(r("2) Set it.", bold)),
            p(r("Parameters", bold)),
            tbl(tc("a") + tc("b"), tc("c") + tc("d")),
            p(r("Deactivation", bold)),
            p(r("1. Unlock it", bold)),
            p("Wait."),
            p(r("Mind this.", bold)),
        )
    )
    found = [text for kind, text in blocks(converted(document(body), tmp_path)) if kind == "heading"]
    assert found[:5] == ["# Flex Sleep", "## 1. Overview", "## 2. How to activate", "### 2.1 Steps", "## Parameters"]
    assert found[5] == "## Deactivation"  # with the first of its steps in bold too
    styled = p("Sleep", style="berschrift1") + p("More", style="H2") + p(r("1. Overview", bold)) + p("It sleeps.")
    assert [kind for kind, _ in blocks(converted(document(styled), tmp_path))][2:] != ["heading", "paragraph"]
