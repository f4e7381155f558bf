"""The same work for every side of the queue benchmark."""

from __future__ import annotations

import random
import string
import tempfile
from pathlib import Path

STAGES = 5
RESULT_BYTES = 4096


def results() -> list[str]:
    """Two hundred texts of 4 KiB, the same in every process."""
    drawn = random.Random(1)
    words = ["".join(drawn.choices(string.ascii_lowercase, k=drawn.randint(2, 9))) for _ in range(2000)]
    return [" ".join(drawn.choices(words, k=2000))[:RESULT_BYTES] for _ in range(200)]


def folder() -> tempfile.TemporaryDirectory[str]:
    """Beside the project, not in a /tmp that may be memory: a flush must reach a disk."""
    base = Path(__file__).resolve().parents[3] / ".bench-venv"
    base.mkdir(exist_ok=True)  # not there before a benchmark with peers has run
    return tempfile.TemporaryDirectory(dir=base, prefix="queue-")
