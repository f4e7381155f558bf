"""`demo` and `run`: the two commands that do the work themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from randaemon.cli.output import lines, note, stop


def demo(
    home: Path | None = typer.Option(None, "--home", help="An empty folder for it; .demo/ here if not given"),
    documents: int = typer.Option(8, "--documents", min=1, max=200, help="Feature documents in the library"),
) -> None:
    """Take a fictional library through the whole loop. Dataset, training, evaluation, promotion."""
    from randaemon.demo import run as demonstration
    from randaemon.store.home import Home

    chosen = Home.at(home.absolute()) if home else demonstration.default_home()
    stop(demonstration.demo(chosen, lines, documents))


def run(
    changes: list[str] = typer.Option([], "--set", metavar="SECTION.KEY=VALUE", help="Overrule one setting"),
    wait: bool = typer.Option(False, "--wait", help="If another daemon runs, wait for its end (service managers)"),
) -> None:
    """Run the daemon until it is told to stop. Only one runs in a home."""
    from randaemon import config, daemon
    from randaemon.store.home import Home

    home = Home.default()
    overrides = _overrides(changes)
    settings = config.load(home.settings, overrides)
    note(f"randaemon: home {home.root}, inbox {home.inbox}; Ctrl-C stops it")
    stop(daemon.serve(home, settings, wait=wait, load=lambda: config.load(home.settings, overrides)))


def _overrides(changes: list[str]) -> dict[str, Any]:
    """`pool.workers=2` as a tree; the values are read as TOML, and as text if they are none."""
    from randaemon.config.values import parsed

    tree: dict[str, Any] = {}
    for change in changes:
        name, equals, value = change.partition("=")
        section, dot, key = name.partition(".")
        if not (equals and dot and key):
            raise typer.BadParameter(f"{change!r} is not SECTION.KEY=VALUE", param_hint="--set")
        tree.setdefault(section, {})[key] = parsed(value)
    return tree
