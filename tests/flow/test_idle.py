"""A daemon with nothing to do: hardly any processor, few wake-ups, little memory, and not one write to the disk.

It is watched for a minute while other tests run (`conftest.idle_watch`), since all that counts is its own; shorter
watches did not see what it wrote now and then. `scripts/torture idle 600` watches for ten minutes.
"""

from __future__ import annotations

import fcntl
import json
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="wake-ups and writes are counted by /proc")
def test_a_daemon_with_nothing_to_do_leaves_the_machine_alone(idle_watch: Path) -> None:
    with (idle_watch / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)  # held until the watch is over
    figures = idle_watch / "figures.json"
    assert figures.exists(), (idle_watch / "words").read_text()
    found = json.loads(figures.read_text())
    seconds, memory = found["seconds"], found["memory"] / (1 << 20)
    processor, wakeups = found["processor"] / seconds, found["wakeups"] / seconds
    told = f"{processor:.2%} of a processor, {wakeups:.1f} wake-ups a second, {memory:.0f} MiB"
    sys.stdout.write(f"\nin {seconds:.0f} s: {told}, {found['written']:.0f} B written\n")
    assert found["status"] == 0
    assert processor < 0.005
    assert wakeups < 10
    assert found["written"] == 0
    assert memory < 120
