"""One life of the daemon: the open store, the start-up, the tasks, and a clean end.

A full disk ends a life, since the store writes no more after a failed write; the daemon then waits for room and begins
another. So does a damaged database: the newest good snapshot takes its place. Every other fault of the disk ends the
daemon (reliability I9).
"""

from __future__ import annotations

import secrets
import signal
import time
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from loguru import logger

from randaemon import governor, wiring
from randaemon.control import Context
from randaemon.daemon import room, startup
from randaemon.daemon.bus import Bus
from randaemon.daemon.keeper import Keeper
from randaemon.daemon.learning import Sealer, Training
from randaemon.daemon.orders import Orders
from randaemon.daemon.room import Room
from randaemon.daemon.snapshots import Snapshots
from randaemon.daemon.troubles import Troubles
from randaemon.errors import DatabaseDamaged, RandaemonError, StorageFault
from randaemon.store import Home, Store, recovery

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence
    from typing import Any

    from anyio.abc import TaskGroup

    from randaemon.config import Settings
    from randaemon.pool import Pool
    from randaemon.workers.runner import Program


async def until_stopped(home: Home, settings: Settings, program: Program | None) -> None:
    """Live until SIGTERM or SIGINT."""
    stop, token = anyio.Event(), secrets.token_hex(8)  # in a container every process has the same number
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_listen, stop)
        while not stop.is_set():
            governor.reserve(home.root)
            try:
                async with Store.open(home) as store:
                    await _live(Context(store, settings, wiring.cycle(settings, store)), program, stop, token)
            except Exception as error:
                if not await _survives(error, home, settings, stop):
                    raise
        tasks.cancel_scope.cancel()


def cause(error: BaseException) -> BaseException:
    """The error of ours inside a group of what several tasks ended with; else the error itself."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    found = [cause(each) for each in error.exceptions]
    return next((each for each in found if isinstance(each, RandaemonError)), error)


async def _survives(error: Exception, home: Home, settings: Settings, stop: anyio.Event) -> bool:
    """After a full disk and a damaged database another life can begin, when the cause is done away with."""
    match cause(error):
        case StorageFault(code="E_DISK_FULL"):
            await room.wait(home, wiring.governor(settings, home), stop)
        case DatabaseDamaged(code="E_DATABASE") as damage:
            logger.error("{}", damage.message)
            done = await anyio.to_thread.run_sync(recovery.recover, home, damage.message, time.time())
            logger.warning("it lies in quarantine/{}; in its place: {}", done.folder, done.snapshot or "nothing")
        case _:
            return False
    return True


async def _live(context: Context, program: Program | None, stop: anyio.Event, token: str) -> None:
    store, settings, troubles = context.store, context.settings, Troubles(context.store)
    beginning = await startup.begin(store, context.cycle, settings, token)
    async with anyio.create_task_group() as tasks:
        _start(tasks, Bus(store, wiring.notifier(settings)).run, Orders(context).run)
        _start(tasks, Keeper(store, beginning.event).run, Room(troubles, wiring.governor(settings, store.home)).run)
        _start(tasks, Snapshots(store, settings.backup.hours, settings.backup.keep, context.clock).run)
        suspects: Sequence[int] = ()
        if beginning.crash_loop(settings.daemon.safe_mode_after):
            suspects = [document.id for document in beginning.suspects]
            await startup.enter_safe_mode(store, troubles, beginning)
            await _pause(settings.daemon.safe_mode_seconds, stop)
            await startup.leave_safe_mode(store, troubles)
        _start(tasks, wiring.watcher(settings, store).run, Sealer(context).run, Training(context).run)
        await _work(wiring.pool(settings, store, program, suspects), stop)
        tasks.cancel_scope.cancel()
    await startup.end(store)
    logger.info("stopped in good order")


def _start(tasks: TaskGroup, *runs: Callable[[], Coroutine[Any, Any, None]]) -> None:
    for run in runs:
        tasks.start_soon(run)


async def _pause(seconds: float, stop: anyio.Event) -> None:
    """Safe mode: only status, commands and messages."""
    with anyio.move_on_after(seconds):
        await stop.wait()


async def _work(pool: Pool, stop: anyio.Event) -> None:
    """The pool drains by itself within its time when it is told to stop."""
    if stop.is_set():  # told during the pause: begin nothing
        return
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
