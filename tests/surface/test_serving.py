"""`models fuse|serve`: an adapter for other programs. mlx-lm itself, a tiny model, no training."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import mlx.core as mx
import msgspec
import psutil
import pytest
from mlx.utils import tree_flatten, tree_map_with_path
from mlx_lm import convert
from tests.terminal import Terminal

from randaemon.store import Home, Store, objects
from randaemon.store.records import PromotionRecord, RunRecord
from randaemon.training import generate, tiny, tune
from randaemon.training.generate import Loaded
from randaemon.training.plan import Measured, TinyShape, Wishes, plan
from randaemon.training.spec import ADAPTER, CONFIG, RESULTS, SUM, WEIGHTS, Measures, NoOp, Results, Served, write

NOTHING = Measures((), (), ())
QUESTION = ({"role": "user", "content": "What is the default of pagingTimer?"},)


@pytest.fixture(scope="module", autouse=True)
def uncompiled() -> Iterator[None]:
    """As in the children on Linux, where a C++ compiler would be started."""
    mx.disable_compile()
    yield
    mx.enable_compile()


@pytest.fixture
async def served(tmp_path: Path) -> tuple[Home, Served]:
    """A home whose active run is a DoRA adapter, drawn and not trained, on a base of four bits."""
    home, texts = Home.at(tmp_path / "home"), ["What is the default of pagingTimer? pagingTimer is 5 ms by default."]
    built = tiny.build(tmp_path / "built", texts, TinyShape(), 7)
    convert(str(built), str(tmp_path / "base"), quantize=True, q_bits=4, q_group_size=32)
    async with Store.open(home) as store:
        row = RunRecord("", 1, "fictional", "done", 1.0, 2.0)
        run = await store.add_run(row)
        found = Served(str(tmp_path / "base"), str(_adapter(tmp_path / "base", home.runs / run)))
        results = Results(run, found, "", {}, {}, {}, {}, NoOp(1, 1), NOTHING, NOTHING)
        write(home.runs / run / RESULTS, results)
        await store.update_run(replace(row, id=run, folder=str(home.runs / run)))
        await store.promote(PromotionRecord(0, run, "promote", 2.0, "it knows more"))
    return home, found


async def test_a_quantized_base_and_its_adapter_become_one_model_that_answers_as_they_did(
    served: tuple[Home, Served], tmp_path: Path
) -> None:
    home, adapted = served
    made = Terminal(home).run("models", "fuse", "--output", str(tmp_path / "one"))
    assert made.code == 0, made.err
    bare, both, one = (
        _logits(generate.load(model)) for model in (Served(adapted.model), adapted, Served(str(tmp_path / "one")))
    )
    assert mx.abs(both - bare).max().item() > 0.1
    assert mx.abs(both - one).max().item() < 1e-3
    small = Terminal(home).run("models", "fuse", "--output", str(tmp_path / "small"), "--as-base")
    assert small.code == 0, small.err
    assert _bytes(tmp_path / "small") < _bytes(tmp_path / "one")
    assert _names(tmp_path) == ["base", "built", "home", "one", "small"]


async def test_fusing_that_is_interrupted_leaves_nothing_that_looks_like_a_model(
    served: tuple[Home, Served], tmp_path: Path
) -> None:
    home, _ = served
    assert _interrupted(home, tmp_path / "one") == 130
    assert _names(tmp_path) == ["base", "built", "home"]


async def test_a_port_that_is_taken_is_told_in_a_sentence(served: tuple[Home, Served]) -> None:
    home, _ = served
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused = Terminal(home).run("models", "serve", "--port", str(port))
    assert refused.code == 1
    assert f"port {port} cannot be used: Address already in use" in refused.err


async def test_where_no_model_was_ever_downloaded_a_client_is_told_the_models_all_the_same(
    served: tuple[Home, Served], tmp_path: Path
) -> None:
    home, _ = served
    assert _models_served(home, tmp_path / "never")["object"] == "list"


def _interrupted(home: Home, target: Path) -> int:
    """The exit status of `models fuse` after Ctrl-C in its terminal, once mlx-lm is at work."""
    fusing = subprocess.Popen(
        [sys.executable, "-m", "randaemon", "models", "fuse", "--output", str(target)],
        env={**os.environ, "RANDAEMON_HOME": str(home.root)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with fusing:
        while not psutil.Process(fusing.pid).children():
            assert fusing.poll() is None
        os.killpg(fusing.pid, signal.SIGINT)
        return fusing.wait(timeout=60)


def _models_served(home: Home, cache: Path) -> Any:
    """What `models serve` answers to `/v1/models`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "randaemon", "models", "serve", "--port", str(port)],
        env={**os.environ, "RANDAEMON_HOME": str(home.root), "HF_HOME": str(cache)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert server.stderr is not None
    try:
        assert any("Starting httpd" in line for line in server.stderr), "it ended"
        with urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=20) as answer:
            return json.load(answer)
    finally:
        server.terminate()  # the process that was typed, and no other: a server left behind would hold the pipe open
        try:
            server.communicate(timeout=60)  # how it ends is mlx_lm's own
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            raise


def _adapter(base: Path, run: Path) -> Path:
    """The sealed adapter of a run, its weights drawn at random."""
    loaded = generate.load(Served(str(base)))
    chosen = plan(Wishes(str(base), fine_tune_type="dora", rank=4), Measured([20], 8 << 30))
    config = tune.adapt(loaded.model, chosen)
    folder = run / ADAPTER
    folder.mkdir(parents=True)

    mx.random.seed(3)
    drawn = tree_map_with_path(
        lambda name, array: mx.random.normal(array.shape) * 0.05 if "lora" in name else array,
        loaded.model.trainable_parameters(),
    )
    mx.save_safetensors(str(folder / WEIGHTS), dict(tree_flatten(drawn)))
    (folder / CONFIG).write_bytes(msgspec.json.encode(config))
    digest, _size = objects.digest_of(folder / WEIGHTS)
    (folder / SUM).write_text(f"{digest}  {WEIGHTS}\n")
    return folder


def _logits(loaded: Loaded) -> mx.array:
    return loaded.model(mx.array([generate.prompt(loaded, QUESTION)])).astype(mx.float32)


def _bytes(model: Path) -> int:
    return (model / "model.safetensors").stat().st_size


def _names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())
