"""Extraction by rules: spans, false friends, one item a name."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from randaemon.model import Category, Clean, Extraction, Mark
from randaemon.stages.extract import extract


def found(markdown: str, category: Category, marks: tuple[Mark, ...] = ()) -> list[str]:
    return [item.name for item in read(markdown, marks).of(category)]


def read(markdown: str, marks: tuple[Mark, ...] = ()) -> Extraction:
    extraction = extract(Clean(markdown=markdown, marks=marks))
    for item in extraction.items:
        for span in (item.span, *item.fields.values()):
            assert markdown[span.start : span.end] == span.text
    return extraction


def test_false_friends_of_prose_are_not_extracted() -> None:
    markdown = (
        "Appendix A.a: See AF.html, Node.js, index.html and EUtranCellFDD.md. NRCellDU.getCell(1) is called.\n"
        "Counters pm1, pm101, pmCounter, pma1interf; states RRC_CONNECTED, RRC_IDLE; EVENT_PARAM_CAUSE.\n"
    )
    assert read(markdown).items == ()


def test_a_sentence_may_be_a_unit_alone() -> None:
    table = "| Parameter | Description |\n|---|---|\n| A1Cell.pMax | Power. {} |\n"
    told = {said: read(table.format(said)).items[0].fields for said in ("Unit 0.1 dB.", "Unit ms", "Radio Unit test.")}
    assert [fields["unit"].text if "unit" in fields else "" for fields in told.values()] == ["0.1 dB", "ms", ""]


def test_how_a_counter_counts_is_told_before_its_data_type() -> None:
    table = "| Counter | Type | Description |\n|---|---|---|\n| NRCellDU.pmHeld | {} | Held cells.{} |\n"
    told = {
        said: read(table.format(*said)).of(Category.COUNTER)[0].fields["type"].text
        for said in (
            ("int32", " Counter type: GAUGE"),
            ("int32", " Counter type: Gauge."),
            ("int32", ""),
            ("PEG", " Counter type: GAUGE"),
            ("int32", " Type: int64."),
        )
    }
    assert list(told.values()) == ["GAUGE", "Gauge", "int32", "PEG", "int32"]


def test_a_bare_name_beside_its_qualified_form_is_one_item() -> None:
    markdown = (
        "# Parameters\n\n| Parameter | Description |\n|---|---|\n| NRCellDU.pMax | Power. |\n\n- pMax: the power\n"
    )
    assert found(markdown, Category.PARAMETER) == ["NRCellDU.pMax"]


def test_a_name_is_never_both_parameter_and_counter() -> None:
    markdown = (
        "# Parameters\n\n| Parameter | Type | Description |\n|---|---|---|\n| NRCellDU.pmFooBar | Introduced | x |\n"
    )
    assert found(markdown, Category.COUNTER) == ["NRCellDU.pmFooBar"]
    assert found(markdown, Category.PARAMETER) == []


def test_counters_without_pm_stand_under_a_counters_heading() -> None:
    markdown = (
        "# class LagPort\n\n## PM Counters\n\n| Counter | Description |\n|---|---|\n| ifHCInOctets | Octets in. |\n"
    )
    assert found(markdown, Category.COUNTER) == ["LagPort.ifHCInOctets"]


def test_a_section_that_says_nothing_is_associated_gives_nothing() -> None:
    markdown = "# Performance of X\n\n## Events\n\nThis feature has no associated events such as INTERNAL_PROC_X_Y.\n"
    assert found(markdown, Category.EVENT) == []


def test_tagged_words_are_believed_with_their_class() -> None:
    markdown = "Set qWaitTime and NRCellDU.qOther and NRCellDU when pmWaited rises."
    marks = tuple(
        Mark("keyword apiname", markdown.index(word), markdown.index(word) + len(word))
        for word in ("qWaitTime", "NRCellDU.qOther", "NRCellDU when"[:8], "pmWaited")
    )
    assert found(markdown, Category.PARAMETER, marks) == ["qWaitTime", "NRCellDU.qOther"]
    assert found(markdown, Category.COUNTER, marks) == ["pmWaited"]


def test_the_console_readme_gives_exactly_its_annotated_attributes(shared: Path) -> None:
    gold = json.loads((shared / "corpus" / "gold" / "enm_cli_readme_md.json").read_text())
    markdown = (shared / "corpus" / "md" / "enm-cli__README.md").read_text()
    optional = set(gold["optional"]["parameters"])
    assert set(found(markdown, Category.PARAMETER)) - optional == set(gold["parameters"])


def test_documents_of_other_trades_give_nothing(shared: Path) -> None:
    for name in ("docs__package-variant.md", "magma__metrics.md", "3gpp-tr-library__7.4-pathloss.md"):
        assert read((shared / "corpus" / "md" / name).read_text()).items == (), name


def test_printed_commands_name_attributes_with_their_class() -> None:
    markdown = "Run `cmedit set NODE1 EUtranCellFDD.(cellRange>15) qRxLevMin=-130,pmX2Att=1` or cmedit get this.\n"
    assert found(markdown, Category.PARAMETER) == ["EUtranCellFDD.cellRange", "EUtranCellFDD.qRxLevMin"]
    created = "cmedit create SubNetwork=A,MeContext=B,UePolicyOptimization=1 t320=180\n"
    markdown = created + "cmedit get * ENodeBFunction.userLabel\n"
    assert found(markdown, Category.PARAMETER) == ["UePolicyOptimization.t320", "ENodeBFunction.userLabel"]
    assert found("cmedit set A=1,NRCellDU=2 pMax=3", Category.PARAMETER) == ["NRCellDU.pMax"]


def test_members_of_structs_belong_to_their_struct() -> None:
    markdown = (
        "| Model | MO Class Name | Struct Name | Parameter Name | Parameter Description |\n|---|---|---|---|---|\n"
        "| M | EUtranCellFDD | MappingInfo | mappingInfoSIB10 | Where it is sent. |\n"
    )
    (item,) = read(markdown).items
    assert item.name == "MappingInfo.mappingInfoSIB10"
    assert item.fields["mo"].text == "EUtranCellFDD"


def test_a_list_of_licence_keys_is_a_list_of_features() -> None:
    markdown = (
        "| FeatureStateId | description | featureStateId |\n|---|---|---|\n| CXC4012607 | Flex Sleep | CXC4012607 |\n"
    )
    (item,) = read(markdown).items
    assert (item.category, item.name, item.fields["title"].text) == (Category.FEATURE, "CXC4012607", "Flex Sleep")


def test_without_an_overview_table_the_opening_names_the_feature() -> None:
    markdown = (
        "# Flex Sleep\n\nFlex Sleep (FAJ 121 4219) lowers the energy use. FAJ 801 0400 sells it.\n\n"
        "# Parameters for Flex Sleep\n\nNone.\n\n# Activate Flex Sleep\n\nSet the attribute featureState to ACTIVATED "
        "in the FeatureState=CXC4012607 MO instance.\n"
    )
    extraction = read(markdown)
    (feature,) = extraction.of(Category.FEATURE)
    assert (feature.name, feature.fields["title"].text) == ("FAJ 121 4219", "Flex Sleep")
    assert feature.fields["licence_key"].text == "CXC4012607"
    (procedure,) = extraction.of(Category.PROCEDURE)
    assert procedure.fields["step_1"].text.startswith("Set the attribute")


def test_a_pm_dictionary_describes_its_counters() -> None:
    markdown = (
        "```yaml\npmDictionary:\n    pmDictionaryMeasurements:\n    - measType: { presence: required }\n"
        '    - measType: DRB.HeronThp\n      measDescription: "Mean rate of a heron."\n      measResultUnits: kbps\n'
        "      measObjClass: NRCellDU\n    - measType: VS.heronLost\n      measCondition: A heron is lost.\n```\n"
    )
    first, second = read(markdown).items
    assert {key: span.text for key, span in first.fields.items()} == {
        "description": "Mean rate of a heron.",
        "unit": "kbps",
        "mo": "NRCellDU",
    }
    assert (second.name, second.fields["condition"].text) == ("VS.heronLost", "A heron is lost.")


def test_events_in_running_lists_under_their_heading_are_found() -> None:
    markdown = "# Events\n\nThe events RRC_CELL_REPORT and S1_SETUP_TIDE are sent, with EVENT_PARAM_CAUSE.\n"
    assert found(markdown, Category.EVENT) == ["RRC_CELL_REPORT", "S1_SETUP_TIDE"]
    assert found(markdown.replace("# Events", "# Other"), Category.EVENT) == []


def test_events_with_a_generation_prefix_are_found_in_prose() -> None:
    assert found("The node sends CuCpProcNrHoExeOut. DuFunction and CuCpLimit are not.", Category.EVENT) == [
        "CuCpProcNrHoExeOut"
    ]


def test_bare_definitions_count_only_in_ran_documents() -> None:
    markdown = "# Parameters\n\n- waitTimer: How long it waits. Unit: ms\n"
    assert found(markdown, Category.PARAMETER) == []
    (item,) = read(markdown + "\nOf EUtranCellFDD.\n").items
    assert (item.name, item.fields["unit"].text) == ("waitTimer", "ms")


def test_the_state_of_a_feature_belongs_to_its_class_when_tagged_alone() -> None:
    markdown = "Set featureState to ACTIVATED."
    marks = (Mark("keyword apiname", 4, 16), Mark("keyword option", 20, 29), Mark("keyword apiname", 0, 3))
    assert found(markdown, Category.PARAMETER, marks) == ["FeatureState.featureState"]


def test_wrapped_lines_belong_to_their_paragraph_and_step() -> None:
    markdown = (
        "# Parameters for X\n\nEUtranCellFDD.tideLevel: The level of the tide at which boats\nleave. Default:\n"
        "20. Unit: %.\nEUtranCellFDD.tideTime: Time.\n\n"
        "# Activate X\n\n1. Set the EUtranCellFDD.tideLevel attribute to\n   20.\n2. Wait.\n"
    )
    first, second = read(markdown).of(Category.PARAMETER)
    assert {key: span.text for key, span in first.fields.items()} == {
        "mo": "EUtranCellFDD",
        "description": "The level of the tide at which boats\nleave.",
        "default": "20",
        "unit": "%",
    }
    assert second.fields["description"].text == "Time."
    (procedure,) = read(markdown).of(Category.PROCEDURE)
    assert procedure.fields["step_1"].text.endswith("to\n   20.")


def test_manuals_of_other_trades_have_no_activation_procedures() -> None:
    assert read("# Activate the account\n\n1. Set the password.\n").items == ()


def test_items_are_tied_to_the_feature_and_class_they_belong_to() -> None:
    markdown = (
        "# X Overview\n\n| Feature Identity | FAJ 121 1234 |\n|---|---|\n\n# Counters\n\n- NRCellDU.pmFooBar: Counts.\n"
    )
    counter = read(markdown).of(Category.COUNTER)[0]
    assert counter.related == ("FAJ 121 1234", "NRCellDU")


def test_the_report_counts_sections_by_what_they_hold_and_tells_what_was_refused() -> None:
    markdown = (
        "# X\n\nFAJ 121 1234\n\n## Parameters\n\n| Parameter | Type |\n|---|---|\n| NRCellDU.heronPmMax | New |\n\n"
        "## Operation\n\nAt most NRCellDU.heronPmMax UEs in RRC_CONNECTED are held.\n\n## Impact\n\nNone is known.\n\n"
        "## Activate X\n\n### Steps\n\n1. Set NRCellDU.heronPmMax to 3.\n"
    )
    told = read(markdown).meta
    assert (told["sections"], told["silent_sections"], told["sections_without_items"]) == (5, "Impact", 1)
    assert (told["parameters_containing_pm"], told["literal_rule_examples"]) == (1, "NRCellDU.heronPmMax")
    assert told["refused"] == 1
    assert str(told["refused_examples"]).startswith("RRC_CONNECTED (a state")


def test_procedures_and_what_their_steps_name_are_tied_to_each_other() -> None:
    markdown = (
        "# X Overview\n\n| Feature Identity | FAJ 121 1234 |\n|---|---|\n\n# Parameters for X\n\n| Parameter | Type |\n"
        "| --- | --- |\n| NRCellDU.heronMax | Introduced |\n| NRCellDU.heronOld | Affected |\n\n# Activate X\n\n"
        "1. Set heronMax to 3.\n2. Set FeatureState.featureState to ACTIVATED.\n"
    )
    told = {item.name: item.related for item in read(markdown).items}
    assert told["Activate X"] == ("FAJ 121 1234", "FeatureState.featureState", "NRCellDU.heronMax")
    assert told["NRCellDU.heronMax"] == ("FAJ 121 1234", "NRCellDU", "Activate X")
    assert told["NRCellDU.heronOld"] == ("FAJ 121 1234", "NRCellDU")


_LINES = st.sampled_from(
    [
        "# 1 X Overview",
        "## Counters",
        "# class NRCellDU",
        "## Attributes",
        "# Events",
        "# Parameters for X",
        "# Activate X",
        "## Steps",
        "# Dependencies of X",
        "| Feature Identity | FAJ 121 1234 |",
        "| --- | --- |",
        "| Parameter | Description |",
        "| NRCellDU.pMax = 3 | Range: 0..3. Default: 2 |",
        "| a \\| b | <br> | |",
        "|",
        "||",
        "- NRCellDU.pMax: Unit: s",
        "1. Set x",
        "   - y",
        "```",
        "FDN: SubNetwork=A",
        "  userLabel: test",
        "INTERNAL_PROC_A_B",
        "CXC4012607",
        "cmedit set N A=1 bC=2",
        "Value FAJ 121",
        "None",
        "| Feature | Relationship |",
        "| X (FAJ 121 9999) | Related |",
        "`",
        "**",
        "\\",
        "pmFooBar<br>",
    ]
)


@given(st.lists(st.one_of(_LINES, st.text(max_size=30)), max_size=40).map("\n".join))
def test_any_text_gives_exact_spans_and_one_item_a_name(markdown: str) -> None:
    items = read(markdown).items
    assert len({(item.category, item.name) for item in items}) == len(items)
    parameters = {item.name for item in items if item.category is Category.PARAMETER}
    assert not parameters & {item.name for item in items if item.category is Category.COUNTER}


@pytest.mark.parametrize(
    "unit",
    [
        "A",
        "|",
        "\\|",
        "A.b",
        "FAJ ",
        "CXC ",
        "# a\n",
        "`",
        "- a\n",
        "```\n",
        "aB ",
        "INTERNAL_PROC_",
        "A_pmA",
        "<br>",
        "1.",
        "NRCellDU.aB: Range: Default: ",
        "# class Ab\n\n",
        "| a | b |\n",
        "cmedit get ",
        "default value is ",
        "(((",
        "MO ",
        "Ab MO ",
        "aB of the ",
        "aB, ",
        "aB and ",
        "aB in the same MO ",
        "attribute ",
        "attribute aB attribute ",
        "Range: ",
        "Unit:",
        "Ab (FAJ 121 0001) ",
        "Ab of ",
        "aBcdefgh in Ab ",
        "| Ab.<br>",
        "Prerequisite ",
        "A.b<br>",
        "A_<br>",
        "It goes on. ",
        "managed object ",
        "set EUtranCellFDD=1 ",
        "get Ab=1,",
        "pmxet Ab ",
        "Ab=1 aB ",
        "Ab=1,",
        "aB|",
        "Parameter: aB\n",
        "Parameter: aB\nMO class: Ab\n",
        "Range: 1\n",
        "| Parameter | aB |\n",
        "class Ab\n\n",
        "Attributes\n\n",
        "int32 aB = 1 {",
        "aB [0..",
        "Counters of the Ab MO:\n",
        "aB to 1 in the ",
        "aB of Ab=",
        "aB among the counters ",
        "RRC_",
        "S1_AB_",
        "RRC.A.",
        "L.A.b.c",
        "\\_",
        "EUtranCellFDD, ",
        "#",
        "| - ",
        "Type: int32.<br>",
        ". <",
        "Ab<br>ab.c<br>",
        "A=1,B=2,",
        "pm",
        "(aB in the Ab MO) ",
        ": ",
        "aB: ",
        "Range: 1..2. ",
        ".A",
        "A" * 150 + ".a",
        "aB attribute ",
        "12 pmAb of the NRCellDU ",
        "pmAbAEUtranCellFDD=1,",
        "1. a\n",
    ],
)
def test_hostile_texts_are_read_in_linear_time(unit: str) -> None:
    much = unit * (100_000 // len(unit))
    for before in (
        "# Parameters for NRCellDU\n\n| Parameter | Description |\n|---|---|\n| ",
        "# Dependencies\n\nFeatureState ",
    ):
        began = time.process_time()
        extract(Clean(markdown=before + much, meta={"pages": 1}))
        assert time.process_time() - began < 2.0, before


@pytest.mark.parametrize(
    "named", ["FAJ 121 {:04}", "pmFoo{:04}BarAtt", "NRCellDU.foo{:04}Bar", "needs X Y (FAJ 121 {:04})"]
)
def test_a_long_line_of_other_names_is_read_in_linear_time(named: str) -> None:
    line = ", ".join(named.format(number) for number in range(5_000))
    began = time.process_time()
    found = extract(Clean(markdown=f"# Parameters of FAJ 121 9999\n\nIt is about NRCellDU: {line}\n"))
    assert time.process_time() - began < 2.0
    assert len(found.items) > 4_900


def test_a_long_table_of_identities_whose_heads_say_nothing_is_read_in_linear_time() -> None:
    rows = "".join(f"| Foo {number} | FAJ 121 {number:04} |\n" for number in range(9_000))
    began = time.process_time()
    extract(Clean(markdown=f"# About NRCellDU\n\n| A | B |\n|---|---|\n{rows}"))
    assert time.process_time() - began < 2.0


def test_a_long_line_of_identities_is_read_in_linear_time() -> None:
    said = "".join(f"Foo {'and so on ' * 30}(FAJ 121 {number:04}), " for number in range(9_000))
    began = time.process_time()
    extract(Clean(markdown=f"This text names {said}."))
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize(
    ("before", "unit"),
    [
        ('```json\n{"mo": "NRCellDU", ', '"a": {"b": 1, '),
        ('```json\n{"mo": "NRCellDU", ', "["),
        ('```json\n[{"name": ', '"'),
        ("```yaml\nparameters:\n", "  - a: b\n"),
        ("```yaml\nparameters:\n", "a:\n  "),
        ("", "FDN : A=1,B=2\na : 1\n"),
    ],
)
def test_hostile_catalogues_are_read_in_linear_time(before: str, unit: str) -> None:
    began = time.process_time()
    extract(Clean(markdown=f"NRCellDU FeatureState\n\n{before}{unit * (100_000 // len(unit))}\n```\n"))
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize(
    "body",
    [
        "1. Install the licence.\n2. Set featureState of FeatureState=CXC4012811 to ACTIVATED.\n",
        "```\ncmedit set <NODE> FeatureState.(featureStateId==CXC4012811) featureState=ACTIVATED\n```\n",
    ],
)
@pytest.mark.parametrize("heading", ["Roll-out", "How to use it", "C. STEPS", "2) STEPS"])
def test_whoever_sets_the_state_of_a_feature_activates_it_under_whatever_heading(heading: str, body: str) -> None:
    wanted = [heading.removeprefix("C. ").removeprefix("2) ")]
    assert found(f"# Flex Sleep\n\n## {heading}\n\n{body}", Category.PROCEDURE) == wanted


def test_a_check_of_the_state_is_no_activation() -> None:
    markdown = "# Flex Sleep\n\n## Checks\n\n1. See that FeatureState.featureState is ACTIVATED.\n2. Read the alarms.\n"
    assert found(markdown, Category.PROCEDURE) == []


def test_steps_may_be_numbered_as_printers_number_them() -> None:
    markdown = (
        "# Activate Flex Sleep\n\nSteps\n\n1 Lock the cell.\n\n2 Set FeatureState.featureState to ACTIVATED.\n\n"
        "3 Unlock the cell.\n"
    )
    (item,) = read(markdown).of(Category.PROCEDURE)
    assert [item.fields[f"step_{number}"].text[0] for number in (1, 2, 3)] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("declaration", "fields"),
    [
        ("boolean = false guardEnabled", {"type": "boolean", "default": "false"}),
        ("int32 = -105 { -130..-60 } guardEnabled", {"type": "int32", "default": "-105", "range": "-130..-60"}),
        ("int32[0..273] { 0..272 } guardEnabled", {"type": "int32[0..273]", "range": "0..272"}),
        ("GuardMethod = PRB_BLANKING guardEnabled", {"type": "GuardMethod", "default": "PRB_BLANKING"}),
    ],
)
def test_a_declaration_may_tell_its_default_and_range_before_the_name(declaration: str, fields: dict[str, str]) -> None:
    markdown = f"# class NRGuard\n\n| Attributes | Attributes |\n|---|---|\n| {declaration} | Guards. |\n"
    (item,) = read(markdown).of(Category.PARAMETER)
    assert item.name == "NRGuard.guardEnabled"
    assert {field: item.fields[field].text for field in fields} == fields


@pytest.mark.parametrize(
    ("said", "default"),
    [
        ("boolean, default `false`.", "false"),
        ("0..1000, step 10, default 200 ms", "200"),
        ("Range 100 to 4000. Unit: ms. Default 800.", "800"),
        ("Mode of the cell (default OFF)", "OFF"),
        ("Uses the default QCI of the 5 profiles.", ""),
        ("The default 5QI table is used.", ""),
    ],
)
def test_a_default_is_told_with_or_without_a_word_between(said: str, default: str) -> None:
    (item,) = read(f"# Parameters\n\n- NRCellDU.flexTimer – {said}\n").of(Category.PARAMETER)
    assert (item.fields["default"].text if "default" in item.fields else "") == default


def test_what_has_a_default_is_no_counter() -> None:
    markdown = "# L\n\n| MO | Attribute | Default |\n|---|---|---|\n| NRCellDU | pmUeSampleRatio | 10 |\n"
    assert found(markdown, Category.COUNTER) == []
    assert found(markdown, Category.PARAMETER) == ["NRCellDU.pmUeSampleRatio"]


def test_measurements_end_in_their_filters() -> None:
    assert found("e) DRB.PdcpSduVolumeDL_Filter, where Filter is the slice.", Category.COUNTER) == [
        "DRB.PdcpSduVolumeDL_Filter"
    ]


@pytest.mark.parametrize(
    "heading",
    [
        "How to enable Flex Sleep",
        "Steps to activate Flex Sleep",
        "Procedure for activation",
        "Enablement of Flex Sleep",
    ],
)
@pytest.mark.parametrize(
    "steps",
    ["1. Lock the cell.\n2. Set it.\n", "| Step | Action |\n|---|---|\n| 1 | Lock the cell. |\n| 2 | Set it. |\n"],
)
def test_a_procedure_may_be_announced_and_its_steps_be_rows(heading: str, steps: str) -> None:
    (item,) = read(f"# Flex Sleep (FAJ 121 4001)\n\n## {heading}\n\n{steps}").of(Category.PROCEDURE)
    assert (item.name, item.fields["step_1"].text, item.fields["step_2"].text) == (heading, "Lock the cell.", "Set it.")


@pytest.mark.parametrize("number", ["", "5. ", "5 "])
def test_a_line_in_bold_may_head_a_procedure(number: str) -> None:
    activate = f"**{number}How to activate**\n\n1) Lock it.\n"
    markdown = f"# Flex Sleep (FAJ 121 4001)\n\nIt sleeps.\n\n{activate}\n**How to deactivate**\n\n1) Unlock it.\n"
    assert found(markdown, Category.PROCEDURE) == ["How to activate", "How to deactivate"]
