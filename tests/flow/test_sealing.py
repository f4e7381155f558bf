"""Sealing in a process of its own: the bytes of the pure function, whatever becomes of that process."""

from __future__ import annotations

import functools
import hashlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import anyio
import msgspec
import psutil
import pytest
from tests import stored
from tests.knowledge import document

from randaemon.control import sealing
from randaemon.dataset import SealSettings, seal
from randaemon.errors import WorkerDied
from randaemon.lifecycle import Policy, settle
from randaemon.model import Candidate, Done, Drop, Stage
from randaemon.ran.mo import MoModel
from randaemon.stages import converse, finalize
from randaemon.store import Home, Store
from randaemon.store.harvest import Harvest

DOCUMENTS = 4


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Some documents that are done, with more candidates than are read at once."""
    async with Store.open(Home.at(tmp_path / "home"), lambda: 1.0) as opened:
        for number in range(DOCUMENTS):
            await _done(opened, number)
        yield opened


def _content(number: int) -> bytes:
    return f"file {number}".encode()


@functools.cache
def _outcomes(number: int) -> dict[Stage, Done]:
    known, digest = document(number), hashlib.sha256(_content(number)).hexdigest()
    said = [each for fact in converse.facts(known.markdown, known.extraction) for each in converse.converse(fact)]
    return {
        Stage.EXTRACT: Done(msgspec.json.encode(known.extraction)),
        Stage.FINALIZE: Done(candidates=finalize.candidates(digest, known.clean, known.extraction, said, 0.5)),
    }


async def _done(store: Store, number: int) -> None:
    content = _content(number)
    drop = Drop(f"{number:012x}", f"{number}.html", hashlib.sha256(content).hexdigest(), len(content))
    (store.home.originals / f"{drop.key}__{drop.name}").write_bytes(content)
    await store.admit([drop])
    outcomes = _outcomes(number)
    while found := await store.claim(tuple(Stage), 1):
        await store.settle(settle(found[0], outcomes.get(found[0].stage, Done()), Policy(), 0.0))


async def test_the_process_makes_what_the_pure_function_makes(store: Store) -> None:
    number = await sealing.seal(store, SealSettings(), lambda: 1.0)
    [version] = await store.versions()
    everything = await stored.candidates(store)
    items = [item for known in map(document, range(DOCUMENTS)) for item in known.extraction.items]
    pure = seal(everything, stored.places(store), MoModel().add(items), SealSettings())
    written = _read(Path(version.path))
    rows = ("train.jsonl", "valid.jsonl", "test.jsonl", "evaluation.jsonl")
    assert number == version.number == 1
    assert {name: written[name] for name in rows} == {name: pure.files[name] for name in rows}
    assert len(everything) > 256
    assert not list(store.home.work.iterdir())


async def test_candidates_are_read_from_the_store_as_they_are_asked_for(store: Store) -> None:
    made = [each for number in range(DOCUMENTS) for each in _outcomes(number)[Stage.FINALIZE].candidates]
    everything = sorted(made, key=lambda each: each.id)
    gone = everything[0].digest
    with Harvest(store.home) as harvest:
        shelf = harvest.candidates(await store.mark())
        assert list(shelf) == everything
        assert len(shelf) == len(everything)
        assert (shelf[0], shelf[-1], shelf[300]) == (everything[0], everything[-1], everything[300])
        assert shelf[250:260] == everything[250:260]
        with pytest.raises(IndexError):
            shelf[len(everything)]
        left = harvest.candidates(await store.mark(), lambda digest: digest != gone)
        assert list(left) == [each for each in everything if each.digest != gone]
        assert [each.title for each in shelf.adapted(_titled)] == ["x"] * len(everything)
        assert shelf.adapted(_titled)[7].title == "x"
        one_each = harvest.specimens(await store.mark(), lambda digest: digest != gone)
        assert sorted(each.digest for each in one_each) == sorted({each.digest for each in left})
        await _done(store, DOCUMENTS)
        assert list(shelf) == everything, "it shows one moment"
    assert len(await stored.candidates(store)) > len(everything)


def test_the_process_that_seals_loads_nothing_of_training() -> None:
    code = "import sys, randaemon.control.making; print([name for name in sys.modules if 'training' in name])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def test_when_the_process_is_killed_nothing_is_sealed_and_the_next_try_is_whole(store: Store) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_kill_the_child)
        with pytest.raises(WorkerDied, match="signal 9"):
            await sealing.seal(store, SealSettings(), lambda: 1.0)
    assert await store.versions() == []
    assert await sealing.seal(store, SealSettings(), lambda: 1.0) == 1


async def test_whoever_stops_waiting_takes_the_process_along(store: Store) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(sealing.seal, store, SealSettings(), lambda: 1.0)
        child = await _child()
        tasks.cancel_scope.cancel()
    assert not child.is_running()
    assert not list(store.home.work.iterdir())


def _read(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def _kill_the_child() -> None:
    os.kill((await _child()).pid, signal.SIGKILL)


async def _child() -> psutil.Process:
    with anyio.fail_after(20):
        while True:
            found = [each for each in psutil.Process().children() if _seals(each)]
            if found:
                return found[0]
            await anyio.lowlevel.checkpoint()


def _seals(process: psutil.Process) -> bool:
    try:
        return "seal" in process.cmdline()
    except psutil.Error:
        return False


def _titled(each: Candidate) -> Candidate:
    return replace(each, title="x")
