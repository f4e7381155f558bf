"""Transitions that no stage makes: at start, by the clock, by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from randaemon.errors import ArtifactLost, StoreError
from randaemon.lifecycle import redo, upgrade
from randaemon.model import Document, Event, Stage, Status, Tier
from randaemon.store import rows, succession
from randaemon.store.db import Transaction
from randaemon.store.registry import each, tell
from randaemon.store.settling import SETTLE, Settlement, announce, roots_of


def _recover(transaction: Transaction, _: None) -> int:
    recovered = transaction.run("recover")
    if recovered:
        transaction.claimable = True
        tell(transaction, [Event("daemon.recovered", data={"documents": recovered})])
    return recovered


def _wake(transaction: Transaction, longest: float) -> int:
    woken = transaction.run("wake", transaction.now, transaction.now + longest)
    transaction.claimable |= woken > 0
    return woken


def _cancel(transaction: Transaction, number: int) -> None:
    found = [row[0] for row in transaction.rows("cancellable", number)]
    if not found:
        raise StoreError("it has ended already: nothing to cancel", code="E_ENDED")
    transaction.run("cancel", "cancelled by the user", transaction.now, rows.dump(found))
    transaction.run("drop_asks", rows.dump(found))
    transaction.many("drop_candidates", [(document, "[]") for document in found])  # of one that was being done again
    tell(transaction, (Event("document.cancelled", document) for document in found))
    _end(transaction, found)


def _retry(transaction: Transaction, number: int) -> None:
    refused = [rows.document(row) for row in transaction.rows("descendants_refused", number)]
    if not refused:
        standing = _read(transaction, number).status
        raise StoreError(
            f"it is {standing}: only a failed, rejected or cancelled document is retried, or an archive that holds one",
            code="E_NOT_ENDED",
        )
    archives = {item.parent for item in refused if item.parent is not None and _without_bytes(item)}
    for found in sorted(archives | {item.id for item in refused if not _without_bytes(item)}):
        revive(transaction, found, opening=found in archives)
    tell(transaction, [Event("document.retried", number)])


def revive(transaction: Transaction, number: int, *, opening: bool = False) -> None:
    """Ready once more; a copy takes the role over, unless the content is or will be there without it."""
    document = _read(transaction, number)
    if document.ended is None:
        return
    if document.duplicate_of is None:
        transaction.run("retry", number)
        transaction.run("unannounce", number)
        succession.follow(transaction, [replace(document, status=Status.READY)])
        transaction.claimable = True
        return
    first = _read(transaction, document.duplicate_of)
    if first.status in _WITHOUT_RESULT or (opening and first.status is Status.DONE):
        succession.hand_over(transaction, [(first, document)])
    else:
        status, reason = succession.standing(first)
        transaction.run("step_down", first.id, status.value, reason, succession.COPY, number)


def _lose(transaction: Transaction, documents: Sequence[Document]) -> None:
    ids = [document.id for document in documents]
    transaction.many("lose", [(_loss(document), transaction.now, document.id) for document in documents])
    tell(transaction, (Event("document.failed", number, {"code": "E_ORIGINAL_MISSING"}) for number in ids))
    _end(transaction, ids)


def _redo(transaction: Transaction, lost: ArtifactLost) -> bool:
    found = transaction.rows("reopen", lost.digest, lost.stage)
    for row in found:
        document = rows.document(row)
        transaction.run("unannounce", document.id)
        SETTLE.apply(transaction, [Settlement(redo(document, Stage(lost.stage), lost.message))])
    return bool(found)


def _upgrade(transaction: Transaction, argument: tuple[int, Sequence[Tier]]) -> int:
    """Their drops were announced when the rules were done with them: that stands."""
    limit, away = argument
    found = transaction.rows("reopen_degraded", rows.dump([tier.value for tier in away]), limit)
    SETTLE.apply(transaction, [Settlement(upgrade(rows.document(row))) for row in found])
    return len(found)


RECOVER = each(_recover)
WAKE = each(_wake)
CANCEL = each(_cancel)
RETRY = each(_retry)
LOSE = each(_lose)
REDO = each(_redo)
UPGRADE = each(_upgrade)


_WITHOUT_RESULT = (Status.REJECTED, Status.FAILED, Status.CANCELLED)


def _end(transaction: Transaction, ended: Sequence[int]) -> None:
    """What follows from an end without a result."""
    copies = succession.pass_on(transaction, ended)
    announce(transaction, roots_of(transaction, [*ended, *copies]))


def _read(transaction: Transaction, number: int) -> Document:
    return rows.document(transaction.rows("document", number)[0])


def _loss(document: Document) -> str:
    if document.parent is None:
        return "its original is gone: drop the file again"
    return f"its bytes are gone: `randaemon jobs retry {document.key}` takes them out of the archive again"


def _without_bytes(document: Document) -> bool:
    """A member that is not among the objects: its archive has to be opened again."""
    return document.parent is not None and (not document.digest or document.code in succession.LOST)
