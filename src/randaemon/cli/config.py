"""`config show|check|path`. The one reading group that loads the settings themselves."""

from __future__ import annotations

import typer

from randaemon.cli.output import JSON_OPTION, lines, note, show

app = typer.Typer(help="The settings: flags over environment over file over defaults.", no_args_is_help=True)


@app.command("show")
def show_settings(
    as_json: bool = JSON_OPTION,
    defaults: bool = typer.Option(False, "--defaults", help="The commented file of all keys, to start one's own from"),
) -> None:
    """Every setting as the daemon would read it now."""
    if defaults:
        from importlib import resources

        lines(resources.files("randaemon").joinpath("defaults.toml").read_text(encoding="utf-8").rstrip("\n"))
        return
    from randaemon import config
    from randaemon.store.home import Home

    tree = config.load(Home.default().settings).model_dump(mode="json")
    if as_json:
        show(tree)
        return
    plain = config.Settings.model_construct().model_dump(mode="json")
    for section, values in tree.items():
        lines(f"[{section}]")
        for key, value in values.items():
            changed = "" if value == plain[section][key] else f"  (default {plain[section][key]})"
            lines(f"{key} = {value}{changed}")


@app.command()
def check(as_json: bool = JSON_OPTION) -> None:
    """Say whether the settings can be used; exit 1 and name every bad key if not."""
    from randaemon import config
    from randaemon.store.home import Home

    file = Home.default().settings
    config.load(file)
    if as_json:
        show({"ok": True, "file": file, "exists": file.exists(), "environment": config.environment_keys()})
        return
    lines("the settings are in order")
    note(f"file: {file}{'' if file.exists() else ' (absent: defaults)'}")
    for key in config.environment_keys():
        note(f"environment: {key}")


@app.command()
def path(as_json: bool = JSON_OPTION) -> None:
    """Where the settings file lies, or would lie."""
    from randaemon.store.home import Home

    file = Home.default().settings
    if as_json:
        show({"file": file, "exists": file.exists()})
    else:
        lines(str(file))
