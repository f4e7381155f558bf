"""The systemd user unit on Linux: its text, and the systemctl commands around it, as data."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

UNIT = "randaemon.service"
_SHARED = ("/tmp", "/var/tmp")  # noqa: S108 - nothing is written there

# Ready is said when the home's lock is held, which takes as long as a daemon that was started by hand runs on; so
# nobody waits for it (`--no-block`). A loop that hangs for two minutes is started anew.
# A user unit gets its file-system walls from a user namespace (PrivateUsers). No network wall here:
# a model may be downloaded or served on loopback; the parsers' children are walled off by the daemon itself.
_TEMPLATE = """\
[Unit]
Description=randaemon: RAN documents in, traceable dataset and fine-tuned model out
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
WatchdogSec=120
TimeoutStartSec=infinity
ExecStart={program}
ExecReload=/bin/kill -HUP $MAINPID
{environment}
Restart=on-failure
RestartSec=30
KillMode=control-group
TimeoutStopSec=20
UMask=0077
MemoryMax=80%
NoNewPrivileges=yes
PrivateUsers=yes
PrivateTmp={private}
ProtectSystem=strict
ReadWritePaths={writable}
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes
LockPersonality=yes

[Install]
WantedBy=default.target
"""


@dataclass(frozen=True, slots=True)
class Unit:
    """One user's unit; nothing here touches the system."""

    program: tuple[str, ...]
    environment: Mapping[str, str]
    user: Path  # the home folder of the user
    writable: tuple[Path, ...]  # home, inbox, and the hub's cache; all else is read-only to the daemon

    @property
    def file(self) -> Path:
        """Where the user's systemd looks for it."""
        return self.user / ".config/systemd/user" / UNIT

    @property
    def folders(self) -> tuple[Path, ...]:
        """What must exist before it starts: a path that is missing cannot be made writable."""
        return (self.file.parent, *self.writable)

    def content(self) -> bytes:
        """The unit file."""
        return _TEMPLATE.format(
            program=" ".join(_quoted(word.replace("$", "$$")) for word in self.program),
            environment="\n".join(
                f"Environment={_quoted(f'{key}={value}')}" for key, value in sorted(self.environment.items())
            ),
            writable=" ".join(_quoted(str(path)) for path in self.writable),
            private="no" if self._lies_in_tmp() else "yes",
        ).encode()

    def after_install(self) -> tuple[tuple[str, ...], ...]:
        """Load it, and run it now and at every login."""
        return (_systemctl("daemon-reload"), _systemctl("enable", "--now", "--no-block", UNIT))

    def before_uninstall(self) -> tuple[tuple[str, ...], ...]:
        """Stop it for good."""
        return (_systemctl("disable", "--now", UNIT),)

    def after_uninstall(self) -> tuple[tuple[str, ...], ...]:
        """Make systemd forget it."""
        return (_systemctl("daemon-reload"),)

    def start(self) -> tuple[tuple[str, ...], ...]:
        """Run it now."""
        return (_systemctl("start", "--no-block", UNIT),)

    def stop(self) -> tuple[tuple[str, ...], ...]:
        """Ask it to drain."""
        return (_systemctl("stop", UNIT),)

    def restart(self) -> tuple[tuple[str, ...], ...]:
        """Stop it if it runs and run it again."""
        return (_systemctl("restart", "--no-block", UNIT),)

    def probe(self) -> tuple[str, ...]:
        """A command whose output `running` understands."""
        return _systemctl("is-active", UNIT)

    def running(self, output: str) -> bool:
        """Whether `probe` says that it runs."""
        return output.strip() in ("active", "reloading")

    def _lies_in_tmp(self) -> bool:
        """With a /tmp of its own a daemon that was tried out in /tmp finds neither its home nor itself."""
        paths = Path(self.program[0]), *self.writable
        return any(path.is_relative_to(shared) for path in paths for shared in _SHARED)


def tell(state: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Say something to the service manager, as sd_notify(3) does; False when there is none or it does not listen."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
        channel.setblocking(False)  # a manager that does not read must not stop the loop
        try:
            channel.sendto(state.encode(), f"\0{address[1:]}" if address.startswith("@") else address)
        except OSError:
            return False
    return True


def watchdog(environment: Mapping[str, str] = os.environ) -> float | None:
    """Seconds after which the manager gives this very process up when it is silent; None: it does not."""
    micros, pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", str(os.getpid()))
    return int(micros) / 1e6 if micros.isdigit() and int(micros) and pid == str(os.getpid()) else None


def _systemctl(*words: str) -> tuple[str, ...]:
    return ("systemctl", "--user", *words)


def _quoted(text: str) -> str:
    """One word of a unit file: C escapes, and `%` doubled since it starts a specifier."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("%", "%%")
    return f'"{escaped}"'
