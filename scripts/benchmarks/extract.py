"""Extraction in MB of Markdown a second and core: feature descriptions, one long list, and chunks by a real tokenizer.

`features` are a few hundred documents of about 2.4 KB, tables nearly all of them, `list` is one table of a megabyte,
`public` the written documents of the developers' public corpus where that lies beside the checkout, which hold far
fewer names: all three by the rules alone. `estimated` and `tokenized` are feature descriptions with items and chunks,
counted by length or by a byte-level BPE of 8,000 merges, on one core. `growth_10x` and `growth_100x` are the seconds
that the same 10 MB take as documents of 1 MB and as a single one over those they take as documents of 100 KB: 1.0 is
linear. There is no peer: no public tool extracts these six categories.
"""

from __future__ import annotations

from benchmarks.rounds import PRODUCT, PUBLIC, alternate, arguments, ratio, report, side

SMALL = 100_000  # characters


def main() -> None:
    """Runs all sides in turn and reports."""
    chosen = arguments(__doc__ or "")
    public = {"public": lambda: side(PRODUCT, "extract_ours", "public", 0)} if PUBLIC.is_dir() else {}
    figures = alternate(
        {
            **public,
            "features": lambda: side(PRODUCT, "extract_ours", "features", 20 * SMALL),
            "list": lambda: side(PRODUCT, "extract_ours", "list", 10 * SMALL),
            "estimated": lambda: side(PRODUCT, "extract_ours", "estimated", 20 * SMALL),
            "tokenized": lambda: side(PRODUCT, "extract_ours", "tokenized", 20 * SMALL),
            "one": lambda: side(PRODUCT, "extract_ours", "one", SMALL),
            "one_10x": lambda: side(PRODUCT, "extract_ours", "one", 10 * SMALL),
            "one_100x": lambda: side(PRODUCT, "extract_ours", "one", 100 * SMALL),
        },
        chosen.rounds,
    )
    growth = {f"growth_{times}": ratio(figures["one"], figures[f"one_{times}"]) for times in ("10x", "100x")}
    report("extract", figures, growth, only_json=chosen.json)


if __name__ == "__main__":
    main()
