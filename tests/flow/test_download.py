"""A model that is not here yet: fetched from a real server that speaks as the hub does, and cut off where it hurts."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any

import anyio
import anyio.to_thread
import psutil
import pytest
from anyio.abc import Process
from anyio.streams.buffered import BufferedByteReceiveStream
from huggingface_hub import constants, snapshot_download
from tests import stored
from tests.hub_server import COMMIT, HubServer
from tests.trainable import seal_version, write_version

from randaemon.errors import TrainingError
from randaemon.store import Home, Store
from randaemon.store.records import RunRecord
from randaemon.training import download, hub, ledger, tiny
from randaemon.training.cycle import FRUITLESS, Cycle, TrainingPolicy
from randaemon.training.launch import command, environment
from randaemon.training.plan import TinyShape, Wishes
from randaemon.training.rows import read
from randaemon.training.spec import Spec, read_results, write

MODEL, WEIGHTS = "fictional/Heron-1B", "model.safetensors"
BLOBS = "models--fictional--Heron-1B/blobs"

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def version(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_version(tmp_path_factory.mktemp("version"))


@pytest.fixture(scope="module")
def folder(version: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model as the hub has it."""
    return tiny.build(tmp_path_factory.mktemp("hub") / "model", read(version).texts(), TinyShape(), 7)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's cache: of the children that are started, and of this process."""
    folder = tmp_path / "cache/hub"
    folder.mkdir(parents=True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    return folder


async def test_a_download_that_is_cut_off_and_killed_goes_on_where_it_was_and_the_run_trains_without_the_hub(
    version: Path, folder: Path, cache: Path, tmp_path: Path
) -> None:
    size = (folder / WEIGHTS).stat().st_size
    first = size * 4 // 10
    second = first + (size - first) * 4 // 10
    spec = _spec(version, tmp_path)
    async with HubServer(MODEL, folder, script=["cut", "stall"]) as server:
        async with _child(spec, server.url) as child:
            await server.stalled.wait()
            await _grown(cache, second)
            os.killpg(child.pid, signal.SIGKILL)
        assert server.ranges == ["", f"bytes={first}-"]
        async with _child(spec, server.url) as child:
            said = _Events(child)
            events = await said.until(lambda event: event["event"] == "download" and event["have"] == event["need"])
            assert server.ranges[2:] == [f"bytes={second}-"]
            assert [event["need"] for event in events if event["event"] == "download"] == [size] * 2
            assert second < next(event["have"] for event in events if event["event"] == "download")
            await said.until(lambda event: event["event"] == "plan")
            await server.stop()
            events = await said.until(lambda event: event["event"] in {"done", "failed"})
    assert events[-1]["event"] == "done", events[-1]
    assert read_results(tmp_path / "results.json").served.model == MODEL
    assert _content(hub.folder(MODEL)) == _content(folder)
    assert _parts(cache) == []


async def test_a_run_that_dies_again_and_again_while_its_download_grows_is_not_given_up(
    folder: Path, cache: Path, tmp_path: Path
) -> None:
    policy = TrainingPolicy(Wishes(MODEL, iterations=2, batch_size=2), allow_download=True)
    twice = {"fingerprint": ledger.fingerprint("d1", policy.wishes), FRUITLESS: ledger.FRUITLESS - 1}
    async with (
        HubServer(MODEL, folder, script=["cut", "stall"]) as server,
        Store.open(Home.at(tmp_path / "home")) as store,
        anyio.create_task_group() as tasks,
    ):
        await seal_version(store, "d1")
        folder_of = str(store.home.runs / "run-0001")
        run = await store.add_run(RunRecord("", 1, MODEL, "interrupted", 1.0, 2.0, folder_of, metrics=twice))
        there = {**os.environ, "HF_HOME": str(cache.parent), "HF_ENDPOINT": server.url}
        tasks.start_soon(Cycle(store, policy, inherited=there).run_once)
        await stored.until(store, lambda: store.happened({"run.download"}, 0), 60)
        first = (await store.events(0))[-1].id
        await stored.until(store, lambda: store.happened({"run.download"}, first), 60)
        living = [one for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE]
        (child,) = (one for one in living if "randaemon.child" in one.cmdline())
        child.kill()
        await stored.until(store, lambda: store.happened({"run.interrupted"}, 0), 60)
        (left,) = await store.runs()
    assert (left.id, left.status, left.metrics[FRUITLESS]) == (run, "interrupted", 1)


async def test_a_file_that_is_not_what_its_digest_says_is_refused_by_name_and_goes(
    version: Path, folder: Path, cache: Path, tmp_path: Path
) -> None:
    async with (
        HubServer(MODEL, folder, script=["damaged"]) as server,
        _child(_spec(version, tmp_path), server.url) as child,
    ):
        failed = (await _Events(child).until(lambda event: event["event"] == "failed"))[-1]
    told = f"{WEIGHTS} of {MODEL} was damaged on its way: its SHA-256 is not the one that the hub names"
    assert (failed["reason"], failed["hint"]) == (told, "the next run downloads it again")
    assert _content(cache / BLOBS) == {}


async def test_a_server_that_knows_no_ranges_sends_the_file_again(folder: Path, cache: Path) -> None:
    async with HubServer(MODEL, folder, script=["cut", "no ranges"]) as server:
        await _fetched(server)
        assert len(server.ranges) == 2
    assert _content(cache / BLOBS) == {_digest(folder): _content(folder)[WEIGHTS]}


async def test_what_was_fetched_is_found_by_the_hubs_own_client_and_not_fetched_twice(
    folder: Path, cache: Path
) -> None:
    async with HubServer(MODEL, folder) as server:
        await _fetched(server)
        found = await anyio.to_thread.run_sync(partial(snapshot_download, MODEL, endpoint=server.url))
        await _fetched(server)
        assert len(server.ranges) == 1
    assert Path(found) == cache / "models--fictional--Heron-1B/snapshots" / COMMIT
    assert _content(Path(found)) == _content(folder)


def test_a_part_of_a_model_that_another_program_left_in_the_cache_is_no_model(folder: Path, cache: Path) -> None:
    """As a look at the configuration alone leaves it; with the weights it is one, with half of them it is not."""
    snapshot = cache / "models--fictional--Heron-1B/snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    refs = snapshot.parent.parent / "refs"
    refs.mkdir()
    refs.joinpath("main").write_text(COMMIT)
    shutil.copy(folder / "config.json", snapshot)
    with pytest.raises(TrainingError, match="is not in the local Hugging Face cache and downloads are off"):
        hub.folder(MODEL)
    shutil.copy(folder / WEIGHTS, snapshot)
    assert hub.folder(MODEL) == snapshot
    names = {"weight_map": {"one": WEIGHTS, "other": "model-2.safetensors"}}
    snapshot.joinpath("model.safetensors.index.json").write_text(json.dumps(names))
    with pytest.raises(TrainingError, match="is not in the local Hugging Face cache"):
        hub.folder(MODEL)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (404, "Hugging Face has no model fictional/Heron-1B, or shows it to nobody without a login"),
        (403, "Hugging Face does not give fictional/Heron-1B to everybody"),
        (500, "does not tell the files of fictional/Heron-1B: 500"),
    ],
)
async def test_a_hub_that_gives_nothing_is_told_plainly(status: int, words: str, folder: Path, cache: Path) -> None:
    async with HubServer(MODEL, folder, status=status) as server:
        with pytest.raises(TrainingError, match=words) as refused:
            await _fetched(server)
    assert refused.value.code == "E_DOWNLOAD"
    assert refused.value.hint
    assert _content(cache) == {}


async def test_a_server_that_only_breaks_is_left_after_three_tries_and_what_came_is_kept(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "WAIT", 0.01)
    async with HubServer(MODEL, folder, script=["cut", *["broken"] * 3]) as server:
        with pytest.raises(TrainingError, match=f"{WEIGHTS} of {MODEL} was cut off: 500") as left:
            await _fetched(server)
        assert left.value.hint == "the next run goes on with the download"
        (kept,) = _parts(cache)
        await _fetched(server)
        assert server.ranges[-1] == f"bytes={kept}-"


async def test_a_disk_without_the_room_is_told_before_anything_is_fetched(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "HEADROOM", 1 << 60)
    async with HubServer(MODEL, folder) as server:
        with pytest.raises(TrainingError, match=r"the disk has no room for fictional/Heron-1B: 0 MiB are missing"):
            await _fetched(server)
        assert server.ranges == []


async def _fetched(server: HubServer) -> None:
    await anyio.to_thread.run_sync(download.fetch, MODEL, hub.FILES, lambda *_: None, server.url)


def _digest(folder: Path) -> str:
    return hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()


def _spec(version: Path, folder: Path) -> Spec:
    wishes = Wishes(MODEL, iterations=2, batch_size=2)
    return Spec("run-0001", str(version), str(folder), str(folder / "models"), wishes, 8 << 30)


@asynccontextmanager
async def _child(spec: Spec, hub_url: str) -> AsyncIterator[Process]:
    """A training child that may download, in a session of its own; gone when the block is left."""
    path = Path(spec.folder) / "spec.json"
    write(path, spec)
    there = {"HF_HOME": str(path.parent / "cache"), "HF_ENDPOINT": hub_url}
    told = environment({**os.environ, **there}, allow_download=True)
    process = await anyio.open_process(
        command("train", path), env=told, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True
    )
    try:
        yield process
    finally:
        with anyio.CancelScope(shield=True):
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.aclose()


class _Events:
    """What a child says, read as far as somebody wants to know."""

    def __init__(self, child: Process) -> None:
        assert child.stdout is not None
        self._lines = BufferedByteReceiveStream(child.stdout)

    async def until(self, last: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """Everything up to the first that is the last."""
        heard: list[dict[str, Any]] = []
        with anyio.fail_after(60):
            while not heard or not last(heard[-1]):
                try:
                    heard.append(json.loads(await self._lines.receive_until(b"\n", 1 << 20)))
                except anyio.IncompleteRead:
                    pytest.fail(f"the child ended after {heard}")
        return heard


def _content(folder: Path) -> dict[str, bytes]:
    """The files in a folder."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def _parts(cache: Path) -> list[int]:
    """The sizes of the files that are not whole."""
    return [part.stat().st_size for part in cache.rglob("*.part")]


async def _grown(cache: Path, size: int) -> None:
    """Until so much of the one file has come."""
    with anyio.fail_after(30):
        while _parts(cache) != [size]:  # noqa: ASYNC110 another process writes it
            await anyio.sleep(0.02)
