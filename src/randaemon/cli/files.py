"""`add FILE…` and `inspect FILE`."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import typer

from randaemon.cli.output import JSON_OPTION, lines, show
from randaemon.model import Stage
from randaemon.store.names import display, encode

Mode = Literal["basic", "cmedit", "grouped", "hybrid"]


def add(
    files: list[Path] = typer.Argument(metavar="FILE…", help="Files to copy into the inbox"),
    as_json: bool = JSON_OPTION,
) -> None:
    """Copy files into the inbox; yours stay where they are."""
    from randaemon.store.home import Home

    inbox = Home.default().inbox
    for file in files:
        _must_be_a_file(file)
    inbox.mkdir(mode=0o700, parents=True, exist_ok=True)
    added = [_copy(file, inbox) for file in files]
    if as_json:
        show({"added": [_shown(path) for path in added], "stored_names": [encode(path.name) for path in added]})
    else:
        lines(*(f"added {_shown(path)}" for path in added))


def inspect(
    file: Path = typer.Argument(metavar="FILE", help="A document or an archive"),
    no_llm: bool = typer.Option(False, "--no-llm", help="Keep to the rules"),
    mode: Mode | None = typer.Option(None, "--mode", help="How conversations are made; else as the document wants it"),
    as_json: bool = JSON_OPTION,
) -> None:
    """What the pipeline would make of a file. No daemon, no database, nothing kept."""
    import anyio

    _must_be_a_file(file)
    documents = anyio.run(_inspected, file.absolute(), no_llm, mode)
    if as_json:
        show({"documents": documents})
    else:
        from randaemon.cli import inspection_view

        inspection_view.show(documents)


async def _inspected(file: Path, no_llm: bool, mode: Mode | None) -> list[dict[str, Any]]:
    import tempfile

    from randaemon import config, wiring
    from randaemon.cli import inspection
    from randaemon.store.home import Home

    home = Home.default()
    settings = config.load(home.settings, {"llm": {"enabled": False}} if no_llm else None)
    policy = wiring.pool_policy(settings)
    with tempfile.TemporaryDirectory(prefix="randaemon-") as work:
        worker = wiring.worker(settings, Path(work))
        try:
            async with inspection.asking(settings, home) as asked:
                stages = _forced(policy.options, mode) if mode else policy.options
                options = inspection.Options(stages, policy.deadline, asked)
                return await inspection.inspect(file, worker, options)
        finally:
            await worker.close()


def _forced(stages: Mapping[Stage, Mapping[str, object]], mode: Mode) -> Mapping[Stage, Mapping[str, object]]:
    return {**stages, Stage.CONVERSE: {**stages.get(Stage.CONVERSE, {}), "mode": mode}}


def _shown(path: Path) -> str:
    """A name may hold what a terminal obeys, or no text at all."""
    return str(path.with_name(display(encode(path.name), limit=255)))


def _must_be_a_file(file: Path) -> None:
    from randaemon.errors import NotFoundError, RandaemonError

    if not file.exists():
        raise NotFoundError(f"there is no file {file}")
    if not file.is_file():
        raise RandaemonError(f"{file} is not a regular file", hint="zip a folder and add the ZIP")


def _copy(file: Path, inbox: Path) -> Path:
    """Under a name that the watcher ignores, then renamed: it never sees half a file."""
    temporary = inbox / f".{secrets.token_hex(6)}.part"
    try:
        shutil.copyfile(file, temporary)
        with temporary.open("rb") as copied:
            os.fsync(copied.fileno())
        target = _free(inbox, file.name)
        temporary.rename(target)
    finally:
        temporary.unlink(missing_ok=True)
    return target


def _free(inbox: Path, name: str) -> Path:
    """A name that nothing waiting in the inbox has."""
    stem, suffix = Path(name).stem, Path(name).suffix
    candidates = (inbox / (name if number == 1 else f"{stem} ({number}){suffix}") for number in range(1, 1000))
    return next(path for path in candidates if not path.exists())
