"""One side of the training benchmark: `prepare FOLDER`, `ours FOLDER KIND`, `theirs FOLDER KIND`; prints JSON."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from randaemon.training.launch import environment

ITERATIONS, BATCH, RANK, SEED, LAYERS = 100, 4, 8, 7, 2
WORDS = ["cell", "beam", "timer", "power", "offset", "limit", "rank", "load", "carrier", "paging", "uplink", "handover"]
LENGTHS = {"even": (40, 40), "mixed": (6, 80)}  # words of an answer
COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# Step, loss, tokens a second, tokens so far.
REPORT = re.compile(r"^\s*\d+\s+[\d.]+ ?\S?\s+([\d,]+)\s+([\d.]+)(k?)\s*$", re.MULTILINE)
LOSS = re.compile(r"val ([\d.]+)")


def main() -> None:
    """Runs one side; both are started with the environment of the training child."""
    name, folder, kind = sys.argv[1], Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else ""
    if "RANDAEMON_BENCH" not in os.environ:
        told = environment({**os.environ, "RANDAEMON_BENCH": "1"})
        os.execve(sys.executable, [sys.executable, "-P", "-m", "benchmarks.sides.train_side", *sys.argv[1:]], told)
    match name:
        case "prepare":
            prepare(folder)
            print("{}")
        case "ours":
            print(json.dumps(ours(folder, kind)))
        case _:
            print(json.dumps(theirs(folder, kind)))


def prepare(folder: Path) -> None:
    """The rows of both kinds, and a small Qwen3 with random weights whose tokenizer knows their words."""
    from randaemon.training import tiny
    from randaemon.training.plan import TinyShape

    draw = random.Random(SEED)
    texts = []
    for kind, (least, most) in LENGTHS.items():
        (folder / kind).mkdir()
        for split, count in (("train", 400), ("valid", 40), ("test", 4)):
            rows = [_row(draw, least, most) for _ in range(count)]
            texts += [turn["content"] for row in rows for turn in row["messages"]]
            lines = (json.dumps(row) + "\n" for row in rows)
            (folder / kind / f"{split}.jsonl").write_text("".join(lines), encoding="utf-8")
    tiny.build(folder / "model", texts, TinyShape(hidden=128, layers=LAYERS, intermediate=384), SEED)


def ours(folder: Path, kind: str) -> dict[str, float]:
    """Our loop, watched as in a run, with mlx-lm's hyper-parameters and no padding beyond its multiples."""
    from randaemon.training import generate, tune
    from randaemon.training.plan import Measured, Wishes, plan
    from randaemon.training.rows import Row
    from randaemon.training.spec import Bounds, Served
    from randaemon.training.tune import Surroundings
    from randaemon.training.watch import Watch

    watched, sealing = _timed(Watch, "stepped", "between"), _timed(Watch, "_seal")
    loaded = generate.load(Served(str(folder / "model")))
    splits = []
    for split in ("train", "valid"):
        lines = (folder / kind / f"{split}.jsonl").read_text().splitlines()
        rows = [Row(str(number), "", "", tuple(json.loads(line)["messages"])) for number, line in enumerate(lines)]
        splits.append([generate.encode(loaded, row.messages) for row in rows])
    wishes = Wishes("bench", iterations=ITERATIONS, batch_size=BATCH, rank=RANK, learning_rate=1e-3, seed=SEED)
    chosen = plan(replace(wishes, grad_accumulation=1, grad_checkpoint="off"), Measured([300], 1 << 40))
    chosen = replace(chosen, iterations=ITERATIONS, batch_size=BATCH, scale=20.0, patience=0, weight_decay=0.01)
    chosen = replace(chosen, steps_per_report=10, steps_per_eval=ITERATIONS, warmup=0, betas=(0.9, 0.999))
    told: list[float] = []

    def hear(event: str, **values: float) -> None:
        if event == "validation":
            told.append(values["loss"])

    run = folder / f"ours-{kind}-{time.monotonic_ns()}"
    run.mkdir()
    progress, _ = tune.tune(loaded, chosen, (splits[0], splits[1]), Surroundings(run, Bounds(), hear))
    speed = ITERATIONS * BATCH / progress.seconds
    share = (watched[0] - sealing[0]) / progress.seconds
    return {"rows_per_second": speed, "loss": told[-1], "callback_share": share, "checkpoint_ms": sealing[0] * 1000}


def theirs(folder: Path, kind: str) -> dict[str, float]:
    """`python -m mlx_lm lora`; its own figures, averaged over its reports."""
    run = folder / f"theirs-{kind}-{time.monotonic_ns()}"
    settings = {
        "lora_parameters": {"rank": RANK, "scale": 20.0, "dropout": 0.0},
        "lr_schedule": {"name": "cosine_decay", "arguments": [1e-3, ITERATIONS, 1e-5]},
    }
    config = folder / f"{kind}.json"
    config.write_text(json.dumps(settings))
    options = {
        "model": folder / "model", "data": folder / kind, "adapter-path": run, "config": config, "seed": SEED,
        "iters": ITERATIONS, "batch-size": BATCH, "num-layers": LAYERS, "optimizer": "adamw", "val-batches": -1,
        "steps-per-report": 10, "steps-per-eval": 10 * ITERATIONS, "save-every": 10 * ITERATIONS,
        "max-seq-length": 512, "learning-rate": 1e-3,
    }  # fmt: skip
    flags = [part for key, value in options.items() for part in (f"--{key}", str(value))]
    command = [sys.executable, "-m", "mlx_lm", "lora", "--train", "--mask-prompt", *flags]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=900)
    return _read(done.stdout)


def _read(output: str) -> dict[str, float]:
    """Rows over the seconds that its reports add up to; its last validation loss."""
    plain = COLOURS.sub("", output)
    seconds = before = 0.0
    for speed, tokens, thousands in REPORT.findall(plain):
        now = float(tokens) * (1000 if thousands else 1)
        seconds += (now - before) / float(speed.replace(",", ""))
        before = now
    return {"rows_per_second": ITERATIONS * BATCH / seconds, "loss": float(LOSS.findall(plain)[-1])}


def _row(draw: random.Random, least: int, most: int) -> dict[str, list[dict[str, str]]]:
    words = [draw.choice(WORDS) for _ in range(draw.randint(least, most))]
    question = f"Say {words[0]} {words[1]}."
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": " ".join(words)}]
    return {"messages": turns}


def _timed(watch: type, *methods: str) -> list[float]:
    """Seconds spent in these methods of what our loop calls at each iteration."""
    spent = [0.0]
    for name in methods:
        plain = getattr(watch, name)

        def measured(self: object, plain: object = plain) -> None:
            began = time.perf_counter()
            plain(self)  # type: ignore[operator]
            spent[0] += time.perf_counter() - began

        setattr(watch, name, measured)
    return spent


if __name__ == "__main__":
    main()
