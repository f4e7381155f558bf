"""From settings and measurements to hyper-parameters."""

from __future__ import annotations

import pytest

from randaemon.errors import TrainingError
from randaemon.training.plan import GIB, LORA_CAP, TINY, TINY_CAP, Measured, Wishes, longest, plan, tiny_shape
from randaemon.training.tune import schedule

REAL = Wishes(model="mlx-community/Qwen3-1.7B-4bit")


def test_the_tiny_model_is_trained_whole_and_padded_no_further_than_its_longest_row() -> None:
    chosen = plan(Wishes(model=TINY), Measured([30, 47, 12] * 100, 8 * GIB))
    assert chosen.fine_tune_type == "full"
    assert chosen.max_seq_length == 47
    assert chosen.pad_to == 1
    assert chosen.num_layers == -1
    assert chosen.keep == "last"
    assert chosen.betas == (0.9, 0.99)


def test_more_rows_of_the_tiny_model_mean_more_iterations_up_to_a_cap() -> None:
    few, some, many = (plan(Wishes(model=TINY), Measured([20] * rows, GIB)).iterations for rows in (10, 1000, 100_000))
    assert few < some < many == plan(Wishes(model=TINY), Measured([20] * 200_000, GIB)).iterations


@pytest.mark.parametrize(
    ("gib", "batch", "rank", "checkpoint"),
    [(128, 64, 128, False), (64, 32, 64, False), (32, 16, 32, False), (16, 4, 16, False), (8, 1, 8, True)],
)
def test_a_real_model_gets_lora_with_batch_and_rank_by_memory(
    gib: int, batch: int, rank: int, checkpoint: bool
) -> None:
    chosen = plan(REAL, Measured([100] * 1000, gib * GIB))
    assert (chosen.fine_tune_type, chosen.batch_size, chosen.rank) == ("lora", batch, rank)
    assert chosen.grad_checkpoint is checkpoint
    assert chosen.grad_accumulation == 4


@pytest.mark.parametrize("model", [TINY, REAL.model])
def test_there_is_a_most_of_iterations_which_the_plan_says_and_the_user_may_raise(model: str) -> None:
    many = Measured([10] * 100_000, 8 * GIB)
    chosen = plan(Wishes(model), many)
    assert chosen.iterations == (TINY_CAP if model == TINY else LORA_CAP)
    assert chosen.note.startswith(f"{chosen.iterations:,} iterations, the most by itself, of ")
    assert plan(Wishes(model, iterations=77_777), many).iterations == 77_777
    assert plan(Wishes(model), Measured([10] * 50, 8 * GIB)).note == ""


@pytest.mark.parametrize("rows", [3, 40, 1000])
def test_the_learning_rate_is_planned_in_updates_and_ends_with_the_run(rows: int) -> None:
    chosen = plan(REAL, Measured([100] * rows, 16 * GIB))
    rates = schedule(chosen)
    updates = chosen.iterations // chosen.grad_accumulation
    assert rates["warmup"] + rates["arguments"][1] == updates
    assert rates["arguments"][0] == chosen.learning_rate


def test_a_batch_is_never_larger_than_the_data() -> None:
    chosen = plan(REAL, Measured([100] * 3, 128 * GIB))
    assert chosen.batch_size == 3
    assert chosen.grad_accumulation == 1
    assert chosen.iterations >= 1


@pytest.mark.parametrize("model", [TINY, REAL.model])
def test_what_the_user_set_wins(model: str) -> None:
    wishes = Wishes(model, iterations=17, batch_size=2, learning_rate=0.5, max_seq_length=99, seed=3)
    chosen = plan(wishes, Measured([10] * 50, 8 * GIB))
    assert (chosen.iterations, chosen.batch_size, chosen.learning_rate, chosen.seed) == (17, 2, 0.5, 3)
    assert longest(wishes) == 99


def test_no_row_to_train_on_is_an_error_and_not_a_run() -> None:
    with pytest.raises(TrainingError, match="no row"):
        plan(REAL, Measured([], GIB))


def test_more_text_earns_a_larger_vocabulary() -> None:
    assert tiny_shape(1_000).vocabulary < tiny_shape(1_000_000).vocabulary
