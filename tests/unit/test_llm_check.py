"""What is taken for a reply, and how much room one needs; whether a model fits; where a key may lie."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from randaemon.errors import ModelOutputError, ModelRefused
from randaemon.llm import key, size
from randaemon.llm.budget import Budget
from randaemon.llm.check import checked, repair, same_model
from randaemon.model import Answer, Message, Purpose, Request, Tier, request_key

SCHEMA = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}},
                                                        "required": ["name"]}}},
    "required": ["items"],
}  # fmt: skip
GOOD = {"items": [{"name": "pMax"}]}


def said(text: str, *, cut: bool = False) -> Answer:
    return Answer(text, "m", 1, 1, 0.1, cut=cut)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(GOOD),
        json.dumps(GOOD, indent=2),
        f"```json\n{json.dumps(GOOD)}\n```",
        f"<think>[1, 2] {{</think>{json.dumps(GOOD)}",
        f"so, the user wants [a list]…</think>\n{json.dumps(GOOD)}",
        f"Here {{it}} is: {json.dumps(GOOD)} I hope {{that}} helps.",
        f'{{"items": 1}} was wrong, this is right: {json.dumps(GOOD)}',
    ],
)
def test_json_is_found_among_thoughts_fences_and_prose(text: str) -> None:
    assert json.loads(checked(said(text), SCHEMA)) == GOOD


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"items": [{"name": 5}]}', r"at \$\.items\[0\]\.name the schema's type does not hold"),
        ("{}", r"at \$ the schema's required does not hold"),
        ('{"items": [{"name": NaN}]}', r"at \$ the schema's|holds no JSON"),
        ("", "the reply is empty"),
        ("<think>for ever and ever", "the reply is empty"),
        ("no idea", "it holds no JSON"),
    ],
)
def test_a_reply_of_another_form_is_refused_with_the_place_and_without_its_content(text: str, problem: str) -> None:
    with pytest.raises(ModelOutputError, match=problem) as refused:
        checked(said(text), SCHEMA)
    assert "NaN" not in str(refused.value)


def test_free_text_is_stripped_of_thoughts_and_refused_when_it_was_cut() -> None:
    assert checked(said("<think>hm</think> It is 5 dB.\n"), None) == "It is 5 dB."
    with pytest.raises(ModelOutputError, match="cut off"):
        checked(said("It is", cut=True), None)


@given(st.text(max_size=300), st.booleans())
def test_no_text_makes_the_check_raise_anything_else(text: str, cut: bool) -> None:
    for schema in (None, SCHEMA):
        try:
            found = checked(said(text, cut=cut), schema)
        except ModelOutputError:
            continue
        assert found


@pytest.mark.parametrize("text", ["[" * 500_000, '{"a":' * 100_000, "{" * 500_000, '["' + "x{" * 200_000])
def test_hostile_nesting_costs_no_more_than_a_moment(text: str) -> None:
    started = time.process_time()
    with pytest.raises(ModelOutputError):
        checked(said(text), SCHEMA)
    assert time.process_time() - started < 1.0


@pytest.mark.parametrize("schema", [None, {"type": "object"}])
def test_half_a_surrogate_pair_is_no_text(schema: dict[str, str] | None) -> None:
    text = '{"answer": "\\ud800"}' if schema else "half \ud800"
    with pytest.raises(ModelOutputError, match="no text"):
        checked(said(text), schema)


def test_a_repair_shows_the_bad_reply_and_the_problem_after_what_was_asked() -> None:
    asked = (Message("system", "s"), Message("user", "u"))
    turns = repair(asked, said("<think>x</think>nonsense"), "it holds no JSON")
    assert turns[:2] == asked
    assert turns[2] == Message("assistant", "nonsense")
    assert "it holds no JSON" in turns[3].content


@pytest.mark.parametrize(
    ("asked", "answered", "same"),
    [
        ("qwen3:1.7b", "qwen3:1.7b", True),
        ("llama3.2", "llama3.2:latest", True),
        ("gpt-4o-mini", "gpt-4o-mini-2024-07-18", True),
        ("qwen/qwen3-1.7b", "qwen3-1.7b", True),
        ("/models/Qwen3-1.7B", "Qwen3-1.7B", True),
        ("qwen3:1.7b", "", True),
        ("qwen3:1.7b", "qwen3:8b", False),
        ("qwen3:1.7b", "another", False),
        ("gemma3", "gemma3n", False),
        ("qwen3", "qwen3:30b", False),
        ("qwen2.5", "qwen2.5-coder", False),
    ],
)
def test_names_of_the_same_model_are_recognised(asked: str, answered: str, *, same: bool) -> None:
    assert same_model(asked, answered) is same


def test_the_estimate_is_above_the_truth_from_the_start_and_learns_from_the_servers_count() -> None:
    budget, turns = Budget(), [Message("user", "The parameter pMaxDl limits the power. " * 100)]
    first = budget.tokens(turns)
    assert first > len(turns[0].content) / 4
    for _ in range(30):
        budget.learn(turns, len(turns[0].content) // 4)
    assert len(turns[0].content) / 4 < budget.tokens(turns) < first
    budget.learn(turns, len(turns[0].content) // 2)
    assert budget.tokens(turns) > len(turns[0].content) / 2


def test_a_tokenizer_is_believed_and_a_short_prompt_teaches_nothing() -> None:
    assert Budget(lambda text: len(text.split())).tokens([Message("user", "one two three")]) == 27
    budget = Budget()
    before = budget.tokens([Message("user", "x" * 1000)])
    budget.learn([Message("user", "Hi")], 30)
    assert budget.tokens([Message("user", "x" * 1000)]) == before


@pytest.mark.parametrize(
    ("model", "gib", "fits"),
    [
        ("qwen3:30b", 16, False),
        ("qwen3:30b", 32, True),
        ("qwen3:8b", 8, False),
        ("gemma3:4b", 8, True),
        ("qwen3:1.7b", 2, False),
        ("llama3.2:1b", 2, True),
        ("qwen/qwen3-30b-a3b", 16, False),
        ("phi4-mini", 1, True),
    ],
)
def test_a_model_is_left_out_where_memory_is_short(model: str, gib: int, *, fits: bool) -> None:
    assert size.fits(model, gib * size.GIB) is fits


def test_a_key_comes_from_the_environment_or_from_a_file_that_is_ours_alone(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from-file\n", encoding="utf-8")
    file.chmod(0o600)
    assert key.read({"MY_KEY": "from-environment"}, "MY_KEY", str(file)) == "from-environment"
    assert key.read({}, "MY_KEY", str(file)) == "from-file"
    file.chmod(0o640)
    with pytest.raises(ModelRefused, match="chmod 600"):
        key.read({}, "", str(file))
    with pytest.raises(ModelRefused, match="MY_KEY is not set"):
        key.read({}, "MY_KEY", "")
    with pytest.raises(ModelRefused, match="cannot be read"):
        key.read({}, "", str(tmp_path / "absent"))


def test_the_key_of_a_request_is_of_its_content_alone() -> None:
    one = Request(Purpose.EXTRACT, Tier.FAST, (Message("user", "ü\ud800"),), {"b": 1, "a": {"d": 2, "c": 3}})
    other = Request(Purpose.EXTRACT, Tier.FAST, (Message("user", "ü\ud800"),), {"a": {"c": 3, "d": 2}, "b": 1})
    assert request_key(one) == request_key(other)
    whole = json.dumps(asdict(one), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert (
        request_key(one) == hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()
    )  # no field is left out
    assert request_key(one) != request_key(Request(Purpose.EXTRACT, Tier.BALANCED, one.messages, one.schema))


def test_the_tiers_are_ordered_by_cost() -> None:
    assert [tier.better for tier in Tier] == [Tier.BALANCED, Tier.QUALITY, None]
    assert [tier.lighter for tier in Tier] == [None, Tier.FAST, Tier.BALANCED]
