"""The rows of a dataset's files: every row of a file has the same keys and types, so that loaders infer one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from randaemon.model import Candidate


def sample(each: Candidate, places: Mapping[str, Sequence[str]]) -> dict[str, object]:
    """A training row: the chat and where it comes from."""
    said = each.conversation
    return {
        "messages": [{"role": message.role, "content": message.content} for message in said.messages],
        "id": each.id,
        "kind": said.kind,
        "document": each.digest,
        "family": each.family,
        "title": each.title,
        "places": sorted(places.get(each.digest, ())),
        "heading": " > ".join(said.heading),
        "entity": said.entity,
        "attribute": said.attribute,
        "fact": each.fact,
        "evidence": [{"start": span.start, "end": span.end, "text": span.text} for span in said.evidence],
        "score": each.score.value,
        "mode": said.mode,
    }


def question(part: str, each: Candidate) -> dict[str, object]:
    """An evaluation row: what is asked, what is expected of the answer, and the answer that was taught."""
    said = each.conversation
    return {
        "part": part,
        "fact": each.fact,
        "kind": said.kind,
        "messages": [{"role": message.role, "content": message.content} for message in said.messages[:-1]],
        "expected": dict(said.expected),
        "answer": said.messages[-1].content,
        "family": each.family,
    }


def lines(found: Iterable[Mapping[str, object]]) -> bytes:
    """JSON lines, one a row, ending in a line feed."""
    return b"".join(msgspec.json.encode(row) + b"\n" for row in found)
