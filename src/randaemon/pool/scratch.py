"""The files that a task is given and leaves behind; blocking, for threads."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from shutil import rmtree

from randaemon.model import Document, Stage


def of(folder: Path, document: Document) -> Path:
    """The folder of a task; its runner makes it, and only there: most stages leave nothing in it."""
    return folder / f"{document.id}-{document.claim}"


def beside(scratch: Path, need: Stage) -> Path:
    """Where an artifact lies for the child."""
    return scratch.with_name(f"{scratch.name}.{need.label}.json")


def lay(path: Path, body: bytes) -> None:
    """Write an artifact where a child looks for it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(body)


def remove(scratch: Path, laid: Iterable[Path]) -> None:
    """As far as it goes: what a hostile child made unremovable is wiped at the next start."""
    for path in laid:
        path.unlink(missing_ok=True)
    with contextlib.suppress(RecursionError):
        rmtree(scratch, ignore_errors=True)
