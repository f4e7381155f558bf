"""How the training child talks to the daemon: one JSON object a line on the stdout it was started with.

mlx-lm prints to stdout too, so the child keeps the pipe for itself and points stdout at its log.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import IO

PREFIX = "event"


@dataclass(frozen=True, slots=True)
class Channel:
    """The child's end."""

    pipe: IO[str]

    @classmethod
    def take_stdout(cls) -> Channel:
        """Keep the pipe at descriptor 1 for events; from now on whatever prints goes where stderr goes."""
        pipe = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)
        return cls(pipe)

    def send(self, event: str, **values: object) -> None:
        """Send one event; `values` are plain JSON values."""
        self.pipe.write(json.dumps({PREFIX: event, **values}, allow_nan=False) + "\n")
        self.pipe.flush()
