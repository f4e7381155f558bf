"""Sealing: the same candidates give the same bytes in any order, nothing leaks, nothing is there twice."""

from __future__ import annotations

import hashlib
import random
from collections import Counter, defaultdict
from dataclasses import replace
from functools import cache
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.knowledge import document

from randaemon.dataset import SealSettings, Version, seal
from randaemon.dataset.splits import LARGE
from randaemon.model import Candidate, Category, Conversation, Item, Message, Score, Span
from randaemon.ran.mo import MoModel
from randaemon.stages import converse, finalize

PLACES = {f"{number:064x}": (f"lib.zip/b{number}.html", f"a{number}.html") for number in range(100)}


@cache
def candidates(number: int, default: int | None = None, facts: int = 1000) -> tuple[Candidate, ...]:
    known = document(number, default=default)
    told = converse.facts(known.markdown, known.extraction)[:facts]
    said = [each for fact in told for each in converse.converse(fact)]
    return finalize.candidates(known.digest, known.clean, known.extraction, said, 0.5)


@cache
def library(families: int) -> tuple[Candidate, ...]:
    return tuple(each for number in range(families) for each in candidates(number))


def rows(version: Version, name: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in version.files[f"{name}.jsonl"].splitlines()]


def simple(number: int, *, phrasing: int = 0, question: str = "", answer: str = "", **changes: Any) -> Candidate:
    """A candidate made by hand: `number` names document, family and fact."""
    said = Conversation(
        kind="fact",
        messages=(
            Message("user", question or f"What is n{number}, asked in way {phrasing}?"),
            Message("assistant", answer or f"The value of n{number} is {number}."),
        ),
        evidence=(Span(0, 2, "n1"),),
        category=Category.PARAMETER,
        entity=f"n{number}",
        attribute="default",
        phrasing=phrasing,
        expected={"value": str(number)},
    )
    digest = f"{number:064x}"
    one = Candidate(finalize.identity(digest, said), digest, f"title:{number}", finalize.fact(said), said, Score(0.8))
    return replace(one, **changes)


def fact_set(count: int, wordings: int = 4) -> list[Candidate]:
    return [simple(number, phrasing=way) for number in range(count) for way in range(wordings)]


# --- The same bytes -----------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(st.randoms(use_true_random=False), st.integers(1, 70))
def test_the_order_of_the_candidates_does_not_matter(chance: random.Random, count: int) -> None:
    found = fact_set(count)
    expected = seal(found, PLACES)
    chance.shuffle(found)
    again = seal(found, dict(reversed(PLACES.items())))
    assert again.files == expected.files
    assert again.digest == expected.digest


def issued(number: int, digit: str, issue: str, default: int | None = None) -> list[Candidate]:
    """A document as an issue of one that has a title and no number."""
    digest = digit * 64
    return [
        replace(
            each, id=finalize.identity(digest, each.conversation), digest=digest, family=f"title:{number}", issue=issue
        )
        for each in candidates(number, default)
    ]


def test_whole_documents_in_any_order_and_twice_give_the_same_bytes() -> None:
    dated = [*issued(5, "a", "d2025-12-31"), *issued(5, "b", "d2026-01-15", default=77)]
    found = [*library(2), *dated, *issued(6, "c", "r11A000"), *issued(6, "d", "r11B000")]
    expected = seal(found, PLACES)
    assert expected.funnel["superseded"] > 100
    for seed in range(5):
        random.Random(seed).shuffle(found)
        assert seal(found, PLACES).files == expected.files
    twice = seal([*found, *found], PLACES)
    assert twice.files["train.jsonl"] == expected.files["train.jsonl"]
    assert twice.splits == expected.splits


def test_the_digest_is_that_of_the_manifest_which_names_every_other_file() -> None:
    version = seal(library(2), PLACES)
    sealed = version.files["manifest.json"]
    assert list(version.files)[-1] == "manifest.json"
    assert version.digest == hashlib.sha256(sealed).hexdigest()
    manifest = msgspec.json.decode(sealed)
    assert set(manifest["files"]) == set(version.files) - {"manifest.json"}
    for name, told in manifest["files"].items():
        data = version.files[name]
        assert told == {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "lines": data.count(b"\n")}


def test_settings_and_places_are_part_of_the_version() -> None:
    found = library(2)
    digests = {
        seal(found, PLACES).digest,
        seal(found, {}).digest,
        seal(found, PLACES, settings=SealSettings(licence="apache-2.0")).digest,
        seal(found, PLACES, settings=SealSettings(valid_share=0.2)).digest,
    }
    assert len(digests) == 4


# --- Rows ---------------------------------------------------------------------------------------------------------


KEYS = """
    messages id kind document family title places heading entity attribute fact evidence score mode
"""


def test_every_row_has_the_same_keys_and_its_evidence_is_exact() -> None:
    version = seal(library(3), PLACES)
    markdowns = {known.digest: known.markdown for known in map(document, range(3))}
    for name in ("train", "valid", "test"):
        for row in rows(version, name):
            assert list(row) == KEYS.split()
            turns = len(row["messages"]) // 2
            assert [message["role"] for message in row["messages"]] == ["user", "assistant"] * turns
            assert row["places"] == sorted(PLACES[row["document"]])
            for span in row["evidence"]:
                assert markdowns[row["document"]][span["start"] : span["end"]] == span["text"]


def test_rows_are_ordered_by_id_and_counted() -> None:
    version = seal(library(3), PLACES)
    for name, count in version.splits.items():
        ids = [row["id"] for row in rows(version, name)]
        assert ids == sorted(set(ids))
        assert len(ids) == count
    assert version.samples == sum(version.splits.values()) > 100
    assert 0.8 < version.mean_quality <= 1.0


def test_only_accepted_candidates_become_samples_and_the_funnel_counts_the_rest() -> None:
    found = fact_set(30)
    refused = replace(simple(99), score=Score(0.0, gate="secret", reason="holds what looks like a password"))
    version = seal([*found, refused], PLACES)
    assert version.funnel["candidates"] == 121
    assert version.funnel["refused_secret"] == 1
    assert version.funnel["accepted"] == 120
    assert "n99" not in "".join(data.decode() for data in version.files.values())
    assert version.samples + version.funnel["held_out"] == 120


# --- Doubles and contradictions -----------------------------------------------------------------------------------


def test_the_same_fact_in_two_documents_is_taught_by_the_one_with_the_smallest_id_only() -> None:
    one, other = candidates(0), tuple(replace(each, digest="f" * 64, family="title:x") for each in candidates(0, 77))
    other = tuple(
        replace(each, id=finalize.identity("f" * 64, each.conversation)) for each in other
    )  # the same names, another default
    version = seal([*one, *other], PLACES)
    taught: dict[str, set[str]] = defaultdict(set)
    for name in ("train", "valid", "test"):
        for row in rows(version, name):
            taught[row["fact"]].add(row["document"])
    assert all(len(documents) == 1 for documents in taught.values())
    smallest: dict[str, str] = {}
    for each in sorted([*one, *other], key=lambda each: each.id):
        smallest.setdefault(each.fact, each.digest)
    assert all(documents == {smallest[fact]} for fact, documents in taught.items())
    assert version.funnel["repeated_facts"] > 0


def test_the_same_words_twice_are_one_sample_and_the_smaller_id_stays() -> None:
    one = simple(1, question="What is it?", answer="The value is 1.", fact="a", id="0" * 16)
    two = simple(2, question="What is it?", answer="The value is 1.", fact="b", id="1" * 16)
    version = seal([two, one], PLACES)
    assert [row["id"] for row in rows(version, "train")] == ["0" * 16]
    assert version.funnel["duplicates"] == 1


def test_a_question_with_two_answers_is_not_taught_at_all() -> None:
    one = simple(1, question="Which MO class has pMax?", answer="It is in A.")
    two = simple(2, question="Which MO class has pMax?", answer="It is in B.")
    version = seal([one, two, simple(3)], PLACES)
    assert version.funnel["ambiguous"] == 2
    assert version.samples == 1


def test_names_that_differ_in_one_letter_stay_apart() -> None:
    found = [simple(1), simple(2)]
    assert seal(found, PLACES).samples == 2


def test_commands_are_checked_against_the_whole_library() -> None:
    span = Span(0, 3, "abc")
    other = Item(
        Category.PARAMETER, "EUtranCellFDD.beamSweepTimer", span, fields={"read_only": Span(0, 3, "Yes")}
    )  # another document says that it cannot be set
    known = document(0)
    alone, whole = MoModel.of(known.extraction.items), MoModel.of([*known.extraction.items, other])
    assert seal(candidates(0), PLACES, alone).funnel["mo_check"] == 0
    version = seal(candidates(0), PLACES, whole)
    assert version.funnel["mo_check"] >= 4
    assert not any("beamSweepTimer=400" in row["messages"][1]["content"] for row in rows(version, "train"))


# --- Splits -------------------------------------------------------------------------------------------------------


def in_splits(version: Version, key: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for name in ("train", "valid", "test"):
        for row in rows(version, name):
            found[row[key]].add(name)
    return found


def test_below_the_threshold_no_fact_is_in_two_splits_and_the_manifest_says_so() -> None:
    version = seal(library(8), PLACES)
    assert all(len(splits) == 1 for splits in in_splits(version, "fact").values())
    assert version.manifest["split_rule"]["by"] == "fact"  # type: ignore[index]
    assert "No fact is in two splits" in version.files["README.md"].decode()


def test_from_the_threshold_on_no_family_is_in_two_splits_and_the_manifest_says_so() -> None:
    version = seal(fact_set(60), PLACES)
    assert all(len(splits) == 1 for splits in in_splits(version, "family").values())
    assert all(version.splits.values())
    assert version.manifest["split_rule"] == {
        "by": "family",
        "families": 60,
        "family_threshold": 60,
        "valid_share": 0.05,
        "test_share": 0.05,
    }
    assert "no family is in two splits" in version.files["README.md"].decode()
    assert seal(fact_set(59), PLACES).manifest["split_rule"]["by"] == "fact"  # type: ignore[index]


def test_real_documents_of_seventy_families_leak_neither_families_nor_facts() -> None:
    version = seal([each for number in range(70) for each in candidates(number, facts=5)], PLACES)
    assert version.manifest["split_rule"]["by"] == "family"  # type: ignore[index]
    assert all(len(splits) == 1 for splits in in_splits(version, "family").values())
    assert all(len(splits) == 1 for splits in in_splits(version, "fact").values())


@pytest.mark.parametrize("size", [200, LARGE + 1])
def test_a_long_list_is_never_held_out_by_family(size: int) -> None:
    """A model would know nothing that only the list tells."""
    drawn = in_splits(seal(fact_set(80), PLACES), "family")
    tested = next(family for family, names in drawn.items() if names == {"test"})
    listed = [simple(number, family=tested, digest="e" * 64) for number in range(1000, 1000 + size)]
    version = seal([*fact_set(80), *listed], PLACES)
    where = {name for name in version.splits for row in rows(version, name) if row["document"] == "e" * 64}
    assert where == ({"test"} if size < LARGE else {"train"})


@pytest.mark.parametrize("count", range(3, 40, 4))
def test_no_split_is_empty_from_three_facts_on(count: int) -> None:
    version = seal(fact_set(count), PLACES)
    assert all(version.splits[name] for name in ("train", "valid", "test"))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_fewer_facts_are_all_for_training(count: int) -> None:
    version = seal(fact_set(count), PLACES)
    assert (version.splits["valid"], version.splits["test"]) == (0, 0)
    assert b"path: valid.jsonl" not in version.files["README.md"]


def test_large_libraries_are_split_by_the_shares() -> None:
    version = seal(fact_set(1500, wordings=2), PLACES, settings=SealSettings(valid_share=0.1, test_share=0.05))
    assert 0.07 < version.splits["valid"] / version.samples < 0.13
    assert 0.03 < version.splits["test"] / version.samples < 0.08


def test_a_family_stays_in_its_split_as_the_library_grows() -> None:
    small, large = seal(fact_set(600, 1), PLACES), seal(fact_set(900, 1), PLACES)
    before, after = in_splits(small, "family"), in_splits(large, "family")
    assert all(after[family] == splits for family, splits in before.items())


# --- Evaluation ---------------------------------------------------------------------------------------------------


def evaluation(version: Version, part: str) -> list[dict[str, Any]]:
    return [row for row in rows(version, "evaluation") if row["part"] == part]


def test_one_wording_of_every_training_fact_is_held_out_and_asked() -> None:
    version = seal(library(6), PLACES)
    trained = {row["fact"] for row in rows(version, "train") if row["kind"] in ("fact", "command_read", "procedure")}
    asked = [row["fact"] for row in evaluation(version, "recall")]
    assert len(asked) == len(set(asked))
    assert set(asked) <= {row["fact"] for row in rows(version, "train")}
    assert len(set(asked) & trained) >= 0.95 * len(trained)


def test_a_held_out_question_is_nowhere_in_the_splits() -> None:
    version = seal(library(6), PLACES)
    questions = {row["messages"][0]["content"] for name in ("train", "valid", "test") for row in rows(version, name)}
    assert not questions & {row["messages"][0]["content"] for row in evaluation(version, "recall")}


@pytest.mark.parametrize("count", [4, 5, 7, 20])
def test_a_held_out_wording_is_one_that_other_facts_are_trained_with(count: int) -> None:
    version = seal(fact_set(count), PLACES)
    trained = Counter(way(row) for row in rows(version, "train"))
    asked = evaluation(version, "recall")
    assert asked
    assert all(trained[way(row)] for row in asked)


def way(row: dict[str, Any]) -> str:
    """The wording that a question of `simple` names at its end."""
    return str(row["messages"][0]["content"].rpartition(" ")[2])


def test_a_wording_that_only_one_fact_has_is_not_held_out() -> None:
    version = seal([simple(1, phrasing=way) for way in range(4)], PLACES)
    assert evaluation(version, "recall") == []
    assert version.splits["train"] == 4


def test_a_fact_with_two_wordings_keeps_both() -> None:
    version = seal(fact_set(40, wordings=2), PLACES)
    assert evaluation(version, "recall") == []


def test_held_out_wordings_are_spread_over_all_of_them() -> None:
    version = seal(fact_set(200), PLACES)
    ways = Counter(way(row) for row in evaluation(version, "recall"))
    assert set(ways) == {"0?", "1?", "2?", "3?"}
    assert min(ways.values()) > 20


def test_evaluation_rows_hold_what_is_compared() -> None:
    version = seal(library(6), PLACES)
    recall, heldout = evaluation(version, "recall"), evaluation(version, "heldout")
    assert len(heldout) == version.splits["test"] > 0
    for row in [*recall, *heldout]:
        assert set(row) == {"part", "fact", "kind", "messages", "expected", "answer", "family"}
        assert row["messages"][-1]["role"] == "user"
        assert row["expected"]
        assert row["answer"]


def test_an_empty_library_seals_to_an_empty_version() -> None:
    version: Version = seal((), {})
    assert version.samples == 0
    assert version.mean_quality == 0.0
    assert version.files["train.jsonl"] == b""
