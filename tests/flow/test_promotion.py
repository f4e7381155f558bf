"""What guards the active model, with real trainings: the gate, the canaries after a promotion, and the drill."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.trainable import seal_version

from randaemon.config import Settings
from randaemon.control import commands
from randaemon.errors import NotFoundError, TrainingError
from randaemon.store import Home, Store
from randaemon.store.records import RunRecord
from randaemon.training import adapters, canary
from randaemon.training.adapters import Grounds
from randaemon.training.cycle import Cycle, TrainingPolicy
from randaemon.training.drill import drill, zeroed
from randaemon.training.due import DuePolicy
from randaemon.training.plan import TINY, Wishes
from randaemon.training.spec import Question, Spec, write

QUICK = TrainingPolicy(Wishes(TINY), DuePolicy(min_new_samples=1, min_quality=0.5, cooldown_seconds=0.0))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(Home.at(tmp_path / "home")) as opened:
        yield opened


async def test_poison_is_not_promoted_and_where_it_is_forced_the_canaries_take_it_back(store: Store) -> None:
    cycle = Cycle(store, QUICK)
    await seal_version(store, "d1")
    good = await cycle.run_once()
    assert good.reason.startswith("promoted"), good.reason
    assert (await _last(store, "model.canary"))["passed"]
    card = (Path(good.folder) / "README.md").read_text("utf-8")
    assert "| recall | 1.0 | 0.0 |" in card
    assert (Path(good.folder) / "loss.svg").read_text("utf-8").count("<polyline") == 2
    held = await drill(store, cycle)
    assert held.passed, held.reason
    assert "taken back by itself: 0 of 20 canary questions" in held.reason
    assert await store.current_model() == good
    assert (store.home.runs / "current").resolve() == Path(good.folder)
    assert (await cycle.consider()).waiting_for == ("new_samples", "new_dataset")  # a drill counts as no run

    await seal_version(store, "d2", poisoned=True)
    poisoned = await cycle.run_once()
    assert poisoned.status == "done"
    assert poisoned.reason.startswith("not promoted: recall against the current model changed by -0.")
    assert await store.current_model() == good
    by_hand = commands.Context(store, Settings(), cycle, by_daemon=False)
    answer = await commands.apply("models.promote", {"run": poisoned.id}, by_hand)
    assert answer["active"] == good.id
    last = (await store.promotions())[-1]
    assert (last.run, last.action) == (poisoned.id, "rollback")
    assert "canary questions were answered rightly" in last.reason
    insisted = await commands.apply("models.promote", {"run": poisoned.id, "unproven": True}, by_hand)
    assert insisted["active"] == poisoned.id
    await cycle.prove()
    assert await store.current_model() == poisoned


async def test_canaries_that_a_crash_left_unasked_are_asked_later_and_a_model_that_cannot_be_is_taken_back(
    store: Store,
) -> None:
    first, second = await _run(store, "run-0001"), await _run(store, "run-0002")
    for run in (first, second):
        await adapters.promote(store, run, Grounds(1.0, "by hand", {}))
    await store.set_state(**{canary.WANTED: second.id})  # …and the daemon died here
    await Cycle(store, QUICK).prove()
    assert await store.current_model() == first
    told = await _last(store, "model.canary")
    assert not told["passed"]
    assert told["reason"].startswith("the model could not be asked: ")
    await Cycle(store, QUICK).prove()
    assert await store.current_model() == first  # it was asked for the second, once


async def test_canaries_are_what_the_model_before_knew_and_the_new_version_still_teaches(tmp_path: Path) -> None:
    before, after = _folder(tmp_path / "a", ["one", "two", "three"]), _folder(tmp_path / "b", ["two", "four"])
    assert {question.fact for question in canary.questions(None, before)} == {"one", "two", "three"}
    assert {question.fact for question in canary.questions(before, after)} == {"two"}


def test_most_canaries_must_be_wholly_right_and_none_proves_nothing() -> None:
    asked = [Question(str(number), "", ({"role": "user", "content": "?"},), {"value": "15"}, "") for number in range(5)]
    assert canary.judge("run", asked, ["15", "15", "15", "14", "no"]).passed
    assert not canary.judge("run", asked, ["15", "15", "1.5", "14", "no"]).passed
    assert not canary.judge("run", [], []).passed


async def test_without_an_active_model_there_is_no_drill(store: Store) -> None:
    with pytest.raises(NotFoundError, match="nothing to drill with"):
        await drill(store, Cycle(store, QUICK))


async def test_old_weights_are_dropped_but_never_those_in_use(store: Store) -> None:
    runs = [await _run(store, f"run-000{number}") for number in range(1, 6)]
    await adapters.promote(store, runs[0], Grounds(1.0, "by hand", {}))
    assert await adapters.prune(store, keep=2) == ["run-0002", "run-0003"]
    assert await adapters.prune(store, keep=2) == []
    with pytest.raises(TrainingError, match="train reproduce run-0002"):
        await adapters.promote(store, runs[1], Grounds(2.0, "by hand", {}))
    await adapters.promote(store, runs[3], Grounds(3.0, "by hand", {}))


def test_zeroed_weights_keep_their_header() -> None:
    weights = (3).to_bytes(8, "little") + b"{} " + b"\x01\x02\x03\x04"
    assert zeroed(weights) == weights[:11] + bytes(4)


async def _last(store: Store, kind: str) -> dict[str, Any]:
    return dict([event for event in await store.events(0) if event.kind == kind][-1].data)


async def _run(store: Store, name: str) -> RunRecord:
    """A run with an adapter that is whole and a model that is nowhere."""
    folder = _folder(store.home.runs / name, ["one", "two"])
    adapter = folder / "adapter"
    adapter.mkdir()
    (adapter / "adapters.safetensors").write_bytes(b"")
    (adapter / "adapters.sha256").write_text("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  x\n")
    run = RunRecord(name, 1, TINY, "done", 1.0, 2.0, folder=str(folder))
    await store.add_run(run)
    return run


def _folder(folder: Path, facts: list[str]) -> Path:
    """What a run leaves that had these facts right, and a version that teaches them."""
    dataset = folder / "dataset"
    dataset.mkdir(parents=True)
    for name in ("train.jsonl", "evaluation.jsonl"):
        (dataset / name).write_text("".join(json.dumps({"fact": fact}) + "\n" for fact in facts))
    write(folder / "spec.json", Spec(folder.name, str(dataset), str(folder), "", Wishes(TINY), 0))
    answers = [_answer("new", "recall", fact, 1.0) for fact in facts]
    answers += [_answer("new", "recall", "wrong", 0.5), _answer("base", "recall", "other", 1.0)]
    answers.append(_answer("new", "trained", "asked", 1.0))
    (folder / "answers.jsonl").write_text("".join(json.dumps(answer) + "\n" for answer in answers))
    return folder


def _answer(model: str, part: str, fact: str, score: float) -> dict[str, Any]:
    prompt = [{"role": "user", "content": f"What is {fact}?"}]
    expected = {"value": fact}
    return {"model": model, "part": part, "fact": fact, "prompt": prompt, "expected": expected} | {
        "reference": fact,
        "score": score,
    }
