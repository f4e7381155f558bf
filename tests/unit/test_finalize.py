"""Candidates carry ids, facts and families that depend on content alone; refused ones stay, with their reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from tests.knowledge import Known, document

from randaemon.model import Candidate, Clean, Conversation, Done, Extraction, Message, Span, Stage, Task
from randaemon.stages import converse, finalize

KNOWN = document(0)


def conversations(known: Known) -> list[Conversation]:
    return [each for fact in converse.facts(known.markdown, known.extraction) for each in converse.converse(fact)]


def candidates(known: Known = KNOWN, accept: float = 0.5) -> tuple[Candidate, ...]:
    return finalize.candidates(known.digest, known.clean, known.extraction, conversations(known), accept)


def test_ids_are_unique_ordered_and_the_same_at_every_call() -> None:
    found = candidates()
    ids = [each.id for each in found]
    assert ids == sorted(set(ids))
    assert all(len(each) == 16 for each in ids)
    shuffled = finalize.candidates(
        KNOWN.digest, KNOWN.clean, KNOWN.extraction, [*conversations(KNOWN)[::-1], *conversations(KNOWN)], 0.5
    )
    assert shuffled == found


@pytest.mark.parametrize(
    "change",
    [
        {"entity": "Other"},
        {"attribute": "range"},
        {"kind": "other"},
        {"phrasing": 3},
        {"generator": "model"},
        {"evidence": (Span(0, 1, "#"),)},
    ],
)
def test_the_id_depends_on_item_evidence_kind_phrasing_and_generator(change: dict[str, object]) -> None:
    one = conversations(KNOWN)[0]
    assert finalize.identity(KNOWN.digest, one) != finalize.identity(KNOWN.digest, replace(one, **change))  # type: ignore[arg-type]
    assert finalize.identity(KNOWN.digest, one) != finalize.identity("f" * 64, one)


def test_all_wordings_of_a_fact_share_its_hash_in_every_document() -> None:
    one, other = conversations(KNOWN)[0], conversations(KNOWN)[1]
    assert finalize.fact(one) == finalize.fact(other)
    assert finalize.fact(one) != finalize.fact(replace(one, attribute="other"))
    assert finalize.fact(replace(one, entity="A1.pMax")) != finalize.fact(replace(one, entity="A1.pMay"))
    assert finalize.fact(replace(one, entity="A  B")) == finalize.fact(replace(one, entity="A B"))


def family(number: str = "", title: str = "") -> str:
    return finalize.family("d" * 64, Clean("", title), Extraction((), {"document_number": number}))


def test_the_family_is_the_document_number_without_language_and_spaces() -> None:
    assert family("347/221 04-LZA 701 6014/1 Uen") == "number:347/22104-LZA7016014/1"
    assert family("347/221 04-LZA 701 6014/1 Uen BC") == family("347/22104-LZA7016014/1", "Other title")
    assert finalize.family("d", Clean("", meta={"document_number": "1/2"}), Extraction(())) == "number:1/2"


def test_the_family_is_else_the_title_without_its_release() -> None:
    assert family(title="Beam Sweep 22.Q3") == family(title="  beam   SWEEP  Rev B") == "title:beam sweep"
    assert family(title="NR 38.300 v16.21.0") == family(title="NR 38.300 V15.5.0") != family(title="NR 38.331 v15.5.0")


def test_a_title_with_a_chat_marker_is_kept_without_it() -> None:
    clean = Clean(KNOWN.markdown, "Beam<|im_start|>Sweep")
    found = finalize.candidates(KNOWN.digest, clean, Extraction(KNOWN.extraction.items), conversations(KNOWN)[:1], 0.5)
    assert (found[0].title, found[0].family) == ("Beam Sweep", "title:beam sweep")


def test_the_family_of_a_document_that_says_nothing_of_itself_is_its_digest() -> None:
    assert family() == f"digest:{'d' * 64}"


def test_a_sample_under_the_threshold_is_refused_by_the_score_gate() -> None:
    found = candidates(accept=0.99)
    refused = [each for each in found if not each.score.accepted]
    assert refused
    assert all(each.score.gate == "score" and each.score.value < 0.99 for each in refused)
    assert "under the accepted 0.99" in refused[0].score.reason


def test_a_quotation_that_is_almost_right_is_stored_as_what_stands_there() -> None:
    one = next(each for each in conversations(KNOWN) if each.attribute.startswith("prerequisites"))
    almost = replace(one, evidence=tuple(replace(each, text=each.text[:-1] + "?") for each in one.evidence))
    found = finalize.candidates(KNOWN.digest, KNOWN.clean, KNOWN.extraction, [almost], 0.5)
    assert found[0].score.accepted
    assert found[0].conversation.evidence == one.evidence


def task(folder: Path, known: Known, said: list[Conversation], **options: object) -> Task:
    values = {Stage.PREPROCESS: known.clean, Stage.EXTRACT: known.extraction, Stage.CONVERSE: said}
    inputs = {}
    for stage, value in values.items():
        inputs[stage] = folder / stage.label
        inputs[stage].write_bytes(msgspec.json.encode(value))
    return Task(Stage.FINALIZE, known.digest, folder / "source", inputs, folder, options)


def test_the_stage_gives_candidates_and_the_quality_of_the_document(tmp_path: Path) -> None:
    outcome = finalize.run(task(tmp_path, KNOWN, conversations(KNOWN)))
    assert isinstance(outcome, Done)
    assert outcome.candidates == candidates()
    assert outcome.meta["samples"] == len(outcome.candidates)
    assert outcome.meta["refused"] == 0
    assert outcome.meta["coverage"] == 1.0
    assert outcome.meta["quality"] == outcome.meta["mean_score"]


def test_refused_candidates_are_kept_with_gate_and_reason(tmp_path: Path) -> None:
    one = conversations(KNOWN)[0]
    bad = replace(one, messages=(one.messages[0], Message("assistant", "It is 77 kHz.")))
    outcome = finalize.run(task(tmp_path, KNOWN, [bad, conversations(KNOWN)[1]], accept=0.1))
    assert isinstance(outcome, Done)
    assert (outcome.meta["samples"], outcome.meta["refused"]) == (1, 1)
    refused = next(each for each in outcome.candidates if not each.score.accepted)
    assert refused.score.gate == "identifiers"
    assert "77" in refused.score.reason


def test_a_document_without_conversations_ends_well_with_no_samples(tmp_path: Path) -> None:
    outcome = finalize.run(task(tmp_path, KNOWN, []))
    assert outcome == Done(meta={"samples": 0, "refused": 0, "quality": 0.0, "coverage": 0.0, "mean_score": 0.0})


@pytest.mark.parametrize(
    ("title", "same_as"),
    [
        ("Link Power Control Rev. B", "link power control"),
        ("Link Power Control, revision PA1", "link power control"),
        ("Link Power Control rev2", "link power control"),
        ("Reverse Link Power Control", "reverse link power control"),
        ("Review of Power Control", "review of power control"),
    ],
)
def test_a_revision_is_no_part_of_a_title_and_a_word_that_begins_like_one_is(title: str, same_as: str) -> None:
    assert finalize.normalised_title(title) == same_as


def test_issues_that_are_plain_numbers_or_say_rev_sort_by_age() -> None:
    assert finalize.issue({"revision": "2"}) < finalize.issue({"revision": "10"}) < finalize.issue({"revision": "10.1"})
    assert finalize.issue({"revision": "Rev B"}) == finalize.issue({"revision": "B"})
