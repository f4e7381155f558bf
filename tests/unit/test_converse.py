"""Conversations say what the text says, in every wording, with evidence for every word of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import msgspec
import pytest
from tests.knowledge import Known, document

from randaemon import quality
from randaemon.model import Category, Clean, Conversation, Done, Extraction, Item, Span, Stage, Task
from randaemon.quality.text import commands, plain
from randaemon.ran import cmedit
from randaemon.stages import converse
from randaemon.stages.converse.sentences import describe, inline
from randaemon.stages.converse.steps import step_command
from randaemon.stages.converse.values import enumerated
from randaemon.stages.converse.wording import THEMES, load

KNOWN = document(0)


ITEMS = ("fact", "dependency", "command_read", "command_write", "procedure")
PHRASES = load()


def everything(known: Known = KNOWN, mode: str = "hybrid") -> list[Conversation]:
    found = converse.facts(known.markdown, known.extraction, mode)
    return [each for fact in found for each in converse.converse(fact, mode=mode)]


def conversations(known: Known = KNOWN) -> list[Conversation]:
    """Those about one thing: the kinds beyond them have tests of their own."""
    return [each for each in everything(known) if each.kind in ITEMS]


def said(entity: str, attribute: str, known: Known = KNOWN) -> list[tuple[str, str]]:
    return [
        (each.messages[0].content, each.messages[1].content)
        for each in conversations(known)
        if each.entity == entity and each.attribute.partition(":")[0] == attribute
    ]


def one_item(category: Category, name: str, text: str, **fields: str) -> Known:
    """A document of one item: its printed name, then each field on a line of its own."""
    markdown = f"{text}\n"
    spans = {}
    for key, value in fields.items():
        spans[key] = Span(len(markdown), len(markdown) + len(value), value)
        markdown += f"{value}\n"
    item = Item(category, name, Span(0, len(text), text), fields=spans)
    return Known("0" * 64, Clean(markdown), Extraction((item,)))


def test_every_set_of_an_item_has_four_wordings_and_no_two_ask_the_same() -> None:
    found = {asked: each.questions for asked, each in PHRASES.wordings.items() if asked[0] in THEMES.values()}
    assert all(len(questions) >= 4 for questions in found.values())
    slots = {"name": "N", "value": "V", "host": "H", "sort": "counter type"}
    asked = [(theme, text) for theme, name in found for text in PHRASES.questions((theme, name), slots)]
    assert [pair for pair, count in Counter(asked).items() if count > 1] == []


def test_every_wording_of_the_set_is_made_for_every_fact() -> None:
    made = defaultdict(list)
    for each in conversations():
        made[each.category, each.entity, each.attribute].append(each.phrasing)
    for (category, _, attribute), phrasings in made.items():
        wordings = PHRASES.wordings[THEMES[category], attribute.partition(":")[0]].questions
        assert phrasings == list(range(len(wordings)))


def test_every_evidence_span_is_an_exact_slice_of_the_markdown() -> None:
    for each in conversations():
        assert each.evidence
        for span in each.evidence:
            assert KNOWN.markdown[span.start : span.end] == span.text


def test_every_expected_value_stands_in_the_answer() -> None:
    for each in conversations():
        assert each.expected
        for value in each.expected.values():
            assert value in plain(each.messages[1].content) or value in commands(each.messages[1].content)


def test_simple_facts_are_short() -> None:
    for each in conversations():
        assert len(each.messages[0].content) <= 90
        assert each.kind == "procedure" or len(each.messages[1].content) <= 160


def test_default_and_range_are_given_with_identifier_value_and_unit() -> None:
    timer = "EUtranCellFDD.beamSweepTimer"
    assert said(timer, "default")[0] == (
        f"What is the default value of {timer}?",
        f"The default value of {timer} is 400 ms.",
    )
    assert said(timer, "range")[0][1] == f"The range of {timer} is 10..9900 ms."
    assert said("EUtranCellFDD.beamSweepEnabled", "default")[0][1].endswith("is false.")


@pytest.mark.parametrize(
    ("ranged", "default", "told"),
    [
        ("0..100", "20", "20 ms"),
        ("0..100", "-1", "-1"),
        ("0..100, -1", "-1", "-1 ms"),
        ("as the cell allows", "-1", "-1 ms"),
    ],
)
def test_a_default_outside_its_range_stands_for_something_else_and_has_no_unit(
    ranged: str, default: str, told: str
) -> None:
    known = one_item(Category.PARAMETER, "A1Cell.wait", "A1Cell.wait", default=default, range=ranged, unit="ms")
    assert {answer for _, answer in said("A1Cell.wait", "default", known)} == {
        f"The default value of A1Cell.wait is {told}."
    }


def test_a_unit_that_the_value_holds_is_not_said_twice() -> None:
    known = one_item(Category.PARAMETER, "A1Cell.pMax", "A1Cell.pMax", default="23 dBm", unit="dBm")
    assert said("A1Cell.pMax", "default", known)[0][1] == "The default value of A1Cell.pMax is 23 dBm."


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("The time that it waits. Then it acts.", "The parameter A1Cell.pMax is the time that it waits."),
        ("Specifies the limit.", "The parameter A1Cell.pMax specifies the limit."),
        ("Whether it is on", "The parameter A1Cell.pMax tells whether it is on."),
        ("Maximum power of the cell", "The parameter A1Cell.pMax is the maximum power of the cell."),
        ("This parameter limits the power.", "The parameter A1Cell.pMax limits the power."),
        ("The A1Cell.pMax parameter limits the power.", "The parameter A1Cell.pMax limits the power."),
        ("If set, it is on.", "The parameter A1Cell.pMax is described as “If set, it is on”."),
    ],
)
def test_a_description_becomes_a_sentence_about_the_item(text: str, answer: str) -> None:
    known = one_item(Category.PARAMETER, "A1Cell.pMax", "A1Cell.pMax", description=text)
    assert said("A1Cell.pMax", "description", known)[0][1] == answer


@pytest.mark.parametrize(
    ("noun", "text", "rest"),
    [
        ("counter", "Muted slots", "counts muted slots"),
        ("counter", "Octets that came in", "counts octets that came in"),
        ("counter", "Grants not sent", "counts grants not sent"),
        ("counter", "Attempts to connect", "counts attempts to connect"),
        ("counter", "UEs with restraint", "counts UEs with restraint"),
        ("counter", "Records dropped at the tail", "counts records dropped at the tail"),
        ("counter", "Number of holds started", "is the number of holds started"),
        ("counter", "Number of times a UE was moved up", "is the number of times a UE was moved up"),
        ("counter", "99th percentile", "is the 99th percentile"),
        ("counter", "Average delay", "is the average delay"),
        ("parameter", "Interval between grants", "is the interval between grants"),
        ("parameter", "Read as the lower limit", "is read as the lower limit"),
        ("parameter", "Overridden for the visitors", "is overridden for the visitors"),
        ("parameter", "Lowest priority that may be steered", "is the lowest priority that may be steered"),
        ("parameter", "Beams of the cell", "specifies the beams of the cell"),
        ("parameter", "Keeps the cell awake", "keeps the cell awake"),
        ("parameter", "Not a counter, despite its name", "is not a counter, despite its name"),
        ("parameter", "Used when the cell sleeps", "is used when the cell sleeps"),
        ("parameter", "True if the cell is on", "is true if the cell is on"),
        ("parameter", "May be replanned", "may be replanned"),
        ("parameter", "Enable beam steering", "is used to enable beam steering"),
        ("parameter", "Where files are kept", "tells where files are kept"),
        ("parameter", "What the partition does", "tells what the partition does"),
        ("parameter", "Speed above which a beam is let go", "is the speed above which a beam is let go"),
        ("parameter", "First A2 threshold", "is the first A2 threshold"),
        ("parameter", "The time a UE is held on the layer", "is the time a UE is held on the layer"),
        ("parameter", "PRB usage in the cell", "is the PRB usage in the cell"),
        ("event", "A boost was granted", "reports that a boost was granted"),
        ("event", "A return ended, with its cause", "reports that a return ended, with its cause"),
        ("event", "The layer the UE was moved to", "reports the layer the UE was moved to"),
        ("event", "Measurement of a UE", "reports the measurement of a UE"),
        ("event", "NGAP message", "is an NGAP message"),
        ("event", "Power per branch", "reports the power per branch"),
        ("event", "The periodic report of load", "is the periodic report of load"),
        ("event", "Report of the load", "is the report of the load"),
        ("event", "Reports that a cell went to sleep", "reports that a cell went to sleep"),
        ("feature", "Mutes unused slots", "mutes unused slots"),
        ("feature", "The function mutes slots", "mutes slots"),
        ("feature", "X (FAJ 121 0001) mutes slots", "mutes slots"),
        ("feature", "The feature X (FAJ 121 0001) mutes slots", "mutes slots"),
    ],
)
def test_what_a_description_lacks_to_be_a_sentence_is_put_before_it(noun: str, text: str, rest: str) -> None:
    answer, core = describe(noun, "X", text)
    assert answer == f"The {noun} X {rest}."
    assert answer.endswith(f"{core}.")


@pytest.mark.parametrize(
    ("noun", "text"),
    [
        ("parameter", "A longer period leaves more symbols empty"),
        ("parameter", "Flows in UM mode are steered at once"),
        ("parameter", "If true, the cell is barred"),
        ("parameter", "Value 0 means off"),
        ("parameter", "Key attribute. readOnly"),
        ("parameter", "A short timer leads to less cases"),
        ("parameter", "The timer starts when a rung is left"),
        ("parameter", "The cell lends below this load"),
        ("parameter", "Gating lowers the number in use"),
        ("parameter", "Never on the border"),
        ("parameter", "Gewicht der Frequenz"),
        ("parameter", "The gate opens when the load is low"),
        ("counter", "The timer ran out"),
        ("parameter", "UEs below stay on their carrier"),
        ("counter", "guardTimer expires"),
        ("event", "Silence begins"),
        ("feature", "The speed of a UE is estimated from Doppler shifts"),
        ("feature", "This guide describes how cells sleep"),
        ("feature", "Cells sleep at night"),
        ("feature", "The scheduler gives unasked grants to UEs"),
        ("feature", "Reports of slow UEs are left out"),
    ],
)
def test_what_has_a_subject_of_its_own_is_quoted(noun: str, text: str) -> None:
    assert describe(noun, "X", text)[0] == f"The {noun} X is described as “{text}”."


@pytest.mark.parametrize("nothing", ["-", "N/A", "Not applicable.", "…", "x" * 700])
def test_a_field_that_says_nothing_or_far_too_much_is_not_asked_about(nothing: str) -> None:
    known = one_item(Category.PARAMETER, "A1Cell.pMax", "A1Cell.pMax", default=nothing)
    assert said("A1Cell.pMax", "default", known) == []


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("0..100 255", "0..100, 255"),
        ("OFF_NOW ON", "OFF_NOW ON"),
        ("1 000", "1 000"),
        ("1 000 000", "1 000 000"),
        ("0..5 dB", "0..5 dB"),
        ("40 80 640", "40, 80, 640"),
        ('OFF (0) "BOTH" (2)', 'OFF (0), "BOTH" (2)'),
        ("[OFF, SAME_CELL]", "OFF, SAME_CELL"),
    ],
)
def test_values_of_several_lines_are_told_as_a_list(value: str, told: str) -> None:
    assert enumerated(value) == told


@pytest.mark.parametrize(
    ("told", "unit", "answer"),
    [
        ("-10..10", "0.1 dB", "The range of A1Cell.pMax is -10..10 (in units of 0.1 dB)."),
        ("-130..-60", "1 dBm", "The range of A1Cell.pMax is -130..-60 dBm."),
        ("1..6", "1", "The range of A1Cell.pMax is 1..6."),
        ("0..5000, step 100", "ms", "The range of A1Cell.pMax is 0..5000, step 100 ms."),
        ("0...60 dBm, step 0.1 dBm", "", "The range of A1Cell.pMax is 0...60 dBm, step 0.1 dBm."),
        ("-50..50 (0.1 deg)", "", "The range of A1Cell.pMax is -50..50 (0.1 deg)."),
        ("-140..-44, unit dBm, default -110", "dBm", "The range of A1Cell.pMax is -140..-44 dBm."),
        ("0..100, 255", "%", "The possible values of A1Cell.pMax are 0..100, 255."),
        ("1, 2, 4", "", "The possible values of A1Cell.pMax are 1, 2, 4."),
    ],
)
def test_a_range_of_numbers_is_told_as_one_with_its_unit(told: str, unit: str, answer: str) -> None:
    known = one_item(Category.PARAMETER, "A1Cell.pMax", "A1Cell.pMax", range=told, **({"unit": unit} if unit else {}))
    assert said("A1Cell.pMax", "range", known)[0][1] == answer
    assert all(quality.score(each, known.markdown, known.extraction).accepted for each in conversations(known))


def test_an_event_parameter_that_a_column_broke_is_told_whole() -> None:
    fields = {"parameters": "EVENT_PARAM_NEW_LAYE<br>R<br>EVENT_PARAM_RANK"}
    known = one_item(Category.EVENT, "INTERNAL_PROC_X", "INTERNAL_PROC_X", **fields, description="A UE moved.")
    made = [each for each in everything(known) if "parameters" in {each.attribute, *(s[2] for s in each.states)}]
    assert {each.kind for each in made} == {"fact", "overview"}
    assert all("event parameters EVENT_PARAM_NEW_LAYER, EVENT_PARAM_RANK." in said.messages[1].content for said in made)
    assert all(quality.score(each, known.markdown, known.extraction).accepted for each in made)


def test_a_list_under_a_step_is_told_in_its_line() -> None:
    assert inline("Set the beams: - 1 for narrow beams - 2 for wide beams.") == (
        "Set the beams: 1 for narrow beams, 2 for wide beams"
    )
    assert inline("Set it. - Wait for the alarm to clear.") == "Set it. Wait for the alarm to clear."
    assert inline("Set pMax to -5 dB.") == "Set pMax to -5 dB."


def test_how_two_features_are_related_is_said_once() -> None:
    for mode in ("basic", "grouped"):
        answers = [
            each.messages[-1].content
            for fact in converse.facts(KNOWN.markdown, KNOWN.extraction, mode)
            for each in converse.converse(fact)
        ]
        assert max(answer.count("is a prerequisite for Beam Sweep") for answer in answers) == 1


def test_a_description_that_tells_another_field_alone_is_none() -> None:
    known = one_item(Category.PARAMETER, "A1Cell.pMax", "A1Cell.pMax", description="Unit 0.1 dB", unit="0.1 dB")
    assert not said("A1Cell.pMax", "description", known)
    assert said("A1Cell.pMax", "unit", known)


@pytest.mark.parametrize(("value", "sort"), [("PEG", "counter type"), ("int32[12]", "data type")])
def test_the_type_of_a_counter_is_how_it_counts_or_how_it_is_stored(value: str, sort: str) -> None:
    known = one_item(Category.COUNTER, "A1Cell.pmX", "A1Cell.pmX", type=value)
    question, answer = said("A1Cell.pmX", "type", known)[0]
    assert sort in question
    assert answer == f"The {sort} of A1Cell.pmX is {value}."


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("Stepped for each attempt", "The counter A1Cell.pmX is stepped for each attempt."),
        ("When a user leaves", "The counter A1Cell.pmX counts when a user leaves."),
        ("The cell is barred", "The counter A1Cell.pmX counts when the cell is barred."),
        ("the number of packets that were lost", "The counter A1Cell.pmX counts the number of packets that were lost."),
        ("load above the limit", "The counting condition of A1Cell.pmX is “load above the limit”."),
    ],
)
def test_the_condition_of_a_counter_is_told_by_its_first_words(condition: str, told: str) -> None:
    known = one_item(Category.COUNTER, "A1Cell.pmX", "A1Cell.pmX", condition=condition)
    assert said("A1Cell.pmX", "condition", known)[0][1] == told


def test_a_sentence_that_the_foot_of_a_page_cut_is_no_description() -> None:
    known = one_item(Category.PARAMETER, "A1Cell.pMax", "A1Cell.pMax", description="The users are spread over")
    assert said("A1Cell.pMax", "description", known) == []


def test_a_torn_table_is_no_description() -> None:
    torn = "Feature Name | A ---|--- Feature Identity | FAJ 121 0001"
    known = one_item(Category.PARAMETER, "A1Cell.pMax", "A1Cell.pMax", description=torn)
    assert said("A1Cell.pMax", "description", known) == []


@pytest.mark.parametrize(
    "text",
    ["int32", "Integer 5–9 dB, default 7", "5…9 dB", "7 to 9", "key, mandatory, noNotification", "Unit dB"],
)
def test_a_description_that_only_repeats_other_fields_is_none(text: str) -> None:
    fields = {"type": "int32", "range": "5..9", "default": "7", "unit": "dB"}
    known = one_item(Category.PARAMETER, "A1Cell.pMax", "A1Cell.pMax", description=text, **fields)
    assert said("A1Cell.pMax", "description", known) == []
    assert said("A1Cell.pMax", "type", known)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("This guide describes Flex Sleep. Cells sleep.", "is described as “Cells sleep”."),
        ("- Flex Sleep switches cells off.", "switches cells off."),
        ("NR Flex Sleep (FAJ 121 0001) mutes cells. 0..5 of them.", "mutes cells."),
        ("This document describes the feature Flex Sleep.", ""),
        ("This document describes the feature Flex Sleep. It is meant for engineers who tune it.", ""),
    ],
)
def test_a_feature_is_described_by_the_first_sentence_that_says_what_it_does(text: str, answer: str) -> None:
    name = "NR Flex Sleep"
    known = one_item(Category.FEATURE, "FAJ 121 0001", "FAJ 121 0001", title=name, description=text)
    answers = {each for _, each in said("FAJ 121 0001", "description", known)}
    assert answers == ({f"The feature {name} {answer}"} if answer else set())
    assert all(quality.score(each, known.markdown, known.extraction).accepted for each in conversations(known))


@pytest.mark.parametrize(
    ("heading", "spoken"),
    [
        ("ACTIVATE LOAD SPLIT", "activate LOAD SPLIT"),
        ("Activating Load Split", "activate Load Split"),
        ("7.1 Deactivation of Load Split", "deactivate Load Split"),
        ("Configuring the Timer", "configure the Timer"),
        ("How to activate the feature", "activate the feature"),
        ("Turning on Load Split", "turn on Load Split"),
        ("Activating and Configuring Load Split", "activate and configure Load Split"),
        ("LOAD SPLIT", "carry out “LOAD SPLIT”"),
        ("Spring Cleaning", "carry out “Spring Cleaning”"),
    ],
)
def test_a_heading_is_spoken_as_what_is_to_be_done(heading: str, spoken: str) -> None:
    known = one_item(Category.PROCEDURE, heading, heading, step_1="Open the cabinet.")
    assert said(heading, "steps", known)[0][1].startswith(f"To {spoken}, follow these steps:\n1. Open")
    scored = quality.score(conversations(known)[0], known.markdown, known.extraction)
    assert scored.gate != "entity"


def test_the_mo_of_an_attribute_is_asked_by_its_bare_name() -> None:
    found = said("EUtranCellFDD.pmBeamSweepAtt", "mo")
    assert all("EUtranCellFDD" not in question for question, _ in found)
    assert found[0][1] == "The counter pmBeamSweepAtt belongs to the MO class EUtranCellFDD."


def test_a_class_that_only_the_surroundings_name_is_quoted_from_there() -> None:
    markdown = "# class NRCellDU\n\nmaxPower = 40\n"
    name, default = markdown.index("maxPower"), markdown.index("40")
    fields = {"default": Span(default, default + 2, "40")}
    item = Item(Category.PARAMETER, "NRCellDU.maxPower", Span(name, name + 8, "maxPower"), fields=fields)
    facts = converse.facts(markdown, Extraction((item,)))
    assert facts[0].evidence[0] == Span(8, 16, "NRCellDU")
    assert facts[0].answer == "The default value of NRCellDU.maxPower is 40."


def test_a_class_that_the_text_never_names_is_not_taught() -> None:
    known = one_item(Category.PARAMETER, "NRCellDU.maxPower", "maxPower", default="40")
    assert said("NRCellDU.maxPower", "default", known)[0][1] == "The default value of maxPower is 40."
    assert said("NRCellDU.maxPower", "command_read", known) == []


def test_every_command_passes_the_checker_and_no_counter_is_ever_set() -> None:
    made = [command for each in conversations() for command in commands(each.messages[1].content)]
    assert len(made) > 40
    assert [problem for command in made for problem in cmedit.check(command)] == []
    assert not any("pmBeam" in command for command in made if command.startswith("cmedit set"))


def test_a_set_command_changes_the_value_to_another_one_that_the_range_allows() -> None:
    question, answer = said("EUtranCellFDD.beamSweepLevel", "command_write")[0]
    assert question == "Which cmedit command sets EUtranCellFDD.beamSweepLevel to -70 dBm?"
    assert answer.splitlines()[1] == "cmedit set <NODE> EUtranCellFDD=<CELL> beamSweepLevel=-70"


@pytest.mark.parametrize("local", ["cellLocalId", "nRPCI", "nRTAC", "ssbFrequency", "arfcnDl"])
def test_what_a_network_is_planned_with_is_read_and_never_set(local: str) -> None:
    known = one_item(Category.PARAMETER, f"NRCellDU.{local}", f"NRCellDU.{local}", range="0..1007", type="int32")
    assert {each.kind for each in conversations(known) if each.kind.startswith("command")} == {"command_read"}


def test_a_condition_under_which_a_change_works_is_told_with_its_command() -> None:
    known = one_item(Category.PARAMETER, "A1Cell.pMax", "A1Cell.pMax", default="23", takes_effect="Cell unlock")
    assert said("A1Cell.pMax", "command_write", known)[0][1].splitlines()[1:] == [
        "cmedit set <NODE> A1Cell=<CELL> pMax=23",
        "A change takes effect after a cell unlock.",
    ]


def test_a_default_that_is_no_plain_value_gets_no_set_command() -> None:
    known = one_item(Category.PARAMETER, "A1Cell.pMax", "A1Cell.pMax", default="1.5.2")
    assert said("A1Cell.pMax", "default", known)
    assert said("A1Cell.pMax", "command_write", known) == []


def test_a_read_only_attribute_is_read_and_never_set() -> None:
    known = one_item(Category.PARAMETER, "A1Cell.pMax", "A1Cell.pMax", default="23", read_only="Yes")
    assert said("A1Cell.pMax", "command_read", known)
    assert said("A1Cell.pMax", "command_write", known) == []


def test_a_feature_is_checked_switched_on_and_switched_off_by_its_licence_key() -> None:
    found = [said("FAJ 121 5000", f"command_{way}")[0][1].splitlines()[1] for way in ("read", "write", "off")]
    assert "featureStateId==CXC4012400" in found[0]
    assert all(command.startswith("cmedit set <NODE> FeatureState=CXC4012400 ") for command in found[1:])
    assert found[1].endswith("featureState=ACTIVATED")
    assert found[2].endswith("featureState=DEACTIVATED")


def test_a_feature_without_a_licence_key_gets_no_command() -> None:
    known = one_item(Category.FEATURE, "FAJ 121 0001", "FAJ 121 0001", title="Flex Sleep", licence_key="none")
    assert {each.attribute for each in conversations(known)} == {"licence_key"}


def test_steps_come_in_the_order_of_their_numbers_each_with_its_command() -> None:
    question, answer = said("Activate Beam Sweep", "steps")[0]
    assert question == "What are the steps to activate Beam Sweep?"
    lines = answer.splitlines()
    assert [line[0] for line in lines[1::2]] == ["1", "2", "3"]
    assert commands(answer) == (
        "cmedit set <NODE> EUtranCellFDD=<CELL> administrativeState=LOCKED",
        "cmedit set <NODE> FeatureState=CXC4012400 featureState=ACTIVATED",
        "cmedit set <NODE> EUtranCellFDD=<CELL> administrativeState=UNLOCKED",
    )


@pytest.mark.parametrize(
    ("step", "command"),
    [
        ("Set the attribute A1Cell.pMax to 23.", "cmedit set <NODE> A1Cell=<CELL> pMax=23"),
        (
            "Set the attribute featureState to ACTIVATED in the FeatureState=CXC4012601 MO instance.",
            "cmedit set <NODE> FeatureState=CXC4012601 featureState=ACTIVATED",
        ),
        ("Set the attribute featureState to ACTIVATED.", ""),
        ("Set the A1Cell.pMax attribute to 23 in the B1Cell=1 MO instance.", ""),
        ("Open the cabinet.", ""),
    ],
)
def test_a_step_gets_a_command_only_when_it_names_object_attribute_and_value(step: str, command: str) -> None:
    known = one_item(Category.PROCEDURE, "Activate It", "Activate It", step_1=step)
    answer = said("Activate It", "steps", known)[0][1]
    assert commands(answer) == ((command,) if command else ())
    assert answer.splitlines()[1] == f"1. {step}"


@pytest.mark.parametrize(
    ("first", "last", "undone"),
    [
        ("Lock the cell: set EUtranCellFDD.administrativeState to LOCKED.", "Unlock the cell.", True),
        ("Lock the cell: set EUtranCellFDD.administrativeState to LOCKED.", "Unlock the EUtranCellFDD MO.", True),
        ("Lock the cell: set EUtranCellFDD.administrativeState to LOCKED.", "Unlock the NRCellDU MO.", False),
        ("Lock the cell.", "Unlock the cell.", False),
        ("Lock the cell: set EUtranCellFDD.administrativeState to LOCKED.", "Unlock the cell after an hour.", False),
    ],
)
def test_a_lock_is_undone_with_its_command(first: str, last: str, *, undone: bool) -> None:
    known = one_item(Category.PROCEDURE, "Activate X", "Activate X", step_1=first, step_2="Wait.", step_3=last)
    made = next(each for each in conversations(known) if each.attribute == "steps")
    named = known.markdown.index("E") if "EUtran" in first else 0
    lock = Item(Category.PARAMETER, "EUtranCellFDD.administrativeState", Span(named, named + 33, first[15:48]))
    found = Extraction((*known.extraction.items, lock))
    unlock = "cmedit set <NODE> EUtranCellFDD=<CELL> administrativeState=UNLOCKED"
    assert (commands(made.messages[1].content)[-1:] == (unlock,)) == undone
    assert made.messages[1].content.endswith(unlock if undone else last)
    assert quality.score(made, known.markdown, found).accepted


def test_a_procedure_that_leaves_out_its_feature_is_told_with_it() -> None:
    feature = one_item(Category.FEATURE, "FAJ 121 0001", "FAJ 121 0001", title="Flex Sleep")
    markdown = f"{feature.markdown}7 Activation\nDo it\n"
    start = markdown.index("7 Activation")
    step = Span(start + 13, start + 18, "Do it")
    item = Item(Category.PROCEDURE, "7 Activation", Span(start, start + 12, "7 Activation"), fields={"step_1": step})
    facts = converse.facts(markdown, Extraction((*feature.extraction.items, item)))
    made = next(fact for fact in facts if fact.kind == "procedure")
    assert made.attribute == "steps:FAJ 121 0001"
    assert made.answer == "To activate Flex Sleep, follow these steps:\n1. Do it."


@pytest.mark.parametrize(
    ("heading", "spoken"),
    [
        ("Turn it on", "turn on Flex Sleep"),
        ("Switching the function off", "switch off Flex Sleep"),
        ("How do I activate it?", "activate Flex Sleep"),
        ("How to deactivate", "deactivate Flex Sleep"),
        ("Enabling the Feature", "enable Flex Sleep"),
        ("Roll-back", "roll back Flex Sleep"),
        ("Putting it into service", "put Flex Sleep into service"),
        ("Activation with ENM CLI", "activate Flex Sleep with ENM CLI"),
        ("Activation Procedure", "activate Flex Sleep"),
        ("Activation of the Feature", "activate Flex Sleep"),
        ("Deactivation Command Examples", "deactivate Flex Sleep"),
        ("Activate Flex", "activate Flex Sleep"),
        ("PROCEDURE", "carry out the procedure for Flex Sleep"),
        ("2.1 Steps", "carry out the procedure for Flex Sleep"),
        ("Spring Cleaning", "carry out “Spring Cleaning” for Flex Sleep"),
    ],
)
def test_what_a_heading_leaves_open_is_said_of_the_one_feature(heading: str, spoken: str) -> None:
    feature = one_item(Category.FEATURE, "FAJ 121 0001", "FAJ 121 0001", title="Flex Sleep")
    start = len(feature.markdown)
    markdown = f"{feature.markdown}{heading}\nOpen the cabinet.\n"
    end = start + len(heading)
    fields = {"step_1": Span(end + 1, end + 18, "Open the cabinet.")}
    item = Item(Category.PROCEDURE, heading, Span(start, end, heading), fields=fields)
    found = Extraction((*feature.extraction.items, item))
    [made] = [fact for fact in converse.facts(markdown, found) if fact.kind == "procedure"]
    assert made.answer == f"To {spoken}, follow these steps:\n1. Open the cabinet."
    assert all(quality.score(one, markdown, found).gate == "" for one in converse.converse(made))


@pytest.mark.parametrize("heading", ["PROCEDURE", "Steps", "3) Instructions:"])
def test_steps_of_nobody_knows_what_are_not_asked_for(heading: str) -> None:
    known = one_item(Category.PROCEDURE, heading, heading, step_1="Open the cabinet.")
    assert all(everything(known, mode) == [] for mode in converse.MODES)


def test_no_prerequisites_are_none_to_be_met() -> None:
    known = one_item(Category.PROCEDURE, "Activate X", "Activate X", step_1="Open it.", prerequisites="None.")
    assert said("Activate X", "prerequisites", known) == []
    assert said("Activate X", "steps", known)[0][1].startswith("To activate X")


def test_a_command_in_the_next_cell_of_a_step_stands_on_its_own_line() -> None:
    step = "Show reports | cmedit get <NODE> ACell.(aCellId==*,reportMode) -t | FULL, 2 instance(s)"
    known = one_item(Category.PROCEDURE, "Activate X", "Activate X", step_1=step)
    assert said("Activate X", "steps", known)[0][1].splitlines()[1:] == [
        "1. Show reports:",
        "cmedit get <NODE> ACell.(aCellId==*,reportMode) -t",
        "→ FULL, 2 instance(s).",
    ]


@pytest.mark.parametrize(
    ("heading", "text", "told"),
    [
        ("ACTIVATE NR BEAM SWEEP", "NR Beam\nSweep saves energy. NR beam sweep", "activate NR beam sweep"),
        ("ACTIVATE NR BEAM SWEEP", "NR BEAM SWEEP saves energy.", "activate NR BEAM SWEEP"),
        ("2.1 DEACTIVATE THE FEATURE", "Steps to take down the feature", "deactivate the feature"),
        ("ACTIVATE ANR", "Anr is automatic.", "activate ANR"),
        ("Activate NR DC", "nr dc", "activate NR DC"),
    ],
)
def test_a_heading_in_capitals_is_spoken_as_the_text_writes_it(heading: str, text: str, told: str) -> None:
    step = "Set A.pMax to 3"
    known = one_item(Category.PROCEDURE, heading, heading, step_1=step)
    markdown = f"{known.markdown}{text}\n"
    (made,) = (fact for fact in converse.facts(markdown, known.extraction) if fact.kind == "procedure")
    assert made.answer.startswith(f"To {told}, follow these steps:")
    (first, *_) = converse.converse(made)
    score = quality.score(first, markdown, known.extraction)
    assert score.accepted, score


@pytest.mark.parametrize(
    ("value", "said_"),
    [
        ("Immediately", "takes effect immediately."),
        ("Cell unlock", "takes effect after a cell unlock."),
        ("Object restart", "takes effect after an object restart."),
        ("At the next start", "takes effect at the next start."),
        ("Next X2 setup", "takes effect at the next X2 setup."),
        ("New connections", "takes effect for new connections."),
        ("Cell must be unlocked", "takes effect as follows: cell must be unlocked."),
    ],
)
def test_when_a_change_takes_effect_is_said_in_a_sentence(value: str, said_: str) -> None:
    known = one_item(Category.PARAMETER, "A1Cell.pMax", "A1Cell.pMax", takes_effect=value)
    assert said("A1Cell.pMax", "takes_effect", known)[0][1] == f"A change of A1Cell.pMax {said_}"
    assert all(quality.score(each, known.markdown, known.extraction).accepted for each in conversations(known))


def test_relations_are_told_of_the_one_feature_that_the_document_describes() -> None:
    assert said("FAJ 121 7000", "relationship")[0] == (
        "How is Uplink Trim related to Beam Sweep?",
        "Uplink Trim is a prerequisite for Beam Sweep.",
    )
    assert said("EUtranCellFDD.beamSweepTimer", "relation")[0][1].endswith("is introduced by the feature Beam Sweep.")
    alone = one_item(Category.RELATED_FEATURE, "FAJ 121 0002", "FAJ 121 0002", title="X Y", relationship="Related")
    assert conversations(alone) == []


def test_features_of_one_title_are_told_apart_by_their_identities() -> None:
    markdown = "# Flex Sleep\n\nFAJ 121 0001 CXC4010001\n\nFAJ 121 0002 CXC4010002\n"
    title = Span(2, 12, "Flex Sleep")
    items = []
    for start in (14, 39):
        identity, key = (Span(a, b, markdown[a:b]) for a, b in ((start, start + 12), (start + 13, start + 23)))
        fields = {"title": title, "identity": identity, "licence_key": key}
        items.append(Item(Category.FEATURE, identity.text, identity, fields=fields))
    found = Extraction(tuple(items))
    asked: dict[str, set[str]] = defaultdict(set)
    for mode in converse.MODES:
        for fact in converse.facts(markdown, found, mode):
            for one in converse.converse(fact, mode=mode):
                assert quality.score(one, markdown, found).gate == ""
                asked[f"{mode} {one.messages[0].content}"].add(one.messages[1].content)
    assert "hybrid What is the licence key of Flex Sleep (FAJ 121 0002)?" in asked
    assert all(len(answers) == 1 for answers in asked.values())


def test_the_first_mention_of_a_fact_wins_and_later_ones_add_what_is_new() -> None:
    first = one_item(Category.PARAMETER, "A1Cell.pMax", "A1Cell.pMax", default="23")
    markdown = f"{first.markdown}A1Cell.pMax 24 dBm"
    start = len(first.markdown)
    fields = {"default": Span(start + 12, start + 14, "24"), "unit": Span(start + 15, start + 18, "dBm")}
    second = Item(Category.PARAMETER, "A1Cell.pMax", Span(start, start + 11, "A1Cell.pMax"), fields=fields)
    facts = converse.facts(markdown, Extraction((*first.extraction.items, second)))
    told = {fact.attribute: fact.answer for fact in facts}
    assert told["default"] == "The default value of A1Cell.pMax is 23."
    assert told["unit"] == "The unit of A1Cell.pMax is dBm."


def task(folder: Path, known: Known) -> Task:
    for name, value in (("clean", known.clean), ("extraction", known.extraction)):
        (folder / name).write_bytes(msgspec.json.encode(value))
    inputs = {Stage.PREPROCESS: folder / "clean", Stage.EXTRACT: folder / "extraction"}
    return Task(Stage.CONVERSE, known.digest, folder / "source", inputs, folder, {})


def test_the_stage_reads_two_artifacts_and_writes_the_conversations_as_json(tmp_path: Path) -> None:
    outcome = converse.run(task(tmp_path, KNOWN))
    assert isinstance(outcome, Done)
    assert outcome.artifact is not None
    assert msgspec.json.decode(outcome.artifact, type=list[Conversation]) == everything()
    assert outcome.meta == {"conversations": len(everything()), "facts_left_out": 0, "mode": "hybrid"}
    assert converse.run(task(tmp_path, KNOWN)) == outcome


def test_facts_beyond_the_bound_are_left_out_and_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converse, "MAX_FACTS", 10)
    outcome = converse.run(task(tmp_path, KNOWN))
    assert isinstance(outcome, Done)
    left = len(converse.facts(KNOWN.markdown, KNOWN.extraction)) - 10
    assert outcome.meta == {"conversations": 40, "facts_left_out": left, "mode": "hybrid"}


def test_a_document_without_items_gives_no_conversation(tmp_path: Path) -> None:
    outcome = converse.run(task(tmp_path, Known("0" * 64, Clean("Nothing."), Extraction(()))))
    assert isinstance(outcome, Done)
    assert outcome.artifact == b"[]"


def test_a_procedure_without_steps_is_not_asked_for_them() -> None:
    known = one_item(Category.PROCEDURE, "Activate It", "Activate It", prerequisites="The cell is locked.")
    assert {each.attribute for each in conversations(known)} == {"prerequisites"}


@pytest.mark.parametrize(
    ("step", "command"),
    [
        ("Set the NRCellDU.beamGain attribute to 10.", "cmedit set <NODE> NRCellDU=<CELL> beamGain=10"),
        ("Set the NRCellDU.beamGain attribute to 2.5.", "cmedit set <NODE> NRCellDU=<CELL> beamGain=2.5"),
        ("Set NRCellDU.beamGain to 1,000.", ""),
        ("Do not set the NRCellDU.administrativeState attribute to LOCKED.", ""),
        ("Never set NRCellDU.beamGain to 10.", ""),
        ("Set NRCellDU.beamGain to 10 and beamWidth to 3.", ""),
        (
            "Set FeatureState.featureState to ACTIVATED for CXC4012850.",
            "cmedit set <NODE> FeatureState=CXC4012850 featureState=ACTIVATED",
        ),
        (
            "Set FeatureState.featureState to ACTIVATED for CXC4012850 and CXC4012851.",
            "cmedit set <NODE> FeatureState=<ID> featureState=ACTIVATED",
        ),
        ("Do not stop there. Set NRCellDU.beamGain to 10.", "cmedit set <NODE> NRCellDU=<CELL> beamGain=10"),
        ("Set beamGain to 10 in each NRCellDU MO instance.", "cmedit set <NODE> NRCellDU=<CELL> beamGain=10"),
        ("Set NRCellDU attribute beamGain to 10.", "cmedit set <NODE> NRCellDU=<CELL> beamGain=10"),
        ("Set NRCellDU.pmBeamAtt to 0.", ""),
        *(
            (step, "cmedit set <NODE> FeatureState=CXC4012850 featureState=ACTIVATED")
            for step in (
                "Set featureState of FeatureState=CXC4012850 to ACTIVATED. Nothing has to be locked.",
                "Install the key and set the attribute featureState in the MO FeatureState=CXC4012850 to ACTIVATED.",
                "In the FeatureState=CXC4012850 MO, set featureState to ACTIVATED.",
                "Set FeatureState=CXC4012850 attribute featureState to ACTIVATED.",
                "Set the FeatureState. featureState attribute to ACTIVATED in the FeatureState= CXC4012850 MO.",
                "Set featureState to ACTIVATED in the MO instance FeatureState=CXC4012850 on the gNodeB.",
            )
        ),
        (
            "For LTE, set featureState to ACTIVATED in FeatureState=CXC1, for NR to DEACTIVATED in FeatureState=CXC2.",
            "",
        ),
        ("Do not set featureState of FeatureState=CXC4012850 to ACTIVATED.", ""),
        ("Set FeatureState=CXC4012850 featureState to ACTIVATED and NRCellDU.beamGain to 10.", ""),
        ("Set ResourcePartitions=1,ResourcePartition=2 saddleRole to 1.", ""),
    ],
)
def test_a_step_has_the_command_that_it_tells_and_no_other(step: str, command: str) -> None:
    assert step_command(step) == command
