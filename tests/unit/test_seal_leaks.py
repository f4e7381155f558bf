"""Nothing that valid or test asks stands in training: judged by the words of the rows, not by what made them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.golden.documents import delivered
from tests.knowledge import document

from randaemon.dataset import SealSettings, Version, leaks, seal
from randaemon.demo.files import library as demo_library
from randaemon.errors import RandaemonError
from randaemon.model import Candidate, Category, Conversation, Item, Message, Score, Span
from randaemon.stages import converse, finalize
from randaemon.stages.extract import extract

SPLITS = ("train", "valid", "test")


def candidates(number: int) -> tuple[Candidate, ...]:
    known = document(number)
    said = [each for fact in converse.facts(known.markdown, known.extraction) for each in converse.converse(fact)]
    return finalize.candidates(known.digest, known.clean, known.extraction, said, 0.5)


def rows(version: Version, *names: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for name in names for line in version.files[f"{name}.jsonl"].splitlines()]


def simple(number: int) -> Candidate:
    """A candidate made by hand: `number` names document, family and fact."""
    turns = Message("user", f"What is n{number}?"), Message("assistant", f"It is {number}.")
    said = Conversation("fact", turns, (Span(0, 2, "n1"),), Category.EVENT, f"n{number}", "default", 0)
    digest = f"{number:064x}"
    return Candidate(finalize.identity(digest, said), digest, "", finalize.fact(said), said, Score(0.8))


LIBRARY = [each for number in range(6) for each in candidates(number)]
ITEMS = [item for number in range(6) for item in document(number).extraction.items]
VERSION = seal(LIBRARY, {})


def told(version: Version, items: Iterable[Item] = ITEMS) -> list[leaks.Leak]:
    return leaks.leaks({name: rows(version, name) for name in SPLITS}, items)


@pytest.mark.parametrize("threshold", [60, 6])
def test_training_tells_nothing_that_valid_or_test_asks(threshold: int) -> None:
    version = seal(LIBRARY, {}, settings=SealSettings(family_threshold=threshold))
    assert told(version) == []
    assert min(version.splits.values()) > 10
    assert (version.funnel["held_back"] > 0) == (threshold == 60)  # here families share no items, and lists do


@settings(max_examples=8)
@given(st.sets(st.integers(0, 5), min_size=2), st.floats(0.05, 0.4), st.sampled_from([2, 60]))
def test_whatever_is_held_out_is_not_told_in_training(documents: set[int], share: float, threshold: int) -> None:
    found = [each for each in LIBRARY if int(each.digest, 16) in documents]
    chosen = SealSettings(family_threshold=threshold, valid_share=share, test_share=share)
    assert told(seal(found, {}, settings=chosen)) == []


@pytest.mark.parametrize("threshold", [60, 6])
def test_what_a_model_explains_or_a_person_edits_leaks_nothing_though_it_states_nothing(threshold: int) -> None:
    """Of every parameter; where families are held out, in another family than that of its document."""
    told_ = [each for each in LIBRARY if each.conversation.attribute == "default"]
    freely = [
        freely_said(each, number, kind, generator)
        for number, each in enumerate(told_)
        for kind, generator in (("explanation", "model:m"), ("fact", f"review:{each.id}"))
    ]
    settings_ = SealSettings(family_threshold=threshold, valid_share=0.2, test_share=0.2)
    version = seal([*LIBRARY, *freely], {}, settings=settings_)
    assert told(version) == []
    ids = {each.id for each in freely}
    assert {row["id"] for row in rows(version, *SPLITS)} & ids
    assert version.funnel["held_back"] > 0


def freely_said(each: Candidate, number: int, kind: str, generator: str) -> Candidate:
    """The same fact in a sentence of its own, filed under another name, in another family."""
    question, answer = each.conversation.messages
    turns = Message("user", f"{kind}: {question.content}"), Message("assistant", f"Note that {answer.content}")
    said = replace(each.conversation, kind=kind, generator=generator, messages=turns, attribute=f"explained:{number}")
    family = LIBRARY[(LIBRARY.index(each) + len(LIBRARY) // 2) % len(LIBRARY)].family
    made = replace(each, conversation=said, digest=f"{number + 500:064x}", family=family)
    return replace(made, id=finalize.identity(made.digest, said), fact=finalize.fact(said))


@pytest.mark.parametrize("threshold", [60, 12])
def test_a_relation_that_both_pages_tell_is_not_asked_of_one_and_taught_by_the_other(threshold: int) -> None:
    """Conflicts stand on the pages of both features."""
    back = [turned(each) for each in LIBRARY if each.conversation.kind == "dependency"]
    many = SealSettings(family_threshold=threshold, valid_share=0.2, test_share=0.2)
    version = seal([*LIBRARY, *back], {}, settings=many)
    ends = {
        name: {frozenset((row["entity"], row["attribute"].partition(":")[2])) for row in found}
        for name in SPLITS
        if (found := [row for row in rows(version, name) if row["kind"] == "dependency"])
    }
    assert len(ends) > 1
    assert sum(map(len, ends.values())) == len(set().union(*ends.values()))
    assert {each.id for each in back} & {row["id"] for row in rows(version, *SPLITS)}


def turned(each: Candidate) -> Candidate:
    """What the page of the other feature says, which is a document of its own."""
    said = each.conversation
    field, _, host = said.attribute.partition(":")
    turns = tuple(Message(turn.role, f"From the other end: {turn.content}") for turn in said.messages)
    made = replace(said, entity=host, attribute=f"{field}:{said.entity}", messages=turns)
    digest = f"{int(each.digest, 16) + 700:064x}"
    identity, fact = finalize.identity(digest, made), finalize.fact(made)
    return replace(each, id=identity, digest=digest, family=f"{each.family}-back", fact=fact, conversation=made)


def test_below_the_threshold_the_name_of_an_attribute_stands_in_one_split_only() -> None:
    """By no more than the names: whatever is said of a parameter or a counter names it."""
    words = {name: set(re.findall(r"\w+", str([row["messages"] for row in rows(VERSION, name)]))) for name in SPLITS}
    attributes = {item.name.partition(".")[2] for item in ITEMS if item.category in ("parameters", "counters")}
    assert {name for name in attributes if sum(name in said for said in words.values()) > 1} == set()
    assert len(attributes & (words["valid"] | words["test"])) > 2


def test_what_a_fictional_library_says_leaks_nowhere() -> None:
    """Through all stages, with lists that repeat what pages say, conditions behind commands and keys in procedures."""
    found, items = fictional(3)
    for threshold in (60, 3):
        version = seal(found, {}, settings=SealSettings(family_threshold=threshold, valid_share=0.1, test_share=0.1))
        assert told(version, items) == []
        assert min(version.splits.values()) > 10


def fictional(count: int) -> tuple[list[Candidate], list[Item]]:
    made: list[Candidate] = []
    items: list[Item] = []
    for name, data in demo_library(count).members:
        if name.endswith((".html", ".csv")):
            try:
                clean = delivered(data)
            except RandaemonError:
                continue  # what is to be refused
            known = extract(clean)
            items += known.items
            said = [one for fact in converse.facts(clean.markdown, known) for one in converse.converse(fact)]
            made += finalize.candidates(hashlib.sha256(data).hexdigest(), clean, known, said, 0.5)
    return made, items


NAME, OTHER = "EUtranCellFDD.beamSweepTimer", "EUtranCellFDD.beamSweepLevel"
PLANTED = {
    "unit": (("What is the range of {}?", "It is 10..9900 ms."), ("How do I set {} to 300 ms?", "Ask a colleague.")),
    "takes_effect": (
        ("When does {} change?", "A change takes effect immediately."),
        ("Set {}", "It then applies immediately."),
    ),
    "mo": (
        ("Where is pmBeamSweepAtt?", "In the MO class EUtranCellFDD."),
        ("Hello?", "cmedit get X EUtranCellFDD=1 pmBeamSweepAtt"),
    ),
    "default": (("What is {} by default?", "The default is 400."), ("Explain {}.", "Mind its default: 400 is little.")),
    "licence_key": (
        ("What is the licence key of Beam Sweep?", "It is CXC4012400."),
        ("How do I lock a cell for Beam Sweep?", "See FeatureState=CXC4012400 first."),
    ),
    "command": (
        ("How do I read {}?", "cmedit get <NODE> EUtranCellFDD.beamSweepTimer -t"),
        ("What does this do?\ncmedit get <NODE> EUtranCellFDD.beamSweepTimer -t", "It reads."),
    ),
}


def planted(kind: str, *said: str) -> dict[str, Any]:
    roles = ("user", "assistant")
    messages = [{"role": roles[place % 2], "content": text.replace("{}", NAME)} for place, text in enumerate(said)]
    return {"id": said[0], "kind": kind, "messages": messages}


@pytest.mark.parametrize("field", PLANTED)
@pytest.mark.parametrize("turn", [0, 1])
def test_a_leak_is_found_by_the_words_wherever_they_stand(field: str, turn: int) -> None:
    asks, tells = PLANTED[field]
    kind = "command_read" if field == "command" else "fact"
    later = (
        [planted("multi_turn", "Anything else?", f"Not of {OTHER}.", *tells)][0] if turn else planted("fact", *tells)
    )
    asked = planted(kind, *asks)
    found = leaks.leaks({"train": [planted("fact", "Hello?", "Hello."), later], "valid": [], "test": [asked]}, ITEMS)
    assert [(leak.told.field or leak.told.category, leak.asked_by, leak.told_by) for leak in found] == [
        (field, asked["id"], later["id"])
    ]


@pytest.mark.parametrize(
    "said",
    [
        ("What is the default of {}?", "See the documentation."),
        ("What is the default of EUtranCellFDD.loadShiftTimer?", "The default is 400."),
        ("What of {}?", "It is one of 400 attributes."),
        ("What is EUtranCellFDD.BeamSweepTimer?", "Its default is 400."),
        ("Compare.", f"- {NAME} is the older.\n- {OTHER} has the default 400."),
    ],
)
def test_what_tells_another_value_or_of_another_item_is_no_leak(said: tuple[str, str]) -> None:
    asked = planted("fact", *PLANTED["default"][0])
    assert leaks.leaks({"train": [planted("fact", *said)], "valid": [], "test": [asked]}, ITEMS) == []


def test_what_a_question_says_itself_is_not_asked() -> None:
    asked = planted("fact", "Does {} have the default 400?", "Yes, its default is 400.")
    told_by = planted("fact", "What is the default of {}?", "Its default is 400.")
    assert leaks.leaks({"train": [told_by], "valid": [], "test": [asked]}, ITEMS) == []


def test_a_question_for_a_class_is_not_asked_where_training_writes_the_full_name() -> None:
    """Two families about one parameter, on the two sides of the cut."""
    one = [each for each in LIBRARY if each.conversation.entity == "EUtranCellFDD.pmBeamSweepAtt"]
    asks = [each for each in one if each.conversation.attribute == "mo"]
    families = [f"number:{number}" for number in range(60)]
    drawn = seal([replace(simple(number), family=name) for number, name in enumerate(families)], {})
    tested = next(row["family"] for row in rows(drawn, "test"))
    taught = next(row["family"] for row in rows(drawn, "train"))
    asked = [replace(each, family=tested, digest="a" * 64) for each in asks]
    told_ = [replace(each, family=taught, digest="b" * 64) for each in one if each not in asks]
    others = [replace(simple(number), family=name) for number, name in enumerate(families)]
    assert asks
    found = {row["id"] for row in rows(seal([*others, *asked], {}), "test")}
    assert {each.id for each in asked} <= found
    assert not {each.id for each in asked} & {row["id"] for row in rows(seal([*others, *asked, *told_], {}), "test")}
