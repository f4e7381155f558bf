"""Tiers over real servers: a hung one, one that is away, lighter ones that stand in, and documents that get better."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from tests.flow.test_asking import POLICY, House, Life, contents, drop, given_up, samples, upgraded
from tests.in_process import Stages
from tests.models_server import Body, ModelsServer

from randaemon.daemon.asking import SERVICES
from randaemon.integrations.ollama import Ollama
from randaemon.llm import Choice, Models, ModelsPolicy
from randaemon.llm.breaker import BreakerPolicy
from randaemon.llm.line import LinePolicy
from randaemon.llm.link import Link, LinkPolicy, Timeouts
from randaemon.model import Done, Message, Outcome, Purpose, Reply, Request, Stage, Status, Task, Tier, request_key
from randaemon.stages.prompting import Dialogue
from randaemon.store.records import PromotionRecord, RunRecord

SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}, "required": ["answer"]}
NAMES = {Tier.FAST: "qwen3:1.7b", Tier.BALANCED: "gemma3:4b"}


async def stages(task: Task) -> Outcome:
    """A document says how hard it is; a model's word that a gate refuses is put to a better one."""
    if task.stage is Stage.PREPROCESS:
        return Done(b"{}", {"complexity": 0.9 if task.source.read_text().startswith("hard") else 0.1})
    if task.stage is not Stage.EXTRACT:
        body = task.inputs[Stage.EXTRACT].read_bytes() if task.stage is Stage.CONVERSE else b"{}"
        return Done(body, candidates=samples(task) if task.stage is Stage.FINALIZE else ())
    dialogue = Dialogue.of(replace(task, options={**task.options, "hard": 0.5}))
    said = "rules"
    if dialogue.mute:
        dialogue.missing += 1
    else:
        asked = Request(
            Purpose.EXTRACT, dialogue.first, (Message("user", task.source.read_text().strip()),), SCHEMA, 100
        )
        reply = dialogue.ask(asked)
        if reply is not None and "refused" in reply.text:
            reply = dialogue.again(asked, reply, "again")
        said = reply.text if reply is not None else said
    return dialogue.asks() or Done(json.dumps([said]).encode(), dialogue.mark(task.meta))


@dataclass
class TwoServers(House):
    """One server a tier, each with a model of its own."""

    better: ModelsServer = field(default_factory=ModelsServer)
    stages: Stages = stages

    def build(self, known: Any) -> Models:
        servers = {"one": self.server, "two": self.better}
        chats = {name: Ollama(Link(LinkPolicy(each.url, timeouts=self.timeouts))) for name, each in servers.items()}
        tiers = {tier: (Choice(name, NAMES[tier]),) for tier, name in zip(NAMES, servers, strict=True)}
        breaker = BreakerPolicy(failures=3, pause=0.1, longest=0.2)
        line = LinePolicy(slots=2, attempts=1, first_wait=0.01, breaker=breaker, look_again=0.2)
        policy = ModelsPolicy(tiers, line=line, patience=self.policy.patience, soonest=0.05)
        return Models(chats, policy, known=known, used=self.used.append)


def by_whom(body: Body) -> str:
    """Who answered; the lighter model's word about some documents is refused."""
    text = body["messages"][0]["content"]
    refused = " refused" if body["model"] == NAMES[Tier.FAST] and text.endswith("7") else ""
    return json.dumps({"answer": f"{body['model']} of {text}{refused}"})


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[TwoServers]:
    async with (
        ModelsServer(models=(NAMES[Tier.FAST],), reply=by_whom) as one,
        ModelsServer(models=(NAMES[Tier.BALANCED],), reply=by_whom) as two,
    ):
        yield TwoServers(tmp_path / "home", one, better=two)


async def dropped(life: Life, kind: str, count: int) -> None:
    await life.store.admit([drop(life.store.home, f"{kind} {number}") for number in range(count)])


async def test_hard_documents_begin_one_tier_up_and_refused_words_go_there_once(house: TwoServers) -> None:
    async with house.life() as life:
        await dropped(life, "easy", 9)
        await dropped(life, "hard", 5)
        await life.until(life.store.idle)
        told = await contents(life.store)
        assert [body["messages"][-1]["content"] for body in house.better.calls if len(body["messages"]) > 1] == [
            "again"
        ]
        assert sum("qwen3:1.7b of easy" in text for text in told) == 8
        assert sum("gemma3:4b of easy 7" in text for text in told) == 1
        assert sum("gemma3:4b of hard" in text for text in told) == 5
        assert await life.store.asks.degraded() == 0
        await life.until(lambda: escalations(life, 1))


async def escalations(life: Life, count: int) -> bool:
    return (await life.store.state(SERVICES, {})).get("escalated") == count


async def test_a_hung_server_holds_up_nobody_who_asks_another(house: TwoServers) -> None:
    """With one share for all, four requests to the server that hangs would have kept everybody else out."""
    house.policy = replace(POLICY, in_flight=4)
    house.timeouts = Timeouts(first_byte=100.0)
    house.server.pause = 100.0
    house.server._faults = iter(["silent"] * 99)
    async with house.life() as life:
        await dropped(life, "easy", 12)
        await life.until(lambda: len(house.server.calls) >= 2)
        await life.store.admit([drop(life.store.home, f"hard {number}") for number in range(12)])
        await life.until(lambda: done(life, 12))
        assert len(house.server.calls) <= 2  # its two slots, and still none of them answered


async def done(life: Life, count: int) -> bool:
    return (await life.store.counts())[Status.DONE] >= count


@pytest.mark.parametrize("patience", [0.0, 0.4])
async def test_a_lighter_model_stands_in_after_the_patience_and_gives_way_when_the_better_one_is_back(
    tmp_path: Path, house: TwoServers, patience: float
) -> None:
    """Undisturbed equals disturbed: what a lighter model said is not what the better one's word is replaced by."""
    house.policy = replace(POLICY, patience=patience)
    wanted = await undisturbed(tmp_path / "calm")
    async with house.life() as life:
        await dropped(life, "easy", 3)
        await dropped(life, "hard", 3)
        await life.until(life.store.idle)
        await house.better.stop()
        await life.store.admit([drop(life.store.home, f"hard {number}") for number in range(3, 10)])
        await life.store.admit([drop(life.store.home, f"easy {number}") for number in range(3, 10)])
        await life.until(life.store.idle)
        assert sum("qwen3:1.7b of hard" in text for text in await contents(life.store)) == 7
        assert await life.store.asks.degraded() == 7 + 1  # and the one whose word no better model could mend
        await house.better.start()
        await life.until(lambda: upgraded(life))
        assert await contents(life.store) == wanted
        assert (await life.store.counts())[Status.DONE] == 20


async def undisturbed(root: Path) -> list[str]:
    async with (
        ModelsServer(models=(NAMES[Tier.FAST],), reply=by_whom) as one,
        ModelsServer(models=(NAMES[Tier.BALANCED],), reply=by_whom) as two,
        TwoServers(root, one, better=two).life() as life,
    ):
        await dropped(life, "easy", 10)
        await dropped(life, "hard", 10)
        await life.until(life.store.idle)
        return await contents(life.store)


async def test_documents_of_one_tier_are_done_again_while_another_is_away(house: TwoServers) -> None:
    house.policy = replace(POLICY, patience=0.0)
    async with house.life() as life:
        await dropped(life, "easy", 1)
        await dropped(life, "hard", 1)
        await life.until(life.store.idle)
        await house.better.stop()
        await house.server.stop()
        await life.store.admit([drop(life.store.home, f"{kind} 3") for kind in ("easy", "hard")])
        await life.until(lambda: given_up(life))
        await life.until(life.store.idle)
        assert await life.store.asks.degraded() == 2
        await house.server.start()
        await life.until(lambda: left(life, 1))
        told = "".join(await contents(life.store))
        assert "qwen3:1.7b of easy 3" in told


async def left(life: Life, count: int) -> bool:
    return await life.store.idle() and await life.store.asks.degraded() == count


async def test_what_we_refuse_ourselves_is_no_sign_that_a_model_is_back(house: TwoServers) -> None:
    async with house.life() as life:
        await dropped(life, "easy", 1)
        await life.until(life.store.idle)
        await house.server.stop()
        await life.store.admit([drop(life.store.home, "easy 2")])
        await life.until(lambda: Tier.FAST in life.asking._away)
        asked = Request(Purpose.EXTRACT, Tier.FAST, (Message("user", "too long"),))
        await life.asking._heard(asked, Reply(request_key(asked), "", "refused", reason="it does not fit"))
        assert Tier.FAST in life.asking._away
        assert not await life.store.happened(["models.back"], 0)


async def test_replies_of_the_active_model_are_no_replies_of_the_one_that_is_promoted_next(house: TwoServers) -> None:
    """Three documents ask the same: the second finds the first one's answer, the third is asked of another model."""
    house.policy = replace(POLICY, follows=True)
    async with house.life() as life:
        await life.store.admit([drop(life.store.home, "easy 1")])
        await life.until(life.store.idle)
        await life.store.admit([drop(life.store.home, "easy 1 ")])
        await life.until(life.store.idle)
        assert len(house.server.calls) == 1
        run = await life.store.add_run(RunRecord("", 1, "tiny", "done", 0.0))
        (life.store.home.runs / run).mkdir()
        await life.store.promote(PromotionRecord(0, run, "promote", 0.0))
        await life.store.admit([drop(life.store.home, "easy 1  ")])
        await life.until(life.store.idle)
        assert len(house.server.calls) == 2
        assert (await life.store.counts())[Status.DONE] == 3


@pytest.mark.parametrize(("problem", "patience"), [(web.HTTPBadRequest, 900.0), (ZeroDivisionError, 0.0)])
async def test_what_a_better_model_never_answers_keeps_the_lighter_ones_word(
    house: TwoServers, problem: type[Exception], patience: float
) -> None:
    """It is too long for it, say, or makes it fail: no reason to do its document again, and again, for ever."""

    def picky(body: Body) -> str:
        if body["messages"][0]["content"] == "hard 1":
            raise problem
        return by_whom(body)

    house.better.reply = picky
    house.policy = replace(POLICY, patience=patience)
    async with house.life() as life:
        await dropped(life, "hard", 3)
        await life.until(lambda: left(life, 0))
        told = await contents(life.store)
        assert sum("qwen3:1.7b of hard 1" in text for text in told) == 1
        assert sum("gemma3:4b of hard" in text for text in told) == 2
        assert len(house.better.calls) < 30  # its tries, and a probe or two each


async def test_a_tier_that_never_answered_is_not_waited_for_though_another_one_answers(house: TwoServers) -> None:
    """Its server lists the model and has no memory for it: the rules go on at once."""
    house.server._faults = iter(["broken"] * 99)
    async with house.life() as life:
        await dropped(life, "hard", 1)
        await life.until(life.store.idle)
        await dropped(life, "easy", 2)
        await life.until(lambda: left(life, 2), patience=10.0)
        assert sum("rules" in text for text in await contents(life.store)) == 2
