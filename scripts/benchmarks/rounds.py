"""What all benchmarks share: sides measured in turn, medians, and the one JSON line at the end."""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent.parent
PRODUCT = PROJECT / ".venv/bin/python"
PEER = PROJECT / ".bench-venv/bin/python"
PUBLIC = PROJECT.parent / "shared" / "corpus"  # openly licensed documents, beside the checkout or absent


def arguments(description: str) -> argparse.Namespace:
    """`--json` and `--rounds`, at least five."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", action="store_true", help="nothing but the JSON line on stdout")
    parser.add_argument("--rounds", type=int, default=5, help="how often each side is measured (at least 5)")
    chosen = parser.parse_args()
    chosen.rounds = max(5, chosen.rounds)
    return chosen


def side(python: Path, module: str, *values: object) -> float:
    """Runs one side in a process of its own; the last line it prints is its figure."""
    command = [str(python), "-P", "-m", f"benchmarks.sides.{module}", *map(str, values)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=900)
    return float(done.stdout.strip().splitlines()[-1])


def alternate(sides: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Every side once a round, each round starting with another, so that a noisy minute spoils no single side."""
    figures: dict[str, list[float]] = {name: [] for name in sides}
    names = list(sides)
    for number in range(rounds):
        turn = number % len(names)
        for name in names[turn:] + names[:turn]:
            figures[name].append(sides[name]())
            told = f"round {number + 1}/{rounds} {name:12} {_shortened(figures[name][-1]):10,}"
            print(told, file=sys.stderr, flush=True)
    return figures


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the ratios of each round."""
    return round(statistics.median(one / other for one, other in zip(ours, theirs, strict=True)), 3)


def report(name: str, figures: Mapping[str, Sequence[float]], ratios: Mapping[str, float], *, only_json: bool) -> None:
    """The table for people, then the line for programs."""
    medians = {key: _shortened(statistics.median(values)) for key, values in figures.items()}
    if not only_json:
        for key, value in medians.items():
            print(f"{key:14} {value:12,}")
        for key, value in ratios.items():
            print(f"ours / {key:7} {value:12.2f}")
    print(json.dumps({"name": name, "figures": medians, "ratios": dict(ratios)}))


def _shortened(value: float) -> float:
    """Tenths of what is large, four digits of what is small: a share of 0.0029 is not nothing."""
    return round(value, 1) if abs(value) >= 1000 else float(f"{value:.4g}")
