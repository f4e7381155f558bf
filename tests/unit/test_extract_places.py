"""Names wherever documents print them: lists of other vendors, print-outs, catalogues, scripts, broken lines."""

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


#: The names of one category in a text, by what is special about where it prints them.
PRINTED = {
    "counters go by their ids where these are names": (
        "| Measurement | Counter ID | Name |\n|---|---|---|\n| LTE Cell Load | M8001C6 | RACH_STP_ATT |\n",
        Category.COUNTER,
        {"M8001C6"},
    ),
    "and by their names where the ids are numbers": (
        "| Counter ID | Counter Name |\n|---|---|\n| 1526726658 | L.HHO.IntraFreq.Succ.Out |\n",
        Category.COUNTER,
        {"L.HHO.IntraFreq.Succ.Out"},
    ),
    "an object column tells classes": (
        "| Object | Attribute | Found |\n|---|---|---|\n| EUtranCellFDD | qRxLevMin | 4 |\n",
        Category.PARAMETER,
        {"EUtranCellFDD.qRxLevMin"},
    ),
    "but makes no parameters of a program": (
        "| Object | Attribute | Found |\n|---|---|---|\n| WidgetFactory | maxWidth | 4 |\n",
        Category.PARAMETER,
        set[str](),
    ),
    "a class printed once holds for the rows below it until one has none or is empty": (
        (
            "| MO class | Parameter |\n|---|---|\n| NRCellDU | aOne |\n| | aTwo |\n| NRCellCU | aThree |\n"
            "| - | aFour |\n| | |\n| | aFive |\n"
        ),
        Category.PARAMETER,
        {"NRCellDU.aOne", "NRCellDU.aTwo", "NRCellCU.aThree", "aFour", "aFive"},
    ),
    "a break between class and attribute tells that columns broke names": (
        (
            "## Parameters\n\n| Parameter | Description |\n|---|---|\n| NRCellDU.<br>heronMax | Some. |\n"
            "| NRCellDU.heron<br>MinLevel | Some. |\n| NRCellDU.heronOld<br>Deprecated | Some. |\n"
        ),
        Category.PARAMETER,
        {"NRCellDU.heronMax", "NRCellDU.heronMinLevel", "NRCellDU.heronOld"},
    ),
    "a pasted print-out tells the class of each attribute": (
        (
            "FDN : ManagedElement=A1,GNBDUFunction=1,NRCellDU=X\nnRPCI : 311\nalpha : 8\n\n"
            "FDN : ManagedElement=A1,GNBCUCPFunction=1\ngNBId : 5\n\n2 instance(s)\nnotOne : of these\n"
        ),
        Category.PARAMETER,
        {"NRCellDU.nRPCI", "NRCellDU.alpha", "GNBCUCPFunction.gNBId"},
    ),
    "commands of another language tell what they set": (
        "Run `MOD CELLALGOSWITCH:LOCALCELLID=0,HoAlgoSwitch=IntraFreqHoSwitch-1;` or LST CELLALGOSWITCH:;\n",
        Category.PARAMETER,
        {"CELLALGOSWITCH.HoAlgoSwitch"},
    ),
    "units and words of the trade are no attributes of the class they stand before": (
        "Set `heronLimit` in `NRCellDU` to 30 kHz in NRCellDU, 20 dBm in NRSectorCarrier or by eDRX in NRCellDU.\n",
        Category.PARAMETER,
        {"NRCellDU.heronLimit"},
    ),
    "the parameters of an interface are none of the network": (
        (
            "```yaml\ninfo: {title: NRCellDU service}\nparameters:\n  - name: policyTypeId\n    in: path\n"
            "  - name: pageSize\n    in: query\n```\n"
        ),
        Category.PARAMETER,
        set[str](),
    ),
    "a name broken at an underscore is one event": (
        "# NRCellDU\n\nThe event INTERNAL_EVENT_\nHERON_SHARE is written.\n",
        Category.EVENT,
        {"INTERNAL_EVENT_HERON_SHARE"},
    ),
    "the state of a licence object is no feature state": (
        "# NRCellDU\n\nSet the attribute featureState to ACTIVATED in MO OptionalFeatureLicense=Heron.\n",
        Category.PARAMETER,
        {"OptionalFeatureLicense.featureState"},
    ),
}


@pytest.mark.parametrize(("markdown", "category", "names"), PRINTED.values(), ids=PRINTED)
def test_names_are_found_where_documents_print_them(markdown: str, category: Category, names: set[str]) -> None:
    assert set(found(markdown, category)) == names


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


def test_of_two_header_rows_the_second_says_what_the_columns_are() -> None:
    table = (
        "| Definition | Definition | Properties |\n|---|---|---|\n| MO class | Counter name | Unit |\n"
        "| LagPort | ifInErrors | 1 |\n"
    )
    assert found(table, Category.COUNTER)["LagPort.ifInErrors"].fields["unit"].text == "1"


def test_half_a_name_is_none() -> None:
    text = (
        "# NRCellDU\n\n## Counters\n\n- NRCellDU.pmHoPrepAtt\n\nUse `pget NRCellDU pmHoPrep(Att|Succ)` or read"
        " NRCellCU.pmHoPrep Att.\n\npmHoLevel (GAUGE): how many.\n"
    )
    told = found(text, Category.COUNTER)
    assert set(told) == {"NRCellDU.pmHoPrepAtt", "NRCellCU.pmHoPrepAtt", "NRCellDU.pmHoLevel"}
    assert told["NRCellDU.pmHoLevel"].fields["type"].text == "GAUGE"
    assert told["NRCellCU.pmHoPrepAtt"].span.text == "NRCellCU.pmHoPrep Att"


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


@pytest.mark.parametrize(
    "steps",
    ["1. 3.1 Make a backup.\n2. 3.2 Lock the cell.\n", "3.1 Make a backup.\n\n3.2 Lock the cell.\n",
     "Step 1: Make a backup.\n\nStep 2: Lock the cell.\n", "1. Step 1. Make a backup.\n2. Step 2. Lock the cell.\n"],
)  # fmt: skip
def test_the_numbers_that_a_printer_counted_steps_with_are_no_part_of_them(steps: str) -> None:
    told = found(f"# 3 Activate Flex Sleep (FAJ 121 4219)\n\n{steps}", Category.PROCEDURE)
    (fields,) = [item.fields for item in told.values()]
    assert [fields[f"step_{number}"].text for number in (1, 2)] == ["Make a backup.", "Lock the cell."]


@pytest.mark.parametrize(
    ("below", "told"),
    [("        cmedit get <NODE> NRCellDU=X1", "Check the cell:\n\n        cmedit get <NODE> NRCellDU=X1"),
     ("   The cell is barred.", "Check the cell:\n\n   The cell is barred."),
     ("See also flexTimer.", "Check the cell:")],
)  # fmt: skip
def test_what_a_step_announces_is_indented_below_it(below: str, told: str) -> None:
    text = f"# Activate Flex Sleep (FAJ 121 4219)\n\n1. Bar the cell.\n\n2. Check the cell:\n\n{below}\n"
    (fields,) = [item.fields for item in found(text, Category.PROCEDURE).values()]
    assert [fields[f"step_{number}"].text for number in (1, 2)] == ["Bar the cell.", told]


def test_a_number_that_a_step_speaks_of_stays() -> None:
    told = found("# Activate Flex Sleep (FAJ 121 4219)\n\n1. 2.1 GHz first.\n2. 5 Cells then.\n", Category.PROCEDURE)
    (fields,) = [item.fields for item in told.values()]
    assert [fields[f"step_{number}"].text for number in (1, 2)] == ["2.1 GHz first.", "5 Cells then."]


def test_a_script_without_prompts_has_steps_too() -> None:
    lines = "lt all\nset Lm=1,FeatureState=CXC4012607 featureState 1\nset EUtranCellFDD=.* heronMax 3\n"
    text = f"# Activate\n\n```\n{lines}```\n"
    assert [span.text for span in found(text, Category.PROCEDURE)["Activate"].fields.values()] == [
        "set Lm=1,FeatureState=CXC4012607 featureState 1",
        "set EUtranCellFDD=.* heronMax 3",
    ]
    assert set(found(text, Category.PARAMETER)) == {"FeatureState.featureState", "EUtranCellFDD.heronMax"}


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


SPEC = (
    "## 5.1 Sleep\n\na) This measurement provides the number of sleeps.\nb) CC.\nc) When it sleeps.\nd) An integer.\n"
    "e) The measurement name has the form ZZQ.SleepAtt.Cause, where Cause is one.\nf) {mo}\n"
)


def test_the_form_of_a_specification_proves_a_measurement_of_any_family() -> None:
    told = found(SPEC.format(mo="NRCellDU"), Category.COUNTER)
    assert set(told) == {"ZZQ.SleepAtt.Cause"}
    fields = {field: span.text for field, span in told["ZZQ.SleepAtt.Cause"].fields.items()}
    assert fields == {"description": "This measurement provides the number of sleeps.", "type": "CC", "mo": "NRCellDU"}
    assert told["ZZQ.SleepAtt.Cause"].related == ()
    table = "| a) | It counts. |\n|---|---|\n| e) | ZZQ.SleepAtt |\n| f) | NRCellDU |\n"
    assert set(found(table, Category.COUNTER)) == {"ZZQ.SleepAtt"}


def test_what_a_connection_is_set_up_for_is_part_of_a_measurement() -> None:
    told = found(
        "# NRCellDU\n\nRRC.ConnEstabAtt.mo-Data steps, RRC.ConnEstabAtt.mo-based ones not.\n", Category.COUNTER
    )
    assert "RRC.ConnEstabAtt.mo-Data" in told
    assert "RRC.ConnEstabAtt.mo-based" not in told


def test_items_by_letters_that_lead_to_no_class_prove_nothing() -> None:
    assert found(SPEC.format(mo="yes"), Category.COUNTER) == {}


def test_a_question_in_bold_heads_its_answer() -> None:
    text = (
        "# Flex Sleep\n\n**What is FeatureState?**\nA class.\n\n**How do I switch it on?**\n"
        "1. Install CXC4012607.\n2. Set `featureState` of FeatureState to ACTIVATED.\n\n**Who helps?**\nNobody.\n"
    )
    told = found(text, Category.PROCEDURE)
    assert {name: len(item.fields) for name, item in told.items()} == {"How do I switch it on?": 2}
    assert told["How do I switch it on?"].heading == ("Flex Sleep", "How do I switch it on?")


def test_chapters_in_capitals_end_a_procedure_and_steps_stand_line_by_line() -> None:
    text = (
        "1. GOAL\n   Save CXC4012607.\n\n"
        "2. ACTIVATE FLEX SLEEP\n   2.1 Lock the cell.\n   2.2 Set it\n   to ACTIVATED.\n\n"
        "3. CHECKS\n   3.1 Look at it.\n\n4. END\n   Go home.\n"
    )
    told = found(text, Category.PROCEDURE)
    fields = {field: span.text for field, span in told["ACTIVATE FLEX SLEEP"].fields.items()}
    assert fields == {"step_1": "Lock the cell.", "step_2": "Set it\n   to ACTIVATED."}


def test_one_word_between_the_words_of_a_sentence_is_no_counter() -> None:
    text = "# NRCellDU\n\nThe next pmToolbox course is near. {} steps.\n"
    assert set(found(text.format("`pmPaging`"), Category.COUNTER)) == {"pmPaging"}
    assert set(found(text.format("The counter pmPaging often"), Category.COUNTER)) == {"pmPaging"}


def test_steps_in_capitals_are_no_chapters() -> None:
    text = (
        "Save CXC4012607.\n\nACTIVATE FLEX SLEEP\n\n1. LOCK IT\n   at night.\n2. SET IT\n   to ACTIVATED now.\n"
        "3. UNLOCK IT\n   in the morning.\n"
    )
    assert len(found(text, Category.PROCEDURE)["ACTIVATE FLEX SLEEP"].fields) == 3


def test_a_formula_divides_counters_whatever_they_are_called() -> None:
    rows = "| LOSS | 100*gtpuRxLost/(gtpuRxPkts+1) (transport counters) | of eNodeB/gNodeB by tokenBucket/rateMeter |\n"
    text = f"# NRCellDU\n\n| KPI | Formula | Why |\n|---|---|---|\n{rows}| FN | sumOf(x)/NRCellDU.pmX1Time | |\n"
    assert set(found(text, Category.COUNTER)) == {"gtpuRxLost", "gtpuRxPkts", "NRCellDU.pmX1Time"}


_ENTRY = "# Heron\n\nFAJ 121 1234\n\n## 5 Parameters\n\n"


@pytest.mark.parametrize(
    "entry",
    [
        "### heronVal\n\nHow much.\n\n- MO: NRCellDU\n- Range: 0..5\n- Default: 1\n",
        "### 5.1 heronVal\n\nHow much.\n\nMO class: NRCellDU\n\nRange: 0..5\n\nDefault: 1\n",
        "### NRCellDU.heronVal\n\nHow much.\n\n- Range: 0..5\n- Default: 1\n",
        "### heronVal (NRCellDU)\n\nHow much.\n\nRange: 0..5\nDefault: 1\n",
        "### heronVal\n\nHow much.\n\n| Key | |\n|---|---|\n| MO | NRCellDU |\n| Range | 0..5 |\n| default | 1 |\n",
        "- **heronVal**: How much.\n  - MO: NRCellDU\n  - Range: 0..5\n  - Default: 1\n",
        "**heronVal**\n\nDescription: How much.\nMO: NRCellDU\nRange: 0..5\nDefault: 1\n",
    ],
)
def test_a_name_as_a_title_is_read_with_the_lines_or_the_table_below_it(entry: str) -> None:
    told = found(f"{_ENTRY}{entry}\n## 6 More\n\nText.\n", Category.PARAMETER)
    assert {field: span.text for field, span in told["NRCellDU.heronVal"].fields.items() if field != "mo"} == {
        "description": "How much.",
        "range": "0..5",
        "default": "1",
    }
    assert set(told) == {"NRCellDU.heronVal"}


def test_a_word_in_bold_without_a_class_heads_no_entry() -> None:
    text = "# Heron\n\nFAJ 121 1234\n\n## Remarks\n\n**heronVal**\n\n- Range: 0..5\n\n### heronMax\n\nType: int32\n"
    assert found(text, Category.PARAMETER) == {}


def test_half_a_name_in_a_sentence_of_a_narrow_cell_is_none() -> None:
    text = (
        "FAJ 121 1234\n\n## Parameters\n\n| Parameter | Description |\n|---|---|\n| NRCellDU.<br>heronLevel | Some. |\n"
        "| NRCellDU.heronMax | More than<br>NRCellDU.heronLev<br>el. |\n"
    )
    assert set(found(text, Category.PARAMETER)) == {"NRCellDU.heronLevel", "NRCellDU.heronMax"}


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ("Integer, 1 to 60 s, default 10", {"type": "Integer", "range": "1 to 60", "unit": "s", "default": "10"}),
        ("Integer 0..100, unit %, default 10", {"type": "Integer", "range": "0..100", "unit": "%", "default": "10"}),
        ("Integer −23–40 dB, default 0.", {"type": "Integer", "range": "−23–40", "unit": "dB", "default": "0"}),
        ("int32 (0..7)", {"type": "int32", "range": "0..7"}),
        ("Boolean, default false", {"type": "Boolean", "default": "false"}),
        ("Enumeration: OFF, ON; default OFF", {"type": "Enumeration", "range": "OFF, ON", "default": "OFF"}),
        ("Enumeration (OFF | ON)", {"type": "Enumeration", "range": "OFF | ON"}),
        ("0…500, default `50`.", {"range": "0…500", "default": "50"}),
        # what is told beside it stays
        ("0 to 7, higher is first.", {"range": "0 to 7", "description": "0 to 7, higher is first."}),
        ("Integer 1–8, default 2. UEs at most.", {"range": "1–8", "default": "2", "description": "UEs at most."}),
        ("Load in percent, 5 to 50, default 20.", {"range": "5 to 50", "unit": "percent", "default": "20"}),
        ("Time in ms (100..900, default 200).", {"range": "100..900", "unit": "ms", "default": "200"}),
        # sentences that only begin like one
        ("Integer number of UEs, default 4.", {"type": None, "default": "4"}),
        ("Used on bands 1, 3, 5 to 7, default 3.", {"range": None, "default": "3"}),
        ("5 to 7 cells are kept.", {"range": None}),
        ("Enumeration: OFF, ON, controls the mode.", {"type": "Enumeration", "range": None}),
        ("String. Printed as it is.", {"type": "String", "description": "Printed as it is."}),
    ],
)
@pytest.mark.parametrize(
    "form", ["- NRCellDU.fooLevel: {}\n", "| Parameter | Description |\n|---|---|\n| NRCellDU.fooLevel | {} |\n"]
)
def test_a_few_words_behind_a_name_tell_type_range_unit_and_default(
    said: str, fields: dict[str, str | None], form: str
) -> None:
    told = found("# 5 Parameters\n\n" + form.format(said.replace("|", "\\|")), Category.PARAMETER)[
        "NRCellDU.fooLevel"
    ].fields
    assert {field: told[field].text.replace("\\|", "|") if field in told else None for field in fields} == fields


def test_what_is_said_of_a_counter_gives_it_no_range() -> None:
    told = found("# 6 Counters\n\n- NRCellDU.pmFooAtt: 0 to 7, as far as known.\n", Category.COUNTER)
    assert "range" not in told["NRCellDU.pmFooAtt"].fields
