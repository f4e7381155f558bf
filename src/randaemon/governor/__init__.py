"""May this lane run now, and how wide? One arbiter for disk, memory, battery, heat and load.

The decision is pure (`policy.decide`) and taken anew at every look at the machine; between two looks it holds. A
refusal of one document is a `Defer`: it waits with a reason in plain words and loses no attempt.
When nothing at all may be begun documents stay where they are, and the reason stands in `status`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from randaemon.governor.ballast import BALLAST_BYTES, free_bytes, release, reserve
from randaemon.governor.policy import MOST, Decision, Limits, decide, shortage, want_of_files
from randaemon.machine import Cores, Readings
from randaemon.model import Defer, Document

__all__ = ["CPU", "MOST", "Decision", "Governor", "Limits", "decide", "free_bytes", "release", "reserve"]

FACTOR = 3  # what the outputs of a document may take, in multiples of its own size
PAUSE = 30.0  # seconds until a document that waits for room is looked at again
CPU = "cpu"  # the lane whose work is done on this machine
PAUSED = "paused by you; `randaemon jobs resume`"


class Governor:
    """Watches one machine for one home."""

    def __init__(
        self,
        root: Path,
        limits: Limits,
        look: Callable[[], Readings],
        cores: Cores,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.limits = limits
        self.paused = False  # the user asked for nothing to be begun
        self._root = root
        self._look = look
        self._cores = cores
        self._clock = clock
        self._busy: dict[str, int] = {}
        self.seen: Readings | None = None
        self._decision = Decision(limits.workers or cores.performance, limits.workers or cores.performance)

    @property
    def decision(self) -> Decision:
        """What holds now."""
        if self.paused:
            return Decision(0, self._decision.of, PAUSED, "E_PAUSED")
        return self._decision

    def refresh(self) -> Decision:
        """Look at the machine and decide anew. Blocks for milliseconds."""
        self.seen = self._look()
        busy = self._busy.get(CPU, 0)
        self._decision = decide(self.seen, self.limits, self._cores, busy, self._decision.code)
        return self.decision

    def width(self, lane: str, busy: int) -> int:
        """How many documents of a lane may be at work, now that `busy` of them are."""
        self._busy[lane] = busy
        return self.decision.width

    def short_of_room(self) -> str:
        """Why nothing may be begun; "" when something may. The disk is looked at anew: it fills quickest."""
        return self.short_of_disk() or (self.decision.reason if self.decision.holds else "")

    def short_of_disk(self) -> str:
        """The same of the disk alone."""
        if self.seen is not None and (found := want_of_files(self.seen)):
            return found
        return self.short_of(max(self.limits.min_free, 2 * BALLAST_BYTES))

    def may_run(self, document: Document) -> Defer | None:
        """None: go on. Else the reason to wait and until when."""
        reason = self.short_of(max(self.limits.min_free, FACTOR * document.size))
        return Defer(reason, self._clock() + PAUSE, "E_DISK_FULL") if reason else None

    def short_of(self, need: int) -> str:
        """Why `need` bytes of disk are not there, in plain words; "" when they are."""
        have = free_bytes(self._root)
        return "" if have >= need else shortage(need, have)
