"""One life of the daemon: the open store, the start-up, the tasks, and a clean end.

A full disk ends a life, since the store writes no more after a failed write; the daemon then waits for room and begins
another. Every other fault of the disk ends the daemon (reliability I9).
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import anyio
from loguru import logger

from randaemon import governor, wiring
from randaemon.control import Context
from randaemon.daemon import room, startup
from randaemon.daemon.bus import Bus
from randaemon.daemon.keeper import Keeper
from randaemon.daemon.learning import Sealer, Training
from randaemon.daemon.orders import Orders
from randaemon.daemon.room import Room
from randaemon.errors import RandaemonError, StorageFault
from randaemon.store import Home, Store

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from anyio.abc import TaskGroup

    from randaemon.config import Settings
    from randaemon.pool import Pool
    from randaemon.workers.runner import Program


async def until_stopped(home: Home, settings: Settings, program: Program | None) -> None:
    """Live until SIGTERM or SIGINT."""
    stop = anyio.Event()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_listen, stop)
        while not stop.is_set():
            governor.reserve(home.root)
            try:
                await _live(home, settings, program, stop)
            except Exception as error:
                if not _disk_full(error):
                    raise
                await room.wait(home, wiring.governor(settings, home), stop)
        tasks.cancel_scope.cancel()


def cause(error: BaseException) -> BaseException:
    """The error of ours inside a group of what several tasks ended with; else the error itself."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    found = [cause(each) for each in error.exceptions]
    return next((each for each in found if isinstance(each, RandaemonError)), error)


async def _live(home: Home, settings: Settings, program: Program | None, stop: anyio.Event) -> None:
    async with Store.open(home) as store:
        context = Context(store, settings, wiring.cycle(settings, store))
        beginning = await startup.begin(store, context.cycle, settings)
        async with anyio.create_task_group() as tasks:
            _start(tasks, Bus(store, wiring.notifier(settings)).run, Orders(context).run)
            _start(tasks, Keeper(store, beginning.event).run, Room(store, wiring.governor(settings, home)).run)
            cautious = beginning.crash_loop(settings.daemon.safe_mode_after)
            if cautious:
                await _pause(store, beginning, settings.daemon.safe_mode_seconds, stop)
            _start(tasks, wiring.watcher(settings, store).run, Sealer(context).run, Training(context).run)
            await _work(wiring.pool(settings, store, program, slots=1 if cautious else 0), stop)
            tasks.cancel_scope.cancel()
        await startup.end(store)
        logger.info("stopped in good order")


def _start(tasks: TaskGroup, *runs: Callable[[], Coroutine[Any, Any, None]]) -> None:
    for run in runs:
        tasks.start_soon(run)


async def _pause(store: Store, beginning: startup.Beginning, seconds: float, stop: anyio.Event) -> None:
    """Safe mode: only status, commands and messages."""
    await startup.enter_safe_mode(store, beginning)
    with anyio.move_on_after(seconds):
        await stop.wait()
    await startup.leave_safe_mode(store)


async def _work(pool: Pool, stop: anyio.Event) -> None:
    """The pool drains by itself within its time when it is told to stop."""
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_stop_pool, pool, stop)
        await pool.run()
        tasks.cancel_scope.cancel()


async def _stop_pool(pool: Pool, stop: anyio.Event) -> None:
    await stop.wait()
    pool.stop()


async def _listen(stop: anyio.Event) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for number in signals:
            logger.info("{}: stopping", signal.Signals(number).name)
            stop.set()


def _disk_full(error: BaseException) -> bool:
    found = cause(error)
    return isinstance(found, StorageFault) and found.code == "E_DISK_FULL"
