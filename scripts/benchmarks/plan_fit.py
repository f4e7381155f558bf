"""Fits the factors of the memory forecast (training/forecast.py) on shapes that `scripts/bench plan` never draws.

Each is trained for a few updates, with activations kept and computed again, and all rows of one length, so that the
widest batch is seen. The factors are those of the least relative errors, none below zero; the ratios are the worst
forecasts with them on the shapes themselves.
"""

from __future__ import annotations

import random
import sys
from dataclasses import replace
from itertools import product

from benchmarks.plan import Found, as_the_child, draw_shape, train
from benchmarks.rounds import arguments, report

SEED, SHAPES, ITERATIONS = 1, 120, 4


def main() -> None:
    """Draws, trains, fits."""
    as_the_child("plan_fit")
    from randaemon.training import calibrate

    calibrate.AT, calibrate.TIMES = (0.5,), 1  # nobody asks for the time
    chosen, draw = arguments(__doc__ or ""), random.Random(SEED)
    groups: dict[str, list[Found]] = {}
    for number, again in product(range(SHAPES), ("off", "on")):
        if again == "off":
            drawn = draw_shape(draw)
        wishes = {**drawn.wishes, "grad_checkpoint": again}
        found = train(replace(drawn, wishes=wishes, shortest=drawn.longest), ITERATIONS)
        groups.setdefault(f"{wishes['fine_tune_type']} {again}", []).append(found)
        print(f"shape {number + 1}: {found.peak >> 10:,} KiB", file=sys.stderr, flush=True)
    ratios: dict[str, float] = {}
    for name, shapes in sorted(groups.items()):
        factors = fit(shapes)
        off = [(one.weights + dot(factors, one.parts)) / one.peak for one in shapes]
        ratios |= {f"{name} least": round(min(off), 3), f"{name} most": round(max(off), 3)}
        print(f"{name} ({len(shapes)} shapes): {', '.join(f'{factor:.2f}' for factor in factors)}", file=sys.stderr)
    report("plan_fit", {"shapes": [SHAPES]}, ratios, only_json=chosen.json)


def fit(shapes: list[Found]) -> list[float]:
    """How many times each part is held."""
    import numpy as np
    from scipy.optimize import nnls

    parts = np.array([[part / one.peak for part in one.parts] for one in shapes])
    factors, _ = nnls(parts, np.array([1 - one.weights / one.peak for one in shapes]))
    return [float(factor) for factor in factors]


def dot(factors: list[float], parts: tuple[int, ...]) -> float:
    """Bytes of all parts, each as often as it is held."""
    return sum(factor * part for factor, part in zip(factors, parts, strict=True))


if __name__ == "__main__":
    main()
