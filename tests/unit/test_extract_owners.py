"""Whose a name is: what tells the class of a name that is printed without it."""

from __future__ import annotations

from random import Random

import pytest

from randaemon.model import Category, Clean, Item, Span
from randaemon.stages.extract import extract
from randaemon.stages.extract.merge import merge
from randaemon.stages.extract.page import Page
from randaemon.stages.extract.rules import RULES, find


def found(markdown: str, category: Category = Category.PARAMETER) -> list[str]:
    return [item.name for item in extract(Clean(markdown=markdown)).of(category)]


TABLE = "| Name | Factory | Remark |\n|---|---|---|\n| tddFrameOffset | 0 | |\n| n310 | 1 | |\n"
WANTED = ["EUtranCellTDD.tddFrameOffset", "EUtranCellTDD.n310"]


@pytest.mark.parametrize(
    "heading",
    ["EUtranCellTDD", "MO EUtranCellTDD", "EUtranCellTDD parameters", "Attributes of EUtranCellTDD (cell level)"],
)
def test_a_heading_names_the_class_of_the_table_below(heading: str) -> None:
    assert found(f"# Reference values\n\n## {heading}\n\n{TABLE}") == WANTED


def test_sections_with_the_same_table_beside_that_of_a_class_are_of_classes_too() -> None:
    head = "| Attribute | Factory | Use |\n|---|---|---|\n"
    other = "| Attribute | Seen |\n|---|---|\n"
    text = (
        f"# Settings\n\n## EthernetPort\n\n{head}| portSpeed | 10 | |\n\n## Router\n\n{head}| hopLimit | 64 | |\n\n"
        f"## HeronProbe\n\n{head}| probeSize | 8 | |\n\n## Elsewhere\n\n{head}| portName | - | |\n\n"
        f"## HeronSite\n\n{other}| siteName | - |\n"
    )
    assert found(text) == ["EthernetPort.portSpeed", "Router.hopLimit", "HeronProbe.probeSize"]


@pytest.mark.parametrize(
    "line",
    [
        "The following attributes are new in class EUtranCellTDD:",
        "Table 3 Attributes of EUtranCellTDD",
        "The EUtranCellTDD MO has these:",
    ],
)
def test_a_line_names_the_class_of_the_table_below(line: str) -> None:
    assert found(f"# Parameters\n\n{line}\n\n{TABLE}") == WANTED


LIST = "- fooTimer: a timer\n- barLevel: a level\n"
OWNED = ["EUtranCellTDD.fooTimer", "EUtranCellTDD.barLevel"]
ABOVE = [
    "The following parameters belong to `EUtranCellTDD`.",
    "All parameters below belong to the EUtranCellTDD MO.",
    "These attributes are found in MO class EUtranCellTDD.",
]
BELOW = [
    "All of these attributes are in MO class `EUtranCellTDD`.",
    "The parameters above are part of EUtranCellTDD.",
    "The attributes are defined in the class EUtranCellTDD.",
]


@pytest.mark.parametrize("line", ABOVE)
def test_a_sentence_tells_the_class_of_the_list_or_table_below(line: str) -> None:
    assert found(f"# Parameters of FAJ 121 4001\n\n{line}\n\n{LIST}") == OWNED
    assert found(f"# Parameters of FAJ 121 4001\n\n{line}\n\n{TABLE}") == WANTED


@pytest.mark.parametrize("line", BELOW)
def test_a_sentence_tells_the_class_of_the_list_or_table_above(line: str) -> None:
    assert found(f"# Parameters of FAJ 121 4001\n\n{LIST}\n{line}\n") == OWNED
    assert found(f"# Parameters of FAJ 121 4001\n\n{TABLE}\n{line}\n") == WANTED


@pytest.mark.parametrize(
    "line",
    [
        "These attributes are in MO class EUtranCellTDD.",  # between two lists: of which?
        "All attributes above are in MO class EUtranCellTDD, except fooTimer.",
        "All attributes above are in MO class EUtranCellTDD or in MO class NRCellDU.",
        "The parameters are explained elsewhere, also EUtranCellTDD.",
    ],
)
def test_a_sentence_that_may_mean_other_lists_or_excepts_names_tells_no_class(line: str) -> None:
    other = "- heronShare: a share\n"
    told = found(f"# Parameters of FAJ 121 4001\n\n{LIST}\n{line}\n\n{other}")
    assert not {"EUtranCellTDD.barLevel", "EUtranCellTDD.heronShare"} & set(told)
    assert "heronShare" in told


def test_a_sentence_between_two_lists_is_of_the_one_that_it_says() -> None:
    other = "- heronShare: a share\n"
    above, below = (f"The parameters {side} belong to EUtranCellTDD." for side in ("above", "below"))
    head = f"# Parameters of FAJ 121 4001\n\n{LIST}\n"
    assert found(f"{head}{above}\n\n{other}") == [*OWNED, "heronShare"]
    assert found(f"{head}{below}\n\n{other}") == ["fooTimer", "barLevel", "EUtranCellTDD.heronShare"]


@pytest.mark.parametrize(
    "text",
    [
        "Set a3offset (class ReportConfigA3) to 3.",
        "Read `a3offset` in class `ReportConfigA3` first.",
        "Read `a3offset` of the *ReportConfigA3* first.",
    ],
)
def test_a_number_stands_for_a_hump_where_the_class_is_told(text: str) -> None:
    assert found(f"# FAJ 121 4001\n\n{text}\n") == ["ReportConfigA3.a3offset"]


def test_a_class_in_brackets_behind_a_qualified_name_proves_it() -> None:
    told = "Group.a3offset (class ReportConfigA3), Stream.a3offset (class StreamReader)"
    assert found(f"# FAJ 121 4001\n\nIt looks at {told}.\n") == ["Group.a3offset"]


@pytest.mark.parametrize("word", ["n78", "md5sum", "value", "b1"])
def test_other_words_in_a_class_are_no_attributes(word: str) -> None:
    assert found(f"# FAJ 121 4001\n\nThe {word} in class NRCellDU is {word} of NRCellDU.\n") == []


def test_a_class_may_be_that_of_a_node() -> None:
    assert found("# FAJ 121 4001\n\nThe `fooRange` in the gNodeB's `NRCellDU` must fit.\n") == ["NRCellDU.fooRange"]
    text = "# FAJ 121 4001\n\nThe counter pmFooAtt of the eNB's `NbIotCell` steps.\n"
    assert found(text, Category.COUNTER) == ["NbIotCell.pmFooAtt"]


def test_a_line_that_names_two_classes_names_none() -> None:
    line = "These are new, in class NRCellDU and in class NRCellCU:"
    assert found(f"# Parameters\n\n{line}\n\n{TABLE}") == ["tddFrameOffset", "n310"]


def test_a_class_of_a_program_owns_no_parameters() -> None:
    assert found(f"# Parameters\n\nThe following options are new in class HttpClient:\n\n{TABLE}") == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("the attributes offset and hysteresis of the MO class HeronReport", ["offset", "hysteresis"]),
        (
            "the attributes `offset`, `hysteresis` and timeToWait in the HeronReport MO",
            ["offset", "hysteresis", "timeToWait"],
        ),
        ("the attribute `offset` of the MO class HeronReport", ["offset"]),
        ("the attributes listed and described in the MO class HeronReport", []),
        ("the attribute values and ranges of the MO class HeronReport", []),
        ("the attributes and counters of the HeronReport MO", []),
    ],
)
def test_ordinary_words_are_attributes_where_a_sentence_says_so_and_tells_their_class(
    text: str, wanted: list[str]
) -> None:
    assert sorted(found(f"In NRCellDU, see {text}.")) == sorted(f"HeronReport.{name}" for name in wanted)


def test_the_word_before_the_names_says_that_all_are_counters() -> None:
    text = "It is an NRCellDU. Read the counters `delayMean`, `delayMost` and `lostSome` of the HeronProbe MO class."
    assert found(text, Category.COUNTER) == ["HeronProbe.delayMean", "HeronProbe.delayMost", "HeronProbe.lostSome"]
    assert found(text) == []


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("The pmHoPrepAtt goes up on the NRCellCU but pmHoPrepSucc does not.", ["pmHoPrepAtt", "pmHoPrepSucc"]),
        ("Counters on NRCellCU: `pmHoPrepAtt`, `pmHoPrepSucc`.", ["pmHoPrepAtt", "pmHoPrepSucc"]),
        ("Both pmHoPrepAtt and pmHoPrepSucc of the NRCellCU must step.", ["pmHoPrepAtt", "pmHoPrepSucc"]),
    ],
)
def test_a_sentence_names_the_class_of_its_counters(sentence: str, wanted: list[str]) -> None:
    assert found(sentence, Category.COUNTER) == [f"NRCellCU.{name}" for name in wanted]


@pytest.mark.parametrize(
    "sentence",
    [
        "The pmHoPrepAtt of NRCellCU is not the one of NRCellDU.",
        "When pmHoPrepAtt rises, look at the NRCellRelation.",
        "Read pmHoPrepAtt. It stands in NRCellCU.",
    ],
)
def test_a_counter_stays_without_a_class_that_is_not_told_as_its_own(sentence: str) -> None:
    assert [name.rpartition(".")[2] for name in found(sentence, Category.COUNTER)] == ["pmHoPrepAtt"]
    assert not any(name.startswith(("NRCellDU", "NRCellRelation")) for name in found(sentence, Category.COUNTER))


@pytest.mark.parametrize(
    "sentence",
    [
        "Now noOfTxAntennas (NRSectorCarrier) is 32.",
        "The noOfTxAntennas on each NRSectorCarrier is 32.",
        "AP1: noOfTxAntennas set to 32 on the two new carriers (NRSectorCarrier).",
        "Set noOfTxAntennas to 32 on the NRSectorCarrier.",
        "In class NRSectorCarrier the attribute `noOfTxAntennas` is new.",
        "In the NRSectorCarrier MO, set noOfTxAntennas to 32.",
        "Attributes of NRSectorCarrier: noOfTxAntennas.",
        "Yesterday noOfTxAntennas was changed to 32 in all NRSectorCarrier MOs.",
    ],
)
def test_a_sentence_names_the_class_of_its_attribute(sentence: str) -> None:
    assert found(sentence) == ["NRSectorCarrier.noOfTxAntennas"]


@pytest.mark.parametrize(
    "sentence",
    [
        "The eNodeB on the NRSectorCarrier and the reconfigurationWithSync are no attributes of NRCellDU here.",
        "The getValue in class CmReader (see NRCellDU) is code.",
    ],
)
def test_words_of_prose_and_of_programs_are_no_attributes(sentence: str) -> None:
    assert found(sentence) == []


def test_columns_of_qualified_names_prove_themselves() -> None:
    table = "| DU node | Baseband | Remark |\n|---|---|---|\n| OldThing.ipAddress | AddressIPv4.address | x |\n"
    markdown = f"# Renamed\n\n{table}| EUtranCellFDD.oldPower | HarbourCarrier.newPower | Foo.bar |\n"
    assert found(markdown) == [
        "OldThing.ipAddress", "AddressIPv4.address", "EUtranCellFDD.oldPower", "HarbourCarrier.newPower",
    ]  # fmt: skip


def test_under_counters_such_columns_hold_counters() -> None:
    table = "| Old | New |\n|---|---|\n| EthernetLink.pmIfIn | EthernetPort.ifInUcastPkts |\n"
    markdown = f"# Counters\n\n{table}| LagPort.pmIfOut | LagPort.ifOutUcastPkts |\n\nNRCellDU=1\n"
    assert found(markdown) == []
    assert len(found(markdown, Category.COUNTER)) == 4


def test_a_catalogue_names_the_class_above_what_it_lists() -> None:
    markdown = (
        '```json\n{"moClass": "NRCellCU", "attributes": [{"name": "flexTimer", "unit": "ms"}],\n'
        ' "pmCounters": [{"name": "pmFlexSteam"}]}\n```\n'
    )
    assert found(markdown) == ["NRCellCU.flexTimer"]
    assert found(markdown, Category.COUNTER) == ["NRCellCU.pmFlexSteam"]


@pytest.mark.parametrize("head", ["NRCellDU", "NRCellDU:", "[NRCellDU]"])
@pytest.mark.parametrize(
    "rows", ["    qRxLevMin  -124  dBm, best\n    n310  5", "qRxLevMin=AUTO\nn310 = 5\n\nisBarred: true"]
)
def test_a_line_that_is_a_class_owns_the_lines_of_names_and_values_below(head: str, rows: str) -> None:
    wanted = {"NRCellDU.qRxLevMin", "NRCellDU.n310"} | ({"NRCellDU.isBarred"} if "isBarred" in rows else set())
    assert set(found(f"# Defaults\n\n{head}\n{rows}\n\nEUtranCellFDD\nis a class.\n")) == wanted


def test_prose_below_a_class_is_no_block_of_settings() -> None:
    assert found("# Cells\n\nNRCellDU\nthe 3 cells\n\nNRCellCU\nqRxLevMin 5 dBm\nand more of the text\n") == []


def test_what_belongs_to_something_or_sits_on_it_has_its_class() -> None:
    text = (
        "# FAJ 121 4219\n\n`legThr` (default 12800) and `legHyst` sit on *LegProfile*; `legPick` on the same MO.\n"
        "`legSwitch` belongs to *ENodeBFunction*. The answer belongs to *LegPeople*.\n"
    )
    wanted = ["LegProfile.legThr", "LegProfile.legHyst", "LegProfile.legPick", "ENodeBFunction.legSwitch"]
    assert found(text) == wanted


def test_columns_of_classes_and_of_names_prove_each_other() -> None:
    indicators = (
        "| Measured on | Indicator | Kind | Since |\n|---|---|---|---|\n| NRCellDU | pmMacPdcchBlk | PEG | a |\n"
        "| LegPort | ifInCrc | ACC | b |\n| NRCellCU | pmRrcReest | PEG | c |\n"
    )
    assert found(indicators, Category.COUNTER) == ["NRCellDU.pmMacPdcchBlk", "LegPort.ifInCrc", "NRCellCU.pmRrcReest"]
    settings = "| Where | What | Now |\n|---|---|---|\n| NRCellDU | cellRange | 5 |\n| NRCellDU | pZeroPusch | 6 |\n"
    assert found(settings) == ["NRCellDU.cellRange", "NRCellDU.pZeroPusch"]


@pytest.mark.parametrize(
    "rows",
    [
        "| NRCellDU | cellRange | lowLoad |\n| NRCellCU | pZeroPusch | highLoad |\n",  # which of the two?
        "| NRCellDU | cellRange | 5 |\n| the others | pZeroPusch | 6 |\n",
        "| HttpClient | cellRange | 5 |\n| DataTable | pZeroPusch | 6 |\n",
        "| NRCellDU | cellRange | 5 |\n| NRCellCU | cellRange | 6 |\n",
    ],
)
def test_columns_that_could_be_anything_prove_nothing(rows: str) -> None:
    assert found(f"| Where | What | Now |\n|---|---|---|\n{rows}\nNRCellDU is a class.\n") == []


def test_a_class_that_a_table_proves_is_believed_in_prose_whichever_rule_runs_first() -> None:
    page = Page(
        "FAJ 121 1234\n\n| Parameter | Type |\n|---|---|\n| CUUP5qi.qfsMax | Introduced |\n\n"
        "It is larger than the value of the attribute qfsDiff of the CUUP5qi MO, as ever.\n"
    )
    orders = [RULES, RULES[::-1], *(sample(RULES, len(RULES)) for sample in (Random(seed).sample for seed in range(6)))]
    told = [{item.name for item in find(page, (), order).items} for order in orders]
    assert "CUUP5qi.qfsDiff" in told[0]
    assert all(each == told[0] for each in told)


def test_what_one_rule_found_twice_in_one_place_is_the_same_item_in_any_order() -> None:
    span = Span(0, 4, "pMax")
    twice = [Item(Category.PARAMETER, "pMax", span, (heading,), "rule", "mention", 0.6) for heading in ("A", "B")]
    assert merge(twice) == merge(twice[::-1])
