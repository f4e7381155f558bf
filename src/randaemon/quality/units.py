"""Units of measurement, and numbers that they are written against."""

from __future__ import annotations

import re
from typing import Final

#: Units a RAN document prints. A unit in an answer must stand in its evidence, exactly as printed.
UNITS: Final = frozenset(
    {
        "dB", "dBm", "dBi", "dBc", "dBd", "dBr", "dBFS", "mdB", "Hz", "kHz", "MHz", "GHz", "s", "ms", "us", "µs", "μs",
        "ns", "ps", "min", "h", "seconds", "second", "milliseconds", "millisecond", "microseconds", "microsecond",
        "nanoseconds", "minutes", "minute", "hours", "hour", "days", "weeks", "bit", "bits", "kbit", "Mbit", "Gbit",
        "bps", "kbps", "Kbps", "Mbps", "Gbps", "Tbps", "byte", "bytes", "kB", "KB", "MB", "GB", "TB", "KiB", "MiB",
        "GiB", "TiB", "W", "mW", "kW", "V", "mV", "kV", "A", "mA", "Ah", "Wh", "kWh", "J", "kJ", "K", "m", "km", "cm",
        "mm", "nm", "meter", "meters", "metres", "degrees", "deg", "rad", "percent", "ppm", "ppb", "Erlang", "Erl",
        "mErl", "PRB", "PRBs", "RB", "RBs", "CCE", "CCEs", "REs", "users", "packets", "frames", "cells", "bearers",
        "subframes", "symbols", "TTI", "TTIs", "slots", "attempts", "successes", "octets", "chips", "Mcps", "ohm",
    }
)  # fmt: skip

#: All of them for a pattern, the longest first.
ALTERNATIVES: Final = "|".join(sorted((re.escape(unit) for unit in UNITS), key=len, reverse=True))


def apart(text: str) -> str:
    """The text with a space between a number and the unit that is written against it: `9999ms` → `9999 ms`."""
    return _GLUED.sub(r"\1 ", text) if _MAYBE_GLUED.search(text) else text


_MAYBE_GLUED = re.compile(r"\d[^\W\d_]")


_GLUED = re.compile(rf"((?<![\w.])\d+(?:[.,]\d+)*|(?<=\.\.)\d+)(?=(?:{ALTERNATIVES})(?!\w))")
