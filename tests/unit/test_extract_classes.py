"""Whose a name is, further: headings, rows, lines and sentences that tell a class which nobody knows."""

from __future__ import annotations

import pytest

from randaemon.model import Category, Clean
from randaemon.stages.extract import extract

RAN = "\n\nIt belongs to Quiet Cells (FAJ 121 4001).\n"


def found(markdown: str, category: Category = Category.PARAMETER) -> list[str]:
    return [item.name for item in extract(Clean(markdown=markdown + RAN)).of(category)]


@pytest.mark.parametrize("heading", ["QuietPlan", "3.2 QuietPlan", "MO QuietPlan", "MOM: QuietPlan", "QuietPlan (MO)"])
def test_a_heading_above_attributes_is_their_class(heading: str) -> None:
    table = "| Name | Type | Description |\n|---|---|---|\n| {} | | Is counted. |\n"
    markdown = f"# {heading}\n\n## Attributes\n\n{table.format('planName')}\n## Counters\n\n{table.format('quietUes')}"
    assert found(markdown) == ["QuietPlan.planName"]
    assert found(markdown, Category.COUNTER) == ["QuietPlan.quietUes"]


def test_a_heading_above_attributes_is_a_class_of_any_program_elsewhere() -> None:
    markdown = "# BookingClient\n\n## Attributes\n\n| Name | Type |\n|---|---|\n| readTimeout | int |\n"
    assert extract(Clean(markdown=markdown)).items == ()


def test_terms_below_a_class_are_its_attributes_and_counters() -> None:
    items = "- thinFactor\n    true or false. Default true.\n- pmThinTime\n    Seconds.\n"
    markdown = f"## Settings\n\n### NRCellDU\n\n{items}"
    assert found(markdown) == ["NRCellDU.thinFactor"]
    assert found(markdown, Category.COUNTER) == ["NRCellDU.pmThinTime"]


@pytest.mark.parametrize(
    "divider",
    [
        "| MO class: NodeSupport::NoiseShare | MO class: NodeSupport::NoiseShare | MO class: NodeSupport::NoiseShare |",
        "| MO: NoiseShare | | |",
        "| **Class NoiseShare** | | |",
    ],
)
def test_a_row_over_the_whole_width_names_the_class_of_those_below(divider: str) -> None:
    rows = f"{divider}\n| shareAllowed | | |\n| shareFloor | -118 | |\n| NRCellDU | | |\n| shareAllowed | | |\n"
    markdown = f"## Parameters\n\n| Attribute | Default | Description |\n|---|---|---|\n{rows}"
    assert found(markdown) == ["NoiseShare.shareAllowed", "NoiseShare.shareFloor", "NRCellDU.shareAllowed"]


@pytest.mark.parametrize("cell", ["pmLatDistr_0", "pmLatDistr_bin3", "pmLatDistr[0..7]", "pmLatDistr (bin 3)"])
def test_a_bin_is_of_the_class_of_its_counter(cell: str) -> None:
    markdown = f"| Counter | MO class |\n|---|---|\n| {cell} | EUtranCellFDD |\n"
    assert found(markdown, Category.COUNTER) == ["EUtranCellFDD.pmLatDistr"]


def test_space_behind_the_dot_of_a_name_is_a_converters() -> None:
    cell = "EUtranCellFDD. shieldShare  EUtranCellTDD. shieldShare"
    markdown = f"## Parameters\n\n| Parameter | Type |\n|---|---|\n| {cell} | Introduced |\n"
    assert found(markdown) == ["EUtranCellFDD.shieldShare", "EUtranCellTDD.shieldShare"]
    assert found("Counters\n\n- EUtranCellFDD. pmShieldTime\n", Category.COUNTER) == ["EUtranCellFDD.pmShieldTime"]


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("Lower the NRCellCU attribute `hstOffset` to -6.", "NRCellCU.hstOffset"),
        ("The pause is given by the attribute `hstOffset`, also in NRCellCU.", "NRCellCU.hstOffset"),
        ("The attribute hstOffset under QosFlowProfile decides.", "QosFlowProfile.hstOffset"),
        ("The attribute hstOffset, defined in NRCellCU, decides.", "NRCellCU.hstOffset"),
        ("The NRCellCU parameter hstOffset decides.", "NRCellCU.hstOffset"),
        ("`NRCellCU::hstOffset` decides.", "NRCellCU.hstOffset"),
        ("The attribute hstOffset in VoLTE cells decides.", "hstOffset"),
    ],
)
def test_a_sentence_tells_the_class_beside_its_attribute(sentence: str, wanted: str) -> None:
    assert found(sentence) == [wanted]


def test_one_class_holds_for_all_that_a_sentence_sets() -> None:
    sentence = "In the MO class CellProfile set *rsrpCritical* to -110 and *rsrpSearch* to -104."
    assert found(sentence) == ["CellProfile.rsrpCritical", "CellProfile.rsrpSearch"]


@pytest.mark.parametrize(
    "lead",
    [
        "The following attributes are used to control the feature (MO class SwitchPolicy):",
        "The following attributes of SwitchPolicy control the feature:",
    ],
)
@pytest.mark.parametrize("item", ["tmHyst Hysteresis in dB.", "tmHyst - in dB", "tmHyst: in dB", "tmHyst"])
def test_a_line_announces_attributes_in_any_section(lead: str, item: str) -> None:
    assert found(f"## Configuration\n\n{lead}\n\n- {item}\n") == ["SwitchPolicy.tmHyst"]


@pytest.mark.parametrize(
    ("item", "wanted"),
    [("pmMemUes (Gauge)", "pmMemUes"), ("pmMemUes (New)", "pmMemUes"), ("pmMemUes (NRCellCU)", "NRCellCU.pmMemUes")],
)
def test_a_word_in_brackets_is_a_class_only_if_it_looks_so(item: str, wanted: str) -> None:
    assert found(f"## Counters\n\n- {item}\n", Category.COUNTER) == [wanted]


@pytest.mark.parametrize("text", ["The value pmEdge% is none.", "All of pmEdge* rise.", "pmEdge_Sum_Avg is gone."])
def test_the_beginning_of_a_longer_word_is_no_counter(text: str) -> None:
    assert found(text, Category.COUNTER) == []


def test_an_event_that_a_converter_cut_is_put_together() -> None:
    markdown = "Events\n\n- INTERNAL_EVENT_SRB_ SHIELD_ON\n- INTERNAL_EVENT_SRB_OFF\n"
    assert found(markdown, Category.EVENT) == ["INTERNAL_EVENT_SRB_SHIELD_ON", "INTERNAL_EVENT_SRB_OFF"]
    assert found("INTERNAL_EVENT_SRB_ is cut.", Category.EVENT) == []


def test_a_state_of_a_program_makes_no_network() -> None:
    text = "The fields are pmRetryCount and pmLastError: this.state = FeatureState.ACTIVATED;"
    assert extract(Clean(markdown=text)).items == ()


MODELS = (
    """{"classes": [{"name": "XnGuard", "parent": "NRCellCU", "attributes": [{"name": "guardMode", "type": "enum"}],
    "counters": [{"name": "pmGuardTrip"}]}]}""",
    """{"moClasses": {"GNBDUFunction": {"counters": {}}, "XnGuard": {"class": "XnGuard",
    "attributes": {"guardMode": {"type": "enum"}}, "counters": {"pmGuardTrip": {"type": "PEG"}}}}}""",
    """{"mo": "XnGuard", "attributes": {"guardMode": "enum"}, "counters": ["pmGuardTrip"]}""",
)


@pytest.mark.parametrize("model", MODELS)
def test_a_model_in_json_tells_its_classes(model: str) -> None:
    markdown = f"```json\n{model}\n```\n"
    assert found(markdown) == ["XnGuard.guardMode"]
    assert found(markdown, Category.COUNTER) == ["XnGuard.pmGuardTrip"]


def test_a_model_of_a_program_tells_nothing() -> None:
    model = '{"classes": [{"name": "Person", "attributes": [{"name": "firstName", "type": "string"}]}]}'
    assert extract(Clean(markdown=f"```json\n{model}\n```\n")).items == ()


@pytest.mark.parametrize(
    ("markdown", "wanted"),
    [
        ("## Parameters\n\n### MO: SleepPlan\n\n{}", ["SleepPlan.planLevel"]),
        ("## Parameters\n\n### SleepPlan\n\n{}", ["SleepPlan.planLevel"]),
        ("## Parameters\n\n### VoLTE\n\n{}", ["planLevel"]),
        ("## Parameters\n\nIn NRCellCU, set planLevel to 3.", ["NRCellCU.planLevel"]),
    ],
)
def test_a_heading_between_parameters_is_a_class_if_it_says_or_looks_so(markdown: str, wanted: list[str]) -> None:
    assert found(markdown.format("| Name | Range |\n|---|---|\n| planLevel | 1..3 |\n")) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "Two attributes of NRCellDU, planLevel and planMode, decide.",
        "NRCellDU:\n\n- planLevel = 3\n- planMode = OFF\n",
        "Attributes:\n\n* `NRCellDU`\n    * `planLevel`: level\n    * `planMode`: mode\n",
        "| MO | Attributes |\n|---|---|\n| NRCellDU | planLevel<br>planMode |\n",
        "| MO / Attribute | Default |\n|---|---|\n| **NRCellDU** | |\n| planLevel (new) | 4 |\n| planMode | 1 |\n",
    ],
)
def test_a_class_that_is_said_once_holds_for_all_that_follow(text: str) -> None:
    assert found(text) == ["NRCellDU.planLevel", "NRCellDU.planMode"]


def test_the_halves_of_a_chapter_are_procedures_of_their_own() -> None:
    halves = "### To activate it\n\n1. Lock it.\n\n### To deactivate it\n\n1. Unlock it.\n"
    markdown = f"## Activation and deactivation\n\n{halves}"
    assert found(markdown, Category.PROCEDURE) == ["To activate it", "To deactivate it"]
