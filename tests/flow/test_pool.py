"""The pool on the real store, with runners that answer in this process."""

from __future__ import annotations

import errno
import os
import random
import time
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from tests.in_process import InProcess, Room, drop, settled, working

from randaemon.errors import StorageFault, WorkerDied, WorkerError, WorkerTimeout
from randaemon.lifecycle import Policy
from randaemon.model import (
    Child,
    Defer,
    Done,
    Expand,
    Failure,
    Outcome,
    Reject,
    Stage,
    Status,
    Task,
)
from randaemon.pool import Deadline, Pool, PoolPolicy
from randaemon.stages import Step
from randaemon.store import Home, Store

PIPELINE = (
    Step(Stage.UNPACK, "-"),
    Step(Stage.CONVERT, "-"),
    Step(Stage.PREPROCESS, "-", needs=(Stage.CONVERT,)),
    Step(Stage.EXTRACT, "-", needs=(Stage.PREPROCESS,)),
    Step(Stage.CONVERSE, "-", needs=(Stage.PREPROCESS, Stage.EXTRACT), lane="llm"),
    Step(Stage.FINALIZE, "-", needs=(Stage.PREPROCESS, Stage.EXTRACT, Stage.CONVERSE)),
)
LANES = {"cpu": 2, "llm": 1}
POLICY = PoolPolicy(
    lifecycle=Policy(attempts=3, timeouts=2, backoff=(0.0,)),
    deadline=Deadline(base=10.0, per_mib=2.0, cap=60.0),
    options={Stage.CONVERT: {"depth": 2}},
    pipeline=PIPELINE,
    poll_seconds=5.0,
    drain_seconds=0.05,
)


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: float) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


async def one_by_one(task: Task) -> Outcome:
    """Each stage appends its name to what it was given, so that the last artifact tells the whole way."""
    given = [f"{need.label}={path.read_text()}" for need, path in sorted(task.inputs.items())]
    artifact = f"{task.stage.label}({' '.join(given)})".encode()
    return Done(artifact, meta={**task.meta, task.stage.label: True})


async def test_a_document_goes_through_all_stages_each_with_the_artifacts_and_the_meta_of_those_before(
    store: Store,
) -> None:
    [document] = await drop(store, b"text")
    runner = InProcess(one_by_one)
    async with working(Pool(store, lambda: runner, POLICY, LANES, Room())):
        await settled(store)
    ended = await store.document(document.id)
    assert ended.status is Status.DONE
    assert set(ended.meta) == {stage.label for stage in Stage}
    extract = "extract(preprocess=preprocess(convert=convert()))"
    assert await store.artifact(document.digest, Stage.EXTRACT) == extract.encode()
    assert await store.artifact(document.digest, Stage.CONVERSE) == (
        f"converse(preprocess=preprocess(convert=convert()) extract={extract})".encode()
    )
    assert runner.closed == 3, "one for each slot"
    assert not list((store.home.work / "pool").iterdir()), "scratch goes with its task"


async def test_a_task_carries_source_options_and_a_deadline_by_size(store: Store) -> None:
    await drop(store, bytes(1 << 20))
    runner = InProcess(one_by_one)
    async with working(Pool(store, lambda: runner, POLICY, LANES, Room())):
        await settled(store)
    convert = runner.tasks[1]
    assert convert.stage is Stage.CONVERT
    assert convert.options == {"depth": 2}
    assert convert.source.read_bytes() == bytes(1 << 20)
    assert runner.deadlines[1] == 12.0
    assert Deadline(1.0, 1.0, 5.0).of(100 << 20) == 5.0


async def test_members_of_an_archive_become_documents_and_are_worked_on_too(store: Store) -> None:
    async def stages(task: Task) -> Outcome:
        if task.stage is Stage.UNPACK and task.source.read_bytes() == b"archive":
            task.scratch.mkdir(parents=True)
            (task.scratch / "0").write_bytes(b"member")
            return Expand((Child(0, "a.txt", 6), Child(1, "b.txt", 9, Reject("encrypted"))))
        return Done(b"x")

    await drop(store, b"archive")
    async with working(Pool(store, lambda: InProcess(stages), POLICY, LANES, Room())):
        await settled(store)
    assert await store.counts() == {**dict.fromkeys(Status, 0), Status.DONE: 2, Status.REJECTED: 1}
    assert not list((store.home.work / "pool").iterdir())


async def test_an_archive_whose_members_are_not_there_fails_alone(store: Store) -> None:
    async def stages(task: Task) -> Outcome:
        if task.stage is Stage.UNPACK and task.source.read_bytes() == b"liar":
            return Expand((Child(0, "a.txt", 6),))
        return Done(b"x")

    liar, honest = await drop(store, b"liar", b"text")
    async with working(Pool(store, lambda: InProcess(stages), POLICY, LANES, Room())):
        await settled(store)
    failed = await store.document(liar.id)
    assert (failed.status, failed.code) == (Status.FAILED, "E_RESULT")
    assert (await store.document(honest.id)).status is Status.DONE


async def test_a_worker_that_dies_each_time_costs_its_document_three_attempts_and_nobody_else_any(
    store: Store,
) -> None:
    async def stages(task: Task) -> Outcome:
        if task.source.read_bytes() == b"poison":
            raise WorkerDied("the parser crashed (signal 11, SIGSEGV)")
        return Done(b"x")

    poison, sound = await drop(store, b"poison", b"text")
    runner = InProcess(stages)
    async with working(Pool(store, lambda: runner, POLICY, LANES, Room())):
        await settled(store)
    failed = await store.document(poison.id)
    assert (failed.status, failed.code, failed.attempt) == (Status.FAILED, "E_WORKER_DIED", 3)
    assert "signal 11" in failed.reason
    assert sum(task.digest == poison.digest for task in runner.tasks) == 3
    assert (await store.document(sound.id)).status is Status.DONE


async def test_a_parser_that_hangs_is_tried_twice(store: Store) -> None:
    async def stages(task: Task) -> Outcome:
        raise WorkerTimeout("gave no result in 10 s")

    await drop(store, b"text")
    runner = InProcess(stages)
    async with working(Pool(store, lambda: runner, POLICY, LANES, Room())):
        await settled(store)
    assert len(runner.tasks) == 2


async def test_an_error_of_our_own_ends_one_document_and_not_the_pool(store: Store) -> None:
    async def stages(task: Task) -> Outcome:
        if task.source.read_bytes() == b"odd":
            raise KeyError("a bug of ours")
        return Done(b"x")

    odd, sound = await drop(store, b"odd", b"text")
    async with working(Pool(store, lambda: InProcess(stages), POLICY, LANES, Room())):
        await settled(store)
    assert (await store.document(odd.id)).code == "E_INTERNAL"
    assert (await store.document(sound.id)).status is Status.DONE


async def test_an_artifact_that_is_missing_each_time_fails_its_document_in_plain_words(store: Store) -> None:
    async def forgetful(task: Task) -> Outcome:
        return Done()

    [document] = await drop(store, b"text")
    runner = InProcess(forgetful)
    async with working(Pool(store, lambda: runner, POLICY, LANES, Room())):
        await settled(store)
    failed = await store.document(document.id)
    assert (failed.status, failed.code, failed.stage) == (Status.FAILED, "E_ARTIFACT", Stage.CONVERT)
    assert "what convert wrote is missing, for the fourth time" in failed.reason
    assert [task.stage for task in runner.tasks].count(Stage.CONVERT) == 4
    assert "redone" not in (await store.retry(document.key)).meta


async def test_an_artifact_that_rots_on_disk_is_made_anew_by_its_stage_and_costs_nothing(store: Store) -> None:
    ran: list[Stage] = []

    async def rotting(task: Task) -> Outcome:
        ran.append(task.stage)
        if ran.count(Stage.EXTRACT) == 1 and task.stage is Stage.EXTRACT:
            while not (found := [path for path in store.home.objects.rglob("*") if len(path.name) == 64]):
                await anyio.lowlevel.checkpoint()  # what the stage before wrote is on its way to the store
            found[0].unlink()
            found[0].write_bytes(b"rot")
        if task.stage is Stage.CONVERSE:
            assert task.inputs[Stage.PREPROCESS].read_bytes() == large
        return Done(large if task.stage is Stage.PREPROCESS else b"small")

    large = random.Random(7).randbytes(2 << 20)
    [document] = await drop(store, b"text")
    async with working(Pool(store, lambda: InProcess(rotting), POLICY, LANES, Room())):
        await settled(store)
    done = await store.document(document.id)
    assert (done.status, done.attempt) == (Status.DONE, 0)
    assert ran == [
        Stage.UNPACK, Stage.CONVERT, Stage.PREPROCESS, Stage.EXTRACT, Stage.PREPROCESS, Stage.EXTRACT, Stage.CONVERSE,
        Stage.FINALIZE,
    ]  # fmt: skip
    assert not list((store.home.work / "pool").iterdir())


@pytest.mark.parametrize(
    "cause",
    [WorkerError("cannot start", code="E_WORKER_START"), Failure("the disk is full", "E_DISK_FULL"), OSError(28, "x")],
    ids=["a worker that cannot start", "a full disk in the child", "a full disk here"],
)
async def test_what_the_machine_could_not_do_costs_no_attempt_and_is_tried_later(
    store: Store, cause: Exception | Failure
) -> None:
    tried = anyio.Event()

    async def stages(task: Task) -> Outcome:
        tried.set()
        if isinstance(cause, Failure):
            return cause
        raise cause

    [document] = await drop(store, b"text")
    async with working(Pool(store, lambda: InProcess(stages), POLICY, LANES, Room())):
        await tried.wait()
    waiting = await store.document(document.id)
    assert (waiting.status, waiting.attempt) == (Status.READY, 0)
    assert waiting.due is not None
    assert waiting.due > time.time() + 30
    assert waiting.reason


async def test_a_document_that_the_governor_holds_back_waits_with_its_reason_and_runs_when_its_time_comes(
    store: Store,
) -> None:
    [document] = await drop(store, b"text")
    room = Room(Defer("disk full: need 80 MiB, have 12 MiB", time.time() + 0.2, "E_DISK_FULL"))
    async with working(Pool(store, lambda: InProcess(one_by_one), POLICY, LANES, room)):
        await settled(store)  # well before the next poll: the due time itself woke it
    assert (await store.document(document.id)).status is Status.DONE
    kinds = [event.kind for event in await store.events(0)]
    assert kinds.index("document.waiting") < kinds.index("document.done")


async def test_suspects_are_tried_first_each_alone_and_all_others_after_them(store: Store) -> None:
    begun: list[tuple[bytes, int]] = []
    under_way = 0

    async def stages(task: Task) -> Outcome:
        nonlocal under_way
        if task.stage is Stage.UNPACK:
            begun.append((task.source.read_bytes(), under_way))
        under_way += 1
        await anyio.lowlevel.checkpoint()
        under_way -= 1
        return Done(b"x")

    documents = await drop(store, *(str(number).encode() for number in range(8)))
    suspects = (documents[6].id, documents[3].id, 999)
    async with working(Pool(store, lambda: InProcess(stages), replace(POLICY, suspects=suspects), LANES, Room())):
        await settled(store)
    assert begun[:2] == [(b"6", 0), (b"3", 0)]
    assert len(begun) == 8
    assert (await store.counts())[Status.DONE] == 8


async def test_a_stop_while_suspects_are_tried_begins_nothing_more(store: Store) -> None:
    started = anyio.Event()

    async def stages(task: Task) -> Outcome:
        started.set()
        await anyio.sleep_forever()
        return Done(b"x")

    documents = await drop(store, b"0", b"1")
    runner = InProcess(stages)
    suspects = tuple(document.id for document in documents)
    async with working(Pool(store, lambda: runner, replace(POLICY, suspects=suspects), LANES, Room())):
        await started.wait()
    assert len(runner.tasks) == 1
    assert (await store.counts())[Status.READY] == 2
    assert [(await store.document(document.id)).attempt for document in documents] == [0, 0]


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES, errno.EMFILE])
async def test_a_file_that_cannot_be_read_fails_its_document_after_its_attempts(store: Store, number: int) -> None:
    async def stages(task: Task) -> Outcome:
        raise OSError(number, os.strerror(number))

    [document] = await drop(store, b"text")
    async with working(Pool(store, lambda: InProcess(stages), POLICY, LANES, Room())):
        await settled(store)
    failed = await store.document(document.id)
    assert (failed.status, failed.code, failed.attempt) == (Status.FAILED, "E_IO", 3)
    assert os.strerror(number) in failed.reason


async def test_while_the_disk_is_full_nothing_is_claimed_and_nothing_logged(store: Store) -> None:
    documents = await drop(store, *(str(number).encode() for number in range(20)))
    before = len(await store.events(0))
    room = Room(shortage="disk full")
    async with working(Pool(store, lambda: InProcess(one_by_one), replace(POLICY, poll_seconds=0.01), LANES, room)):
        commits = store.writer.commits
        while room.looks < 10:
            await anyio.lowlevel.checkpoint()
        assert store.writer.commits == commits
        assert len(await store.events(0)) == before
        assert (await store.document(documents[0].id)).claim == 0
        room.shortage = ""
        await settled(store)


async def test_a_worker_that_cannot_start_holds_up_the_lane_and_not_each_document(store: Store) -> None:
    tried = anyio.Event()

    async def stages(task: Task) -> Outcome:
        tried.set()
        raise WorkerError("cannot start", code="E_WORKER_START")

    await drop(store, *(str(number).encode() for number in range(30)))
    runner = InProcess(stages)
    async with working(Pool(store, lambda: runner, POLICY, LANES, Room())):
        await tried.wait()
        while not any(event.kind == "document.waiting" for event in await store.events(0)):
            await anyio.lowlevel.checkpoint()
    assert len(runner.tasks) <= LANES["cpu"]
    told = [event for event in await store.events(0) if "cannot start" in str(event.data)]
    assert len(told) <= LANES["cpu"]
    assert (await store.counts())[Status.READY] == 30


async def test_a_clock_that_is_set_back_makes_no_document_wait_longer(tmp_path: Path) -> None:
    clock = Clock(2e9)

    async def stages(task: Task) -> Outcome:
        if clock.now > 1.9e9:
            return Defer("later", clock.now + 30.0)
        return Done(b"x")

    policy = replace(POLICY, poll_seconds=0.02, clock=clock)
    async with Store.open(Home.at(tmp_path / "home"), clock) as store:
        await drop(store, b"text")
        async with working(Pool(store, lambda: InProcess(stages), policy, LANES, Room())):
            while await store.next_due() is None:
                await anyio.lowlevel.checkpoint()
            clock.now -= 2e8
            await settled(store)


async def test_no_stage_makes_a_document_wait_for_ever(store: Store) -> None:
    async def stages(task: Task) -> Outcome:
        return Defer("later", 1e300)

    await drop(store, b"text")
    async with working(Pool(store, lambda: InProcess(stages), POLICY, LANES, Room())):
        while (due := await store.next_due()) is None:
            await anyio.lowlevel.checkpoint()
    assert due < time.time() + 4000


async def test_work_that_arrives_while_the_pool_sleeps_starts_at_once(store: Store) -> None:
    started = anyio.Event()

    async def stages(task: Task) -> Outcome:
        started.set()
        return Done(b"x")

    pool = Pool(store, lambda: InProcess(stages), POLICY, LANES, Room())
    async with working(pool):
        await anyio.wait_all_tasks_blocked()
        await drop(store, b"text")
        with anyio.fail_after(2):
            await started.wait()


async def test_stop_lets_running_documents_finish_within_the_drain(store: Store) -> None:
    started, release = anyio.Event(), anyio.Event()

    async def stages(task: Task) -> Outcome:
        started.set()
        await release.wait()
        return Done(b"x")

    [document] = await drop(store, b"text")
    pool = Pool(store, lambda: InProcess(stages), replace(POLICY, drain_seconds=10.0), LANES, Room())
    async with working(pool):
        await started.wait()
        pool.stop()
        release.set()
    after = await store.document(document.id)
    assert (after.stage, after.status) == (Stage.CONVERT, Status.READY), "settled, and nothing claimed after"


async def test_slots_that_wait_for_a_wider_lane_do_not_hold_up_the_end(store: Store) -> None:
    """Three of four wait; no clock of the drain, nor of the look at the lane, is waited for."""
    patient = replace(POLICY, drain_seconds=3600.0)
    with anyio.fail_after(2):
        async with working(Pool(store, lambda: InProcess(one_by_one), patient, {"cpu": 4, "llm": 4}, Room(width=1))):
            await anyio.wait_all_tasks_blocked()


async def test_a_lane_that_is_widened_works_on_more_at_once_and_drains_whole(store: Store) -> None:
    await drop(store, *(str(number).encode() for number in range(20)))
    at_work, release = 0, anyio.Event()

    async def stages(task: Task) -> Outcome:
        nonlocal at_work
        at_work += 1
        await release.wait()
        at_work -= 1
        return Reject("enough")

    runners: list[InProcess] = []

    def runner() -> InProcess:
        runners.append(InProcess(stages))
        return runners[-1]

    pool = Pool(store, runner, POLICY, LANES, Room())
    pool.widen({"cpu": 3, "llm": 1})  # before it runs
    async with working(pool):
        await anyio.wait_all_tasks_blocked()
        for wide in (3, 6):
            pool.widen({"cpu": wide, "llm": 1})
            with anyio.fail_after(10):
                while at_work < wide:
                    await anyio.wait_all_tasks_blocked()
        pool.widen({"cpu": 2, "llm": 1})
        assert at_work == 6
        release.set()
        await settled(store)
    pool.widen({"cpu": 9, "llm": 1})  # it has ended: nothing begins
    assert [one.closed for one in runners] == [1] * 7


async def test_what_is_not_done_after_the_drain_is_ready_again_and_has_lost_no_attempt(store: Store) -> None:
    documents = await drop(store, *(str(number).encode() for number in range(40)))
    quick, release = anyio.Event(), anyio.Event()

    async def stages(task: Task) -> Outcome:
        """Fast at first, so that many are claimed ahead; then nothing comes any more."""
        if task.stage is Stage.UNPACK and int(task.source.read_text()) < 30:
            return Done(b"x")
        quick.set()
        await release.wait()
        return Done(b"x")

    pool = Pool(store, lambda: InProcess(stages), POLICY, LANES, Room())
    async with working(pool):
        await quick.wait()
    counts = await store.counts()
    assert (counts[Status.RUNNING], counts[Status.READY]) == (0, 40)
    for document in documents:
        assert (await store.document(document.id)).attempt == 0


async def test_a_result_for_a_document_that_was_cancelled_meanwhile_is_dropped(store: Store) -> None:
    started, release = anyio.Event(), anyio.Event()

    async def stages(task: Task) -> Outcome:
        started.set()
        await release.wait()
        return Done(b"late")

    [document] = await drop(store, b"text")
    async with working(Pool(store, lambda: InProcess(stages), POLICY, LANES, Room())):
        await started.wait()
        await store.cancel(document.key)
        release.set()
    assert (await store.document(document.id)).status is Status.CANCELLED
    assert await store.artifact(document.digest, Stage.UNPACK) is None


async def test_a_disk_that_fails_ends_the_pool_with_that_error_alone(store: Store) -> None:
    async def stages(task: Task) -> Outcome:
        raise StorageFault("the disk failed a flush")

    await drop(store, b"one", b"two", b"three")
    with pytest.raises(StorageFault, match="failed a flush"):
        await Pool(store, lambda: InProcess(stages), POLICY, LANES, Room()).run()


async def test_a_lane_without_slots_is_told_at_once(store: Store) -> None:
    with pytest.raises(KeyError, match="llm"):
        Pool(store, lambda: InProcess(one_by_one), POLICY, {"cpu": 1}, Room())
