"""The daemon: one home, one lock, a start that mends what an end left, then tasks until it is told to stop.

    from randaemon import daemon
    status = daemon.serve(home, settings)      # blocks; 0 after SIGTERM or Ctrl-C

It may be killed at any instant: whatever it was doing is found by the next start. Stopping in good order only saves
the work that a kill would repeat.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import anyio
from loguru import logger

from randaemon.daemon import life, logs, startup
from randaemon.daemon.life import Plan
from randaemon.errors import RandaemonError
from randaemon.store.lock import InstanceLock

if TYPE_CHECKING:
    from collections.abc import Callable

    from randaemon.config import Settings
    from randaemon.store import Home
    from randaemon.workers.runner import Program


def serve(
    home: Home,
    settings: Settings,
    *,
    wait: bool = False,
    program: Program | None = None,
    load: Callable[[], Settings] | None = None,
) -> int:
    """Run the daemon until SIGTERM or SIGINT; the exit status.

    A second one on the same home ends with 1 and names the first; with `wait`, or when a service manager started it,
    it waits for the lock instead. `program` is what worker children run; None: the pipeline. `load` reads the settings
    again when their file changes; None: they stay.
    """
    try:
        startup.make_folders(home)
        with InstanceLock(home, wait=wait or _managed()), logs.kept(home, settings.log):
            return _run(Plan(home, settings, program, load))
    except RandaemonError as error:
        sys.stderr.write(f"randaemon: {error}\n")
        return error.exit_code


def _run(plan: Plan) -> int:
    if os.geteuid() == 0:
        logger.warning("running as root: parsers of hostile files then run as root too; use an account of your own")
    try:
        anyio.run(life.until_stopped, plan)
    except Exception as error:
        found = life.cause(error)
        if isinstance(found, RandaemonError):
            logger.critical("the daemon ends: {}", found)
            raise found from error
        logger.opt(exception=error).critical("the daemon ends by an error nobody foresaw")
        raise
    return 0


def _managed() -> bool:
    """Did a service manager start this very process? Its variables alone are inherited by every terminal."""
    if os.environ.get("SYSTEMD_EXEC_PID") == str(os.getpid()):
        return True
    return os.getppid() == 1 and os.environ.get("XPC_SERVICE_NAME", "0") not in ("", "0")
