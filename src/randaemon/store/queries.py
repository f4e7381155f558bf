"""The named statements of `queries.sql`, where the migrations lie, how to read. Stdlib only: the reader uses it too."""

from __future__ import annotations

import functools
from pathlib import Path


def query(name: str) -> str:
    """The text of one named statement."""
    return _blocks()[name]


def migrations() -> list[Path]:
    """The migration files in order; the number of the last is the newest `user_version`."""
    return sorted(Path(__file__).with_name("migrations").glob("[0-9][0-9][0-9][0-9]_*.sql"))


def read_only(path: Path) -> str:
    """The address of a database for a connection that can neither write nor checkpoint."""
    return f"{path.absolute().as_uri()}?mode=ro"


@functools.cache
def _blocks() -> dict[str, str]:
    text = Path(__file__).with_name("queries.sql").read_text("utf-8")
    blocks = (block.partition("\n") for block in text.split("-- name: ")[1:])
    return {name.strip(): _statement(body) for name, _, body in blocks}


def _statement(body: str) -> str:
    """Without the comments: SQLite keys its prepared statements by text."""
    return "\n".join(line for line in body.splitlines() if not line.startswith("--")).strip()
