"""How features go together, wherever a document says it: in any column, beside or below an identity, above a list."""

from __future__ import annotations

import pytest

from randaemon.model import Category, Clean
from randaemon.stages.extract import extract

HEAD = "# Quiet Cells\n\nFeature Identity: FAJ 121 4001\n\n## Dependencies\n\n"


def ties(markdown: str) -> dict[str, str]:
    items = extract(Clean(markdown=HEAD + markdown)).of(Category.RELATED_FEATURE)
    return {item.name: item.fields["relationship"].text if "relationship" in item.fields else "" for item in items}


def test_a_column_headed_relation_ties_features_without_a_column_of_identities() -> None:
    table = "| Feature | Relation | Remark |\n|---|---|---|\n| Loud Cells<br>FAJ 121 4002 | Conflicting | |\n"
    assert ties(table) == {"FAJ 121 4002": "Conflicting"}


@pytest.mark.parametrize(("title", "tie"), [("Required features", ""), ("2.2 Conflicting features", "Conflicting")])
def test_a_heading_ties_the_features_of_a_table_without_a_column_for_it(title: str, tie: str) -> None:
    table = "| Feature | Product number |\n|---|---|\n| Loud Cells | FAJ 121 4002 |\n"
    assert ties(f"## {title}\n\n{table}") == {"FAJ 121 4002": tie}


def test_what_a_feature_does_to_a_parameter_is_no_tie_of_features() -> None:
    header = "| Feature | Parameter | Introduced/Affected | Default |\n|---|---|---|---|\n"
    row = "| Loud Cells (FAJ 121 4002) | EUtranCellFDD.loudFloor | Introduced | -110 |\n"
    items = {item.name: item for item in extract(Clean(markdown=header + row)).items}
    assert items["EUtranCellFDD.loudFloor"].fields["default"].text == "-110"
    assert items["FAJ 121 4002"].category is Category.FEATURE


def test_all_identities_of_a_cell_are_tied() -> None:
    header = "| Feature Name | Feature Identity | Relationship |\n|---|---|---|\n"
    row = "| Sharing Base | LTE: FAJ 121 4955<br>NR: FAJ 121 5155<br>FAJ 801 0400 | Prerequisite |\n"
    assert ties(header + row) == {"FAJ 121 4955": "Prerequisite", "FAJ 121 5155": "Prerequisite"}


def test_an_identity_below_its_name_is_of_the_row_above() -> None:
    header = "| Feature | Relationship | Description |\n|---|---|---|\n"
    rows = (
        "| Inactive State | Prerequisite | UEs are paged only in |\n| (FAJ 121 5091) | | this state. |\n"
        "| Paging Groups | Related | Groups have one beam |\n| (FAJ 121 5304) | | only. |\n"
    )
    assert ties(header + rows) == {"FAJ 121 5091": "Prerequisite", "FAJ 121 5304": "Related"}


@pytest.mark.parametrize(
    "text",
    [
        "### Prerequisites\n\n- Loud Cells, FAJ 121 4002\n",
        "Loud Cells (FAJ 121 4002) Prerequisite They are heard.\n\nDim Cells (FAJ 121 4003) Related They are seen.\n",
        "With Loud Cells (FAJ 121 4002), relationship: Prerequisite; Dim Cells (FAJ 121 4003), relation: Related.\n",
    ],
)
def test_a_heading_above_or_a_word_behind_ties_a_feature(text: str) -> None:
    assert ties(text)["FAJ 121 4002"] == "Prerequisite"
    assert ties(text).get("FAJ 121 4003", "Related") == "Related"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("It is the LTE feature FAJ 121 4001. Loud Cells (FAJ 121 4002) is a prerequisite.\n", ["FAJ 121 4001"]),
        ("We activated Quiet Cells (FAJ 121 4001) in March. It needs Loud Cells (FAJ 121 4002).\n", ["FAJ 121 4001"]),
        ("This is a prerequisite feature (FAJ 121 4001). It needs Loud Cells (FAJ 121 4002).\n", []),
    ],
)
def test_whoever_introduces_a_feature_writes_about_it(text: str, wanted: list[str]) -> None:
    extraction = extract(Clean(markdown=f"# Notes\n\nThe gNodeB was changed.\n\n{text}"))
    assert [item.name for item in extraction.of(Category.FEATURE)] == wanted
    assert [item.name for item in extraction.of(Category.RELATED_FEATURE)] == ["FAJ 121 4002"][: len(wanted)]


def test_a_key_is_of_the_feature_of_its_row() -> None:
    rows = "| CXC4014123 | Quiet Cells (FAJ 121 4123) |\n| CXC4025601 | Loud Cells (FAJ 121 5601) |\n"
    items = extract(Clean(markdown=f"# Keys\n\n| Key | Feature |\n|---|---|\n{rows}")).of(Category.FEATURE)
    assert [item.fields["licence_key"].text for item in items] == ["CXC4014123", "CXC4025601"]


def test_what_a_command_looks_for_is_no_name() -> None:
    log = "ENB1> pget EUtranCellFDD=I1 pmIbex\n\nEUtranCellFDD=I1   pmIbexHits   5521\nENB1> get EUtranCellFDD ibexDl\n"
    log += "EUtranCellFDD=I1   ibexDlGain   12\nENB1> pget EUtranCellFDD pmIbexMisses\n"
    names = [item.name for item in extract(Clean(markdown=log)).items]
    assert sorted(names) == [f"EUtranCellFDD.{each}" for each in ("ibexDlGain", "pmIbexHits", "pmIbexMisses")]


def test_a_name_that_a_cell_holds_alone_is_put_together() -> None:
    rows = "| Rejects | NRCellCU.pmRejec<br>ted | NRCellCU.t30<br>0Ext |\n"
    table = f"| Symptom | Counter | To check |\n|---|---|---|\n{rows}"
    items = extract(Clean(markdown=f"# Guide\n\n{table}", meta={"pages": "1"})).items
    assert {item.name for item in items} == {"NRCellCU.pmRejected", "NRCellCU.t300Ext"}


def test_a_sentence_of_its_own_is_not_tied_as_the_one_before() -> None:
    text = "It is related to Loud Cells (FAJ 121 4002). It cannot run together with Deaf Cells (FAJ 121 4003).\n"
    assert ties(text) == {"FAJ 121 4002": "related", "FAJ 121 4003": "cannot run together with"}


def test_a_column_of_packages_that_prints_identities_tells_those() -> None:
    table = (
        "| Feature | Identity | Value package | Technology |\n|---|---|---|---|\n"
        "| Loud Cells | FAJ 121 4002 | FAJ 801 0400 | NR |\n"
    )
    item = next(item for item in extract(Clean(markdown=f"# Licences\n\n{table}")).items)
    assert item.fields["package_identity"].text == "FAJ 801 0400"
    assert item.fields["access_type"].text == "NR"
    assert "package" not in item.fields
