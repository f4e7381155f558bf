"""The files that a task is given and leaves behind; blocking, for threads."""

from __future__ import annotations

import contextlib
from pathlib import Path
from shutil import rmtree

from randaemon.model import Stage


def remove(scratch: Path, needs: tuple[Stage, ...]) -> None:
    """As far as it goes: what a hostile child made unremovable is wiped at the next start."""
    for need in needs:
        beside(scratch, need).unlink(missing_ok=True)
    with contextlib.suppress(RecursionError):
        rmtree(scratch, ignore_errors=True)


def beside(scratch: Path, need: Stage) -> Path:
    return scratch.with_name(f"{scratch.name}.{need.label}.json")
