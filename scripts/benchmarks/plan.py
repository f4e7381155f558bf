"""The plan's forecast against what training takes: peak memory and time of random shapes of two seeds.

Each is trained as the child trains, from the forecast to the adapter. The factors of the forecast were fitted on shapes
of another seed (`scripts/bench plan_fit`). Ratios are shares: of shapes whose peak memory was forecast within 20 %, and
whose time within 30 %. mlx on Linux counts the memory; nothing is claimed for Metal.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.rounds import report

from randaemon.training.launch import environment

SEEDS = (3, 4)


def main() -> None:
    """Draws, trains, compares."""
    as_the_child("plan")
    chosen = _arguments()
    memory, seconds = [], []
    for seed in SEEDS:
        draw = random.Random(seed)
        for number in range(chosen.shapes):
            found = train(draw_shape(draw), chosen.iterations)
            memory.append(found.planned / found.peak)
            seconds.append(found.forecast / found.seconds)
            told = f"memory × {memory[-1]:.2f}, time × {seconds[-1]:.2f}"
            print(f"seed {seed}, shape {number + 1}: {told}", file=sys.stderr, flush=True)
    figures = {
        "memory_least": [min(memory)], "memory_most": [max(memory)], "memory": memory,
        "time_least": [min(seconds)], "time_most": [max(seconds)], "time": seconds,
    }  # fmt: skip
    ratios = {"memory_within_20": share(memory, 0.2), "time_within_30": share(seconds, 0.3)}
    report("plan", figures, ratios, only_json=chosen.json)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="nothing but the JSON line on stdout")
    parser.add_argument("--shapes", type=int, default=15, help="of each seed")
    parser.add_argument("--iterations", type=int, default=200, help="of each shape; 200 is about the least a run has")
    return parser.parse_args()


def as_the_child(name: str) -> None:
    """Go on in the environment of the training child: its BLAS, and no compiler."""
    if "RANDAEMON_BENCH" not in os.environ:
        told = environment({**os.environ, "RANDAEMON_BENCH": "1"})
        os.execve(sys.executable, [sys.executable, "-P", "-m", f"benchmarks.{name}", *sys.argv[1:]], told)


def share(found: list[float], bound: float) -> float:
    """How many are within a bound of what they should be."""
    return round(sum(abs(value - 1) <= bound for value in found) / len(found), 3)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A model and how it is trained."""

    config: dict[str, Any]
    wishes: dict[str, Any]
    longest: int  # tokens
    shortest: int
    seed: int


@dataclass(frozen=True, slots=True)
class Found:
    """What was forecast and what it took, in bytes and seconds; the sizes that the forecast of the memory rests on."""

    planned: int
    peak: int
    forecast: float
    seconds: float
    weights: int
    parts: tuple[int, ...]


def draw_shape(draw: random.Random) -> Drawn:
    """Any of the kinds of model and training that a plan knows, small; smaller where mlx on a CPU has no fast way."""
    kind, number = draw.choice(["lora", "lora", "dora", "full"]), draw.choice(["float32", "bfloat16"])
    bits = draw.choice([0, 0, 4, 8]) if (kind, number) == ("lora", "float32") else 0
    slow = bits or number == "bfloat16"
    heads, hidden = draw.choice([2, 4, 8]), draw.choice([64, 96] if slow else [64, 96, 128, 192, 256])
    config = {
        "model_type": "qwen3", "tie_word_embeddings": draw.random() < 0.7, "rms_norm_eps": 1e-6, "rope_theta": 1e4,
        "torch_dtype": number, "max_position_embeddings": 1024, "hidden_size": hidden,
        "num_attention_heads": heads, "head_dim": draw.choice([16, 32] if slow else [16, 32, 64]),
        "num_key_value_heads": draw.choice([count for count in (1, 2, 4, 8) if count <= heads]),
        "num_hidden_layers": draw.choice([2, 3, 4]), "intermediate_size": hidden * draw.choice([2, 3, 4]),
        "vocab_size": draw.choice([512, 2048] if slow else [512, 1024, 4096]),
    }  # fmt: skip
    wishes = {
        "fine_tune_type": kind, "rank": draw.choice([4, 8, 16, 32]),
        "batch_size": draw.choice([1, 2] if slow else [1, 2, 4, 8]), "grad_accumulation": draw.choice([1, 4]),
        "grad_checkpoint": "on" if draw.random() < 0.35 else "off", "seed": draw.randrange(1 << 16),
    }  # fmt: skip
    longest = draw.choice([32, 48, 64, 96, 128])
    if bits:
        config["quantization"] = {"bits": bits, "group_size": 32}
    return Drawn(config, wishes, longest, draw.choice([longest, longest // 2]), draw.randrange(1 << 16))


def train(drawn: Drawn, iterations: int) -> Found:
    """Build the model, plan, train; what was forecast and what it took."""
    import mlx.core as mx
    from mlx.utils import tree_flatten

    from randaemon.training import forecast, plan, tune
    from randaemon.training.generate import Loaded
    from randaemon.training.spec import Bounds

    model, rows = build(drawn), encoded(drawn)
    shape = forecast.shape_of(drawn.config, sum(array.nbytes for _, array in tree_flatten(model.parameters())))
    wishes = plan.Wishes("bench", iterations, learning_rate=1e-4, **drawn.wishes)
    chosen = plan.plan(wishes, plan.Measured([len(row) for row in rows], 1 << 45, shape))
    heard: dict[str, tuple[float, dict[str, Any]]] = {}

    def hear(event: str, **values: Any) -> None:
        heard.setdefault(event, (time.perf_counter(), values))

    with tempfile.TemporaryDirectory(prefix="bench-plan-") as folder:
        around = tune.Surroundings(Path(folder), Bounds(memory=1 << 45), hear)
        progress, _ = tune.tune(Loaded(model, None), chosen, (rows, rows[:8]), around)
        ended = time.perf_counter()
    mx.clear_cache()
    said, told = heard["forecast"]
    parts = forecast.parts(shape, plan.load(chosen, shape))
    return Found(chosen.peak_memory, progress.peak, told["seconds"], ended - said, shape.weights, parts)


def encoded(drawn: Drawn) -> list[Any]:
    """Rows of random tokens, the longest first."""
    from randaemon.training.generate import Encoded

    draw = random.Random(drawn.seed)
    lengths = [drawn.longest, *(draw.randint(drawn.shortest, drawn.longest) for _ in range(31))]
    rows = ([draw.randrange(drawn.config["vocab_size"]) for _ in range(length)] for length in lengths)
    return [Encoded(tuple(row), len(row) // 2) for row in rows]


def build(drawn: Drawn) -> Any:
    """The model with random weights."""
    import mlx.core as mx
    from mlx import nn
    from mlx_lm.models import qwen3

    mx.random.seed(drawn.seed)
    model = qwen3.Model(qwen3.ModelArgs.from_dict(drawn.config))
    model.set_dtype(getattr(mx, drawn.config["torch_dtype"]))
    if "quantization" in drawn.config:
        nn.quantize(model, **drawn.config["quantization"])
    mx.eval(model.parameters())
    return model


if __name__ == "__main__":
    main()
