"""One of COUNT workers: converts every COUNTth page of FOLDER, from NUMBER on, ROUNDS times over."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.sides.convert_one import ours

ROUNDS = 8  # so that starting the process does not count


def main(folder: Path, count: int, number: int) -> None:
    read = ours()
    share = sorted(folder.iterdir())[number::count]
    for _ in range(ROUNDS):
        for file in share:
            read(file)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
