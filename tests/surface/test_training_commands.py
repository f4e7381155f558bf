"""Training by hand without a daemon: start, look, ask, take back, promote again. The real child, a tiny model."""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec
import pytest
from tests.terminal import Terminal
from tests.trainable import ENOUGH, seal_version

from randaemon.cli.ask import _answer
from randaemon.errors import TrainingError
from randaemon.store import Home, Store
from randaemon.store.reader import Reader
from randaemon.store.records import RunRecord
from randaemon.training.spec import Measures, NoOp, Results, Served

NOTHING = Measures((), (), ())
RESULTS = Results("run-0001", Served("tiny"), "", {}, {}, {}, {}, NoOp(0, 0), NOTHING, NOTHING)


@pytest.fixture
async def sealed(tmp_path: Path) -> Home:
    """A home with one sealed version of twenty facts."""
    home = Home.at(tmp_path / "home")
    async with Store.open(home) as store:
        await seal_version(store)
    return home


@pytest.mark.slow
async def test_a_person_trains_asks_takes_back_and_promotes(sealed: Home) -> None:
    terminal = Terminal(sealed, {"RANDAEMON_TRAINING__MODEL": "tiny", "RANDAEMON_TRAINING__ITERATIONS": str(ENOUGH)})
    started = terminal.run("train", "start", "--json")
    assert started.code == 0, started.err
    run = started.json["run"]
    assert f"{run}: step " in started.err
    assert started.json["reason"].startswith("promoted")
    assert run in terminal.run("train", "status").out
    assert terminal.run("models", "ls", "--json").json["active"]["run"] == run
    assert f"{run}  active" in terminal.run("models", "ls").out

    answered = terminal.run("ask", "What is the default of pagingTimer?", "--json")
    assert answered.code == 0, answered.err
    assert answered.json["answer"].startswith("pagingTimer is ")
    plain = terminal.run("ask", os.fsdecode(b"Caf\xe9?"))
    assert plain.code == 0
    assert plain.out.strip()

    _looks_closely(terminal, run)
    _fuses(terminal, sealed)

    assert terminal.run("models", "rollback").out == "no adapter is active\n"
    assert terminal.run("status", "--json").json["model"] == {"active": None, "previous": None}
    assert terminal.run("ask", "What?").code == 5
    assert terminal.run("ask", " ").code == 2
    assert run in terminal.run("models", "promote", run).out

    moved = Terminal(Home.at(sealed.root.with_name("moved")), terminal.environment)
    sealed.root.rename(moved.home.root)
    terminal = moved
    answered_there = terminal.run("ask", "What is the default of pagingTimer?", "--json")
    assert answered_there.code == 0, answered_there.err
    assert answered_there.json["answer"] == answered.json["answer"]
    assert terminal.run("status", "--json").json["model"]["active"]["run"] == run


def _looks_closely(terminal: Terminal, run: str) -> None:
    shown = terminal.run("models", "show", run)
    assert f"{run}: done, promoted: recall on held-out phrasings" in shown.out
    assert re.search(r"^ +this +base$", shown.out, re.MULTILINE)
    assert re.search(r"^recall +(1|0\.\d+) +0$", shown.out, re.MULTILINE)
    assert terminal.run("models", "show", run, "--json").json["run"]["metrics"]["promoted"] is True
    same = terminal.run("models", "compare", run, run, "--json").json["parts"]
    assert {part["name"]: part["change"] for part in same} == dict.fromkeys(
        ("recall", "refusal", "forgetting", "held_out_loss"), 0.0
    )
    assert terminal.run("models", "show", "run-9999").code == 5
    drilled = terminal.run("models", "drill", "--json")
    assert drilled.code == 0, drilled.err
    assert drilled.json["active"] == run
    again = terminal.run("train", "reproduce", run, "--json")
    assert again.json["identical"], again.json["figures"]
    data = terminal.home.datasets / "v0001/manifest.json"
    gone = data.rename(data.with_name("elsewhere"))
    refused = terminal.run("train", "reproduce", run)
    assert refused.code == 1
    assert "the version cannot be read" in refused.err
    gone.rename(data)
    gone = data.with_name("train.jsonl").rename(data.with_name("elsewhere"))
    refused = terminal.run("train", "reproduce", run)
    assert refused.code == 1
    assert f"{run} could not be repeated: {data.with_name('train.jsonl')} cannot be read" in refused.err
    gone.rename(data.with_name("train.jsonl"))


def _fuses(terminal: Terminal, home: Home) -> None:
    fused = home.root / "fused"
    made = terminal.run("models", "fuse", "--output", str(fused), "--json")
    assert made.code == 0, made.err
    assert made.json["output"] == str(fused)
    assert {"config.json", "model.safetensors", "tokenizer.json"} <= {file.name for file in fused.iterdir()}
    refused = terminal.run("models", "fuse", "--output", str(fused))
    assert "exists already" in refused.err
    gguf = terminal.run("models", "fuse", "--output", str(home.root / "other"), "--for", "ollama")
    assert gguf.code == 1
    assert "mlx-lm does not write for models of the kind qwen3" in gguf.err


async def test_a_run_that_fails_is_status_1_with_its_reason(sealed: Home) -> None:
    ended = Terminal(sealed, {"RANDAEMON_TRAINING__MODEL": "~/no/model", "HOME": "/nowhere"}).run("train", "start")
    assert ended.code == 1
    assert "the folder /nowhere/no/model does not exist or holds no config.json" in ended.out
    assert _status(sealed) == "failed"


async def test_what_is_done_without_a_daemon_is_weighed_at_once(sealed: Home) -> None:
    terminal = Terminal(sealed)
    assert terminal.run("train", "status").out == "training   nobody looks while the daemon does not run\n"
    assert terminal.run("jobs", "pause", "training").code == 0
    conditions = terminal.run("train", "status", "--json").json["due"]["conditions"]
    assert {"name": "work", "have": "paused", "need": "`randaemon jobs resume`", "ok": False} in conditions
    assert {"name": "dataset_sealed", "have": True, "need": True, "ok": True} in conditions


async def test_a_run_that_died_with_its_daemon_is_called_interrupted_and_may_be_stopped(sealed: Home) -> None:
    async with Store.open(sealed) as store:
        await store.add_run(RunRecord("", 1, "tiny", "running", 1.8e9))
    terminal = Terminal(sealed, {"RANDAEMON_TRAINING__MODEL": "tiny"})
    told = terminal.run("train", "status").out
    assert "run-0001 was interrupted; it goes on when a run is due" in told
    assert re.search(r"^run-0001 +1 +tiny +interrupted", told, re.MULTILINE)
    assert terminal.run("train", "stop").code == 0
    assert _status(sealed) == "stopped"
    assert "run-0001 was interrupted" not in terminal.run("status").out


def test_a_question_that_is_not_answered_in_time_is_one_plain_sentence(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_bytes(msgspec.json.encode(RESULTS))
    run = RunRecord("run-0001", 1, "tiny", "done", 1.0, folder=str(tmp_path))
    with pytest.raises(TrainingError, match="has not answered for 0 s"):
        _answer(run, "What?", patience=0.01)


def _status(home: Home) -> str:
    """The status of the newest run."""
    with Reader(home) as reader:
        return reader.runs()[-1].status
