"""Settings that change while the daemon runs: read again, validated, swapped whole; a file with errors is left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from loguru import logger

from randaemon.daemon.troubles import Troubles
from randaemon.errors import SettingsError
from randaemon.model import Event

if TYPE_CHECKING:
    from randaemon.config import Settings
    from randaemon.control.commands import Context

POLL = 2.0  # seconds between two looks at the file; one costs 5 µs


class Reloading:
    """Follows the settings file, and SIGHUP, until cancelled."""

    def __init__(self, context: Context, load: Callable[[], Settings], hangups: Callable[[], int]) -> None:
        """`hangups`: how many SIGHUP there were, each of which asks for the settings to be read again."""
        self._context = context
        self._load = load
        self._hangups = hangups
        self._followers: list[Callable[[Settings], None]] = []

    def follow(self, adopt: Callable[[Settings], None]) -> None:
        """Hand new settings to a part that keeps something made from them."""
        self._followers.append(adopt)

    async def run(self, troubles: Troubles) -> None:
        """Look at the file now and then; the first time at once, since it may have changed during the start."""
        seen: object = None
        while True:
            signature = (self._hangups(), *_signature(self._context.store.home.settings))
            if signature != seen:
                seen = signature
                await self.look(troubles)
            await anyio.sleep(POLL)

    async def look(self, troubles: Troubles) -> None:
        """Read the settings; use them if they can be used."""
        try:
            new = await anyio.to_thread.run_sync(self._load)
        except SettingsError as error:
            told = f"{error.message} — the old settings stay"
            logger.error("{}", told)
            await troubles.say("settings", told)
            return
        await troubles.over("settings")
        await self._swap(new)

    async def _swap(self, new: Settings) -> None:
        """Between two turns of the loop: no part sees half of the new and half of the old."""
        from randaemon.config.live import differences, needs_restart

        changed = differences(self._context.settings, new)
        if not changed:
            return
        self._context.settings = new
        for adopt in self._followers:
            adopt(new)
        waits = [key for key in changed if needs_restart(key)]
        await self._context.store.set_state(settings=new.model_dump(mode="json"))
        await self._context.store.record(Event("daemon.settings", data={"changed": changed, "restart": waits}))


def _signature(file: Path) -> tuple[int, ...]:
    """Editors write in place or rename over; either changes one of these."""
    try:
        seen = file.stat()
    except OSError:
        return ()
    return seen.st_ino, seen.st_size, seen.st_mtime_ns
