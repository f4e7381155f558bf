"""The writer: groups share a commit, cancelled callers leave nothing open, faults are final."""

from __future__ import annotations

import asyncio
import random
import resource
import signal
import sqlite3
from collections.abc import Callable

import anyio
import pytest

from randaemon.errors import StorageFault, StoreError
from randaemon.model import Drop, Event, Stage, Status
from randaemon.store import Home, Store
from randaemon.store.records import RunRecord

Put = Callable[..., Drop]


def run(name: str, status: str = "running") -> RunRecord:
    return RunRecord(name, 1, "tiny", status, 1.0)


async def test_a_hundred_writes_that_arrive_together_share_one_commit(store: Store) -> None:
    async with anyio.create_task_group() as group:
        for number in range(100):
            group.start_soon(store.record, Event(f"event.{number}"))
    assert len(await store.events(0)) == 100
    assert store.writer.commits == 1


async def test_settlements_admissions_events_and_claims_share_commits(store: Store, put: Put) -> None:
    await store.admit([put(str(number)) for number in range(50)])
    before = store.writer.commits
    async with anyio.create_task_group() as group:
        group.start_soon(store.admit, [put("more")])
        group.start_soon(store.record, Event("x"))
        group.start_soon(store.claim, list(Stage), 10)
        group.start_soon(lambda: store.set_state(a=1))
    assert store.writer.commits == before + 1
    assert await store.state("a") == 1


async def test_what_arrives_during_a_commit_shares_the_next(store: Store) -> None:
    first = asyncio.create_task(store.record(Event("first")))
    for _ in range(3):  # turns until its transaction has begun: queue, drain, begin
        await asyncio.sleep(0)
    async with anyio.create_task_group() as group:
        for number in range(40):
            group.start_soon(store.record, Event(f"event.{number}"))
    await first
    assert store.writer.commits == 2


async def test_a_write_that_breaks_a_rule_fails_alone(store: Store) -> None:
    outcomes = await asyncio.gather(
        store.add_run(run("good")),
        store.add_run(run("bad", "no such status")),
        store.record(Event("kept")),
        store.update_run(run("absent")),
        return_exceptions=True,
    )
    assert outcomes[0] == "good"
    assert isinstance(outcomes[1], sqlite3.IntegrityError)
    assert isinstance(outcomes[3], StoreError | Exception)
    assert "there is no run absent" in str(outcomes[3])
    assert [event.kind for event in await store.events(0)] == ["kept"]
    assert [record.id for record in await store.runs()] == ["good"]


async def test_a_cancelled_caller_never_leaves_a_transaction_open(store: Store) -> None:
    pauses = random.Random(11)
    for number in range(200):
        task = asyncio.create_task(store.record(Event(f"event.{number}")))
        for _ in range(pauses.randrange(12)):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        await store.set_state(number=number)  # would raise "cannot start a transaction within a transaction"
        assert not store.writer._connection.in_transaction
    assert await store.state("number") == 199


async def test_documents_claimed_for_a_cancelled_caller_are_given_back(store: Store, put: Put) -> None:
    await store.admit([put(str(number)) for number in range(3)])
    for turns in range(40):
        task = asyncio.create_task(store.claim(list(Stage), 3))
        for _ in range(turns % 20):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled():
            await store.recover()
        await store.set_state(turn=turns)  # comes after the claim, the giving back after this
    with anyio.fail_after(5):
        while (await store.counts())[Status.RUNNING]:
            await store.set_state(turn=-1)
    assert [document.attempt for document in await store.claim(list(Stage), 9)] == [1, 1, 1]


async def test_closing_waits_for_what_was_asked_and_takes_no_more(home: Home) -> None:
    async with Store.open(home) as store:
        writes = [asyncio.create_task(store.record(Event(f"event.{number}"))) for number in range(10)]
        await asyncio.sleep(0)
    await asyncio.gather(*writes)
    with pytest.raises(StoreError, match="closed"):
        await store.record(Event("late"))
    async with Store.open(home) as store:
        assert len(await store.events(0)) == 10


async def test_a_full_disk_refuses_the_write_and_lets_the_next_one_try(store: Store) -> None:
    connection = store.writer._connection
    await connection.execute("PRAGMA max_page_count = 1")
    big = "x" * 400_000
    outcomes = await asyncio.gather(store.set_state(a=big), store.record(Event("b")), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [StorageFault, StorageFault]
    assert getattr(outcomes[0], "code", "") == "E_DISK_FULL"
    await connection.execute("PRAGMA max_page_count = 1000000")
    await store.set_state(a=big)
    assert await store.state("a") == big


async def test_after_a_failed_flush_nothing_is_written_any_more(store: Store) -> None:
    await store.record(Event("before"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, hard))
    try:
        outcomes = await asyncio.gather(
            store.set_state(a="x" * 300_000), store.record(Event("lost")), return_exceptions=True
        )
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert [type(outcome) for outcome in outcomes] == [StorageFault, StorageFault]
    with pytest.raises(StorageFault, match="I/O error"):
        await store.record(Event("after"))
    assert [event.kind for event in await store.events(0)] == ["before"]
    assert not store.writer._connection.in_transaction


async def test_every_commit_rings_whoever_asked_before_it(store: Store) -> None:
    committed = store.committed()
    assert store.committed() is committed
    assert await store.newest_event() == 0
    assert not committed.is_set()
    await store.record(Event("a"), Event("b"))
    assert committed.is_set()
    assert not store.committed().is_set()
    assert await store.newest_event() == 2
    assert await store.happened({"b", "c"}, 1)
    assert not await store.happened({"a", "c"}, 1)
