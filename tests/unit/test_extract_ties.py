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
        "With Loud Cells (FAJ 121 4002), relationship: Prerequisite; Dim Cells (FAJ 121 4003), relation: Related.\n",
    ],
)
def test_a_heading_above_or_a_word_behind_ties_a_feature(text: str) -> None:
    assert ties(text)["FAJ 121 4002"] == "Prerequisite"
    assert ties(text).get("FAJ 121 4003", "Related") == "Related"
