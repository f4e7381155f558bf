"""Where a sample comes from: gathered, as JSON, and in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from randaemon.model import Candidate, Stage

if TYPE_CHECKING:
    from randaemon.store.reader import Reader


@dataclass(frozen=True, slots=True)
class SampleStory:
    """One sample, its evidence, and the documents that hold it."""

    sample: Candidate
    places: tuple[str, ...]
    version: int | None  # the newest sealed one
    split: str  # where it is in there; "" when sealing left it out
    versions: tuple[int, ...] = ()  # all that it is in
    runs: tuple[str, ...] = ()  # trained on one of those
    context: tuple[str, ...] = ()  # of each span: its surroundings with the span between « and »

    @classmethod
    def of(cls, reader: Reader, sample: Candidate) -> SampleStory:
        """Read all of it."""
        versions = reader.versions()
        newest = versions[-1] if versions else None
        split = _split_of(sample.id, Path(newest.path)) if newest else ""
        places = reader.places().get(sample.digest, ())
        within = tuple(each.number for each in versions if _split_of(sample.id, Path(each.path)))
        runs = tuple(run.id for run in reader.runs() if run.version in within)
        context = _highlighted(reader, sample)
        return cls(sample, places, newest.number if newest else None, split, within, runs, context)

    def as_json(self) -> dict[str, Any]:
        """The sample with where it comes from."""
        sample, said = self.sample, self.sample.conversation
        return {
            "id": sample.id,
            "kind": said.kind,
            "document": sample.digest,
            "places": list(self.places),
            "title": sample.title,
            "family": sample.family,
            "heading": list(said.heading),
            "entity": said.entity,
            "attribute": said.attribute,
            "messages": [{"role": message.role, "content": message.content} for message in said.messages],
            "evidence": [{"start": span.start, "end": span.end, "text": span.text} for span in said.evidence],
            "generator": said.generator,
            "mode": said.mode,
            "score": sample.score.value,
            "components": dict(sample.score.components),
            "accepted": sample.score.accepted,
            "gate": sample.score.gate,
            "reason": sample.score.reason,
            "version": self.version,
            "split": self.split or None,
            "versions": list(self.versions),
            "adapters": list(self.runs),
        }

    def told(self) -> Iterator[str]:
        """The same for people."""
        sample, said = self.sample, self.sample.conversation
        yield f"sample {sample.id}: {said.kind} about {said.attribute} of {said.entity}, made by {said.generator}"
        for message in said.messages:
            yield f"  {message.role}: {message.content}"
        yield f"from {', '.join(self.places) or 'a document that is not kept any more'}"
        if place := " › ".join(filter(None, (sample.title, *said.heading))):
            yield f"  {place}"
        for span, around in zip(said.evidence, self.context or [span.text for span in said.evidence], strict=True):
            yield f"  characters {span.start}–{span.end}: {around}"
        verdict = "accepted" if sample.score.accepted else f"refused by the gate {sample.score.gate}"
        yield f"score {sample.score.value:.2f}, {verdict}" + (f": {sample.score.reason}" if sample.score.reason else "")
        for name, value in sample.score.components.items():
            yield f"  {name} {value:.2f}"
        yield self._sealed()
        if self.runs:
            yield f"  adapters trained with it: {', '.join(self.runs)}"

    def _sealed(self) -> str:
        if self.version is None:
            return "no dataset version is sealed yet"
        if self.split:
            return f"in dataset version {self.version}, {self.split}"
        if not self.sample.score.accepted:
            return f"not in dataset version {self.version}"
        return f"not in dataset version {self.version}: it came later, or another sample says the same"


def _split_of(sample: str, version: Path) -> str:
    for split in ("train", "valid", "test"):
        with (version / f"{split}.jsonl").open(encoding="utf-8") as rows:
            if any(sample in row and json.loads(row)["id"] == sample for row in rows):
                return split
    return ""


def _highlighted(reader: Reader, sample: Candidate) -> tuple[str, ...]:
    """Each span in its line, between « and »; nothing when the text is not kept any more."""
    body = reader.artifact(sample.digest, Stage.PREPROCESS)
    if body is None:
        return ()
    text = str(json.loads(body)["markdown"])
    return tuple(_around(text, span.start, span.end) for span in sample.conversation.evidence)


def _around(text: str, start: int, end: int) -> str:
    before = text[max(text.rfind("\n", 0, start) + 1, start - _AROUND) : start]
    line = text.find("\n", end)
    after = text[end : min(line if line >= 0 else len(text), end + _AROUND)]
    return f"{before}«{text[start:end]}»{after}"


_AROUND = 60  # characters
