"""Models over scripted servers: who is asked, what falls back to whom, what is kept, what leaves the machine."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace

import pytest
from tests.models_server import Body, ModelsServer, plain

from randaemon.errors import ModelsAway
from randaemon.integrations.ollama import Ollama
from randaemon.integrations.openai_chat import OpenAIChat
from randaemon.llm import Choice, Models, ModelsPolicy
from randaemon.llm.breaker import BreakerPolicy
from randaemon.llm.line import LinePolicy
from randaemon.llm.link import Link, LinkPolicy, Sent, Timeouts
from randaemon.llm.turns import TurnPolicy
from randaemon.model import Message, Purpose, Request, Tier, Usage

QUICK = Timeouts(connect=0.5, first_byte=2.0, idle=1.0, total=5.0)
LINE = LinePolicy(first_wait=0.01, breaker=BreakerPolicy(pause=10.0))
FAST, BALANCED, QUALITY = Tier
TIERS = {
    FAST: (Choice("it", "qwen3:1.7b"),),
    BALANCED: (Choice("it", "gemma3:4b"),),
    QUALITY: (Choice("it", "qwen3:30b"),),
}
ALL = ("qwen3:1.7b", "gemma3:4b", "qwen3:30b")


def request(text: str = "hello", tier: Tier = FAST, **changes: object) -> Request:
    return replace(Request(Purpose.CONVERSE, tier, (Message("user", text),), max_tokens=100), **changes)  # type: ignore[arg-type]


class Time:
    """The time of day, of the test's own."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Time:
    return Time()


Of = Callable[..., Models]


@pytest.fixture
async def of(clock: Time) -> AsyncIterator[Of]:
    """Models of one Ollama server named `it`."""
    built: list[Models] = []

    def build(server: ModelsServer, policy: ModelsPolicy | None = None, **more: object) -> Models:
        chat = Ollama(Link(LinkPolicy(server.url, timeouts=QUICK)))
        built.append(Models({"it": chat}, policy or ModelsPolicy(TIERS, line=LINE), now=clock, **more))  # type: ignore[arg-type]
        return built[-1]

    yield build
    for models in built:
        await models.close()


def one_before_the_other(first: ModelsServer, second: ModelsServer, clock: Time, timeouts: Timeouts = QUICK) -> Models:
    """Two servers of one tier: Ollama, and after it one that speaks as OpenAI."""
    servers = {
        "one": Ollama(Link(LinkPolicy(first.url, timeouts=timeouts))),
        "two": OpenAIChat(Link(LinkPolicy(second.url, timeouts=timeouts))),
    }
    tiers = {FAST: (Choice("one", "qwen3:1.7b"), Choice("two", "m"))}
    return Models(servers, ModelsPolicy(tiers, line=LINE), now=clock)


async def test_a_request_goes_to_the_model_of_its_tier(of: Of) -> None:
    async with ModelsServer(models=ALL) as server:
        models = of(server)
        replies = [await models.answer(request(tier=tier)) for tier in Tier]
        assert [reply.model for reply in replies] == list(ALL)
        assert [reply.text for reply in replies] == ["You said: hello"] * 3


async def test_a_model_that_is_not_installed_is_replaced_by_the_next_and_then_by_a_lighter_one(of: Of) -> None:
    async with ModelsServer(models=("qwen3:1.7b",)) as server:
        policy = ModelsPolicy({**TIERS, QUALITY: (Choice("it", "qwen3:30b"), Choice("it", "qwen3:32b"))}, line=LINE)
        models = of(server, policy)
        assert (await models.answer(request(tier=QUALITY))).model == "qwen3:1.7b"
        assert [body["model"] for body in server.calls] == ["qwen3:30b", "qwen3:32b", "gemma3:4b", "qwen3:1.7b"]
        await models.answer(request("again", tier=QUALITY))
        assert [body["model"] for body in server.calls[4:]] == ["qwen3:1.7b"]
        states = {state.model: state for state in models.states()}
        assert (states["qwen3:30b"].present, states["qwen3:30b"].advice) == (False, "ollama pull qwen3:30b")
        assert (states["qwen3:1.7b"].present, states["qwen3:1.7b"].error) == (True, "")


async def test_a_model_that_is_out_for_a_while_is_waited_for_and_not_replaced(of: Of, clock: Time) -> None:
    """Else a dataset would depend on when a server was down. After the patience a lighter one does."""
    async with ModelsServer(models=ALL, script=["", "broken", "broken", "broken"]) as server:
        models = of(server)
        await models.answer(request(tier=BALANCED))
        with pytest.raises(ModelsAway, match="answers 500") as away:
            await models.answer(request(tier=BALANCED))
        assert away.value.since == 1000.0
        assert {body["model"] for body in server.calls} == {"gemma3:4b"}
        server._faults = iter(["broken"] * 3)
        clock.now += 901.0
        assert (await models.answer(request(tier=BALANCED))).model == "qwen3:1.7b"


async def test_another_server_of_the_same_tier_answers_at_once(clock: Time) -> None:
    async with ModelsServer(script=["", *["broken"] * 9]) as first, ModelsServer(models=("m",)) as second:
        models = one_before_the_other(first, second, clock)
        assert [(await models.answer(request(str(n)))).provider for n in range(3)] == ["ollama", "openai", "openai"]
        await models.close()


async def test_the_first_calls_that_hang_are_the_last_and_those_who_wait_behind_them_go_to_the_other_server(
    clock: Time,
) -> None:
    """Else every place of a server that hangs would cost its time-out five times over before it is left alone."""
    hasty = replace(QUICK, first_byte=0.5)
    async with ModelsServer(script=["", *["silent"] * 99]) as first, ModelsServer(models=("m",)) as second:
        models = one_before_the_other(first, second, clock, hasty)
        await models.answer(request("first"))
        replies = await asyncio.gather(*(models.answer(request(str(n))) for n in range(20)))
        assert {reply.model for reply in replies} == {"m"}
        assert len(first.calls) == 1 + LINE.slots
        assert models.states()[0].breaker == "open"
        await models.close()


async def test_a_lighter_models_reply_says_that_it_stands_in(of: Of, clock: Time) -> None:
    async with ModelsServer(models=ALL) as server:
        models = of(server)
        assert not (await models.answer(request("1", tier=BALANCED))).stands_in
        server.models = ALL[:1]
        with pytest.raises(ModelsAway, match="ollama pull gemma3:4b"):
            await models.answer(request("2", tier=BALANCED))
        clock.now += 901.0
        reply = await models.answer(request("2", tier=BALANCED))
        assert (reply.model, reply.stands_in) == ("qwen3:1.7b", True)
        server.reply = lambda _: ""
        refused = await models.answer(request("3", tier=BALANCED))
        assert (refused.outcome, refused.stands_in) == ("refused", True)


async def test_a_model_of_two_tiers_stands_in_for_nobody(of: Of) -> None:
    async with ModelsServer() as server:
        one = (Choice("it", "qwen3:1.7b"),)
        reply = await of(server, ModelsPolicy({FAST: one, BALANCED: one}, line=LINE)).answer(request(tier=BALANCED))
        assert (reply.model, reply.stands_in) == ("qwen3:1.7b", False)


async def test_patience_is_for_the_tiers_own_models_and_counts_from_the_last_that_went_down(clock: Time) -> None:
    """A lighter model that has been down for long does not use up the patience for a better one."""
    async with ModelsServer(models=ALL) as one, ModelsServer(models=ALL) as two, ModelsServer(models=ALL) as three:
        links = {name: Link(LinkPolicy(server.url, timeouts=QUICK)) for name, server in
                 (("one", one), ("two", two), ("three", three))}  # fmt: skip
        best = (Choice("two", "gemma3:4b"), Choice("three", "gemma3:4b"))
        tiers = {FAST: (Choice("one", "qwen3:1.7b"),), BALANCED: best}
        models = Models({name: Ollama(link) for name, link in links.items()}, ModelsPolicy(tiers, line=LINE), now=clock)
        await models.answer(request("1"))
        await models.answer(request("1", tier=BALANCED))
        await two.stop()
        await models.answer(request("2", tier=BALANCED))
        await one.stop()
        with pytest.raises(ModelsAway):
            await models.answer(request("2"))
        clock.now += 500.0
        await three.stop()
        with pytest.raises(ModelsAway) as away:
            await models.answer(request("3", tier=BALANCED))
        assert away.value.since == 1500.0
        await models.close()


async def test_fifty_callers_of_a_server_that_comes_back_send_one_probe_first(of: Of) -> None:
    async with ModelsServer(script=["", *["broken"] * 5]) as server:
        policy = ModelsPolicy(TIERS, line=replace(LINE, attempts=5, breaker=BreakerPolicy(pause=0.0)))
        models = of(server, policy)
        await models.answer(request())
        with pytest.raises(ModelsAway):
            await models.answer(request())
        (state, *_) = models.states()
        assert (state.breaker, len(server.calls)) == ("open", 6)
        server.latency = 0.05
        server.busiest = 0
        replies = await asyncio.gather(*(models.answer(request(str(n))) for n in range(50)))
        assert {reply.outcome for reply in replies} == {"ok"}
        probe = server.calls[6]
        assert (probe["options"]["num_predict"], len(server.calls)) == (1, 6 + 1 + 50)


async def test_what_was_known_is_known_after_a_restart(of: Of, clock: Time) -> None:
    async with ModelsServer(script=["", *["broken"] * 5]) as server:
        policy = ModelsPolicy(TIERS, line=replace(LINE, attempts=5))
        models = of(server, policy)
        await models.answer(request())
        with pytest.raises(ModelsAway):
            await models.answer(request())
        before = models.states()
        clock.now += 4.0
        again = of(server, policy, known=before)
        (state, *_) = again.states()
        assert (state.breaker, state.down_since, state.answered_at) == ("open", 1000.0, 1000.0)
        assert state.probe_at == pytest.approx(1010.0, abs=0.5)
        with pytest.raises(ModelsAway) as away:
            await again.answer(request())
        assert away.value.until == pytest.approx(1010.0, abs=0.5)
        assert len(server.calls) == 6


async def test_a_prompt_that_does_not_fit_is_refused_without_a_call(of: Of) -> None:
    async with ModelsServer() as server:
        models = of(server, ModelsPolicy({FAST: TIERS[FAST]}, line=replace(LINE, context=1024)))
        reply = await models.answer(request("pMaxDl " * 1000))
        assert (reply.outcome, server.calls) == ("refused", [])
        assert "does not fit into the 1024 tokens" in reply.reason


async def test_a_request_that_the_only_model_there_does_not_take_is_refused_although_others_are_missing(of: Of) -> None:
    async with ModelsServer(models=("qwen3:1.7b",), script=["", "", "", "bad request"]) as server:
        models = of(server)
        await models.answer(request(tier=QUALITY))
        reply = await models.answer(request("again", tier=QUALITY))
        assert (reply.outcome, "answers 400" in reply.reason) == ("refused", True)


async def test_a_prompt_that_the_server_cut_without_a_word_is_found_out(of: Of) -> None:
    """The estimate can be wrong, and a server may have been started with less than it is asked for."""
    async with ModelsServer() as server:
        models = of(server, ModelsPolicy({FAST: TIERS[FAST]}, line=LINE))
        server._counts = lambda _: 4098  # type: ignore[method-assign]
        for line in models._lines.values():
            line.budget.tokens = lambda _: 1  # type: ignore[method-assign]
        reply = await models.answer(request("word " * 9000))
        assert (reply.outcome, reply.reason.split(" ", 3)[3]) == ("refused", "read only a part of the prompt")


async def test_ollama_is_told_the_context_and_to_hold_to_the_schema_and_not_to_think(of: Of) -> None:
    schema = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
    async with ModelsServer() as server:
        await of(server).answer(request(schema=schema, seed=11))
        (body,) = server.calls
        wanted = {"num_ctx": 8192, "num_predict": 100, "temperature": 0.0, "seed": 11}
        assert (body["options"], body["format"], body["think"]) == (wanted, schema, False)
        assert (body["truncate"], body["shift"]) == (False, False)


async def test_a_model_that_forgets_the_format_when_it_may_not_think_is_left_to_think(of: Of) -> None:
    def reply(body: Body) -> str:
        return "I would say: hello" if body.get("think") is False else '{"answer": "hello"}'

    schema = {"type": "object", "required": ["answer"]}
    async with ModelsServer(reply=reply) as server:
        models = of(server)
        assert [(await models.answer(request(str(n), schema=schema))).outcome for n in range(2)] == ["ok", "ok"]
        assert [body.get("think") for body in server.calls] == [False, None, None]


async def test_a_model_that_does_not_even_let_itself_be_told_not_to_think_is_told_nothing(of: Of) -> None:
    refusal = {"error": '"qwen3:1.7b" does not support thinking'}
    async with ModelsServer(refuse={"think": refusal}) as server:
        models = of(server)
        assert [(await models.answer(request(str(n)))).outcome for n in range(2)] == ["ok", "ok"]
        assert ["think" in body for body in server.calls] == [True, False, False]


async def test_a_server_that_knows_no_schema_is_told_it_in_words_from_then_on(clock: Time) -> None:
    refusal = {"error": {"message": "'response_format.type' must be text"}}
    schema = {"type": "object", "required": ["answer"]}

    def reply(body: Body) -> str:
        assert "response_format" in body or json.dumps(schema, sort_keys=True) in body["messages"][0]["content"]
        return '{"answer": "hello"}'

    async with ModelsServer(models=("m",), reply=reply, refuse={"response_format": refusal}) as server:
        models = Models(
            {"it": OpenAIChat(Link(LinkPolicy(server.url + "/v1", timeouts=QUICK)))},
            ModelsPolicy({FAST: (Choice("it", "m"),)}, line=LINE), now=clock,
        )  # fmt: skip
        assert [(await models.answer(request(str(n), schema=schema))).outcome for n in range(2)] == ["ok", "ok"]
        assert len(server.calls) == 3
        await models.close()


async def test_calls_that_run_at_once_all_learn_what_a_server_refuses(of: Of, clock: Time) -> None:
    """The first one's lesson is no reason to take the refusal of the others for their last word."""
    schema = {"type": "object", "required": ["answer"]}
    refusal = {"error": {"message": "'response_format.type' must be text"}}
    async with ModelsServer(models=("m",), reply=lambda _: '{"answer": 1}', refuse={"response_format": refusal}) as one:
        models = Models(
            {"it": OpenAIChat(Link(LinkPolicy(one.url + "/v1", timeouts=QUICK)))},
            ModelsPolicy({FAST: (Choice("it", "m"),)}, line=LINE), now=clock,
        )  # fmt: skip
        replies = await asyncio.gather(*(models.answer(request(str(n), schema=schema)) for n in range(8)))
        assert [reply.outcome for reply in replies] == ["ok"] * 8
        await models.close()
    async with ModelsServer(refuse={"think": {"error": '"qwen3:1.7b" does not support thinking'}}) as server:
        models = of(server)
        replies = await asyncio.gather(*(models.answer(request(str(n))) for n in range(8)))
        assert [reply.outcome for reply in replies] == ["ok"] * 8


async def test_before_training_the_memory_is_given_back_and_nothing_is_asked_until_after(of: Of) -> None:
    async with ModelsServer() as server:
        models = of(server)
        await models.answer(request())
        assert server.loaded == ["qwen3:1.7b"]
        await models.unload()
        assert server.loaded == []
        with pytest.raises(ModelsAway, match="rest"):
            await models.answer(request())
        await models.warm()
        assert (await models.answer(request())).outcome == "ok"


async def test_unloading_waits_for_the_calls_under_way_which_would_bring_the_model_back(of: Of) -> None:
    asked = asyncio.Event()

    def reply(body: Body) -> str:
        asked.set()
        return plain(body)

    async with ModelsServer(latency=0.2, reply=reply) as server:
        models = of(server)
        call = asyncio.create_task(models.answer(request()))
        await asked.wait()
        await models.unload()
        assert call.done()
        assert (await call).outcome == "ok"
        assert server.loaded == []


async def test_a_model_whose_first_call_is_cut_off_gives_back_its_memory_too(of: Of) -> None:
    async with ModelsServer(script=["silent"], pause=60.0) as server:
        models = of(server, ModelsPolicy(TIERS, line=LINE, farewell=0.1))
        call = asyncio.create_task(models.answer(request()))
        while not server.calls:  # noqa: ASYNC110 the server has no event to wait for
            await asyncio.sleep(0.01)
        await models.unload()
        assert server.loaded == []
        with pytest.raises(ModelsAway, match="rest"):
            await call


async def test_unloading_cuts_off_a_call_that_takes_too_long_and_its_request_waits(of: Of) -> None:
    async with ModelsServer(script=["", "silent"], pause=60.0) as server:
        models = of(server, ModelsPolicy(TIERS, line=LINE, farewell=0.1))
        await models.answer(request())
        call = asyncio.create_task(models.answer(request("again")))
        while len(server.calls) < 2:  # noqa: ASYNC110 the server has no event to wait for
            await asyncio.sleep(0.01)
        await models.unload()
        with pytest.raises(ModelsAway, match="rest"):
            await call
        (state, *_) = models.states()
        assert (state.failed, state.breaker, state.down_since, server.loaded) == (0, "closed", None, [])


async def test_the_patience_for_one_model_does_not_count_from_an_outage_that_another_saw_end(
    of: Of, clock: Time
) -> None:
    """Where nobody took a connection all models of the server were down; where somebody answers, all are back."""
    async with ModelsServer(models=ALL) as server:
        models = of(server)
        await models.answer(request("1"))
        await models.answer(request("1", tier=BALANCED))
        await server.stop()
        with pytest.raises(ModelsAway):
            await models.answer(request("2"))
        clock.now += 10.0
        await server.start()
        await models.answer(request("3"))
        states = {state.model: state for state in models.states()}
        assert (states["gemma3:4b"].down_since, states["gemma3:4b"].error) == (None, "")
        clock.now += 1000.0
        server._faults = iter(["broken"] * 3)
        with pytest.raises(ModelsAway) as away:  # no lighter model stands in: it went down only now
            await models.answer(request("4", tier=BALANCED))
        assert away.value.since == clock.now


async def test_a_model_that_fails_by_itself_stays_down_while_others_of_its_server_answer(of: Of, clock: Time) -> None:
    async with ModelsServer(models=ALL) as server:
        models = of(server)
        await models.answer(request("1", tier=BALANCED))
        server._faults = iter(["broken"] * 3)
        with pytest.raises(ModelsAway):
            await models.answer(request("2", tier=BALANCED))
        await models.answer(request("3"))
        states = {state.model: state for state in models.states()}
        assert states["gemma3:4b"].down_since == 1000.0


async def test_three_models_and_600_interleaved_requests_change_the_model_twice(of: Of) -> None:
    async with ModelsServer(models=ALL, latency=0.001) as server:
        policy = ModelsPolicy(TIERS, line=LINE, turns=TurnPolicy(window=60.0, linger=0.05))
        models = of(server, policy)
        await asyncio.gather(*(models.answer(request(str(n), tier=list(Tier)[n % 3])) for n in range(600)))
        assert (len(server.calls), server.loads) == (600, ["qwen3:1.7b", "gemma3:4b", "qwen3:30b"])
        assert server.busiest <= 4


async def test_no_more_than_the_queue_of_a_tier_is_taken_in_at_once(of: Of) -> None:
    async with ModelsServer(models=ALL, latency=0.02) as server:
        models = of(server)
        callers = [asyncio.create_task(models.answer(request(str(n), tier=QUALITY))) for n in range(60)]
        await asyncio.wait(callers, return_when=asyncio.FIRST_COMPLETED)
        waiting = {state.model: state.waiting + state.running for state in models.states()}
        assert 20 <= waiting["qwen3:30b"] <= 25
        await asyncio.gather(*callers)


async def test_overload_is_answered_with_fewer_calls_at_once(of: Of) -> None:
    async with ModelsServer(script=["busy"] * 2) as server:
        models = of(server)
        await asyncio.gather(*(models.answer(request(str(n))) for n in range(20)))
        assert models.states()[0].slots == 2


async def test_every_call_is_counted_with_its_tokens_and_its_end(of: Of) -> None:
    rows: list[Usage] = []
    async with ModelsServer(script=["", "bad request"]) as server:
        models = of(server, used=rows.append)
        await models.answer(request())
        await models.answer(request("again"))
        good, bad = rows
        assert (good.model, good.tier, good.purpose, good.outcome) == ("qwen3:1.7b", "fast", "converse", "ok")
        assert (good.prompt_tokens, good.completion_tokens) == (9, 4)
        assert (bad.outcome, bad.prompt_tokens) == ("E_LLM_STATUS", 0)


async def test_a_look_tells_what_each_server_has_without_asking_a_model(of: Of) -> None:
    async with ModelsServer(models=("qwen3:1.7b",)) as server:
        found = {state.model: state for state in await of(server).look()}
        assert server.calls == []
        assert (found["qwen3:1.7b"].reachable, found["qwen3:1.7b"].present) == (True, True)
        assert (found["gemma3:4b"].present, found["gemma3:4b"].advice) == (False, "ollama pull gemma3:4b")


async def test_a_model_that_is_pulled_later_is_found_by_a_look(of: Of) -> None:
    async with ModelsServer(models=("other:7b",)) as server:
        models = of(server)
        assert {state.present for state in await models.look()} == {False}
        server.models = ("qwen3:1.7b",)
        assert [state.model for state in await models.look() if state.present] == ["qwen3:1.7b"]
        assert (await models.answer(request())).outcome == "ok"


async def test_a_server_that_comes_for_the_first_time_is_used_as_soon_as_a_look_finds_it(of: Of) -> None:
    server = ModelsServer()
    async with server:
        pass
    models = of(server)
    with pytest.raises(ModelsAway) as away:
        await models.answer(request())
    assert away.value.since is None
    await server.start()
    assert [state.model for state in await models.look() if state.present] == ["qwen3:1.7b"]
    assert (await models.answer(request())).outcome == "ok"
    await server.stop()


# --- What leaves this machine -----------------------------------------------------------------------------------------


async def remote(host: str, port: int) -> list[str]:
    """A name that leads away; what is sent there is caught by a server of the test's own."""
    return ["192.0.2.7"]


async def test_what_is_sent_to_another_machine_is_masked_and_told_before() -> None:
    told: list[Sent] = []

    async def audit(sent: Sent) -> None:
        told.append(sent)

    link = Link(LinkPolicy("http://models.example:1", allow_remote=True, timeouts=QUICK), audit, remote)
    payload = {"model": "m", "messages": [{"role": "user", "content": "Ask jane.doe@operator.com about pMax."}]}
    sent = await link._cleared(payload, await link._checked_way())
    await link.close()
    assert sent["messages"] == [{"role": "user", "content": "Ask <MAIL> about pMax."}]
    (row,) = told
    body = json.dumps(sent, separators=(",", ":")).encode()
    assert (row.endpoint, row.address, row.size) == ("http://models.example:1", "192.0.2.7", len(body))
    assert row.digest == hashlib.sha256(body).hexdigest()


async def test_what_stays_on_this_machine_is_sent_as_it_is_and_not_told() -> None:
    told: list[Sent] = []

    async def audit(sent: Sent) -> None:
        told.append(sent)

    async with ModelsServer() as server:
        chat = Ollama(Link(LinkPolicy(server.url, allow_remote=True, timeouts=QUICK), audit))
        models = Models({"it": chat}, ModelsPolicy({FAST: TIERS[FAST]}, line=LINE))
        await models.answer(request("jane.doe@operator.com"))
        assert server.calls[0]["messages"][0]["content"] == "jane.doe@operator.com"
        assert told == []
        await models.close()


@pytest.mark.parametrize(
    ("url", "addresses", "more", "words"),
    [
        ("http://models.example", ["192.0.2.7"], {}, "not this machine"),
        ("http://models.example", ["127.0.0.1", "10.0.0.1"], {}, "not this machine"),
        ("http://models.example", ["::ffff:192.0.2.7"], {}, "not this machine"),
        ("http://models.example", ["192.0.2.7"], {"allow_remote": True, "key": lambda: "k"}, "key in clear text"),
        ("https://models.example", ["169.254.169.254"], {"allow_remote": True}, "no address of a server"),
        ("https://models.example", ["0.0.0.0"], {"allow_remote": True}, "no address of a server"),
        ("https://models.example", [], {}, "no address of a server"),
    ],
)
async def test_an_address_that_must_not_be_used_is_refused(
    url: str, addresses: list[str], more: Mapping[str, object], words: str
) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return addresses

    chat = Ollama(Link(LinkPolicy(url, timeouts=QUICK, **more), resolve=resolve))  # type: ignore[arg-type]
    models = Models({"it": chat}, ModelsPolicy({FAST: TIERS[FAST]}, line=LINE))
    with pytest.raises(ModelsAway, match=words):
        await models.answer(request())
    await models.close()


async def test_the_key_goes_into_the_header_and_proxies_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with ModelsServer() as server:
        chat = OpenAIChat(Link(LinkPolicy(server.url, timeouts=QUICK, key=lambda: "sesame")))
        models = Models({"it": chat}, ModelsPolicy({FAST: TIERS[FAST]}, line=LINE))
        assert (await models.answer(request())).outcome == "ok"
        assert server.headers[0]["Authorization"] == "Bearer sesame"
        assert server.headers[0]["Host"] == f"127.0.0.1:{server.port}"
        await models.close()


async def test_one_connection_serves_call_after_call(of: Of) -> None:
    async with ModelsServer() as server:
        models = of(server)
        for number in range(20):
            await models.answer(request(str(number)))
        assert len({port for _, port in server.peers}) == 1
