"""From settings and measurements to hyper-parameters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from randaemon.errors import TrainingError
from randaemon.training.forecast import Load, Pace, Shape, peak, shape_of
from randaemon.training.plan import GIB, LORA_CAP, TINY, TINY_CAP, Measured, Wishes, longest, plan, tiny_shape
from randaemon.training.tune import schedule

REAL = Wishes(model="mlx-community/Qwen3-1.7B-4bit")
#: Qwen3-1.7B with four bits.
QWEN = Shape(
    weights=968_000_000,
    hidden=2048,
    layers=28,
    vocabulary=151936,
    intermediate=6144,
    query=2048,
    keys=1024,
    heads=16,
    itemsize=2,
    bits=4,
)


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
    ("gib", "batch", "rank", "accumulation", "checkpoint"),
    [
        (128, 32, 128, 8, False),
        (64, 16, 64, 8, False),
        (48, 16, 32, 4, False),
        (16, 4, 32, 16, False),
        (8, 4, 32, 16, True),
    ],
)
def test_a_real_model_gets_the_batch_and_rank_of_its_machine_made_smaller_until_it_fits(
    gib: int, batch: int, rank: int, accumulation: int, checkpoint: bool
) -> None:
    chosen = plan(REAL, Measured([200] * 1000, gib * GIB, QWEN))
    got = (chosen.fine_tune_type, chosen.batch_size, chosen.rank, chosen.grad_accumulation, chosen.grad_checkpoint)
    assert got == ("lora", batch, rank, accumulation, checkpoint)
    assert 0 < chosen.peak_memory <= chosen.memory_limit < gib * GIB
    assert chosen.note == "QLoRA: the base has 4 bits"
    assert chosen.iterations % chosen.grad_accumulation == 0


def test_what_does_not_fit_is_refused_with_what_it_takes_and_what_there_is() -> None:
    rows = [200] * 1000
    with pytest.raises(
        TrainingError, match=r"does not fit: training it takes 2\d\.\d GiB at the least, and may take 5"
    ) as no:
        plan(REAL, Measured(rows, 8 * GIB, replace(QWEN, weights=20 * GIB)))
    assert no.value.code == "E_PLAN"
    with pytest.raises(TrainingError, match="does not fit"):  # what the user set is not made smaller
        plan(replace(REAL, batch_size=16, grad_checkpoint="off"), Measured(rows, 8 * GIB, QWEN))
    with pytest.raises(TrainingError, match=r"may take 1\.0 GiB"):
        plan(replace(REAL, memory_gib=1.0), Measured(rows, 128 * GIB, QWEN))


def test_lora_of_a_model_in_half_precision_takes_more_than_half_of_what_it_takes_of_one_in_full() -> None:
    """Its own weights are float32, and so are the copies of what they are applied to; measured, 0.7 of it."""
    step = Load("lora", rank=8, layers=28, batch=4, width=512, accumulation=1, checkpoint=False)
    half, full = (peak(replace(QWEN, weights=0, itemsize=size), step) for size in (2, 4))
    assert 0.6 < half / full < 0.8
    whole = replace(step, kind="full")
    half, full = (peak(replace(QWEN, weights=0, itemsize=size, bits=0), whole) for size in (2, 4))
    assert half / full == pytest.approx(0.5, abs=0.01)


def test_a_quantized_model_cannot_be_trained_whole_and_another_can() -> None:
    whole = replace(REAL, fine_tune_type="full")
    with pytest.raises(TrainingError, match="quantized to 4 bits"):
        plan(whole, Measured([200] * 1000, 128 * GIB, QWEN))
    chosen = plan(whole, Measured([200] * 1000, 128 * GIB, replace(QWEN, bits=0, weights=4 * GIB)))
    assert (chosen.fine_tune_type, chosen.rank) == ("full", 0)
    assert chosen.learning_rate < 1e-4


def test_of_an_unknown_kind_of_model_nothing_is_forecast_and_the_plan_says_so() -> None:
    chosen = plan(REAL, Measured([200] * 1000, 8 * GIB, None))
    assert chosen.peak_memory == 0
    assert chosen.grad_checkpoint
    assert "cannot be forecast" in chosen.note


def test_rows_that_stand_out_are_left_out_and_a_long_tail_is_not() -> None:
    lengths = [100] * 990 + [150] * 9 + [900]
    assert longest(REAL, lengths) == 100
    assert longest(REAL, [100] * 900 + [199] * 100) == 199
    assert longest(REAL, [100] * 990 + [180] * 10) == 180
    assert longest(REAL, [5000] * 10) == 2048
    assert longest(REAL, [700] * 10, positions=512) == 512
    assert longest(replace(REAL, max_seq_length=900), lengths) == 900


def test_the_shape_of_a_model_is_read_from_its_configuration() -> None:
    config = {
        "hidden_size": 2048, "num_hidden_layers": 28, "vocab_size": 151936, "intermediate_size": 6144,
        "num_attention_heads": 16, "num_key_value_heads": 8, "head_dim": 128, "torch_dtype": "bfloat16",
        "quantization": {"group_size": 64, "bits": 4},
    }  # fmt: skip
    assert shape_of(config, QWEN.weights) == QWEN
    with pytest.raises(KeyError):
        shape_of({"hidden_size": 2048, "num_attention_heads": 16}, 1)


def test_the_pace_is_read_from_a_few_iterations() -> None:
    pace = Pace.of([(100, 1.2), (200, 2.2), (400, 4.2)])
    assert pace.seconds([1000, 10]) == pytest.approx(10.2 + 0.3)
    assert Pace.of([(50, 2.0)]).seconds([100]) == pytest.approx(4.0)
    assert Pace.of([(100, 2.0), (200, 1.0)]).seconds([100, 200]) == pytest.approx(3.0)  # noise: never below zero


@pytest.mark.parametrize("model", [TINY, REAL.model])
def test_there_is_a_most_of_iterations_which_the_plan_says_and_the_user_may_raise(model: str) -> None:
    many = Measured([10] * 100_000, 8 * GIB, replace(QWEN, bits=0))
    chosen = plan(Wishes(model), many)
    assert chosen.iterations == (TINY_CAP if model == TINY else LORA_CAP)
    assert chosen.note.startswith(f"{chosen.iterations:,} iterations, the most by itself, of ")
    assert plan(Wishes(model, iterations=77_777), many).iterations == 77_777
    assert plan(Wishes(model), replace(many, lengths=[10] * 50)).note == ""


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
