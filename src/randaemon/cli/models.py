"""`models ls|show|compare|promote|rollback|drill|fuse|serve`: which adapter is active, why, and how to use it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from randaemon.cli import serving
from randaemon.cli.output import JSON_OPTION, lines, moment, note, show, stop, table

if TYPE_CHECKING:
    from randaemon.store.home import Home
    from randaemon.store.records import PromotionRecord, RunRecord

app = typer.Typer(help="Trained adapters and the active one.", no_args_is_help=True)
app.command("fuse")(serving.fuse)
app.command("serve")(serving.serve)

RUN = typer.Argument(metavar="RUN", help="A run that `models ls` shows")
UNPROVEN = typer.Option(False, "--unproven", help="Keep it active whatever it answers to the canary questions")
_DRILL_SECONDS = 1800.0  # a large model is read from disk, and asked, in a drill
_LOOK = 0.5


@app.command()
def ls(as_json: bool = JSON_OPTION) -> None:
    """Every run and which one is active. With the log of promotions and their reasons."""
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    with Reader(Home.default()) as reader:
        model, runs, promotions = reader.status()["model"], reader.runs(), reader.promotions()
    if as_json:
        show({**model, "runs": runs, "promotions": promotions})
        return
    _list(model, runs)
    lines(*_log(promotions))


@app.command("show")
def show_run(run: str = RUN, as_json: bool = JSON_OPTION) -> None:
    """Everything about one run. Its plan, its losses, the evidence of its gate, and what became of its adapter."""
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    home = Home.default()
    found = serving.run_named(home, run)
    with Reader(home) as reader:
        promotions = [entry for entry in reader.promotions() if entry.run == found.id]
    if as_json:
        show({"run": found, "promotions": promotions})
        return
    lines(f"{found.id}: {found.status}, {found.reason or 'under way'}")
    lines(
        f"base model {found.model}, dataset version {found.version}, {moment(found.started)} to {moment(found.ended)}"
    )
    lines(f"folder {found.folder}", "", *_figures(found.metrics))
    _evidence(found.metrics)
    lines(*_log(promotions))


@app.command()
def compare(one: str = RUN, other: str = RUN, as_json: bool = JSON_OPTION) -> None:
    """What the second run does better or worse than the first. On what both were asked."""
    from randaemon.store.home import Home
    from randaemon.training.comparing import compare as compared
    from randaemon.training.spec import RESULTS, read_results

    home = Home.default()
    folders = [Path(serving.run_named(home, name).folder) for name in (one, other)]
    first, second = (read_results(folder / RESULTS) for folder in folders)
    parts = compared(first.new, second.new)
    if as_json:
        show({"one": one, "other": other, "parts": parts})
        return
    table(
        ("part", one, other, "change", "95 % interval", "on"),
        (
            (
                part.name,
                f"{part.one:.3f}",
                f"{part.other:.3f}",
                f"{part.change:+.3f}" if part.pairs else "-",
                f"{part.low:+.3f} to {part.high:+.3f}" + (" *" if part.certain else "") if part.pairs else "-",
                f"{part.pairs} that both were asked",
            )
            for part in parts
        ),
    )
    lines("* more than chance")


@app.command()
def promote(run: str = RUN, unproven: bool = UNPROVEN, as_json: bool = JSON_OPTION) -> None:
    """Make the adapter of a run the active one. Whatever its gate said; it is taken back if its canaries fail."""
    _carry_out("models.promote", {"run": run, "unproven": unproven}, as_json)


@app.command()
def rollback(as_json: bool = JSON_OPTION) -> None:
    """Take the last promotion back. The adapter before it, if there is one, is active again."""
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    with Reader(Home.default()) as reader:
        active = reader.current_model()
    _carry_out("models.rollback", {"run": active.id if active else ""}, as_json)


@app.command()
def drill(as_json: bool = JSON_OPTION) -> None:
    """Prove the rollback on this machine. A ruined copy of the active adapter is promoted and taken back."""
    from randaemon.cli.act import act
    from randaemon.store.home import Home

    home = Home.default()
    note("a ruined copy of the active adapter is promoted; its canaries have to take it back")
    answer = act(home, "models.drill", {})
    if "asked" in answer:
        answer = _outcome(home, answer["asked"])
    if as_json:
        show(answer)
    else:
        lines(f"{'passed' if answer['passed'] else 'FAILED'}: {answer['reason']}")
    stop(0 if answer["passed"] else 1)


def _outcome(home: Home, command: str) -> dict[str, Any]:
    """What came of the drill that this command asked the daemon for."""
    from randaemon.errors import RandaemonError
    from randaemon.store.reader import Reader

    deadline = time.monotonic() + _DRILL_SECONDS
    while time.monotonic() < deadline:
        with Reader(home) as reader:
            told: dict[str, Any] = reader.state("models.drill", {})
        if told.get("command") == command:
            return told
        time.sleep(_LOOK)
    raise RandaemonError(
        f"the daemon has not held the drill within {_DRILL_SECONDS:.0f} s",
        hint="it waits for a run under way; `randaemon train status`",
        code="E_NO_ANSWER",
    )


def _carry_out(verb: str, args: Mapping[str, Any], as_json: bool) -> None:
    from randaemon.cli.act import act
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    home = Home.default()
    answer = act(home, verb, args)
    if as_json:
        show(answer)
        return
    with Reader(home) as reader:
        active = reader.current_model()
    lines(f"active: {active.id}" if active else "no adapter is active")
    if active is not None and answer.get("unproven") == active.id:
        lines("the daemon asks it its canary questions next; `randaemon models show` tells how it went")


def _list(model: Mapping[str, Any], runs: Sequence[RunRecord]) -> None:
    marks = {state["run"]: name for name in ("previous", "active") if (state := model[name])}
    if not runs:
        lines("no run yet")
        return
    table(
        ("run", "", "status", "version", "model", "recall", "loss", "reason"),
        (
            (
                run.id,
                marks.get(run.id, ""),
                run.status,
                run.version,
                run.model,
                _number(run.metrics.get("recall")),
                _number(run.metrics.get("held_out_loss")),
                run.reason,
            )
            for run in runs
        ),
    )


def _log(promotions: Sequence[PromotionRecord]) -> Iterator[str]:
    if promotions:
        yield ""
    for entry in promotions:
        yield f"{moment(entry.at)}  {entry.action} {entry.run}: {entry.reason}"


def _figures(metrics: Mapping[str, object]) -> Iterator[str]:
    for group in ("plan", "counts", "losses", "timing"):
        values = metrics.get(group)
        if isinstance(values, Mapping):
            yield f"{group}: " + ", ".join(f"{name} {_number(value)}" for name, value in values.items() if value != "")


def _evidence(metrics: Mapping[str, object]) -> None:
    """What was measured of the adapter, beside the same of the base model and of the one that was active."""
    evidence = metrics.get("evidence")
    if not isinstance(evidence, Mapping):
        return
    models = {"this": evidence} | {name: one for name, one in evidence.items() if isinstance(one, Mapping)}
    rows = dict.fromkeys(key for one in models.values() for key, value in one.items() if not isinstance(value, Mapping))
    lines("")
    table(("", *models), ((row, *(_number(one.get(row)) for one in models.values())) for row in rows))


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "-" if value is None else str(value)
