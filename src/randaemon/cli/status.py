"""`status`: what is going on, read from the store alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import typer

from randaemon.cli.output import JSON_OPTION, lines, show, stop

NOT_RUNNING, DEGRADED = 3, 4


def status(
    as_json: bool = JSON_OPTION,
    check: bool = typer.Option(False, "--check", help="Exit 3 if the daemon does not run, 4 if it is degraded"),
) -> None:
    """What is going on: daemon, inbox, documents, dataset, training, model."""
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    with Reader(Home.default()) as reader:
        facts, at_work = reader.status(), reader.at_work()
    if as_json:
        show(facts)
    else:
        lines(*describe(facts, at_work))
    if check:
        stop(verdict(facts))


def verdict(facts: Mapping[str, Any]) -> int:
    """0 in order, 3 not running, 4 running but something keeps it from its work."""
    daemon = facts["daemon"]
    if not daemon["running"]:
        return NOT_RUNNING
    return DEGRADED if daemon["problems"] else 0


def describe(facts: Mapping[str, Any], at_work: Mapping[str, int]) -> Iterator[str]:
    """The same facts for people; of the stages, what is in work there."""
    yield from _daemon(facts["daemon"])
    yield f"inbox      {facts['inbox']['files']} files not yet taken"
    yield from _documents(facts["documents"], at_work)
    for waiting in facts["waiting"]:
        yield f"  waits    {waiting['count']} × {waiting['reason']}"
    yield from _dataset(facts["dataset"])
    yield from describe_training(facts["training"])
    active, previous = facts["model"]["active"], facts["model"]["previous"]
    yield f"model      {_model(active)}" + (f", before it {_model(previous)}" if previous else "")


def describe_training(training: Mapping[str, Any]) -> Iterator[str]:
    """The training part of it, for `train status` too."""
    yield f"training   {training['state']}"
    progress = training.get("progress") or {}
    if progress.get("step"):
        yield f"  step     {progress['step']} of {progress.get('total', '?')}"
    for condition in (training.get("due") or {}).get("conditions", ()):
        mark = "ok " if condition["ok"] else "no "
        yield f"  {mark}      {condition['name']}: has {condition['have']}, needs {condition['need']}"


def _daemon(daemon: Mapping[str, Any]) -> Iterator[str]:
    yield f"daemon     {'runs, pid ' + str(daemon.get('pid')) if daemon['running'] else 'does not run'}"
    for problem in daemon["problems"]:
        yield f"  trouble  {problem}"


def _documents(documents: Mapping[str, Any], at_work: Mapping[str, int]) -> Iterator[str]:
    counts = [f"{count} {name}" for name, count in documents["by_status"].items() if count]
    yield f"documents  {documents['total']}" + (f": {', '.join(counts)}" if counts else "")
    if at_work:
        yield f"  stages   {', '.join(f'{count} in {stage}' for stage, count in at_work.items())}"


def _dataset(dataset: Mapping[str, Any]) -> Iterator[str]:
    if dataset["version"] is None:
        yield f"dataset    none sealed yet; {dataset['new_samples']} samples accepted"
        return
    splits = ", ".join(f"{name} {count}" for name, count in (dataset["splits"] or {}).items())
    quality = dataset["mean_quality"]
    yield (
        f"dataset    version {dataset['version']}: {dataset['samples']} samples ({splits})"
        + (f", mean quality {quality:.2f}" if quality is not None else "")
        + f"; {dataset['new_samples']} new since"
    )


def _model(model: object) -> str:
    if model is None:
        return "none promoted yet"
    return str(model.get("run") or model.get("id") or "?") if isinstance(model, Mapping) else str(model)
