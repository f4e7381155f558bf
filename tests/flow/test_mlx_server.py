"""The managed server with real weights: two tiny Qwen3 models, built here, served by mlx_lm itself."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from randaemon.errors import ModelMissing, ModelUnavailable
from randaemon.integrations.mlx_server import CONSTRAINED, MlxServer, ServerPolicy, Weights
from randaemon.integrations.openai_chat import OpenAIChat
from randaemon.llm import Choice, Models, ModelsPolicy
from randaemon.llm.link import Link, LinkPolicy, Timeouts
from randaemon.model import Call, Message, Purpose, Request, Tier
from randaemon.training import launch
from randaemon.training.plan import TinyShape
from randaemon.training.tiny import build

pytestmark = pytest.mark.slow
TEXTS = ["The default of pMax is 30 dBm.", "What is the default of pMax?"] * 20
TURN = (Message("user", "What is the default of pMax?"),)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    pytest.importorskip("mlx.core")
    root = tmp_path_factory.mktemp("weights")
    shape = TinyShape(hidden=32, layers=1, vocabulary=300)
    return {name: build(root / name, TEXTS, shape, seed) for seed, name in enumerate(("one", "two"))}


def adapter(folder: Path, model: Path) -> Path:
    """A LoRA adapter with random weights that are not zero."""
    import mlx.core as mx
    from mlx.utils import tree_flatten
    from mlx_lm import load
    from mlx_lm.tuner.utils import linear_to_lora_layers

    loaded, *_ = load(str(model))
    loaded.freeze()
    shape = {"rank": 4, "scale": 20.0, "dropout": 0.0}
    linear_to_lora_layers(loaded, 1, shape)
    mx.random.seed(1)
    weights = {name: mx.random.normal(each.shape) for name, each in tree_flatten(loaded.trainable_parameters())}
    folder.mkdir()
    mx.save_safetensors(str(folder / "adapters.safetensors"), weights)
    told = {"fine_tune_type": "lora", "num_layers": 1, "lora_parameters": shape}
    (folder / "adapter_config.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def dialect(url: str, extra: Mapping[str, Any]) -> OpenAIChat:
    return OpenAIChat(Link(LinkPolicy(url)), knows_schemas=False, extra=extra)


@pytest.fixture
async def server(folders: Mapping[str, Path], tmp_path: Path) -> AsyncIterator[MlxServer]:
    def weights(name: str) -> Weights:
        if name not in folders:
            raise ModelMissing(f"there is no {name}")
        return Weights(str(folders[name]))

    policy = ServerPolicy(launch.environment(os.environ), tmp_path / "logs" / "server.log")
    server = MlxServer(policy, weights, dialect, ("one", "two", "three"))
    yield server
    await server.close()


async def test_it_starts_when_asked_changes_models_quickly_and_ends_with_its_whole_group(server: MlxServer) -> None:
    assert (server.pid, await server.models()) == (None, ["one", "two"])
    first = await server.chat(Call("one", TURN, max_tokens=8))
    assert (first.model, first.completion_tokens, first.cut) == ("one", 8, True)
    assert first.prompt_tokens > 10
    pid = server.pid
    assert pid is not None
    group = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    switches = []
    for name in ("two", "one", "two", "one"):
        started = time.monotonic()
        assert (await server.chat(Call(name, TURN, max_tokens=1))).model == name
        switches.append(time.monotonic() - started)
    assert max(switches) < 15.0  # not the time-out of a call
    assert server.pid == pid
    await server.unload("one")
    assert server.pid is None
    assert psutil.wait_procs(group, timeout=5)[1] == []


async def test_a_server_that_was_killed_or_hangs_is_started_anew_by_the_next_call_and_answers_the_same(
    folders: Mapping[str, Path], tmp_path: Path
) -> None:
    """One that hangs is alive, listens and is silent: nothing but the time tells, and it would hang for every call."""
    patience = [Timeouts()]

    def dialect(url: str, extra: Mapping[str, Any]) -> OpenAIChat:
        return OpenAIChat(Link(LinkPolicy(url, timeouts=patience[-1])), knows_schemas=False, extra=extra)

    policy = ServerPolicy(launch.environment(os.environ), tmp_path / "server.log")
    server = MlxServer(policy, lambda name: Weights(str(folders[name])), dialect, ("one", "two"))
    first = await server.chat(Call("one", TURN, max_tokens=12))
    assert server.pid is not None
    os.killpg(server.pid, signal.SIGKILL)
    await asyncio.to_thread(server._child.process.wait)  # type: ignore[union-attr]
    patience.append(Timeouts(first_byte=10.0))
    assert (await server.chat(Call("one", TURN, max_tokens=12))).text == first.text
    patience.append(Timeouts(first_byte=1.0))
    (before,) = server._child.dialects.values()  # type: ignore[union-attr]
    await before.close()
    server._child.dialects.clear()  # type: ignore[union-attr]
    shell = psutil.Process(server.pid)
    group = [shell, *shell.children(recursive=True)]
    (python,) = (each for each in group if Path(each.exe()).name.startswith("python"))
    python.suspend()
    with pytest.raises(ModelUnavailable, match="does not answer in time"):
        await server.chat(Call("one", TURN, max_tokens=12))
    assert server.pid is None
    assert psutil.wait_procs(group, timeout=5)[1] == []
    patience.append(Timeouts())
    assert (await server.chat(Call("one", TURN, max_tokens=12))).text == first.text
    await server.close()


async def test_the_models_of_all_tiers_come_through_it_and_are_counted_by_their_own_tokenizer(
    server: MlxServer,
) -> None:
    tiers = {Tier.FAST: (Choice("mlx", "one"),), Tier.BALANCED: (Choice("mlx", "two"),)}
    models = Models({"mlx": server}, ModelsPolicy(tiers))
    request = Request(Purpose.EXTRACT, Tier.BALANCED, TURN, {"type": "object", "required": ["items"]}, 16)
    reply = await models.answer(request)
    assert (reply.outcome, reply.model, reply.completion_tokens) == ("refused", "two", 0)
    (line,) = (line for line in models._lines.values() if line.model == "two")
    counted = (await server.chat(Call("two", TURN, max_tokens=1))).prompt_tokens
    assert counted <= line.budget.tokens(TURN) <= counted + 16
    states = {state.model: state for state in models.states()}
    assert (states["two"].breaker, states["two"].calls, states["two"].present) == ("closed", 2, True)
    assert states["two"].tokens_per_second > 0


async def test_an_adapter_is_put_on_for_the_calls_that_name_it_and_taken_off_for_the_others(
    folders: Mapping[str, Path], tmp_path: Path
) -> None:
    adapted = Weights(str(folders["one"]), str(adapter(tmp_path / "adapter", folders["one"])))
    weights = {"active": adapted, "one": Weights(str(folders["one"]))}
    server = MlxServer(
        ServerPolicy(launch.environment(os.environ), tmp_path / "server.log"),
        weights.__getitem__,
        dialect,
        tuple(weights),
    )
    try:
        answers = [await server.chat(Call(name, TURN, max_tokens=12)) for name in ("one", "active", "one", "active")]
    finally:
        await server.close()
    plain, active, plain_again, active_again = (answer.text for answer in answers)
    assert (plain, active) == (plain_again, active_again)
    assert plain != active
    assert [answer.model for answer in answers] == ["one", "active", "one", "active"]


async def test_with_llguidance_even_random_weights_hold_a_schema_beside_a_call_without_one(
    folders: Mapping[str, Path], tmp_path: Path
) -> None:
    pytest.importorskip("llguidance")
    schema = {
        "type": "object",
        "properties": {
            "answer": {"enum": ["yes", "no"]},
            "items": {"type": "array", "items": {"type": "string", "maxLength": 9}, "minItems": 2, "maxItems": 2},
        },
        "required": ["answer", "items"],
        "additionalProperties": False,
    }

    def knowing(url: str, extra: Mapping[str, Any]) -> OpenAIChat:
        return OpenAIChat(Link(LinkPolicy(url)), extra=extra)

    policy = ServerPolicy(launch.environment(os.environ), tmp_path / "server.log", program=CONSTRAINED)
    server = MlxServer(policy, lambda name: Weights(str(folders[name])), knowing, ("one", "two"))
    turns = [(Message("user", f"Say {number}"),) for number in range(4)]
    calls = [Call("one", turn, schema if number % 2 else None, max_tokens=150) for number, turn in enumerate(turns)]
    try:
        free, held, _, also_held = await asyncio.gather(*(server.chat(call) for call in calls))
    finally:
        await server.close()
    for answer in (held, also_held):
        found = json.loads(answer.text)
        assert (found["answer"] in ("yes", "no"), len(found["items"]), answer.cut) == (True, 2, False)
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(free.text)


async def test_a_server_that_cannot_start_says_where_its_words_are(tmp_path: Path) -> None:
    program = ("/bin/sh", "-c", "echo no mlx here; exit 3")
    policy = ServerPolicy({}, tmp_path / "server.log", start_seconds=20, program=program)
    server = MlxServer(policy, Weights, dialect, ("m",))
    with pytest.raises(ModelUnavailable, match=r"does not start: no mlx here \(see .*server.log\)"):
        await server.chat(Call("m", TURN, max_tokens=1))
    assert server.pid is None


async def test_what_keeps_a_child_from_being_made_is_an_outage_like_any_other(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("not a folder")
    server = MlxServer(ServerPolicy({}, tmp_path / "logs" / "server.log"), Weights, dialect, ("m",))
    with pytest.raises(ModelUnavailable, match=r"cannot be started: (File exists|Not a directory)"):
        await server.chat(Call("m", TURN, max_tokens=1))


def test_half_a_tokenizer_keeps_nothing_from_starting(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text('{"version": "1.0", "model": {"ty')
    server = MlxServer(ServerPolicy({}, tmp_path / "server.log"), Weights, dialect, (str(tmp_path),))
    assert server.counter(str(tmp_path)) is None  # its prompts are estimated


OWNER = """
import subprocess, sys
from randaemon.integrations.mlx_server import LEASH
command = ["/bin/sh", "-c", LEASH, "leash", "sleep", "600"]
held = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)
print(held.pid, flush=True)
sys.stdin.read()
"""


async def test_it_ends_with_its_owner_however_that_ends() -> None:
    pipe = asyncio.subprocess.PIPE
    owner = await asyncio.create_subprocess_exec(sys.executable, "-c", OWNER, stdin=pipe, stdout=pipe)
    assert owner.stdout is not None
    held = psutil.Process(int(await owner.stdout.readline()))
    group = [held, *held.children(recursive=True)]
    assert held.is_running()
    owner.kill()
    await owner.communicate()
    assert psutil.wait_procs(group, timeout=5)[1] == []
