"""Asking a model in a child process of its own: mlx is loaded there, and the child dies with whoever asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import anyio
import msgspec
from anyio.abc import Process

from randaemon.errors import TrainingError
from randaemon.training import launch
from randaemon.training.generate import Ask
from randaemon.training.spec import Served


async def ask(served: Served, questions: Sequence[str], environment: Mapping[str, str], patience: float) -> list[str]:
    """One greedy answer a question, in order, within `patience` seconds.

    Raises TrainingError with the child's own words when there is none.
    """
    with tempfile.TemporaryDirectory(prefix="randaemon-") as scratch:
        spec = Path(scratch) / "ask.json"
        spec.write_bytes(msgspec.json.encode(Ask(served, tuple(questions))))
        try:
            with anyio.fail_after(patience):
                status, said = await _run(launch.command("ask", spec), environment)
        except TimeoutError as error:
            told = f"the model has not answered for {patience:.0f} s"
            raise TrainingError(told, hint="randaemon doctor", code="E_NO_ANSWER") from error
    reply = _last_line(said)
    if "answers" not in reply:
        problem = reply.get("error") or f"the child ended with status {status}"
        raise TrainingError(f"there is no answer: {problem}", hint="randaemon doctor", code="E_NO_ANSWER")
    return [str(answer) for answer in reply["answers"]]


async def _run(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int | None, str]:
    """Its status and what it said; its stdin is the leash that ends it with us."""
    with anyio.CancelScope(shield=True):  # cancelled half-way it would leave a child that nobody ends
        process = await anyio.open_process(
            command, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env=dict(environment), start_new_session=True
        )
    try:
        assert process.stdout is not None  # noqa: S101 we asked for a pipe
        said = b"".join([part async for part in process.stdout])
        return process.returncode, said.decode("utf-8", "replace")
    finally:
        with anyio.CancelScope(shield=True):
            _kill(process)
            await process.aclose()


def _kill(process: Process) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _last_line(text: str) -> dict[str, Any]:
    """The child's reply: the last line, since libraries print what they like before it."""
    lines = text.strip().splitlines()
    try:
        told = json.loads(lines[-1]) if lines else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
