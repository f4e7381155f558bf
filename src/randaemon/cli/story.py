"""Where a sample comes from: gathered, as JSON, and in words."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from randaemon.control import edits
from randaemon.dataset.lookup import part_of, split_of
from randaemon.dataset.verify import EDITED
from randaemon.model import Candidate, Stage
from randaemon.store.records import REVIEWS

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
    sources: tuple[str, ...] = ()  # of each span: the page or cells of the source; "" where it has none
    rules: tuple[str, ...] = ()  # that found the item
    part: str = ""  # of the newest version's evaluation set: what is asked there is in no split
    review: str = ""  # what a person did with it

    @classmethod
    def named(cls, reader: Reader, wanted: str) -> SampleStory:
        """Of the sample with this id, or a unique beginning of it: one of a document, or one that a person edited.

        An edit has the verdict of the gates of today, by which the next version is sealed.
        """
        written = (said.get("sample") for said in reader.state(REVIEWS, {}).values())
        found = [edit for edit in written if edit and edit["id"].startswith(wanted)]
        return cls.of(reader, edits.today(found[0], reader) if len(found) == 1 else reader.sample(wanted))

    @classmethod
    def of(cls, reader: Reader, sample: Candidate) -> SampleStory:
        """Read all of it."""
        from randaemon.training import adapters

        versions = reader.versions()
        newest = versions[-1] if versions else None
        question = sample.conversation.messages[0].content
        splits = {each.number: split_of(sample.id, Path(each.path)) for each in versions}
        split = splits[newest.number] if newest else ""
        part = part_of(sample.fact, question, Path(newest.path)) if newest and not split else ""
        places = reader.places().get(sample.digest, ())
        within = tuple(number for number, name in splits.items() if name)
        runs = tuple(run.id for run in reader.runs() if run.version in within and adapters.learnt(run))
        text = _stored(reader, sample, Stage.PREPROCESS)
        context, where = _highlighted(text, sample), _in_source(text, sample)
        rules = _rules(_stored(reader, sample, Stage.EXTRACT), sample)
        number, review = newest.number if newest else None, _review(reader.state(REVIEWS, {}), sample)
        return cls(sample, places, number, split, within, runs, context, where, rules, part, review)

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
            "sources": list(self.sources),
            "generator": said.generator,
            "rules": list(self.rules),
            "mode": said.mode,
            "score": sample.score.value,
            "components": dict(sample.score.components),
            "accepted": sample.score.accepted,
            "gate": sample.score.gate,
            "reason": sample.score.reason,
            "review": self.review,
            "version": self.version,
            "split": self.split or None,
            "evaluation": self.part or None,
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
        spans = zip(said.evidence, self.context or [span.text for span in said.evidence], strict=True)
        for number, (span, around) in enumerate(spans):
            page = f", {self.sources[number]}" if any(self.sources[number : number + 1]) else ""
            yield f"  characters {span.start}–{span.end}{page}: {around}"
        yield f"  mode {said.mode}" + (f", found by the rule {', '.join(self.rules)}" if self.rules else "")
        verdict = "accepted" if sample.score.accepted else f"refused by the gate {sample.score.gate}"
        yield f"score {sample.score.value:.2f}, {verdict}" + (f": {sample.score.reason}" if sample.score.reason else "")
        for name, value in sample.score.components.items():
            yield f"  {name} {value:.2f}"
        if self.review:
            yield self.review
        yield self._sealed()
        if self.runs:
            yield f"  adapters trained with it: {', '.join(self.runs)}"

    def _sealed(self) -> str:
        if self.version is None:
            return "no dataset version is sealed yet"
        if self.split:
            return f"in dataset version {self.version}, {self.split}"
        if self.part:
            return f"asked in the evaluation of dataset version {self.version} ({self.part}), and therefore in no split"
        out = self.review and not self.sample.conversation.generator.startswith(EDITED)
        if out or not self.sample.score.accepted:
            return f"not in dataset version {self.version}"
        return f"not in dataset version {self.version}: it came later, or another sample says the same"


def _review(reviews: Mapping[str, Any], sample: Candidate) -> str:
    """In a sentence; "" when nobody looked at it or it was kept."""
    if sample.conversation.generator.startswith(EDITED):
        was = sample.conversation.generator.removeprefix(EDITED)
        return f"written by a person in place of {was}; judged by the gates of today, as at every seal"
    said = reviews.get(sample.id, {})
    if said.get("sample"):
        return f"a person wrote {said['sample']['id']} in its place"
    return "rejected by a person" if said.get("verdict") == "reject" else ""


def _stored(reader: Reader, sample: Candidate, stage: Stage) -> dict[str, Any]:
    """An artifact of its document; empty when it is not kept any more."""
    body = reader.artifact(sample.digest, stage)
    return json.loads(body) if body is not None else {}


def _highlighted(text: Mapping[str, Any], sample: Candidate) -> tuple[str, ...]:
    """Each span in its line, between « and »."""
    markdown = str(text.get("markdown", ""))
    return tuple(_around(markdown, span.start, span.end) for span in sample.conversation.evidence) if markdown else ()


def _in_source(text: Mapping[str, Any], sample: Candidate) -> tuple[str, ...]:
    """Page, sheet or cells of the block that each span begins in."""
    blocks = text.get("blocks", ())
    starts = [block["start"] for block in blocks]
    found = []
    for span in sample.conversation.evidence:
        number = bisect_right(starts, span.start) - 1
        block = blocks[number] if number >= 0 else {}
        page = f"page {block['page']}" if block.get("page") else ""
        found.append(" ".join(filter(None, (page, str(block.get("place", ""))))))
    return tuple(found)


def _rules(extraction: Mapping[str, Any], sample: Candidate) -> tuple[str, ...]:
    said = sample.conversation
    items = extraction.get("items", ())
    found = (each for each in items if (each["category"], each["name"]) == (said.category.value, said.entity))
    return tuple(dict.fromkeys(str(each.get("rule") or each.get("source", "")) for each in found))


def _around(text: str, start: int, end: int) -> str:
    before = text[max(text.rfind("\n", 0, start) + 1, start - _AROUND) : start]
    line = text.find("\n", end)
    after = text[end : min(line if line >= 0 else len(text), end + _AROUND)]
    return f"{before}«{text[start:end]}»{after}"


_AROUND = 60  # characters
