"""What a model declares beside a name: its type, default and range, wherever a page of a class prints them."""

from __future__ import annotations

import pytest

from randaemon.model import Category, Clean, Item
from randaemon.stages.extract import extract

CLASS = "# class TiltGroup\n\n41/155 54-LZA 701 6017/1 Uen\n\n"


def items(markdown: str) -> dict[str, Item]:
    return {item.name: item for item in extract(Clean(markdown=CLASS + markdown)).items}


def told(item: Item, *fields: str) -> list[str]:
    return [item.fields[field].text if field in item.fields else "" for field in fields]


_SAID = "Tilt of all. Unit: 0.1 degree."


@pytest.mark.parametrize(
    "table",
    [
        f"| Attribute | Description |\n|---|---|\n| groupTilt int32 = 40 {{ -900..900 }} | {_SAID} |\n",
        f"| Attribute | Description |\n|---|---|\n| groupTilt<br>int32 = 40 {{ -900..900 }} | {_SAID} |\n",
        f"| Name | Type | Purpose |\n|---|---|---|\n| groupTilt | int32 = 40 {{-900..900}} | {_SAID} |\n",
        "- groupTilt\n    int32 = 40 {-900..900}\n    Tilt of all.\n    Unit: 0.1 degree\n",
    ],
)
def test_a_declared_type_tells_default_and_range(table: str) -> None:
    item = items(f"## Attributes\n\n{table}")["TiltGroup.groupTilt"]
    assert told(item, "type", "default", "range", "unit") == ["int32", "40", "-900..900", "0.1 degree"]
    assert told(item, "description") == ["Tilt of all."]


def test_a_line_below_a_name_that_declares_nothing_is_read_as_what_it_says() -> None:
    item = items("## Attributes\n\n- groupTilt\n    Integer 1-8, default 2. Tilt of all.\n")["TiltGroup.groupTilt"]
    assert told(item, "default", "range", "description") == ["2", "1-8", "Tilt of all."]


def test_the_rows_of_a_divided_page_declare_beside_the_name() -> None:
    rows = (
        "| Attributes | Attributes | Attributes |\n|---|---|---|\n"
        "| administrativeState | BasicAdmState = UNLOCKED | State of the group. |\n"
        "| tiltGroupId | string mandatory | Its name. |\n"
        "| PM Counters | PM Counters | PM Counters |\n"
        "| tiltChanges | uint32 | Changes. Counter type: PEG |\n"
    )
    found = items(rows)
    assert told(found["TiltGroup.administrativeState"], "type", "default") == ["BasicAdmState", "UNLOCKED"]
    assert told(found["TiltGroup.administrativeState"], "description") == ["State of the group."]
    assert told(found["TiltGroup.tiltGroupId"], "type") == ["string"]
    assert told(found["TiltGroup.tiltChanges"], "type") == ["PEG"]


def test_the_cell_of_a_declaration_tells_its_range_below_its_type() -> None:
    rows = (
        "| Attributes | Attributes |\n|---|---|\n"
        "| **waitTime** = 9<br>int32 [1]<br>Range: 1 to 60 | How long to wait.<br>Unit: 1 s |\n"
    )
    assert told(items(rows)["TiltGroup.waitTime"], "default", "range", "unit") == ["9", "1 to 60", "1 s"]


def test_the_colons_of_defined_lines_are_no_part_of_what_they_say() -> None:
    lines = "## Attributes\n\n**waitTime : int32 = 9**\n: Range: 1..60\n: Unit: s\n: Takes effect: Immediately\n"
    item = items(lines)["TiltGroup.waitTime"]
    assert told(item, "range", "unit", "takes_effect") == ["1..60", "s", "Immediately"]


def test_counters_are_declared_behind_their_names_too() -> None:
    table = "| Counter | Description |\n|---|---|\n| pmTiltChange uint64 | Changes. |\n| tiltOffTime uint64 | Time. |\n"
    found = items(f"## PM Counters\n\n{table}")
    assert {name for name, item in found.items() if item.category is Category.COUNTER} == {
        "TiltGroup.pmTiltChange",
        "TiltGroup.tiltOffTime",
    }


def test_words_that_only_begin_like_a_type_declare_nothing() -> None:
    table = "| Attribute | Description |\n|---|---|\n| limit string of the antenna | Not a name. |\n"
    assert "TiltGroup.limit" not in items(f"## Attributes\n\n{table}")


def test_the_attributes_of_a_class_stand_below_its_name() -> None:
    table = "| Name | Type | Default |\n|---|---|---|\n| tiltLimit | uint32 | 7 |\n"
    assert "TiltGroup.tiltLimit" in items(f"## Attributes of TiltGroup\n\n{table}")


def test_a_heading_that_says_what_it_names_is_of_the_class_of_the_page() -> None:
    found = items(
        "## Attribute tiltOrder\n\nType: int32. Range: 1..10. Default: 5. Order among groups.\n\n"
        "## PM counter pmTiltOrder\n\nType: PEG. Changes of order.\n\n## Action tiltAll\n\nTilts all.\n"
    )
    assert told(found["TiltGroup.tiltOrder"], "type", "range", "default") == ["int32", "1..10", "5"]
    assert found["TiltGroup.pmTiltOrder"].category is Category.COUNTER
    assert not [name for name in found if "tiltAll" in name]


def test_one_line_below_a_name_tells_its_class_and_more() -> None:
    line = "MO class: EUtranFreqRelation. Unit: s. Range: 0..7. Default value: 2. Recommended: 1."
    found = items(f"# Tuning\n\n## tReselectionEutra\n\n{line}\n\nDo not set it to zero.\n")
    item = found["EUtranFreqRelation.tReselectionEutra"]
    assert told(item, "unit", "range", "default") == ["s", "0..7", "2"]


@pytest.mark.parametrize(
    ("brackets", "wanted"),
    [
        ("(boolean, default false)", ["boolean", "", "false", ""]),
        ("(0..15, default 6)", ["", "0..15", "6", ""]),
        ("(int32; 10 to 500 ms; default: 40)", ["int32", "10 to 500", "40", "ms"]),
        ("(OFF or SOFT or HARD, default OFF)", ["", "OFF or SOFT or HARD", "OFF", ""]),
        ("(`int32`)", ["int32", "", "", ""]),
        ("(as in Quiet Cells, default 3)", ["", "", "", ""]),
    ],
)
def test_brackets_behind_a_name_tell_its_values(brackets: str, wanted: list[str]) -> None:
    found = items(f"## Parameters\n\n- NRCellDU.tiltFloor {brackets}: the lowest tilt.\n")
    assert told(found["NRCellDU.tiltFloor"], "type", "range", "default", "unit") == wanted


def test_a_name_with_its_type_in_brackets_is_defined_by_the_lines_below() -> None:
    text = "## Parameters\n\nDU5qi.tiltServices (string)\nServices that tilt the beam.\nDefault: empty\n"
    item = items(text)["DU5qi.tiltServices"]
    assert told(item, "type", "default", "description") == ["string", "empty", "Services that tilt the beam."]


def test_a_colon_on_the_next_line_defines_a_term() -> None:
    item = items("## Parameters\n\n*NRCellDU.tiltWait*\n:   Wait before a tilt. Unit: ms. Default: 300.\n")
    assert told(item["NRCellDU.tiltWait"], "unit", "default") == ["ms", "300"]


@pytest.mark.parametrize("name", ["RRC_RRC_CONNECTION_SETUP", "X2_HANDOVER_CANCEL", "RRC_UE_CAPABILITY_ENQUIRY"])
def test_messages_end_in_what_they_ask_for(name: str) -> None:
    found = items(f"The trace holds INTERNAL_PROC_TILT_ALL_CELLS and {name}. The KPI RRC_CONN_SETUP is none.\n")
    assert [item.name for item in found.values() if item.category is Category.EVENT][1:] == [name]


def test_a_colon_declares_references_and_flags_in_brackets_too() -> None:
    rows = (
        "| tiltGroupId : string [key, mandatory] | Identity |\n| tiltLevel : int32 = 30 { 0..46 } | Level |\n"
        "| tiltState : TiltState [readOnly] | State |\n| tiltPeers : moRef TiltGroup [0..8] | Peers |\n"
    )
    found = items(f"## Attributes\n\n| Name | Description |\n|---|---|\n{rows}")
    types = ["string", "int32", "TiltState", "moRef TiltGroup"]
    assert [
        told(found[f"TiltGroup.{name}"], "type")[0] for name in ("tiltGroupId", "tiltLevel", "tiltState", "tiltPeers")
    ] == types


def test_the_name_of_a_class_puts_its_broken_identity_together() -> None:
    table = "| Attribute | Type |\n|---|---|\n| tiltGr<br>oupId | string |\n"
    pages = extract(Clean(markdown=f"{CLASS}## Attributes\n\n{table}", meta={"pages": "1"}))
    assert [item.name for item in pages.items] == ["TiltGroup.tiltGroupId"]


def test_brackets_tell_the_class_of_a_counter_in_ticks() -> None:
    found = items("## Counters\n\n`pmTiltDistr` (`NRCellDU`), `pmTiltChange` (`NRCellDU`)\n")
    assert set(found) == {"NRCellDU.pmTiltDistr", "NRCellDU.pmTiltChange"}


def test_lines_whose_columns_are_lost_declare_a_name_each() -> None:
    found = items(
        "## Attributes\n\ntiltCount int32 = 4 {1..16} Number of tilts.\ntiltLag int32 = 20 {10..640} Lag. Unit: ms\n"
        "tiltState OperState, readOnly State of it.\ntilts string together what belongs together.\n\n"
        "## PM Counters\n\npmTiltDone uint64 Tilts done.\ntiltSkips uint64 Tilts skipped.\n"
    )
    assert set(found) == {
        f"TiltGroup.{name}" for name in ("tiltCount", "tiltLag", "tiltState", "pmTiltDone", "tiltSkips")
    }
    assert told(found["TiltGroup.tiltLag"], "type", "default", "range", "unit") == ["int32", "20", "10..640", "ms"]
    assert told(found["TiltGroup.tiltCount"], "description") == ["Number of tilts."]


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        ("tiltBudgetM<br>ax", {"tiltBudgetMax"}),
        ("tiltThresholdR<br>srpPrim", {"tiltThresholdRsrpPrim"}),
        ("tiltBudgetTi<br>me", {"tiltBudgetTime"}),
        ("tiltBudget<br>tiltTime", {"tiltBudget", "tiltTime"}),
        ("tiltBudget<br>array", {"tiltBudget"}),
    ],
)
def test_bare_names_that_a_narrow_column_broke_are_put_together(cell: str, wanted: set[str]) -> None:
    table = f"| MO class | Parameter | Default |\n|---|---|---|\n| NRCellDU | {cell} | 4 |\n"
    found = extract(Clean(markdown=f"## Parameters\n\n{table}", meta={"pages": "1"})).items
    assert {item.name for item in found} == {f"NRCellDU.{name}" for name in wanted}


@pytest.mark.parametrize(
    ("cells", "wanted"),
    [
        (
            ("heldInvent<br>oryInterval", "heldMaxRa<br>ndcDiscard<br>Time"),
            ["heldInventoryInterval", "heldMaxRandcDiscardTime"],
        ),
        (("heldInhibitB<br>2RsrqConfi<br>g", "heldMode"), ["heldInhibitB2RsrqConfig", "heldMode"]),
        (("heldMin<br>sIntraSearch", "sNonIntraSearchPrio"), ["heldMin", "sIntraSearch", "sNonIntraSearchPrio"]),
        (("a5Threshold1<br>a5Threshold2", "heldMode"), ["a5Threshold1", "a5Threshold2", "heldMode"]),
    ],
)
def test_a_line_that_had_no_room_for_more_is_cut(cells: tuple[str, str], wanted: list[str]) -> None:
    rows = "".join(f"| EUtranCell<br>FDD | {cell} | 4 |\n" for cell in cells)
    markdown = f"## Parameters\n\n| MO class | Parameter | Default |\n|---|---|---|\n{rows}"
    found = extract(Clean(markdown=markdown, meta={"pages": "1"})).items
    assert sorted(item.name for item in found) == sorted(f"EUtranCellFDD.{name}" for name in wanted)


def test_rows_of_a_lost_table_of_parameters_are_lines() -> None:
    lines = (
        "NRCellDU.tiltDelay Introduced Delay of it. Unit: us Range: 0..500 Default: 50\n\nNRCellDU.tilts Affected X.\n"
    )
    item = items(f"## Parameters\n\nTable 2 Parameters\n\n{lines}")["NRCellDU.tiltDelay"]
    assert told(item, "unit", "range", "default") == ["us", "0..500", "50"]


def test_a_range_stands_before_its_default_too() -> None:
    rows = "| groupTilt<br>int32 { 1..64 } = 8 | Tilt of all. |\n"
    item = items(f"## Attributes\n\n| Attribute | Description |\n|---|---|\n{rows}")["TiltGroup.groupTilt"]
    assert told(item, "type", "range", "default") == ["int32", "1..64", "8"]


@pytest.mark.parametrize(
    "declared",
    ["enum TiltMode tiltMode = AUTO", "tiltMode : enum TiltMode = AUTO", "tiltMode<br>enum TiltMode = AUTO"],
)
def test_a_type_is_declared_with_the_word_that_says_what_it_is(declared: str) -> None:
    rows = f"| Attributes | Attributes |\n|---|---|\n| {declared} | How it tilts. |\n"
    assert told(items(rows)["TiltGroup.tiltMode"], "type", "default") == ["enum TiltMode", "AUTO"]


def test_the_members_of_a_struct_are_declared_in_rows_of_a_divided_table() -> None:
    rows = "| Members | Members |\n|---|---|\n| int32 tiltStep = 2 { 0..24 } | Step of the tilt. |\n"
    item = items(f"## struct TiltRule\n\n{rows}")["TiltRule.tiltStep"]
    assert told(item, "type", "default", "range", "description") == ["int32", "2", "0..24", "Step of the tilt."]


def test_declarations_of_a_text_stand_below_each_other_without_empty_lines() -> None:
    lines = (
        "tiltId : string [key] [mandatory]\nIts name.\ntiltStep : uint32 = 16 {1..512}\nStep size.\nUnit: 0.1 degree\n"
    )
    found = items(f"Attributes:\n\n{lines}")
    assert told(found["TiltGroup.tiltId"], "type", "description") == ["string", "Its name."]
    assert told(found["TiltGroup.tiltStep"], "default", "range", "unit") == ["16", "1..512", "0.1 degree"]


@pytest.mark.parametrize("head", ["ATTRIBUTES", "Attributes"])
def test_declarations_of_a_text_begin_with_their_type_too(head: str) -> None:
    lines = (
        "string tiltId (key, mandatory)\nIts name.\nint32 tiltLevel = 10 (0..100)\nLevel of it. Unit: %\n"
        "enum TiltMode tiltMode = SOFT (1)\nHow it tilts.\n"
    )
    found = {item.name: item for item in extract(Clean(markdown=f"class TiltGroup\n\n{head}\n\n{lines}")).items}
    assert told(found["TiltGroup.tiltId"], "type", "description") == ["string", "Its name."]
    assert told(found["TiltGroup.tiltLevel"], "default", "range", "unit") == ["10", "0..100", "%"]
    assert told(found["TiltGroup.tiltMode"], "default", "range") == ["SOFT (1)", ""]


def test_the_members_of_a_struct_are_listed_below_its_name() -> None:
    rows = "| Member | Type | Default |\n|---|---|---|\n| tiltOrder | int32 { 1..9 } | 5 |\n| tilts | string | |\n"
    found = items(
        f"# Struct `TiltRule`\n\n{rows}\n# Enum `TiltMode`\n\n| Member | Value |\n|---|---|\n| noTilt | 0 |\n"
    )
    assert told(found["TiltRule.tiltOrder"], "type", "range", "default") == ["int32", "1..9", "5"]
    assert set(found) == {"TiltRule.tiltOrder", "TiltRule.tilts"}


@pytest.mark.parametrize("first", ["MO class: HeronShare", "**Managed Object Class:** `HeronShare`"])
def test_a_page_that_begins_with_its_class_is_the_page_of_that_class(first: str) -> None:
    card = f"{first}\nParent: NRCellDU\n\nIt shares slots of cells.\n\nATTRIBUTES\n\nheronLimit\n  Type: int32\n"
    found = extract(Clean(markdown=card)).of(Category.PARAMETER)
    assert {item.name for item in found} == {"HeronShare.heronLimit"}
    two = f"{card}\nMO class: EgretShare\nParent: NRCellDU\n"
    assert "HeronShare.heronLimit" not in {item.name for item in extract(Clean(markdown=two)).of(Category.PARAMETER)}
