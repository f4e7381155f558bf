"""Rows and batches as training sees them."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.trainable import write_version

from randaemon.errors import TrainingError
from randaemon.training.batches import Batching, Cursor, order, stream
from randaemon.training.generate import THOUGHTS
from randaemon.training.launch import awake, environment
from randaemon.training.rows import asked_as_trained, read


def test_a_conversation_becomes_one_row_for_each_assistant_turn(tmp_path: Path) -> None:
    write_version(tmp_path)
    turns = [{"role": role, "content": f"{role} {turn}"} for turn in (1, 2) for role in ("user", "assistant")]
    (tmp_path / "train.jsonl").write_text(json.dumps({"id": "a", "fact": "f", "family": "x", "messages": turns}) + "\n")
    rows = read(tmp_path).train
    assert [row.id for row in rows] == ["a:1", "a:3"]
    assert [message["content"] for message in rows[1].messages] == ["user 1", "assistant 1", "user 2", "assistant 2"]


def test_a_question_is_asked_again_in_words_its_fact_was_trained_with(tmp_path: Path) -> None:
    data = read(write_version(tmp_path))
    asked = asked_as_trained(data)
    assert len(asked) == len(data.questions) == 20
    trained = {row.messages[0]["content"] for row in data.train}
    for held_out, again in zip(data.questions, asked, strict=True):
        assert held_out.prompt[0]["content"] not in trained
        assert again.prompt[0]["content"] in trained
        assert (again.fact, again.expected) == (held_out.fact, held_out.expected)


@pytest.mark.parametrize("damage", [b'{"messages": ', b'{"id": "\xff"}', b"\xff\xfe"])
def test_a_damaged_or_missing_file_is_named(tmp_path: Path, damage: bytes) -> None:
    write_version(tmp_path)
    (tmp_path / "test.jsonl").write_bytes(damage)
    with pytest.raises(TrainingError, match=r"test\.jsonl cannot be read"):
        read(tmp_path)
    (tmp_path / "test.jsonl").unlink()
    with pytest.raises(TrainingError, match=r"test\.jsonl cannot be read"):
        read(tmp_path)


@given(st.lists(st.integers(1, 90), min_size=1, max_size=300), st.integers(1, 9), st.integers(0, 5))
def test_every_row_is_in_every_epoch_once_and_batches_are_never_larger_than_asked(
    lengths: list[int], size: int, seed: int
) -> None:
    batches = order(lengths, Batching(size, seed), epoch=3)
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    assert max(map(len, batches)) <= size
    assert sum(len(batch) < size for batch in batches) <= 1


@given(st.integers(1, 40), st.integers(1, 9), st.integers(0, 60))
def test_a_run_that_goes_on_from_any_batch_sees_what_it_would_have_seen(rows: int, size: int, done: int) -> None:
    lengths, batching = [number % 7 + 1 for number in range(rows)], Batching(size, seed=5)
    whole = list(islice(stream(lengths, batching), done + 20))
    cursor = whole[done - 1][1] if done else Cursor()
    assert list(islice(stream(lengths, batching, cursor), 20)) == whole[done:]


def test_epochs_and_seeds_differ_in_their_order() -> None:
    lengths = list(range(1, 60))
    orders = [order(lengths, Batching(4, seed), epoch) for seed in (1, 2) for epoch in (0, 1)]
    assert all(orders.count(one) == 1 for one in orders)


def test_thoughts_are_stripped_from_an_answer_also_when_they_were_cut() -> None:
    assert THOUGHTS.sub("", "<think>\nhm\n</think>\n\nIt is 5.") == "It is 5."
    assert THOUGHTS.sub("", "<think> and so on") == ""
    assert THOUGHTS.sub("", "It is 5.") == "It is 5."


def test_a_mac_is_kept_awake_for_as_long_as_the_child_lives() -> None:
    assert awake(4711, "darwin") == ["/usr/bin/caffeinate", "-i", "-w", "4711"]
    assert awake(4711, "linux") == []


def test_the_child_is_offline_unless_allowed_and_gets_a_fast_blas_where_there_is_one(tmp_path: Path) -> None:
    blas = tmp_path / "libopenblas.so.0"
    given_to = environment({"HOME": "/h"}, platform="linux", libraries=[blas])
    assert given_to["HF_HUB_OFFLINE"] == "1"
    assert given_to["HOME"] == "/h"
    assert "LD_PRELOAD" not in given_to
    blas.touch()
    assert environment({}, platform="linux", libraries=[blas])["LD_PRELOAD"] == str(blas)
    assert environment({"LD_PRELOAD": "mine"}, platform="linux", libraries=[blas])["LD_PRELOAD"] == "mine"
    for cores, threads in ((1, "1"), (2, "1"), (16, "8")):
        chosen = environment({}, platform="linux", libraries=[blas], cores=cores)
        assert chosen["OPENBLAS_NUM_THREADS"] == threads
    mine = {"OPENBLAS_NUM_THREADS": "3"}
    assert environment(mine, platform="linux", libraries=[blas])["OPENBLAS_NUM_THREADS"] == "3"
    on_a_mac = environment({}, allow_download=True, platform="darwin", libraries=[blas])
    assert {"LD_PRELOAD", "HF_HUB_OFFLINE", "MLX_DISABLE_COMPILE"}.isdisjoint(on_a_mac)
