"""`status`: what is going on, read from the store alone."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from randaemon.cli.output import JSON_OPTION, lines, show, stop
from randaemon.cli.status_view import describe, fitted

if TYPE_CHECKING:
    from randaemon.store.reader import Reader

__all__ = ["describe", "left", "status", "verdict"]

NOT_RUNNING, DEGRADED = 3, 4
_CLEAR = "\x1b[H\x1b[2J"


def status(
    as_json: bool = JSON_OPTION,
    check: bool = typer.Option(False, "--check", help="Exit 3 if the daemon does not run, 4 if it is degraded"),
    watch: bool = typer.Option(False, "--watch", "-w", help="Look again and again; Ctrl-C ends it"),
    every: float = typer.Option(2.0, "--every", min=0.2, metavar="SECONDS", help="With --watch: so often"),
) -> None:
    """What is going on, on one screen. What it does, what waits and why, what needs you, dataset, training, model."""
    facts = _look(as_json, watch)
    while watch:
        time.sleep(every)
        facts = _look(as_json, watch)
    if check:
        stop(verdict(facts))


def verdict(facts: Mapping[str, Any]) -> int:
    """0 in order, 3 not running, 4 running but something keeps it from its work."""
    daemon = facts["daemon"]
    if not daemon["running"]:
        return NOT_RUNNING
    return DEGRADED if daemon["problems"] or any(alert["urgent"] for alert in daemon["alerts"]) else 0


def left(reader: Reader, facts: Mapping[str, Any]) -> dict[str, float]:
    """Key of a drop under way → seconds until it is done, by what this home has measured; only of what is known."""
    drops = facts["inbox"]["drops"]
    if not drops:
        return {}
    from randaemon.cli.volume import rest

    width = max(facts["resources"]["lanes"].get("cpu", {}).get("width", 1), 1)
    return {key: seconds / width for key, seconds in rest(reader, [drop["key"] for drop in drops]).items()}


def _look(as_json: bool, watch: bool) -> dict[str, Any]:
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    with Reader(Home.default()) as reader:
        facts, at_work = reader.overview()
        if as_json:
            show(facts)
        else:
            told = list(describe(facts, at_work, left(reader, facts), time.time()))
            if sys.stdout.isatty():
                told = list(fitted(told, shutil.get_terminal_size().columns))
            lines(*([_CLEAR + told[0], *told[1:]] if watch and sys.stdout.isatty() else told))
    sys.stdout.flush()  # with --watch a pipe would keep it until there are 8 KiB
    return facts
