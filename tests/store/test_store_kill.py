"""SIGKILL at any moment: what was reported is there, and nothing is torn or doubled."""

from __future__ import annotations

import itertools
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests import stored

from randaemon.model import Stage
from randaemon.store import Home, Store
from randaemon.store.reader import Reader

_WORK = """
import asyncio, sys, time
from pathlib import Path
from randaemon.lifecycle import Policy, settle
from randaemon.model import Child, Done, Drop, Expand, Stage
from randaemon.store import Home, Store

async def one(store, document, scratch):
    folder = scratch / f"{document.id}-{document.claim}"
    if document.stage is Stage.UNPACK and document.parent is None and document.id % 3 == 0:
        folder.mkdir(parents=True)
        for index in range(3):
            (folder / str(index)).write_text(f"member {document.digest} {index % 2}")
        outcome = Expand(tuple(Child(index, f"m{index}", 9) for index in range(3)))
    else:
        outcome = Done(f"{document.digest} {document.stage}".encode() * 50)
    if await store.settle(settle(document, outcome, Policy(), time.time()), folder):
        print("settled", document.digest, int(document.stage), flush=True)

async def main(home, files):
    async with Store.open(home) as store:
        await store.recover()
        drops = [Drop(f"{n:012x}", f"f{n}", f"{n // 2:064x}", 1) for n in range(files)]
        for drop in drops:
            (home.originals / f"{drop.key}__{drop.name}").write_text("x")
        for start in range(0, files, 7):
            for document in await store.admit(drops[start : start + 7]):
                print("admitted", document.key, document.id, flush=True)
        while documents := await store.claim(list(Stage), 8):
            async with asyncio.TaskGroup() as group:
                for document in documents:
                    group.create_task(one(store, document, home.work))
        print("finished", flush=True)

asyncio.run(main(Home.at(Path(sys.argv[1])), int(sys.argv[2])))
"""
FILES = 60


def worked(home: Home, reports: int | None = None) -> list[list[str]]:
    """What one life of the worker reported; it is killed at its so many-th report, or lives to its end."""
    process = subprocess.Popen(
        [sys.executable, "-c", _WORK, str(home.root), str(FILES)], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        lines = list(itertools.islice(process.stdout, reports))
        if reports is not None:
            process.kill()
        lines += process.stdout.read().splitlines(keepends=True)
    assert process.returncode in ((0,) if reports is None else (0, -signal.SIGKILL))  # it may end just before
    return [line.split() for line in lines if line.endswith("\n")]  # the last may be half a line


async def contents(home: Home) -> dict[str, object]:
    """What must not depend on how often it was killed."""
    async with Store.open(home) as store:
        found: dict[str, object] = {"places": stored.places(store), "counts": await store.counts()}
        with Reader(home) as reader:
            documents = reader.documents(limit=10_000)
        found["keys"] = sorted((document.key, document.status) for document in documents)
        found["artifacts"] = {
            (document.digest, stage): await store.artifact(document.digest, stage)
            for document in documents
            for stage in Stage
        }
        found["bytes"] = sorted(store.source(document).read_text() for document in documents if document.parent)
        found["drops"] = sum(event.kind == "drop.done" for event in await store.events(0, 100_000))
        return found


@pytest.mark.slow
async def test_a_store_killed_at_random_moments_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    undisturbed = Home.at(tmp_path / "undisturbed")
    assert worked(undisturbed)[-1] == ["finished"]
    killed = Home.at(tmp_path / "killed")
    moments = random.Random(5)
    lives = [worked(killed, moments.randint(1, 60)) for _ in range(12)]
    assert ["finished"] not in lives[0]
    assert worked(killed)[-1] == ["finished"]
    assert await contents(killed) == await contents(undisturbed)
    async with Store.open(killed) as store:
        for word, *subject in (report for life in lives for report in life):
            if word == "admitted":
                assert (await store.document(subject[0])).id == int(subject[1])
            elif word == "settled" and subject[1] != "1":
                assert await store.artifact(subject[0], Stage(int(subject[1]))) is not None
