"""What stages asked of models: open requests, the reply cache, usage, and documents to be done again with a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from typing import Any

import msgspec

from randaemon.model import Change, Reply, Request, Tier, Usage, request_key
from randaemon.store import rows
from randaemon.store.db import Transaction
from randaemon.store.registry import each
from randaemon.store.writer import Operation

_request = msgspec.json.Decoder(Request)
BATCH = 2_000  # cached replies taken in one transaction: 20 ms during which nobody else writes


@dataclass(frozen=True, slots=True)
class Cache:
    """Which kept replies count."""

    realm: str  # names the models that may answer: with others the same request is another question
    age_seconds: float


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request that nobody has answered yet, and since when it waits."""

    key: str
    request: Request
    asked: float


@dataclass(frozen=True, slots=True)
class Answered:
    """What came of a request, and the calls since the last one; only an `ok` goes into the cache."""

    reply: Reply
    cache: Cache
    spent: tuple[Usage, ...] = ()


@dataclass(frozen=True, slots=True)
class _Verdict:
    keys: Sequence[str]
    outcome: str
    reason: str = ""


def ask(transaction: Transaction, changes: Sequence[Change]) -> None:
    """The part of settling that is about models: what is asked now, what is of no use any more."""
    over = [change.document for change in changes if change.answered]
    if over:
        transaction.run("drop_asks", rows.dump(over))
    asks = [
        (change.document, request_key(request), request.tier.value, transaction.now, rows.dump(request))
        for change in changes
        for request in change.requests
    ]
    transaction.many("add_ask", asks)
    transaction.asked.extend(key for _, key, *_ in asks)


def open_request(row: Sequence[Any]) -> OpenRequest:
    """A row of `open_asks`."""
    key, body, asked = row
    return OpenRequest(key, _request.decode(body), asked)


def replies(found: Sequence[Sequence[Any]]) -> dict[str, Reply]:
    """Rows of `replies_of`; without those whose reply was thrown away meanwhile, which are asked again."""
    return {row[0]: reply for row in found if (reply := _reply(row)) is not None}


def _answer(transaction: Transaction, answers: Sequence[Answered]) -> list[None]:
    """Reply, usage and the end of the waiting, in one transaction."""
    now = transaction.now
    kept = [_reply_row(each, now) for each in answers if each.reply.outcome == "ok"]
    transaction.many("put_reply", kept)
    transaction.many("add_usage", [astuple(spent) for each in answers for spent in each.spent])
    _close(transaction, [_Verdict([each.reply.key], each.reply.outcome, each.reply.reason) for each in answers])
    return [None for _ in answers]


def _take_cached(transaction: Transaction, keys: Sequence[str]) -> None:
    """Requests whose replies are kept are answered."""
    _close(transaction, [_Verdict(keys, "ok")])


def _give_up(transaction: Transaction, argument: tuple[Tier, str]) -> int:
    """Nobody is waited for any more: every open request of the tier is `unavailable`."""
    tier, reason = argument
    keys = [key for (key,) in transaction.rows("open_keys", tier.value)]
    _close(transaction, [_Verdict(keys, "unavailable", reason)])
    return len(keys)


def _prune(transaction: Transaction, older_than: tuple[float, float]) -> None:
    replies_before, usage_before = older_than
    transaction.run("prune_replies", replies_before)
    transaction.run("prune_usage", usage_before)


ANSWER: Operation[Answered, None] = Operation(_answer, rank=2)
TAKE_CACHED = each(_take_cached)
GIVE_UP = each(_give_up)
PRUNE = each(_prune)


def _close(transaction: Transaction, verdicts: Sequence[_Verdict]) -> None:
    keys = [key for verdict in verdicts for key in verdict.keys]
    if not keys:
        return
    documents = [number for (number,) in transaction.rows("waiting_for", rows.dump(keys))]
    transaction.many("answer_ask", list(_closings(verdicts)))
    if documents:
        transaction.claimable |= transaction.run("release", rows.dump(documents)) > 0


def _closings(verdicts: Sequence[_Verdict]) -> Iterator[tuple[str, str, str]]:
    for verdict in verdicts:
        for key in verdict.keys:
            yield verdict.outcome, verdict.reason, key


def _reply(row: Sequence[Any]) -> Reply | None:
    key, outcome, reason, text, model, provider, prompt, completion, seconds, stands_in = row
    if outcome != "ok":
        return Reply(key, "", outcome, reason=reason)
    if text is None:
        return None
    return Reply(key, text, "ok", model, provider, prompt, completion, seconds, stands_in=bool(stands_in))


def _reply_row(answered: Answered, now: float) -> tuple[object, ...]:
    reply, cache = answered.reply, answered.cache
    said = (reply.model, reply.provider, reply.prompt_tokens, reply.completion_tokens, reply.seconds, reply.text)
    return reply.key, cache.realm, now, *said, reply.stands_in, now - cache.age_seconds
