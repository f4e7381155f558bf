"""What is known about models on servers, as it is written down."""

from __future__ import annotations

from dataclasses import asdict, replace

from randaemon.llm.states import ModelState, lasting, recalled

DOWN = ModelState("ollama", "ollama", "http://127.0.0.1:11434", "qwen3:1.7b", ("fast",), error="it is down")


def test_another_try_in_vain_changes_nothing_that_lasts_and_an_answer_does() -> None:
    tried = replace(DOWN, tried_at=5.0, probe_at=65.0, failures=2, failed=2)
    assert lasting({"models": [asdict(DOWN)], "away": {}}) == lasting({"models": [asdict(tried)], "away": {}})
    answered = replace(tried, answered_at=9.0, error="")
    assert lasting({"models": [asdict(tried)]}) != lasting({"models": [asdict(answered)]})
    assert lasting({"models": [], "away": {"fast": 1}}) != lasting({"models": [], "away": {}})
    assert lasting({}) == {"models": []}


def test_states_of_another_release_are_read_as_far_as_they_are_known() -> None:
    kept = {**asdict(DOWN), "colour": "red"}
    assert recalled([kept, {"server": "x"}]) == (DOWN,)
