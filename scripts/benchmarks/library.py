"""A library of pages through the whole pool, six stages and all commits, with one worker and with two."""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

from benchmarks.rounds import PRODUCT, alternate, ratio, report, side

from randaemon.demo.files import library
from randaemon.demo.pages import feature_page


def main() -> None:
    """Writes the pages, lets both sides work on them in turn."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="nothing but the JSON line on stdout")
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=1)
    chosen = parser.parse_args()
    features = library(count=min(chosen.pages, 40), first=0).described
    pages = [feature_page(feature) for feature in features]
    with tempfile.TemporaryDirectory() as place:
        for number in range(chosen.pages):
            text = pages[number % len(pages)].replace("</body>", f"<p>Copy {number}.</p></body>")
            (Path(place) / f"{number:04}.html").write_text(text)
        sides = {f"workers_{count}": partial(side, PRODUCT, "convert_library", place, count) for count in (1, 2)}
        figures = alternate(sides, chosen.rounds)
    two = ratio(figures["workers_2"], figures["workers_1"])
    report("library", figures, {"two_workers": two}, only_json=chosen.json)


if __name__ == "__main__":
    main()
