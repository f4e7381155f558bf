"""The four modes, each better than the one before, and the kinds of conversation beyond the single fact."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from tests.knowledge import Known, document

from randaemon import quality
from randaemon.errors import SettingsError
from randaemon.model import Candidate, Category, Conversation, Done, Extraction, Item, Span, Stage, Task
from randaemon.quality.silence import speaks_of
from randaemon.ran import cmedit
from randaemon.stages import converse, finalize
from randaemon.stages.converse import MODES, wording

KNOWN = document(0)


def said(mode: str, known: Known = KNOWN) -> list[Conversation]:
    found = converse.facts(known.markdown, known.extraction, mode)
    return [each for fact in found for each in converse.converse(fact, mode=mode)]


def candidates(mode: str, known: Known = KNOWN) -> list[Candidate]:
    return list(finalize.candidates(known.digest, known.clean, known.extraction, said(mode, known), 0.5))


def kind(name: str) -> list[Conversation]:
    return [each for each in said("hybrid") if each.kind == name]


def test_each_mode_is_better_than_the_one_before_and_refuses_nothing() -> None:
    found = {mode: candidates(mode) for mode in MODES}
    assert {each.score.gate for every in found.values() for each in every} == {""}
    values = [quality.document_quality(KNOWN.extraction.items, found[mode]) for mode in MODES]
    assert values == sorted(set(values))
    assert values[-1] > 0.95


@pytest.mark.parametrize("mode", MODES)
def test_a_mode_is_deterministic_and_marks_what_it_made(mode: str) -> None:
    assert said(mode) == said(mode)
    assert {each.mode for each in said(mode)} == {mode}


def test_only_the_first_mode_knows_no_command_and_only_the_last_one_all_kinds() -> None:
    kinds = {mode: {each.kind for each in said(mode)} for mode in MODES}
    assert kinds["basic"] == {"chunk", "procedure"}
    assert kinds["cmedit"] == {"chunk", "procedure", "command_read", "command_write"}
    assert kinds["grouped"] == {"group", "overview", "procedure"}
    assert kinds["hybrid"] == {
        "fact", "dependency", "procedure", "group", "overview", "comparison", "troubleshooting", "clarification",
        "refusal", "multi_turn", "command_read", "command_write", "command_explain",
    }  # fmt: skip


def test_a_document_with_operable_items_is_routed_to_everything_and_a_bare_list_is_not() -> None:
    assert converse.route(KNOWN.markdown, KNOWN.extraction) == "hybrid"
    counters = KNOWN.extraction.of(Category.COUNTER)
    bare = Extraction(tuple(replace(item, fields={"mo": item.fields["mo"]}) for item in counters))
    assert converse.route(KNOWN.markdown, bare) == "grouped"


def test_the_few_counters_of_a_class_that_a_document_names_are_not_told_as_all_it_has() -> None:
    """Other documents name others: the question holds the names."""
    counters = KNOWN.extraction.of(Category.COUNTER)
    bare = Extraction(tuple(replace(item, fields={"mo": item.fields["mo"]}) for item in counters))
    asked = [each.messages[0].content for each in said("grouped", Known(KNOWN.digest, KNOWN.clean, bare))]
    assert asked
    assert all(item.name.partition(".")[2] in question for question in asked for item in counters)


@pytest.mark.parametrize(("local", "asked"), [("administrativeState", 0), ("beamSweepTimer", 2)])
def test_what_every_class_has_is_not_asked_for_its_class(local: str, asked: int) -> None:
    name = f"EUtranCellFDD.{local}"
    place = KNOWN.markdown.index(name)
    item = Item(Category.PARAMETER, name, Span(place, place + len(name), name))
    assert len(said("grouped", Known(KNOWN.digest, KNOWN.clean, Extraction((item,))))) == asked


def test_a_mode_that_falls_short_of_the_target_gives_way_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    counters = Extraction(KNOWN.extraction.of(Category.COUNTER))
    assert converse.route(KNOWN.markdown, counters) == "grouped"
    monkeypatch.setattr(converse, "TARGET", 1.01)
    assert converse.route(KNOWN.markdown, counters) == "hybrid"


def task(folder: Path, **options: object) -> Task:
    for name, value in (("clean", KNOWN.clean), ("extraction", KNOWN.extraction)):
        (folder / name).write_bytes(msgspec.json.encode(value))
    inputs = {Stage.PREPROCESS: folder / "clean", Stage.EXTRACT: folder / "extraction"}
    return Task(Stage.CONVERSE, KNOWN.digest, folder / "source", inputs, folder, options)


@pytest.mark.parametrize("mode", MODES)
def test_the_mode_can_be_forced(mode: str, tmp_path: Path) -> None:
    outcome = converse.run(task(tmp_path, mode=mode))
    assert isinstance(outcome, Done)
    assert outcome.artifact is not None
    assert outcome.meta["mode"] == mode
    assert msgspec.json.decode(outcome.artifact, type=list[Conversation]) == said(mode)


# --- Kinds --------------------------------------------------------------------------------------------------------


def test_a_list_names_every_member_and_reads_all_of_a_class_with_one_command() -> None:
    one = next(each for each in kind("group") if each.attribute == "feature:parameters")
    lines = one.messages[-1].content.splitlines()
    assert [line.split(" ")[1] for line in lines[1:5]] == [
        item.name for item in KNOWN.extraction.of(Category.PARAMETER)
    ]
    assert lines[-2:] == [
        "cmedit get <NODE> EUtranCellFDD.(beamSweepTimer,beamSweepLevel,beamSweepEnabled) -t",
        "cmedit get <NODE> ENodeBFunction.beamSweepUsers -t",
    ]


@pytest.mark.parametrize(
    ("markdown", "names", "question"),
    [
        ("# Owl Guide\n## 2 Counters\npmOwlA\npmOwlB\n", "pmOwlA pmOwlB", "the section Counters of Owl Guide mention?"),
        ("# Owl Guide\npmOwlA\npmOwlB\n", "pmOwlA pmOwlB", "the section Owl Guide mention?"),
        ("# Owl Guide\n## NRCellDU\npmA\npmB\n", "NRCellDU.pmA NRCellDU.pmB", "Which MO class do these counters "),
    ],
)
def test_what_names_belong_to_is_asked_by_what_it_is(markdown: str, names: str, question: str) -> None:
    title, *below = (line.lstrip("# ") for line in markdown.splitlines() if line.startswith("#"))
    places = {name: markdown.index(name.removeprefix("NRCellDU.")) for name in names.split()}
    items = tuple(
        Item(
            Category.COUNTER,
            name,
            Span(at, at + len(name.removeprefix("NRCellDU.")), name.removeprefix("NRCellDU.")),
            heading=(title, *below),
        )
        for name, at in places.items()
    )
    found = [each for fact in converse.facts(markdown, Extraction(items)) for each in converse.converse(fact)]
    assert any(question in each.messages[0].content for each in found)
    assert all(quality.score(each, markdown, Extraction(items)).accepted for each in found)


def test_the_class_of_one_attribute_is_asked_for_once() -> None:
    markdown = "NRCellDU.owlTime\nENodeBFunction.owlMode\nENodeBFunction.owlBand\n"
    items = [
        Item(
            Category.PARAMETER,
            name,
            Span(at, at + len(name), name),
            fields={"mo": Span(at, at + name.index("."), name.partition(".")[0])},
        )
        for name in markdown.split()
        for at in [markdown.index(name)]
    ]
    asked = [fact.attribute for fact in converse.facts(markdown, Extraction(tuple(items)))]
    assert asked.count("mo") == 3
    assert [each for each in asked if each.startswith("placed")] == ["placed:parameters:ENodeBFunction.owlMode"]


def test_counters_of_one_name_are_compared_by_what_they_count() -> None:
    one = kind("comparison")[0]
    assert "EUtranCellFDD.pmBeamSweepAtt and EUtranCellFDD.pmBeamSweepSucc" in one.messages[0].content
    assert one.messages[1].content.splitlines()[1:] == [
        "- The counter EUtranCellFDD.pmBeamSweepAtt is the number of attempts.",
        "- The counter EUtranCellFDD.pmBeamSweepSucc counts the successes.",
    ]


def test_a_time_and_a_level_are_not_compared() -> None:
    assert not [each for each in kind("comparison") if each.category is Category.PARAMETER]


def test_parameters_of_a_list_are_compared_only_with_those_of_their_class_name_type_and_unit() -> None:
    rows = "A1Cell.aEarly int32 s 1\nA1Cell.aLate int32 s 2\nA1Cell.aLevel int32 dBm 3\nB1Cell.aLast int32 s 4\n"
    rows += "A1Cell.bTimer int32 s 5\n"  # of another family of names
    items, start = [], 0
    for line in rows.splitlines():
        places = [start + line.index(part) for part in line.split()[:3]] + [start + len(line) - 1]
        spans = [Span(at, at + len(part), part) for at, part in zip(places, line.split(), strict=True)]
        fields = dict(zip(("type", "unit", "default"), spans[1:], strict=True))
        items.append(Item(Category.PARAMETER, spans[0].text, spans[0], fields=fields))
        start += len(line) + 1
    found = [fact for fact in converse.facts(rows, Extraction(tuple(items))) if fact.kind == "comparison"]
    assert [fact.attribute for fact in found] == ["comparison:A1Cell.aLate"]
    assert "A1Cell.aEarly has the default value 1 s.\n- A1Cell.aLate has the default value 2 s." in found[0].answer


def test_a_command_is_explained_by_what_it_does() -> None:
    one = next(each for each in kind("command_explain") if each.entity == "EUtranCellFDD.beamSweepTimer")
    assert one.messages[0].content.endswith("cmedit set <NODE> EUtranCellFDD=<CELL> beamSweepTimer=5000")
    assert one.messages[1].content == (
        "The command sets EUtranCellFDD.beamSweepTimer to 5000 ms. "
        "This parameter is the time that it waits before it acts."
    )


def test_a_conversation_goes_on_about_the_same_item() -> None:
    for each in kind("multi_turn"):
        assert [message.role for message in each.messages] == ["user", "assistant"] * (len(each.messages) // 2)
        assert len(each.messages) >= 4
        assert all(each.entity in message.content for message in each.messages if message.role == "assistant")


def test_counters_and_events_are_where_to_look_when_a_feature_does_not_work() -> None:
    answer = kind("troubleshooting")[0].messages[-1].content
    assert "pmBeamSweepAtt is the number of attempts. Its counter type is PEG." in answer
    assert "INTERNAL_PROC_BEAM_SWEEP reports one procedure" in answer


def test_a_question_about_the_parameter_of_a_feature_that_has_four_is_asked_back() -> None:
    answer = kind("clarification")[0].messages[-1].content
    assert answer.endswith("Which one do you mean?")
    assert all(item.name in answer for item in KNOWN.extraction.of(Category.PARAMETER))


def test_what_the_document_does_not_say_is_declined_and_what_it_says_never() -> None:
    items = {item.name: item for item in KNOWN.extraction.items}
    assert kind("refusal")
    for each in kind("refusal"):
        field = each.attribute.partition(":")[2]
        assert field not in items[each.entity].fields
        assert "does not state" in each.messages[-1].content


def parameter(markdown: str, name: str, **fields: str) -> tuple[str, Extraction]:
    """One attribute where the text first names it, with fields where the text first holds their words."""
    spans = {key: Span(markdown.index(text), markdown.index(text) + len(text), text) for key, text in fields.items()}
    start = markdown.index(name)
    item = Item(Category.PARAMETER, name, Span(start, start + len(name), name), fields=spans)
    return markdown, Extraction((item,))


@pytest.mark.parametrize(
    "also",
    [
        "Start with the default of A1Cell.sweepTimer, which is 5700 ms. Its unit and precondition are known.",
        "### A1Cell.sweepTimer\n\nUnit: ms. Default: 400. Precondition: the cell is locked.",
        "- A1Cell.sweepTimer\n  - Default 5 s\n  - Only when the cell is locked",
        "| Name | Default | Unit | Precondition |\n|---|---|---|---|\n| A1Cell.sweepTimer | 5 | ms | locked |",
        "| Parameter | A1Cell.sweepTimer |\n|---|---|\n| Default | 5 s |\n| Precondition | locked |",
    ],
)
def test_nothing_is_declined_that_the_text_states_anywhere_whether_it_was_extracted_or_not(also: str) -> None:
    first = "A1Cell.sweepTimer is int32 and 10..9900 in all."
    markdown, extraction = parameter(f"{first}\n\n# 2\n\n{also}\n", "A1Cell.sweepTimer", type="int32", range="10..9900")
    assert [fact for fact in converse.facts(markdown, extraction) if fact.kind == "refusal"] == []
    bare, extraction = parameter(first, "A1Cell.sweepTimer", type="int32", range="10..9900")
    assert [fact for fact in converse.facts(bare, extraction) if fact.kind == "refusal"] != []


def test_an_empty_cell_under_a_header_states_nothing() -> None:
    table = "| Name | Type | Range | Default |\n|---|---|---|---|\n| A1Cell.sweepTimer | int32 | 1..9 | - |\n"
    assert not speaks_of("default", ["A1Cell.sweepTimer"], table)
    assert speaks_of("default", ["A1Cell.sweepTimer"], table.replace("| - |", "| 5 |"))


def test_events_that_share_nothing_are_told_one_by_one_and_not_as_a_list() -> None:
    text, items = "", []
    for name in ("INTERNAL_PROC_ONE", "INTERNAL_PROC_TWO"):
        start = len(text)
        text += f"{name}: reports one procedure.\n"
        told = Span(start + len(name) + 2, len(text) - 1, "reports one procedure.")
        items.append(Item(Category.EVENT, name, Span(start, start + len(name), name), fields={"description": told}))
    found = converse.facts(text, Extraction(tuple(items)))
    assert [fact.attribute for fact in found if fact.kind == "group"] == []
    assert len([fact for fact in found if fact.kind == "fact"]) == 2
    assert [fact.kind for fact in converse.facts(text, Extraction(tuple(items)), "grouped")] == ["group"]


def test_a_boolean_and_a_state_are_never_asked_for_unit_or_precondition() -> None:
    for kind_, values in (("boolean", "true, false"), ("enumeration", "LOCKED, UNLOCKED")):
        markdown, extraction = parameter(f"A1Cell.mode is {kind_}: {values}", "A1Cell.mode", type=kind_, range=values)
        assert [fact for fact in converse.facts(markdown, extraction) if fact.kind == "refusal"] == []


def test_no_more_than_a_few_of_the_rare_kinds_come_from_one_document() -> None:
    many = tuple(item for number in range(30) for item in document(number).extraction.items)
    markdown = "".join(document(number).markdown for number in range(30))
    shifted, offset = [], 0
    for number in range(30):
        known = document(number)
        shifted += [moved(item, offset) for item in known.extraction.items]
        offset += len(known.markdown)
    found = converse.facts(markdown, Extraction(tuple(shifted)))
    assert len(many) == len(shifted)
    for name, most in (("comparison", 6), ("command_explain", 6), ("multi_turn", 3), ("refusal", 3)):
        assert sum(fact.kind == name for fact in found) == most


def moved(item: Item, offset: int) -> Item:
    def shift(span: Span) -> Span:
        return Span(span.start + offset, span.end + offset, span.text)

    return replace(item, span=shift(item.span), fields={key: shift(span) for key, span in item.fields.items()})


def test_every_command_of_every_kind_passes_the_checker() -> None:
    found = [each for each in said("hybrid") if "cmedit" in "".join(message.content for message in each.messages)]
    made = [
        command for each in found for message in each.messages for command in quality.text.commands(message.content)
    ]
    assert len(made) > 60
    assert [problem for command in made for problem in cmedit.check(command)] == []


# --- Templates ----------------------------------------------------------------------------------------------------


def test_templates_of_the_user_stand_in_for_shipped_ones_and_are_read_again_when_they_change(tmp_path: Path) -> None:
    theme = tmp_path / "parameter.toml"
    theme.write_text(
        '[default]\nquestions = ["Default of {{ name }}?"]\nanswer = "{{ name }} starts at {{ value }}."\n'
    )
    slots = {"name": "pMax", "value": "23", "host": ""}
    assert wording.load(str(tmp_path)).questions(("parameter", "default"), slots) == ("Default of pMax?",)
    assert wording.load(str(tmp_path)).answer(("parameter", "default"), slots) == "pMax starts at 23."
    theme.write_text(theme.read_text().replace("starts at", "is at first"))
    assert wording.load(str(tmp_path)).answer(("parameter", "default"), slots) == "pMax is at first 23."
    assert wording.load().answer(("parameter", "default"), slots) == "The default value of pMax is 23."


def test_a_broken_template_is_named(tmp_path: Path) -> None:
    shutil.copy(wording.shipped() / "counter.toml", tmp_path)
    (tmp_path / "parameter.toml").write_text('[default]\nquestions = ["{{ name"]\n')
    with pytest.raises(SettingsError, match=r"parameter\.toml cannot be used"):
        wording.load(str(tmp_path))


def test_document_text_is_never_read_as_a_template() -> None:
    slots = {"name": "{{ 7 * 7 }}", "value": "{% raw %}", "host": ""}
    assert "{{ 7 * 7 }} is {% raw %}." in wording.load().answer(("parameter", "default"), slots)
