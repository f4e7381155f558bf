"""Texts of other trades that have the form of ours, and names that a narrow column or a neighbour changed."""

from __future__ import annotations

import pytest

from randaemon.model import Category, Clean, Item
from randaemon.stages.extract import extract


def items(markdown: str) -> list[Item]:
    return list(extract(Clean(markdown=markdown)).items)


def names(markdown: str, category: Category) -> set[str]:
    return {item.name for item in extract(Clean(markdown=markdown)).of(category)}


_STRANGE = {
    "events and counters of a program": (
        "# Workers\n\n## Counters\n\n- `Pool.pmJobsDone`\n- pmCrashes – since boot\n\n## Events\n\n"
        "| Event | Description |\n|---|---|\n| INTERNAL_EVENT_WORKER_EXIT | Ended. |\n"
    ),
    "a flag of a program": (
        "# Flags\n\n## Parameters\n\n| Parameter | Type |\n|---|---|\n| `Pool.size` | integer |\n\n"
        "## Activate a flag\n\n1. Set `featureState` to `ACTIVATED`.\n"
    ),
    "features of a disk": (
        "# Tiers\n\n## Dependencies\n\n| Feature | Relationship |\n|---|---|\n| Flash (FTR 121 0088) | Prerequisite |\n"
    ),
    "what dust is called": "| Parameter Name | Component | Default |\n|---|---|---|\n| pmTenExceeded | Sensor | 3 |\n",
    "power of a box and its surroundings": (
        "# Radio 4490, LZA 701 1234\n\n| Parameter | Unit |\n|---|---|\n| Operating temperature | K |\n\n"
        "## Activating the power\n\n1. Connect the cable.\n2. Turn the breaker on.\n"
    ),
    "an hour and a file": "LTE meeting of FAJ 121 1234 people at 3 pmCET, about `pmSomeCleaner.sh` and pmLogTool.py.\n",
}


@pytest.mark.parametrize("text", _STRANGE.values(), ids=_STRANGE)
def test_what_is_of_another_trade_holds_no_items(text: str) -> None:
    assert items(text) == []


def test_what_switches_a_licence_on_is_a_procedure() -> None:
    text = "# Heron in LTE\n\n## Activate Heron\n\n1. Install the license key CXC4011234.\n2. Wait.\n"
    assert names(text, Category.PROCEDURE) == {"Activate Heron"}


def test_counters_and_classes_are_put_together_that_a_column_broke() -> None:
    text = (
        "FAJ 121 1234\n\n## Parameters\n\n| MO Class | Parameter |\n|---|---|\n| NRHeronSleep<br>Policy | heronTime |\n"
        "| EUtranCellFDD<br>EUtranCellTDD | heronMin |\n\n"
        "## Counters\n\n| Counter | MO Class |\n|---|---|\n| pmHeronWakeUpRac<br>hTriggered | NRCellDU |\n"
        "| pmHeronA<br>pmHeronB | NRCellDU |\n\n"
        "| Parameter |\n|---|\n| NRCellDU.<br>heronMax |\n"
    )
    assert names(text, Category.COUNTER) == {
        "NRCellDU.pmHeronWakeUpRachTriggered",
        "NRCellDU.pmHeronA",
        "NRCellDU.pmHeronB",
    }
    assert {"NRHeronSleepPolicy.heronTime", "EUtranCellTDD.heronMin"} <= names(text, Category.PARAMETER)


def test_a_number_that_lost_its_tab_still_numbers_a_heading() -> None:
    text = "## 6Events\n\nNone.\n\n## 7Activate Heron\n\n### Steps\n\n1. Set FeatureState.featureState to ACTIVATED.\n"
    assert names(text, Category.PROCEDURE) == {"Activate Heron"}


def test_counters_are_found_behind_what_separates_them_and_where_events_step_them() -> None:
    table = "| MO Class | Counter |\n|---|---|\n| NRCellDU | pmEbsHeronAtt$QOS |\n"
    assert names(table, Category.COUNTER) == {"NRCellDU.pmEbsHeronAtt"}
    event = "| Event | Description |\n|---|---|\n| INTERNAL_EVENT_UE_HERON | pmHeronMove is stepped in LTE. |\n"
    assert names(event, Category.COUNTER) == {"pmHeronMove"}
