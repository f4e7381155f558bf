"""`doctor`: is everything in order that the daemon needs? The one reading command that loads the real things."""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from randaemon.cli.output import JSON_OPTION, lines, show, stop
from randaemon.errors import RandaemonError

if TYPE_CHECKING:
    from randaemon.config import Settings
    from randaemon.store.home import Home


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `needed` is False for what the daemon can do without."""

    name: str
    ok: bool
    told: str
    needed: bool = True


def doctor(
    as_json: bool = JSON_OPTION,
    check: bool = typer.Option(False, "--check", help="Exit 3 if the daemon does not run, 4 if something is wrong"),
) -> None:
    """Say what is wrong of all that the daemon needs. With what to do."""
    from randaemon.store.home import Home
    from randaemon.store.lock import holder

    home = Home.default()
    running = holder(home) is not None
    findings = list(examine(home))
    if as_json:
        show({"running": running, "findings": findings})
    else:
        told = "runs" if running else "does not run: `randaemon run` or `randaemon service install`"
        lines(*map(_line, [*findings, Finding("daemon", running, told, needed=False)]))
    if check:
        broken = any(finding.needed and not finding.ok for finding in findings)
        stop(3 if not running else 4 if broken else 0)


def examine(home: Home) -> Iterator[Finding]:
    """Everything, in the order in which one would mend it."""
    from randaemon import config

    yield Finding("python", sys.version_info >= (3, 11, 5), sys.version.split()[0])
    try:
        settings = config.load(home.settings)
    except RandaemonError as error:
        yield Finding("settings", ok=False, told=str(error))
        settings = config.Settings.model_construct()
    else:
        yield Finding("settings", ok=True, told=str(home.settings) if home.settings.exists() else "defaults")
    yield from _folders(home, settings)
    yield _database(home)
    yield from _libraries()
    yield _model(settings)
    yield from _model_servers(settings, home)
    yield from _comforts(home)


def _folders(home: Home, settings: Settings) -> Iterator[Finding]:
    from randaemon.machine import MIB, size

    for name, folder in (("home", home.root), ("inbox", home.inbox)):
        place = _existing(folder)
        if not os.access(place, os.W_OK | os.X_OK):
            yield Finding(
                name, ok=False, told=f"{place} cannot be written: grant access or choose another RANDAEMON_HOME"
            )
        elif place == folder and folder.stat().st_mode & stat.S_IWOTH:
            yield Finding(name, ok=False, told=f"everybody may write into {folder}: chmod o-w it")
        else:
            yield Finding(name, ok=True, told=str(folder))
    free, wanted = shutil.disk_usage(_existing(home.root)).free, settings.daemon.min_free_mib * MIB
    yield Finding("disk", free >= wanted, f"{size(free)} free; nothing is begun below {size(wanted)}")


def _existing(folder: Path) -> Path:
    return next(place for place in (folder, *folder.parents) if place.exists())


def _database(home: Home) -> Finding:
    from randaemon.store.reader import Reader

    if not home.database.exists():
        return Finding("database", ok=True, told="none yet")
    try:
        with Reader(home) as reader:
            problems = reader.status()["daemon"]["problems"]
    except RandaemonError as error:
        return Finding("database", ok=False, told=str(error))
    return Finding("database", not problems, "; ".join(problems) or str(home.database))


def _libraries() -> Iterator[Finding]:
    wanted = (("parsers", ("lxml", "bs4", "pdfplumber", "pandas", "docling")), ("training", ("mlx", "mlx_lm")))
    for name, modules in wanted:
        missing = [module for module in modules if importlib.util.find_spec(module) is None]
        told = f"missing: {', '.join(missing)}; install randaemon again" if missing else ", ".join(modules)
        yield Finding(name, not missing, told)


def _model(settings: Settings) -> Finding:
    """The base model: built here, a folder, or in the hub's cache."""
    from randaemon import wiring
    from randaemon.training import hub

    model, download = wiring.base_model(settings), settings.training.allow_download
    if lack := hub.lack(model, os.environ, Path.home(), download=download):
        return Finding("model", ok=False, told=f"{model} is {lack.told}: {lack.remedy}")
    will_be = download and hub.lack(model, os.environ, Path.home())
    return Finding("model", ok=True, told=f"{model} will be downloaded" if will_be else model)


def _model_servers(settings: Settings, home: Home) -> Iterator[Finding]:
    """The servers that help the rules; nothing is needed of them."""
    from randaemon.cli import doctor_models

    if not settings.llm.enabled:
        yield Finding("models", ok=False, told="llm.enabled = false: the rules work alone", needed=False)
        return
    for ok, told in doctor_models.servers(settings, home):
        yield Finding("models", ok, told, needed=False)


def _comforts(home: Home) -> Iterator[Finding]:
    from randaemon import wiring
    from randaemon.cli.service import own_platform
    from randaemon.training.launch import FAST_BLAS

    tool = shutil.which("osascript") or shutil.which("notify-send")
    yield Finding("messages", bool(tool), tool or "no osascript or notify-send: messages go to the log", needed=False)
    file = wiring.service(own_platform(), home).file
    told = str(file) if file.exists() else "not installed: `randaemon service install`"
    yield Finding("service", file.exists(), told, needed=False)
    if sys.platform == "linux":
        fast = next((library for library in FAST_BLAS if library.exists()), None)
        told = str(fast) if fast else "training is several times faster with OpenBLAS: apt install libopenblas0-pthread"
        yield Finding("blas", fast is not None, told, needed=False)


def _line(finding: Finding) -> str:
    mark = "ok" if finding.ok else "NO" if finding.needed else "--"
    return f"{mark}  {finding.name:<9} {finding.told}"
