"""`paths` and `version`."""

from __future__ import annotations

from randaemon.cli.output import JSON_OPTION, lines, show


def paths(as_json: bool = JSON_OPTION) -> None:
    """Where everything lies."""
    from randaemon.store.home import Home

    home = Home.default()
    named = {
        "home": home.root,
        "inbox": home.inbox,
        "settings": home.settings,
        "database": home.database,
        "originals": home.originals,
        "objects": home.objects,
        "quarantine": home.quarantine,
        "datasets": home.datasets,
        "runs": home.runs,
        "models": home.models,
        "logs": home.logs,
        "backups": home.backups,
    }
    if as_json:
        show(named)
        return
    lines(*(f"{name:<11}{path}" for name, path in named.items()))


def version(as_json: bool = JSON_OPTION) -> None:
    """The version of randaemon and of what it stands on."""
    import platform

    from randaemon import __version__

    facts = {"randaemon": __version__, "python": platform.python_version(), "system": platform.platform()}
    if as_json:
        show(facts)
        return
    lines(f"randaemon {__version__} (Python {facts['python']}, {facts['system']})")
