"""The convert stage, but a document that asks for it makes it spin in C, where no signal handler of Python's runs."""

from __future__ import annotations

import re

from randaemon.model import Outcome, Task
from randaemon.stages import convert


def run(task: Task, **parts: object) -> Outcome:
    """Hang or convert."""
    if b"hang here" in task.source.read_bytes():
        re.match("(a+)+$", "a" * 60 + "b")
    return convert.run(task, **parts)  # type: ignore[arg-type]
