"""What the screens are given from outside."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from randaemon.model import Document
from randaemon.store.home import Home
from randaemon.store.reader import Reader

ROWS = 200  # documents and samples that are listed
Facts = Mapping[str, Any]  # as `status --json` prints them
Story = Callable[[Reader, Document], Iterable[str]]  # the lines of `jobs show`


@dataclass(frozen=True, slots=True)
class Look:
    """One moment of the home: what is open for reading, and what `status` tells of it."""

    reader: Reader
    status: Facts
    at_work: Mapping[str, int]  # of the stages, what is in work there


@dataclass(frozen=True, slots=True)
class Links:
    """The ways to the rest of the house."""

    act: Callable[[Home, str, Mapping[str, Any]], Mapping[str, Any]]  # raises RandaemonError
    overview: Callable[[Look], Iterable[str]]  # the lines of `status`
    training: Callable[[Facts], Iterable[str]]  # those of `train status`
    story: Story


class View(Protocol):
    """A tab. It reads beside the screen, and only while it is the one that is seen."""

    def look(self, now: Look) -> Callable[[], None]:
        """Read what it shows, in a thread; what puts it on the screen."""
        ...
