"""Sealing so many candidates of fictional feature documents: candidates a second, or MiB at the peak.

Seconds of the processor: sealing is one thread and reads nothing, and a short run on a busy machine is else favoured.

`prepare` makes the candidates once, as JSON lines, with drawn scores: sealing only reads those, and judging samples
takes ten times as long as sealing them.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from itertools import islice
from pathlib import Path
from typing import BinaryIO

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import msgspec
from tests.knowledge import document

from randaemon import quality
from randaemon.dataset import seal
from randaemon.model import Candidate, Conversation, Score
from randaemon.stages import converse, finalize

WARM = 500
TOGETHER = 20_000


class Drawn:
    """In the place of the scorer: what is judged today lies between these."""

    def __init__(self, markdown: str, _: object) -> None:
        self._draw = random.Random(markdown)

    def scores(self, said: list[Conversation]) -> list[Score]:
        return [Score(round(self._draw.uniform(0.85, 1.0), 4)) for _ in said]


def prepare(count: int, file: Path) -> None:
    """Candidates of as many documents as it takes."""
    quality.Scorer = Drawn  # type: ignore[assignment, misc]
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
    """Prints the figure; others are sealed before, so that imports count for nothing and no cache holds these.

    A run of 1,000 takes 40 ms, in which anything may come between: as many of them as make 20,000 are sealed, each read
    right before, and their time is taken together.
    """
    if figure == "prepare":
        prepare(count, file)
        return
    times = max(TOGETHER // count, 1)
    with file.open("rb") as lines:
        seal(_next(lines, WARM), {})
        seconds = sum(_sealed(_next(lines, count)) for _ in range(times))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)
    print(count * times / seconds if figure == "speed" else peak)


def _next(lines: BinaryIO, count: int) -> list[Candidate]:
    return [msgspec.json.decode(line, type=Candidate) for line in islice(lines, count)]


def _sealed(found: list[Candidate]) -> float:
    began = time.process_time()
    seal(found, {})
    return time.process_time() - began


main(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
