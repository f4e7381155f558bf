"""Names that a narrow column of a printed page broke."""

from __future__ import annotations

import pytest

from randaemon.model import Category, Clean
from randaemon.stages.extract import extract


def parameters(rows: str, below: str = "") -> set[str]:
    """Of a table in which a break surely parts a class from its attribute: so its breaks are those of a printer."""
    head = "# Heron\n\n| Parameter | MO | Default |\n|---|---|---|\n| NRCellDU.<br>heronShare | | 1 |\n"
    found = {item.name for item in extract(Clean(markdown=f"{head}{rows}\n{below}\n")).of(Category.PARAMETER)}
    return {name.removeprefix("NRCellDU.") for name in found - {"NRCellDU.heronShare"}}


@pytest.mark.parametrize(
    ("word", "name"), [("Mode", "heronGapMode"), ("String", "heronGap"), ("Introduced", "heronGap")]
)
def test_a_plain_word_below_a_name_is_its_rest_unless_it_tells_what_it_is(word: str, name: str) -> None:
    assert parameters(f"| heronGap<br>{word} | NRCellDU | 2 |\n") == {name}


def test_two_names_below_each_other_stay_two() -> None:
    cut = "| heronThresh<br>oldLow | NRCellDU | 2 |\n"
    two = "| heronGapMin<br>heronGapMax | NRCellDU | |\n| heronLow<br>heronHigh | NRCellDU | 4 |\n"
    wanted = {"heronGapMin", "heronGapMax", "heronLow", "heronHigh"}
    assert parameters(cut + two, "Keep heronThresholdLow low.") == {"heronThresholdLow", *wanted}
    assert parameters(two) == wanted
