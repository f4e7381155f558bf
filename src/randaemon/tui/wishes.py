"""What a tab asks the whole screen for, as messages that rise to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from textual.message import Message


class CarryOut(Message):
    """Send a command to the daemon."""

    def __init__(self, verb: str, args: Mapping[str, Any], told: str) -> None:
        """`told`: what is said when it was carried out."""
        super().__init__()
        self.verb, self.args, self.told = verb, args, told


class LookAgain(Message):
    """What the tab shows is to be read anew."""
