"""Reading without a daemon: what the command line shows. Synchronous, standard library only, quick to import.

With no database every answer is empty, so that `status` works before the first run. Nothing is written but SQLite's
own side files. The values (`Document`, `Candidate`) are imported where they are made: `status` needs none of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from randaemon.errors import NotFoundError
from randaemon.store import history, inbox, names
from randaemon.store.opened import Opened
from randaemon.store.overview import STAGES, STATUSES, Overview, at_work
from randaemon.store.records import PromotionRecord, RunRecord, VersionRecord

if TYPE_CHECKING:
    from randaemon.model import Candidate, Document, Event, Stage, Status


class Reader(Opened):
    """A read-only view of a home: `with Reader(home) as reader: …`. Raises DatabaseDamaged, NotFoundError."""

    # --- status ----------------------------------------------------------------------------------------------------

    def status(self) -> dict[str, Any]:
        """Everything `status --json` prints; the keys are part of the command line's contract."""
        return self.overview()[0]

    def overview(self) -> tuple[dict[str, Any], dict[str, int]]:
        """The same, with what `at_work` tells: both count every document, which is the most of the work."""
        return Overview(self).facts()

    def at_work(self) -> dict[str, int]:
        """Stage → documents ready or running there, in the order of the stages, without empty ones."""
        return at_work(self.ask("counts"))

    # --- documents -------------------------------------------------------------------------------------------------

    def documents(self, status: Status | str | None = None, limit: int | None = 100) -> list[Document]:
        """The newest documents (None: all), newest first."""
        most = -1 if limit is None else limit  # which SQLite takes for no limit
        if status is None:
            return self._found("documents_newest", most)
        kind = "open" if str(status) in STATUSES[:2] else "ended"
        return self._found(f"documents_{kind}_by_status", str(status), most)

    def document(self, wanted: str | int) -> Document:
        """A document by id, key, file name (the newest of that name), unique beginning of a key or end of a path."""
        found = self._found("document", wanted) if isinstance(wanted, int) else self._named(wanted)
        if len(found) != 1:
            problem = f"several documents answer to {wanted}" if found else self._absent(str(wanted))
            raise NotFoundError(problem, hint="`randaemon jobs ls` lists them")
        return found[0]

    def children(self, number: int) -> list[Document]:
        """The members of an archive, in its order."""
        return self._found("children", number)

    def under(self, root: int) -> list[tuple[str, str | None, int, int]]:
        """Of a drop and all that is in it: status, route (None while it is not known), documents, bytes."""
        return self.ask("under_drop", root)

    def rates(self) -> list[tuple[str, int, int, float]]:
        """Route, documents, bytes and seconds in all stages of what this home has finished of late."""
        return self.ask("route_rates")

    def stage_times(self) -> dict[str, tuple[int, float, float]]:
        """Stage → how often it came to an end of late, seconds in all, the longest; in the order of the stages."""
        found = {stage: (count, seconds, longest) for stage, count, seconds, longest in self.ask("stage_times")}
        return {stage: found[stage] for stage in STAGES if stage in found}

    def places(self) -> dict[str, tuple[str, ...]]:
        """Content digest → every place it was found in, sorted."""
        from randaemon.store.places import places

        return places(self.placed())

    def placed(self) -> list[tuple[Any, ...]]:
        """The place of every document: id, parent, name and digest."""
        return self.ask("placed")

    def artifact(self, digest: str, stage: Stage | int) -> bytes | None:
        """What a stage wrote for a content; None when it has not."""
        found = self.ask("artifact", digest, int(stage))
        return self._unpacked(*found[0]) if found else None

    def refusals(self) -> list[tuple[str, str, int, str]]:
        """Code, status, number of documents and the reason of one of them; what befell most comes first."""
        return [(code, status, count, reason) for code, status, count, reason, _ in self.ask("refusals")]

    def usage(self) -> list[tuple[str, str, str, int, int, int, int, float]]:
        """Calls of models: purpose, model, server, how many, how many failed, tokens in and out, seconds."""
        return self.ask("usage")

    def ended_between(self) -> tuple[float | None, float | None]:
        """When the first document ended and when the last one; None before any has."""
        found = self.ask("ended_between")
        return (found[0][0], found[0][1]) if found else (None, None)

    def ended_by(self, start: float, seconds: float) -> list[tuple[int, int]]:
        """How many documents ended in each stretch of so many seconds from `start`: its number and the count."""
        return [(place, count) for place, count in self.ask("ended_by", start, seconds)]

    # --- events and state ------------------------------------------------------------------------------------------

    def events(self, after: int = 0, limit: int = 500) -> list[Event]:
        """Events with an id above `after`, in order."""
        return self._events("events_after", after, limit)

    def happened(self, kinds: Iterable[str], after: int) -> bool:
        """Is there an event of one of these kinds above an id?"""
        return bool(self.ask("happened", after, json.dumps(sorted(kinds)))[0][0])

    def events_of(self, document: Document | int) -> list[Event]:
        """What happened to one document."""
        return self._events("events_of", document if isinstance(document, int) else document.id)

    def newest_event(self) -> int:
        """The highest id of an event; 0 before the first."""
        found = self.ask("newest_event")
        return int(found[0][0] or 0) if found else 0

    def data_of(self, kind: str) -> Iterator[dict[str, Any]]:
        """The data of all events of a kind that belong to no document, in order."""
        return (json.loads(data) for (data,) in self.ask("data_of", kind))

    # --- samples, versions, runs -----------------------------------------------------------------------------------

    def sample(self, wanted: str) -> Candidate:
        """A candidate by its id or a unique beginning of it."""
        found = self._candidates("candidates_by_prefix", wanted) if wanted and wanted.isascii() else []
        if len(found) != 1:
            problem = "several samples begin with" if found else "there is no sample"
            raise NotFoundError(f"{problem} {wanted}")
        return found[0]

    def samples_of(self, digest: str) -> list[Candidate]:
        """The candidates of a content, accepted and refused."""
        return self._candidates("candidates_of", digest)

    def newest_samples(self, limit: int) -> list[Candidate]:
        """The accepted candidates that were written last, newest first."""
        return self._candidates("candidates_newest", limit)

    def versions(self) -> list[VersionRecord]:
        """All dataset versions, oldest first."""
        return [history.version(self.home.root, row) for row in self.ask("versions")]

    def runs(self) -> list[RunRecord]:
        """All training runs, oldest first."""
        return list(map(self.run, self.ask("runs")))

    def promotions(self) -> list[PromotionRecord]:
        """The promotion log, oldest first."""
        return [history.promotion(row) for row in self.ask("promotions")]

    # --- rows ------------------------------------------------------------------------------------------------------

    def _found(self, name: str, *parameters: object) -> list[Document]:
        from randaemon.store import rows

        return [rows.document(row) for row in self.ask(name, *parameters)]

    def _named(self, wanted: str) -> list[Document]:
        """What people type: a key, a name as it was dropped (with or without its folder), a number, part of a key; of a
        member of an archive its path there, or the end of it.
        """
        member = "/".join(map(names.encode, wanted.split("/")))
        attempts: list[tuple[str, object]] = [
            ("documents_by_name", names.encode(wanted)),
            ("documents_by_name", names.encode(Path(wanted).name)),
        ]
        if wanted.isascii():  # as keys and stored names are; odd bytes of a name are no text for the database
            attempts = [("document_by_key", wanted), attempts[0], ("documents_by_name", wanted), attempts[1]]
            attempts.append(("documents_by_prefix", wanted or "-"))
        if wanted.isascii() and wanted.isdigit():
            attempts.insert(-1, ("document", int(wanted) & (2**63 - 1)))
        attempts += [("documents_by_name", member), ("documents_by_end_of_name", f"/{member}")]
        for name, parameter in attempts:
            if found := self._found(name, parameter):
                return found
        return []

    def _absent(self, wanted: str) -> str:
        """A file that was dropped and is not taken yet is no document, but it is not lost either."""
        with suppress(OSError):
            if any(Path(wanted).name == path.name for path, _ in inbox.walk(self.home.inbox)):
                return f"{wanted} is in the inbox and not taken yet; `randaemon status` says why"
        return f"there is no document {wanted}"

    def _events(self, name: str, *parameters: object) -> list[Event]:
        from randaemon.store import rows

        return [rows.event(row) for row in self.ask(name, *parameters)]

    def _candidates(self, name: str, wanted: str | int) -> list[Candidate]:
        from randaemon.store import rows

        return rows.candidates(self.ask(name, wanted))

    def _unpacked(self, size: int, body: bytes | None, name: str) -> bytes:
        from randaemon.store.bytes_in import restored

        return restored(self.home.objects, size, body, name)
