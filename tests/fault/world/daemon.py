"""A daemon in a world that a test sets: `python daemon.py FOLDER`. Its clock and its battery come from files there.

FOLDER/clock holds seconds to add to the time of day, FOLDER/battery the percent left (absent: there is none).
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from types import SimpleNamespace

import psutil

FOLDER = Path(sys.argv[1])
_time = time.time


def _clock() -> float:
    return _time() + float((FOLDER / "clock").read_text())


def _battery() -> SimpleNamespace | None:
    file = FOLDER / "battery"
    return SimpleNamespace(percent=float(file.read_text()), power_plugged=False) if file.exists() else None


# Before the product is imported: whoever asks the system there asks these.
time.time = _clock
psutil.sensors_battery = _battery

from randaemon import config, daemon  # noqa: E402
from randaemon.model import Stage  # noqa: E402
from randaemon.store import Home  # noqa: E402
from randaemon.workers.runner import Program  # noqa: E402

program = Program(
    entries={**Program().entries, Stage.CONVERT: "world_stages:convert"},
    parts="",
    environment={"PYTHONPATH": str(Path(__file__).parent), "WORLD": str(FOLDER)},
)
home = Home.default()
raise SystemExit(daemon.serve(home, config.load(home.settings), program=program))
