"""Sealing so many candidates of fictional feature documents: candidates a second, or MiB at the peak.

`prepare` makes the candidates once, as JSON lines: making them takes ten times as long as sealing them.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import msgspec
from tests.knowledge import document

from randaemon.dataset import seal
from randaemon.model import Candidate
from randaemon.stages import converse, finalize


def prepare(count: int, file: Path) -> None:
    """Candidates of as many documents as it takes."""
    left, number = count, 0
    with file.open("wb") as lines:
        while left > 0:
            known = document(number)
            said = [one for fact in converse.facts(known.markdown, known.extraction) for one in converse.converse(fact)]
            made = finalize.candidates(known.digest, known.clean, known.extraction, said, 0.5)[:left]
            lines.writelines(msgspec.json.encode(each) + b"\n" for each in made)
            left, number = left - len(made), number + 1
    print(count)


def main(count: int, figure: str, file: Path) -> None:
    """Prints the figure; a small seal goes before, so that imports and caches count for none."""
    if figure == "prepare":
        prepare(count, file)
        return
    with file.open("rb") as lines:
        made = [msgspec.json.decode(line, type=Candidate) for line, _ in zip(lines, range(count), strict=False)]
    seal(made[:500], {})
    began = time.perf_counter()
    seal(made, {})
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    print(count / seconds if figure == "speed" else peak)


main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
