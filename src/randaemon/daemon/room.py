"""What the machine leaves for work: looked at now and then, told when it changes, waited for when nothing fits.

A full disk is trouble and is shown as such; to wait for power, memory or a cooler machine is not.
"""

from __future__ import annotations

from dataclasses import asdict

import anyio
import anyio.to_thread
import psutil
from loguru import logger

from randaemon import governor
from randaemon.daemon.troubles import PROBLEMS, Troubles
from randaemon.errors import StorageFault
from randaemon.governor import Decision, Governor
from randaemon.machine import size
from randaemon.model import Event
from randaemon.store import Home, Store
from randaemon.store.records import PAUSED, paused

LOOK = 5.0  # seconds between two looks
LANES = "lanes"  # state: what each lane may do now, for status
WAITING, RESUMED = "machine.waiting", "machine.resumed"


class Room:
    """Looks now and then, until cancelled. Documents wait one by one; this tells the user about all of it."""

    def __init__(self, store: Store, troubles: Troubles, watch: Governor) -> None:
        self._store = store
        self._troubles = troubles
        self._watch = watch
        self._told: Decision | None = None
        self._short = ""
        self._large = False

    async def run(self) -> None:
        """Raises StorageFault when the disk is so full that the complaint itself does not fit."""
        while True:
            await self.look()
            await anyio.sleep(LOOK)

    async def look(self) -> None:
        """Look at the machine, decide, and tell what has changed."""
        self._watch.paused = "documents" in paused(await self._store.state(PAUSED))
        decision = await anyio.to_thread.run_sync(self._watch.refresh)
        await self._disk()
        await self._footprint()
        if await self._is_news(decision):
            before, self._told = self._told, decision
            await self._tell(before or Decision(decision.of, decision.of), decision)

    async def _is_news(self, now: Decision) -> bool:
        """Figures within a reason change at every look, and with nothing to do nobody asks how wide: not written."""
        before = self._told
        if before is None or (before.of, before.code) != (now.of, now.code):
            return True
        return before.width != now.width and not await self._store.idle()

    async def _tell(self, before: Decision, now: Decision) -> None:
        logger.info("{} of {} documents at once{}", now.width, now.of, f": {now.reason}" if now.reason else "")
        await self._store.set_state(**{LANES: {governor.CPU: asdict(now)}})
        if now.holds and now.code != before.code and now.code != "E_DISK_FULL":
            await self._store.record(Event(WAITING, data={"code": now.code, "reason": now.reason}))
        elif before.holds and not now.holds and before.code != "E_DISK_FULL":
            await self._store.record(Event(RESUMED, data={"code": before.code}))

    async def _disk(self) -> None:
        problem = self._watch.short_of_disk()
        if bool(problem) == bool(self._short):
            return
        self._short = problem
        logger.warning(problem) if problem else logger.info("there is room on the disk again")
        await (self._troubles.say("room", problem) if problem else self._troubles.over("room"))

    async def _footprint(self) -> None:
        """A daemon that leaks says so, once, before the system has to do something about it."""
        used, limit = psutil.Process().memory_info().rss, self._watch.limits.footprint
        if used > limit and not self._large:
            told = f"the daemon itself has grown to {size(used)}, above {size(limit)}: restart it when it suits you"
            await self._troubles.say("footprint", told)
        elif self._large and used <= limit:
            await self._troubles.over("footprint")
        self._large = used > limit


async def wait(home: Home, watch: Governor, stop: anyio.Event) -> None:
    """After a write that did not fit: give up the ballast so that the reason can be written down, then wait."""
    governor.release(home.root)
    problem = watch.short_of_disk()
    logger.error("the disk was full: {}", problem or "there is room again")
    try:
        async with Store.open(home) as store:
            await store.set_state(**{PROBLEMS: [problem] if problem else []})
    except StorageFault as fault:
        logger.error("and not even that can be written down: {}", fault)
    while not stop.is_set() and await anyio.to_thread.run_sync(_still_short, watch):
        with anyio.move_on_after(LOOK):
            await stop.wait()


def _still_short(watch: Governor) -> bool:
    """Looked at anew: also whether more files fit."""
    watch.refresh()
    return bool(watch.short_of_disk())
