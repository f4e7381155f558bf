"""Events, state, versions, runs and promotions: the plain writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from randaemon.errors import NotFoundError
from randaemon.model import Event
from randaemon.store import rows
from randaemon.store.db import Transaction
from randaemon.store.records import PromotionRecord, RunRecord, VersionRecord
from randaemon.store.writer import Operation

A = TypeVar("A")
R = TypeVar("R")


CURRENT = "dataset.current"  # state: the version that was sealed last; queries.sql puts it behind all others


def each(apply: Callable[[Transaction, A], R]) -> Operation[A, R]:
    """An operation that is rare enough to go one by one through the shared transaction."""

    def all_of(transaction: Transaction, arguments: Sequence[A]) -> list[R]:
        return [apply(transaction, argument) for argument in arguments]

    return Operation(all_of)


def tell(transaction: Transaction, events: Iterable[Event]) -> None:
    """Appends to the bus."""
    transaction.many("add_event", [rows.event_row(event, transaction.now) for event in events])


def _record(transaction: Transaction, batches: Sequence[Sequence[Event]]) -> list[None]:
    tell(transaction, (event for batch in batches for event in batch))
    return [None for _ in batches]


def _prune_events(transaction: Transaction, bounds: tuple[int, int, int, float]) -> int:
    return transaction.run("prune_events", *bounds)


def _set_state(transaction: Transaction, values: Mapping[str, Any]) -> None:
    transaction.many("set_state", [(key, rows.dump(value)) for key, value in values.items()])


def _add_version(transaction: Transaction, argument: tuple[VersionRecord, int | None]) -> int:
    record, mark = argument
    if mark is None:
        mark = transaction.value("last_candidate")
    known = transaction.rows("version_by_digest", record.digest)
    number: int = known[0][0] if known else record.number or transaction.value("last_version") + 1
    if known:
        transaction.run("mark_version", mark, number)
    else:
        transaction.run("add_version", *rows.version_row(record, number, mark))
        tell(transaction, [Event("dataset.sealed", data={"version": number, "samples": record.samples})])
    transaction.many("set_state", [(CURRENT, rows.dump(number))])
    return number


def _add_run(transaction: Transaction, record: RunRecord) -> str:
    if not record.id:
        record = replace(record, id=f"run-{transaction.value('next_run'):04d}")
    transaction.run("add_run", record.id, *rows.run_row(record))
    return record.id


def _update_run(transaction: Transaction, record: RunRecord) -> None:
    if not transaction.run("update_run", *rows.run_row(record), record.id):
        raise NotFoundError(f"there is no run {record.id}", hint="`randaemon models ls` lists them")


def _promote(transaction: Transaction, record: PromotionRecord) -> None:
    transaction.run("add_promotion", *rows.promotion_row(record))


RECORD: Operation[Sequence[Event], None] = Operation(_record, rank=3)
PRUNE_EVENTS = each(_prune_events)
SET_STATE = each(_set_state)
ADD_VERSION = each(_add_version)
ADD_RUN = each(_add_run)
UPDATE_RUN = each(_update_run)
PROMOTE = each(_promote)
