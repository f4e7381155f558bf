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
    "what a router has": (
        "# LTE router\n\n## Counters\n\n- pmResets\n\n## Related features\n\n| Feature | Relationship |\n|---|---|\n"
        "| Parental Control | Prerequisite |\n"
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


@pytest.mark.parametrize("identity", ["Feature Identity: FAJ 121 1234", "FAJ 121 1234"])
@pytest.mark.parametrize(
    "title",
    ["Feature Description: Heron Glide", "Feature Parameter Description: Heron Glide", "1 Heron Glide Overview",
     "Heron Glide"],
)  # fmt: skip
def test_the_title_of_a_feature_is_its_name_alone(title: str, identity: str) -> None:
    text = f"# {title}\n\n{identity}\n\nText.\n"
    (own,) = extract(Clean(markdown=text, title=title)).of(Category.FEATURE)
    assert own.fields["title"].text == "Heron Glide"


def test_an_index_names_features_with_and_without_keys() -> None:
    text = (
        "Index\n\nHeron Glide FAJ 121 0001 CXC4010001 NR FAJ 801 0400\nHeron Call FAJ 121 0002 CXC4010002 LTE\n"
        "Heron Nest FAJ 121 0003 CXC4010003 LTE\nHeron Gate Mode FAJ 121 0004 - Node FAJ 801 0401\n"
    )
    told = {item.name: item.fields["title"].text for item in items(text) if item.category is Category.FEATURE}
    assert told == {
        "FAJ 121 0001": "Heron Glide",
        "FAJ 121 0002": "Heron Call",
        "FAJ 121 0003": "Heron Nest",
        "FAJ 121 0004": "Heron Gate Mode",
    }
    assert names(text, Category.RELATED_FEATURE) == set()


def test_a_method_of_procedure_is_about_the_feature_in_its_title() -> None:
    text = (
        "MOP\nTitle: Activate Heron Glide (FAJ 121 1234) on HARBOR\n\nNeeds Heron Nest (FAJ 121 0003) to be active.\n"
    )
    assert names(text, Category.FEATURE) == {"FAJ 121 1234"}
    assert names(text, Category.RELATED_FEATURE) == {"FAJ 121 0003"}


def test_what_two_classes_hold_is_of_both() -> None:
    text = (
        "FAJ 121 1234. `pmHeronDistr` in `EUtranCellFDD` and `EUtranCellTDD`; "
        "heronTilt in NRCellDU and NRCellCU is locked.\n"
    )
    assert names(text, Category.COUNTER) == {"EUtranCellFDD.pmHeronDistr", "EUtranCellTDD.pmHeronDistr"}
    assert names(text, Category.PARAMETER) == {"NRCellDU.heronTilt"}


def test_attributes_head_the_columns_of_a_print_out_and_types_may_be_sequences() -> None:
    line = "=" * 40
    text = f"node> hget NRCellDU heron\n{line}\nMO heronTilt heronGain\n{line}\nNRCellDU=1 40 4\n{line}\n"
    assert names(f"```\n{text}```\n", Category.PARAMETER) >= {"NRCellDU.heronTilt", "NRCellDU.heronGain"}
    page = "# class HeronNest\n\n| Attributes | |\n|---|---|\n| sequence<int32,0,8> **heronQci** | QCIs. |\n"
    assert names(page, Category.PARAMETER) == {"HeronNest.heronQci"}


def test_columns_may_hold_instances_and_ranges_with_defaults() -> None:
    text = (
        "| MO | Parameter | Range [default] |\n|---|---|---|\n"
        "| AnrFunction=1,AnrFunctionNR=1 | heronTime | 1..6 [2] |\n"
    )
    (one,) = items(text)
    assert one.name == "AnrFunctionNR.heronTime"
    assert {field: span.text for field, span in one.fields.items()} == {
        "mo": "AnrFunctionNR",
        "range": "1..6",
        "default": "2",
    }


def test_a_relationship_may_stand_below_the_feature_and_a_default_in_ticks() -> None:
    text = (
        "# Heron\n\nFAJ 121 1234\n\n## Dependencies\n\n- Nest (FAJ 121 0003)\n    Prerequisite. Base.\n\n## News\n\n"
        "New is `NRCellDU.heronTilt` (default `false`).\n"
    )
    told = {item.name: item for item in items(text)}
    assert told["FAJ 121 0003"].fields["relationship"].text == "Prerequisite"
    assert told["NRCellDU.heronTilt"].fields["default"].text == "false"


def test_the_page_of_a_class_is_believed_without_another_word() -> None:
    page = "# class HeronPort\n\n| PM Counters | |\n|---|---|\n| int64 **pmResets** | Resets. |\n"
    assert names(page, Category.COUNTER) == {"HeronPort.pmResets"}
