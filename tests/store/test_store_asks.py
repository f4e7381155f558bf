"""What documents ask of models: open requests, the reply cache, giving up, and being done again."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest
from tests import stored

from randaemon.lifecycle import WAITING_LLM, Policy, settle
from randaemon.model import (
    Ask,
    Candidate,
    Category,
    Conversation,
    Document,
    Done,
    Drop,
    Failure,
    Message,
    Outcome,
    Purpose,
    Reply,
    Request,
    Score,
    Span,
    Stage,
    Status,
    Tier,
    Usage,
    request_key,
)
from randaemon.store import Home, Store
from randaemon.store.asking import Answered, Cache
from randaemon.store.queries import query

from .conftest import Clock

Put = Callable[..., Drop]
ALL = list(Stage)
CACHE = Cache("qwen", 1000.0)
SPENT = Usage(1_750_000_000.0, "extract", "fast", "ok", "ollama", "ollama", "m", 10, 5, 0.5)


def request(text: str, tier: Tier = Tier.FAST) -> Request:
    return Request(Purpose.EXTRACT, tier, (Message("user", text),))


def answered(asked: Request, text: str = "{}", outcome: str = "ok", reason: str = "") -> Answered:
    reply = Reply(request_key(asked), text, outcome, "m", "ollama", 10, 5, 0.5, reason)  # type: ignore[arg-type]
    return Answered(reply, CACHE, (SPENT,))


async def at_extract(store: Store, put: Put, *contents: str) -> list[Document]:
    """Documents that have come as far as the stage that asks, claimed."""
    await store.admit([put(content) for content in contents])
    for _ in range(3):
        for document in await store.claim(ALL, 999):
            await outcome_of(store, document, Done())
    return await store.claim(ALL, 999)


async def outcome_of(store: Store, document: Document, outcome: Outcome) -> None:
    assert await store.settle(settle(document, outcome, Policy(backoff=(0.0,)), 0.0))


async def test_a_document_waits_until_every_request_has_an_answer(store: Store, put: Put) -> None:
    first, second = request("a"), request("b")
    (document,) = await at_extract(store, put, "text")
    rung = store.asks.wakeup()
    await outcome_of(store, document, Ask((first, second)))
    assert rung.is_set()
    assert {each.request for each in await store.asks.open(Tier, 9)} == {first, second}
    waiting = await store.document(document.id)
    assert (waiting.status, waiting.code, waiting.attempt) == (Status.READY, WAITING_LLM, 0)

    await store.asks.answer(answered(first, "A"))
    assert await store.claim(ALL, 9) == []
    assert await store.asks.waiting() == 1
    await store.asks.answer(answered(second, "", "refused", "too long"))
    (again,) = await store.claim(ALL, 9)
    assert (again.id, again.attempt, again.reason, again.code) == (document.id, 1, "", "")
    replies = await store.asks.replies(again, CACHE.realm)
    assert replies[request_key(first)] == answered(first, "A").reply
    refused = replies[request_key(second)]
    assert (refused.outcome, refused.text, refused.reason) == ("refused", "", "too long")


async def test_requests_are_gone_when_their_stage_is_over_and_kept_while_it_is_tried_again(
    store: Store, put: Put
) -> None:
    (document,) = await at_extract(store, put, "text")
    await outcome_of(store, document, Ask((request("a"),)))
    await store.asks.answer(answered(request("a")))
    (document,) = await store.claim(ALL, 9)
    await outcome_of(store, document, Failure("worker died"))
    await store.wake()
    (document,) = await store.claim(ALL, 9)
    assert len(await store.asks.replies(document, CACHE.realm)) == 1
    await outcome_of(store, document, Done())
    assert await store.asks.replies(document, CACHE.realm) == {}
    assert "asked" not in (await store.document(document.id)).meta


async def test_the_first_reply_holds_for_all_until_it_is_too_old(store: Store, put: Put, clock: Clock) -> None:
    asked = request("same")
    one, two = await at_extract(store, put, "one", "two")
    await outcome_of(store, one, Ask((asked,)))
    await outcome_of(store, two, Ask((asked,)))
    assert len(await store.asks.open(Tier, 9)) == 1
    await store.asks.answer(answered(asked, "first"))
    await store.asks.answer(answered(asked, "second"))
    one, two = await store.claim(ALL, 9)
    for document in (one, two):
        assert (await store.asks.replies(document, CACHE.realm))[request_key(asked)].text == "first"
        await outcome_of(store, document, Done())

    (three,) = await at_extract(store, put, "three")
    await outcome_of(store, three, Ask((asked,)))
    clock.now += 1001
    assert await store.asks.take_cached(CACHE) == 0
    assert await store.asks.take_cached(replace(CACHE, age_seconds=2000.0, realm="gemma")) == 0
    assert await store.asks.take_cached(replace(CACHE, age_seconds=2000.0)) == 1
    assert await store.asks.waiting() == 0
    await store.asks.answer(answered(asked, "third"))
    (three,) = await store.claim([Stage.EXTRACT], 9)
    assert (await store.asks.replies(three, CACHE.realm))[request_key(asked)].text == "third"


async def test_a_reply_of_other_models_is_asked_for_again(store: Store, put: Put) -> None:
    """The daemon was started with other tiers while the document waited."""
    (document,) = await at_extract(store, put, "text")
    await outcome_of(store, document, Ask((request("a"),)))
    await store.asks.answer(answered(request("a")))
    (document,) = await store.claim(ALL, 9)
    assert await store.asks.replies(document, "gemma") == {}
    await outcome_of(store, document, Ask((request("a"),)))
    assert await store.asks.waiting() == 1


async def test_a_lighter_models_reply_serves_who_waited_and_gives_way_to_the_one_that_was_wanted(
    store: Store, put: Put
) -> None:
    asked = request("same", Tier.BALANCED)
    one, two = await at_extract(store, put, "one", "two")
    await outcome_of(store, one, Ask((asked,)))
    lighter = replace(answered(asked, "lighter").reply, stands_in=True)
    await store.asks.answer(Answered(lighter, CACHE))
    (one,) = await store.claim(ALL, 9)
    assert await store.asks.replies(one, CACHE.realm) == {lighter.key: lighter}
    await outcome_of(store, two, Ask((asked,)))
    assert await store.asks.take_cached(CACHE) == 0
    await store.asks.answer(answered(asked, "wanted"))
    await outcome_of(store, one, Ask((asked,)))
    assert await store.asks.take_cached(CACHE) == 1
    await store.asks.answer(Answered(lighter, CACHE))
    for document in await store.claim(ALL, 9):
        assert (await store.asks.replies(document, CACHE.realm))[lighter.key] == answered(asked, "wanted").reply


async def test_documents_that_lack_a_tier_wait_for_it_and_others_do_not_wait_with_them(store: Store, put: Put) -> None:
    await finished(store, put, "one", {"degraded": "x", "lacks": "balanced"}, (1,))
    await finished(store, put, "two", {"degraded": "x", "lacks": "fast"}, (2,))
    await finished(store, put, "three", {"degraded": "x", "lacks": ""}, (3,))
    await finished(store, put, "four", {"degraded": "x", "lacks": "balanced fast"}, (4,))
    assert await store.asks.upgrade(9, [Tier.BALANCED, Tier.QUALITY]) == 2
    assert {document.id for document in await store.claim(ALL, 9)} == {2, 3}
    assert await store.asks.upgrade(9) == 2


async def test_giving_up_answers_everybody_and_fills_no_cache(store: Store, put: Put) -> None:
    one, two = await at_extract(store, put, "one", "two")
    await outcome_of(store, one, Ask((request("a"), request("b"))))
    await outcome_of(store, two, Ask((request("a"),)))
    assert await store.asks.give_up(Tier.FAST, "Ollama refuses connections") == 2
    documents = await store.claim(ALL, 9)
    assert {document.id for document in documents} == {one.id, two.id}
    replies = await store.asks.replies(documents[0], CACHE.realm)
    assert {(reply.outcome, reply.reason) for reply in replies.values()} == {
        ("unavailable", "Ollama refuses connections")
    }
    await outcome_of(store, documents[0], Ask((request("c"),)))
    assert await store.asks.take_cached(CACHE) == 0


async def test_a_cancelled_document_asks_no_more(store: Store, put: Put) -> None:
    (document,) = await at_extract(store, put, "text")
    await outcome_of(store, document, Ask((request("a"),)))
    await store.cancel(document.key)
    assert await store.asks.open(Tier, 9) == []
    await store.asks.answer(answered(request("a")))
    assert (await store.document(document.id)).status is Status.CANCELLED


async def test_requests_come_tier_by_tier_so_that_models_are_not_switched_for_each(store: Store, put: Put) -> None:
    documents = await at_extract(store, put, *"abcdef")
    for document in documents:
        asked = (request(f"{document.id} quick"), request(f"{document.id} well", Tier.QUALITY))
        await outcome_of(store, document, Ask(asked))
    tiers = [each.request.tier for each in await store.asks.open(Tier, 99)]
    assert sum(left is not right for left, right in pairwise(tiers)) == 1


async def test_a_degraded_document_is_done_again_and_its_samples_are_replaced(
    store: Store, put: Put, clock: Clock
) -> None:
    await finished(store, put, "text", {"degraded": "no model answered"}, (1, 2))
    await finished(store, put, "good", {}, (7,))
    assert await store.asks.degraded() == 1
    mark = await store.mark()
    assert await store.asks.upgrade(9) == 1
    assert (await store.asks.degraded(), await store.asks.upgrading()) == (0, 1)
    assert len(await stored.candidates(store)) == 3
    (document,) = await store.claim(ALL, 9)
    assert (document.stage, document.meta["upgrading"]) == (Stage.EXTRACT, True)
    await through(store, document, {"degraded": None}, (2, 3))
    assert {int(each.id, 16) for each in await stored.candidates(store)} == {2, 3, 7}
    assert [int(each.id, 16) for each in await stored.candidates(store, mark)] == [2, 7]
    assert (await store.document(document.id)).meta == {}
    assert (await store.asks.degraded(), await store.asks.upgrading()) == (0, 0)
    assert await store.asks.upgrade(9) == 0
    kinds = [event.kind for event in await store.events(0)]
    assert kinds.count("drop.done") == 2  # nobody is told twice that a file is done
    assert kinds.count("document.upgraded") == 1


async def test_old_replies_and_usage_are_pruned_but_none_that_is_waited_for(
    store: Store, put: Put, clock: Clock
) -> None:
    one, two = await at_extract(store, put, "one", "two")
    await outcome_of(store, one, Ask((request("a"),)))
    await outcome_of(store, two, Ask((request("b"),)))
    await store.asks.answer(answered(request("a")))
    await store.asks.answer(answered(request("b")))
    one, two = await store.claim(ALL, 9)
    await outcome_of(store, one, Done())
    assert stored.usage(store) == [("extract", "m", "ollama", 2, 0, 20, 10, 1.0)]
    await store.asks.prune(clock.now + 1, clock.now + 1)
    assert len(await store.asks.replies(two, CACHE.realm)) == 1
    assert stored.usage(store) == []


async def test_only_what_was_asked_since_is_looked_up_and_all_of_it_when_other_replies_count(
    store: Store, put: Put
) -> None:
    asked, other = request("same"), replace(CACHE, realm="gemma")
    one, two, three = await at_extract(store, put, "one", "two", "three")
    await outcome_of(store, one, Ask((asked, request("open"))))
    assert await store.asks.take_cached(CACHE) == 0
    await store.asks.answer(answered(asked))
    await store.asks.answer(Answered(answered(request("open")).reply, other))
    (one,) = await store.claim(ALL, 9)
    await outcome_of(store, one, Ask((request("open"),)))  # in the other realm it has its reply
    assert await store.asks.take_cached(CACHE) == 0
    await outcome_of(store, two, Ask((asked,)))
    assert await store.asks.take_cached(CACHE) == 1
    assert await store.asks.take_cached(CACHE) == 0
    assert await store.asks.waiting() == 1
    assert await store.asks.take_cached(other) == 1
    await outcome_of(store, three, Ask((asked,)))
    assert await store.asks.take_cached(other) == 0
    assert await store.asks.take_cached(CACHE) == 1
    assert await store.asks.waiting() == 0


async def test_a_reply_is_looked_up_by_its_key(store: Store) -> None:
    told = await store._reading.execute_fetchall(f"EXPLAIN QUERY PLAN {query('cached_of')}", ('["k"]', "r", 0.0))
    plan = [str(row[3]) for row in told]
    assert "SEARCH replies USING INDEX sqlite_autoindex_replies_1 (key=? AND realm=?)" in plan
    assert not [step for step in plan if "asks" in step]


@pytest.mark.parametrize("statement", ["open_asks", "cached_keys"])
async def test_open_requests_are_found_by_their_index(store: Store, statement: str) -> None:
    parameters = {"open_asks": ('["fast"]', 9), "cached_keys": ("r", 0.0, 9)}[statement]
    plan = await store._reading.execute_fetchall(f"EXPLAIN QUERY PLAN {query(statement)}", parameters)
    told = " ".join(str(row[3]) for row in plan)
    assert "asks_open" in told
    assert "TEMP B-TREE" not in told or statement == "cached_keys"


async def test_ten_thousand_cached_replies_are_given_within_two_seconds(home: Home, put: Put, clock: Clock) -> None:
    """The issue's figure is 5,000 a second; traced by coverage half of it, by processor time, must still hold."""
    async with Store.open(home, clock) as store:
        documents = await at_extract(store, put, *(f"text {number}" for number in range(40)))
        for document in documents:
            asked = tuple(request(f"{document.id} {number}") for number in range(250))
            await outcome_of(store, document, Ask(asked))
            rows = [
                (request_key(each), CACHE.realm, clock.now, "m", "p", 1, 1, 0.1, "{}", False, 0.0) for each in asked
            ]
            await fill(store, rows)
        waiting = await store.asks.waiting()
        began = time.process_time()
        taken = 0
        while count := await store.asks.take_cached(CACHE):
            taken += count
        claimed = await store.claim(ALL, 99)
        replies = [await store.asks.replies(document, CACHE.realm) for document in claimed]
        seconds = time.process_time() - began
        assert (taken, waiting) == (10_000, 10_000)
        assert sum(map(len, replies)) == 10_000
        assert seconds < 4.0, f"{10_000 / seconds:.0f} a second"


# --- pieces -------------------------------------------------------------------------------------------------------


async def finished(store: Store, put: Put, content: str, meta: dict[str, str], samples: tuple[int, ...]) -> None:
    (document,) = await at_extract(store, put, content)
    await through(store, document, meta, samples)


async def through(store: Store, document: Document, meta: dict[str, str | None], samples: tuple[int, ...]) -> None:
    await outcome_of(store, document, Done(meta=meta))
    (document,) = await store.claim(ALL, 9)
    await outcome_of(store, document, Done())
    (document,) = await store.claim(ALL, 9)
    found = tuple(candidate(number, document.digest) for number in samples)
    await outcome_of(store, document, Done(candidates=found))


def candidate(number: int, digest: str) -> Candidate:
    said = (Message("user", "What is p?"), Message("assistant", "It is 3."))
    conversation = Conversation("fact", said, (Span(0, 1, "3"),), Category.PARAMETER, "p", "default", 0)
    return Candidate(f"{number:016x}", digest, "family", "fact", conversation, Score(0.8))


async def fill(store: Store, rows: list[tuple[object, ...]]) -> None:
    """Replies as another life of the daemon left them."""
    connection = store.writer._connection
    await connection.execute("BEGIN IMMEDIATE")
    await connection.executemany(query("put_reply"), rows)
    await connection.commit()
