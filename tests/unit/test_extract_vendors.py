"""Documents of vendors whose features have numbers of their own."""

from __future__ import annotations

import pytest

from randaemon.model import Category, Clean
from randaemon.stages.extract import extract


def found(markdown: str, category: Category) -> list[str]:
    return [item.name for item in extract(Clean(markdown=markdown)).of(category)]


@pytest.mark.parametrize(("own", "other"), [("5GC099412", "5GC000533"), ("FOFD-061204", "LOFD-001007")])
def test_features_are_known_by_the_numbers_of_their_vendor(own: str, other: str) -> None:
    markdown = (
        f"# {own}: Quiet Window\n\nThe feature needs {other}: Flexible Slots.\n\n{own} was made in {other[:3]}.\n"
    )
    (item,) = extract(Clean(markdown=markdown)).of(Category.FEATURE)
    assert (item.name, item.fields["title"].text) == (own, "Quiet Window")
    assert found(markdown, Category.RELATED_FEATURE) == [other]


@pytest.mark.parametrize("word", ["X5GC099412", "5GC0994121", "GOOFD-061204x", "5GC", "ROFD-061204"])
def test_other_numbers_are_no_features(word: str) -> None:
    assert found(f"# {word}: Quiet Window\n\nIt needs 5GC00053: Slots.\n", Category.FEATURE) == []


def test_parameters_are_known_by_their_ids_and_where_they_are_called_so() -> None:
    markdown = (
        "# FOFD-061204 Shaping\n\n| Parameter Name | Parameter ID |\n|---|---|\n"
        "| Period | NRDUCellShape.ShapePeriod |\n\n"
        "It is the SW option of the **NRDUCellPusch.UlSchSwitch** parameter. Use Text.Join or a parameter.\n\n"
        "```\nMOD NRDUCELLSHAPE: NrDuCellId=1, ShapePeriod=100;\n```\n"
    )
    assert found(markdown, Category.PARAMETER) == ["NRDUCellShape.ShapePeriod", "NRDUCellPusch.UlSchSwitch"]


def test_ids_of_other_things_are_no_parameters() -> None:
    markdown = "# Tool\n\n| Parameter | Short name |\n|---|---|\n| maxWorkers | mw |\n| Foo.Bar | fb |\n"
    assert found(markdown, Category.PARAMETER) == []


def test_commands_of_the_vendor_are_steps() -> None:
    markdown = (
        "# FOFD-061204 Shaping\n\n## Activation Command Examples\n\n```\n//On\n"
        "MOD NRDUCELLALGOSWITCH: NrDuCellId=1, UlIntfAlgoSwitch=SHAPE_SW-1;\n```\n"
    )
    assert found(markdown, Category.PROCEDURE) == ["Activation Command Examples"]


CAPITALS = ["PMRRCCONNESTABATT", "PMRRCCONNESTABSUCC"]
LETTERED = ["L.RRC.ConnReq.Att", "N.HHO.Succ.Out"]


@pytest.mark.parametrize("names", [CAPITALS, LETTERED])
@pytest.mark.parametrize(
    "text",
    [
        "## Counters\n\n- {}: attempts\n- `{}`\n",
        "## Performance\n\nRead {} and {}.\n",
        "## Results\n\n| Counter | Value |\n| --- | --- |\n| {} | 4 |\n| {} | 5 |\n",
        "## Results\n\n| KPI | Formula |\n| --- | --- |\n| Rate | 100 * {} / {} |\n",
        "## Results\n\nThe counters {} and {} rise.\n",
    ],
)
def test_counters_are_believed_as_other_tools_write_them_where_counters_stand(text: str, names: list[str]) -> None:
    told = extract(Clean(markdown=f"# About FAJ 121 4001\n\n{text.format(*names)}"))
    assert sorted(item.name for item in told.of(Category.COUNTER)) == sorted(names)


def test_what_an_item_says_of_such_a_counter_and_its_bin() -> None:
    text = "# About FAJ 121 4001\n\n## Counters\n\n- PMUECATDISTR_3: share of UEs\n- L.RRC.Req.Att – requests\n"
    told = {item.name: item for item in extract(Clean(markdown=text)).of(Category.COUNTER)}
    assert {name: item.fields["description"].text for name, item in told.items()} == {
        "PMUECATDISTR": "share of UEs", "L.RRC.Req.Att": "requests",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "## Results\n\nCall PMRRCCONNESTABATT and L.RRC.ConnReq.Att.\n",  # nothing says what they are
        "## Counters\n\nThe PMADMINISTRATION of PMSTATISTICSTOOL, PM_RRC_CONN_ATT and N.B.A. L.2.3.4 (N.Y.Times).\n",
        "## Counters\n\nSee /opt/L.RRC.ConnReq.Att, PMRRCCONNESTABATT.csv and PMRRCCONNESTABATT(3).\n",
        "## Counters\n\n- pmRrcConnEstabAtt: in the warehouse PMRRCCONNESTABATT\n",  # it is the one before
    ],
)
def test_other_words_in_capitals_and_letters_with_dots_are_no_counters(text: str) -> None:
    told = extract(Clean(markdown=f"# About FAJ 121 4001\n\n{text}"))
    assert {item.name for item in told.of(Category.COUNTER)} <= {"pmRrcConnEstabAtt"}


def test_such_counters_are_nothing_in_a_text_about_anything_else() -> None:
    told = extract(Clean(markdown="# Shop\n\n## Counters\n\n- PMRRCCONNESTABATT\n- L.RRC.ConnReq.Att\n"))
    assert told.of(Category.COUNTER) == ()
