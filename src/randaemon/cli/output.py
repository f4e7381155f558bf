"""How the command line speaks: JSON alone or plain lines on stdout, all else on stderr.

There is no colour, so NO_COLOR holds.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from randaemon.store.names import display

if TYPE_CHECKING:
    from randaemon.model import Document, Event

WIDEST = 52  # characters that a column is made wide for
JSON_OPTION = typer.Option(False, "--json", help="JSON alone on stdout")


def show(value: object) -> None:
    """One JSON value on stdout; with what stdout cannot carry as escapes."""
    text = json.dumps(value, default=_plain, ensure_ascii=False, indent=2)
    try:
        text.encode(sys.stdout.encoding or "utf-8", errors="strict")
    except UnicodeEncodeError:
        text = json.dumps(value, default=_plain, indent=2)
    sys.stdout.write(f"{text}\n")


def jsonable(value: object) -> Any:
    """The value as JSON would bring it back: dataclasses and mappings as dicts, tuples as lists."""
    return json.loads(json.dumps(value, default=_plain, ensure_ascii=False))


def lines(*texts: str) -> None:
    """Plain lines on stdout; characters the terminal cannot show are replaced, never an error."""
    encoding = sys.stdout.encoding or "utf-8"
    text = "".join(f"{text}\n" for text in texts)
    sys.stdout.write(text.encode(encoding, errors="replace").decode(encoding))


def typed(text: str) -> str:
    """Words of the command line as text: a terminal in another encoding sends bytes that are none."""
    return os.fsencode(text).decode("utf-8", errors="replace")


def note(text: str) -> None:
    """A word to the user beside the output."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Columns in plain text; a cell that is wider than WIDEST moves those behind it and no other row's."""
    cells = [list(header), *([_cell(value) for value in row] for row in rows)]
    widths = [max(min(len(row[column]), WIDEST) for row in cells) for column in range(len(header))]
    for row in cells:
        lines("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())


def stop(code: int) -> NoReturn:
    """End with an exit status that is an answer, not an error."""
    raise typer.Exit(code)


def moment(seconds: float | None) -> str:
    """A time of the clock for people: local, to the second."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds)) if seconds else "-"


def document_json(document: Document) -> dict[str, Any]:
    """A document as every `--json` shows it."""
    return {
        "id": document.id,
        "key": document.key,
        "name": display(document.name),
        "stored_name": document.name,
        "parent": document.parent,
        "digest": document.digest,
        "size": document.size,
        "stage": document.stage.label,
        "status": document.status.value,
        "attempt": document.attempt,
        "reason": document.reason,
        "code": document.code,
        "due": document.due,
        "duplicate_of": document.duplicate_of,
        "admitted": document.admitted,
        "ended": document.ended,
        "meta": dict(document.meta),
    }


def event_json(event: Event) -> dict[str, Any]:
    """An event as every `--json` shows it."""
    return {"id": event.id, "at": event.at, "kind": event.kind, "document": event.document, "data": dict(event.data)}


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Path | IntEnum):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _cell(value: object) -> str:
    return "-" if value is None or value == "" else str(value)
