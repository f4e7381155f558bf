"""Lists of other vendors, pasted print-outs, heads in two rows, and texts that name their feature in a sentence."""

from __future__ import annotations

import pytest

from randaemon.model import Category, Clean, Item
from randaemon.ran import cmedit
from randaemon.stages.extract import extract


def found(markdown: str, category: Category) -> dict[str, Item]:
    return {item.name: item for item in extract(Clean(markdown=markdown)).of(category)}


IDS = (
    "| MO | Parameter ID | Parameter Name | MML Command | Meaning | GUI Value Range | Default Value |\n"
    "| --- | --- | --- | --- | --- | --- | --- |\n"
    "| CELLALGOSWITCH | HoAlgoSwitch | Handover switch | MOD CELLALGOSWITCH | Switch. | OFF, ON | OFF |\n"
    "| INTRAFREQHOGROUP | INTRAFREQHOA3OFFSET | A3 offset | MOD INTRAFREQHOGROUP | Offset of A3. | -30~30 | None |\n"
)
CARD = (
    "## pMax\n\n| Key | Value |\n| --- | --- |\n| Parameter name | Largest power |\n| Abbreviated name | pMax |\n"
    "| MO class | LNCEL_FDD |\n| Range | 0...60 dBm |\n"
)


def test_the_ids_of_another_vendors_list_are_its_parameters_and_no_cmedit_command_names_them() -> None:
    told = found(IDS, Category.PARAMETER)
    assert set(told) == {"CELLALGOSWITCH.HoAlgoSwitch", "INTRAFREQHOGROUP.INTRAFREQHOA3OFFSET"}
    assert told["CELLALGOSWITCH.HoAlgoSwitch"].fields["default"].text == "OFF"
    assert "default" not in told["INTRAFREQHOGROUP.INTRAFREQHOA3OFFSET"].fields
    assert [cmedit.commands_for(item) for item in told.values()] == [[], []]


def test_a_card_is_about_its_abbreviated_name_and_not_about_its_words() -> None:
    told = found(CARD, Category.PARAMETER)
    assert set(told) == {"LNCEL_FDD.pMax"}
    assert cmedit.commands_for(told["LNCEL_FDD.pMax"]) == []


def test_counters_go_by_their_ids_where_these_are_names_and_else_by_their_names() -> None:
    ids = "| Measurement | Counter ID | Name |\n|---|---|---|\n| LTE Cell Load | M8001C6 | RACH_STP_ATT |\n"
    numbers = "| Counter ID | Counter Name |\n|---|---|\n| 1526726658 | L.HHO.IntraFreq.Succ.Out |\n"
    assert set(found(ids, Category.COUNTER)) == {"M8001C6"}
    assert set(found(numbers, Category.COUNTER)) == {"L.HHO.IntraFreq.Succ.Out"}


def test_an_object_column_tells_classes_but_makes_no_parameters_of_a_program() -> None:
    table = "| Object | Attribute | Found |\n|---|---|---|\n| {0} | {1} | 4 |\n"
    assert set(found(table.format("EUtranCellFDD", "qRxLevMin"), Category.PARAMETER)) == {"EUtranCellFDD.qRxLevMin"}
    assert found(table.format("WidgetFactory", "maxWidth"), Category.PARAMETER) == {}


def test_of_two_header_rows_the_second_says_what_the_columns_are() -> None:
    table = (
        "| Definition | Definition | Properties |\n|---|---|---|\n| MO class | Counter name | Unit |\n"
        "| LagPort | ifInErrors | 1 |\n"
    )
    assert found(table, Category.COUNTER)["LagPort.ifInErrors"].fields["unit"].text == "1"


def test_a_pasted_print_out_tells_the_class_of_each_attribute() -> None:
    text = (
        "FDN : ManagedElement=A1,GNBDUFunction=1,NRCellDU=X\nnRPCI : 311\nalpha : 8\n\n"
        "FDN : ManagedElement=A1,GNBCUCPFunction=1\ngNBId : 5\n\n2 instance(s)\nnotOne : of these\n"
    )
    assert set(found(text, Category.PARAMETER)) == {"NRCellDU.nRPCI", "NRCellDU.alpha", "GNBCUCPFunction.gNBId"}


@pytest.mark.parametrize(
    "text",
    [
        "This guideline is about **Flex Sleep (FAJ 121 4219)** in rural cells.",
        "Applies to: `FAJ 121 4219` / `CXC4012607`.",
        "You need FAJ 121 4219 (**Flex Sleep**), key CXC4012607. The old FAJ 121 4218 is gone.",
        "The rollout of Flex Sleep (FAJ 121 4219) went well, that of Deep Sleep (FAJ 121 4218) did not.",
    ],
)
def test_the_subject_of_a_text_is_its_feature(text: str) -> None:
    assert set(found(f"# 1 What goes with Flex Sleep?\n\n{text}\n", Category.FEATURE)) == {"FAJ 121 4219"}


def test_a_feature_that_is_merely_mentioned_is_no_subject() -> None:
    assert found("# Help\n\nFAJ 121 4219 was seen in the log.\n", Category.FEATURE) == {}


def test_the_only_feature_that_a_text_names_is_its_feature_and_others_go_with_it() -> None:
    mail = "# Help\n\n> Since then the Flex Sleep feature (FAJ 121 4219) rejects calls. See Far Away (FAJ 121 5003).\n"
    assert set(found(mail, Category.FEATURE)) == {"FAJ 121 4219"}
    others = "| | Oil Pan<br>FAJ 121 5001 | Tin Can<br>FAJ 121 5002 |\n|---|---|---|\n| A | R | X |\n"
    matrix = f"# Matrix\n\nThis is about Flex Sleep (FAJ 121 4219).\n\n{others}"
    assert set(found(matrix, Category.RELATED_FEATURE)) == {"FAJ 121 5001", "FAJ 121 5002"}
    assert found("# Notes\n\nWe read of Oil Pan (FAJ 121 5001) and Tin Can (FAJ 121 5002).\n", Category.FEATURE) == {}


def test_sentences_and_interactions_tell_what_a_feature_goes_with() -> None:
    text = (
        "# Guide\n\nThis is about Flex Sleep (FAJ 121 4219).\n\nIt must not be used together with Oil Pan (FAJ 121 1)"
        " or Tin Can (FAJ 121 5002). See also Far Away (FAJ 121 5003).\n\n## Interactions\n\n"
        "| With | What happens |\n|---|---|\n| Deep Sea, FAJ 121 5004 | nothing |\n| Rain | it is wet |\n"
    )
    told = found(text, Category.RELATED_FEATURE)
    assert set(told) == {"FAJ 121 5002", "FAJ 121 5004"}


def test_release_notes_list_what_is_new_and_changed() -> None:
    text = (
        "# Notes\n\n## New features\n\n| Identity | Name | Licence |\n|---|---|---|\n"
        "| FAJ 121 5801 | Uplink Trim | CXC4012990 |\n\n## Changed features\n\n- **FAJ 121 4219 Flex Sleep**: wider.\n"
    )
    told = found(text, Category.FEATURE)
    assert {name: item.fields["title"].text for name, item in told.items()} == {
        "FAJ 121 5801": "Uplink Trim",
        "FAJ 121 4219": "Flex Sleep",
    }
    assert told["FAJ 121 5801"].fields["licence_key"].text == "CXC4012990"


def test_items_of_a_release_begin_with_their_feature_and_not_with_one_that_they_need() -> None:
    items = "- Uplink Trim FAJ 121 5801 licensed\n- Flex Sleep (FAJ 121 4219): wider, see FAJ 121 5000\n"
    others = "- Requires Tin Can (FAJ 121 5002)\n- Now tested with FAJ 121 5003\n- Better than FAJ 121 5004\n"
    assert set(found(f"## New features\n\n{items}{others}", Category.FEATURE)) == {"FAJ 121 5801", "FAJ 121 4219"}


def test_what_a_feature_of_a_catalogue_requires_is_related_and_leaves_its_identity() -> None:
    text = "```yaml\nfeatures:\n- name: Kite\n  identity: FAJ 121 6911\n  requires: [FAJ 121 6870, FAJ 121 6871]\n```\n"
    assert set(found(text, Category.FEATURE)) == {"FAJ 121 6911"}
    assert set(found(text, Category.RELATED_FEATURE)) == {"FAJ 121 6870", "FAJ 121 6871"}


def test_a_class_printed_once_holds_for_the_rows_below_it_until_one_has_none_or_is_empty() -> None:
    rows = "| NRCellDU | aOne |\n| | aTwo |\n| NRCellCU | aThree |\n| - | aFour |\n| | |\n| | aFive |\n"
    told = found(f"| MO class | Parameter |\n|---|---|\n{rows}", Category.PARAMETER)
    assert set(told) == {"NRCellDU.aOne", "NRCellDU.aTwo", "NRCellCU.aThree", "aFour", "aFive"}


def test_half_a_name_is_none() -> None:
    text = (
        "# NRCellDU\n\n## Counters\n\n- NRCellDU.pmHoPrepAtt\n\nUse `pget NRCellDU pmHoPrep(Att|Succ)` or read"
        " NRCellCU.pmHoPrep Att.\n\npmHoLevel (GAUGE): how many.\n"
    )
    told = found(text, Category.COUNTER)
    assert set(told) == {"NRCellDU.pmHoPrepAtt", "NRCellCU.pmHoPrepAtt", "NRCellDU.pmHoLevel"}
    assert told["NRCellDU.pmHoLevel"].fields["type"].text == "GAUGE"
    assert told["NRCellCU.pmHoPrepAtt"].span.text == "NRCellCU.pmHoPrep Att"


def test_a_break_between_class_and_attribute_tells_that_columns_broke_names() -> None:
    cells = ("NRCellDU.<br>heronMax", "NRCellDU.heron<br>MinLevel", "NRCellDU.heronOld<br>Deprecated")
    table = "## Parameters\n\n| Parameter | Description |\n|---|---|\n" + "".join(
        f"| {cell} | Some. |\n" for cell in cells
    )
    assert set(found(table, Category.PARAMETER)) == {"NRCellDU.heronMax", "NRCellDU.heronMinLevel", "NRCellDU.heronOld"}


def test_units_and_words_of_the_trade_are_no_attributes_of_the_class_they_stand_before() -> None:
    text = "Set `heronLimit` in `NRCellDU` to 30 kHz in NRCellDU, 20 dBm in NRSectorCarrier or by eDRX in NRCellDU.\n"
    assert set(found(text, Category.PARAMETER)) == {"NRCellDU.heronLimit"}


def test_catalogues_are_read_object_by_object_with_the_class_that_holds_for_them() -> None:
    json = (
        '```json\n{"moClass": "NRCellDU",\n "attributes": [{"name": "heronLimit", "dataType": "int32", "default": 4},\n'
        '  {"name": "heronMode", "enum": ["A", "B"]}],\n "counters": ["pmHeronAtt"],\n'
        ' "events": ["DuProcHeronStart"]}\n```\n'
    )
    told = found(json, Category.PARAMETER)
    assert set(told) == {"NRCellDU.heronLimit", "NRCellDU.heronMode"}
    assert {key: span.text for key, span in told["NRCellDU.heronLimit"].fields.items()} == {
        "mo": "NRCellDU", "type": "int32", "default": "4",
    }  # fmt: skip
    assert set(found(json, Category.COUNTER)) == {"NRCellDU.pmHeronAtt"}
    assert set(found(json, Category.EVENT)) == {"DuProcHeronStart"}


def test_yaml_lists_and_flat_blocks_are_catalogues_too() -> None:
    yaml = (
        "```yaml\n# of NRCellDU\nparameters:\n- class: NRCellDU\n  attribute: heronLimit # in dB\n  default: '4'\n"
        "  description: >\n    Not a key: the limit.\n- class: GNBDUFunction\n  attribute: heronMode\n```\n"
    )
    told = found(yaml, Category.PARAMETER)
    assert set(told) == {"NRCellDU.heronLimit", "GNBDUFunction.heronMode"}
    fields = told["NRCellDU.heronLimit"].fields
    assert (fields["default"].text, fields["description"].text) == ("4", "Not a key: the limit.")


def test_the_parameters_of_an_interface_are_none_of_the_network() -> None:
    yaml = (
        "```yaml\ninfo: {title: NRCellDU service}\nparameters:\n  - name: policyTypeId\n    in: path\n"
        "  - name: pageSize\n    in: query\n```\n"
    )
    assert found(yaml, Category.PARAMETER) == {}


def test_commands_of_another_language_tell_what_they_set() -> None:
    text = "Run `MOD CELLALGOSWITCH:LOCALCELLID=0,HoAlgoSwitch=IntraFreqHoSwitch-1;` or LST CELLALGOSWITCH:;\n"
    assert set(found(text, Category.PARAMETER)) == {"CELLALGOSWITCH.HoAlgoSwitch"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Read administrativeState of NRSectorCarrier first.", "NRSectorCarrier.administrativeState"),
        ("Check EUtranCellFDD=A01.heronLimit3 too.", "EUtranCellFDD.heronLimit3"),
        ("Set `NRCellDU.heronLimit1`, then `heronLimit2`.", "heronLimit2"),
        ("It is SectorCarrier.heron-\nShare here.", "SectorCarrier.heronShare"),
        ("It is SectorCarrier.heronEn-\nabled. Set SectorCarrier.heronEnabled.", "SectorCarrier.heronEnabled"),
        ("It is told: NRCellDU.heronPeriod (default 10 ms).", "NRCellDU.heronPeriod"),
    ],
)
def test_sentences_tell_classes_in_many_ways(text: str, name: str) -> None:
    told = found(f"# About NRCellDU and FeatureState\n\n{text}\n", Category.PARAMETER)
    assert name in told
    assert all(each.rpartition(".")[2] != "heronEn" and each.rpartition(".")[2] != "heron" for each in told)


def test_a_name_broken_at_an_underscore_is_one_event() -> None:
    text = "# NRCellDU\n\nThe event INTERNAL_EVENT_\nHERON_SHARE is written.\n"
    assert set(found(text, Category.EVENT)) == {"INTERNAL_EVENT_HERON_SHARE"}


def test_a_declaration_tells_its_range_below_and_a_reference_its_class() -> None:
    text = (
        "# class Heron\n\n| Attributes | Attributes |\n|---|---|\n| int32 heronMax = 3<br>{1..8} | Most. |\n"
        "| moRef:UeGroup heronRef<br>mandatory | Group. |\n"
        "| moRef:ManagedObject reservedBy[0..*]<br>readOnly | Users. |\n"
    )
    told = found(text, Category.PARAMETER)
    assert set(told) == {"Heron.heronMax", "Heron.heronRef", "Heron.reservedBy"}
    assert told["Heron.heronMax"].fields["range"].text == "1..8"
    assert "read_only" in told["Heron.reservedBy"].fields


def test_the_heading_of_a_table_tells_how_its_parameters_relate() -> None:
    text = (
        "# 3 Parameters\n\n## 3.1 Introduced Parameters\n\n| Parameter | Description |\n|---|---|\n"
        "| NRCellDU. heronMax | Most. Range: 0 to 100. Default: 0. |\n"
    )
    fields = found(text, Category.PARAMETER)["NRCellDU.heronMax"].fields
    assert (fields["relation"].text, fields["range"].text, fields["default"].text) == ("Introduced", "0 to 100", "0")


def test_moshell_lines_are_the_steps_where_nothing_else_is() -> None:
    text = (
        "# Activation of Heron\n\n```\nA1> lt all\nA1> set FeatureState=CXC4012607 featureState 1\n"
        "A1> get NRCellDU heronMax\n```\n"
    )
    fields = found(text, Category.PROCEDURE)["Activation of Heron"].fields
    assert [span.text for span in fields.values()] == ["set FeatureState=CXC4012607 featureState 1"]


def test_a_script_without_prompts_has_steps_too() -> None:
    lines = "lt all\nset Lm=1,FeatureState=CXC4012607 featureState 1\nset EUtranCellFDD=.* heronMax 3\n"
    text = f"# Activate\n\n```\n{lines}```\n"
    assert [span.text for span in found(text, Category.PROCEDURE)["Activate"].fields.values()] == [
        "set Lm=1,FeatureState=CXC4012607 featureState 1",
        "set EUtranCellFDD=.* heronMax 3",
    ]
    assert set(found(text, Category.PARAMETER)) == {"FeatureState.featureState", "EUtranCellFDD.heronMax"}


def test_the_state_of_a_licence_object_is_no_feature_state() -> None:
    text = "# NRCellDU\n\nSet the attribute featureState to ACTIVATED in MO OptionalFeatureLicense=Heron.\n"
    assert set(found(text, Category.PARAMETER)) == {"OptionalFeatureLicense.featureState"}


@pytest.mark.parametrize(
    "text",
    [
        "FDN : CN=Ann,OU=Sales\nmail : a@b.example\ngivenName : Ann\n",
        "| Counter ID | Counter Name |\n|---|---|\n| 12 | Main.Hall.East |\n",
        "| Class | Attribute | Found |\n|---|---|---|\n| Button | onClick | 4 |\n",
        '```json\n{"class": "Button", "attributes": [{"name": "onClick"}], "counters": [{"name": "pageViews"}]}\n```\n',
        "```yaml\nfeatures:\n  - id: F-12\n    name: Dark mode\nevents: [pageShown]\n```\n",
        "ADD TO CART: ITEM=1\n\nThe option Mode=fast.modeName of Window is set.\n",
    ],
)
def test_other_trades_have_lists_too(text: str) -> None:
    assert extract(Clean(markdown=text)).items == ()
