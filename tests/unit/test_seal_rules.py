"""Sealing beyond the bytes: issues, near-duplicates, caps, what is declined, what is only asked, what is covered."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.knowledge import document

from randaemon.dataset import SealSettings, Version, general, near, seal, superseded
from randaemon.dataset.coverage import Content
from randaemon.model import SPLITS, Candidate, Message, Score
from randaemon.quality.text import squash
from randaemon.ran.mo import MoModel
from randaemon.stages import converse, finalize


@cache
def candidates(number: int, digest: str = "", issue: str = "", default: int | None = None) -> tuple[Candidate, ...]:
    known = document(number, default=default)
    said = [each for fact in converse.facts(known.markdown, known.extraction) for each in converse.converse(fact)]
    found = finalize.candidates(digest or known.digest, known.clean, known.extraction, said, 0.5)
    return tuple(replace(each, issue=issue) for each in found)


def rows(version: Version, *names: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for name in names for line in version.files[f"{name}.jsonl"].splitlines()]


def part(version: Version, name: str) -> list[dict[str, Any]]:
    return [row for row in rows(version, "evaluation") if row["part"] == name]


def library(count: int) -> list[Candidate]:
    return [each for number in range(count) for each in candidates(number)]


LIBRARY = library(6)
VERSION = seal(LIBRARY, {})


# --- Issues -------------------------------------------------------------------------------------------------------


def test_a_newer_issue_of_a_document_supersedes_the_older_one() -> None:
    old, new = candidates(0, "a" * 64, "r11A000"), candidates(0, "b" * 64, "r11B000", default=77)
    version = seal([*old, *new], {})
    assert {row["document"] for row in rows(version, *SPLITS)} == {"b" * 64}
    assert version.funnel["superseded"] == len(old)
    assert seal(new, {}).files["train.jsonl"] == version.files["train.jsonl"]


def test_the_same_issue_in_another_format_and_one_that_tells_none_stay() -> None:
    found = [*candidates(0, "a" * 64, "r11A000"), *candidates(0, "b" * 64, "r11A000"), *candidates(0, "c" * 64)]
    assert seal(found, {}).funnel["superseded"] == 0


@pytest.mark.parametrize("digests", ["ab", "ba"])
def test_of_documents_with_one_plain_title_the_latest_teaches_what_both_tell(digests: str) -> None:
    old, new = (
        [replace(each, family="title:guide") for each in candidates(0, digest * 64, issue, default)]
        for digest, issue, default in zip(digests, ("d2025-12-31", "d2026-01-15"), (None, 77), strict=True)
    )
    version = seal([*old, *new], {})
    assert {row["document"] for row in rows(version, *SPLITS)} == {digests[1] * 64}
    assert version.funnel["superseded"] == 0
    assert version.funnel["repeated_facts"] == len(old)


def test_an_issue_of_which_nothing_passed_the_gates_supersedes_all_the_same() -> None:
    """Else a stricter threshold would bring back what the documents do not say any more."""
    refused = Score(0.4, gate="score", reason="0.40 is under the accepted 0.50")
    old, new = candidates(0, "a" * 64, "r11A000"), candidates(0, "b" * 64, "r11B000", default=77)
    version = seal([*old, *(replace(each, score=refused) for each in new)], {})
    assert (version.samples, version.funnel["superseded"]) == (0, len(old))


@pytest.mark.parametrize(
    ("family", "issues", "leaves"),
    [
        ("number:10022104", ("d2025-12-31", "d2026-01-15"), True),
        ("title:release notes", ("d2025-12-31", "d2026-01-15"), False),
        ("title:release notes", ("r11A000", "r11B000"), True),
        ("title:release notes", ("v00001", "v00002"), True),
    ],
)
def test_a_date_orders_issues_of_numbered_documents_only(family: str, issues: tuple[str, str], *, leaves: bool) -> None:
    """Two documents that share nothing but a plain title may be two documents."""
    old, new = (
        [replace(each, family=family) for each in candidates(number, digest * 64, issue)]
        for number, digest, issue in zip((0, 1), "ab", issues, strict=True)
    )
    assert superseded([*old, *new]) == (frozenset({"a" * 64}) if leaves else frozenset())
    assert (seal([*old, *new], {}).funnel["superseded"] > 0) == leaves


@pytest.mark.parametrize(
    "issues",
    [
        ({"revision": "PA1"}, {"revision": "PA12"}, {"revision": "A"}, {"revision": "B"}, {"revision": "AA"}),
        ({"revision": "9.2.0"}, {"revision": "16.3.0"}, {"revision": "16.21.0"}),
        ({"date": "2025-12-31"}, {"date": "2026-01-15"}),
    ],
)
def test_issues_sort_by_age(issues: tuple[dict[str, str], ...]) -> None:
    told = [finalize.issue(meta) for meta in issues]
    assert told == sorted(set(told))


def test_what_is_no_issue_tells_none() -> None:
    assert finalize.issue({}) == finalize.issue({"revision": "draft of May", "date": "May"}) == ""


# --- Near-duplicates ----------------------------------------------------------------------------------------------


LONG = "The counter EUtranCellFDD.pmOtterAtt counts how often the cell tries to merge its carriers in a busy hour"


def test_a_text_loses_to_a_near_one_with_a_smaller_id_and_wordings_of_one_fact_do_not() -> None:
    near_one = f"{LONG} again"
    assert near.losers([near.Text("2", LONG), near.Text("1", near_one)]) == {"2"}
    assert near.losers([near.Text("2", LONG, "fact"), near.Text("1", near_one, "fact")]) == set()


@pytest.mark.parametrize("other", ["pmOtterAtp", "pmotterAtt", "pmOtterAtt2"])
def test_names_that_differ_in_one_letter_are_never_merged(other: str) -> None:
    assert near.losers([near.Text("1", LONG), near.Text("2", LONG.replace("pmOtterAtt", other))]) == set()


def test_numbers_that_differ_are_never_merged() -> None:
    one, two = f"{LONG} and 400 ms later", f"{LONG} and 500 ms later"
    assert near.losers([near.Text("1", one), near.Text("2", two)]) == set()


@settings(max_examples=30)
@given(st.randoms(use_true_random=False))
def test_the_order_of_the_texts_does_not_matter(chance: random.Random) -> None:
    words = LONG.split()
    texts = [near.Text(f"{number:02d}", " ".join(words[: 10 + number % 7])) for number in range(30)]
    expected = near.losers(texts)
    chance.shuffle(texts)
    assert near.losers(texts) == expected


def test_no_two_splits_hold_near_texts() -> None:
    said = [
        (name, near.triples(" ".join(message["content"] for message in row["messages"])), row)
        for name in SPLITS
        for row in rows(VERSION, name)
    ]
    trained = [each for each in said if each[0] == "train"]
    for name, words, row in said:
        if name != "train":
            assert all(
                near.likeness(words, other) < near.LIKE
                or near.names(str(row["messages"])) != near.names(str(theirs["messages"]))
                for _, other, theirs in trained
            )


# --- Leaks --------------------------------------------------------------------------------------------------------


def test_no_turn_of_any_training_row_asks_what_the_evaluation_asks() -> None:
    asked = {squash(row["messages"][0]["content"]) for row in part(VERSION, "recall")}
    turns = {
        squash(turn["content"]) for row in rows(VERSION, "train") for turn in row["messages"] if turn["role"] == "user"
    }
    assert not turns & (asked | general.asked())


def said_again(each: Candidate, number: int, *turns: Message) -> Candidate:
    """Another candidate of another fact that says these turns; its id is greater than any true one's."""
    said = replace(each.conversation, messages=turns, attribute=f"again{number}", entity=f"A1Cell.again{number}")
    return replace(each, id=f"{'f' * 12}{number:04x}", fact=f"{number:016x}", conversation=said)


def test_a_near_copy_of_another_fact_leaves_the_version() -> None:
    one = next(each for each in LIBRARY if each.conversation.attribute == "overview")
    question, answer = one.conversation.messages
    longer = "the one and the other and all that there is to be said about it here and there and everywhere"
    asked = question.content.rstrip("?.")
    first, copied = (
        said_again(one, number, Message("user", f"{asked} {word}?"), Message("assistant", f"{answer.content} {more}"))
        for number, word, more in ((1, "now", longer), (2, "then", f"{longer} and so on"))
    )
    version = seal([*LIBRARY, first, copied], {})
    assert version.funnel["near_duplicates"] == VERSION.funnel["near_duplicates"] + 1
    assert copied.id not in {row["id"] for row in rows(version, *SPLITS)}


def test_a_later_turn_that_asks_what_the_evaluation_asks_leaves_training() -> None:
    asked = [row["messages"][0]["content"] for row in part(VERSION, "recall")][:8]
    turn = next(each for each in LIBRARY if each.conversation.kind == "fact").conversation.messages
    talks = [
        said_again(
            LIBRARY[0], number, turn[0], turn[1], Message("user", question), Message("assistant", f"It is {number}.")
        )
        for number, question in enumerate(asked)
    ]
    version = seal([*LIBRARY, *talks], {})
    recalled = {squash(row["messages"][0]["content"]) for row in part(version, "recall")}
    trained = {
        squash(turn["content"]) for row in rows(version, "train") for turn in row["messages"] if turn["role"] == "user"
    }
    assert recalled & {squash(question) for question in asked}
    assert not recalled & trained


@pytest.mark.parametrize("threshold", [60, 3])
@settings(max_examples=2)
@given(copies=st.sets(st.integers(0, 5), min_size=1, max_size=3))
def test_the_same_documents_in_another_format_or_release_move_no_fact_across_splits(
    copies: set[int], threshold: int
) -> None:
    chosen = SealSettings(family_threshold=threshold)
    before = placed(seal([replace(each, issue="r11A000") for each in LIBRARY], {}, settings=chosen))
    again = [each for number in copies for each in candidates(number, f"{number + 900:064x}", "r11A000")]
    newer = [each for number in copies for each in candidates(number, f"{number + 800:064x}", "r11B000", default=77)]
    old = [replace(each, issue="r11A000") for each in LIBRARY]
    assert placed(seal([*old, *again], {}, settings=chosen)) == before
    released = seal([*old, *newer], {}, settings=chosen)
    assert released.funnel["superseded"] > 100
    assert stays(before, placed(released))  # another default may make or unmake a comparison


@pytest.mark.parametrize("threshold", [60, 3])
def test_documents_that_come_move_no_fact_that_was_there(threshold: int) -> None:
    """What they tell of the same items can cost it its place, and can give it no other."""
    chosen = SealSettings(family_threshold=threshold, valid_share=0.2, test_share=0.2)
    few, many = (placed(seal(library(count), {}, settings=chosen)) for count in (4, 6))
    assert stays(few, many)


def stays(before: dict[str, set[str]], after: dict[str, set[str]]) -> bool:
    """Nearly all of the facts are still there, each in its split."""
    both = before.keys() & after.keys()
    return len(both) > 0.9 * len(before) and all(before[fact] == after[fact] for fact in both)


def placed(version: Version) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for name in SPLITS:
        for row in rows(version, name):
            found[row["fact"]].add(name)
    return found


# --- Declined, asked back, forgotten ------------------------------------------------------------------------------


def test_a_question_that_another_document_answers_is_not_declined() -> None:
    refusal = next(each for each in LIBRARY if each.conversation.kind == "refusal")
    category, entity = refusal.conversation.category.value, refusal.conversation.entity
    field = refusal.conversation.attribute.partition(":")[2]
    other = next(each for each in candidates(7) if each.conversation.attribute == "description")
    told = replace(other, conversation=replace(other.conversation, entity=entity, attribute=field))
    told = replace(told, conversation=replace(told.conversation, category=refusal.conversation.category))
    assert category
    assert seal([refusal], {}).samples == 1
    assert seal([refusal, told], {}).funnel["answered_elsewhere"] == 1


def stating(refusal: Candidate, issue: str = "") -> Candidate:
    """A card of another document that states what is declined, for the bare name of its attribute."""
    card = next(each for each in candidates(7) if each.conversation.kind == "overview")
    said = refusal.conversation
    states = ((said.category.value, said.entity.partition(".")[2], said.attribute.partition(":")[2]),)
    return replace(card, conversation=replace(card.conversation, states=states), issue=issue)


def test_what_any_document_states_is_declined_nowhere_even_if_it_teaches_nothing_else() -> None:
    refusal = next(each for each in LIBRARY if each.conversation.attribute.startswith("refusal:precondition"))
    listed = stating(refusal)
    before = replace(listed, id="0" * 16, digest="0" * 64, conversation=replace(listed.conversation, states=()))
    version = seal([refusal, listed, before], {})
    assert (version.funnel["repeated_facts"], version.funnel["answered_elsewhere"]) == (1, 1)


def test_what_only_a_superseded_issue_states_is_declined() -> None:
    refusal = next(each for each in LIBRARY if each.conversation.attribute.startswith("refusal:precondition"))
    old = stating(refusal, "r11A000")
    new = replace(old, id="f" * 16, digest="f" * 64, issue="r11B000")
    new = replace(new, conversation=replace(new.conversation, states=()))
    version = seal([refusal, old, new], {})
    assert (version.funnel["superseded"], version.funnel["answered_elsewhere"]) == (1, 0)


def test_a_library_that_says_nothing_else_leaves_it_declined() -> None:
    refusal = next(each for each in LIBRARY if each.conversation.kind == "refusal")
    assert seal([refusal], {}, MoModel({})).funnel["answered_elsewhere"] == 0


def test_the_evaluation_set_has_four_parts() -> None:
    parts = {row["part"] for row in rows(VERSION, "evaluation")}
    assert parts == {"recall", "heldout", "refusal", "forgetting"}
    trained = {row["fact"] for row in rows(VERSION, "train")}
    assert not trained & {row["fact"] for row in part(VERSION, "refusal")}
    assert {row["kind"] for row in part(VERSION, "refusal")} == {"refusal"}
    assert any(row["kind"] == "refusal" for row in rows(VERSION, "train"))
    assert len(part(VERSION, "forgetting")) == len(general.QUESTIONS) >= 20
    keys = {"part", "fact", "kind", "messages", "expected", "answer", "family"}
    assert all(set(row) == keys for row in rows(VERSION, "evaluation"))


def test_every_general_answer_holds_what_is_expected_of_it() -> None:
    assert all(
        any(part in answer.lower() for part in value.lower().split("|")) for _, answer, value in general.QUESTIONS
    )


# --- Balance and coverage -----------------------------------------------------------------------------------------


def test_no_document_and_no_kind_is_more_than_its_share() -> None:
    version = seal(LIBRARY, {}, settings=SealSettings(document_cap=100, kind_cap=0.1))
    by_document: dict[str, int] = defaultdict(int)
    for row in rows(version, *SPLITS):
        by_document[row["document"]] += 1
    assert max(by_document.values()) <= 100
    assert version.funnel["over_caps"] > 0
    assert VERSION.funnel["over_caps"] >= 0


def test_a_kind_that_is_too_common_leaves_whole_facts() -> None:
    version = seal(LIBRARY, {}, settings=SealSettings(kind_cap=0.05))
    left = {row["fact"] for row in rows(version, *SPLITS) if row["kind"] == "command_read"}
    before = {row["fact"] for row in rows(VERSION, *SPLITS) if row["kind"] == "command_read"}
    assert left < before
    kept = [
        row for row in rows(version, *SPLITS, "evaluation") if row["fact"] in left and row["kind"] == "command_read"
    ]
    assert len(kept) == 4 * len(left) + sum(row.get("part") == "heldout" for row in kept)


def test_the_coverage_map_counts_the_samples_of_every_item() -> None:
    items = {(item.category.value, item.name) for n in range(6) for item in document(n).extraction.items}
    content = Content({*items, ("events", "NEVER_TOLD")}, chunks=12)
    version = seal(LIBRARY, {}, content=content)
    whole = msgspec.json.decode(version.files["coverage.json"])
    assert whole["events"]["NEVER_TOLD"] == 0
    assert whole["parameters"]["EUtranCellFDD.beamSweepTimer"] >= 5
    summary: Any = version.manifest["coverage"]
    assert summary["events"]["0"] == 1
    assert summary["parameters"]["items"] == 24
    assert (version.funnel["chunks"], version.funnel["items"]) == (12, len(content.items))
