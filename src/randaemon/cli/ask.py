"""`ask TEXT`: a question to the active model, answered in a child process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from randaemon.cli.output import JSON_OPTION, lines, show, typed

if TYPE_CHECKING:
    from randaemon.store.records import RunRecord

_PATIENCE = 600.0  # seconds: a large model may have to be read from a slow disk first


def ask(
    text: str = typer.Argument(metavar="TEXT", help="The question"),
    as_json: bool = JSON_OPTION,
) -> None:
    """Ask the active model."""
    if not text.strip():
        raise typer.BadParameter("there is no question", param_hint="TEXT")
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
    from functools import partial

    import anyio

    from randaemon.training import adapters, asking, launch

    environment = launch.environment(os.environ)
    return anyio.run(partial(asking.ask, adapters.served(run), (typed(question),), environment, patience))[0]
