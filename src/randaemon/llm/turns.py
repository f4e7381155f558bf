"""Whose turn it is on one server: the calls of one model together, since changing the model costs seconds.

A model keeps its turn while calls for it wait, up to a window when others wait too. Then it drains, the next one is
loaded meanwhile, and the one that has waited longest gets the turn.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TurnPolicy:
    """Seconds."""

    window: float = 60.0  # how long a model keeps its turn while others wait
    linger: float = 0.2  # how long it keeps it without a call: the next one may be on its way


class Turns:
    """Call `take` before a call and `give` after it, always both."""

    def __init__(
        self, policy: TurnPolicy, limit: Callable[[str], int], preload: Callable[[str], None] = lambda _: None
    ) -> None:
        """`limit` says how many calls of a model may run; `preload` is told which model comes next while one drains."""
        self._policy = policy
        self._limit = limit
        self._preload = preload
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}  # in the order in which models began to wait
        self._running = 0
        self._next: str | None = None  # the model that the turn passes to when the last call ends
        self._since = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self.model: str | None = None  # whose turn it is
        self.switches = 0

    def waiting(self, model: str) -> int:
        """How many calls of this model wait."""
        return len(self._waiting.get(model, ()))

    def running(self, model: str) -> int:
        """How many calls of this model run."""
        return self._running if model == self.model else 0

    async def take(self, model: str) -> None:
        """Wait for the model's turn and a free place."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(model, deque()).append(turn)
        self._dispatch()
        try:
            await turn
        except asyncio.CancelledError:
            self._withdraw(model, turn)
            raise

    def give(self) -> None:
        """A call has ended."""
        self._running -= 1
        self._dispatch()

    def _withdraw(self, model: str, turn: asyncio.Future[None]) -> None:
        if turn.done() and not turn.cancelled():
            self.give()
            return
        if (line := self._waiting.get(model)) and turn in line:
            line.remove(turn)
            self._forget(model)
        self._dispatch()

    def _dispatch(self) -> None:
        """Let in whoever may come in now."""
        if self._next is None and self._must_leave():
            self._leave()
        if self._next is not None and not self._running:
            self._switch(self._next)
        if self._next is None and self.model is not None:
            self._admit(self.model)

    def _admit(self, model: str) -> None:
        line = self._waiting.get(model)
        while line and self._running < self._limit(model):
            turn = line.popleft()
            if not turn.done():
                self._running += 1
                turn.set_result(None)
        self._forget(model)
        if self._others():
            self._watch()

    def _must_leave(self) -> bool:
        """Is the turn of this model over? Without a call it still lingers: then `_look` says when."""
        return self._others() and (self.model is None or self._over())

    def _over(self) -> bool:
        return self._now() - self._since >= self._policy.window

    def _watch(self) -> None:
        """Others wait: look again when the window closes, or when no call has come for a while."""
        self._unwatch()
        left = self._since + self._policy.window - self._now()
        seconds = left if self.model in self._waiting else min(self._policy.linger, left)
        self._timer = asyncio.get_running_loop().call_later(max(seconds, 0.0), self._look)

    def _unwatch(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if self._next is None and self._others() and (self._over() or self.model not in self._waiting):
            self._leave()
        self._dispatch()

    def _leave(self) -> None:
        self._next = next(name for name in self._waiting if name != self.model)
        if self.model is not None:
            self._preload(self._next)

    def _switch(self, model: str) -> None:
        self._next = None
        self.switches += self.model is not None
        self.model = model
        self._since = self._now()
        self._unwatch()

    def _others(self) -> bool:
        return any(line for name, line in self._waiting.items() if name != self.model)

    def _forget(self, model: str) -> None:
        if not self._waiting.get(model):
            self._waiting.pop(model, None)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
