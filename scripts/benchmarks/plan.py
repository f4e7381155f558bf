"""The plan's forecast against what training takes: peak memory and time of random shapes, drawn by seed 3.

The factors of the forecast were fitted on seeds 1 and 2. Ratios are shares: of shapes whose peak memory was forecast
within 20 %, and whose time within 30 %. mlx on Linux counts the memory; nothing is claimed for Metal.
"""

from __future__ import annotations

import os
import random
import sys
from dataclasses import replace

from benchmarks.rounds import arguments, report

from randaemon.training.launch import environment

SEED, SHAPES, ITERATIONS = 3, 30, 16


def main() -> None:
    """Draws, trains, compares; the environment is that of the training child."""
    if "RANDAEMON_BENCH" not in os.environ:
        told = environment({**os.environ, "RANDAEMON_BENCH": "1"})
        os.execve(sys.executable, [sys.executable, "-P", "-m", "benchmarks.plan", *sys.argv[1:]], told)
    chosen, draw = arguments(__doc__ or ""), random.Random(SEED)
    memory, seconds = [], []
    for number in range(SHAPES):
        peak, time = one(draw)
        memory.append(peak)
        seconds.append(time)
        print(f"shape {number + 1}: memory × {peak:.2f}, time × {time:.2f}", file=sys.stderr, flush=True)
    figures = {"memory_least": [min(memory)], "memory_most": [max(memory)], "memory": memory, "time": seconds}
    ratios = {"memory_within_20": share(memory, 0.2), "time_within_30": share(seconds, 0.3)}
    report("plan", figures, ratios, only_json=chosen.json)


def share(found: list[float], bound: float) -> float:
    """How many are within a bound of what they should be."""
    return round(sum(abs(value - 1) <= bound for value in found) / len(found), 3)


def one(draw: random.Random) -> tuple[float, float]:
    """Forecast over measured, of memory and of time, for one random shape."""
    import mlx.core as mx
    from mlx.utils import tree_flatten
    from mlx_lm.models import qwen3

    from randaemon.training import calibrate, forecast, loop, tune
    from randaemon.training.forecast import Load, shape_of
    from randaemon.training.generate import Encoded
    from randaemon.training.plan import Measured, Wishes, plan
    from randaemon.training.progress import Progress

    config, load = shape(draw)
    model = qwen3.Model(qwen3.ModelArgs.from_dict(config))
    mx.eval(model.parameters())
    weights = sum(array.nbytes for _, array in tree_flatten(model.parameters()))
    kind, rank, batch, width, gathered, again = load
    wishes = Wishes("bench", ITERATIONS, batch, 1e-4, fine_tune_type=kind, rank=rank, grad_accumulation=gathered)
    chosen = plan(replace(wishes, grad_checkpoint="on" if again else "off"), Measured([width] * 64, 1 << 45))
    chosen = replace(chosen, pad_to=1, batch_size=batch, steps_per_eval=1000, keep="last")
    rows = [
        Encoded(tuple(draw.randrange(config["vocab_size"]) for _ in range(width + 1)), width // 2) for _ in range(64)
    ]
    tune.adapt(model, chosen)
    expected = calibrate.seconds(model, tune.optimizer(chosen), chosen, (rows, rows[:1]))
    tuning = loop.Tuning(model, tune.optimizer(chosen), Progress())
    tuning.optimizer.init(model.trainable_parameters())
    mx.eval(model.parameters(), tuning.optimizer.state)
    mx.clear_cache()
    mx.reset_peak_memory()
    loop.train(tuning, chosen, (rows, rows[:1]), Silent())
    carried = Load(kind, rank, int(str(config["num_hidden_layers"])), batch, width, gathered, again)
    peak = forecast.peak(shape_of(config, weights), carried) / mx.get_peak_memory()
    mx.clear_cache()
    return peak, expected / tuning.progress.seconds


def shape(draw: random.Random) -> tuple[dict[str, object], tuple[str, int, int, int, int, bool]]:
    """A model's configuration; kind, rank, rows, tokens, accumulation and checkpointing of its training."""
    heads, hidden = draw.choice([2, 4, 8]), draw.choice([64, 96, 128, 192, 256])
    config: dict[str, object] = {
        "model_type": "qwen3", "torch_dtype": "float32", "tie_word_embeddings": True, "rms_norm_eps": 1e-6,
        "rope_theta": 1e4, "max_position_embeddings": 1024, "hidden_size": hidden, "num_attention_heads": heads,
        "num_key_value_heads": draw.choice([count for count in (1, 2, 4, 8) if heads % count == 0 and count <= heads]),
        "head_dim": draw.choice([16, 32, 64]), "num_hidden_layers": draw.choice([2, 3, 4]),
        "vocab_size": draw.choice([512, 1024, 4096]), "intermediate_size": hidden * draw.choice([2, 3, 4]),
    }  # fmt: skip
    kind, rank = draw.choice(["lora", "lora", "dora", "full"]), draw.choice([4, 8, 16, 32])
    rows, tokens = draw.choice([1, 2, 4, 8]), draw.choice([32, 48, 64, 96, 128])
    return config, (kind, rank, rows, tokens, draw.choice([1, 4]), draw.random() < 0.35)


class Silent:
    """Watches over nothing."""

    def stepped(self) -> None:
        """Nothing."""

    def validated(self, loss: float) -> None:
        """Nothing."""

    def between(self) -> None:
        """Nothing."""


if __name__ == "__main__":
    main()
