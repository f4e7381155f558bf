"""A convert stage that fails, or takes its time, as long as a file in the world says so."""

from __future__ import annotations

import os
import time
from pathlib import Path

from randaemon.model import Failure, Outcome, Task
from randaemon.stages import convert as real


def convert(task: Task) -> Outcome:
    """`fails`: try again later. `slow`: seconds it takes."""
    world = Path(os.environ["WORLD"])
    if (world / "fails").exists():
        return Failure("not in this weather")
    if (slow := world / "slow").exists():
        time.sleep(float(slow.read_text()))
    return real.run(task)
