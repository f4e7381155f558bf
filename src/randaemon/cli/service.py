"""`service install|uninstall|start|stop|restart|status|logs`: the daemon under launchd or systemd, for this user."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import typer

from randaemon.cli.logbook import logs
from randaemon.cli.output import JSON_OPTION, lines, note, show, stop
from randaemon.errors import NotFoundError, RandaemonError

app = typer.Typer(help="Run the daemon at every login.", no_args_is_help=True)

Words = tuple[str, ...]


class Platform(StrEnum):
    """The service managers we know."""

    LAUNCHD = "launchd"
    SYSTEMD = "systemd"


class Service(Protocol):
    """What a service manager's module offers: text and commands as data."""

    @property
    def file(self) -> Path: ...
    @property
    def folders(self) -> tuple[Path, ...]: ...
    def content(self) -> bytes: ...
    def after_install(self) -> tuple[Words, ...]: ...
    def before_uninstall(self) -> tuple[Words, ...]: ...
    def after_uninstall(self) -> tuple[Words, ...]: ...
    def start(self) -> tuple[Words, ...]: ...
    def stop(self) -> tuple[Words, ...]: ...
    def restart(self) -> tuple[Words, ...]: ...
    def probe(self) -> Words: ...
    def running(self, output: str) -> bool: ...


PLATFORM = typer.Option(None, "--platform", help="launchd or systemd; this system's own if not given")
DRY_RUN = typer.Option(False, "--dry-run", help="Print what would be written and run, and do nothing")


@app.command()
def install(platform: Platform | None = PLATFORM, dry_run: bool = DRY_RUN) -> None:
    """Start the daemon now and at every login. Writes the service file; again: rewrites it and restarts."""
    service = _service(platform)
    if dry_run:
        _preview(service, service.after_install())
        lines("", service.content().decode().rstrip("\n"))
        return
    if os.geteuid() == 0:
        raise RandaemonError("the daemon is not installed for root", hint="run it as the user whose documents it reads")
    put(service)
    lines(f"installed: {service.file}")


@app.command()
def uninstall(platform: Platform | None = PLATFORM, dry_run: bool = DRY_RUN) -> None:
    """Stop the daemon and take the service file away. Documents, datasets and models stay."""
    service = _service(platform)
    if dry_run:
        _preview(service, (*service.before_uninstall(), *service.after_uninstall()))
        return
    _must_be_installed(service)
    take_away(service)
    lines(f"removed: {service.file}")


@app.command()
def start(platform: Platform | None = PLATFORM, dry_run: bool = DRY_RUN) -> None:
    """Run the installed service now."""
    service = _service(platform)
    _operate(service, service.start(), dry_run)


@app.command("stop")
def stop_service(platform: Platform | None = PLATFORM, dry_run: bool = DRY_RUN) -> None:
    """Ask the running service to finish what it is doing and end."""
    service = _service(platform)
    _operate(service, service.stop(), dry_run)


@app.command()
def restart(platform: Platform | None = PLATFORM, dry_run: bool = DRY_RUN) -> None:
    """Stop the service and run it again. With the settings as they are now."""
    service = _service(platform)
    _operate(service, service.restart(), dry_run)


@app.command()
def status(platform: Platform | None = PLATFORM, dry_run: bool = DRY_RUN, as_json: bool = JSON_OPTION) -> None:
    """Say whether the service is installed and runs. Exit 3 if it does not run."""
    service = _service(platform)
    if dry_run:
        _preview(service, (service.probe(),))
        return
    installed = service.file.exists()
    running = installed and service.running(_output(service.probe()))
    if as_json:
        show({"installed": installed, "running": running, "file": service.file})
    else:
        lines(f"{'installed' if installed else 'not installed'}, {'runs' if running else 'does not run'}")
    stop(0 if running else 3)


app.command("logs")(logs)


def put(service: Service) -> None:
    """Write the file and load it; what was loaded before is unloaded first."""
    again = service.file.exists()
    for folder in service.folders:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if again:
        _run(service.before_uninstall(), may_fail=True)
    _write(service.file, service.content())
    _run(service.after_install())


def take_away(service: Service) -> None:
    """Unload it and remove the file."""
    _run(service.before_uninstall(), may_fail=True)  # it may not be loaded
    service.file.unlink()
    _run(service.after_uninstall())


def own_platform() -> str:
    """The service manager of this system."""
    return (Platform.LAUNCHD if sys.platform == "darwin" else Platform.SYSTEMD).value


def _service(platform: Platform | None) -> Service:
    from randaemon import wiring
    from randaemon.store.home import Home

    return wiring.service(platform.value if platform else own_platform(), Home.default())


def _operate(service: Service, commands: tuple[Words, ...], dry_run: bool) -> None:
    if dry_run:
        _preview(service, commands)
        return
    _must_be_installed(service)
    _run(commands)


def _must_be_installed(service: Service) -> None:
    if not service.file.exists():
        raise NotFoundError(f"no service is installed at {service.file}", hint="randaemon service install")


def _preview(service: Service, commands: Iterable[Words]) -> None:
    lines(f"# file: {service.file}", *(f"# run:  {' '.join(words)}" for words in commands))


def _write(file: Path, content: bytes) -> None:
    """Whole or not at all: launchd reads the folder on its own."""
    temporary = file.with_name(f".{file.name}.tmp")
    temporary.write_bytes(content)
    temporary.chmod(0o644)
    temporary.replace(file)


def _run(commands: Iterable[Words], *, may_fail: bool = False) -> None:
    for words in commands:
        ended = _call(words)
        if ended.returncode == 0:
            continue
        said = ended.stderr.strip() or f"exit status {ended.returncode}"
        if not may_fail:
            raise RandaemonError(f"`{' '.join(words)}` failed: {said}", hint="randaemon service status")
        note(f"`{' '.join(words)}`: {said}")


def _output(words: Words) -> str:
    return _call(words).stdout


def _call(words: Words) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    except OSError as error:
        raise RandaemonError(
            f"{words[0]} cannot be run: {error.strerror}", hint="is this the right --platform?"
        ) from error
