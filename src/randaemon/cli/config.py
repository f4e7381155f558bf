"""`config show|check|path|set|unset`. The one group of reading commands that loads the settings themselves."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from randaemon.cli.output import JSON_OPTION, lines, note, show, stop, table
from randaemon.errors import NotFoundError, RandaemonError

if TYPE_CHECKING:
    from randaemon.config import Loaded

app = typer.Typer(
    help="The settings. Flags over environment over file over profile over defaults.", no_args_is_help=True
)

KEY = typer.Argument(..., metavar="SECTION.KEY", help="As `config show` names it: pool.workers")


@app.command("show")
def show_settings(
    as_json: bool = JSON_OPTION,
    defaults: bool = typer.Option(False, "--defaults", help="The commented file of all keys, to start one's own from"),
    origin: bool = typer.Option(False, "--origin", help="Where each value is from"),
) -> None:
    """Every setting as the daemon would read it now."""
    if defaults:
        from importlib import resources

        lines(resources.files("randaemon").joinpath("defaults.toml").read_text(encoding="utf-8").rstrip("\n"))
        return
    tree, found = _usable()
    if as_json:
        show({"settings": tree, "origins": dict(found.origins)} if origin else tree)
    else:
        _tell(tree, found, origin)


@app.command()
def check(as_json: bool = JSON_OPTION) -> None:
    """Say whether the settings can be used. Else exit 1 and name every bad key, where it stands and what is wrong."""
    from randaemon import config

    file, found = _file(), _read()
    if as_json:
        facts = {"file": file, "exists": file.exists(), "environment": config.environment_keys()}
        show({"ok": not found.problems, **facts, "problems": found.problems})
    else:
        for problem in found.problems:
            note(f"WRONG  {problem}")
        if found.problems:
            note("  next: mend them; `randaemon config show --defaults` says what each key means")
        else:
            lines("the settings are in order")
        note(f"file: {file}{'' if file.exists() else ' (absent: defaults)'}")
    stop(1 if found.problems else 0)


@app.command()
def path(as_json: bool = JSON_OPTION) -> None:
    """Where the settings file lies, or would lie."""
    file = _file()
    if as_json:
        show({"file": file, "exists": file.exists()})
    else:
        lines(str(file))


@app.command("set")
def set_key(
    key: str = KEY,
    value: str = typer.Argument(..., help="As in TOML: 2, true, [5.0, 30.0]; anything else is text"),
) -> None:
    """Change one setting in the file; its comments and all else stay. A running daemon takes it over by itself."""
    from randaemon.config import toml
    from randaemon.config.values import parsed

    _known(key)
    _rewrite(toml.changed(_text(), tuple(key.split(".")), parsed(value)), key)


@app.command()
def unset(key: str = KEY) -> None:
    """Take one setting out of the file: its default counts again."""
    from randaemon.config import toml

    _known(key)
    _rewrite(toml.removed(_text(), tuple(key.split("."))), key)


def _tell(tree: dict[str, object], found: Loaded, origin: bool) -> None:
    from randaemon import config
    from randaemon.config.loading import known_keys
    from randaemon.config.toml import lookup, rendered

    plain = config.Settings.model_construct().model_dump(mode="json")
    rows = []
    for key in known_keys():
        value, default = lookup(tree, tuple(key.split("."))), lookup(plain, tuple(key.split(".")))
        changed = " " if value == default else f"(default {rendered(default)})"
        rows.append((key, rendered(value), found.origins.get(key, "default") if origin else changed))
    table(("setting", "value", "from" if origin else " "), rows)


def _file() -> Path:
    from randaemon.store.home import Home

    return Home.default().settings


def _text() -> str:
    """Raises SettingsError when it is no TOML: nothing can be changed in it."""
    _read()
    file = _file()
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _read() -> Loaded:
    from randaemon import config

    return config.read(_file())


def _usable() -> tuple[dict[str, object], Loaded]:
    """The settings and where they are from. Raises SettingsError with everything that is wrong."""
    from randaemon import config

    return config.load(_file()).model_dump(mode="json"), _read()


def _known(key: str) -> None:
    from randaemon.config.loading import is_known, suggestion

    if not is_known(key):
        raise NotFoundError(f"there is no setting {key}{suggestion(key)}", hint="`randaemon config show` lists them")


def _rewrite(text: str, key: str) -> None:
    """Only what can be used is written."""
    from randaemon import config
    from randaemon.config.live import needs_restart
    from randaemon.config.toml import lookup, rendered
    from randaemon.store.home import Home
    from randaemon.store.lock import holder

    file = _file()
    found = config.read(file, text=text)
    if found.settings is None:
        told = "; ".join(map(str, found.problems))
        raise RandaemonError(
            f"nothing was changed: {told}", hint="`randaemon config show --defaults`", code="E_SETTINGS"
        )
    _write(text)
    lines(f"{file}: {key} = {rendered(lookup(found.settings.model_dump(mode='json'), tuple(key.split('.'))))}")
    if (origin := found.origins.get(key, "")) and not origin.startswith(file.name):
        note(f"{origin} still wins over the file")
    if holder(Home.default()) is not None:
        note("restart the daemon for it to take effect" if needs_restart(key) else "the daemon takes it over by itself")


def _write(text: str) -> None:
    from randaemon.store import objects

    file = _file()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    objects.write(file, text.encode())
