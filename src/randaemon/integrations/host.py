"""This machine, looked at: memory, disk, battery, heat, load and its kinds of cores. psutil and small probes only.

All of it blocks for a millisecond or a few; on macOS heat and cores cost a process each, so ask in a thread.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

from randaemon.machine import Cores, Readings, Thermal

_SLOW = 30.0  # seconds between two looks at what changes slowly
_WAIT = 5.0  # seconds for a system tool that answers in milliseconds
# Absolute: a service's PATH is its installer's, and these are the system's own.
_NOTIFYUTIL, _SYSCTL = "/usr/bin/notifyutil", "/usr/sbin/sysctl"
_PRESSURE = "com.apple.system.thermalpressurelevel"
_KINDS = ("hw.perflevel0.logicalcpu", "hw.perflevel1.logicalcpu")


class Probe:
    """Looks at this machine, with the disk that holds `root`."""

    def __init__(self, root: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._root = root
        self._clock = clock
        self._felt: tuple[float, Thermal] | None = None

    def read(self) -> Readings:
        """One look."""
        memory, volume = psutil.virtual_memory(), os.statvfs(self._root)
        battery = psutil.sensors_battery()
        return Readings(
            memory_total=memory.total,
            memory_free=memory.available,
            disk_free=volume.f_bavail * volume.f_frsize,
            inodes_free=volume.f_favail if volume.f_files else None,
            load=os.getloadavg()[0] / (os.cpu_count() or 1),
            thermal=self._heat(),
            on_ac_power=battery is None or battery.power_plugged is not False,
            battery_percent=None if battery is None else float(battery.percent),
        )

    def _heat(self) -> Thermal:
        """Heat changes slowly, and asking for it costs a process on macOS."""
        now = self._clock()
        if self._felt is None or now - self._felt[0] >= _SLOW:
            self._felt = now, _thermal()
        return self._felt[1]


def memory() -> int:
    """All there is, bytes."""
    return int(psutil.virtual_memory().total)


def cores() -> Cores:
    """What this process may run on: its affinity and its container's quota count."""
    if sys.platform == "darwin":
        return kinds(_said(_SYSCTL, "-n", *_KINDS), os.cpu_count() or 1)
    return Cores(max(min(len(os.sched_getaffinity(0)), _quota(Path("/sys/fs/cgroup/cpu.max"))), 1))


def pressure(output: str) -> Thermal:
    """What `notifyutil -g` says: `name level`, where the levels above 3 are trapping and sleeping."""
    words = output.split()
    if len(words) != 2 or not words[1].isdigit():
        return Thermal.NOMINAL
    return Thermal(min(int(words[1]), Thermal.CRITICAL))


def kinds(output: str, total: int) -> Cores:
    """What `sysctl` says, one number a line, the fast kind first; an Intel Mac knows no kinds."""
    numbers = [int(line) for line in output.splitlines() if line.strip().isdigit()]
    if len(numbers) != len(_KINDS) or not numbers[0]:
        return Cores(total)
    return Cores(*numbers)


def heat(sensors: Iterable[tuple[float, float | None, float | None]]) -> Thermal:
    """The worst of (current, high, critical) in °C. Limits that a driver does not know are None or nonsense."""
    worst = Thermal.NOMINAL
    for current, high, critical in sensors:
        if critical and critical > 40 and current >= critical:
            return Thermal.CRITICAL
        if high and high > 40 and current >= high:
            worst = Thermal.HEAVY
    return worst


def _thermal() -> Thermal:
    if sys.platform == "darwin":
        return pressure(_said(_NOTIFYUTIL, "-g", _PRESSURE))
    found = psutil.sensors_temperatures() if hasattr(psutil, "sensors_temperatures") else {}
    return heat((each.current, each.high, each.critical) for sensors in found.values() for each in sensors)


def _quota(file: Path) -> int:
    """Whole processors that a container's quota comes to; many when there is none."""
    try:
        quota, period = file.read_text("ascii").split()
        return max(int(quota) // int(period), 1)
    except (OSError, ValueError):  # no control group of this kind, or "max"
        return 1 << 10


def _said(*command: str) -> str:
    """The output of a system tool; nothing where it is missing, fails or hangs."""
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_WAIT, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout
