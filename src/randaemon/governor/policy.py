"""How much may run on a machine in this state: pure. Readings, limits and what runs in; a width and a reason out."""

from __future__ import annotations

import math
from dataclasses import dataclass

from randaemon.governor.ballast import BALLAST_BYTES
from randaemon.machine import MIB, Cores, Readings, Thermal, size

MOST = 4  # at once by itself: above that the commits, not the parsers, are what one waits for
MIN_INODES = 1000  # files that must still fit
RELIEF = 5.0  # percent of battery above the limit at which work goes on, so that it does not stop and go
EASE = 1.25  # times the limit, the same of memory
CROWDED = 2.0  # processes of others per core from which one of ours at a time is enough


@dataclass(frozen=True, slots=True)
class Limits:
    """What the settings ask for."""

    workers: int = 0  # 0: as many as the machine can spare
    min_free: int = 1024 * MIB  # of disk
    battery_percent: float = 20.0  # on battery below this nothing is begun; 0: always
    memory: int = 256 * MIB  # with less free than this nothing is begun; 0: always
    worker_memory: int = 512 * MIB  # what one more worker is expected to take
    footprint: int = 512 * MIB  # the daemon itself complains of itself above this


@dataclass(frozen=True, slots=True)
class Decision:
    """How many documents may be worked on at once, and why not more."""

    width: int
    of: int  # with nothing in the way
    reason: str = ""
    code: str = ""  # of a width of 0: E_DISK_FULL, E_BATTERY, E_MEMORY_LOW, E_THERMAL

    @property
    def holds(self) -> bool:
        """True when nothing may be begun."""
        return self.width == 0


def decide(seen: Readings, limits: Limits, cores: Cores, busy: int = 0, held: str = "") -> Decision:
    """`busy`: workers at work now, whose memory and load are ours; `held`: the code of the decision before.

    A number of workers that the user chose is made smaller by heat and want of memory alone.
    """
    total = cores.performance + cores.efficiency
    wanted = limits.workers or min(cores.performance + cores.efficiency // 2, MOST)
    stop = _disk(seen, limits) or _power(seen, limits, held) or _memory(seen, limits, held) or _heat(seen)
    if stop is not None:
        return Decision(0, wanted, *stop)
    widths = [(wanted, ""), *_shares(seen, limits, wanted, busy)]
    if not limits.workers:
        widths += _courtesy(seen, total, wanted, busy)
    width, reason = min(widths, key=lambda found: found[0])
    return Decision(max(width, 1), wanted, reason)


def _disk(seen: Readings, limits: Limits) -> tuple[str, str] | None:
    need = max(limits.min_free, 2 * BALLAST_BYTES)
    if seen.disk_free < need:
        return shortage(need, seen.disk_free), "E_DISK_FULL"
    return (found, "E_DISK_FULL") if (found := want_of_files(seen)) else None


def want_of_files(seen: Readings) -> str:
    """Why no more files can be made, in plain words; "" when they can."""
    if seen.inodes_free is None or seen.inodes_free >= MIN_INODES:
        return ""
    return f"disk full: room for {seen.inodes_free} more files, need {MIN_INODES} — waiting"


def shortage(need: int, have: int) -> str:
    """In plain words."""
    return f"disk full: need {size(need)}, have {size(have)} — waiting"


def _power(seen: Readings, limits: Limits, held: str) -> tuple[str, str] | None:
    if seen.on_ac_power or seen.battery_percent is None or not limits.battery_percent:
        return None
    limit = limits.battery_percent + (RELIEF if held == "E_BATTERY" else 0.0)
    if seen.battery_percent >= limit:
        return None
    enough = limits.battery_percent + RELIEF
    return f"on battery at {seen.battery_percent:.0f} % — waiting for power or {enough:.0f} %", "E_BATTERY"


def _memory(seen: Readings, limits: Limits, held: str) -> tuple[str, str] | None:
    limit = int(limits.memory * (EASE if held == "E_MEMORY_LOW" else 1.0))
    if seen.memory_free >= limit:
        return None
    return f"memory short: need {size(limit)}, have {size(seen.memory_free)} — waiting", "E_MEMORY_LOW"


def _heat(seen: Readings) -> tuple[str, str] | None:
    return (
        ("the machine is too hot — waiting for it to cool", "E_THERMAL") if seen.thermal >= Thermal.CRITICAL else None
    )


def _shares(seen: Readings, limits: Limits, wanted: int, busy: int) -> list[tuple[int, str]]:
    fit = (seen.memory_free - limits.memory) // max(limits.worker_memory, 1) + busy
    found = [(fit, f"{size(seen.memory_free)} of memory free")]
    if seen.thermal >= Thermal.HEAVY:
        found.append((math.ceil(wanted / 2), "the machine is hot"))
    return found


def _courtesy(seen: Readings, total: int, wanted: int, busy: int) -> list[tuple[int, str]]:
    """To a battery, and to the user's own work."""
    found = []
    if not seen.on_ac_power:
        found.append((math.ceil(wanted / 2), "on battery"))
    others = seen.load * total - busy
    if others >= CROWDED * total:
        found.append((1, "the machine is busy with other work"))
    return found
