"""`models ls|promote|rollback`: which adapter is active, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

from randaemon.cli.output import JSON_OPTION, lines, moment, show

if TYPE_CHECKING:
    from randaemon.store.records import PromotionRecord, RunRecord

app = typer.Typer(help="Trained adapters and the active one.", no_args_is_help=True)


@app.command()
def ls(as_json: bool = JSON_OPTION) -> None:
    """Every run, which one is active, and the log of promotions with their reasons."""
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    with Reader(Home.default()) as reader:
        model, runs, promotions = reader.status()["model"], reader.runs(), reader.promotions()
    if as_json:
        show({**model, "runs": runs, "promotions": promotions})
    else:
        lines(*_told(model, runs, promotions))


@app.command()
def promote(
    run: str = typer.Argument(metavar="RUN", help="A run that `models ls` shows"), as_json: bool = JSON_OPTION
) -> None:
    """Make the adapter of a run the active one, whatever its gate said."""
    _carry_out("models.promote", {"run": run}, as_json)


@app.command()
def rollback(as_json: bool = JSON_OPTION) -> None:
    """Take the last promotion back; the adapter before it, if there is one, is active again."""
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    with Reader(Home.default()) as reader:
        active = reader.current_model()
    _carry_out("models.rollback", {"run": active.id if active else ""}, as_json)


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


def _told(model: Mapping[str, Any], runs: Sequence[RunRecord], promotions: Sequence[PromotionRecord]) -> Iterator[str]:
    marks = {state["run"]: name for name in ("previous", "active") if (state := model[name])}
    if not runs:
        yield "no run yet"
    for run in runs:
        yield f"{run.id}  {marks.get(run.id, '-'):<8}  {run.status:<11}  version {run.version}  {run.model}"
        if run.reason:
            yield f"  {run.reason}"
        plan = run.metrics.get("plan")
        if isinstance(plan, Mapping) and plan.get("note"):
            yield f"  {plan['note']}"
        for name, value in run.metrics.items():
            if isinstance(value, int | float | str):
                yield f"  {name} {value:.3f}" if isinstance(value, float) else f"  {name} {value}"
    for entry in promotions:
        yield f"{moment(entry.at)}  {entry.action} {entry.run}: {entry.reason}"
