"""New rows: drops and members of archives. Stages run once per content, so a second copy is done when it arrives."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from randaemon.model import ENDED, Child, Document, Drop, Event, Failure, Meta, Reject, Stage, Status
from randaemon.store import rows
from randaemon.store.db import Transaction
from randaemon.store.names import display
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


async def insert(transaction: Transaction, arrivals: Sequence[Arrival]) -> list[Document]:
    """One document an arrival, in order. A key that is known already is left as it is."""
    keys = rows.dump([arrival.key for arrival in arrivals])
    known = {row[1]: rows.document(row) for row in await transaction.rows("documents_by_keys", keys)}
    digests = rows.dump([arrival.digest for arrival in arrivals])
    primaries = {digest: (number, name) for digest, number, name in await transaction.rows("primaries", digests)}
    number: int = await transaction.value("last_document")
    fresh: list[tuple[Document, int]] = []
    for arrival in arrivals:
        if arrival.key in known:
            continue
        number += 1
        document = _document(arrival, number, primaries.get(arrival.digest), transaction.now)
        if arrival.digest:
            primaries.setdefault(arrival.digest, (number, arrival.name))
        known[arrival.key] = document
        fresh.append((document, arrival.root or number))
    await _write(transaction, fresh)
    return [known[arrival.key] for arrival in arrivals]


async def _admit(transaction: Transaction, batches: Sequence[Sequence[Drop]]) -> list[list[Document]]:
    documents = iter(await insert(transaction, [of_drop(drop) for batch in batches for drop in batch]))
    return [[next(documents) for _ in batch] for batch in batches]


ADMIT: Operation[Sequence[Drop], list[Document]] = Operation(_admit, rank=2)


async def _write(transaction: Transaction, fresh: Sequence[tuple[Document, int]]) -> None:
    await transaction.many("insert_document", [_row(document, root) for document, root in fresh])
    events = [_event(document) for document, _ in fresh]
    await transaction.many("add_event", [rows.event_row(event, transaction.now) for event in events])
    transaction.claimable |= any(document.status is Status.READY for document, _ in fresh)


def _document(arrival: Arrival, number: int, first: tuple[int, str] | None, now: float) -> Document:
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
        duplicate_of=first[0] if first and arrival.refusal is None else None,
        admitted=now,
        ended=now if status in ENDED else None,
        meta=arrival.meta,
    )


def _standing(arrival: Arrival, first: tuple[int, str] | None) -> tuple[Status, str, str]:
    match arrival.refusal:
        case Reject(reason=reason, code=code):
            return Status.REJECTED, reason, code
        case Failure(error=error, code=code):
            return Status.FAILED, error, code
        case None if first is not None:
            return Status.DONE, f"same content as {display(first[1])}", "E_DUPLICATE"
        case None:
            return Status.READY, "", ""


def _row(document: Document, root: int) -> tuple[object, ...]:
    return (
        document.id, document.key, document.parent, root, document.name, document.digest, document.size,
        int(document.stage), document.status.value, document.reason, document.code, document.duplicate_of,
        document.admitted, document.ended, rows.dump(document.meta) if document.meta else "{}",
    )  # fmt: skip


def _event(document: Document) -> Event:
    if document.duplicate_of is not None:
        return Event("document.duplicate", document.id, {"duplicate_of": document.duplicate_of})
    if document.status is Status.READY:
        return Event("document.admitted", document.id)
    return Event(f"document.{document.status.value}", document.id, {"code": document.code})
