"""`mlx_lm server` as a child of ours: started when it is asked, with the adapter that is active, ended when told to.

A child that does not answer in time is ended too: what hangs in Metal or in a lock does not come back by itself.
It takes a model and an adapter with every request and holds one pair in memory. It knows no `response_format` (see
`mlx_constrained`), and serves what has a seed one by one, so greedy calls come without. Its `/v1/models` drops the
connection where the hub's cache folder is missing, so which models there are is not asked of it.
A shell holds it on a leash, the pipe of its stdin: when the daemon ends, however it ends, so does the whole group.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import IO, Any, Protocol

import msgspec

from randaemon.errors import ModelError, ModelUnavailable
from randaemon.model import Answer, Call, Message

#: In the background, since a shell that only waits for its child would not notice the end of the pipe.
LEASH = 'exec 3<&0; "$@" 3<&- & child=$!; { cat <&3 >/dev/null; kill -9 0; } & wait "$child"; kill -9 0'
PLAIN = (sys.executable, "-P", "-m", "mlx_lm", "server")
CONSTRAINED = (sys.executable, "-P", "-m", "randaemon.integrations.mlx_constrained")  # with llguidance
_HEALTH = (Message("user", "Hi"),)
_GRACE = 10.0  # seconds for the group to be gone
_HANGS = "E_LLM_TIMEOUT"  # the code of a call that was not answered in time


@dataclass(frozen=True, slots=True)
class Weights:
    """What a name stands for: a folder or hub name, and the folder of an adapter or ""."""

    model: str
    adapter: str = ""


class Dialect(Protocol):
    """What speaks to the child: OpenAI's dialect."""

    async def chat(self, call: Call) -> Answer:
        """One call."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


@dataclass(frozen=True, slots=True)
class ServerPolicy:
    """How the child is run."""

    environment: Mapping[str, str]
    log: Path  # its own words, of its newest life
    start_seconds: float = 120.0  # importing mlx and loading a model
    poll_seconds: float = 0.05
    program: tuple[str, ...] = PLAIN


class MlxServer:
    """The child, whether it runs or not."""

    provider = "mlx"

    def __init__(
        self,
        policy: ServerPolicy,
        weights: Callable[[str], Weights],
        dialect: Callable[[str, Mapping[str, Any]], Dialect],
        names: Sequence[str],
    ) -> None:
        """`weights` says what a name stands for (raises ModelMissing).

        `dialect` speaks to a URL and adds what it is given to every call.
        """
        self._policy = policy
        self._weights = weights
        self._dialect = dialect
        self._names = tuple(names)
        self._child: _Child | None = None
        self._starting = asyncio.Lock()

    @property
    def endpoint(self) -> str:
        """Where it listens, once it does."""
        return self._child.url if self._child is not None else "mlx_lm server (not started)"

    @property
    def pid(self) -> int | None:
        """Of the shell that holds it; None when it does not run."""
        return self._child.process.pid if self._child is not None else None

    async def chat(self, call: Call) -> Answer:
        """One call, after a start where that is needed. Raises ModelError."""
        weights = self._weights(call.model)
        child = await self._running(weights)
        try:
            seed = call.seed if call.temperature else None
            answer = await child.speaking(weights).chat(replace(call, model=weights.model, seed=seed))
        except ModelUnavailable as error:
            if child.process.poll() is not None or error.code == _HANGS:  # the next call starts another
                await self._give_up(child)
            raise
        return replace(answer, model=call.model if answer.model == weights.model else answer.model)

    async def models(self) -> Sequence[str]:
        """Those of the settings that are there to be loaded."""
        return [name for name in self._names if self._there(name)]

    async def load(self, model: str, context: int) -> None:  # noqa: ARG002
        """One token of it."""
        await self.chat(Call(model, _HEALTH, max_tokens=1))

    async def unload(self, model: str) -> None:  # noqa: ARG002
        """End the child: only that gives its memory back for certain."""
        await self.close()

    async def close(self) -> None:
        """End the child."""
        async with self._starting:
            await self._end()

    def counter(self, model: str) -> Callable[[str], int] | None:
        """The tokenizer beside the weights, where they are a folder."""
        try:
            file = Path(self._weights(model).model) / "tokenizer.json"
        except ModelError:
            return None
        try:  # half a file must not keep the daemon from starting, and of that tokenizers raises a bare Exception
            msgspec.json.decode(file.read_bytes())
        except (OSError, ValueError):
            return None
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(file))
        return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)

    def advice(self, model: str) -> str:
        """How a model comes to be here."""
        return "train a model first" if model == "active" else f"hf download {model}"

    def _there(self, name: str) -> bool:
        try:
            self._weights(name)
        except ModelError:
            return False
        return True

    async def _running(self, weights: Weights) -> _Child:
        async with self._starting:
            if self._child is not None and self._child.process.poll() is not None:
                await self._end()
            if self._child is None:
                self._child = await self._start()
                try:
                    await self._answering(self._child, weights)
                except BaseException:
                    await self._end()
                    raise
            return self._child

    async def _give_up(self, child: _Child) -> None:
        """End this child, unless another call has done so and started the next one."""
        async with self._starting:
            if self._child is child:
                await self._end()

    async def _start(self) -> _Child:
        port = _free_port()
        arguments = ("--host", "127.0.0.1", "--port", str(port), "--log-level", "ERROR")
        try:
            process, log = await asyncio.to_thread(self._spawn, (*self._policy.program, *arguments))
        except OSError as error:  # a full disk, no more processes: to be tried again, like a server that is down
            raise ModelUnavailable(f"mlx_lm server cannot be started: {error.strerror or error}") from error
        url = f"http://127.0.0.1:{port}"
        return _Child(process, log, url, port, partial(self._dialect, url))

    def _spawn(self, command: Sequence[str]) -> tuple[subprocess.Popen[bytes], IO[bytes]]:
        self._policy.log.parent.mkdir(parents=True, exist_ok=True)
        log = self._policy.log.open("wb")
        process = subprocess.Popen(
            ["/bin/sh", "-c", LEASH, "leash", *command],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            env=dict(self._policy.environment),
            umask=0o077,
            start_new_session=True,
        )
        return process, log

    async def _answering(self, child: _Child, weights: Weights) -> None:
        """Wait until it listens, then have it write one token: a server that listens may still be unable to."""
        try:
            async with asyncio.timeout(self._policy.start_seconds):
                while not await _listens(child.port):
                    if child.process.poll() is not None:
                        raise self._not_started()
                    await asyncio.sleep(self._policy.poll_seconds)
                await child.speaking(weights).chat(Call(weights.model, _HEALTH, max_tokens=1))
        except TimeoutError as error:
            raise self._not_started() from error

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        for dialect in child.dialects.values():
            await dialect.close()
        if child.process.stdin is not None:
            child.process.stdin.close()  # the leash
        try:
            await asyncio.to_thread(child.process.wait, _GRACE)
        except subprocess.TimeoutExpired:  # the shell itself does not run: it was stopped, or the machine swaps
            os.killpg(child.process.pid, signal.SIGKILL)
            await asyncio.to_thread(child.process.wait)
        child.log.close()

    def _not_started(self) -> ModelUnavailable:
        lines = self._policy.log.read_text("utf-8", "replace").strip().splitlines()
        told = f": {lines[-1][:200]}" if lines else ""
        return ModelUnavailable(f"mlx_lm server does not start{told}", hint=f"see {self._policy.log}")


@dataclass(frozen=True, slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    url: str
    port: int
    dialect: Callable[[Mapping[str, Any]], Dialect]
    dialects: dict[str, Dialect] = field(default_factory=dict)  # by adapter

    def speaking(self, weights: Weights) -> Dialect:
        """Who calls with this adapter. Qwen3 shall not think: its rows for training do not either."""
        if weights.adapter not in self.dialects:
            extra: dict[str, Any] = {"chat_template_kwargs": {"enable_thinking": False}}
            if weights.adapter:
                extra["adapters"] = weights.adapter
            self.dialects[weights.adapter] = self.dialect(extra)
        return self.dialects[weights.adapter]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):  # it took the connection, however it ends
        await writer.wait_closed()
    return True
