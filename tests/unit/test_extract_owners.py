"""Whose a name is: what tells the class of a name that is printed without it."""

from __future__ import annotations

import pytest

from randaemon.model import Category, Clean
from randaemon.stages.extract import extract


def found(markdown: str, category: Category = Category.PARAMETER) -> list[str]:
    return [item.name for item in extract(Clean(markdown=markdown)).of(category)]


TABLE = "| Name | Factory | Remark |\n|---|---|---|\n| tddFrameOffset | 0 | |\n| n310 | 1 | |\n"
WANTED = ["EUtranCellTDD.tddFrameOffset", "EUtranCellTDD.n310"]


@pytest.mark.parametrize(
    "heading",
    ["EUtranCellTDD", "MO EUtranCellTDD", "EUtranCellTDD parameters", "Attributes of EUtranCellTDD (cell level)"],
)
def test_a_heading_names_the_class_of_the_table_below(heading: str) -> None:
    assert found(f"# Reference values\n\n## {heading}\n\n{TABLE}") == WANTED


@pytest.mark.parametrize(
    "line",
    [
        "The following attributes are new in class EUtranCellTDD:",
        "Table 3 Attributes of EUtranCellTDD",
        "The EUtranCellTDD MO has these:",
    ],
)
def test_a_line_names_the_class_of_the_table_below(line: str) -> None:
    assert found(f"# Parameters\n\n{line}\n\n{TABLE}") == WANTED


def test_a_line_that_names_two_classes_names_none() -> None:
    line = "These are new, in class NRCellDU and in class NRCellCU:"
    assert found(f"# Parameters\n\n{line}\n\n{TABLE}") == ["tddFrameOffset", "n310"]


def test_a_class_of_a_program_owns_no_parameters() -> None:
    assert found(f"# Parameters\n\nThe following options are new in class HttpClient:\n\n{TABLE}") == []
