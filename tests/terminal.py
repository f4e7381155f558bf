"""The command line from outside: real processes in a home of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from randaemon.store.home import Home

_PATIENCE = 120.0


@dataclass(frozen=True)
class Ended:
    """What a command said and its exit status."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """All of stdout as one JSON value; anything else on stdout is an error here."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Terminal:
    """Types commands into a home."""

    home: Home
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *words: str | Path, stdin: str = "") -> Ended:
        """`randaemon WORDS`."""
        environment = {**os.environ, **self.environment, "RANDAEMON_HOME": str(self.home.root)}
        ended = subprocess.run(
            [sys.executable, "-m", "randaemon", *map(str, words)],
            env=environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)
