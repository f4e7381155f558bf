"""The rows of a dataset's files: every row of a file has the same keys and types, so that loaders infer one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from randaemon.model import Candidate, Message, Span
from randaemon.quality.text import tame


class Sample(msgspec.Struct, frozen=True, gc=False):
    """A training row: the chat and where it comes from. The fields, in their order, are the keys of the file."""

    messages: tuple[Message, ...]
    id: str
    kind: str
    document: str
    family: str
    title: str
    places: Sequence[str]
    heading: str
    entity: str
    attribute: str
    fact: str
    evidence: tuple[Span, ...]
    score: float
    mode: str


class Question(msgspec.Struct, frozen=True, gc=False):
    """An evaluation row: what is asked, what is expected of the answer, and the answer that was taught."""

    part: str
    fact: str
    kind: str
    messages: tuple[Message, ...]
    expected: Mapping[str, str]
    answer: str
    family: str


def sample(each: Candidate, places: Sequence[str]) -> Sample:
    """The training row of a candidate that was found in these places."""
    said = each.conversation
    return Sample(
        messages=said.messages,
        id=each.id,
        kind=said.kind,
        document=each.digest,
        family=each.family,
        title=each.title,
        places=[tame(place) for place in places],  # the names of files, which anyone may have given
        heading=" > ".join(said.heading),
        entity=said.entity,
        attribute=said.attribute,
        fact=each.fact,
        evidence=said.evidence,
        score=each.score.value,
        mode=said.mode,
    )


def question(part: str, each: Candidate) -> Question:
    """The evaluation row of a candidate."""
    said = each.conversation
    return Question(
        part, each.fact, said.kind, said.messages[:-1], dict(said.expected), said.messages[-1].content, each.family
    )


def lines(found: Iterable[object]) -> bytes:
    """JSON lines, one a row, each ending in a line feed."""
    buffer, encode = bytearray(), msgspec.json.Encoder().encode_into
    for row in found:
        encode(row, buffer, -1)
        buffer += b"\n"
    return bytes(buffer)
