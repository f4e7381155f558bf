"""What became of a document and where a sample comes from: gathered, as JSON, and in words."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from randaemon.cli.output import document_json, event_json, moment
from randaemon.model import Candidate, Document, Event, Stage
from randaemon.store.names import display

if TYPE_CHECKING:
    from randaemon.store.reader import Reader

_MEMBERS_TOLD = 20


@dataclass(frozen=True, slots=True)
class DocumentStory:
    """One document, how it went, what is in it and what it gave."""

    document: Document
    events: tuple[Event, ...]
    members: tuple[Document, ...]
    samples: tuple[Candidate, ...]
    original: Document | None  # the first copy, if this is a duplicate
    places: tuple[str, ...]

    @classmethod
    def of(cls, reader: Reader, document: Document) -> DocumentStory:
        """Read all of it."""
        first = document.duplicate_of
        return cls(
            document=document,
            events=tuple(reader.events_of(document)),
            members=tuple(reader.children(document.id)),
            samples=tuple(reader.samples_of(document.digest)),
            original=None if first is None else reader.document(first),
            places=reader.places().get(document.digest, ()),
        )

    def as_json(self) -> dict[str, Any]:
        """The document with everything around it."""
        return {
            **document_json(self.document),
            "places": list(self.places),
            "events": [event_json(event) for event in self.events],
            "members": [document_json(member) for member in self.members],
            "samples": {
                "accepted": [sample.id for sample in self.samples if sample.score.accepted],
                "refused": dict(Counter(sample.score.gate for sample in self.samples if not sample.score.accepted)),
            },
        }

    def told(self) -> Iterator[str]:
        """The same for people."""
        document = self.document
        yield f"{display(document.name)}  (key {document.key}, number {document.id})"
        yield f"  {document.status.value} in {document.stage.label}, {document.size} bytes, {_kind(document)}"
        if document.reason:
            yield f"  {document.reason}" + (f"  [{document.code}]" if document.code else "")
        if document.due is not None:
            yield f"  not before {moment(document.due)}"
        if self.original is not None:
            yield f"  the same content as {display(self.original.name)} (key {self.original.key})"
        if len(self.places) > 1:
            yield f"  found in {len(self.places)} places: {', '.join(self.places)}"
        yield from self._harvest()
        yield from self._inside()
        for event in self.events:
            yield f"  {moment(event.at)}  {event.kind}{_details(event)}"

    def _harvest(self) -> Iterator[str]:
        if not self.samples:
            return
        accepted = sum(sample.score.accepted for sample in self.samples)
        yield f"  gave {accepted} samples of {len(self.samples)} candidates"
        refused = Counter(sample.score.gate for sample in self.samples if not sample.score.accepted)
        for gate, count in refused.most_common():
            yield f"    {count} refused by the gate {gate}"

    def _inside(self) -> Iterator[str]:
        if not self.members:
            return
        counts = Counter(member.status.value for member in self.members)
        yield f"  {len(self.members)} members: {', '.join(f'{count} {name}' for name, count in counts.items())}"
        for member in self.members[:_MEMBERS_TOLD]:
            yield f"    {member.key}  {member.status.value:<9}  {display(member.name, 60)}  {member.reason}".rstrip()
        if len(self.members) > _MEMBERS_TOLD:
            more = len(self.members) - _MEMBERS_TOLD
            yield f"    … and {more} more: `randaemon jobs show {self.document.key} --json`"


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


def _kind(document: Document) -> str:
    return str(document.meta.get("media_type") or "kind not known yet")


def _details(event: Event) -> str:
    shown = {key: value for key, value in event.data.items() if value not in ("", None)}
    return f"  {', '.join(f'{key} {value}' for key, value in shown.items())}" if shown else ""
