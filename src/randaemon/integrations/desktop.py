"""A message on the desktop: macOS Notification Center or a freedesktop notification daemon.

The text is data: it reaches `osascript` as arguments of a constant script and `notify-send` behind `--`, stripped of
control characters. A message that cannot be shown is not an error; the caller writes it to the log instead.
"""

from __future__ import annotations

import shutil
import subprocess
import unicodedata
from collections.abc import Callable

LIMIT = 120  # characters; both systems cut near there

Find = Callable[[str], str | None]

_LOUD = (
    "on run argv",
    'display notification (item 2 of argv) with title (item 1 of argv) sound name "Basso"',
    "end run",
)
_SCRIPT = ("on run argv", "display notification (item 2 of argv) with title (item 1 of argv)", "end run")


def show(title: str, body: str, urgency: str = "normal", find: Find = shutil.which, timeout: float = 10.0) -> bool:
    """Show a message; False when this system has no way to, or the way failed. `urgency`: low, normal or critical."""
    command = _command((clean(title), clean(body)), urgency, find)
    if command is None:
        return False
    try:
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return ended.returncode == 0


def clean(text: str) -> str:
    """One line without control or direction characters, at most 120 long, that no tool can take for an option."""
    spaced = " ".join(text.split())
    plain = "".join(letter for letter in spaced if unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn"})
    shown = plain.lstrip("- ")
    return shown if len(shown) <= LIMIT else shown[: LIMIT - 1] + "…"


def _command(texts: tuple[str, str], urgency: str, find: Find) -> list[str] | None:
    if osascript := find("osascript"):
        script = _LOUD if urgency == "critical" else _SCRIPT
        return [osascript, *(word for line in script for word in ("-e", line)), *texts]
    if notify_send := find("notify-send"):
        return [notify_send, "--app-name=randaemon", f"--urgency={urgency}", "--", *texts]
    return None
