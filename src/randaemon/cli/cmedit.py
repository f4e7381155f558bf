"""`cmedit check|explain`: ENM commands, one a line, against the grammar and, if asked, the managed objects we know."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from randaemon.cli.output import JSON_OPTION, jsonable, lines, note, stop

if TYPE_CHECKING:
    from randaemon.ran.cmedit import Command, Problem
    from randaemon.ran.mo import MoModel

app = typer.Typer(help="ENM cmedit commands.", no_args_is_help=True)

FILE = typer.Argument(
    metavar="FILE|-|COMMAND",
    help="A file with one command a line (# is a comment, a backslash ends what goes on), - for stdin, or one command",
)
LIBRARY = typer.Option(False, "--library", help="Also against classes, attributes and ranges of your own documents")

_MEANING = {
    "Get": "reads attributes",
    "Set": "writes attributes",
    "Create": "makes one managed object",
    "Delete": "removes managed objects",
    "Action": "calls an action of managed objects",
    "Describe": "shows the model of a class or node type",
    "Import": "imports from a file, or shows the state of an import",
    "Export": "exports to a file, or shows the state of an export",
}


@app.command()
def check(file: str = FILE, library: bool = LIBRARY, as_json: bool = JSON_OPTION) -> None:
    """Say which commands are valid. Of the others what is wrong; exit 1 if there are any."""
    from randaemon.ran import cmedit

    model = _library() if library else None
    good = True
    for text in _commands(file):
        problems = cmedit.check(text, model)
        good &= not problems
        if as_json:
            lines(_line({"cmd": text, "valid": not problems, "problems": problems}))
        else:
            lines(f"{'ok' if not problems else 'NO'}  {text}", *map(_told, problems))
    stop(0 if good else 1)


@app.command()
def explain(file: str = FILE, library: bool = LIBRARY, as_json: bool = JSON_OPTION) -> None:
    """Take each command apart and say what it does. Exit 1 if any is not valid."""
    from randaemon.ran import cmedit

    model = _library() if library else None
    good = True
    for text in _commands(file):
        problems = cmedit.check(text, model)
        good &= not problems
        try:
            command = cmedit.parse(text)
        except cmedit.CmeditError:
            command = None
        amos = cmedit.amos(command) if command and not problems else []  # no note would make a wrong command right
        if as_json:
            verb = type(command).__name__.lower() if command else None
            told = {"cmd": text, "valid": not problems, "problems": problems, "verb": verb, "parts": command}
            told["amos"] = amos
            lines(_line(told))
        else:
            lines(text, *_explained(command, amos), *map(_told, problems))
    stop(0 if good else 1)


def _commands(file: str) -> list[str]:
    from randaemon.errors import NotFoundError, RandaemonError

    try:
        text = sys.stdin.read() if file == "-" else file if _is_command(file) else Path(file).read_text("utf-8")
    except OSError as error:
        raise NotFoundError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        named = "stdin" if file == "-" else file
        raise RandaemonError(f"{named} is not UTF-8 text: byte {error.start + 1}", hint="save it as UTF-8") from error
    told = text.removeprefix("\ufeff").replace("\\\n", " ").replace("\\\r\n", " ")
    found = [line.strip() for line in told.splitlines() if line.strip() and not line.lstrip().startswith(_NO_COMMAND)]
    if not found:
        note(f"there is no command in {'stdin' if file == '-' else file}")
    return found


_NO_COMMAND = ("#", "```")  # comments, and the fences of what was copied out of Markdown


def _is_command(text: str) -> bool:
    """True of a command typed in place of a file; a file of that name goes first."""
    return text.startswith("cmedit ") and not os.path.exists(text)  # noqa: PTH110 a Path raises for a long command


def _library() -> MoModel:
    """The model that all documents of the home tell together."""
    import msgspec

    from randaemon.model import Extraction, Stage
    from randaemon.ran.mo import MoModel
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    model = MoModel()
    with Reader(Home.default()) as reader:
        for digest in reader.places():
            if body := reader.artifact(digest, Stage.EXTRACT):
                extraction = msgspec.json.decode(body, type=Extraction)
                model = model.add(extraction.items, extraction.source)
    return model


def _told(problem: Problem) -> str:
    place = "" if problem.position is None else f"at character {problem.position + 1}: "
    return f"    {place}{problem.message}"


def _explained(command: Command | None, amos: Sequence[str]) -> Iterator[str]:
    if command is None:
        return
    yield f"    {_MEANING[type(command).__name__]}"
    for name, value in jsonable(command).items():
        if value:
            yield f"    {name}: {_compact(value)}"
    if amos:
        yield f"    in AMOS, on the node: {'; '.join(amos)}"


def _compact(value: Any) -> str:
    """A part in words: conditions as they are written, all else by its values."""
    if isinstance(value, list):
        return "; ".join(map(_compact, value))
    if not isinstance(value, dict):
        return str(value)
    if "path" in value:
        inner = f" where {_compact(value['nested'])}" if value["nested"] else ""
        compared = f" {value['op']} {_compact(value['value'])}" if value["op"] else ""
        return f"{value['path']}{compared}{inner}"
    return " ".join(_compact(part) for part in value.values() if part not in ("", [], None, False))


def _line(value: object) -> str:
    return json.dumps(jsonable(value), ensure_ascii=False)
