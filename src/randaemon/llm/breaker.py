"""The circuit breaker of one model on one server: aiobreaker's counting and states, with its holes closed.

aiobreaker is told of ends, one by one, and never holds a call itself. So a call that was cancelled, or that failed by
no fault of the server, changes nothing; time is monotonic and ours, the same east and west of UTC; and while it is
open, one caller alone makes a probe and all others wait for its end.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiobreaker import CircuitBreaker, CircuitBreakerError, CircuitBreakerState
from aiobreaker.storage.memory import CircuitMemoryStorage

from randaemon.errors import ModelError, ModelUnsent

NAMES = {
    CircuitBreakerState.CLOSED: "closed",
    CircuitBreakerState.OPEN: "open",
    CircuitBreakerState.HALF_OPEN: "half-open",
}


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When to leave a server alone, and for how long."""

    failures: int = 5  # in a row
    pause: float = 15.0  # seconds before the first probe; doubled by every probe that fails …
    longest: float = 120.0  # … up to this


class Breaker:
    """Closed: everybody may call. Open: nobody, until the pause is over. Then one probe decides for all."""

    def __init__(self, policy: BreakerPolicy, clock: Callable[[], float] = time.monotonic) -> None:
        self._circuit = _Circuit(fail_max=policy.failures)
        self._policy = policy
        self._clock = clock
        self._pause = policy.pause
        self._due = 0.0  # when it is open: the time of the next probe
        self._probe: asyncio.Future[None] | None = None

    @property
    def state(self) -> str:
        """closed | open | half-open."""
        return NAMES[self._circuit.current_state]

    @property
    def failures(self) -> int:
        """Failures in a row."""
        return int(self._circuit.fail_counter)

    @property
    def wait(self) -> float:
        """Seconds until a probe may be made; 0 when calls may."""
        return 0.0 if self.state == "closed" else max(self._due - self._clock(), 0.0)

    def trip(self, wait: float) -> None:
        """Open it: as an earlier life left it, or because somebody knows."""
        self._circuit.open()
        self._due = self._clock() + wait

    async def admitted(self, probe: Callable[[], Awaitable[None]]) -> bool:
        """May a call be made? While it is open the first who comes after the pause finds out by `probe`.

        The others wait for the end of that probe. It raises a ModelError when the server is still down.
        """
        while self.state != "closed":
            if self._probe is not None:
                await asyncio.shield(asyncio.wait([self._probe]))
                if self.state == "open" and self.wait:
                    return False
            elif self.wait:
                return False
            else:
                await self._try(probe)
        return True

    def succeeded(self) -> None:
        """A call was answered. What began before it opened is too old to count."""
        if self.state == "closed":
            self._circuit.call(_nothing)

    def failed(self, error: ModelError) -> None:
        """A call was not answered. Errors that are not the server's fault leave everything as it is."""
        if self.state == "closed" and error.counts:
            self._record(error)

    async def _try(self, probe: Callable[[], Awaitable[None]]) -> None:
        """The probe, as the only one; cancelled, it leaves the breaker open and the next probe due at once."""
        self._probe = asyncio.get_running_loop().create_future()
        self._circuit.half_open()
        try:
            await probe()
        except ModelError as error:
            self._judge(error)
        except BaseException:
            self._circuit.open()
            raise
        else:
            self._judge(None)
        finally:
            self._probe.set_result(None)
            self._probe = None

    def _judge(self, error: ModelError | None) -> None:
        if error is not None and (error.counts or isinstance(error, ModelUnsent)):
            self._record(error)
        else:  # it answers, be it that it lacks the model
            self._circuit.call(_nothing)
            self._pause = self._policy.pause

    def _record(self, error: ModelError) -> None:
        with contextlib.suppress(CircuitBreakerError, ModelError):
            self._circuit.call(_raise, error)
        if self.state == "open":
            # Who tripped it meanwhile may know better: nobody was ever there, so a minute and not 15 s.
            self._due = max(self._due, self._clock() + self._pause)
            self._pause = min(self._pause * 2, self._policy.longest)


class _Circuit(CircuitBreaker):  # type: ignore[misc]
    """aiobreaker without its clock: naive UTC compared with local time, deprecated since Python 3.12."""

    def __init__(self, fail_max: int) -> None:
        super().__init__(fail_max=fail_max, state_storage=CircuitMemoryStorage(CircuitBreakerState.CLOSED))

    @property
    def opens_at(self) -> None:
        """Ours to know."""

    def open(self) -> None:
        """Open it, without a time: an open state without one lets every call through, and we make none."""
        self._state_storage.state = CircuitBreakerState.OPEN
        self.state = CircuitBreakerState.OPEN


def _nothing() -> None:
    return None


def _raise(error: ModelError) -> None:
    raise error
