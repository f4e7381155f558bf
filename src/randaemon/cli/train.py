"""`train start|status|stop`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from randaemon.cli.output import JSON_OPTION, lines, moment, show, table

app = typer.Typer(help="Training runs.", no_args_is_help=True)


@app.command()
def start(as_json: bool = JSON_OPTION) -> None:
    """Ask for a run now. With a daemon it starts as soon as it can; without one it runs here, to its end."""
    answer = _carry_out("train.start", {})
    if as_json:
        show(answer)
    elif answer["started"]:
        lines(f"{answer['run']}: {answer['status']}" + (f", {answer['reason']}" if answer["reason"] else ""))
    else:
        lines("asked for", *(f"  it waits for {condition}" for condition in answer["waits_for"]))


@app.command("stop")
def stop_run(as_json: bool = JSON_OPTION) -> None:
    """Stop the run that is under way; what it trained so far is not promoted."""
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    with Reader(Home.default()) as reader:
        under_way = [run.id for run in reader.runs() if run.status == "running"]
    answer = _carry_out("train.stop", {"run": under_way[-1]} if under_way else {})
    if as_json:
        show(answer)
    else:
        lines("the run is told to stop")


@app.command()
def status(as_json: bool = JSON_OPTION) -> None:
    """The run under way, what the next one waits for, and the runs so far."""
    from randaemon.cli.status import describe_training
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    with Reader(Home.default()) as reader:
        training, runs = reader.status()["training"], reader.runs()
    if as_json:
        show({**training, "runs": runs})
        return
    lines(*describe_training(training))
    if runs:
        table(
            ("run", "version", "model", "status", "started", "reason"),
            ((run.id, run.version, run.model, run.status, moment(run.started), run.reason) for run in runs),
        )


def _carry_out(verb: str, args: Mapping[str, Any]) -> dict[str, Any]:
    from randaemon.cli.act import act
    from randaemon.store.home import Home

    return act(Home.default(), verb, args)
