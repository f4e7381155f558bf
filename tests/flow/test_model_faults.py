"""Every way in which a model server can fail, in both dialects: what comes of the request, and what it costs."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncIterator, Callable
from typing import Protocol

import pytest
from tests.models_server import FAULTS, ModelsServer

from randaemon.errors import ModelsAway
from randaemon.integrations.ollama import Ollama
from randaemon.integrations.openai_chat import OpenAIChat
from randaemon.llm import Choice, Models, ModelsPolicy
from randaemon.llm.breaker import BreakerPolicy
from randaemon.llm.line import LinePolicy
from randaemon.llm.link import Link, LinkPolicy, Timeouts
from randaemon.model import Message, Purpose, Request, Tier

#: For servers that keep us waiting; every other fault has all the time that a busy machine may take.
QUICK = Timeouts(connect=5.0, first_byte=0.8, idle=0.6, total=1.6)
PATIENT = Timeouts(connect=20.0, first_byte=20.0, idle=20.0, total=60.0)
WAITING = frozenset({"silent", "silent after headers", "silent in the middle", "trickle"})
SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"],
          "additionalProperties": False}  # fmt: skip
REQUEST = Request(Purpose.EXTRACT, Tier.FAST, (Message("user", "hello"),), SCHEMA, 100)
ATTEMPTS = 3
AT_ONCE = BreakerPolicy(pause=0.0)  # a server that hung is tried by one token as soon as anybody asks

#: What each fault ends in: outcome, calls of the server, and words that the reason holds.
ENDS = {
    "wrong schema": ("refused", 2, "additionalProperties"),
    "prose around": ("ok", 1, ""),
    "thoughts": ("ok", 1, ""),
    "only thoughts": ("refused", 2, "empty"),
    "nan": ("refused", 2, "no JSON"),
    "infinity": ("refused", 2, "no JSON"),
    "no json": ("refused", 2, "no JSON"),
    "cut json": ("refused", 2, "cut off"),
    "empty": ("refused", 2, "empty"),
    "whitespace": ("refused", 2, "empty"),
    "deep": ("refused", 2, "no JSON"),
    "bad request": ("refused", 1, "answers 400: bad request"),
    "no key": ("away", 1, "answers 401.*api_key_env"),
    "not found": ("away", 1, "the model qwen3:1.7b is not"),
    "busy": ("away", ATTEMPTS, "answers 503"),
    "too many": ("away", ATTEMPTS, "answers 429"),
    "broken": ("away", ATTEMPTS, "answers 500"),
    "silent": ("away", 1, "does not answer in time"),
    "silent after headers": ("away", 1, "does not answer in time"),
    "silent in the middle": ("away", 1, "does not answer in time"),
    "trickle": ("away", 1, "does not answer in time"),
    "closed": ("away", ATTEMPTS, "broke off"),
    "reset": ("away", ATTEMPTS, "broke off"),
    "reset in the middle": ("away", ATTEMPTS, "broke off"),
    "no end": ("away", ATTEMPTS, "stopped in the middle"),
    "cut line": ("away", ATTEMPTS, "broke off"),
    "not http": ("away", ATTEMPTS, "broke off"),
    "html": ("away", ATTEMPTS, "broke off"),
    "redirect": ("away", 1, "elsewhere"),
    "huge": ("away", ATTEMPTS, "more than 2 MiB"),
    "endless": ("away", ATTEMPTS, "more than 2 MiB"),
    "error in the stream": ("away", ATTEMPTS, "llama runner process has terminated"),
    "other model": ("away", 1, "another model than qwen3:1.7b"),
}  # fmt: skip


class Build(Protocol):
    def __call__(self, server: ModelsServer, now: Callable[[], float] = ...) -> Models: ...


@pytest.fixture(params=[Ollama, OpenAIChat], ids=["ollama", "openai"])
async def build(request: pytest.FixtureRequest) -> AsyncIterator[Build]:
    """Builds the models of one server, with the time-outs of a test."""
    built: list[Models] = []

    def of(server: ModelsServer, now: Callable[[], float] = time.time) -> Models:
        timeouts = QUICK if WAITING & set(server.script) else PATIENT
        chat = request.param(Link(LinkPolicy(server.url, timeouts=timeouts)))
        tiers = {Tier.FAST: (Choice("it", "qwen3:1.7b"),)}
        policy = ModelsPolicy(tiers, line=LinePolicy(attempts=ATTEMPTS, first_wait=0.01, breaker=AT_ONCE))
        built.append(Models({"it": chat}, policy, now=now))
        return built[-1]

    yield of
    for models in built:
        await models.close()


async def ended(models: Models) -> tuple[str, str]:
    """Outcome and reason."""
    try:
        reply = await models.answer(REQUEST)
    except ModelsAway as away:
        return "away", str(away)
    assert (reply.outcome == "ok") == bool(reply.text)
    return reply.outcome, reply.reason


def test_every_fault_has_its_end() -> None:
    assert set(ENDS) == set(FAULTS)
    assert len(FAULTS) >= 25


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_fault_costs_no_more_calls_than_allowed_and_says_its_reason(build: Build, fault: str) -> None:
    outcome, calls, words = ENDS[fault]
    async with ModelsServer(script=[fault] * 9) as server:
        models = build(server)
        found, reason = await ended(models)
        assert (found, len(server.calls)) == (outcome, calls)
        assert re.search(words, reason)
        (state,) = models.states()
        assert re.search(words, f"{state.error} ({state.advice})") if outcome == "away" else state.breaker == "closed"


@pytest.mark.parametrize("fault", [fault for fault, (outcome, _, _) in ENDS.items() if outcome == "away"])
async def test_after_an_outage_the_same_request_is_answered(build: Build, fault: str) -> None:
    async with ModelsServer(script=["", *[fault] * ENDS[fault][1]]) as server:
        clock = [1000.0]
        models = build(server, lambda: clock[0])
        assert (await ended(models))[0] == "ok"
        with pytest.raises(ModelsAway) as away:
            await models.answer(REQUEST)
        assert away.value.since == 1000.0
        clock[0] = away.value.until
        assert (await ended(models))[0] == "ok"
        (state,) = models.states()
        assert (state.error, state.down_since, state.answered_at) == ("", None, clock[0])


async def test_a_server_that_refuses_connections_is_not_asked_twice_until_it_may_have_come(build: Build) -> None:
    server = ModelsServer()
    async with server:
        pass
    clock = [1000.0]
    models = build(server, lambda: clock[0])
    with pytest.raises(ModelsAway, match="refuses connections") as away:
        await models.answer(REQUEST)
    assert away.value.since is None
    (state,) = models.states()
    assert (state.reachable, state.breaker, state.failed) == (False, "open", 1)


async def test_a_repair_shows_the_model_what_was_wrong_and_counts_both_calls(build: Build) -> None:
    async with ModelsServer(script=["wrong schema"]) as server:
        reply = await build(server).answer(REQUEST)
        assert (reply.outcome, json.loads(reply.text).keys()) == ("ok", {"answer"})
        first, second = server.calls
        assert second["messages"][: len(first["messages"])] == first["messages"]
        assert "additionalProperties" in second["messages"][-1]["content"]
        assert reply.completion_tokens > 8


async def test_a_name_that_leads_to_another_machine_is_refused_before_anything_is_sent() -> None:
    async def elsewhere(host: str, port: int) -> list[str]:
        return ["127.0.0.1", "192.0.2.7"]

    async with ModelsServer() as server:
        policy = LinkPolicy(f"http://models.example:{server.port}", timeouts=QUICK)
        chat = Ollama(Link(policy, resolve=elsewhere))
        models = Models({"it": chat}, ModelsPolicy({Tier.FAST: (Choice("it", "qwen3:1.7b"),)}))
        with pytest.raises(ModelsAway, match=r"leads to 192\.0\.2\.7, which is not this machine.*allow_remote"):
            await models.answer(REQUEST)
        assert server.calls == []
        await models.close()
