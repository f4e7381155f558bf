"""What `doctor` says about model servers: a real one that answers, one that is not there, and none wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest
from tests.models_server import ModelsServer
from tests.terminal import Terminal


@pytest.fixture
def server() -> Iterator[ModelsServer]:
    """A scripted server in a thread: the command runs in a process of its own."""
    server, listening, over = ModelsServer(models=("qwen3:1.7b",)), Event(), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with server:
            listening.set()
            await over.wait()

    thread = Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    listening.wait(10)
    yield server
    loop.call_soon_threadsafe(over.set)
    thread.join()
    loop.close()


def findings(terminal: Terminal, **environment: str) -> list[tuple[bool, str, bool]]:
    found: list[dict[str, Any]] = Terminal(terminal.home, environment).run("doctor", "--json").json["findings"]
    return [(each["ok"], each["told"], each["needed"]) for each in found if each["name"] == "models"]


def write(terminal: Terminal, settings: str) -> None:
    terminal.home.root.mkdir(exist_ok=True)
    terminal.home.settings.write_text(settings, encoding="utf-8")


def test_the_doctor_names_what_a_server_has_what_it_lacks_and_what_to_do(
    terminal: Terminal, server: ModelsServer
) -> None:
    write(
        terminal,
        f'[llm.servers.ollama]\nprovider = "ollama"\nurl = "{server.url}"\n'
        '[llm.tiers]\nfast = ["ollama/qwen3:1.7b"]\nbalanced = ["ollama/phi:mini"]\nquality = []\n',
    )
    told = f"{server.url} has qwen3:1.7b; for the rest: ollama pull phi:mini"
    assert findings(terminal) == [(True, told, False)]
    assert server.calls == []


def test_the_doctor_says_that_nobody_is_there_and_that_nobody_is_wanted(terminal: Terminal) -> None:
    write(
        terminal,
        '[llm.servers.ollama]\nprovider = "ollama"\nurl = "http://127.0.0.1:1"\n'
        '[llm.tiers]\nfast = ["ollama/qwen3:1.7b"]\nbalanced = []\nquality = []\n',
    )
    told = "the model server at http://127.0.0.1:1 refuses connections (start it)"
    assert findings(terminal) == [(False, told, False)]
    off = "llm.enabled = false: the rules work alone"
    assert findings(terminal, RANDAEMON_LLM__ENABLED="false") == [(False, off, False)]
