"""HTML to Markdown: text, lists, tables as a grid, and what vendor pages keep in attributes."""

from __future__ import annotations

import io
import re
import time
import warnings
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from randaemon.errors import Refused
from randaemon.model import Converted, Mark
from randaemon.stages import encoding
from randaemon.stages.convert.html import convert_text

FILLER = "<p>Enough text to be a page of its own.</p>"


def markdown(body: str) -> str:
    return (
        convert_text(f"<html><body>{body}{FILLER}</body></html>")
        .markdown.removesuffix("Enough text to be a page of its own.\n")
        .rstrip("\n")
    )


def cells(line: str) -> list[str]:
    return [cell[1:-1].replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def checked(converted: Converted) -> Converted:
    """Blocks cover the Markdown in order, marks lie on text inside of it."""
    at = 0
    for block in converted.blocks:
        assert converted.markdown[at : block.start].strip() == ""
        assert converted.markdown[block.start : block.end].strip() == converted.markdown[block.start : block.end]
        at = block.end
    for mark in converted.marks:
        assert converted.markdown[mark.start : mark.end].strip()
    return converted


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<h1>One</h1><h3> Deep \n title</h3><p>a\n b</p>", "# One\n\n### Deep title\n\na b"),
        ("<h1> </h1><p>text</p>", "text"),
        ("<p>a<br>b<br/>c</p>", "a\nb\nc"),
        ("<div>a<p>b</p>c</div>d", "a\n\nb\n\nc\n\nd"),
        ("<p>x<b>y</b> <i>z</i>.</p>", "xy z."),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("<ol start=3><li>a</li><li>b</li></ol>", "3. a\n4. b"),
        ("<ul><li>a<ul><li>b<ol><li>c</li></ol></li></ul></li><li>d</li></ul>", "- a\n    - b\n        1. c\n- d"),
        ("<ol><li><p>a</p><p>more</p></li><li>b</li></ol>", "1. a\n    more\n2. b"),
        ("<ol><li>a<pre>x  y</pre></li><li>b</li></ol>", "1. a\n\n```\nx  y\n```\n\n2. b"),
        ("<pre>a\n  b ``` c</pre>", "```\na\n  b ``` c\n```"),
        ("<pre>a<br>```\nb</pre>", "````\na\n```\nb\n````"),
        ("<p>a&nbsp;b&#160; c&amp;d &lt;x&gt;</p>", "a b c&d <x>"),
        ("<style>no</style><nav>no</nav><template>no</template><p>yes</p>after", "yes\n\nafter"),
        ("<p>a<!-- no -->b</p>", "ab"),
        ("<div role=navigation><ul><li>no</ul></div>tail", "tail"),
        ("<ul><li>a<table><tr><td>t</table>more<li>b</ul>", "- a\n\n| t |\n| --- |\n\nmore\n- b"),
        ("<dl><dt>term</dt><dd>meaning</dd></dl>", "- term\n    meaning"),
        ("<dl><dt>a<dt>b<dd><p>one</p><p>two</p><dt>c<dd>three</dl>", "- a\n- b\n    one\n    two\n- c\n    three"),
        (
            "<dl><dt><code>a</code></dt><dd>x<ul><li>y</ul></dd><dd><dl><dt>b<dd>z</dl></dd></dl>end",
            "- a\n    x\n    - y\n    - b\n        z\n\nend",
        ),
        ("<table><tr><td><dl><dt>a<dd>b</dl></td><td>c</td></tr></table>", "| a<br>b | c |\n| --- | --- |"),
        ("<dt>a</dt><dd>b</dd>", "a\n\nb"),
        ("<p>10<sup>3</sup> and 5<sup>th</sup></p>", "10³ and 5th"),
        ('<pre><code class="language-python">x = 1</code></pre>', "```python\nx = 1\n```"),
        ("<p>a<math><mfrac><mrow><mi>b</mi><mo>+</mo><mn>1</mn></mrow><mn>2</mn></mfrac></math></p>", "a(b + 1)/2"),
        ("<p><math><msub><mi>d</mi><mn>2D</mn></msub><annotation>no</annotation></math></p>", "d_2D"),
        ("<p><math><msqrt><msup><mi>x</mi><mn>2</mn></msup></msqrt></math></p>", "√(x^2)"),
        ("<p><math alttext='x_1'></math> is</p>", "x_1 is"),
    ],
)
def test_blocks_become_plain_markdown(body: str, expected: str) -> None:
    assert markdown(body) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("<table><tr><th>a<th>b<tr><td>1<td>2</table>", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
        (
            "<table><tr><td>a|b<br>c</td><td><p>d</p><p>e</p></td></tr></table>",
            "| a\\|b<br>c | d<br>e |\n| --- | --- |",
        ),
        ("<table><tr><td><ul><li>x<li>y</ul></td><td>z</td></tr></table>", "| - x<br>- y | z |\n| --- | --- |"),
        (
            "<table><tr><td>a</td><td><table><tr><td>i<td>j<tr><td>k</table></td></tr><tr><td>b</td></tr></table>",
            "| a | i j<br>k |\n| --- | --- |\n| b |  |",
        ),
        ("<table role=presentation><tr><td><h2>T</h2><p>x</p></td></tr></table>", "## T\n\nx"),
        (
            "<table><tr><td><table><tr><td>a<td>b<tr><td>c<td>d</table></td></tr></table>",
            "| a | b |\n| --- | --- |\n| c | d |",
        ),
        ("<table><caption>Table 1</caption><tr><td>a</table>", "Table 1\n\n| a |\n| --- |"),
        ("<table><tr><td></td></tr></table>", ""),
        ("<table><tr><td>never closed<td>b", "| never closed | bEnough text to be a page of its own. |\n| --- | --- |"),
    ],
)
def test_tables_become_pipe_tables_of_one_line_a_row(body: str, expected: str) -> None:
    text = markdown(body)
    assert text == expected or text.replace("<br>Enough", "Enough") == expected


spans = st.lists(
    st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=4), min_size=1, max_size=5
)


@given(spans)
def test_spanning_cells_stand_where_pandas_puts_them(shape: list[list[tuple[int, int]]]) -> None:
    names = iter(range(1000))
    rows = ""
    for number, row in enumerate(shape):
        rows += "<tr>"
        for down, across in row:  # pandas adds rows for what reaches below the last one, browsers do not
            rows += f"<td rowspan={min(down, len(shape) - number)} colspan={across}>c{next(names)}</td>"
        rows += "</tr>"
    html = f"<table>{rows}</table>"
    text = convert_text(f"<body>{html}{FILLER}").markdown
    ours = [cells(line) for line in text.split("\n") if line.startswith("| ") and "---" not in line]
    # pandas moves a cell that hangs down behind a hole, and splits one that runs into it: browsers do neither
    assume(not any(left == "" != right for row in ours for left, right in pairwise(row)))
    area = sum(min(down, len(shape) - number) * across for number, row in enumerate(shape) for down, across in row)
    assume(area == sum(cell != "" for row in ours for cell in row))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame = pd.read_html(io.StringIO(html), flavor="lxml", header=None)[0].fillna("").astype(str)
    oracle = [row for row in frame.to_numpy().tolist() if any(row)]
    assert [row for row in ours if any(row)] == oracle


def test_a_hostile_span_costs_neither_time_nor_memory() -> None:
    cell = "<td rowspan=65534 colspan=65534>some text</td>"
    started = time.perf_counter()
    text = convert_text(f"<table><tr>{cell * 20}</tr>{'<tr><td>y</td></tr>' * 3000}</table>").markdown
    assert time.perf_counter() - started < 20
    assert len(text) < 100_000_000


@pytest.mark.parametrize(
    "page",
    [
        "<div>" * 20_000 + "deep text that is long enough" + "</div>" * 20_000,
        "<ul><li>" * 5_000 + "deep text that is long enough",
        "<table><tr><td>" * 3_000 + "deep text that is long enough",
        "<b><span class=apiname>" * 5_000 + "deep text that is long enough",
    ],
)
def test_twenty_thousand_nested_tags_lose_no_text(page: str) -> None:
    started = time.perf_counter()
    assert "deep text that is long enough" in convert_text(page).markdown
    assert time.perf_counter() - started < 20


def test_a_page_that_declares_ascii_and_holds_utf8_is_read() -> None:
    head = '<?xml version="1.0" encoding="US-ASCII"?><html><head><meta charset="us-ascii"></head>'
    text, name = encoding.decode(f"{head}<body><p>Größe ≥ 5 µs</p>{FILLER}</body></html>".encode(), markup=True)
    assert name == "utf-8"
    assert "Größe ≥ 5 µs" in convert_text(text, name).markdown


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("é".encode("utf-8-sig"), "utf-8"),
        ("é".encode("utf-16"), "utf-16-le"),
        ("é".encode(), "utf-8"),
        ("é – “x”".encode("cp1252"), "cp1252"),
        (b"<meta charset=koi8-r>\xc1", "koi8-r"),
        (b"<meta charset=iso-8859-1>\x93x\x94", "cp1252"),
        (b"<meta charset=utf-7>x", "utf-8"),
        (b"<meta charset=nonsense>x", "utf-8"),
        (b"<meta charset=hex>x", "utf-8"),
        (b"<meta charset=shift_jis>\xff\xff\x81", "cp1252"),
    ],
)
def test_encodings_are_tried_in_order_and_never_guessed(data: bytes, name: str) -> None:
    text, found = encoding.decode(data, markup=True)
    assert found == name
    assert text


@given(st.binary(max_size=300))
def test_any_bytes_become_text_that_can_be_written_again(data: bytes) -> None:
    encoding.decode(data, markup=True)[0].encode("utf-8")


@given(st.text(max_size=400))
def test_any_text_is_a_page_or_refused(text: str) -> None:
    page = re.sub("[\ud800-\udfff]", "", text)
    checked(convert_text(f"<h1>{page}</h1><table><tr><td>{page}<td>x</table>{page}{FILLER}"))


TAGS = [
    "p",
    "div",
    "ul",
    "ol",
    "li",
    "table",
    "tr",
    "td",
    "th",
    "h1",
    "h3",
    "pre",
    "b",
    "span class=apiname",
    "br",
    "dl",
    "dd",
]
soup = st.lists(st.tuples(st.booleans(), st.sampled_from(TAGS), st.booleans()), max_size=60)


@given(soup)
@example([(False, "table", False), (False, "div", True), (False, "td", False)])
def test_no_soup_of_tags_loses_a_word(tags: list[tuple[bool, str, bool]]) -> None:
    page = ""
    for number, (closing, tag, spoken) in enumerate(tags):
        page += f"</{tag.split()[0]}>" if closing else f"<{tag}>"
        page += f"word{number} " if spoken else ""
    converted = checked(convert_text(page + FILLER))
    assert set(re.findall(r"word\d+", converted.markdown)) == set(re.findall(r"word\d+", page))
    for mark in converted.marks:
        assert converted.markdown[mark.start : mark.end].strip("- ")


def test_a_shell_that_a_browser_would_fill_is_refused() -> None:
    shell = "<html><head><script src=x></script></head><body><div id=app>Please enable scripts</div></body></html>"
    with pytest.raises(Refused) as caught:
        convert_text(shell)
    assert caught.value.code == "E_NO_TEXT"
    for page in ("", " ", "<html></html>", "<p> </p>"):
        with pytest.raises(Refused):
            convert_text(page)


def test_the_meta_tags_of_vendor_pages_are_kept() -> None:
    named = {"TITLE": "Beam  Sweep", "DOCNO": "1/221 04-X", "REV": "B", "DATE": "2026-01-01"}
    tags = "".join(f"<meta name={name} content='{content}'>" for name, content in named.items())
    page = f"<html><head><title>window title</title>{tags}</head><body><h1>Other</h1>{FILLER}</body></html>"
    converted = convert_text(page)
    assert converted.title == "Beam Sweep"
    assert dict(converted.meta) == {
        "encoding": "utf-8",
        "document_number": "1/221 04-X",
        "revision": "B",
        "date": "2026-01-01",
    }


def link(name: str, rel: str) -> str:
    return f'<span class="keyword apiname condensed"><a class="xref" rel="{rel}" href="#">{name}</a></span>'


NOTE = "The most power of a cell.<br>Takes effect: Immediately<br>Unit: 0.1 dBm"
REL = f"{NOTE}::attr::edw:/alex?dt=om&amp;FN=A.html&amp;ch=b::"


def test_tagged_words_become_marks_on_their_text() -> None:
    option = "<span class='keyword option'> LOW </span>, see <span class='other'>x</span>"
    body = f"<p>Set {link('NRCellDU.pMax', REL)} to {option}.</p>"
    converted = checked(convert_text(f"<body><h1>T</h1>{body}{FILLER}"))
    found = [(mark.kind, converted.markdown[mark.start : mark.end], mark.note) for mark in converted.marks]
    target = ("link", "NRCellDU.pMax", "edw:/alex?dt=om&FN=A.html&ch=b")
    assert found[:3] == [target, ("apiname", "NRCellDU.pMax", NOTE), ("option", "LOW", "")]


def test_a_description_that_only_an_attribute_holds_replaces_the_pointer_to_it() -> None:
    row = f"<tr><td>{link('NRCellDU.pMax', REL)}</td><td>Introduced</td><td>Note. See MOM description.</td></tr>"
    converted = checked(convert_text(f"<table><tr><th>Parameter<th>Type<th>Description</tr>{row}</table>{FILLER}"))
    assert f"| NRCellDU.pMax | Introduced | Note. {NOTE} |" in converted.markdown
    assert "Attribute descriptions" not in converted.markdown, "it stands in the table already"
    assert converted.marks[1:] == (
        Mark("apiname", converted.markdown.index("NRCellDU"), converted.markdown.index(" | Introduced"), NOTE),
    )


def test_a_parameter_that_spans_rows_describes_each_of_them() -> None:
    rows = f"<tr><td rowspan=2>{link('A.b', REL)}</td><td>x</td></tr><tr><td>See MOM description.</td></tr>"
    assert f"| A.b | {NOTE} |" in convert_text(f"<table>{rows}</table>{FILLER}").markdown


def test_a_description_that_no_table_shows_is_listed_once_at_the_end() -> None:
    page = f"<h1>T</h1><p>{link('A.b', REL)} and {link('A.b', REL)}</p><p>{link('A.c', 'Other.::attr::x::')}</p>"
    converted = checked(convert_text(page + FILLER))
    end = converted.markdown[converted.markdown.index("## Attribute descriptions") :]
    assert end == f"## Attribute descriptions\n\n- `A.b`: {NOTE}\n- `A.c`: Other.\n"
    assert converted.blocks[-1].heading == ("T", "Attribute descriptions")


@pytest.mark.parametrize(
    ("rel", "note"),
    [
        ("Text.::attr::edw:/alex?FN=x.html&ch=y::", "Text."),
        (
            "DESCRIPTION<br>Text.Takes effect: Now.Precondition: None.Unit: ms::attr::edw:/a?b::",
            "Text.<br>Takes effect: Now.<br>Precondition: None.<br>Unit: ms",
        ),
        ("a <b>bold</b> <p>par</p>| x::counter::edw:/a::", "a bold<br>par<br>\\| x"),
        ("nofollow", ""),
        ("noopener noreferrer", ""),
        ("::attr::edw:/a::", ""),
    ],
)
def test_descriptions_are_read_from_rel_attributes(rel: str, note: str) -> None:
    from randaemon.stages.convert.html.vendor import description

    assert description(rel) == note


def test_notes_are_blocks_of_their_own_kind() -> None:
    converted = convert_text(f"<body><div class='note important'><p>Careful.</p></div>{FILLER}")
    assert [block.kind for block in converted.blocks] == ["note", "paragraph"]


def test_every_block_knows_the_sections_it_stands_in() -> None:
    converted = convert_text(
        f"<h1>A</h1><p>a</p><h2>B</h2><table><tr><td>t</table><h3>C</h3>{FILLER}<h2>D</h2><p>d</p>"
    )
    assert [(block.kind, block.heading) for block in converted.blocks] == [
        ("heading", ()),
        ("paragraph", ("A",)),
        ("heading", ("A",)),
        ("table", ("A", "B")),
        ("heading", ("A", "B")),
        ("paragraph", ("A", "B", "C")),
        ("heading", ("A",)),
        ("paragraph", ("A", "D")),
    ]


def test_links_and_pictures_are_kept_as_marks() -> None:
    page = """<h1>Fictional</h1><p>See <a href="other.html">the other page</a> or <a href="#top">top</a>.</p>
    <p><img src="fig1.svg" alt="Two  cells"></p><p>Figure 1 Two cells</p>
    <table><tr><td><span class="keyword apiname"><a rel="DESCRIPTION<br>Power.::attr::edw:/alex?FN=MO.html&ch=attr::"
    >Cell.pMax</a></span></td><td>See MOM description. <img src="CP.png"></td></tr></table>"""
    found = convert_text(page)
    marks = [(mark.kind, found.markdown[mark.start : mark.end], mark.note) for mark in found.marks]
    assert marks == [
        ("link", "the other page", "other.html"),
        ("image", "Figure 1 Two cells", "fig1.svg Two cells"),
        ("link", "Cell.pMax", "edw:/alex?FN=MO.html&ch=attr"),
        ("apiname", "Cell.pMax", "Power."),
    ]


def typed(level: int, sign: str, text: str) -> str:
    """An item as Word saves it."""
    ignored = f"<span style='mso-list:Ignore'>{sign}<span style='font:7.0pt'>&nbsp;&nbsp; </span></span>"
    style = f"text-indent:-.25in;mso-list:l0 level{level} lfo1"
    return f"<p class=MsoListParagraph style='{style}'><![if !supportLists]>{ignored}<![endif]>{text}</p>\n"


def test_lists_titles_and_contents_of_pages_that_word_saved() -> None:
    body = (
        "<p class=MsoTitle>Waiting</p><p class=MsoToc1>1 Scope<span>. </span>3</p><h1>Scope</h1>"
        + typed(1, "1.", "First <b>one</b>")
        + typed(2, "a)", "inner")
        + typed(1, "2.", "Second")
        + "<p class=MsoNormal>between</p>"
        + typed(1, "\u00b7", "point")
        + typed(2, "o", "inner point")
        + f"<table><tr><td>{typed(1, '§', 'in a cell')}{typed(1, '§', 'too')}</td><td>x</td></tr></table>"
    )
    found = convert_text(f"<html><head><title>T</title></head><body>{body}</body></html>").markdown
    assert found.split("\n\n") == [
        "# Waiting",
        "# Scope",
        "1. First one\n    - a) inner\n2. Second",
        "between",
        "- point\n    - inner point",
        "| - in a cell<br>- too | x |\n| --- | --- |\n",
    ]


def test_a_block_stands_behind_its_bullet_in_a_cell_as_well() -> None:
    cell = "<ul><li><p>first</p></li><li><div><p>second</p></div><p>more</p></li></ul>"
    page = f"<html><body><p>The cells of it wait.</p><table><tr><td>{cell}</td><td>x</td></tr></table></body></html>"
    assert "| - first<br>- second<br>more | x |" in convert_text(page).markdown


def test_what_is_struck_out_is_gone_and_what_was_put_in_its_place_is_not() -> None:
    page = "<p>The cell waits <del>10</del><ins>20</ins> ms, <s>at most</s> <strike>or so</strike> in all cases.</p>"
    assert convert_text(f"<html><body>{page}</body></html>").markdown == "The cell waits 20 ms, in all cases.\n"


def test_paragraphs_in_bold_head_the_sections_of_a_page_without_headings() -> None:
    page = (
        "<h1>Flex Sleep</h1><p><b>1. Overview</b></p><p>It sleeps.</p><p><strong>Parameters</strong></p><p>None.</p>"
        "<p><b>2. How to activate</b></p><p><b>2.1 Steps</b></p><ol><li>Lock it.</li></ol><p><b>Mind</b> this.</p>"
        "<p><b>Any words</b></p><p>More.</p><p><b>2.1.1.1.1 Deep</b></p><p>More.</p>"
    )
    headings = [line for line in markdown(page).split("\n") if line.startswith("#")]
    assert headings == [
        "# Flex Sleep", "## 1. Overview", "## Parameters", "## 2. How to activate", "### 2.1 Steps",
        "###### 2.1.1.1.1 Deep",
    ]  # fmt: skip
    assert "## Parameters" not in markdown("<h2>A</h2><p>Text.</p><p><b>Parameters</b></p><p>None.</p>")
