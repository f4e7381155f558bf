"""`train start|status|stop|reproduce`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

import typer

from randaemon.cli.output import JSON_OPTION, lines, moment, note, show, stop, table
from randaemon.machine import GIB

if TYPE_CHECKING:
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader
    from randaemon.store.records import VersionRecord

_LOOK = 0.5  # seconds between two looks at a run under way

app = typer.Typer(help="Training runs.", no_args_is_help=True)


@app.command()
def start(as_json: bool = JSON_OPTION) -> None:
    """Ask for a run now. With a daemon it starts as soon as it can; without one it runs here, to its end."""
    with _progress_told():
        answer = _carry_out("train.start", {})
    if as_json:
        show(answer)
    elif answer["started"]:
        lines(f"{answer['run']}: {answer['status']}" + (f", {answer['reason']}" if answer["reason"] else ""))
    else:
        lines("asked for", *(f"  it waits: {condition}" for condition in answer["unmet"]))
    stop(1 if answer["started"] and answer["status"] != "done" else 0)


@app.command("stop")
def stop_run(as_json: bool = JSON_OPTION) -> None:
    """Stop the run that is under way. What it trained so far is kept, and `train start` goes on with it."""
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    with Reader(Home.default()) as reader:
        under_way = [run.id for run in reader.runs() if run.status in {"running", "interrupted"}]
    answer = _carry_out("train.stop", {"run": under_way[-1]} if under_way else {})
    if as_json:
        show(answer)
    else:
        lines("the run is told to stop")


@app.command()
def status(as_json: bool = JSON_OPTION) -> None:
    """The run under way, and what the next one waits for. And the runs so far."""
    from randaemon.cli.status_view import describe_training, fitted
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    with Reader(Home.default()) as reader:
        training, runs = reader.status()["training"], reader.runs()
    if as_json:
        show({**training, "runs": runs})
        return
    lines(*fitted(describe_training(training)))
    if runs:
        lines(f"{runs[-1].id}: {describe_plan(runs[-1].metrics)}")
        table(
            ("run", "version", "model", "status", "started", "reason"),
            ((run.id, run.version, run.model, run.status, moment(run.started), run.reason) for run in runs),
        )


@app.command()
def reproduce(
    run: str = typer.Argument(metavar="RUN", help="A run that `models ls` shows"), as_json: bool = JSON_OPTION
) -> None:
    """Train a run again from its record. In a folder of its own; reports what came out differently."""
    import os

    import anyio

    from randaemon.cli.serving import run_named
    from randaemon.store.home import Home
    from randaemon.training import reproduce as again

    home = Home.default()
    found = run_named(home, run)
    told = anyio.run(again.reproduce, home, found, _version(home, found.version), os.environ, _hear)
    if as_json:
        show(told)
    else:
        table(
            ("figure", "then", "now", ""),
            ((one.name, one.then, one.now, "" if one.same else "differs") for one in told.figures),
        )
        lines(f"{'identical' if told.identical else 'NOT identical'}; the new attempt lies in {told.folder}")
    stop(0 if told.identical else 1)


def _version(home: Home, number: int) -> VersionRecord:
    from randaemon.errors import NotFoundError
    from randaemon.store.reader import Reader

    with Reader(home) as reader:
        found = next((version for version in reader.versions() if version.number == number), None)
    if found is None:
        raise NotFoundError(f"there is no dataset version {number}", hint="randaemon dataset stats")
    return found


def _hear(event: Mapping[str, Any]) -> None:
    match event["event"]:
        case "phase":
            note(str(event["name"]))
        case "progress":
            note(f"step {event['step']} of {event['total']}, loss {event['loss']:.3f}")


@contextmanager
def _progress_told() -> Iterator[None]:
    """On stderr, while the block lasts, how the run goes on; nothing where a daemon runs it, which `status` tells."""
    from randaemon.store.home import Home
    from randaemon.store.lock import holder

    home, ended = Home.default(), Event()
    watcher = Thread(target=_tell_progress, args=(home, ended), daemon=True)
    if holder(home) is None:
        watcher.start()
    try:
        yield
    finally:
        ended.set()
        if watcher.ident is not None:
            watcher.join()


def _tell_progress(home: Home, ended: Event) -> None:
    """A line whenever there is something new, until the run ended."""
    from randaemon.errors import RandaemonError
    from randaemon.store.reader import Reader

    told = ""
    while not ended.wait(_LOOK):
        try:
            with Reader(home) as reader:
                line = _progress(reader)
        except RandaemonError:
            continue  # the database is being made; if it is damaged the command itself says so
        if line and line != told:
            note(line)
            told = line


def _progress(reader: Reader) -> str:
    """Where the run under way has got to; nothing when none is."""
    from randaemon.cli.status_view import describe_step

    training, phase = reader.status()["training"], reader.last_event("run.phase") or {}
    if training["state"] != "running" or phase.get("run") != training["run"]:
        return ""
    if phase["name"] == "baselines":
        return f"{training['run']}: {describe_plan(reader.runs()[-1].metrics)}"
    at = describe_step(training) if phase["name"] in {"load", "train"} else ""
    return f"{training['run']}: {at or phase['name']}"


def describe_plan(metrics: Mapping[str, Any]) -> str:
    """What decides how a run trains, in a line."""
    plan, counts = metrics.get("plan", {}), metrics.get("counts", {})
    if not plan:
        return "not planned yet"
    kind = plan["fine_tune_type"] + (f" of rank {plan['rank']}" if plan.get("rank") else "")
    peak = f", up to {plan['peak_memory'] / GIB:.1f} GiB" if plan.get("peak_memory") else ""
    return (
        f"plan: {kind}, {plan['iterations']} iterations of {plan['batch_size']} rows, an update every "
        f"{plan['grad_accumulation']}, learning rate {plan['learning_rate']:g}, {counts.get('train_rows', '?')} rows "
        f"of at most {plan['max_seq_length']} tokens, {counts.get('trained_tokens', '?')} tokens of answers{peak}"
    )


def _carry_out(verb: str, args: Mapping[str, Any]) -> dict[str, Any]:
    from randaemon.cli.act import act
    from randaemon.store.home import Home

    return act(Home.default(), verb, args)
