"""A full disk makes the daemon wait, not fail: no document is lost and no attempt used up."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCENARIO = Path(__file__).parent / "full_disk" / "scenario.py"
OWN_MOUNTS = ["unshare", "--mount"]


def may_mount(folder: Path) -> bool:
    if shutil.which(OWN_MOUNTS[0]) is None:
        return False
    trial = [*OWN_MOUNTS, "mount", "-t", "tmpfs", "tmpfs", str(folder)]
    return subprocess.run(trial, capture_output=True, check=False).returncode == 0


@pytest.mark.slow
def test_a_disk_that_is_full_for_a_while_costs_time_and_nothing_else(tmp_path: Path) -> None:
    if not may_mount(tmp_path):
        pytest.skip("a file system of its own cannot be mounted here")
    ended = subprocess.run(
        [*OWN_MOUNTS, sys.executable, str(SCENARIO), str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert ended.stdout.splitlines()[-1:] == ["survived"], ended.stdout + ended.stderr
