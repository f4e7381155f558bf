"""The alarms over a real store: what is measured, what is told once and taken back, and what is no standstill."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from randaemon.alerts import FAILURES, STUCK, WAITING, Limits
from randaemon.daemon.alarms import ALERTS, LOOK, Alarms
from randaemon.governor import Governor
from randaemon.governor import Limits as Room
from randaemon.lifecycle import Policy, settle
from randaemon.machine import GIB, Cores, Readings
from randaemon.model import (
    Candidate,
    Category,
    Change,
    Conversation,
    Defer,
    Done,
    Drop,
    Failure,
    Message,
    Outcome,
    Score,
    Span,
    Stage,
    Status,
)
from randaemon.store import Home, Store
from randaemon.store.queries import query
from randaemon.store.reader import Reader

FINE = Readings(memory_total=16 * GIB, memory_free=8 * GIB, disk_free=100 * GIB)
BROKEN = Failure("the PDF is damaged", "E_CORRUPT", retry=False)


class Time:
    """One time for both clocks, set by the test."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def store(tmp_path: Path, time: Time) -> AsyncIterator[Store]:
    async with Store.open(Home.at(tmp_path / "home"), clock=time) as opened:
        yield opened


@pytest.fixture
def watch(store: Store) -> Governor:
    return Governor(store.home.root, Room(min_free=0), lambda: FINE, Cores(4))


@pytest.fixture
def alarms(store: Store, watch: Governor, time: Time) -> Alarms:
    return Alarms(store, watch, Limits, time, time)


async def dropped(store: Store, number: int) -> None:
    await store.admit([Drop(f"{number:012x}", f"page-{number}.html", f"{number:064x}", 2048)])


async def ended(store: Store, numbers: range, outcome: Outcome, seconds: float = 1.5) -> None:
    """Documents that came to such an end in their only stage that counts."""
    for number in numbers:
        await dropped(store, number)
        await step(store, outcome, seconds)


async def step(store: Store, outcome: Outcome, seconds: float = 1.5) -> None:
    [document] = await store.claim(set(Stage), 1)
    change = settle(document, outcome, Policy(), store._clock())
    assert await store.settle(timed(change, seconds))


def timed(change: Change, seconds: float) -> Change:
    return replace(change, events=tuple(replace(e, data={**e.data, "seconds": seconds}) for e in change.events))


async def told(store: Store) -> list[tuple[str, object]]:
    found = [event for event in await store.events(0, 5000) if event.kind.startswith("alert.")]
    return [(event.kind, event.data["rule"]) for event in found]


async def test_what_has_ended_is_measured_with_its_time_and_the_quality_it_gave(store: Store) -> None:
    await dropped(store, 1)
    for stage in Stage:
        samples = tuple(sample(n, score) for n, score in enumerate((0.8, 0.6))) if stage is Stage.FINALIZE else ()
        await step(store, Done(meta={"route": "html"}, candidates=samples))
    await ended(store, range(2, 3), BROKEN)
    done, failed = await store.finished(0)
    assert (done.status, done.route, done.size) == (Status.DONE, "html", 2048)
    assert (done.seconds, done.quality) == (pytest.approx(9.0), pytest.approx(0.7))
    assert (failed.status, failed.route, failed.seconds, failed.quality) == (Status.FAILED, "", 1.5, None)
    assert await store.finished(failed.event) == []


def sample(number: int, score: float) -> Candidate:
    words = Message("user", "?"), Message("assistant", "!")
    said = Conversation("fact", words, (Span(0, 1, "!"),), Category.PARAMETER, "x", "y", 0)
    return Candidate(f"{number:016x}", "0" * 64, "family", f"{number:016x}", said, Score(score, {}))


async def test_failures_are_told_once_stand_in_status_over_a_restart_and_are_taken_back(
    store: Store, watch: Governor, alarms: Alarms, time: Time
) -> None:
    await ended(store, range(20), BROKEN)
    await alarms.look()
    await alarms.look()
    assert await told(store) == [("alert.raised", FAILURES)]
    with Reader(store.home) as reader:
        [alert] = reader.status()["daemon"]["alerts"]
    assert alert["reason"] == "20 of the last 20 documents failed"
    restarted = Alarms(store, watch, Limits, time, time)
    await restarted.look()
    assert len(await told(store)) == 1
    await ended(store, range(20, 70), replace(BROKEN, error="x"))
    commits = store.writer.commits
    await restarted.look()  # another figure, and no event
    assert (await store.state(ALERTS))[0]["reason"] == "50 of the last 50 documents failed"
    assert store.writer.commits == commits + 1
    time.now += 90_000.0
    await restarted.look()
    assert (await told(store))[1:] == [("alert.over", FAILURES)]
    assert await store.state(ALERTS) == []


async def test_while_nothing_changes_nothing_is_written(store: Store, alarms: Alarms, time: Time) -> None:
    await dropped(store, 1)
    await alarms.look()
    before = store.writer.commits
    for _ in range(5):
        time.now += LOOK
        await alarms.look()
    assert store.writer.commits == before


async def test_work_that_may_be_done_and_of_which_nothing_comes_is_told_and_its_going_on_too(
    store: Store, alarms: Alarms, time: Time
) -> None:
    await dropped(store, 1)
    await looks(alarms, time, 31)
    assert await told(store) == [("alert.raised", STUCK)]
    await step(store, Done())
    await looks(alarms, time, 1)
    assert (await told(store))[1:] == [("alert.over", STUCK)]


async def test_a_held_machine_an_empty_house_and_a_sleep_are_no_standstill(
    store: Store, watch: Governor, alarms: Alarms, time: Time
) -> None:
    await looks(alarms, time, 60)
    await dropped(store, 1)
    watch.paused = True
    await looks(alarms, time, 60)
    watch.paused = False
    await looks(alarms, time, 10)
    time.now += 36_000.0  # the lid was closed
    await looks(alarms, time, 1)
    assert await told(store) == []


async def looks(alarms: Alarms, time: Time, number: int) -> None:
    for _ in range(number):
        time.now += LOOK
        await alarms.look()


async def test_what_waits_again_and_again_is_told_with_its_reason_but_not_what_has_just_begun_to(
    store: Store, alarms: Alarms, time: Time
) -> None:
    await dropped(store, 1)
    time.now += 100_000.0  # it lay in the queue: that is no waiting
    for _ in range(3):
        await step(store, Defer("the server is down", time.now + 60.0))
        time.now += 30_000.0
        await store.wake(3600.0)
        await alarms.look()
        assert await told(store) == []
    await step(store, Defer("the server is down", time.now + 60.0))
    await alarms.look()
    assert await told(store) == [("alert.raised", WAITING)]
    assert (await store.state(ALERTS))[0]["reason"] == "a document has waited for up to 25 h: the server is down"
    time.now += LOOK
    await store.wake(3600.0)
    await alarms.look()  # it is tried once more: that is not the end of it
    assert len(await told(store)) == 1
    await step(store, Done())
    await looks(alarms, time, 10)
    assert (await told(store))[-1] == ("alert.over", WAITING)


async def test_what_is_measured_is_looked_up_and_never_searched_for(store: Store) -> None:
    """A home of 100,000 documents is asked this once a minute."""
    for name, parameters in (("finished", (0, 9)), ("waiting_since", (0.0, 9)), ("claimable", ())):
        plan = await store._reading.execute_fetchall(f"EXPLAIN QUERY PLAN {query(name)}", parameters)
        steps = [str(step[3]) for step in plan]
        scans = [step for step in steps if step.startswith("SCAN") and "INDEX" not in step]
        assert all(step in ("SCAN w", "SCAN CONSTANT ROW") for step in scans), steps
        assert not any("candidates_accepted" in step for step in steps), steps
    for name in ("route_rates", "stage_times"):  # of the newest events alone
        plan = await store._reading.execute_fetchall(f"EXPLAIN QUERY PLAN {query(name)}")
        assert any("SEARCH events USING INTEGER PRIMARY KEY" in str(step[3]) for step in plan), name
