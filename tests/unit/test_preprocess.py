"""Boilerplate goes and is listed, everything else stays, and every span still holds."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from randaemon.errors import Refused
from randaemon.model import Block, Clean, Converted, Done, Mark, Meta, Stage, Task
from randaemon.stages import preprocess
from randaemon.stages.convert.text import convert_text
from randaemon.stages.preprocess.rewrite import Edit, rewrite


def written(*blocks: tuple[str, str], marks: tuple[str, ...] = ()) -> Converted:
    """A converted document of (kind, text) blocks, headings with their #; a mark stands where its text is."""
    markdown, found, path = "", [], []
    for kind, text in blocks:
        level = len(text) - len(text.lstrip("#")) if kind == "heading" else 0
        path = [(depth, title) for depth, title in path if not level or depth < level]
        start = len(markdown) + (2 if markdown else 0)
        markdown += ("\n\n" if markdown else "") + text
        found.append(Block(kind, start, len(markdown), tuple(title for _, title in path)))
        if level:
            path.append((level, text.lstrip("# ")))
    tags = tuple(Mark("apiname", markdown.index(text), markdown.index(text) + len(text), "note") for text in marks)
    return Converted(markdown + "\n", "Title", tuple(found), tags)


def run(converted: Converted, tmp_path: Path) -> Clean:
    artifact = tmp_path / "converted"
    artifact.write_bytes(msgspec.json.encode(converted))
    outcome = preprocess.run(Task(Stage.PREPROCESS, "", artifact, {Stage.CONVERT: artifact}, tmp_path, {}))
    assert isinstance(outcome, Done)
    assert outcome.artifact
    return msgspec.json.decode(outcome.artifact, type=Clean)


def texts(clean: Clean) -> list[str]:
    return [clean.markdown[block.start : block.end] for block in clean.blocks]


PROSE = ("paragraph", "The timer decides how long the cell waits.")
COPYRIGHT = "© Fictional Vendor AB 2026. All rights reserved. No part of this document may be reproduced in any form."


def test_the_cover_of_a_specification_as_pdfs_print_it_goes_and_tells_its_number(tmp_path: Path) -> None:
    found = run(
        written(
            ("heading", "### 3GPP TS 99.511 V19.3.0 (2025-09)"),
            ("paragraph", "Technical Specification"),
            ("heading", "## 3rd Generation Partnership Project; Fictional Waiting; (Release 19)"),
            ("paragraph", "Keywords: waiting"),
            ("heading", "## Contents"),
            ("paragraph", "Foreword" + "." * 60 + " 5"),
            ("paragraph", f"1 Scope{'.' * 60}6 2 Waiting{'.' * 50} 7 2.1 Cells{'.' * 40}8 Copyright Notification"),
            ("heading", "# 1 Scope"),
            PROSE,
        ),
        tmp_path,
    )
    assert texts(found) == ["# 1 Scope", PROSE[1]]
    assert (found.title, found.meta["revision"]) == ("3GPP TS 99.511", "19.3.0")


def test_a_paper_that_speaks_of_3gpp_before_its_first_section_has_no_cover(tmp_path: Path) -> None:
    blocks = (
        ("heading", "# Waiting in Cells"),
        ("paragraph", "The 3rd Generation Partnership Project says how long in 3GPP TS 99.511, or so we read it."),
        ("heading", "# 1 Introduction"),
        PROSE,
    )
    assert texts(run(written(*blocks), tmp_path)) == [text for _, text in blocks]


def test_dots_in_a_sentence_are_no_contents_list(tmp_path: Path) -> None:
    said = "The counter printed ..... 17 times, and then the operator of the cell looked at it for a long time indeed."
    assert texts(run(written(("paragraph", said)), tmp_path)) == [said]


@pytest.mark.parametrize(
    "title",
    [
        "Legal",
        "Legal | © Vendor AB",
        "Copyright",
        "Disclaimer",
        "Trademark List",
        "Trademarks",
        "Foreword",
        "Copyright Notification",
    ],
)
def test_legal_sections_go_by_their_title_and_with_all_that_stands_under_them(title: str, tmp_path: Path) -> None:
    source = written(
        ("heading", "# 1 Overview"),
        PROSE,
        ("heading", f"# {title}"),
        ("paragraph", "Some text."),
        ("heading", "## Owner"),
        ("paragraph", "The Vendor."),
        ("heading", "# 2 Operation"),
        PROSE,
    )
    clean = run(source, tmp_path)
    assert texts(clean) == ["# 1 Overview", PROSE[1], "# 2 Operation", PROSE[1]]
    assert [removed.reason for removed in clean.removed] == ["legal"]
    assert clean.removed[0].text == f"# {title}\n\nSome text.\n\n## Owner\n\nThe Vendor."


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("Install the licence key CXC4012400 on the node.", True),
        ("The feature is license-controlled.", True),
        ("Apache 2.0, see the file LICENSE.", False),
    ],
)
def test_a_section_on_the_licence_of_a_feature_stays(text: str, *, stays: bool, tmp_path: Path) -> None:
    clean = run(
        written(("heading", "# A"), PROSE, ("heading", "# License"), ("paragraph", text), ("heading", "# B"), PROSE),
        tmp_path,
    )
    assert texts(clean) == ["# A", PROSE[1], *(["# License", text] if stays else []), "# B", PROSE[1]]


def test_a_legal_title_at_the_top_does_not_take_numbered_sections_with_it(tmp_path: Path) -> None:
    source = written(("heading", "# Copyright"), ("paragraph", COPYRIGHT), ("heading", "## 1 Overview"), PROSE)
    clean = run(source, tmp_path)
    assert texts(clean) == ["## 1 Overview", PROSE[1]]
    assert [block.heading for block in clean.blocks] == [(), ("1 Overview",)]


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        ("paragraph", COPYRIGHT, "legal"),
        ("paragraph", "SPDX-License-Identifier: Apache-2.0", "legal"),
        ("paragraph", "This work is licensed under a Creative Commons Attribution 4.0 International License.", "legal"),
        ("table", f"| Copyright | {COPYRIGHT} |\n| --- | --- |\n| Disclaimer | May change. |", "legal"),
        ("paragraph", "1 Overview ........ 3\n2 Operation ....... 7", "contents"),
        ("list", "- 1 Overview\n- 2 Operation\n- 3 Overview", "contents"),
        ("paragraph", "Contents Library", "navigation"),
        ("paragraph", "Previous | Up | Next", "navigation"),
        ("paragraph", "Back to top", "navigation"),
        ("paragraph", "Home > Library > Feature", "navigation"),
    ],
)
def test_blocks_that_say_nothing_go(kind: str, text: str, reason: str, tmp_path: Path) -> None:
    clean = run(
        written(("heading", "# 1 Overview"), PROSE, (kind, text), ("heading", "# 2 Operation"), PROSE), tmp_path
    )
    assert [(removed.reason, removed.text, removed.heading) for removed in clean.removed] == [
        (reason, text, ("1 Overview",))
    ]
    assert texts(clean) == ["# 1 Overview", PROSE[1], "# 2 Operation", PROSE[1]]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("paragraph", "The licence key CXC4012400 is installed in the node."),
        ("paragraph", "The next cell is searched."),
        ("paragraph", "Set the contents of the attribute, up to 200 of them. " * 20 + "LTE is a trademark of ETSI."),
        ("table", "| Feature | Legal |\n| --- | --- |\n| Beam | yes |"),
        ("table", f"| NRCellDU.a | 1 |\n| --- | --- |\n| NRCellDU.b | 2 |\n| NRCellDU.c | {COPYRIGHT} |"),
        ("list", "- pmCount1\n- pmCount2"),
        ("code", "```\nCopyright (c) 2020. All rights reserved.\n```"),
        ("paragraph", "Up" * 20),
    ],
)
def test_blocks_that_say_something_stay(kind: str, text: str, tmp_path: Path) -> None:
    clean = run(written(("heading", "# 1 Overview"), (kind, text), PROSE), tmp_path)
    assert clean.removed == ()
    assert texts(clean)[1] == text.strip()


@pytest.mark.parametrize(
    "title", ["Feature Change History", "Annex Z (informative): Change history", "5 Revision History"]
)
def test_change_histories_go(title: str, tmp_path: Path) -> None:
    clean = run(
        written(("heading", "# A"), PROSE, ("heading", f"# {title}"), ("table", "| Date |\n| --- |\n| 2020 |")),
        tmp_path,
    )
    assert [removed.reason for removed in clean.removed] == ["change-history"]


def test_a_contents_list_goes_and_what_follows_it_stays_even_without_a_heading(tmp_path: Path) -> None:
    source = written(
        ("heading", "# Contents"),
        ("list", "- 1 Overview\n- 2 Operation"),
        ("paragraph", PROSE[1] * 2),
        ("heading", "## 1 Overview"),
        PROSE,
    )
    clean = run(source, tmp_path)
    assert texts(clean) == [PROSE[1] * 2, "## 1 Overview", PROSE[1]]
    assert [block.heading for block in clean.blocks] == [(), (), ("1 Overview",)]


def test_the_cover_of_a_standard_goes_and_its_number_stays(tmp_path: Path) -> None:
    source = written(
        ("paragraph", "3GPP TS 38.999 V16.4.0 (2020-12)"),
        ("paragraph", "3rd Generation Partnership Project;\nTechnical Specification Group Radio Access Network"),
        ("paragraph", "Postal address"),
        ("heading", "# Contents"),
        ("paragraph", "1 Scope\t5\n2 References\t6"),
        ("heading", "# Foreword"),
        ("paragraph", "Version x.y.z where: x is the first digit."),
        ("heading", "# 1 Scope"),
        PROSE,
        ("heading", "# Annex B (informative): Change history"),
        ("table", "| Date |\n| --- |\n| 2020 |"),
    )
    clean = run(source, tmp_path)
    assert texts(clean) == ["# 1 Scope", PROSE[1]]
    assert clean.title == clean.meta["document_number"] == "3GPP TS 38.999"
    assert clean.meta["revision"] == "16.4.0"
    assert [removed.reason for removed in clean.removed] == ["legal", "contents", "legal", "change-history"]


def test_a_title_that_names_what_went_gives_way_to_the_first_heading_that_stays(tmp_path: Path) -> None:
    source = written(("heading", "# Contents"), ("list", "- 1 Scope"), ("heading", "# 1 Scope"), PROSE)
    assert run(Converted(source.markdown, "Contents", source.blocks), tmp_path).title == "1 Scope"
    assert run(Converted(source.markdown, "Beam Sweep", source.blocks), tmp_path).title == "Beam Sweep"


def test_white_space_is_made_plain_and_tables_and_code_keep_their_shape(tmp_path: Path) -> None:
    source = written(
        ("paragraph", "FAJ 121\u00a0                0892 and\u00adso  on \nnext\u200bline"),
        ("table", "| FAJ 121                 0892 |  | \u00a0x |\n| --- | --- | --- |\n|  |  |  |"),
        ("list", "- a  b\n    - c \n\t- d"),
        ("code", "```\na  b \n```"),
        marks=("FAJ 121\u00a0                0892",),
    )
    clean = run(source, tmp_path)
    assert texts(clean) == [
        "FAJ 121 0892 andso on\nnextline",
        "| FAJ 121 0892 |  | x |\n| --- | --- | --- |\n|  |  |  |",
        "- a b\n    - c\n    - d",
        "```\na  b \n```",
    ]
    (mark,) = clean.marks
    assert clean.markdown[mark.start : mark.end] == "FAJ 121 0892"
    assert mark.note == "note"


def test_marks_in_what_goes_go_and_all_others_keep_their_text(tmp_path: Path) -> None:
    source = written(
        ("heading", "# A"),
        ("paragraph", "Set  NRCellDU.pMax  now, in this cell."),
        ("heading", "# Legal"),
        ("paragraph", "About NRCellDU.legal"),
        ("heading", "# B"),
        ("paragraph", "And A.b  too."),
        marks=("NRCellDU.pMax", "NRCellDU.legal", "A.b"),
    )
    clean = run(source, tmp_path)
    assert [clean.markdown[mark.start : mark.end] for mark in clean.marks] == ["NRCellDU.pMax", "A.b"]


def test_a_document_of_legal_text_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="legal") as caught:
        run(written(("heading", "# Legal"), ("paragraph", COPYRIGHT)), tmp_path)
    assert caught.value.code == "E_LEGAL"


def test_a_document_with_next_to_nothing_in_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        run(written(("heading", "# A Very Long Title Of A Document"), ("paragraph", "See below.")), tmp_path)
    assert caught.value.code == "E_NO_CONTENT"


words = st.text(st.sampled_from("ab .|\u00a0\u200b"), min_size=1, max_size=30).filter(lambda text: "a" in text)


@given(
    st.lists(
        st.tuples(st.sampled_from(["paragraph", "list", "table", "code", "heading"]), words), min_size=1, max_size=8
    ),
    st.data(),
)
def test_every_block_and_mark_holds_its_own_text_again(blocks: list[tuple[str, str]], data: st.DataObject) -> None:
    converted = written(*((kind, f"# {text}" if kind == "heading" else text) for kind, text in blocks))
    at = data.draw(st.integers(0, len(converted.markdown) - 1))
    end = data.draw(st.integers(at + 1, len(converted.markdown)))
    marked = Converted(converted.markdown, "", converted.blocks, (Mark("apiname", at, end),))
    clean = preprocess.clean(marked)

    def plain(text: str) -> str:
        return re.sub(r"[\s\u200b]+", "", text)

    assert len(clean.blocks) == len(converted.blocks)
    for old, new in zip(converted.blocks, clean.blocks, strict=True):
        assert plain(converted.markdown[old.start : old.end]) == plain(clean.markdown[new.start : new.end])
    for mark in clean.marks:
        assert plain(clean.markdown[mark.start : mark.end]) == plain(converted.markdown[at:end])


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, list[Edit]]:
    text = draw(st.text("abcdef", max_size=30))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    return text, [Edit(start, end, draw(st.text("XY", max_size=3))) for start, end in pairs]


@given(edited(), st.data())
def test_text_outside_of_edits_is_found_again_at_its_new_place(
    case: tuple[str, list[Edit]], data: st.DataObject
) -> None:
    text, edits = case
    out = rewrite(text, edits)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    touched = any(edit.start < end and start < edit.end for edit in edits)
    inserted = any(start < edit.start < end and edit.start == edit.end for edit in edits)
    span = out.span(start, end)
    if start < end and not touched and not inserted:
        assert span is not None
        assert text[start:end] in out.text[slice(*span)]
    elif span is not None:
        assert 0 <= span[0] < span[1] <= len(out.text)


def test_edits_that_overlap_are_an_error() -> None:
    with pytest.raises(ValueError, match="overlaps"):
        rewrite("abcdef", [Edit(0, 3), Edit(2, 4)])


# --- What a document is made of, and whether anything is to be learnt from it -------------------------------------

ENGLISH = "The timer waits for ten seconds and is not used when the cell is barred by an operator of the network. "
FRENCH = (
    "Le compteur est incrémenté à chaque fois que la cellule est dans un état qui ne permet pas de servir les usagers. "
)
GREEK = "Ο χρονιστής περιμένει δέκα δευτερόλεπτα στην κυψέλη και μετά σταματά χωρίς άλλη προειδοποίηση. "


def told_of(text: str, tmp_path: Path, *languages: str) -> Meta:
    converted = convert_text(text, "text/markdown")
    (tmp_path / "converted").write_bytes(msgspec.json.encode(converted))
    inputs = {Stage.CONVERT: tmp_path / "converted"}
    options = {"languages": list(languages)}
    outcome = preprocess.run(Task(Stage.PREPROCESS, "d", tmp_path / "x", inputs, tmp_path, options, {}))
    assert isinstance(outcome, Done)
    return outcome.meta


@pytest.mark.parametrize(("text", "language"), [(ENGLISH, "en"), (FRENCH, "fr"), (GREEK, "el"), ("pmA pmB\n", None)])
def test_the_language_of_prose_is_told_and_of_names_none(text: str, language: str | None, tmp_path: Path) -> None:
    assert told_of(text * 6, tmp_path).get("language") == language


def test_the_shape_says_what_most_of_a_document_is(tmp_path: Path) -> None:
    table = "| Name | Default |\n|---|---|\n" + "| attribute | 7 |\n" * 40
    assert told_of(ENGLISH * 6, tmp_path)["shape"] == "prose"
    assert told_of(f"# T\n\n{ENGLISH}\n\n{table}", tmp_path)["shape"] == "tables"
    assert told_of("```\n" + "pmr -r 1\n" * 60 + "```\n\n" + ENGLISH, tmp_path)["shape"] == "code"
    mixed = told_of(f"# T\n\n{ENGLISH * 9}\n\n{table}", tmp_path)
    assert (mixed["shape"], mixed["tables"], mixed["headings"]) == ("mixed", 1, 1)


def test_long_sentences_full_of_names_and_much_of_them_are_complex(tmp_path: Path) -> None:
    easy = "The cell is on. It is up. Look at it."
    hard = (
        "When pmRrcConnEstabAtt exceeds lbActivationThreshold in EUtranCellFDD and isServCellAllowed is true while the "
        "timer tEvaluateLoad runs, users of QCI8 are moved to a NRCellDU whose pLMNIdList holds PLMN_ID and whose "
        "ssbFrequency is one of those that caFrequencyList names, unless blackListEntry forbids it. "
    )
    told = [told_of(text, tmp_path)["complexity"] for text in (easy * 5, hard, hard * 100)]
    assert told == sorted(told)
    assert told[0] < 0.1 < 0.5 < told[1] < told[2] <= 1.0
    assert told_of("| a | b |\n|---|---|\n" + "| pmXAtt | 1 |\n" * 40, tmp_path)["complexity"] == 0.0


def test_prose_in_a_language_nobody_wants_is_refused_and_names_what_to_change(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"French.*add 'fr' to `languages`") as caught:
        told_of(FRENCH * 6, tmp_path, "en")
    assert caught.value.code == "E_LANGUAGE"
    assert told_of(FRENCH * 6, tmp_path, "en", "fr")["language"] == "fr"
    assert told_of(FRENCH * 6, tmp_path)["language"] == "fr", "no language is named: all are wanted"


def test_tables_are_taken_in_any_language(tmp_path: Path) -> None:
    rows = "| pmCompteur | le nombre de fois que la cellule est dans un état qui ne permet pas de servir |\n" * 60
    told = told_of(f"{FRENCH * 3}\n\n| Nom | Description |\n|---|---|\n{rows}", tmp_path, "en")
    assert told["shape"] == "tables"


@pytest.mark.parametrize("sign", ["\ufffd", "\ue001", "(cid:12)"])
def test_text_whose_signs_stand_for_nothing_is_refused_with_the_reason(sign: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="stand for no letter") as caught:
        told_of(f"{ENGLISH}{sign * 60}", tmp_path)
    assert caught.value.code == "E_GARBLED"
    assert told_of(f"{ENGLISH * 9}{sign * 5}", tmp_path)["words"]


@pytest.mark.parametrize(
    ("cover", "told"),
    [
        ("3GPP TS 38.331 V18.6.0 (2025-06)\n\n(Release 18)", ("18.6.0", "Release 18", "2025-06")),
        ("3GPP TS 38.331 V15.3.0 (2018-09)", ("15.3.0", "Release 15", "2018-09")),
        ("ETSI TS 138 331 V16.1.0\n\n(3GPP TS 38.331 version 16.1.0 Release 16)", ("16.1.0", "Release 16", None)),
    ],
)
def test_a_cover_tells_number_version_release_and_date(cover: str, told: tuple[str, ...], tmp_path: Path) -> None:
    partnership = "3rd Generation Partnership Project; Radio Resource Control (RRC) protocol specification"
    meta = told_of(f"{partnership}\n\n{cover}\n\n# 1 Scope\n\n{ENGLISH * 4}", tmp_path)
    assert meta["document_number"] == "3GPP TS 38.331"
    assert meta["title"] == "3GPP TS 38.331"
    assert (meta.get("revision"), meta.get("release"), meta.get("date")) == told
