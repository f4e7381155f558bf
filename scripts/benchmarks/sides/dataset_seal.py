"""Sealing so many candidates of fictional feature documents: candidates a second, or MiB at the peak.

Seconds of the processor: sealing is one thread and reads nothing, and a short run on a busy machine is else favoured.

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

WARM = 500


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
    """Prints the figure; others are sealed before, so that imports count for nothing and no cache holds these."""
    if figure == "prepare":
        prepare(count, file)
        return
    with file.open("rb") as lines:
        found = [msgspec.json.decode(line, type=Candidate) for line, _ in zip(lines, range(WARM + count), strict=False)]
    seal(found[:WARM], {})
    made = found[WARM:]
    began = time.process_time()
    seal(made, {})
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    print(count / seconds if figure == "speed" else peak)


main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
