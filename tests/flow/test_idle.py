"""A daemon with nothing to do: hardly any processor, few wake-ups, little memory, and not one write to the disk.

`scripts/torture idle 600` watches for ten minutes.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import psutil
import pytest
from tests.house import House

SECONDS = float(os.environ.get("RANDAEMON_TEST_IDLE", "20"))
CALM = 10.0  # seconds after the start: the first backup, the first looks
#: As a user has it, but for what would depend on this machine.
SETTINGS = {"RANDAEMON_INBOX__SCAN_SECONDS": "60", "RANDAEMON_POOL__POLL_SECONDS": "30"}


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="wake-ups and writes are counted by /proc")
def test_a_daemon_with_nothing_to_do_leaves_the_machine_alone(tmp_path: Path) -> None:
    house = House(tmp_path / "home", SETTINGS)
    daemon = psutil.Process(house.start().pid)
    house.until_running()
    house.until(lambda _: any(house.home.backups.glob("state-*.json")))
    threading.Event().wait(CALM)
    before = _figures(daemon)
    threading.Event().wait(SECONDS)
    after = _figures(daemon)
    processor, wakeups, written = ((late - early) / SECONDS for early, late in zip(before, after, strict=True))
    memory = daemon.memory_info().rss / (1 << 20)
    told = f"{processor:.2%} of a processor, {wakeups:.1f} wake-ups a second, {memory:.0f} MiB, {written:.0f} B written"
    sys.stdout.write(f"\nin {SECONDS:.0f} s: {told}\n")
    assert house.stop() == 0
    assert processor < 0.005
    assert wakeups < 10
    assert written == 0
    assert memory < 120


def _figures(daemon: psutil.Process) -> tuple[float, float, float]:
    """Processor seconds, wake-ups of all threads, bytes that went to the disk."""
    times = daemon.cpu_times()
    tasks = Path(f"/proc/{daemon.pid}/task").iterdir()
    wakeups = sum(_voluntary(task / "status") for task in tasks)
    return times.user + times.system, wakeups, daemon.io_counters().write_bytes


def _voluntary(status: Path) -> int:
    lines = (line.split() for line in status.read_text().splitlines())
    return next(int(words[1]) for words in lines if words[0] == "voluntary_ctxt_switches:")
