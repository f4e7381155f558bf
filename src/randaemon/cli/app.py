"""All commands, in the order `--help` shows them, each loaded when it is typed.

Loading and declaring all of them costs 40 ms, as much as typer itself; `status` is asked for often, by people and by
scripts. So a known command is declared alone; only `--help`, completion and typing errors need the whole list.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib import import_module

import typer

#: Command or group → its module and the function or `typer.Typer` in it.
COMMANDS = {
    "demo": "work:demo",
    "run": "work:run",
    "status": "status:status",
    "add": "files:add",
    "inspect": "files:inspect",
    "jobs": "jobs:app",
    "why": "jobs:why",
    "forget": "knowledge:forget",
    "search": "knowledge:search",
    "review": "review:review",
    "dataset": "dataset:app",
    "train": "train:app",
    "models": "models:app",
    "ask": "ask:ask",
    "cmedit": "cmedit:app",
    "tui": "tui:tui",
    "report": "report:report",
    "service": "service:app",
    "config": "config:app",
    "logs": "logbook:logs",
    "doctor": "doctor:doctor",
    "verify": "integrity:verify",
    "backup": "integrity:backup",
    "restore": "integrity:restore",
    "paths": "about:paths",
    "version": "about:version",
}


def application(arguments: Sequence[str]) -> typer.Typer:
    """The commands that these arguments can mean."""
    app = typer.Typer(
        name="randaemon",
        no_args_is_help=True,
        rich_markup_mode=None,  # plain help and errors: quick, and the same in a pipe
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_randaemon)
    completing = "_RANDAEMON_COMPLETE" in os.environ
    known = arguments and arguments[0] in COMMANDS and not completing
    for name in arguments[:1] if known else COMMANDS:
        _declare(app, name)
    return app


def _declare(app: typer.Typer, name: str) -> None:
    module, _, attribute = COMMANDS[name].partition(":")
    command = getattr(import_module(f"randaemon.cli.{module}"), attribute)
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=name)
    else:
        app.command(name)(command)


def _randaemon() -> None:
    """Drop RAN documentation into a folder; get a traceable dataset and a fine-tuned local model."""
