"""A stage during which someone else does to the source what the source says."""

from __future__ import annotations

from randaemon.model import Done, Outcome, Task


def run(task: Task) -> Outcome:
    """Append to it, remove it, or leave it alone."""
    match task.source.read_bytes():
        case b"append":
            with task.source.open("ab") as file:
                file.write(b" more")
        case b"remove":
            task.source.unlink()
    return Done()
