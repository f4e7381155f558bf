"""How many calls of one model run at once: fewer as soon as it has too much to do, more by and by when all is well."""

from __future__ import annotations

_SHRINK = 0.75
_GROW_EVERY = 25  # successes


class Limit:
    """Starts at its most: a server that can do less says so, and one that can do more is not asked to."""

    def __init__(self, most: int) -> None:
        self._most = float(most)
        self._now = float(most)
        self._successes = 0

    @property
    def value(self) -> int:
        """At least one."""
        return max(int(self._now), 1)

    def succeeded(self) -> None:
        """A call was answered."""
        self._successes += 1
        if self._successes >= _GROW_EVERY:
            self._successes = 0
            self._now = min(max(self._now, 1.0) + 1.0, self._most)

    def overloaded(self) -> None:
        """A call was turned away because there are too many."""
        self._successes = 0
        self._now = max(self._now * _SHRINK, 1.0)
