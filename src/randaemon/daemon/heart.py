"""Tells the service manager that the daemon is ready, alive and about to end. Where nobody listens nothing happens."""

from __future__ import annotations

from collections.abc import Callable

import anyio

_BEATS = 3  # in the time after which the manager gives a silent service up


class Heart:
    """Beats from the event loop itself: one that hangs is silent and is started anew."""

    def __init__(self, tell: Callable[[str], bool], watchdog: float | None) -> None:
        """`watchdog`: seconds after which the manager gives a silent service up; None: it does not."""
        self._tell = tell
        self._watchdog = watchdog

    async def run(self) -> None:
        """Beat until cancelled."""
        while self._watchdog is not None:
            self._tell("WATCHDOG=1")
            await anyio.sleep(self._watchdog / _BEATS)

    def ready(self) -> None:
        """The start is over."""
        self._tell("READY=1\nSTATUS=at work")

    def stopping(self) -> None:
        """The end has begun."""
        self._tell("STOPPING=1\nSTATUS=finishing what is under way")
