"""What is believed of a text that speaks of networks in passing: machines have parameters and counters too."""

from __future__ import annotations

import pytest

from randaemon.model import Clean
from randaemon.stages.extract import extract

MODEM = "A 5G modem with LTE fallback links the machines.\n\n"
COUNTERS = "## Counters\n\n| Counter | Description |\n|---|---|\n| pmCycleCount | Cycles since maintenance |\n"
LIST = "## Parameters\n\n| Object class | Parameter | Default |\n|---|---|---|\n| TrackSection | clearDelay | 20 |\n"


def found(markdown: str) -> list[str]:
    return [item.name for item in extract(Clean(markdown=markdown)).items]


@pytest.mark.parametrize("table", [COUNTERS, LIST])
def test_a_machine_with_a_modem_is_no_network(table: str) -> None:
    assert found(f"# Conveyor\n\n{MODEM}{table}") == []


@pytest.mark.parametrize(
    "more", ["CuCpProcCycleCounting is sent each hour.\n", "NRCellDU.pmCycleTimeSum is stepped too.\n"]
)
def test_what_only_networks_have_makes_the_rest_believed(more: str) -> None:
    assert "pmCycleCount" in " ".join(found(f"# Cycles\n\n{MODEM}{COUNTERS}\n{more}"))
