"""What became of a document: its whole way through the stages, gathered, as JSON, and in words."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from randaemon.cli import called, volume
from randaemon.cli.output import document_json, event_json, moment
from randaemon.machine import file_size
from randaemon.model import Candidate, Document, Event, Stage, Status
from randaemon.store.forgetting import FORGOTTEN
from randaemon.store.names import display

if TYPE_CHECKING:
    from randaemon.store.reader import Reader

_MEMBERS_TOLD = 20
_TOLD_OF_REMOVED = 300  # characters of each piece; --json has all of it
_ASKING = ("extract", "converse")  # stages
_COUNTED = ("headings", "tables", "listings", "images")


@dataclass(frozen=True, slots=True)
class Step:
    """One stage as it went: how long, at which attempt, and why it was not at once."""

    stage: str
    seconds: float
    attempts: int
    waited: tuple[str, ...]  # reasons of attempts that failed and of waiting
    outcome: str  # done | expanded | rejected | failed | cancelled | "" while it goes on

    def told(self) -> str:
        """`convert  0.31 s, attempt 2, after: …`."""
        attempt = f", attempt {self.attempts}" if self.attempts > 1 else ""
        outcome = f", {self.outcome}" if self.outcome not in ("done", "") else ""
        after = f"; before that: {'; '.join(self.waited)}" if self.waited else ""
        return f"{self.stage:<10} {self.seconds:.2f} s{attempt}{outcome}{after}"


@dataclass(frozen=True, slots=True)
class DocumentStory:
    """One document, how it went, what is in it and what it gave."""

    document: Document
    events: tuple[Event, ...]
    members: tuple[Document, ...]
    samples: tuple[Candidate, ...]
    original: Document | None  # the first copy, if this is a duplicate
    places: tuple[str, ...]
    estimate: volume.Estimate | None = None  # of an archive
    progress: volume.Progress | None = None  # of a drop with members
    removed: tuple[Mapping[str, Any], ...] | None = None  # what preprocess took out, where it was asked for
    meta: Mapping[str, Any] = field(default_factory=dict)  # what stages learnt; of a copy, from its first
    forgotten: bool = False  # itself, or an archive it lies in

    @classmethod
    def of(cls, reader: Reader, document: Document, *, removed: bool = False) -> DocumentStory:
        """Read all of it; `removed` reads what was taken out as well."""
        original = None if document.duplicate_of is None else reader.document(document.duplicate_of)
        meta = {**original.meta, **document.meta} if original else dict(document.meta)
        piles = volume.piles(meta)
        return cls(
            document=document,
            events=tuple(reader.events_of(document)),
            members=tuple(reader.children(document.id)),
            samples=tuple(reader.samples_of(document.digest)),
            original=original,
            places=reader.places().get(document.digest, ()),
            estimate=volume.estimate(reader, piles) if piles else None,
            progress=volume.progress(reader, document.id) if document.parent is None else None,
            removed=_removed(reader, document.digest) if removed else None,
            meta=meta,
            forgotten=_forgotten(reader, document),
        )

    def as_json(self) -> dict[str, Any]:
        """The document with everything around it."""
        name = display(self.document.name)
        piles = volume.piles(self.meta)
        told = {
            **document_json(self.document),
            "called": called.told(name),
            "note": called.mismatch(name, str(self.meta.get("media_type", ""))),
            "forgotten": self.forgotten,
            "places": list(self.places),
            "stages": [
                {"stage": s.stage, "seconds": s.seconds, "attempts": s.attempts, "waited": s.waited, "end": s.outcome}
                for s in self.steps()
            ],
            "volume": volume.as_json(piles) if piles else None,
            "estimate": self._estimate_json(self.estimate),
            "progress": self._progress_json(),
            "events": [event_json(event) for event in self.events],
            "members": [document_json(member) for member in self.members],
            "samples": {
                "accepted": [sample.id for sample in self.samples if sample.score.accepted],
                "refused": dict(Counter(sample.score.gate for sample in self.samples if not sample.score.accepted)),
            },
        }
        return told if self.removed is None else {**told, "removed": list(self.removed)}

    def steps(self) -> tuple[Step, ...]:
        """The stages it went through, in the order in which it did."""
        found: list[Step] = []
        waited: list[str] = []
        seconds, attempts = 0.0, 1
        for event in self.events:
            _, _, what = event.kind.partition(".")
            took = event.data.get("seconds")
            seconds += took if isinstance(took, int | float) else 0.0
            if what in ("retrying", "waiting"):
                waited.append(str(event.data.get("reason") or event.data.get("code") or what))
                attempts += what == "retrying"
            elif what in _ENDS and (stage := event.data.get("stage")):
                found.append(Step(str(stage), round(seconds, 3), attempts, tuple(waited), what))
                waited, seconds, attempts = [], 0.0, 1
        if waited:
            found.append(Step(self.document.stage.label, round(seconds, 3), attempts, tuple(waited), ""))
        return tuple(found)

    # --- for people ------------------------------------------------------------------------------------------------

    def told(self) -> Iterator[str]:
        """The same for people."""
        document = self.document
        yield f"{display(document.name)}  (key {document.key}, number {document.id})"
        yield f"  {document.status.value} in {document.stage.label}, {file_size(document.size)}, {self._kind()}"
        if document.reason:
            yield f"  {document.reason}" + (f"  [{document.code}]" if document.code else "")
        if self.forgotten:
            yield "  forgotten: no dataset version that is sealed from now on has a sample of it"
        if document.status in (Status.FAILED, Status.CANCELLED):
            yield f"  to try it again: `randaemon jobs retry {document.key}`"
        if document.due is not None:
            yield f"  not before {moment(document.due)}"
        if self.original is not None:
            yield f"  the same content as {display(self.original.name)} (key {self.original.key})"
        if len(self.places) > 1:
            yield f"  found in {len(self.places)} places: {', '.join(self.places)}"
        yield from self._names()
        yield from self._content()
        yield from self._volume()
        yield from self._asked()
        yield from self._harvest()
        yield from self._inside()
        yield from self._way()
        yield from self._taken_out()

    def _kind(self) -> str:
        media_type, route = self.meta.get("media_type"), self.meta.get("route")
        if not media_type:
            return "kind not known yet"
        return f"{media_type}, read as {route}" if route and route != "zip" else str(media_type)

    def _names(self) -> Iterator[str]:
        name = display(self.document.name)
        if said := called.told(name):
            yield f"  by its name: {said}"
        if note := called.mismatch(name, str(self.meta.get("media_type", ""))):
            yield f"  {note}"
        if modified := self.meta.get("modified"):
            yield f"  last changed {str(modified).replace('T', ' ')}, as its archive says"

    def _content(self) -> Iterator[str]:
        meta = self.meta
        says = [str(meta[key]) for key in ("document_number", "revision", "release", "date") if meta.get(key)]
        if meta.get("title") or says:
            yield f"  title: {meta.get('title', '-')}" + (f"; {', '.join(says)}" if says else "")
        if meta.get("shape"):
            counted = [_count(meta[name], name.removesuffix("s")) for name in _COUNTED if meta.get(name)]
            known = [str(meta[name]) for name in ("language", "encoding") if meta.get(name)]
            words = f"{meta.get('words', 0):,} words"
            yield f"  {meta['shape']}: {', '.join([words, *counted, *known])}"
        for name, first, last in _SPANS:
            if first in meta and last in meta:
                yield f"  {name} {meta[first]:,} to {meta[last]:,} of the whole"
        if meta.get("mode"):
            yield f"  mode {meta['mode']}, quality {meta.get('quality', 0):.2f}, coverage {meta.get('coverage', 0):.2f}"

    def _asked(self) -> Iterator[str]:
        """Which tier of models was asked, and how often a better one had to be."""
        meta = self.meta
        for stage in _ASKING:
            if tier := meta.get(f"{stage}_tier"):
                often = meta.get(f"{stage}_escalated", 0)
                better = f", {_count(often, 'question')} put to a better one" if often else ""
                yield f"  complexity {meta.get('complexity', 0):.2f}: {stage} asked the {tier} tier{better}"
        if meta.get("lacks"):
            yield f"  to be done again with the model that it lacks: {meta['degraded']}"

    def _volume(self) -> Iterator[str]:
        piles = volume.piles(self.meta)
        if piles:
            files, size = sum(pile.files for pile in piles), sum(pile.size for pile in piles)
            yield f"  holds {_count(files, 'file')}, {file_size(size)}: {', '.join(volume.described(piles))}"
            if self.meta.get("ignored"):
                yield f"  {_count(self.meta['ignored'], 'file')} of a Mac's or Windows' own left out"
        if self.estimate is not None:
            yield f"  {self.estimate}"
        if self.progress is not None:
            done = f"{self.progress.ended:,} of {self.progress.documents:,} documents have ended"
            yield f"  {done}" + (f"; still {self.progress.left}" if self.progress.left else "")

    def _harvest(self) -> Iterator[str]:
        if not self.samples:
            return
        accepted = sum(sample.score.accepted for sample in self.samples)
        yield f"  gave {_count(accepted, 'sample')} of {_count(len(self.samples), 'candidate')}"
        refused = Counter(sample.score.gate for sample in self.samples if not sample.score.accepted)
        for gate, count in refused.most_common():
            yield f"    {count} refused by the gate {gate}"

    def _inside(self) -> Iterator[str]:
        if not self.members:
            return
        counts = Counter(member.status.value for member in self.members)
        ends = ", ".join(f"{count} {name}" for name, count in counts.items())
        yield f"  {_count(len(self.members), 'member')}: {ends}"
        for member in self.members[:_MEMBERS_TOLD]:
            note = member.reason or called.mismatch(display(member.name), str(member.meta.get("media_type", "")))
            yield f"    {member.key}  {member.status.value:<9}  {display(member.name, 60)}  {note}".rstrip()
        if len(self.members) > _MEMBERS_TOLD:
            more = len(self.members) - _MEMBERS_TOLD
            yield f"    … and {more} more: `randaemon jobs show {self.document.key} --json`"

    def _way(self) -> Iterator[str]:
        if self.events:
            yield f"  arrived {moment(self.events[0].at)}, last heard of {moment(self.events[-1].at)}"
        for step in self.steps():
            yield f"    {step.told()}"

    def _taken_out(self) -> Iterator[str]:
        count = self.meta.get("removed")
        if self.removed is None:
            if count:
                command = f"`randaemon jobs show {self.document.key} --removed`"
                yield f"  {_count(count, 'piece')} taken out by cleaning: {command}"
            return
        yield f"  {_count(len(self.removed), 'piece')} taken out by cleaning" + (":" if self.removed else "")
        for piece in self.removed:
            place = " › ".join(piece["heading"])
            text = " ".join(str(piece["text"]).split())
            short = text if len(text) <= _TOLD_OF_REMOVED else f"{text[:_TOLD_OF_REMOVED]}…"
            yield f"    {piece['reason']}" + (f", under {place}" if place else "") + f": {short}"

    # --- for programs ----------------------------------------------------------------------------------------------

    def _estimate_json(self, found: volume.Estimate | None) -> dict[str, Any] | None:
        return None if found is None else {"seconds": round(found.seconds, 1), "measured_on": found.documents}

    def _progress_json(self) -> dict[str, Any] | None:
        if self.progress is None:
            return None
        return {
            "documents": self.progress.documents,
            "ended": self.progress.ended,
            "by_status": dict(self.progress.by_status),
            "left": self._estimate_json(self.progress.left),
        }


_ENDS = frozenset({"done", "expanded", "rejected", "failed", "cancelled"})
_SPANS = (("rows", "rows_from", "rows_to"), ("bytes", "from_byte", "to_byte"))


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + ("" if number == 1 else "s")


def _forgotten(reader: Reader, document: Document) -> bool:
    known = frozenset(reader.state(FORGOTTEN, []))
    while document.id not in known and document.parent is not None:
        document = reader.document(document.parent)
    return document.id in known


def _removed(reader: Reader, digest: str) -> tuple[Mapping[str, Any], ...]:
    """What `preprocess` listed; nothing of a document that was refused before or there."""
    body = reader.artifact(digest, Stage.PREPROCESS)
    found: Sequence[Mapping[str, Any]] = json.loads(body).get("removed", ()) if body else ()
    return tuple({"reason": one["reason"], "heading": one.get("heading", []), "text": one["text"]} for one in found)
