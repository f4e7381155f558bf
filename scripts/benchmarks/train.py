"""Training speed: our loop against `python -m mlx_lm lora` on the same data, model, adapter and settings.

`mlx_lm` has rows of one length, so that both train on much the same batches; `mlx_lm_mixed` has rows of 6 to 80 words,
where ours puts rows of like length together. Speed is in rows a second: the rows are the same, one epoch of them, and
mlx-lm counts tokens of padding and of the chat form as trained that ours does not. The losses are those of the
validation after the last iteration. `callback_share` is what our reports and guards take of the time, `checkpoint_ms`
the one checkpoint of the run, at its end; a long run seals one every five minutes. Each round runs both in turn; ratios
are medians over the rounds, their range is told on stderr.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.rounds import PRODUCT, arguments, ratio, report


def main() -> None:
    """Builds the model and the rows once, then runs the sides in turn."""
    chosen = arguments(__doc__ or "")
    figures: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        side("prepare", folder)
        for number in range(chosen.rounds):
            for kind in ("even", "mixed"):
                names = ("ours", "theirs") if number % 2 else ("theirs", "ours")
                for name in names:
                    told = side(name, folder, kind)
                    figures.setdefault(f"{name}_{kind}", []).append(told["rows_per_second"])
                    figures.setdefault(f"{name}_{kind}_loss", []).append(told["loss"])
                    for key in told.keys() & {"callback_share", "checkpoint_ms"}:
                        figures.setdefault(key, []).append(told[key])
                    print(f"round {number + 1} {kind} {name} {told}", file=sys.stderr, flush=True)
    ratios = {
        "mlx_lm": ratio(figures["ours_even"], figures["theirs_even"]),
        "mlx_lm_mixed": ratio(figures["ours_mixed"], figures["theirs_mixed"]),
    }
    for key, kind in (("mlx_lm", "even"), ("mlx_lm_mixed", "mixed")):
        pairs = [ours / theirs for ours, theirs in zip(figures[f"ours_{kind}"], figures[f"theirs_{kind}"], strict=True)]
        print(f"{key}: {ratios[key]:.3f}, of {min(pairs):.3f} to {max(pairs):.3f}", file=sys.stderr)
    gap = statistics.median(figures["ours_mixed_loss"]) - statistics.median(figures["theirs_mixed_loss"])
    print(f"final_gap: {gap:+.4f} nats; callback_share: {max(figures['callback_share']):.5f}", file=sys.stderr)
    report("train", figures, ratios, only_json=chosen.json)


def side(name: str, folder: Path, kind: str = "") -> dict[str, float]:
    """One side in a process of its own; the last line that it prints is its figures."""
    command = [str(PRODUCT), "-P", "-m", "benchmarks.sides.train_side", name, str(folder), kind]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=900)
    told: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return told


if __name__ == "__main__":
    main()
