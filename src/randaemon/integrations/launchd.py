"""The macOS launch agent: its property list, and the launchctl commands around it, as data."""

from __future__ import annotations

import plistlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

LABEL = "org.randaemon.daemon"


@dataclass(frozen=True, slots=True)
class Agent:
    """One user's agent; nothing here touches the system."""

    program: tuple[str, ...]  # absolute interpreter path first
    environment: Mapping[str, str]  # PATH at least: an agent gets almost none
    user: Path  # the home folder of the user
    uid: int

    @property
    def file(self) -> Path:
        """Where launchd looks for it."""
        return self.user / "Library/LaunchAgents" / f"{LABEL}.plist"

    @property
    def folders(self) -> tuple[Path, ...]:
        """What must exist before it starts: launchd makes log files, not their folder."""
        return (self.file.parent, self._logs)

    def content(self) -> bytes:
        """The template of launchd/ with what only this machine knows filled in."""
        template: dict[str, Any] = plistlib.loads(
            resources.files("randaemon.integrations").joinpath("launchd.plist").read_bytes()
        )
        template |= {
            "Label": LABEL,
            "ProgramArguments": list(self.program),
            "EnvironmentVariables": dict(self.environment),
            "WorkingDirectory": str(self.user),
            "StandardOutPath": str(self._logs / "out.log"),
            "StandardErrorPath": str(self._logs / "err.log"),
        }
        return plistlib.dumps(template, sort_keys=False)

    def after_install(self) -> tuple[tuple[str, ...], ...]:
        """Load it; `enable` first, because a label once disabled refuses to be loaded."""
        return (
            ("launchctl", "enable", self._target),
            ("launchctl", "bootstrap", f"gui/{self.uid}", str(self.file)),
        )

    def before_uninstall(self) -> tuple[tuple[str, ...], ...]:
        """Unload it, which also stops it."""
        return (("launchctl", "bootout", self._target),)

    def after_uninstall(self) -> tuple[tuple[str, ...], ...]:
        """Nothing: launchd forgot it at `bootout`."""
        return ()

    def start(self) -> tuple[tuple[str, ...], ...]:
        """Run it now."""
        return (("launchctl", "kickstart", self._target),)

    def stop(self) -> tuple[tuple[str, ...], ...]:
        """Ask it to drain; it ends with 0, which KeepAlive takes for an end."""
        return (("launchctl", "kill", "SIGTERM", self._target),)

    def restart(self) -> tuple[tuple[str, ...], ...]:
        """Stop it if it runs and run it again."""
        return (("launchctl", "kickstart", "-k", self._target),)

    def probe(self) -> tuple[str, ...]:
        """A command whose output `running` understands."""
        return ("launchctl", "print", self._target)

    def running(self, output: str) -> bool:
        """Whether `probe` says that it runs."""
        return any(line.strip() == "state = running" for line in output.splitlines())

    @property
    def _target(self) -> str:
        return f"gui/{self.uid}/{LABEL}"

    @property
    def _logs(self) -> Path:
        return self.user / "Library/Logs/randaemon"
