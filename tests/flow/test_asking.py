"""What stages ask, put to real `Models` over HTTP: outages, patience, crashes, and documents done again."""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from aiohttp import web
from tests import stored
from tests.in_process import InProcess, Room, Stages
from tests.models_server import FAULTS, ModelsServer

from randaemon.config import Settings
from randaemon.control import commands
from randaemon.control.commands import Context
from randaemon.daemon.asking import SERVICES, Asking, AskingPolicy
from randaemon.integrations.ollama import Ollama
from randaemon.integrations.openai_chat import OpenAIChat
from randaemon.lifecycle import Policy
from randaemon.llm import Choice, Models, ModelsPolicy, states
from randaemon.llm.breaker import BreakerPolicy
from randaemon.llm.line import LinePolicy
from randaemon.llm.link import Link, LinkPolicy, Timeouts
from randaemon.model import (
    Candidate,
    Category,
    Conversation,
    Done,
    Drop,
    Message,
    Outcome,
    Purpose,
    Reply,
    Request,
    Score,
    Span,
    Stage,
    Status,
    Task,
    Tier,
)
from randaemon.pool import Pool, PoolPolicy
from randaemon.stages import Step
from randaemon.stages.prompting import Dialogue
from randaemon.store import Home, Store
from randaemon.store.asking import Cache
from randaemon.store.reader import Reader
from randaemon.store.records import PAUSED
from randaemon.training.cycle import Cycle, TrainingPolicy
from randaemon.training.plan import Wishes

PIPELINE = (
    Step(Stage.UNPACK, "-"),
    Step(Stage.CONVERT, "-"),
    Step(Stage.PREPROCESS, "-"),
    Step(Stage.EXTRACT, "-", asks=True),
    Step(Stage.CONVERSE, "-", needs=(Stage.EXTRACT,), asks=True),
    Step(Stage.FINALIZE, "-", needs=(Stage.CONVERSE,)),
)
PROBES = ("Hi", "Reply with the word: yes")  # what is asked to find out whether a server works again
POLICY = AskingPolicy(Cache("realm", 3600.0), patience=900.0, look_seconds=0.05)


async def stages(task: Task) -> Outcome:
    """Two stages that ask, and the rules' word where nobody answers."""
    if task.stage not in (Stage.EXTRACT, Stage.CONVERSE):
        return Done(b"{}", candidates=samples(task) if task.stage is Stage.FINALIZE else ())
    dialogue = Dialogue.of(task)
    count = 2 if task.stage is Stage.EXTRACT else 1
    said = []
    for number in range(count):
        if dialogue.mute:
            dialogue.missing += 1
        else:
            reply = dialogue.ask(request(f"{task.stage.label} {task.digest[:8]} {number}"))
            said.append(reply.text if reply is not None else "rules")
    before = json.loads(task.inputs[Stage.EXTRACT].read_bytes()) if Stage.EXTRACT in task.inputs else []
    told = said or ["rules"] * count
    return dialogue.asks() or Done(
        json.dumps([*before, *told]).encode(), dialogue.mark(task.meta if task.stage is Stage.EXTRACT else {})
    )


def request(text: str) -> Request:
    schema = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
    return Request(Purpose.EXTRACT, Tier.FAST, (Message("user", text),), schema, 100)


def samples(task: Task) -> tuple[Candidate, ...]:
    body = task.inputs[Stage.CONVERSE].read_text()
    said = (Message("user", "What?"), Message("assistant", body))
    conversation = Conversation("fact", said, (Span(0, 1, "x"),), Category.EVENT, "e", "a", 0)
    number = hashlib.sha256(f"{task.digest} {body}".encode()).hexdigest()[:16]
    return (Candidate(number, task.digest, "f", "f", conversation, Score(0.9)),)


@dataclass
class Life:
    """One life of what a daemon does with models, until the block ends."""

    store: Store
    asking: Asking
    models: Models

    async def until(self, done: Callable[[], Any], patience: float = 60.0) -> None:
        """Wait for a condition, looked at after each commit."""
        with anyio.fail_after(patience):
            while True:
                committed = self.store.committed()
                found = done()
                if await found if hasattr(found, "__await__") else found:
                    return
                with anyio.move_on_after(0.2):
                    await committed.wait()


@dataclass
class House:
    """A home and a server, with lives one after the other."""

    root: Path
    server: ModelsServer
    policy: AskingPolicy = POLICY
    used: list[Any] = field(default_factory=list)
    stages: Stages = stages
    dialect: type[Ollama | OpenAIChat] = Ollama
    timeouts: Timeouts = field(default_factory=lambda: Timeouts(connect=0.5, first_byte=5.0, idle=5.0, total=10.0))

    @asynccontextmanager
    async def life(self) -> AsyncIterator[Life]:
        async with Store.open(Home.at(self.root)) as store:
            await store.recover()
            known = states.recalled((await store.state(SERVICES, {})).get("models", ()))
            models = self.build(known)
            asking = Asking(store, models, self.policy, self.used)
            policy = PoolPolicy(
                lifecycle=Policy(backoff=(0.0,)), pipeline=PIPELINE, poll_seconds=0.2, drain_seconds=0.1,
                models=asking.told,
            )  # fmt: skip
            try:
                await asking.begin()
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(asking.run)
                    tasks.start_soon(Pool(store, lambda: InProcess(self.stages), policy, {"cpu": 2}, Room(width=9)).run)
                    yield Life(store, asking, models)
                    tasks.cancel_scope.cancel()
            finally:
                with anyio.CancelScope(shield=True):
                    await models.close()

    def build(self, known: Any) -> Models:
        tiers = {Tier.FAST: (Choice("it", "qwen3:1.7b"),)}
        breaker = BreakerPolicy(failures=3, pause=0.1, longest=0.2)
        line = LinePolicy(attempts=1, first_wait=0.01, breaker=breaker, look_again=0.2)
        chat = self.dialect(Link(LinkPolicy(self.server.url, timeouts=self.timeouts)))
        return Models({"it": chat}, ModelsPolicy(tiers, line=line), known=known, used=self.used.append)

    async def drop(self, store: Store, count: int, first: int = 0) -> None:
        await store.admit([drop(store.home, f"document {number}") for number in range(first, first + count)])


def drop(home: Home, text: str) -> Drop:
    digest = hashlib.sha256(text.encode()).hexdigest()
    home.originals.mkdir(parents=True, exist_ok=True)
    (home.originals / f"{digest[:12]}__f").write_text(text)
    return Drop(digest[:12], "f", digest, len(text))


async def contents(store: Store) -> list[str]:
    """What the dataset says, without ids of processes or times."""
    return sorted(each.conversation.messages[1].content for each in await stored.candidates(store))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with ModelsServer() as server:
        yield House(tmp_path / "home", server)


async def settled(house: House, count: int) -> list[str]:
    async with house.life() as life:
        await house.drop(life.store, count)
        await life.until(life.store.idle)
        return await contents(life.store)


CALM: dict[int, list[str]] = {}


async def undisturbed(root: Path, count: int) -> list[str]:
    """The dataset of a run in which nothing goes wrong; made once."""
    if count not in CALM:
        async with ModelsServer() as server:
            CALM[count] = await settled(House(root, server), count)
    return CALM[count]


async def test_requests_are_answered_and_their_documents_go_on(house: House) -> None:
    async with house.life() as life:
        await house.drop(life.store, 20)
        await life.until(life.store.idle)
        assert all("rules" not in text for text in await contents(life.store))
        assert len(house.server.calls) == 20 * 3
        assert await life.store.asks.degraded() == 0
        assert [row[:5] for row in stored.usage(life.store)] == [("extract", "qwen3:1.7b", "it", 60, 0)]
        attempts = {(await life.store.document(number)).attempt for number in range(1, 21)}
        assert attempts == {0}


async def test_with_no_server_at_all_the_rules_work_at_once_and_nobody_is_called(house: House) -> None:
    await house.server.stop()
    async with house.life() as life:
        await house.drop(life.store, 20)
        await life.until(life.store.idle)
        assert all("answer" not in text for text in await contents(life.store))
        assert not house.server.calls
        assert await life.store.asks.degraded() == 20
        kinds = {event.kind for event in await life.store.events(0)}
        assert not kinds & {"models.away", "models.given_up", "document.waiting", "document.degraded"}


async def test_a_server_that_comes_for_the_first_time_gets_what_was_done_without_it(house: House) -> None:
    await house.server.stop()
    async with house.life() as life:
        await house.drop(life.store, 10)
        await life.until(life.store.idle)
        await house.server.start()
        await life.until(lambda: upgraded(life))
        assert all("rules" not in text for text in await contents(life.store))


async def test_a_server_that_tells_no_list_of_its_models_is_asked(house: House) -> None:
    async def untold(_: object) -> web.Response:
        raise web.HTTPNotFound

    await house.server.stop()
    house.server._models, house.dialect = untold, OpenAIChat  # type: ignore[method-assign, assignment]
    await house.server.start()
    async with house.life() as life:
        await house.drop(life.store, 2)
        await life.until(lambda: upgraded(life), patience=10.0)
        assert all("rules" not in text for text in await contents(life.store))


@pytest.mark.parametrize(("patience", "count"), [(900.0, 60), (0.3, 200), (0.0, 60)])
async def test_an_outage_in_the_middle_changes_nothing_in_the_end(
    tmp_path: Path, house: House, patience: float, count: int
) -> None:
    """Longer patience than the outage: the model finishes. Shorter: the rules do, then it is all done again."""
    wanted = await undisturbed(tmp_path / "calm", count)
    house.policy = replace(POLICY, patience=patience)
    house.server.latency = 0.002
    async with house.life() as life:
        await house.drop(life.store, count)
        await life.until(lambda: len(house.server.calls) > count // 2)
        await house.server.stop()
        if patience < 1.0:
            await life.until(lambda: given_up(life))
            await life.until(life.store.idle)
            assert await life.store.asks.degraded() > 0
            assert any("rules" in text for text in await contents(life.store))
        else:
            await life.until(lambda: away(life))
        await house.server.start()
        await life.until(lambda: upgraded(life))
        assert await contents(life.store) == wanted
        counts = await life.store.counts()
        assert counts[Status.DONE] == count
        assert {(await life.store.document(number)).attempt for number in range(1, count + 1)} == {0}
        kinds = [event.kind for event in await life.store.events(0, 100_000)]
        assert kinds.count("models.back") >= 1
        assert kinds.count("drop.done") == count
        assert ("document.upgraded" in kinds) == (patience < 1.0)


@pytest.mark.slow
@pytest.mark.parametrize("dialect", [Ollama, OpenAIChat])
async def test_whatever_goes_wrong_no_document_is_lost_and_none_pays_for_it_with_an_attempt(
    house: House, dialect: type[Ollama | OpenAIChat]
) -> None:
    """Each fault once, with a good reply after it. What stays refused is left to the rules; all else is answered."""
    house.server.pause = 2.0
    house.server._faults = iter([each for fault in FAULTS for each in (fault, "")])
    house.timeouts, house.dialect = Timeouts(connect=2.0, first_byte=0.4, idle=0.4, total=1.0), dialect
    count = len(FAULTS)
    async with house.life() as life:
        await house.drop(life.store, 1)
        await life.until(life.store.idle)  # from now on it is a server that used to answer
        await house.drop(life.store, count, first=1)
        await life.until(lambda: upgraded(life), patience=120.0)
        assert (await life.store.counts())[Status.DONE] == count + 1
        assert {(await life.store.document(number)).attempt for number in range(1, count + 2)} == {0}
        told = [answer for said in await contents(life.store) for answer in json.loads(said)]
        assert len(told) == 3 * (count + 1)
        assert all(answer == "" or "answer" in answer for answer in told)
    asked = [call["messages"] for call in house.server.calls if call["messages"][0]["content"] not in PROBES]
    repairs = sum(len(messages) > 1 for messages in asked)
    assert len({str(messages) for messages in asked if len(messages) == 1}) == 3 * (count + 1)
    assert len(asked) <= 3 * (count + 1) + repairs + len(FAULTS)


async def test_a_crash_costs_no_more_than_the_calls_that_were_under_way(house: House) -> None:
    """Calls <= chunks + what was under way at each kill; the samples are those of a calm run."""
    house.policy = replace(POLICY, in_flight=2)
    house.server.latency = 0.003
    kills = 0
    async with house.life() as life:
        await house.drop(life.store, 40)
        await life.until(lambda: len(house.server.calls) > 10)
    for goal in (30, 50, 70, 90):
        kills += 1
        async with house.life() as life:
            await life.until(lambda goal=goal: len(house.server.calls) > goal)
    kills += 1
    async with house.life() as life:
        await life.until(life.store.idle)
        found = await contents(life.store)
    assert 120 <= len(house.server.calls) <= 120 + kills * house.policy.in_flight
    assert len({str(call["messages"]) for call in house.server.calls}) == 120
    assert len(found) == 40
    assert all("rules" not in text for text in found)


async def test_what_waits_says_why_and_how_much(house: House) -> None:
    async with house.life() as life:
        await house.drop(life.store, 1)
        await life.until(life.store.idle)
        await house.server.stop()
        await house.drop(life.store, 3, first=10)
        await life.until(lambda: away(life))
        await life.until(lambda: published(life))
        with Reader(life.store.home) as reader:
            status = reader.status()
        (waiting,) = status["waiting"]
        assert waiting["count"] == 3
        assert "refuses connections" in waiting["reason"]
        assert "6 requests" in waiting["reason"]
        assert house.server.url.removeprefix("http://") in waiting["reason"]
        assert status["services"]["models"][0]["model"] == "qwen3:1.7b"


async def test_with_models_paused_documents_go_as_far_as_they_need_none_and_wait_for_the_word(house: House) -> None:
    async with house.life() as life:
        await house.drop(life.store, 1)
        await life.until(life.store.idle)
        called = len(house.server.calls)
        await life.store.set_state(**{PAUSED: ["models"]})
        await house.drop(life.store, 3, first=10)

        def all_wait() -> bool:
            with Reader(life.store.home) as reader:
                return [each["count"] for each in reader.status()["waiting"]] == [3]

        await life.until(all_wait)
        with Reader(life.store.home) as reader:
            (waiting,) = reader.status()["waiting"]
        assert waiting["reason"] == "models are paused by you; `randaemon jobs resume models` — 6 requests waiting"
        assert waiting["stage"] == "extract"
        assert len(house.server.calls) == called, "neither asked nor tried"
        context = Context(life.store, Settings(), Cycle(life.store, TrainingPolicy(Wishes("tiny"))))
        await commands.apply("resume", {"lane": "models"}, context)
        await life.until(life.store.idle)
        assert len(await contents(life.store)) == 4


async def test_a_bug_in_the_way_to_a_model_ends_one_request_and_no_daemon(house: House) -> None:
    async def broken(*_: object, **__: object) -> Reply:
        raise ZeroDivisionError

    build = house.build

    def sabotaged(known: Any) -> Models:
        models = build(known)
        models.answer = broken  # type: ignore[method-assign]
        return models

    house.build = sabotaged  # type: ignore[method-assign]
    async with house.life() as life:
        await house.drop(life.store, 3)
        await life.until(life.store.idle)
        assert len(await contents(life.store)) == 3


async def test_models_that_cannot_be_told_to_rest_are_asked_again_afterwards(house: House) -> None:
    async def broken(_: str) -> None:
        raise ZeroDivisionError

    async with house.life() as life:
        life.models._servers["it"].unload = broken  # type: ignore[method-assign]
        with pytest.raises(ZeroDivisionError):
            async with life.asking.resting():
                pass
        assert (await life.models.answer(request("hello"))).outcome == "ok"


async def test_replies_that_are_too_old_go_every_day_and_not_at_the_start_alone(house: House) -> None:
    house.policy = replace(POLICY, cache=Cache("realm", 0.0))
    async with house.life() as life:
        await house.drop(life.store, 1)
        await life.until(life.store.idle)
        assert kept(life) == 3
        life.asking._pruned -= 86_400.0
        await life.until(lambda: kept(life) == 0)


def kept(life: Life) -> int:
    """Replies in the cache."""
    with contextlib.closing(sqlite3.connect(life.store.home.database)) as database:
        return int(database.execute("SELECT count(*) FROM replies").fetchone()[0])


async def test_a_request_that_makes_the_server_fail_holds_nobody_up(house: House) -> None:
    def reply(body: Any) -> str:
        if body["messages"][-1]["content"].endswith(" 1"):
            raise ZeroDivisionError
        return json.dumps({"answer": "fine"})

    house.server.reply = reply
    async with house.life() as life:
        await house.drop(life.store, 2)
        await life.until(lambda: upgraded(life))
        assert len(await contents(life.store)) == 2
        for said in map(json.loads, await contents(life.store)):
            assert sorted(said) == ["", '{"answer":"fine"}', '{"answer":"fine"}']
        assert await life.store.asks.degraded() == 0


async def upgraded(life: Life) -> bool:
    asks = life.store.asks
    return await life.store.idle() and not await asks.degraded() and not await asks.upgrading()


async def given_up(life: Life) -> bool:
    return await life.store.happened(["models.given_up"], 0)


async def away(life: Life) -> bool:
    return await life.store.happened(["models.away"], 0)


async def published(life: Life) -> bool:
    return bool((await life.store.state(SERVICES, {})).get("away"))
