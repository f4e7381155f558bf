"""Whose turn it is on a server: one switch a model and window, limits held, nobody forgotten."""

from __future__ import annotations

import asyncio
import itertools
import random

from randaemon.llm.limit import Limit
from randaemon.llm.turns import TurnPolicy, Turns

MODELS = ("a", "b", "c")


async def test_600_interleaved_calls_of_three_models_take_one_switch_a_model() -> None:
    served: list[str] = []
    turns = Turns(TurnPolicy(window=60.0, linger=0.0), lambda _: 4)

    async def call(model: str) -> None:
        await turns.take(model)
        served.append(model)
        await asyncio.sleep(0)
        turns.give()

    chunks = [MODELS[number % 3] for number in range(600)]
    random.Random(7).shuffle(chunks)
    await asyncio.gather(*(call(model) for model in chunks))
    changes = sum(one != other for one, other in itertools.pairwise(served))
    assert (len(served), changes, turns.switches) == (600, 2, 2)


async def test_after_its_window_a_model_gives_way_although_more_calls_for_it_wait() -> None:
    served: list[str] = []
    turns = Turns(TurnPolicy(window=0.05, linger=0.0), lambda _: 1)

    async def call(model: str) -> None:
        await turns.take(model)
        served.append(model)
        await asyncio.sleep(0.01)
        turns.give()

    await asyncio.gather(*(call("a") for _ in range(20)), *(call("b") for _ in range(3)))
    assert served.index("b") < 15
    assert served[-1] == "a"
    assert turns.switches == 2


async def test_a_model_without_a_call_lingers_for_the_next_one_of_a_document() -> None:
    """A document's chunks come one after another: the server must not change its model between each two."""
    served: list[str] = []
    turns = Turns(TurnPolicy(window=60.0, linger=0.05), lambda _: 1)

    async def document(model: str) -> None:
        for _ in range(5):
            await turns.take(model)
            served.append(model)
            turns.give()
            await asyncio.sleep(0.001)

    await asyncio.gather(document("a"), document("b"))
    assert served == ["a"] * 5 + ["b"] * 5


async def test_the_next_model_is_loaded_while_the_last_calls_of_the_one_before_run() -> None:
    loading, told = [], asyncio.Event()

    def preload(model: str) -> None:
        loading.append((model, turns.running("a")))
        told.set()

    turns = Turns(TurnPolicy(window=60.0, linger=0.0), lambda _: 2, preload)
    await turns.take("a")
    await turns.take("a")
    waiting = asyncio.create_task(turns.take("b"))
    await told.wait()
    assert loading == [("b", 2)]
    assert not waiting.done()
    turns.give()
    turns.give()
    await waiting
    assert turns.model == "b"


async def test_never_more_run_than_the_limit_says_even_when_it_shrinks() -> None:
    limit, running, most = Limit(4), 0, 0
    turns = Turns(TurnPolicy(), lambda _: limit.value)

    async def call(number: int) -> None:
        nonlocal running, most
        await turns.take("a")
        running += 1
        most = max(most, running)
        assert running <= 4
        if number == 10:
            limit.overloaded()
            limit.overloaded()
        await asyncio.sleep(0)
        running -= 1
        turns.give()

    await asyncio.gather(*(call(number) for number in range(100)))
    assert (most, limit.value) == (4, 2)


async def test_callers_that_are_cancelled_hold_no_place_and_no_turn() -> None:
    turns = Turns(TurnPolicy(linger=0.0), lambda _: 1)
    await turns.take("a")
    for model in MODELS * 10:
        task = asyncio.create_task(turns.take(model))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert [turns.waiting(model) for model in MODELS] == [0, 0, 0]
    last = asyncio.create_task(turns.take("b"))
    await asyncio.sleep(0)
    turns.give()
    await last
    assert (turns.model, turns.running("b"), turns.running("a")) == ("b", 1, 0)


async def test_a_caller_cancelled_in_the_instant_it_got_its_turn_gives_it_back() -> None:
    turns = Turns(TurnPolicy(), lambda _: 1)
    await turns.take("a")
    second = asyncio.create_task(turns.take("a"))
    await asyncio.sleep(0)
    turns.give()
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    assert turns.running("a") == 0
    await turns.take("a")


def test_the_limit_shrinks_by_a_quarter_and_grows_by_one_every_25_successes_up_to_its_most() -> None:
    limit = Limit(8)
    values = []
    for _ in range(3):
        limit.overloaded()
        values.append(limit.value)
    assert values == [6, 4, 3]
    for _ in range(24):
        limit.succeeded()
    assert limit.value == 3
    limit.succeeded()
    assert limit.value == 4
    for _ in range(500):
        limit.succeeded()
    assert limit.value == 8
    for _ in range(50):
        limit.overloaded()
    assert limit.value == 1
