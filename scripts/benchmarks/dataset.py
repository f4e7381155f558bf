"""Sealing, near-duplicates and JSON lines, each against what one would use instead.

`seal_N` is candidates a second when N are sealed by `dataset.seal`; `growth_100x` is the time a candidate takes at
100,000 over that at 1,000 (1.0 is linear). `dedup` is texts a second through our near-duplicate index and through
datasketch's MinHash LSH (64 permutations, threshold 0.8) on the same 20,000 texts, one in ten of them a near copy of
another: `recall` is the share of those that each finds. `jsonl` is MB a second of rows written, beside `json.dumps`.
`seal_mib` is the peak memory of sealing 100,000. Recall and memory are the same in every round and measured once.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.rounds import PEER, PRODUCT, alternate, arguments, ratio, report, side

TEXTS = 20_000


def main() -> None:
    """Runs all sides in turn and reports."""
    chosen = arguments(__doc__ or "")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "candidates.jsonl"
        side(PRODUCT, "dataset_seal", 101_000, "prepare", file)
        figures = _measured(file, chosen.rounds) | _once(file)
    ratios = {
        "growth_100x": ratio(figures["seal_1000"], figures["seal_100000"]),
        "dedup_vs_datasketch": ratio(figures["dedup"], figures["dedup_datasketch"]),
        "recall_vs_datasketch": ratio(figures["recall"], figures["recall_datasketch"]),
        "jsonl_vs_json": ratio(figures["jsonl"], figures["jsonl_json"]),
    }
    report("dataset", figures, ratios, only_json=chosen.json)


def _measured(file: Path, rounds: int) -> dict[str, list[float]]:
    return alternate(
        {
            "seal_1000": lambda: side(PRODUCT, "dataset_seal", 1_000, "speed", file),
            "seal_10000": lambda: side(PRODUCT, "dataset_seal", 10_000, "speed", file),
            "seal_100000": lambda: side(PRODUCT, "dataset_seal", 100_000, "speed", file),
            "dedup": lambda: side(PRODUCT, "dataset_near", TEXTS, "speed"),
            "dedup_datasketch": lambda: side(PEER, "dataset_datasketch", TEXTS, "speed"),
            "jsonl": lambda: side(PRODUCT, "dataset_rows", "ours"),
            "jsonl_json": lambda: side(PRODUCT, "dataset_rows", "json"),
        },
        rounds,
    )


def _once(file: Path) -> dict[str, list[float]]:
    return {
        "seal_mib": [side(PRODUCT, "dataset_seal", 100_000, "memory", file)],
        "recall": [side(PRODUCT, "dataset_near", TEXTS, "recall")],
        "recall_datasketch": [side(PEER, "dataset_datasketch", TEXTS, "recall")],
    }


if __name__ == "__main__":
    main()
