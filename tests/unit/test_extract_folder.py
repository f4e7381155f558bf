"""What lies in the folders of engineers beside the library: checklists, lists in other languages, books of KPIs."""

from __future__ import annotations

import pytest

from randaemon.model import Category, Clean, Item
from randaemon.ran import imprint
from randaemon.ran.listing import Kind, layout
from randaemon.stages.extract import extract
from randaemon.stages.extract.merge import merge
from randaemon.stages.extract.page import Page
from randaemon.stages.extract.rules import find


def found(markdown: str) -> dict[str, Item]:
    return {item.name: item for item in extract(Clean(markdown=markdown)).items}


def names(markdown: str, category: Category) -> set[str]:
    return {item.name for item in extract(Clean(markdown=markdown)).of(category)}


def told(item: Item) -> dict[str, str]:
    return {field: span.text for field, span in item.fields.items()}


@pytest.mark.parametrize(
    "header",
    [
        ("MO-Klasse", "Parameter", "Beschreibung", "Wertebereich", "Standardwert", "Einheit"),
        ("Clase MO", "Parámetro", "Descripción", "Rango", "Valor por defecto", "Unidad"),
        ("Classe MO", "Paramètre", "Description", "Plage", "Valeur par défaut", "Unité"),
    ],
)
def test_lists_in_other_languages_have_the_same_columns(header: tuple[str, ...]) -> None:
    form = layout(header)
    assert form.kind is Kind.PARAMETERS
    assert [form.columns[field] for field in ("mo", "name", "description", "range", "default", "unit")] == list(
        range(6)
    )


def test_features_below_dependencies_are_related_whatever_their_heading_says() -> None:
    text = (
        "# Heron\n\nFeature Identity: FAJ 121 1234\n\n# 2 Dependencies of Heron\n\n## 2.1 Features\n\n"
        "Prerequisite features:\n\n- Egret Base (FAJ 121 1235): it lends the beams.\n\nRelated features:\n\n"
        "- Stork Timer (FAJ 121 1236): runs later.\n"
    )
    items = found(text)
    assert items["FAJ 121 1235"].category is items["FAJ 121 1236"].category is Category.RELATED_FEATURE
    assert told(items["FAJ 121 1235"])["relationship"] == "Prerequisite"
    assert told(items["FAJ 121 1236"])["relationship"] == "Related"


def test_the_boxes_of_a_checklist_are_steps_where_they_have_numbers_or_tell_to_set_something() -> None:
    text = (
        "# Checklist Heron, FAJ 121 1234\n\n## A. Before\n\n"
        "- [ ] `licenseState=ENABLED` in `FeatureState=CXC4011234`\n\n"
        "## B. Activate the feature\n\n- [ ] 1. Set `NRCellDU.heronTime` to 5\n- [x] 2. Wait\n\n"
        "## C. Deactivate the feature\n\n- [ ] Set `NRCellDU.heronTime` to 0\n"
    )
    items = found(text)
    assert told(items["Activate the feature"]) == {"step_1": "Set `NRCellDU.heronTime` to 5", "step_2": "Wait"}
    assert told(items["Deactivate the feature"])["step_1"].startswith("Set ")
    assert items["FeatureState.licenseState"].category is Category.PARAMETER


def test_type_range_and_default_stand_on_the_line_below_the_name_of_a_class_page() -> None:
    text = (
        "# class NRHeron\n\n| Attributes | Attributes |\n| --- | --- |\n"
        "| heronTilt<br>int32 (-20..20) = 0 | Tilt.<br>Unit: 0.1 degrees |\n"
        "| heronOrder<br>HeronOrder = ROW_FIRST<br>restricted | Order. |\n"
        "| heronLabel<br>string<br>readOnly | Label. |\n"
    )
    items = found(text)
    tilt = told(items["NRHeron.heronTilt"])
    assert (tilt["type"], tilt["range"], tilt["default"], tilt["unit"]) == ("int32", "-20..20", "0", "0.1 degrees")
    order = told(items["NRHeron.heronOrder"])
    assert (order["type"], order["default"]) == ("HeronOrder", "ROW_FIRST")
    assert "default" not in items["NRHeron.heronLabel"].fields


@pytest.mark.parametrize(
    "said",
    [
        "Value Package: Wading Birds, FAJ 801 4090",
        "It is sold in the value package Wading Birds (FAJ 801 4090).",
        "Value Package Identity FAJ 801 4090",
    ],
)
def test_the_identity_of_a_value_package_is_told_in_any_sentence(said: str) -> None:
    outline = "# 2 Dependencies\n\nNone.\n\n# 3 Parameters\n"
    text = f"# Heron\n\n# 1 Overview\n\nThe feature Heron (FAJ 121 1234).\n\n{said}\n\n{outline}"
    assert told(found(text)["FAJ 121 1234"])["package_identity"] == "FAJ 801 4090"


def test_counters_of_a_formula_are_put_together_that_a_narrow_column_broke() -> None:
    text = (
        "# KPIs of NRCellCU\n\n| KPI | Numerator | Denominator |\n| --- | --- | --- |\n"
        "| Execution | pmHeronSuccOutInte<br>rGnb | pmHeronAttOutInterG<br>nb |\n"
        "| Preparation | pmHeronPrepSucc | pmHeronPrepAtt |\n\n| P |\n| --- |\n| NRCellDU.<br>heronMax |\n"
    )
    counters = {"pmHeronSuccOutInterGnb", "pmHeronAttOutInterGnb", "pmHeronPrepSucc", "pmHeronPrepAtt"}
    assert names(text, Category.COUNTER) == counters


def test_a_sentence_tells_the_class_of_the_table_below_it() -> None:
    table = "| Attribute | Range |\n| --- | --- |\n| heronTime | 0..5 |\n"
    said = "All attributes of the feature belong to the MO class EUtranCellFDD; EUtranCellTDD has none."
    assert names(f"FAJ 121 1234\n\n{said}\n\n{table}", Category.PARAMETER) == {"EUtranCellFDD.heronTime"}
    both = "The attributes are in EUtranCellFDD and EUtranCellTDD."
    assert names(f"FAJ 121 1234\n\n{both}\n\n{table}", Category.PARAMETER) == {"heronTime"}


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("HERON NOTE\nDoc: RAN-FN-0093        Issue: 3\n", "RAN-FN-0093"),
        ("# MOP\n\n| Field | Value |\n|---|---|\n| MOP number | MOP-RAN-2026-031 |\n", "MOP-RAN-2026-031"),
        ("METHOD OF PROCEDURE MOP-RAN-2291\n", "MOP-RAN-2291"),
        ("# Doctor: see TS-36\n\nDoc: later\n", ""),
    ],
)
def test_a_number_of_the_house_is_read_behind_its_label(text: str, number: str) -> None:
    assert imprint.house_number(text) == number


def test_the_number_of_a_reference_is_not_that_of_the_document() -> None:
    text = "# Heron\n\n[2] Egret, 77/221 04-LZA 701 6014/1 Uen\n\nHeron 91/221 04-LZA 701 6014/1 Uen Rev B\n"
    assert imprint.document_number(text) == "91/221 04-LZA 701 6014/1 Uen"
    assert imprint.document_number("109 47-CXP 902 4418/26 Uen Rev A\n") == "109 47-CXP 902 4418/26 Uen"
    assert imprint.document_number("call 555 47-ABC 902 4418 now") == ""


def test_labels_in_bold_without_colons_tell_of_the_attribute_above_them() -> None:
    text = (
        "# NRHeronGate\n\nThe MO class NRHeronGate, below NRCellDU.\n\n## Attributes\n\n### heronLimit\n\n"
        "**Type** Integer\n**Range** 1..1200\n**Default** 400\n**Takes effect** Immediately\n\nNumber of herons.\n\n"
        "## Counters\n\n### pmHeronClosed\n\n**Type** Integer, **Collection** ACC, **Unit** ms\n\nTime it was closed.\n"
    )
    items = found(text)
    said = told(items["NRHeronGate.heronLimit"])
    assert {key: said[key] for key in ("type", "range", "default", "takes_effect", "description")} == {
        "type": "Integer",
        "range": "1..1200",
        "default": "400",
        "takes_effect": "Immediately",
        "description": "Number of herons.",
    }
    assert told(items["NRHeronGate.pmHeronClosed"])["unit"] == "ms"


def test_what_moshell_describes_of_a_class_is_read_with_its_flags() -> None:
    text = (
        "ERBS> momd HeronGroup\n\n## MO Attribute Type Flags\n\n## HeronGroup HeronGroupId string readOnly\n\n"
        " The RDN.\n\n## HeronGroup heronRate long\n\n Its rate.\n Unit: kbps\n Range: 100 to 3000\n Default: 10\n\n"
        "## HeronGroup pmHeronLate sequence:long readOnly,pm,nonPersistent\n\n Late ones.\n\nNRCellDU\n"
    )
    items = found(text)
    assert {name: item.category for name, item in items.items()} == {
        "HeronGroup.HeronGroupId": Category.PARAMETER,
        "HeronGroup.heronRate": Category.PARAMETER,
        "HeronGroup.pmHeronLate": Category.COUNTER,
    }
    assert told(items["HeronGroup.heronRate"]) == {
        "mo": "HeronGroup",
        "type": "long",
        "description": "Its rate.",
        "unit": "kbps",
        "range": "100 to 3000",
        "default": "10",
    }


def test_features_by_the_number_of_a_vendor_stand_before_their_names_and_are_no_bands() -> None:
    text = (
        "# LTE9721: Heron Pool\n\nThe LTE9721: Heron Pool feature runs on LTE1800: a band.\n\n"
        "## 4.1 Interdependencies between features\n\n* LTE9310: Egret Amplifier\n\n"
        "## 6. Activating LTE9721: Heron Pool\n\n1. Set it to true.\n"
    )
    assert names(text, Category.FEATURE) == {"LTE9721"}
    assert names(text, Category.RELATED_FEATURE) == {"LTE9310"}
    assert names(text, Category.PROCEDURE) == {"Activating LTE9721: Heron Pool"}
    table = "| Feature ID | Feature Name |\n|---|---|\n| FOFD-091207 | Heron Relief |\n"
    assert names(f"# Heron in 5G\n\n{table}", Category.FEATURE) == {"FOFD-091207"}


def test_a_column_of_values_is_read_by_its_labels() -> None:
    text = (
        "FAJ 121 1234\n\n## Parameters\n\n| Attribute | Introduced or Affected | Value | Description |\n"
        "|---|---|---|---|\n"
        "| NRHeron.share | Introduced | Range: 0 to 1000<br>Default: 10<br>Unit: per mille | How many |\n"
    )
    said = told(found(text)["NRHeron.share"])
    assert said["relation"] == "Introduced"
    assert said["description"] == "How many"
    assert (said["range"], said["default"], said["unit"]) == ("0 to 1000", "10", "per mille")


def test_commands_below_a_title_that_is_no_heading_are_a_procedure() -> None:
    text = (
        "# Heron\n\n## Using MML Commands\n\nActivation Command Examples\n\n```\n//Turn on\n"
        "MOD NRDUCELLHERON: NrDuCellId=0, HeronSw=ON;\n```\n\nSome words on activation follow\n\n```\nls\n```\n"
        "FOFD-091207\n"
    )
    assert names(text, Category.PROCEDURE) == {"Activation Command Examples"}


@pytest.mark.parametrize(
    ("said", "names_of"),
    [
        ("heronTimer was raised from 80 to 160 ms, egretTimer stayed at 10.", {"heronTimer", "egretTimer"}),
        ("heronTimer set to 320, egretTimer to 10.", {"heronTimer", "egretTimer"}),
        ("`heronMode` has been changed to SLOW and egretFlag to true.", {"heronMode", "egretFlag"}),
        ("NRCellDU.heronTimer = 1 s\nand egretTimer = 3.", {"NRCellDU.heronTimer", "NRCellDU.egretTimer"}),
        ("TermPointToGNB=4 has operationalState DISABLED.", {"TermPointToGNB.operationalState"}),
        ("cellHeronOffset of the 14 NRCellRelation is set to -2 dB.", {"NRCellRelation.cellHeronOffset"}),
        ("rsrpAvg = -87 dBm, testRunId = 4, the meeting was moved to 15.", set()),
        ("The timer was set to 5, pmHeronAtt fell to 3, a level stayed at 7.", set()),
    ],
)
def test_what_a_sentence_sets_is_a_parameter(said: str, names_of: set[str]) -> None:
    assert names(f"Minutes on FAJ 121 1234.\n\n{said}\n", Category.PARAMETER) == names_of


def test_the_members_of_a_struct_are_read_where_it_is_the_type_of_an_attribute() -> None:
    page = (
        "# struct HeronRule\n\n{used}\n\n## Members\n\n| Name | Type | Range | Default |\n| --- | --- | --- | --- |\n"
        "| heronRate | int32 | 64..1000 | 200 |\n"
    )
    items = found(page.format(used="Used by: attribute HeronPool.heronRules"))
    assert told(items["HeronRule.heronRate"])["range"] == "64..1000"
    assert found(page.format(used="Declared in heron.h.")) == {}


def test_a_feature_document_in_french_is_read_as_one_in_english() -> None:
    text = (
        "# Fonction Partage\n\nIdentité : FAJ 121 5777\n\n## Dépendances\n\n| Fonction | Identité | Relation |\n"
        "|---|---|---|\n| Agrégation | FAJ 121 5701 | Prérequis |\n\n## Compteurs\n\n- pmPartageDonne\n\n"
        "## Activation de la fonction\n\n1. Mettre featureState à ACTIVATED dans FeatureState=CXC4012777.\n\n"
        "## Désactivation de la fonction\n\n1. Mettre featureState à DEACTIVATED.\n"
    )
    assert names(text, Category.FEATURE) == {"FAJ 121 5777"}
    assert names(text, Category.RELATED_FEATURE) == {"FAJ 121 5701"}
    assert names(text, Category.PARAMETER) == {"FeatureState.featureState"}
    assert names(text, Category.COUNTER) == {"pmPartageDonne"}
    assert names(text, Category.PROCEDURE) == {"Activation de la fonction", "Désactivation de la fonction"}


def test_keys_below_params_are_attributes_of_the_class_beside_it() -> None:
    text = "```yaml\nsite:\n  - mo: NRCellDU\n    params:\n      heronRank: 4\n      heronTime: 40\n```\n"
    assert names(text, Category.PARAMETER) == {"NRCellDU.heronRank", "NRCellDU.heronTime"}


def test_the_card_below_a_counter_that_is_a_heading_tells_its_class_and_more() -> None:
    text = "# Counter reference\n\n## pmHeronLate\n\nMO class: NRCellRelation\nType: PEG\nDescription: Late ones.\n"
    item = found(text)["NRCellRelation.pmHeronLate"]
    assert (told(item)["type"], told(item)["description"]) == ("PEG", "Late ones.")


def test_the_items_of_a_list_of_features_begin_with_features_and_name_others() -> None:
    text = (
        "# Features to buy in 2027\n\n- Coverage\n  - Heron Lift [FAJ 121 5801] – CXC4012801\n"
        "  - Egret Boost [FAJ 121 5802] – requires Heron Lift [FAJ 121 5801]\n"
        "- Stork Rest (FAJ 121 5803), replaces Crane Sleep (FAJ 121 5291)\n"
    )
    assert names(text, Category.FEATURE) == {"FAJ 121 5801", "FAJ 121 5802", "FAJ 121 5803"}
    assert names(text, Category.RELATED_FEATURE) == {"FAJ 121 5291"}


def test_a_value_that_a_qualified_name_is_put_to_proves_its_class() -> None:
    text = "NRCellDU is fine. We put HeronProfile.wakeLevel to 50, moved Fig.two to 3 and sent Mail.app to ALL.\n"
    assert names(text, Category.PARAMETER) == {"HeronProfile.wakeLevel"}


def test_parameters_and_counters_of_other_vendors_are_read_without_a_feature() -> None:
    text = (
        "# LNCEL parameters\n\n| Abbreviated name | Managed object | Range and step | Default |\n|---|---|---|---|\n"
        "| heronMax | LNCEL | 1...50, step 1 | 10 |\n\nM8001C223 rises on M60C2x.\n"
    )
    assert told(found(text)["LNCEL.heronMax"]) == {"mo": "LNCEL", "range": "1...50, step 1", "default": "10"}
    assert names(text, Category.COUNTER) == {"M8001C223"}
    assert found("# Cast\n\nHeron sings M8001C223.\n") == {}


def test_the_remedy_of_an_alarm_is_no_activation() -> None:
    text = (
        "# Heron Missing, 12/1543-LZA 701 6017/1 Uen\n\nThe alarm is issued when the key is missing.\n\n"
        "## 2 Procedure\n\n1. Install the key.\n2. Set featureState of FeatureState=CXC4011234 to DEACTIVATED.\n"
    )
    assert names(text, Category.PROCEDURE) == set()


def test_a_line_defines_a_name_whose_class_stands_in_brackets_behind_it_wherever_it_is() -> None:
    text = (
        "# Heron (FAJ 121 1234)\n\nParameters:\n\nheronDelay (NRCellDU): delay, 1 to 600 s, default 30 s.\n"
        "heronMode (Introduced): how deep.\n"
    )
    items = found(text)
    said = told(items["NRCellDU.heronDelay"])
    assert (said["range"], said["default"], said["unit"]) == ("1 to 600", "30", "s")
    assert names(text, Category.PARAMETER) == {"NRCellDU.heronDelay"}


def printed(markdown: str) -> set[str]:
    """The names of a page on which a `<br>` is where the printer broke a line."""
    return {item.name for item in merge(find(Page(markdown, wrapped=True)).items)}


def test_bare_names_are_whole_again_that_a_narrow_column_of_a_print_broke() -> None:
    table = (
        "| MO class | Attribute | Type |\n| --- | --- | --- |\n"
        "| EUtranCell<br>FDD | heronGuardE<br>ntrySinr | int32 |\n| GNBDUFunction<br>NRCellDU | ibisTime | int32 |\n"
        "| QciProfileP<br>redefined | egretEnable<br>d | boolean |\n| NRCellDU | storkTime | int32 |\n"
        "| McpcPCellPr<br>ofileUe<br>Cfg | craneSearch<br>TiMe | int32 |\n"
    )
    assert printed(table) == {
        "EUtranCellFDD.heronGuardEntrySinr",
        "QciProfilePredefined.egretEnabled",
        "NRCellDU.storkTime",
        "NRCellDU.ibisTime",
        "GNBDUFunction.ibisTime",
        "McpcPCellProfileUeCfg.craneSearchTiMe",
    }


def test_names_that_a_print_lists_below_each_other_stay_apart() -> None:
    table = (
        "| MO class | Attribute |\n| --- | --- |\n| NRCellDU | heronTime<br>egretThresholdHigh |\n"
        "| NRCellCU | storkTime<br>craneDelay |\n"
    )
    assert printed(table) == {
        "NRCellDU.heronTime",
        "NRCellDU.egretThresholdHigh",
        "NRCellCU.storkTime",
        "NRCellCU.craneDelay",
    }


def test_a_table_whose_heads_stayed_on_the_page_before_loses_no_row() -> None:
    table = "| NRCellDU | pmHeronStart | Started |\n| --- | --- | --- |\n| NRCellCU | pmHeronStop | Stopped |\n"
    assert printed(f"# Counters\n\nMO class Counter Description\n\n{table}") == {
        "NRCellDU.pmHeronStart",
        "NRCellCU.pmHeronStop",
    }


def test_a_column_that_broke_some_names_for_sure_broke_the_others_too() -> None:
    table = (
        "| MO | Parameter | Recommended |\n| --- | --- | --- |\n| NRCellDU | heronTran<br>sMax | N10 |\n"
        "| NRCellDU | egretSear<br>chTime | 2 |\n| NRCellDU | ibisTimeo<br>ut | 4 |\n"
    )
    assert printed(table) == {"NRCellDU.heronTransMax", "NRCellDU.egretSearchTime", "NRCellDU.ibisTimeout"}
