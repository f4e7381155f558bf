"""When a message is shown: the first at once, the next ones together after a while, at night only what cannot wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from randaemon.model import Event
from randaemon.notify.wording import Message, Urgency, grouped, message

MOST = 3  # messages of one group that are shown one by one; more are summed up in one


def _minute(now: float) -> int:
    local = time.localtime(now)
    return local.tm_hour * 60 + local.tm_min


@dataclass(frozen=True, slots=True)
class Manners:
    """What the settings say."""

    quiet: tuple[int, int] = (0, 0)  # minutes of the day from and until which only what cannot wait is shown
    gap: float = 60.0  # seconds between two groups
    again: float = 6 * 3600.0  # seconds until the same trouble or the same waiting is worth another message
    minute: Callable[[float], int] = _minute  # of the day, local, of a time

    def quiet_at(self, now: float) -> bool:
        """Also over midnight."""
        start, end = self.quiet
        minute = self.minute(now)
        return start <= minute < end if start <= end else minute >= start or minute < end


@dataclass(slots=True)
class Desk:
    """Messages on their way to the user. `held` are the ids of events that are still to be told."""

    manners: Manners = field(default_factory=Manners)
    _held: list[tuple[int, Message]] = field(default_factory=list)
    _last: float = float("-inf")
    _said: dict[str, float] = field(default_factory=dict)

    def take(self, events: Iterable[Event], now: float) -> None:
        """Word what deserves it; what repeats itself is left out."""
        for event in events:
            found = message(event)
            if found is None or self._repeats(found, now):
                continue
            self._held.append((event.id, found))

    def release(self, now: float) -> list[Message]:
        """What is to be shown now."""
        quiet = self.manners.quiet_at(now)
        urgent = [each for each in self._held if each[1].urgency is Urgency.CRITICAL]
        others = [each for each in self._held if each[1].urgency is not Urgency.CRITICAL]
        if quiet or 0 <= now - self._last < self.manners.gap:
            others, self._held = [], others
        else:
            self._held = []
            self._last = now if others else self._last
        return [*_at_most([each for _, each in urgent]), *_at_most([each for _, each in others])]

    def wait(self, now: float) -> float | None:
        """Seconds until `release` may have more to show; None while nothing is held."""
        if not self._held:
            return None
        return max(self._last + self.manners.gap - now, 1.0) if not self.manners.quiet_at(now) else 60.0

    @property
    def oldest(self) -> int | None:
        """The first event that was not told yet: after a restart the tail begins there."""
        return min((number for number, _ in self._held), default=None)

    def _repeats(self, found: Message, now: float) -> bool:
        if not found.topic:
            return False
        before = self._said.get(found.topic)
        if before is not None and 0 <= now - before < self.manners.again:
            return True
        self._said[found.topic] = now
        return False


def _at_most(messages: list[Message]) -> list[Message]:
    return messages if len(messages) <= MOST else grouped(messages)
