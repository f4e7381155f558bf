"""A child and whatever it spawned, as the system sees them."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil

#: Seconds between two searches for what a child spawned: each one reads about every process of the machine, which for
#: four a second took a quarter of the daemon's work. What was found is watched at every look.
_SEARCH = 1.0


class Family:
    """The memory of a child with all its descendants."""

    def __init__(self, pid: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._child = _process(pid)
        self._spawned: list[psutil.Process] = []
        self._searched = -_SEARCH

    def own(self) -> int:
        """Bytes that the child itself holds; 0 when it is gone."""
        return _resident(self._child) if self._child else 0

    def together(self) -> int:
        """Bytes that all of them hold."""
        if self._clock() - self._searched >= _SEARCH:
            self.spawned()
        return self.own() + sum(map(_resident, self._spawned))

    def spawned(self) -> list[psutil.Process]:
        """All descendants there are now."""
        self._searched = self._clock()
        try:
            self._spawned = self._child.children(recursive=True) if self._child else []
        except psutil.Error:
            self._spawned = []
        return self._spawned


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.Error:
        return None


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0
