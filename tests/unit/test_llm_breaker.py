"""The circuit breaker: the holes of aiobreaker, one by one, and what is left of it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest

from randaemon.errors import ModelMissing, ModelUnavailable, ModelUnsent
from randaemon.llm.breaker import Breaker, BreakerPolicy

DOWN = ModelUnavailable("down")


class Clock:
    """Monotonic seconds."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(BreakerPolicy(failures=3, pause=10.0, longest=30.0), clock)


class Probe:
    """Begins, and ends when the test says so."""

    def __init__(self) -> None:
        self.count = 0
        self.began, self.answered = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> None:
        self.count += 1
        self.began.set()
        await self.answered.wait()


async def never() -> None:
    """A probe that must not be made."""
    raise AssertionError("there is nothing to probe")


async def down() -> None:
    """A probe of a server that is down."""
    raise DOWN


async def up() -> None:
    """A probe of a server that works."""


def opened(breaker: Breaker) -> Breaker:
    for _ in range(3):
        breaker.failed(DOWN)
    return breaker


async def test_it_opens_at_the_third_failure_in_a_row_and_a_success_starts_the_count_anew(breaker: Breaker) -> None:
    breaker.failed(DOWN)
    breaker.failed(DOWN)
    breaker.succeeded()
    breaker.failed(DOWN)
    breaker.failed(DOWN)
    assert (breaker.state, breaker.failures, breaker.wait) == ("closed", 2, 0.0)
    assert await breaker.admitted(never)
    breaker.failed(DOWN)
    assert (breaker.state, breaker.wait) == ("open", 10.0)
    assert not await breaker.admitted(never)


async def test_an_error_that_is_not_the_servers_fault_neither_counts_nor_clears_the_count(breaker: Breaker) -> None:
    breaker.failed(DOWN)
    breaker.failed(DOWN)
    breaker.failed(ModelMissing("not there"))
    assert breaker.failures == 2
    breaker.failed(DOWN)
    assert breaker.state == "open"


async def test_half_open_lets_exactly_one_of_fifty_through_and_the_others_wait_for_its_end(
    breaker: Breaker, clock: Clock
) -> None:
    opened(breaker)
    clock.now += 10.0
    probe = Probe()
    callers = [asyncio.create_task(breaker.admitted(probe)) for _ in range(50)]
    await probe.began.wait()
    assert breaker.state == "half-open"
    assert (probe.count, sum(caller.done() for caller in callers)) == (1, 0)
    probe.answered.set()
    assert await asyncio.gather(*callers) == [True] * 50
    assert (probe.count, breaker.state, breaker.failures) == (1, "closed", 0)


async def test_a_failed_probe_turns_all_fifty_away_and_doubles_the_pause(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += 10.0
    assert await asyncio.gather(*(breaker.admitted(down) for _ in range(50))) == [False] * 50
    assert (breaker.state, breaker.wait) == ("open", 20.0)
    for expected in (30.0, 30.0):
        clock.now += breaker.wait
        assert not await breaker.admitted(down)
        assert breaker.wait == expected
    clock.now += breaker.wait
    assert await breaker.admitted(up)
    opened(breaker)
    assert breaker.wait == 10.0


async def test_a_cancelled_probe_leaves_no_half_open_state_and_the_next_caller_probes(
    breaker: Breaker, clock: Clock
) -> None:
    opened(breaker)
    clock.now += 10.0
    hang = Probe()
    first = asyncio.create_task(breaker.admitted(hang))
    second = asyncio.create_task(breaker.admitted(up))
    await hang.began.wait()
    first.cancel()
    assert await second
    assert breaker.state == "closed"


async def test_a_cancelled_waiter_does_not_end_the_probe_of_another(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += 10.0
    probe = Probe()
    prober, waiter = (asyncio.create_task(breaker.admitted(probe)) for _ in range(2))
    await probe.began.wait()
    waiter.cancel()
    probe.answered.set()
    assert await prober
    assert breaker.state == "closed"


async def test_ends_of_calls_that_began_before_it_opened_change_nothing(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    breaker.succeeded()
    assert breaker.state == "open"
    clock.now += 4.0
    breaker.failed(DOWN)
    assert breaker.wait == 6.0


async def test_a_server_that_answers_that_it_lacks_the_model_closes_it(breaker: Breaker, clock: Clock) -> None:
    opened(breaker)
    clock.now += 10.0

    async def probe() -> None:
        raise ModelMissing("not there")

    assert await breaker.admitted(probe)
    assert breaker.state == "closed"


async def test_a_probe_that_was_never_sent_says_nothing_of_the_server_and_leaves_it_open(
    breaker: Breaker, clock: Clock
) -> None:
    opened(breaker)
    clock.now += 10.0

    async def probe() -> None:
        raise ModelUnsent("the key file cannot be read")

    assert not await breaker.admitted(probe)
    assert (breaker.state, breaker.wait) == ("open", 20.0)


async def test_a_failed_probe_does_not_shorten_a_pause_that_somebody_made_longer_meanwhile(
    breaker: Breaker, clock: Clock
) -> None:
    opened(breaker)
    clock.now += 10.0

    async def probe() -> None:
        breaker.trip(60.0)
        raise DOWN

    assert not await breaker.admitted(probe)
    assert breaker.wait == 60.0


SCRIPT = """
import asyncio
from randaemon.errors import ModelUnavailable
from randaemon.llm.breaker import Breaker, BreakerPolicy
async def main():
    breaker = Breaker(BreakerPolicy(failures=1, pause=0.2))
    breaker.failed(ModelUnavailable("down"))
    async def up(): pass
    print(await breaker.admitted(up), 0.0 < breaker.wait <= 0.2)
    await asyncio.sleep(breaker.wait + 0.01)
    print(await breaker.admitted(up), breaker.state)
asyncio.run(main())
"""


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "UTC", "Etc/GMT+12"])
def test_it_keeps_the_same_time_east_and_west_of_utc(zone: str) -> None:
    command = [sys.executable, "-W", "error", "-c", SCRIPT]
    run = subprocess.run(command, env={**os.environ, "TZ": zone}, capture_output=True, text=True, check=False)
    assert (run.stdout.split(), run.stderr) == (["False", "True", "True", "closed"], "")
