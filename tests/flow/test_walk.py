"""A document that goes through several stages in one slot: what is claimed, what is written when, who stops it."""

from __future__ import annotations

import hashlib
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import anyio
import pytest
from tests.in_process import InProcess, Room, Stages, drop, settled, working

from randaemon.lifecycle import ASKED, Policy, settle
from randaemon.model import (
    Artifact,
    Ask,
    Done,
    Filed,
    Message,
    Meta,
    Outcome,
    Purpose,
    Request,
    Stage,
    Status,
    Task,
    Tier,
)
from randaemon.pool import Pool, PoolPolicy
from randaemon.pool.walk import Walk
from randaemon.stages import Step
from randaemon.store import Store

PIPELINE = (
    Step(Stage.UNPACK, "-"),
    Step(Stage.CONVERT, "-"),
    Step(Stage.PREPROCESS, "-", needs=(Stage.CONVERT,)),
    Step(Stage.EXTRACT, "-", needs=(Stage.PREPROCESS,), asks=True),
    Step(Stage.CONVERSE, "-", needs=(Stage.PREPROCESS, Stage.EXTRACT)),
    Step(Stage.FINALIZE, "-", needs=(Stage.PREPROCESS, Stage.EXTRACT, Stage.CONVERSE)),
)
POLICY = PoolPolicy(pipeline=PIPELINE, poll_seconds=5.0, drain_seconds=0.05)
REQUEST = Request(Purpose.EXTRACT, Tier.FAST, (Message("user", "x"),))


def walking(store: Store, stages: Stages) -> AbstractAsyncContextManager[Pool]:
    return working(Pool(store, lambda: InProcess(stages), POLICY, {"cpu": 1}, Room(width=8)))


async def named(task: Task) -> Outcome:
    """Each stage tells what it was given."""
    given = [path.read_text() for _, path in sorted(task.inputs.items())]
    return Done(f"{task.stage.label}({' '.join(given)})".encode(), meta={task.stage.label: True})


async def test_a_document_is_claimed_once_a_stage_and_written_in_order(store: Store) -> None:
    [document] = await drop(store, b"text")
    async with walking(store, named):
        await settled(store)
    done = await store.document(document.id)
    assert (done.status, done.claim, done.attempt) == (Status.DONE, len(Stage), 0)
    told = [event.data["stage"] for event in await store.events(0) if event.kind in ("stage.done", "document.done")]
    assert told == [stage.label for stage in Stage]
    assert not list((store.home.work / "pool").iterdir()), "what was laid for the stages goes with the walk"


async def test_a_stage_runs_while_the_one_before_is_being_written(store: Store) -> None:
    seen: dict[Stage, Stage] = {}

    async def stages(task: Task) -> Outcome:
        [row] = await store._rows("documents_newest", 1)
        seen[task.stage] = Stage(row[7])
        return await named(task)

    await drop(store, b"text")
    async with walking(store, stages):
        await settled(store)
    assert seen[Stage.UNPACK] is Stage.UNPACK
    assert any(row < stage for stage, row in seen.items()), "none was begun ahead of its row"


async def test_what_was_begun_ahead_is_dropped_when_the_document_was_cancelled(store: Store) -> None:
    [document] = await drop(store, b"text")
    ran: list[Stage] = []

    async def stages(task: Task) -> Outcome:
        ran.append(task.stage)
        if task.stage is Stage.PREPROCESS:
            await store.cancel(document.key)
        return await named(task)

    async with walking(store, stages):
        await settled(store)
    cancelled = await store.document(document.id)
    assert cancelled.status is Status.CANCELLED
    assert len(ran) <= Stage.EXTRACT, "one stage at most is begun for nothing"
    for stage in (Stage.PREPROCESS, Stage.EXTRACT, Stage.CONVERSE):
        assert await store.artifact(document.digest, stage) is None


async def test_a_walk_that_is_cut_short_by_the_end_of_the_daemon_leaves_its_document_where_it_was(store: Store) -> None:
    [document] = await drop(store, b"text")
    reached = anyio.Event()

    async def stages(task: Task) -> Outcome:
        if task.stage is Stage.EXTRACT:
            reached.set()
            await anyio.sleep_forever()
        return await named(task)

    async with walking(store, stages):
        await reached.wait()
    left = await store.document(document.id)
    assert (left.stage, left.status, left.attempt) == (Stage.EXTRACT, Status.READY, 0)
    assert await store.artifact(document.digest, Stage.PREPROCESS) == b"preprocess(convert())"
    assert not list((store.home.work / "pool").iterdir())


async def test_a_stage_that_asks_ends_the_walk_and_the_next_one_takes_up_what_is_stored(store: Store) -> None:
    [document] = await drop(store, b"text")
    asked: list[int] = []

    async def stages(task: Task) -> Outcome:
        if task.stage is Stage.EXTRACT and not asked:
            asked.append(1)
            return Ask((REQUEST,))
        return await named(task)

    async with walking(store, stages):
        while not (await store.document(document.id)).due:
            await anyio.lowlevel.checkpoint()
        waiting = await store.document(document.id)
        assert (waiting.status, waiting.meta[ASKED], waiting.attempt) == (Status.READY, 1, 0)
        await store.wake(0.0)
        await settled(store)
    assert (await store.document(document.id)).status is Status.DONE
    assert await store.artifact(document.digest, Stage.EXTRACT) == b"extract(preprocess(convert()))"


@pytest.mark.parametrize("artifact", [None, b"", b"small", bytes(1 << 20)], ids=["none", "empty", "small", "large"])
async def test_only_what_can_be_handed_on_is(store: Store, artifact: Artifact | None) -> None:
    [document] = await drop(store, b"text")

    async def stages(task: Task) -> Outcome:
        if task.stage is Stage.PREPROCESS:
            assert task.inputs[Stage.CONVERT].read_bytes() == artifact
        return Done(artifact)

    async with walking(store, stages):
        await settled(store)
    ended = await store.document(document.id)
    assert (ended.status, ended.code) == ((Status.DONE, "") if artifact is not None else (Status.FAILED, "E_ARTIFACT"))


async def test_an_artifact_in_a_file_goes_through_the_store(store: Store) -> None:
    [document] = await drop(store, b"text")
    body = b"much " * 9

    async def stages(task: Task) -> Outcome:
        if task.stage is Stage.CONVERT:
            task.scratch.mkdir(parents=True)
            (task.scratch / "artifact").write_bytes(body)
            return Done(Filed("artifact", len(body), hashlib.sha256(body).hexdigest()))
        return await named(task)

    async with walking(store, stages):
        await settled(store)
    assert (await store.document(document.id)).status is Status.DONE
    assert await store.artifact(document.digest, Stage.PREPROCESS) == b"preprocess(" + body + b")"


async def test_the_walk_knows_its_document_as_the_store_will_have_it(store: Store, tmp_path: Path) -> None:
    """What is claimed ahead must be what the row says later: number, attempt, and every kind of meta."""
    [document] = await drop(store, b"text")
    [claimed] = await store.claim(list(Stage), 1)
    meta: Meta = {"title": "ä\"'\\", "size": 7, "share": 1.0, "tiny": 1e-9, "good": True, "none": None, "gone": "x"}
    later: Meta = {"gone": None, "size": None, "late": 2**53}
    for patch in (meta, later):
        walk = Walk(claimed, tmp_path)
        change = settle(claimed, Done(meta=patch), Policy(), 0.0)
        assert await store.settle(walk.turn(change, goes_on=True).change, goes_on=True)
        claimed = walk.document
        assert claimed == await store.document(document.id)
    assert claimed.meta == {
        "title": "ä\"'\\", "share": 1.0, "tiny": 1e-9, "good": True, "late": 2**53
    }  # fmt: skip
    assert (claimed.stage, claimed.claim, claimed.attempt) == (Stage.PREPROCESS, 3, 1)


async def test_what_goes_on_is_nobody_elses_and_a_crash_loses_no_attempt(store: Store) -> None:
    [document] = await drop(store, b"text")
    [claimed] = await store.claim(list(Stage), 1)
    assert await store.settle(settle(claimed, Done(), Policy(), 0.0), goes_on=True)
    assert not await store.claim(list(Stage), 9)
    assert await store.recover() == 1
    ready = await store.document(document.id)
    assert (ready.stage, ready.status, ready.attempt) == (Stage.CONVERT, Status.READY, 0)
    assert not await store.settle(settle(claimed, Done(), Policy(), 0.0), goes_on=True), "an old claim settles nothing"


async def test_a_narrower_machine_takes_the_slot_back_between_two_stages(store: Store) -> None:
    documents = await drop(store, b"a", b"b")
    room, begun = Room(width=8), []

    async def stages(task: Task) -> Outcome:
        begun.append((task.digest[-1], task.stage))
        if len(begun) == 2:
            room.wide = 1
        await anyio.lowlevel.checkpoint()
        return await named(task)

    async with working(Pool(store, lambda: InProcess(stages), POLICY, {"cpu": 2}, room)):
        await settled(store)
    assert {(await store.document(each.id)).status for each in documents} == {Status.DONE}
    after = [digest for digest, _ in begun[4:]]
    assert after == sorted(after, key=after.index), "one document after the other, once there was room for one only"
