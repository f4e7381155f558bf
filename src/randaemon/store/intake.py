"""New rows: drops and members of archives. Stages run once per content, so a second copy is done when it arrives."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from randaemon.model import ENDED, Child, Document, Drop, Event, Failure, Meta, Reject, Stage, Status
from randaemon.store import rows, succession
from randaemon.store.db import Transaction
from randaemon.store.registry import tell
from randaemon.store.writer import Operation


@dataclass(frozen=True, slots=True)
class Arrival:
    """What is about to become a row."""

    key: str
    name: str
    digest: str
    size: int
    parent: int | None = None
    root: int = 0  # 0: it is a drop, its own root
    refusal: Reject | Failure | None = None
    meta: Meta = field(default_factory=dict)


def of_drop(drop: Drop) -> Arrival:
    """A claimed file."""
    return Arrival(drop.key, drop.name, drop.digest, drop.size)


def of_child(child: Child, digest: str, parent: int, parent_key: str, root: int) -> Arrival:
    """A member; its key depends on its place alone, so that expanding again gives the same rows."""
    key = hashlib.sha256(f"{parent_key}:{child.index}".encode()).hexdigest()[:12]
    return Arrival(key, child.name, digest, child.size, parent, root, child.refusal, child.meta)


def insert(transaction: Transaction, arrivals: Sequence[Arrival]) -> list[Document]:
    """One document an arrival, in order. A key that is known already is left as it is, unless its bytes were not."""
    keys = rows.dump([arrival.key for arrival in arrivals])
    intake = _Intake(
        known={row[1]: rows.document(row) for row in transaction.rows("documents_by_keys", keys)},
        firsts={row[5]: rows.document(row) for row in transaction.rows("primaries", _digests(arrivals))},
        last=transaction.value("last_document"),
        now=transaction.now,
    )
    for arrival in arrivals:
        intake.take(arrival)
    intake.write(transaction)
    return [intake.known[arrival.key] for arrival in arrivals]


def _admit(transaction: Transaction, batches: Sequence[Sequence[Drop]]) -> list[list[Document]]:
    documents = iter(insert(transaction, [of_drop(drop) for batch in batches for drop in batch]))
    return [[next(documents) for _ in batch] for batch in batches]


ADMIT: Operation[Sequence[Drop], list[Document]] = Operation(_admit, rank=2)


@dataclass(slots=True)
class _Intake:
    """One group of arrivals on their way to becoming rows."""

    known: dict[str, Document]  # by key
    firsts: dict[str, Document]  # the primary of each content, by digest
    last: int  # the highest id given out
    now: float
    fresh: list[tuple[Document, int]] = field(default_factory=list)  # with the drop it belongs to
    renewed: list[Document] = field(default_factory=list)
    heirs: list[tuple[Document, Document]] = field(default_factory=list)

    def take(self, arrival: Arrival) -> None:
        """Decide what becomes of one arrival."""
        before = self.known.get(arrival.key)
        if before is not None and not _renewable(before):
            return
        first = self.firsts.get(arrival.digest) if arrival.refusal is None else None
        if before is not None and first is not None and first.id == before.id:
            first = None
        document = _document(arrival, before.id if before else self._number(), first, self.now)
        if before is None:
            self.fresh.append((document, arrival.root or document.id))
        else:
            document = replace(document, claim=before.claim)
            self.renewed.append(document)
        if first is not None and succession.takes_over(first, arrival.meta):
            self.heirs.append((first, document))
            document = succession.walking(document)
        if document.digest and document.duplicate_of is None:
            self.firsts[document.digest] = document
        self.known[arrival.key] = document

    def write(self, transaction: Transaction) -> None:
        """New rows, renewed rows, then whoever takes over; a row becomes a primary only when the old one has gone."""
        transaction.many("insert_document", [_row(document, root) for document, root in self.fresh])
        transaction.many("renew_document", [_renewal(document) for document in self.renewed])
        heirs = {heir.id for _, heir in self.heirs}
        told = [document for document, _ in self.fresh if document.id not in heirs]
        told += [document for document in self.renewed if document.id not in heirs]
        tell(transaction, map(_event, told))
        succession.hand_over(transaction, self.heirs)
        transaction.claimable |= any(document.status is Status.READY for document in told)

    def _number(self) -> int:
        self.last += 1
        return self.last


def _renewable(document: Document) -> bool:
    """A member that was refused before it was read, or whose bytes were lost: its archive was opened again for it."""
    return not document.digest or (document.status is Status.FAILED and document.code in succession.LOST)


def _digests(arrivals: Sequence[Arrival]) -> str:
    return rows.dump([arrival.digest for arrival in arrivals])


def _document(arrival: Arrival, number: int, first: Document | None, now: float) -> Document:
    status, reason, code = _standing(arrival, first)
    return Document(
        id=number,
        key=arrival.key,
        parent=arrival.parent,
        name=arrival.name,
        digest=arrival.digest,
        size=arrival.size,
        stage=Stage.UNPACK,
        status=status,
        reason=reason,
        code=code,
        duplicate_of=first.id if first else None,
        admitted=now,
        ended=now if status in ENDED else None,
        meta=arrival.meta,
    )


def _standing(arrival: Arrival, first: Document | None) -> tuple[Status, str, str]:
    match arrival.refusal:
        case Reject(reason=reason, code=code):
            return Status.REJECTED, reason, code
        case Failure(error=error, code=code):
            return Status.FAILED, error, code
        case None if first is not None:
            return *succession.standing(first), succession.COPY
        case None:
            return Status.READY, "", ""


def _row(document: Document, root: int) -> tuple[object, ...]:
    return (
        document.id, document.key, document.parent, root, document.name, document.digest, document.size,
        int(document.stage), document.status.value, document.reason, document.code, document.duplicate_of,
        document.admitted, document.ended, rows.dump(document.meta) if document.meta else "{}",
    )  # fmt: skip


def _renewal(document: Document) -> tuple[object, ...]:
    return (
        document.digest, document.size, document.status.value, document.reason, document.code, document.duplicate_of,
        document.ended, rows.dump(document.meta), document.id,
    )  # fmt: skip


def _event(document: Document) -> Event:
    if document.duplicate_of is not None:
        return Event("document.duplicate", document.id, {"duplicate_of": document.duplicate_of})
    if document.status is Status.READY:
        return Event("document.admitted", document.id)
    return Event(f"document.{document.status.value}", document.id, {"code": document.code})
