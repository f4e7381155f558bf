"""`logs`, also `service logs`: what the daemon wrote, for people; followed while it writes on."""

from __future__ import annotations

import json
import sys
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any

import typer

from randaemon.cli.output import lines, note

_LOOK = 0.3  # seconds between two looks at a log that is followed
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def logs(
    follow: bool = typer.Option(False, "--follow", "-f", help="Go on while the daemon writes; Ctrl-C ends it"),
    count: int = typer.Option(50, "--lines", "-n", min=0, help="Begin with so many of the last"),
    level: str = typer.Option("DEBUG", "--level", help="DEBUG, INFO, WARNING or ERROR: this and what is worse"),
    as_json: bool = typer.Option(False, "--json", help="The lines as they are written: one JSON object each"),
) -> None:
    """What the daemon wrote to its log, oldest first."""
    from randaemon.store.home import Home

    if level.upper() not in _LEVELS:
        raise typer.BadParameter(f"{level!r} is none of {', '.join(_LEVELS)}", param_hint="--level")
    file = Home.default().logs / "daemon.jsonl"
    if not file.exists():
        note(f"there is no log yet at {file}")
    wanted = frozenset(_LEVELS[_LEVELS.index(level.upper()) :])
    written = followed(file, time.sleep, count, wanted) if follow else iter(last(file, count, wanted))
    for line in written:
        lines(line.rstrip("\n") if as_json else plain(_facts(line)))
        if follow:
            sys.stdout.flush()  # a pipe would keep it until there are 8 KiB


def last(file: Path, count: int, wanted: Collection[str] = _LEVELS) -> list[str]:
    """The last lines of a file that have one of the wanted levels."""
    if not file.exists():
        return []
    with file.open(encoding="utf-8", errors="replace") as stream:
        return list(deque((line for line in stream if _is(line, wanted)), count))


def followed(
    file: Path, sleep: Callable[[float], None], count: int, wanted: Collection[str] = _LEVELS
) -> Iterator[str]:
    """The last lines and all that come, also when the log is closed at its size and another takes its name."""
    yield from last(file, count, wanted)
    place = file.stat().st_size if file.exists() else 0
    seen = _number(file)
    while True:
        sleep(_LOOK)
        if _number(file) != seen or (file.exists() and file.stat().st_size < place):
            seen, place = _number(file), 0
        if not file.exists():
            continue
        with file.open(encoding="utf-8", errors="replace") as stream:
            stream.seek(place)
            text = stream.read()
        whole, _, _ = text.rpartition("\n")  # a line that is only half written waits for its end
        if whole:
            place += len(whole.encode()) + 1
            yield from (line for line in whole.split("\n") if _is(line, wanted))


def plain(facts: dict[str, Any]) -> str:
    """One line for people: time of the day, level, what happened; a traceback under it."""
    at = str(facts.get("at", ""))
    shown = f"{at[:10]} {at[11:19]} {facts.get('level', ''):<8} {facts.get('message', '')}"
    told = "".join(letter if letter.isprintable() else "�" for letter in shown)
    trace = str(facts.get("traceback", "")).rstrip("\n")
    return f"{told}\n{trace}" if trace else told


def _is(line: str, wanted: Collection[str]) -> bool:
    return _facts(line).get("level") in wanted


def _facts(line: str) -> dict[str, Any]:
    """A line that is none of ours is shown as it is."""
    try:
        found = json.loads(line)
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"level": "INFO", "message": line.rstrip("\n")}


def _number(file: Path) -> int:
    try:
        return file.stat().st_ino
    except OSError:
        return 0
