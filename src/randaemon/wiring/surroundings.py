"""What surrounds the daemon: the user's desktop, and the manager that runs services."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from randaemon.alerts import Limits
    from randaemon.config import Settings
    from randaemon.integrations import launchd, systemd
    from randaemon.notify import Manners, Message
    from randaemon.store import Home

_SERVICE_PATH = "/opt/homebrew/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"  # a service inherits next to none

_HUB = ("HF_HOME", "HF_HUB_CACHE")  # where this user's models lie: a service is not to miss them, or fetch them twice


def notifier(settings: Settings) -> Callable[[Message], bool] | None:
    """Shows a message on the desktop; None when the user wants none."""
    if not settings.notify.enabled:
        return None
    from randaemon.integrations import desktop

    return lambda message: desktop.show(message.title, message.body, message.urgency.value)


def manners(settings: Settings) -> Manners:
    """When messages are shown."""
    from randaemon.notify import Manners

    notify = settings.notify
    start, _, end = notify.quiet_hours.partition("-")
    return Manners((_minutes(start), _minutes(end)), notify.gap_seconds, notify.repeat_hours * 3600.0)


def alert_limits(settings: Settings) -> Limits:
    """What counts as worse than it should be."""
    from randaemon.alerts import Limits

    alerts = settings.alerts
    stuck = alerts.stuck_minutes * 60.0
    return Limits(
        window=alerts.window,
        failed=alerts.failed_share,
        drop=alerts.quality_drop,
        slowdown=alerts.slowdown,
        stuck=max(stuck, 1.2 * settings.worker.deadline_cap_seconds) if stuck else 0.0,  # one stage may take so long
        waiting=alerts.waiting_hours * 3600.0,
    )


def service(platform: str, home: Home) -> launchd.Agent | systemd.Unit:
    """The daemon as a service of this user, for `launchd` or `systemd`."""
    from randaemon.integrations import launchd, systemd

    interpreter, user = Path(sys.executable), Path.home()
    # -P: the working folder is the user's, and nothing lying there may be imported.
    program = (str(interpreter), "-P", "-m", "randaemon", "run", "--wait")
    # A service starts in a folder of its own: what is relative here would be somewhere else there.
    named = {name: Path(os.environ[name]).expanduser().absolute() for name in _HUB if os.environ.get(name)}
    kept = {"RANDAEMON_HOME": home.root.absolute()} if os.environ.get("RANDAEMON_HOME") else {}
    environment = {
        "PATH": f"{interpreter.parent}:{_SERVICE_PATH}",
        **{name: str(path) for name, path in (kept | named).items()},
    }
    if platform == "launchd":
        return launchd.Agent(program, environment, user, os.getuid())
    hub = {"HF_HOME": user / ".cache/huggingface", **named}
    return systemd.Unit(program, environment, user, (home.root, home.inbox, *hub.values()))


def service_manager() -> tuple[Callable[[str], bool], float | None]:
    """How to speak to the manager that started this process, and after how many silent seconds it gives it up."""
    from randaemon.integrations import systemd

    return systemd.tell, systemd.watchdog()


def _minutes(clock: str) -> int:
    """Of the day: `22:30`; nothing is midnight."""
    hours, _, minutes = clock.partition(":")
    return int(hours or 0) * 60 + int(minutes or 0)
