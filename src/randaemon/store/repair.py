"""Transitions that no stage makes: at start, by the clock, by hand."""

from __future__ import annotations

from collections.abc import Sequence

from randaemon.errors import StoreError
from randaemon.model import Document, Event, Status
from randaemon.store import rows
from randaemon.store.db import Transaction
from randaemon.store.registry import each
from randaemon.store.settling import announce


async def _recover(transaction: Transaction, _: None) -> int:
    recovered = await transaction.run("recover")
    if recovered:
        transaction.claimable = True
        await _tell(transaction, Event("daemon.recovered", data={"documents": recovered}))
    return recovered


async def _wake(transaction: Transaction, _: None) -> int:
    woken = await transaction.run("wake", transaction.now)
    transaction.claimable |= woken > 0
    return woken


async def _cancel(transaction: Transaction, number: int) -> int:
    found = [row[0] for row in await transaction.rows("descendants_open", number)]
    if not found:
        raise StoreError("it has ended already: nothing to cancel", code="E_ENDED")
    await transaction.run("cancel", "cancelled by the user", transaction.now, rows.dump(found))
    await _tell(transaction, *(Event("document.cancelled", document) for document in found))
    await announce(transaction, await _roots(transaction, found))
    return number


async def _retry(transaction: Transaction, document: Document) -> int:
    status = await transaction.value("status_of", document.id)
    if status not in {Status.FAILED, Status.REJECTED, Status.CANCELLED}:
        raise StoreError(
            f"it is {status}: only a failed, rejected or cancelled document is retried", code="E_NOT_ENDED"
        )
    if not document.digest:
        raise StoreError("its bytes were never taken out of the archive", hint="retry the archive", code="E_NO_BYTES")
    await transaction.run("retry", document.id)
    transaction.claimable = True
    for root in await _roots(transaction, [document.id]):
        await transaction.run("unannounce", root)
    await _tell(transaction, Event("document.retried", document.id))
    return document.id


async def _lose(transaction: Transaction, documents: Sequence[Document]) -> None:
    reason = "its original is gone: drop the file again"
    ids = [document.id for document in documents]
    await transaction.many("lose", [(reason, transaction.now, number) for number in ids])
    await _tell(transaction, *(Event("document.failed", number, {"code": "E_ORIGINAL_MISSING"}) for number in ids))
    await announce(transaction, await _roots(transaction, ids))


RECOVER = each(_recover)
WAKE = each(_wake)
CANCEL = each(_cancel)
RETRY = each(_retry)
LOSE = each(_lose)


async def _roots(transaction: Transaction, numbers: Sequence[int]) -> set[int]:
    return {row[0] for row in await transaction.rows("roots_of", rows.dump(list(numbers)))}


async def _tell(transaction: Transaction, *events: Event) -> None:
    await transaction.many("add_event", [rows.event_row(event, transaction.now) for event in events])
