"""Many callers, two servers, every third reply wrong, outages in between: all ends well and nothing is left over."""

from __future__ import annotations

import asyncio
import itertools
import os
import random
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from tests.models_server import FAULTS, ModelsServer

from randaemon.errors import ModelsAway
from randaemon.integrations.ollama import Ollama
from randaemon.integrations.openai_chat import OpenAIChat
from randaemon.llm import Choice, Models, ModelsPolicy
from randaemon.llm.breaker import BreakerPolicy
from randaemon.llm.line import LinePolicy
from randaemon.llm.link import Link, LinkPolicy, Timeouts
from randaemon.llm.turns import TurnPolicy
from randaemon.model import Message, Purpose, Request, Tier

REQUESTS = int(os.environ.get("RANDAEMON_TEST_MODEL_REQUESTS", "300"))
SEED = int(os.environ.get("RANDAEMON_TEST_SEED", "7"))
QUICK = Timeouts(connect=0.5, first_byte=0.4, idle=0.3, total=0.8)
NAMES = ("qwen3:1.7b", "gemma3:4b", "qwen3:30b")
SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
SLOTS, ATTEMPTS, CALLERS = 4, 3, 40
LINE = LinePolicy(
    slots=SLOTS, attempts=ATTEMPTS, first_wait=0.005, look_again=0.05, breaker=BreakerPolicy(pause=0.05, longest=0.2)
)


def faults(dice: random.Random) -> Iterator[str]:
    """Every third call goes wrong, each time in a way drawn anew."""
    while True:
        yield dice.choice(FAULTS) if dice.random() < 1 / 3 else ""


@pytest.mark.slow
async def test_every_request_ends_although_every_third_reply_goes_wrong() -> None:
    dice = random.Random(SEED)
    first = ModelsServer(models=NAMES, script=faults(dice), pause=2.0)
    second = ModelsServer(models=NAMES, script=faults(dice), pause=2.0)
    ended: Counter[str] = Counter()
    async with first, second:
        servers = {
            "one": Ollama(Link(LinkPolicy(first.url, timeouts=QUICK))),
            "two": OpenAIChat(Link(LinkPolicy(second.url, timeouts=QUICK))),
        }
        tiers = {tier: (Choice("one", name), Choice("two", name)) for tier, name in zip(Tier, NAMES, strict=True)}
        turns = TurnPolicy(window=1.0, linger=0.02)
        models = Models(servers, ModelsPolicy(tiers, line=LINE, turns=turns, soonest=0.05))
        outages = asyncio.create_task(_outages(first, dice))
        numbers = iter(range(REQUESTS))
        async with asyncio.timeout(60 + REQUESTS):
            await asyncio.gather(*(_caller(models, numbers, dice, ended) for _ in range(CALLERS)))
        outages.cancel()
        await asyncio.gather(outages, return_exceptions=True)
        states = models.states()
        await models.close()
    assert sum(ended.values()) == REQUESTS
    assert ended["ok"] > ended["refused"] > 0
    assert [(state.waiting, state.running) for state in states] == [(0, 0)] * len(states)
    assert max(first.busiest, second.busiest) <= SLOTS + CALLERS * 0.1  # those whose caller gave up end a little later


async def _caller(models: Models, numbers: Iterator[int], dice: random.Random, ended: Counter[str]) -> None:
    """As the daemon does: asks, waits as long as it is told, asks again. Now and then it gives up in the middle."""
    for number in numbers:
        tier = dice.choice(list(Tier))
        request = Request(Purpose.EXTRACT, tier, (Message("user", f"request {number}"),), SCHEMA, 64)
        while True:
            try:
                async with asyncio.timeout(dice.choice((None, None, None, None, 0.05))):
                    reply = await models.answer(request)
            except ModelsAway as away:
                await asyncio.sleep(max(away.until - time.time(), 0.0))
            except TimeoutError:
                ended["given up"] += 1
                break
            else:
                assert reply.outcome != "ok" or reply.text
                ended[reply.outcome] += 1
                break


async def _outages(server: ModelsServer, dice: random.Random) -> None:
    for _ in itertools.count():
        await asyncio.sleep(dice.uniform(0.5, 2.0))
        await server.stop()
        await asyncio.sleep(dice.uniform(0.1, 0.5))
        await server.start()
