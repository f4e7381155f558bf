"""Group commit: whatever is asked while one transaction runs shares the next one.

A durable commit costs a flush, however many operations it holds (one transaction a hop: 800 files/s; grouped: above
9,000 on the same disk). The transaction runs in a task of the writer's own, which no caller can cancel: so none is ever
left open (37 of 200 were when the cancelled caller itself drove it); all its statements in one go on the connection's
thread, since a hop there and back takes longer than most of them.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import aiosqlite

from randaemon.errors import DatabaseDamaged, StorageFault, StoreError
from randaemon.store.db import Transaction, together
from randaemon.store.faults import explained

A = TypeVar("A")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Operation(Generic[A, R]):
    """A kind of write. `apply` gets all arguments of one group and answers each, in order.

    It may be run again after a rollback, so it touches nothing but the database. Settlements come before claims
    (`rank`): what they make ready is claimed in the same commit.
    """

    apply: Callable[[Transaction, Sequence[A]], Sequence[R]]
    rank: int = 5


@dataclass(slots=True, eq=False)
class _Entry:
    operation: Operation[Any, Any]
    argument: Any
    future: asyncio.Future[Any]


class Writer:
    """The only one who writes. `commits` counts transactions, for tests and the benchmark."""

    def __init__(
        self, connection: aiosqlite.Connection, clock: Callable[[], float], on_commit: Callable[[Transaction], None]
    ) -> None:
        """`on_commit` is told of each transaction after its commit."""
        self._connection = connection
        self._clock = clock
        self._on_commit = on_commit
        self._queue: list[_Entry] = []
        self._task: asyncio.Task[None] | None = None
        self._fault: StoreError | None = None
        self.commits = 0

    async def write(self, operation: Operation[A, R], argument: A) -> R:
        """The answer, after the commit. Cancelling the caller takes back neither the write nor its transaction."""
        return await self.post(operation, argument)

    def post(self, operation: Operation[A, R], argument: A) -> asyncio.Future[R]:
        """Queues a write; the future is answered after the commit."""
        if self._fault is not None:
            raise self._fault
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._queue.append(_Entry(operation, argument, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        return future

    async def close(self) -> None:
        """Waits until everything queued is committed or refused; nothing is taken after that."""
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])
        self._fault = self._fault or StoreError("the store is closed", code="E_CLOSED")

    async def _drain(self) -> None:
        while self._queue:
            entries, self._queue = self._queue, []
            await self._commit(entries)
            # One turn of the loop: those just answered may have their next write ready, and it joins the next group.
            await asyncio.sleep(0)

    async def _commit(self, entries: list[_Entry]) -> None:
        """A group that fails is taken apart, so that only the guilty operation fails."""
        transaction = asyncio.create_task(self._transaction(entries))
        await asyncio.wait([transaction])
        error = transaction.exception()
        if error is None:
            self._answer(entries, transaction.result())
            return
        error = explained(error) if isinstance(error, sqlite3.Error) else error
        if isinstance(error, StorageFault | DatabaseDamaged):
            self._note(error)
            _refuse(entries, error)
        elif len(entries) == 1:
            _refuse(entries, error)
        else:
            for entry in entries:
                await self._commit([entry])

    async def _transaction(self, entries: list[_Entry]) -> list[Any]:
        if self._fault is not None:
            raise self._fault
        work = partial(_perform, entries, self._clock())
        answers, transaction, changed = await together(self._connection, work)
        try:
            await self._connection.commit()
        except BaseException:
            await self._connection.rollback()
            raise
        self.commits += 1
        # A claim that found nothing wakes nobody: an idle daemon sleeps.
        if changed or transaction.claimable or transaction.asked:
            self._on_commit(transaction)
        return answers

    def _answer(self, entries: list[_Entry], answers: list[Any]) -> None:
        for entry, answer in zip(entries, answers, strict=True):
            if not entry.future.done():
                entry.future.set_result(answer)

    def _note(self, error: StorageFault | DatabaseDamaged) -> None:
        """A flush that failed once proves nothing when repeated: nothing is written any more. Full disks empty."""
        if error.code != "E_DISK_FULL":
            self._fault = error


def _perform(entries: list[_Entry], now: float, connection: sqlite3.Connection) -> tuple[list[Any], Transaction, bool]:
    """Everything between BEGIN and COMMIT, and whether it changed anything; nothing is left of what fails."""
    transaction, before = Transaction(connection, now), connection.total_changes
    connection.execute("BEGIN IMMEDIATE")
    try:
        answers = _apply(transaction, entries)
    except BaseException:
        connection.rollback()
        raise
    return answers, transaction, connection.total_changes != before


def _apply(transaction: Transaction, entries: list[_Entry]) -> list[Any]:
    groups: dict[Operation[Any, Any], list[int]] = {}
    for position, entry in enumerate(entries):
        groups.setdefault(entry.operation, []).append(position)
    answers: list[Any] = [None] * len(entries)
    for operation in sorted(groups, key=lambda operation: operation.rank):
        positions = groups[operation]
        results = operation.apply(transaction, [entries[position].argument for position in positions])
        for position, result in zip(positions, results, strict=True):
            answers[position] = result
    return answers


def _refuse(entries: list[_Entry], error: BaseException) -> None:
    for entry in entries:
        if not entry.future.done():
            entry.future.set_exception(error)
