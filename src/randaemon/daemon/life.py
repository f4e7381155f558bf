"""One life of the daemon: the open store, the start-up, the tasks, and a clean end.

A full disk ends a life, since the store writes no more after a failed write; the daemon then waits for room and begins
another. So does a damaged database: the newest good snapshot takes its place. Every other fault of the disk ends the
daemon.
"""

from __future__ import annotations

import os
import secrets
import signal
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
from loguru import logger

from randaemon import governor, wiring
from randaemon.control.commands import Context
from randaemon.daemon import asking, room, startup
from randaemon.daemon.alarms import Alarms
from randaemon.daemon.bus import Bus
from randaemon.daemon.heart import Heart
from randaemon.daemon.keeper import Keeper
from randaemon.daemon.learning import Sealer, Training
from randaemon.daemon.meter import Meter
from randaemon.daemon.orders import Orders
from randaemon.daemon.pruning import Pruning
from randaemon.daemon.reloading import Reloading
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
    from randaemon.daemon.startup import Beginning
    from randaemon.pool import Pool
    from randaemon.workers.runner import Program


@dataclass(slots=True)
class Plan:
    """What a daemon is started with. The settings are those of now: read again they outlive the life that read them."""

    home: Home
    settings: Settings
    program: Program | None = None  # what worker children run; None: the pipeline
    load: Callable[[], Settings] | None = None  # reads the settings again; None: they stay
    attached: bool = field(default_factory=lambda: os.isatty(2))  # somebody looks on: SIGHUP is the end of that
    hangups: int = 0  # SIGHUP without a terminal: read the settings again
    token: str = field(default_factory=lambda: secrets.token_hex(8))  # in a container every process has the same number


async def until_stopped(plan: Plan) -> None:
    """Live until SIGTERM or SIGINT."""
    stop, heart = anyio.Event(), Heart(*wiring.service_manager())
    async with anyio.create_task_group() as tasks:
        _start(tasks, partial(_listen, stop, plan, heart), heart.run)
        heart.ready()  # from here on whatever happens is looked after
        while not stop.is_set():
            governor.reserve(plan.home.root)
            try:
                async with Store.open(plan.home) as store:
                    await _live(store, plan, stop)
            except Exception as error:
                if not await _survives(error, plan, stop):
                    raise
        tasks.cancel_scope.cancel()


def cause(error: BaseException) -> BaseException:
    """The error of ours inside a group of what several tasks ended with; else the error itself."""
    if not isinstance(error, BaseExceptionGroup):
        return error
    found = [cause(each) for each in error.exceptions]
    return next((each for each in found if isinstance(each, RandaemonError)), error)


async def _survives(error: Exception, plan: Plan, stop: anyio.Event) -> bool:
    """After a full disk and a damaged database another life can begin, when the cause is done away with."""
    match cause(error):
        case StorageFault(code="E_DISK_FULL"):
            await room.wait(plan.home, wiring.governor(plan.settings, plan.home), stop)
        case DatabaseDamaged(code="E_DATABASE") as damage:
            logger.error("{}", damage.message)
            done = await anyio.to_thread.run_sync(recovery.recover, plan.home, damage.message, time.time())
            logger.warning("it lies in quarantine/{}; in its place: {}", done.folder, done.snapshot or "nothing")
        case _:
            return False
    return True


async def _live(store: Store, plan: Plan, stop: anyio.Event) -> None:
    context = Context(store, plan.settings, wiring.cycle(plan.settings, store))
    troubles, watch = Troubles(store), wiring.governor(plan.settings, store.home)
    beginning = await startup.begin(store, context.cycle, plan.settings, plan.token)
    bus = Bus(store, lambda: wiring.notifier(context.settings), lambda: wiring.manners(context.settings), context.clock)
    reloading = Reloading(context, plan.load or (lambda: plan.settings), lambda: plan.hangups)
    reloading.follow(partial(setattr, plan, "settings"))
    reloading.follow(lambda settings: setattr(watch, "limits", wiring.limits(settings)))
    async with asking.opened(context) as models, anyio.create_task_group() as tasks:
        _start(tasks, bus.run, Orders(context).run)
        _start(tasks, Keeper(store, beginning.event).run, Room(store, troubles, watch).run)
        _start(tasks, Snapshots(store, lambda: context.settings.backup, context.clock).run)
        _start(tasks, Pruning(store, lambda: context.settings.log, context.clock).run)
        _start(tasks, Meter(store.home, context.settings.metrics.port).run)
        tasks.start_soon(reloading.run, troubles)
        suspects = await _suspects(context, troubles, beginning, stop)
        await models.begin()
        watcher = wiring.watcher(context.settings, store)
        pool = wiring.pool(context.settings, store, watch, plan.program, suspects)
        pool.tell(models.told)
        reloading.follow(lambda settings: watcher.adopt(wiring.watch_policy(settings)))
        reloading.follow(lambda settings: pool.adopt(wiring.pool_policy(settings)))
        reloading.follow(lambda settings: pool.widen(wiring.lanes(settings)))
        alarms = Alarms(store, watch, lambda: wiring.alert_limits(context.settings), context.clock)
        _start(tasks, alarms.run, watcher.run, Sealer(context).run, Training(context, models.resting).run, models.run)
        await _work(pool, stop)
        tasks.cancel_scope.cancel()
    await startup.end(store)
    logger.info("stopped in good order")


async def _suspects(context: Context, troubles: Troubles, found: Beginning, stop: anyio.Event) -> Sequence[int]:
    """After crashes in a row: wait a while, then those that may be to blame come first, one at a time."""
    daemon = context.settings.daemon
    if not found.crash_loop(daemon.safe_mode_after):
        return ()
    await startup.enter_safe_mode(context.store, troubles, found)
    await _pause(daemon.safe_mode_seconds, stop)
    await startup.leave_safe_mode(context.store, troubles)
    return [document.id for document in found.suspects]


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


async def _listen(stop: anyio.Event, plan: Plan, heart: Heart) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT, signal.SIGHUP) as signals:
        async for number in signals:
            if number == signal.SIGHUP and not plan.attached:
                plan.hangups += 1
                continue
            logger.info("{}: stopping", signal.Signals(number).name)
            heart.stopping()
            stop.set()
