"""What is done with a sealed version: filtered, judged again, compared, and written for LLaMA-Factory."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.knowledge import document

from randaemon.dataset import Version, export, lookup, seal
from randaemon.dataset.differences import compare
from randaemon.dataset.verify import verify
from randaemon.dataset.where import parse
from randaemon.errors import RandaemonError
from randaemon.model import SPLITS, Candidate, Clean, Extraction
from randaemon.stages import converse, finalize


@cache
def candidates(number: int, default: int | None = None) -> tuple[Candidate, ...]:
    known = document(number, default=default)
    said = [each for fact in converse.facts(known.markdown, known.extraction) for each in converse.converse(fact)]
    return finalize.candidates(known.digest, known.clean, known.extraction, said, 0.5)


@cache
def version() -> Version:
    return seal([each for number in range(3) for each in candidates(number)], {})


def rows(sealed: Version) -> list[dict[str, Any]]:
    return [row for name in SPLITS for row in export.read_split(sealed.files, name)]


def splits(sealed: Version) -> dict[str, list[dict[str, Any]]]:
    return {name: export.read_split(sealed.files, name) for name in SPLITS}


def source(digest: str) -> tuple[Clean, Extraction] | None:
    known = {each.digest: each for each in map(document, range(3))}.get(digest)
    return (known.clean, known.extraction) if known else None


# --- Judged again -------------------------------------------------------------------------------------------------


def by_id() -> dict[str, Candidate]:
    return {each.id: each for number in range(3) for each in candidates(number)}


def test_every_sample_of_a_version_holds_what_a_sample_must_hold() -> None:
    verdict = verify(splits(version()), by_id(), source)
    assert verdict.ok
    assert verdict.samples == version().samples
    assert verdict.spans > verdict.samples


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"evidence": [{"start": 0, "end": 4, "text": "else"}]}, "a span is not its slice"),
        ({"document": "f" * 64}, "its document is not stored"),
        ({"id": "0" * 16}, "it is no candidate"),
        ({"score": 0.1}, "its score is another"),
        ({"messages": [{"role": "user", "content": "?"}]}, "its words are not the candidate's"),
    ],
)
def test_a_row_that_does_not_hold_it_is_counted_and_named(change: dict[str, Any], problem: str) -> None:
    row = {**rows(version())[0], **change}
    verdict = verify({"train": [row]}, by_id(), source)
    assert verdict.wrong[problem] == 1
    assert verdict.examples == (f"{row['id']}: {problem}",)


def test_a_gate_that_refuses_now_is_told() -> None:
    row = rows(version())[0]
    known = by_id()[row["id"]]
    spoilt = replace(known, conversation=replace(known.conversation, evidence=()))
    assert "the gate evidence refuses it" in verify({"train": [row]}, {row["id"]: spoilt}, source).wrong


def test_a_row_of_training_that_tells_what_test_asks_is_counted_and_named() -> None:
    sealed = splits(version())
    moved = next(row for row in sealed["test"] if row["kind"] == "fact")
    again = next(each for each in by_id().values() if each.fact == moved["fact"] and each.id != moved["id"])
    messages = [{"role": each.role, "content": each.content} for each in again.conversation.messages]
    row = {**moved, "id": again.id, "messages": messages, "score": again.score.value}
    verdict = verify({**sealed, "train": [*sealed["train"], row]}, by_id(), source)
    assert list(verdict.wrong) == ["an earlier split tells what it asks"]
    assert all(f"which {again.id} tells" in example for example in verdict.examples)
    assert verdict.examples


# --- Filtered -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terms", "holds"),
    [
        (["kind=fact"], lambda row: row["kind"] == "fact"),
        (["kind!=fact", "score>=0.99"], lambda row: row["kind"] != "fact" and row["score"] >= 0.99),
        (["entity~sweeptimer"], lambda row: "SweepTimer" in row["entity"]),
        (["places=lib.zip/a.html"], lambda row: "lib.zip/a.html" in row["places"]),
    ],
)
def test_rows_are_filtered_by_all_terms(terms: list[str], holds: Any) -> None:
    wanted = parse(terms)
    assert [row["id"] for row in rows(version()) if wanted(row)] == [row["id"] for row in rows(version()) if holds(row)]


@pytest.mark.parametrize("term", ["kind", "colour=red", "score>=high", "kind>=fact"])
def test_a_term_that_means_nothing_is_refused(term: str) -> None:
    with pytest.raises(RandaemonError, match=r"cannot filter|no order"):
        parse([term])


@pytest.mark.parametrize("form", export.FORMATS)
def test_a_filtered_export_holds_the_splits_with_the_wanted_rows_only(form: str, tmp_path: Path) -> None:
    written = export.write(version().files, form, tmp_path, parse(["kind=procedure"]))
    assert {path.stem for path in written.files} - {"dataset_info"} == {"train", "valid", "test"}
    if form == "jsonl":
        assert {json.loads(line)["kind"] for line in (tmp_path / "train.jsonl").read_text().splitlines()} == {
            "procedure"
        }


# --- LLaMA-Factory ------------------------------------------------------------------------------------------------


def test_sharegpt_speaks_in_turns_of_human_and_gpt(tmp_path: Path) -> None:
    export.write(version().files, "sharegpt", tmp_path)
    found = json.loads((tmp_path / "train.json").read_text())
    assert len(found) == version().splits["train"]
    for row in found:
        turns = [turn["from"] for turn in row["conversations"]]
        assert turns == ["human", "gpt"] * (len(turns) // 2)
        assert all(turn["value"] for turn in row["conversations"])
    information = json.loads((tmp_path / "dataset_info.json").read_text())
    assert information["randaemon_train"] == {
        "file_name": "train.json",
        "formatting": "sharegpt",
        "columns": {"messages": "conversations"},
    }


def test_alpaca_has_the_last_turn_as_instruction_and_the_earlier_ones_as_history(tmp_path: Path) -> None:
    export.write(version().files, "alpaca", tmp_path)
    for name in SPLITS:
        sealed = export.read_split(version().files, name)
        for row, before in zip(json.loads((tmp_path / f"{name}.json").read_text()), sealed, strict=True):
            said = [turn["content"] for turn in before["messages"]]
            assert [*(text for turn in row["history"] for text in turn), row["instruction"], row["output"]] == said
            assert row["input"] == ""
    assert any(row["history"] for row in json.loads((tmp_path / "train.json").read_text()))


# --- Found by id --------------------------------------------------------------------------------------------------


def test_every_sample_is_found_in_its_split_and_nothing_else_is(tmp_path: Path) -> None:
    export.write(version().files, "jsonl", tmp_path / "v")
    for name, found in splits(version()).items():
        assert {lookup.split_of(row["id"], tmp_path / "v") for row in found} == {name}
    ids = {row["id"] for row in rows(version())}
    others = {f"{int(each, 16) + 1:016x}" for each in ids} - ids | {"", "0" * 16, "f" * 16}
    assert {lookup.split_of(each, tmp_path / "v") for each in others} == {""}
    assert lookup.split_of("0" * 16, tmp_path / "none") == ""


def test_a_sample_that_is_only_asked_is_found_in_its_part_of_the_evaluation(tmp_path: Path) -> None:
    export.write(version().files, "jsonl", tmp_path / "v")
    said = {name: set[str]() for name in ("recall", "refusal", "")}
    for each in by_id().values():
        if not lookup.split_of(each.id, tmp_path / "v"):
            question = each.conversation.messages[0].content
            said[lookup.part_of(each.fact, question, tmp_path / "v")].add(question)
    asked = [json.loads(row) for row in version().files["evaluation.jsonl"].splitlines()]
    for part in ("recall", "refusal"):
        assert said[part] == {row["messages"][0]["content"] for row in asked if row["part"] == part}
    assert lookup.part_of("0" * 16, "?", tmp_path / "v") == lookup.part_of("0" * 16, "?", tmp_path / "none") == ""


def test_a_sample_is_found_without_reading_the_rest(tmp_path: Path) -> None:
    """A row that cannot be read would be noticed by whoever reads them all."""
    ids = [f"{number:016x}" for number in range(1000)]
    lines_ = [json.dumps({"messages": "x" * (number % 300), "id": each}) for number, each in enumerate(ids)]
    lines_[1] = "no JSON"
    (tmp_path / "train.jsonl").write_text("\n".join(lines_) + "\n")
    (tmp_path / "valid.jsonl").write_text("")
    assert all(lookup.split_of(each, tmp_path) == "train" for each in ids[600:])


# --- Compared -----------------------------------------------------------------------------------------------------


def test_a_version_differs_from_itself_in_nothing() -> None:
    found = compare(rows(version()), rows(version()))
    assert (found.added, found.removed, found.changed, found.same) == ((), (), (), version().samples)


def test_a_newer_issue_shows_as_other_answers_and_not_as_other_rows() -> None:
    old = [replace(each, issue="r11A000") for each in candidates(0)]
    new = [replace(each, digest="e" * 64, issue="r11B000") for each in candidates(0, 77)]
    found = compare(rows(seal(old, {})), rows(seal([*old, *new], {})))
    answers = {after["messages"][-1]["content"] for _, after in found.changed}
    assert any("is 770 ms." in answer for answer in answers)
    assert found.same > len(found.changed)


def test_a_document_that_came_and_one_that_left_are_counted_by_their_title() -> None:
    found = compare(rows(seal(candidates(0), {})), rows(seal(candidates(1), {})))
    assert set(found.by_document()) == {"Beam Sweep", "Load Shift"}
    assert found.by_document()["Load Shift"]["added"] > 100
    assert found.by_document()["Beam Sweep"]["removed"] > 100
    untitled = [{**row, "title": ""} for row in found.added]
    assert set(compare((), untitled).by_document()) == {str(row["places"][0]) for row in untitled if row["places"]} or {
        "a document without a title"
    }
