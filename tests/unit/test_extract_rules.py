"""Extraction by rules: spans, false friends, one item a name."""

from __future__ import annotations

from pathlib import Path

from randaemon.model import Category, Clean, Extraction, Mark
from randaemon.stages.extract import extract


def found(markdown: str, category: Category, marks: tuple[Mark, ...] = ()) -> list[str]:
    return [item.name for item in read(markdown, marks).of(category)]


def read(markdown: str, marks: tuple[Mark, ...] = ()) -> Extraction:
    extraction = extract(Clean(markdown=markdown, marks=marks))
    for item in extraction.items:
        for span in (item.span, *item.fields.values()):
            assert markdown[span.start : span.end] == span.text
    return extraction


def test_false_friends_of_prose_are_not_extracted() -> None:
    markdown = (
        "Appendix A.a: See AF.html, Node.js, index.html and EUtranCellFDD.md. NRCellDU.getCell(1) is called.\n"
        "Counters pm1, pm101, pmCounter, pma1interf; states RRC_CONNECTED, RRC_IDLE; EVENT_PARAM_CAUSE.\n"
    )
    assert read(markdown).items == ()


def test_a_bare_name_beside_its_qualified_form_is_one_item() -> None:
    markdown = (
        "# Parameters\n\n| Parameter | Description |\n|---|---|\n| NRCellDU.pMax | Power. |\n\n- pMax: the power\n"
    )
    assert found(markdown, Category.PARAMETER) == ["NRCellDU.pMax"]


def test_a_name_is_never_both_parameter_and_counter() -> None:
    markdown = (
        "# Parameters\n\n| Parameter | Type | Description |\n|---|---|---|\n| NRCellDU.pmFooBar | Introduced | x |\n"
    )
    assert found(markdown, Category.COUNTER) == ["NRCellDU.pmFooBar"]
    assert found(markdown, Category.PARAMETER) == []


def test_counters_without_pm_stand_under_a_counters_heading() -> None:
    markdown = (
        "# class LagPort\n\n## PM Counters\n\n| Counter | Description |\n|---|---|\n| ifHCInOctets | Octets in. |\n"
    )
    assert found(markdown, Category.COUNTER) == ["LagPort.ifHCInOctets"]


def test_a_section_that_says_nothing_is_associated_gives_nothing() -> None:
    markdown = "# Performance of X\n\n## Events\n\nThis feature has no associated events such as INTERNAL_PROC_X_Y.\n"
    assert found(markdown, Category.EVENT) == []


def test_tagged_words_are_believed_with_their_class() -> None:
    markdown = "Set qWaitTime and NRCellDU.qOther and NRCellDU when pmWaited rises."
    marks = tuple(
        Mark("keyword apiname", markdown.index(word), markdown.index(word) + len(word))
        for word in ("qWaitTime", "NRCellDU.qOther", "NRCellDU when"[:8], "pmWaited")
    )
    assert found(markdown, Category.PARAMETER, marks) == ["qWaitTime", "NRCellDU.qOther"]
    assert found(markdown, Category.COUNTER, marks) == ["pmWaited"]


def test_the_console_readme_gives_exactly_its_annotated_attributes(shared: Path) -> None:
    import json

    gold = json.loads((shared / "corpus" / "gold" / "enm_cli_readme_md.json").read_text())
    markdown = (shared / "corpus" / "md" / "enm-cli__README.md").read_text()
    optional = set(gold["optional"]["parameters"])
    assert set(found(markdown, Category.PARAMETER)) - optional == set(gold["parameters"])


def test_documents_of_other_trades_give_nothing(shared: Path) -> None:
    for name in ("docs__package-variant.md", "magma__metrics.md", "3gpp-tr-library__7.4-pathloss.md"):
        assert read((shared / "corpus" / "md" / name).read_text()).items == (), name
