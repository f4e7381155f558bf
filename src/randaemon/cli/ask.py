"""`ask TEXT`: a question to the active model, answered in a child process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from randaemon.cli.output import JSON_OPTION, lines, show, typed

if TYPE_CHECKING:
    from randaemon.store.records import RunRecord

_PATIENCE = 600.0  # a large model may have to be read from a slow disk first


def ask(
    text: str = typer.Argument(metavar="TEXT", help="The question"),
    as_json: bool = JSON_OPTION,
) -> None:
    """Ask the active model."""
    from randaemon.errors import NotFoundError
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    with Reader(Home.default()) as reader:
        run = reader.current_model()
    if run is None:
        raise NotFoundError("no adapter is active", hint="`randaemon models ls` shows the runs and why")
    answer = _answer(run, text)
    if as_json:
        show({"question": text, "answer": answer, "run": run.id, "model": run.model})
    else:
        lines(answer)


def _answer(run: RunRecord, question: str, patience: float = _PATIENCE) -> str:
    """Raises TrainingError with the child's own words when there is no answer."""
    import os
    import subprocess
    import tempfile
    from pathlib import Path

    import msgspec

    from randaemon.errors import TrainingError
    from randaemon.training import adapters, launch
    from randaemon.training.generate import Ask

    order = Ask(adapters.served(run), (typed(question),))
    with tempfile.TemporaryDirectory(prefix="randaemon-") as scratch:
        spec = Path(scratch) / "ask.json"
        spec.write_bytes(msgspec.json.encode(order))
        try:
            ended = subprocess.run(
                launch.command("ask", spec),
                env=launch.environment(os.environ),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=patience,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise TrainingError(
                f"the model has not answered for {patience:.0f} s",
                hint="randaemon doctor",
            ) from error
    told = _last_line(ended.stdout)
    if "answers" not in told:
        problem = told.get("error") or f"the child ended with status {ended.returncode}"
        raise TrainingError(f"there is no answer: {problem}", hint="randaemon doctor")
    return str(told["answers"][0])


def _last_line(text: str) -> dict[str, Any]:
    """The child's reply: the last line, since libraries print what they like before it."""
    import json

    lines = text.strip().splitlines()
    try:
        told = json.loads(lines[-1]) if lines else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
