"""What the machine can spare at a moment, as values, and bytes as people read them.

`integrations/host.py` reads the machine; governor and training decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

MIB, GIB = 1 << 20, 1 << 30  # bytes


class Thermal(IntEnum):
    """Pressure by heat, as the system itself reports it; from HEAVY on it slows everything down."""

    NOMINAL = 0
    MODERATE = 1
    HEAVY = 2
    CRITICAL = 3


@dataclass(frozen=True, slots=True)
class Cores:
    """Logical processors that this process may use, by kind; a machine with one kind has only fast ones."""

    performance: int = 1
    efficiency: int = 0


@dataclass(frozen=True, slots=True)
class Readings:
    """One look at the machine. Bytes where nothing else is said; what a system does not tell is None or harmless."""

    memory_total: int
    memory_free: int  # what can be had without swapping
    disk_free: int  # what this user may still write on the home's volume
    inodes_free: int | None = None  # None: that file system makes them as it goes
    load: float = 0.0  # runnable processes per core, mean of the last minute
    thermal: Thermal = Thermal.NOMINAL
    on_ac_power: bool = True  # also without any battery
    battery_percent: float | None = None  # 0..100; None: there is no battery


def size(count: int) -> str:
    """Bytes of memory or disk for people: `80 MiB`, `1.2 GiB`."""
    if count >= GIB:
        return f"{count / GIB:.1f} GiB"
    return f"{count // MIB} MiB" if count >= MIB else f"{count // 1024} KiB"


def file_size(count: int) -> str:
    """Bytes of files for people, in decimal units as file browsers show them: `17 MB`."""
    for unit, step in (("GB", 10**9), ("MB", 10**6), ("KB", 10**3)):
        if count >= step:
            return f"{count / step:.3g} {unit}" if count < 1000 * step else f"{count // step:,} {unit}"
    return f"{count} bytes"
