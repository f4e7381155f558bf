"""Checkpoints: what was sealed comes back, and what was damaged is passed over for the one before."""

from __future__ import annotations

import random
from pathlib import Path

import mlx.core as mx
import numpy as np
import pytest

from randaemon.training import checkpoint
from randaemon.training.batches import Cursor
from randaemon.training.checkpoint import Shelf
from randaemon.training.progress import Progress, Window

PLAN = "the plan"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run with checkpoints at 10 and 20 in its first attempt and at 30 in its second."""
    first = Shelf.next_of(tmp_path, PLAN)
    for step in (10, 20):
        first.seal(_arrays(step), _progress(step))
    Shelf.next_of(tmp_path, PLAN).seal(_arrays(30), _progress(30))
    return tmp_path


def test_the_last_checkpoint_of_all_attempts_comes_back_as_it_was(run: Path) -> None:
    found = checkpoint.newest(run, PLAN, _fail)
    assert found is not None
    assert found.record.progress == _progress(30)
    arrays = checkpoint.load(found.weights, found.record.sha256)
    assert set(arrays) == {"model.w", "optimizer.step"}
    assert arrays["model.w"].tolist() == [30.0, 0.5]
    assert arrays["optimizer.step"].dtype == mx.uint64


@pytest.mark.parametrize("suffix", [".seal", ".safetensors"])
@pytest.mark.parametrize("harm", ["cut", "flip", "gone", "empty"])
def test_a_damaged_checkpoint_is_refused_with_its_name_and_the_one_before_is_used(
    run: Path, suffix: str, harm: str
) -> None:
    _harm(run / f"attempt-2/checkpoint-0000030{suffix}", harm)
    refused: list[str] = []
    found = checkpoint.newest(run, PLAN, refused.append)
    assert found is not None
    assert found.iteration == 20
    if (suffix, harm) == (".seal", "gone"):
        assert refused == []  # it was never finished
    else:
        assert refused[0].startswith("attempt-2/checkpoint-0000030 was refused")


def test_every_single_flipped_bit_of_a_seal_is_noticed(run: Path) -> None:
    seal = run / "attempt-2/checkpoint-0000030.seal"
    sound = seal.read_bytes()
    chance = random.Random(5)
    for place in chance.sample(range(len(sound)), 100):
        seal.write_bytes(sound[:place] + bytes([sound[place] ^ 1 << chance.randrange(8)]) + sound[place + 1 :])
        found = checkpoint.newest(run, PLAN, lambda _: None)
        assert found is not None
        assert found.iteration == 20


def test_a_checkpoint_whose_best_weights_are_damaged_is_refused_too(run: Path) -> None:
    shelf = Shelf(run, run / "attempt-2", PLAN)
    progress = _progress(40)
    progress.best = shelf.keep_best(_arrays(35), 1.5, 35)
    shelf.seal(_arrays(40), progress)
    assert _found(run) == 40
    _harm(run / progress.best.file, "flip")
    assert _found(run) == 30


def test_nothing_sound_means_to_begin_anew(run: Path) -> None:
    for file in run.glob("attempt-*/*.safetensors"):
        _harm(file, "flip")
    refused: list[str] = []
    assert checkpoint.newest(run, PLAN, refused.append) is None
    assert len(refused) == 3


def test_under_another_plan_a_checkpoint_means_nothing(run: Path) -> None:
    assert checkpoint.newest(run, "other", lambda _: None) is None


def test_old_checkpoints_and_best_weights_that_none_names_are_removed(run: Path) -> None:
    shelf = Shelf(run, run / "attempt-2", PLAN)
    for step in (40, 50, 60, 70):
        progress = _progress(step)
        progress.best = shelf.keep_best(_arrays(step), 1.0, step)
        shelf.seal(_arrays(step), progress)
    names = sorted(file.name for file in run.glob("attempt-*/*.safetensors"))
    assert names == [f"{kind}-00000{step}.safetensors" for kind in ("best", "checkpoint") for step in (50, 60, 70)]
    assert len(list(run.glob("attempt-*/*.seal"))) == checkpoint.KEPT


def test_a_file_at_the_place_of_a_later_iteration_is_not_believed(run: Path) -> None:
    for suffix in (".seal", ".safetensors"):
        (run / f"attempt-1/checkpoint-0000010{suffix}").rename(run / f"attempt-1/checkpoint-0000090{suffix}")
    assert _found(run) == 30


def test_all_generators_go_on_where_they_were() -> None:
    mx.random.seed(3)
    mx.random.uniform()
    states = checkpoint.randomness()
    drawn = _draw()
    checkpoint.restore(states)
    assert _draw() == drawn


def _draw() -> tuple[float, float, float, float]:
    return mx.random.uniform().item(), random.random(), float(np.random.rand()), random.gauss()


def _arrays(step: int) -> dict[str, mx.array]:
    return {"model.w": mx.array([float(step), 0.5]), "optimizer.step": mx.array(step, mx.uint64)}


def _progress(step: int) -> Progress:
    window = Window([1.25, 0.1], 7, 0.5)
    return Progress(step, Cursor(2, 3), 99, 4.5, 1 << 20, {"train_first": 3.0}, window, None, 1)


def _found(run: Path) -> int:
    found = checkpoint.newest(run, PLAN, lambda _: None)
    assert found is not None
    return found.iteration


def _harm(file: Path, harm: str) -> None:
    content = file.read_bytes()
    middle = len(content) // 2
    match harm:
        case "cut":
            file.write_bytes(content[:middle])
        case "flip":
            file.write_bytes(content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :])
        case "gone":
            file.unlink()
        case _:
            file.write_bytes(b"")


def _fail(reason: str) -> None:
    raise AssertionError(reason)
