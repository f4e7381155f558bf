"""Our side of deduplication: texts a second through `dataset.near`, or the share of planted copies it finds."""

from __future__ import annotations

import sys
import time

from benchmarks.sides.dataset_load import texts

from randaemon.dataset.near import Text, losers


def main(count: int, figure: str) -> None:
    """Prints the figure."""
    made, copies = texts(count)
    began = time.perf_counter()
    found = losers(Text(key, text) for key, text in made)
    seconds = time.perf_counter() - began
    print(count / seconds if figure == "speed" else len(found & copies) / len(copies))


main(int(sys.argv[1]), sys.argv[2])
