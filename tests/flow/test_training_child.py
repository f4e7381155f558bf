"""The training child for real: mlx trains a tiny Qwen3 on facts made up here, in a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.trainable import write_version

from randaemon.training import evaluate
from randaemon.training.gate import verdict
from randaemon.training.generate import Ask
from randaemon.training.launch import command, environment
from randaemon.training.plan import TINY, Wishes
from randaemon.training.spec import Results, Served, Spec, read_results, write

SECONDS = 120


@dataclass(frozen=True, slots=True)
class Ended:
    """A child that has ended: what it said and left behind."""

    status: int
    events: list[dict[str, Any]]
    folder: Path

    @property
    def failure(self) -> dict[str, Any]:
        return next(event for event in self.events if event["event"] == "failed")


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_version(tmp_path_factory.mktemp("version"))


@pytest.fixture(scope="module")
def trained(version: Path, tmp_path_factory: pytest.TempPathFactory) -> Ended:
    return train(_spec(version, tmp_path_factory.mktemp("run")))


@pytest.fixture(scope="module")
def learnt(trained: Ended) -> Results:
    assert trained.status == 0, trained.events[-1]
    return read_results(trained.folder / "results.json")


def test_facts_are_learnt_in_trained_and_in_held_out_phrasings_and_the_gate_says_yes(learnt: Results) -> None:
    assert evaluate.mean(learnt.base.recall) < 0.1
    assert evaluate.mean(learnt.new.trained) >= 0.9
    assert evaluate.mean(learnt.new.recall) >= 0.7
    assert len(learnt.new.refusal) == len(learnt.new.forgetting) == 1
    assert learnt.new.tokens_per_second > 0
    assert 1.0 < evaluate.perplexity(learnt.new) < evaluate.perplexity(learnt.base)
    decision = verdict(learnt.base, None, learnt.new, learnt.no_op)
    assert decision.promote, decision.reasons


def test_what_chose_the_checkpoint_does_not_judge_it(learnt: Results, version: Path) -> None:
    test = {json.loads(line)["id"] for line in (version / "test.jsonl").read_text().splitlines()}
    assert {row.row.split(":")[0] for row in learnt.new.held_out} == test


def test_progress_is_reported_with_loss_speed_memory_and_remaining_time(trained: Ended) -> None:
    progress = [event for event in trained.events if event["event"] == "progress"]
    assert progress[-1]["step"] == progress[-1]["total"]
    assert progress[-1]["loss"] < 0.3 < progress[0]["loss"]
    assert {"tokens_per_second", "peak_memory_mib", "eta_seconds", "learning_rate"} <= set(progress[0])
    assert [event["name"] for event in trained.events if event["event"] == "phase"] == [
        "load",
        "baselines",
        "train",
        "evaluate",
    ]
    assert trained.events[-1]["event"] == "done"


def test_the_sealed_adapter_matches_its_digest_and_every_answer_is_on_record(trained: Ended, learnt: Results) -> None:
    weights = (trained.folder / "adapter/adapters.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == learnt.digest
    answers = [json.loads(line) for line in (trained.folder / "answers.jsonl").read_text().splitlines()]
    recall = [answer for answer in answers if answer["model"] == "new" and answer["part"] == "recall"]
    assert [answer["score"] for answer in recall] == [scored.score for scored in learnt.new.recall]


def test_the_trained_model_answers_through_the_ask_child_and_a_missing_adapter_is_named(
    trained: Ended, learnt: Results, tmp_path: Path
) -> None:
    ask = tmp_path / "ask.json"
    ask.write_bytes(msgspec.json.encode(Ask(learnt.served, ("Which value does beamLimit have by default?",))))
    reply = _call(command("ask", ask), ask.parent)
    assert "beamLimit" in json.loads(reply.stdout)["answers"][0]
    missing = replace(learnt.served, adapter=str(tmp_path / "nothing"))
    ask.write_bytes(msgspec.json.encode(Ask(missing, ("Who?",))))
    refused = _call(command("ask", ask), ask.parent)
    assert refused.returncode == 1
    assert "cannot be loaded" in json.loads(refused.stdout)["error"]


def test_a_run_is_found_where_its_home_was_moved_to(learnt: Results, trained: Ended, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(trained.folder, moved / "runs/run-0001")
    shutil.copytree(trained.folder / "models", moved / "models")
    served = read_results(moved / "runs/run-0001/results.json").served
    assert Path(served.adapter) == moved / "runs/run-0001/adapter"
    assert Path(served.model) == moved / "models" / Path(learnt.served.model).name


def test_the_current_model_answers_the_same_questions_and_its_equal_is_not_promoted(
    version: Path, learnt: Results, tmp_path: Path
) -> None:
    ended = train(_spec(version, tmp_path, current=learnt.served))
    again = read_results(ended.folder / "results.json")
    assert again.current is not None
    assert again.current.recall == learnt.new.recall
    assert again.digest == learnt.digest  # same data, plan and seed: the same weights
    assert not verdict(again.base, again.current, again.new, again.no_op).promote


def test_a_model_folder_gets_a_lora_adapter_that_changes_it_and_teaches_too_little_to_be_promoted(
    version: Path, learnt: Results, tmp_path: Path
) -> None:
    wishes = {"iterations": 12, "batch_size": 2, "grad_checkpoint": "on"}
    ended = train(_spec(version, tmp_path, model=learnt.served.model, **wishes))
    assert ended.status == 0, ended.events[-1]
    results = read_results(ended.folder / "results.json")
    assert results.plan["fine_tune_type"] == "lora"
    assert results.plan["grad_checkpoint"] is True
    assert 0 < results.plan["peak_memory"] < results.plan["memory_limit"]
    assert next(event for event in ended.events if event["event"] == "forecast")["seconds"] > 0
    progress = [event for event in ended.events if event["event"] == "progress"]
    assert progress[-1]["learning_rate"] < 0.3 * float(results.plan["learning_rate"])  # it did decay
    assert results.no_op.changes
    assert results.losses["valid_last"] < results.losses["valid_first"]
    assert not verdict(results.base, None, results.new, results.no_op).promote


def test_a_model_that_does_not_fit_into_memory_is_refused_before_it_is_loaded(
    version: Path, learnt: Results, tmp_path: Path
) -> None:
    ended = train(_spec(version, tmp_path, model=learnt.served.model, memory_gib=0.001))
    assert ended.failure["code"] == "E_PLAN"
    assert "may take 0.0 GiB" in ended.failure["reason"]


def test_answers_that_the_chat_template_leaves_out_are_named(version: Path, learnt: Results, tmp_path: Path) -> None:
    """mlx-lm would train on no token at all, and save what it learnt from them."""
    model = shutil.copytree(learnt.served.model, tmp_path / "mute")
    template = (
        "{% for message in messages %}{% if message.role != 'assistant' %}{{ message.content }}{% endif %}{% endfor %}"
    )
    for file in model.iterdir():
        if file.name == "chat_template.jinja":
            file.write_text(template)
    settings = json.loads((model / "tokenizer_config.json").read_text())
    (model / "tokenizer_config.json").write_text(json.dumps({**settings, "chat_template": template}))
    ended = train(_spec(version, tmp_path, model=str(model)))
    assert ended.failure["code"] == "E_NO_ANSWERS"
    assert "no row of the train split has a token to train" in ended.failure["reason"]


@pytest.mark.parametrize("tiny", [True, False])
def test_a_disk_that_is_too_full_for_weights_ends_the_run_with_what_it_needs(
    tiny: bool, version: Path, learnt: Results, tmp_path: Path
) -> None:
    """Those of a checkpoint, or of a model that is built: mlx itself writes as much as it can, and is content."""
    model = TINY if tiny else learnt.served.model
    failure = _on_a_disk("size=8m", _spec(version, tmp_path, model=model, iterations=2, batch_size=2), tmp_path)
    assert failure["code"] == "E_DISK_FULL"
    assert "the disk is full: " in failure["reason"]
    assert "MiB are free" in failure["reason"]


def test_a_disk_that_takes_no_writes_is_named(version: Path, tmp_path: Path) -> None:
    failure = _on_a_disk("ro", _spec(version, tmp_path), tmp_path)
    assert (failure["code"], failure["reason"]) == (
        "E_STORAGE",
        f"storage error on {tmp_path / 'disk/base'}: Read-only file system",
    )


def _on_a_disk(options: str, spec: Spec, folder: Path) -> dict[str, Any]:
    """How a run fails whose folder is a file system of its own, which only root may mount."""
    disk = folder / "disk"
    disk.mkdir()
    mounted = ["unshare", "--mount", "sh", "-c", f'mount -t tmpfs -o {options} none "{disk}" && "$@" && exit 3', "-"]
    if subprocess.run([*mounted, "true"], capture_output=True, check=False).returncode != 3:
        pytest.skip("a file system of its own cannot be mounted here")
    write(folder / "spec.json", replace(spec, folder=str(disk)))
    child = _call([*mounted, *command("train", folder / "spec.json")], folder)
    failure: dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return failure


def test_an_empty_split_is_named(version: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "version"
    damaged.mkdir()
    for file in version.iterdir():
        (damaged / file.name).write_bytes(b"" if file.name == "valid.jsonl" else file.read_bytes())
    ended = train(_spec(damaged, tmp_path))
    assert "valid.jsonl is empty" in ended.failure["reason"]


def test_a_model_that_is_not_here_is_named_and_nothing_is_downloaded(version: Path, tmp_path: Path) -> None:
    ended = train(_spec(version, tmp_path, model="mlx-community/Qwen3-1.7B-4bit"))
    assert ended.failure["code"] == "E_MODEL"
    assert "mlx-community/Qwen3-1.7B-4bit" in ended.failure["reason"]
    assert "downloads are off" in ended.failure["reason"]
    assert "HF_HUB_OFFLINE" not in str(ended.failure)
    assert ended.failure["hint"] == "training.allow_download = true"


def test_a_model_folder_that_is_not_there_is_named_as_a_folder(version: Path, tmp_path: Path) -> None:
    wrong = str(tmp_path / "no/model")
    ended = train(_spec(version, tmp_path, model=wrong))
    assert ended.failure["reason"] == f"the folder {wrong} does not exist or holds no config.json"


def test_a_name_that_no_model_can_have_is_called_so(version: Path, tmp_path: Path) -> None:
    ended = train(_spec(version, tmp_path, model="some/where/else"))
    assert ended.failure["reason"] == "some/where/else is neither a folder nor a name that Hugging Face can have"


def train(spec: Spec) -> Ended:
    path = Path(spec.folder) / "spec.json"
    write(path, spec)
    child = _call(command("train", path), path.parent)
    events = [json.loads(line) for line in child.stdout.splitlines()]
    assert events, child.stderr.decode()
    return Ended(child.returncode, events, Path(spec.folder))


def _call(words: Sequence[str], folder: Path) -> subprocess.CompletedProcess[bytes]:
    home = {"HF_HOME": str(folder / "hub")}
    return subprocess.run(
        words,
        env=environment({**os.environ, **home}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        check=False,
    )


def _spec(version: Path, folder: Path, *, current: Served | None = None, **wishes: Any) -> Spec:
    models = folder / "models"
    models.mkdir(exist_ok=True)
    wanted = Wishes(**{"model": TINY, **wishes})
    return Spec("run-0001", str(version), str(folder), str(models), wanted, 8 << 30, current)
