"""Room on the disk: said when it runs out, waited for when not even that can be written down (reliability row 12)."""

from __future__ import annotations

import anyio
from loguru import logger

from randaemon import governor
from randaemon.daemon.troubles import PROBLEMS, Troubles
from randaemon.errors import StorageFault
from randaemon.governor import Governor
from randaemon.store import Home, Store

LOOK = 5.0  # seconds between two looks


class Room:
    """Looks now and then, until cancelled. Documents wait one by one; this tells the user about all of it."""

    def __init__(self, troubles: Troubles, watch: Governor) -> None:
        self._troubles = troubles
        self._watch = watch

    async def run(self) -> None:
        """Raises StorageFault when the disk is so full that the complaint itself does not fit."""
        short = False
        while True:
            problem = self._watch.short_of_room()
            if bool(problem) != short:
                short = bool(problem)
                logger.warning(problem) if problem else logger.info("there is room on the disk again")
                await self._tell(problem)
            await anyio.sleep(LOOK)

    async def _tell(self, problem: str) -> None:
        if problem:
            await self._troubles.say("room", problem)
        else:
            await self._troubles.over("room")


async def wait(home: Home, watch: Governor, stop: anyio.Event) -> None:
    """After a write that did not fit: give up the ballast so that the reason can be written down, then wait."""
    governor.release(home.root)
    problem = watch.short_of_room()
    logger.error("the disk was full: {}", problem or "there is room again")
    try:
        async with Store.open(home) as store:
            await store.set_state(**{PROBLEMS: [problem] if problem else []})
    except StorageFault as fault:
        logger.error("and not even that can be written down: {}", fault)
    while not stop.is_set() and watch.short_of_room():
        with anyio.move_on_after(LOOK):
            await stop.wait()
