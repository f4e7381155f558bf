"""Convert stages that take their time or their daemon's life."""

from __future__ import annotations

import os
import signal
import time

from randaemon.model import Done, Outcome, Task
from randaemon.stages.convert import run


def sleep(task: Task) -> Outcome:
    """Longer than anyone waits."""
    time.sleep(600)
    return Done()


def kill_the_daemon(task: Task) -> Outcome:
    """What a document does that makes the machine kill us: it happens again at every start."""
    os.kill(os.getppid(), signal.SIGKILL)
    time.sleep(600)
    return Done()


def kill_the_daemon_at_poison(task: Task, **parts: object) -> Outcome:
    """The same for one document only; all others are converted as ever."""
    if b"poison" in task.source.read_bytes():
        kill_the_daemon(task)
    return run(task, **parts)
