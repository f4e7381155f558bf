"""The rows of a version, written in one walk over the candidates in the order in which they lie in memory."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from randaemon.dataset import coverage, general, rows
from randaemon.dataset.coverage import Content, Item
from randaemon.dataset.entries import Entry
from randaemon.dataset.splits import Parts
from randaemon.model import SPLITS, Candidate
from randaemon.quality import taught


@dataclass(frozen=True, slots=True)
class Written:
    """The files of rows by name, and how many samples teach each item of the library."""

    files: Mapping[str, bytes]
    taught: Mapping[Item, int]


def write(
    candidates: Sequence[Candidate], parts: Parts, places: Mapping[str, Sequence[str]], content: Content
) -> Written:
    """Samples and evaluation questions of these candidates, each file ordered by id."""
    sorted_places = {digest: sorted(found) for digest, found in places.items()}
    encode = msgspec.json.Encoder().encode
    samples = {each.place: b"" for name in SPLITS for each in parts.splits[name]}
    asked = {each.place: (part, b"") for part, found in _questions(parts) for each in found}
    items: Counter[Item] = Counter()
    for place, each in enumerate(candidates):
        if place in samples:
            samples[place] = encode(rows.sample(each, sorted_places.get(each.digest, ())))
            if content.items:
                items.update(taught(each.conversation))
        if place in asked:
            asked[place] = (asked[place][0], encode(rows.question(asked[place][0], each)))
    files = {f"{name}.jsonl": _joined(samples.pop(each.place) for each in parts.splits[name]) for name in SPLITS}
    questions = _joined(asked.pop(each.place)[1] for _, found in _questions(parts) for each in found)
    files["evaluation.jsonl"] = questions + rows.lines(general.rows())
    return Written(files, coverage.counts(items, content))


def _questions(parts: Parts) -> tuple[tuple[str, Sequence[Entry]], ...]:
    """The parts of the evaluation set that candidates make, in the order of the file."""
    return ("recall", parts.recall), ("heldout", parts.splits["test"]), ("refusal", parts.refusal)


def _joined(found: Iterable[bytes]) -> bytes:
    """Row by row, so that each is given up when it is taken over: they are not held twice."""
    whole = io.BytesIO()
    for row in found:
        whole.write(row)
        whole.write(b"\n")
    return whole.getvalue()
