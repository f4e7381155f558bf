"""The pool, the real store and real children together: bad documents end as bad documents, the others are done."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import anyio
import psutil
import pytest
from tests.in_process import Room, drop, settled, working

from randaemon.lifecycle import Policy
from randaemon.model import Stage, Status
from randaemon.pool import Deadline, Pool, PoolPolicy
from randaemon.store import Home, Store
from randaemon.workers import Limits, Program, Worker

ENVIRONMENT = {
    "PYTHONPATH": str(Path(__file__).parent / "worker_stages"),
    **{key: value for key, value in os.environ.items() if key.startswith("COVERAGE_PROCESS")},
}
PROGRAM = Program(dict.fromkeys(Stage, "bad_stages:by_content"), parts="", environment=ENVIRONMENT)
LIMITS = Limits(memory_bytes=200 << 20, heartbeat_seconds=0.1, poll_seconds=0.05, grace_seconds=0.5)
POLICY = PoolPolicy(
    lifecycle=Policy(backoff=(0.0,)), deadline=Deadline(base=3.0, per_mib=0.0), poll_seconds=1.0, drain_seconds=0.1
)

ENDS = {
    "echo": (Status.DONE, "", ""),
    "crash": (Status.FAILED, "E_WORKER_DIED", "signal 11"),
    "sleep": (Status.FAILED, "E_TIMEOUT", "no result in 3 s"),
    "allocate_slowly": (Status.FAILED, "E_MEMORY", "more than 200 MiB"),
    "close_channel": (Status.FAILED, "E_PROTOCOL", "closed its channel"),
    "refuse": (Status.REJECTED, "E_EMPTY", "the file is empty"),
    "bug": (Status.FAILED, "E_STAGE", "ValueError"),
    "large": (Status.DONE, "", ""),
    "linked": (Status.FAILED, "E_RESULT", "the result of convert cannot be kept"),
    "nothing": (Status.FAILED, "E_ARTIFACT", "what convert wrote is missing"),
}


async def until(condition: Callable[[], list[int]]) -> list[int]:
    """Wait for what a child does; it cannot set an event of ours."""
    while not (found := condition()):  # noqa: ASYNC110
        await anyio.sleep(0.01)
    return found


def pool(store: Store) -> Pool:
    return Pool(store, lambda: Worker(store.home.work, LIMITS, PROGRAM), POLICY, {"cpu": 2}, Room())


async def test_every_bad_document_ends_with_its_own_reason_and_every_good_one_is_done(tmp_path: Path) -> None:
    async with Store.open(Home.at(tmp_path)) as store:
        documents = await drop(store, *map(str.encode, ENDS))
        async with working(pool(store), patience=40):
            await settled(store)
        for document, (name, (status, code, reason)) in zip(documents, ENDS.items(), strict=True):
            ended = await store.document(document.id)
            assert (name, ended.status, ended.code) == (name, status, code)
            assert reason in ended.reason
        assert [path.name for path in store.home.work.iterdir() if path.name.startswith("worker-")] == []
        assert list((store.home.work / "pool").iterdir()) == []
        large = documents[list(ENDS).index("large")]
        assert await store.artifact(large.digest, Stage.CONVERT) == bytes(70 << 20)


@pytest.mark.parametrize("content", ["sleep", "ignore_sigterm"])
async def test_stop_ends_a_child_that_does_not_drain_and_its_document_is_ready_again(
    tmp_path: Path, content: str
) -> None:
    async with Store.open(Home.at(tmp_path)) as store:
        [document] = await drop(store, content.encode())
        async with working(pool(store)):
            pid = await until(lambda: [int(file.read_text()) for file in store.home.work.glob("pool/*/pid")])
        after = await store.document(document.id)
        assert (after.stage, after.status, after.attempt) == (Stage.CONVERT, Status.READY, 0)
        assert not psutil.pid_exists(pid[0])
        assert not list(store.home.work.glob("groups/*"))
