"""After an update of a stage: what older versions made goes back to it, once, and only what it had a part in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests import stored

from randaemon.lifecycle import Policy, settle
from randaemon.model import (
    Candidate,
    Category,
    Change,
    Child,
    Conversation,
    Document,
    Done,
    Drop,
    Expand,
    Message,
    Outcome,
    Reject,
    Score,
    Span,
    Stage,
    Status,
)
from randaemon.store import Store
from randaemon.store.renewal import Renewed

Put = Callable[..., Drop]
ALL = tuple(Stage)
NOW = {stage.label: 1 for stage in Stage}
NEWER = {**NOW, "convert": 2}


def candidate(number: int, digest: str, answer: str = "A power.") -> Candidate:
    messages = (Message("user", "What?"), Message("assistant", answer))
    said = Conversation("fact", messages, (Span(0, 1, "A"),), Category.PARAMETER, "x", "y", 0)
    return Candidate(f"{number:016x}", digest, "family", "fact", said, Score(0.9))


async def step(store: Store, outcome: Outcome, scratch: Path | None = None) -> Document:
    """Claim one document and settle it."""
    (document,) = await store.claim(ALL, 1)
    change: Change = settle(document, outcome, Policy(), 0.0)
    assert await store.settle(change, scratch)
    return document


async def finish(store: Store, *candidates: Candidate) -> Document:
    for _ in range(5):
        document = await step(store, Done(b"{}"))
    return await step(store, Done(candidates=tuple(replace(each, digest=document.digest) for each in candidates)))


async def test_a_new_home_and_the_same_versions_send_nothing_back(store: Store, put: Put) -> None:
    assert await store.renew(NOW) == Renewed()
    await store.admit([put("a")])
    await finish(store, candidate(1, ""))
    assert await store.renew(NOW) == Renewed()
    assert (await store.counts())[Status.DONE] == 1


async def test_a_newer_stage_takes_back_what_it_had_a_part_in_once(store: Store, put: Put) -> None:
    await store.renew(NOW)
    await store.admit([put("a")])
    done = await finish(store, candidate(1, ""))
    assert await store.renew(NEWER) == Renewed(1, Stage.CONVERT)
    again = await store.document(done.id)
    assert (again.stage, again.status, again.ended) == (Stage.CONVERT, Status.READY, None)
    assert len(await stored.candidates(store)) == 1, "what it gave stays until it has something newer"
    assert await store.renew(NEWER) == Renewed()
    assert [event.data for event in await store.events(0) if event.kind == "pipeline.renewed"] == [
        {"stage": "convert", "documents": 1}
    ]


async def test_what_is_done_again_gives_what_it_gives_now_and_nothing_else(store: Store, put: Put) -> None:
    await store.renew(NOW)
    await store.admit([put("a")])
    await finish(store, candidate(1, "", "old"), candidate(2, ""), candidate(3, ""))
    before = await store.mark()
    await store.renew(NEWER)
    for _ in range(4):
        document = await step(store, Done(b"{}"))
    await step(store, Done(candidates=(candidate(1, document.digest, "new"), candidate(3, document.digest))))
    found = {each.id[-1]: each.conversation.messages[-1].content for each in await stored.candidates(store)}
    assert found == {"1": "new", "3": "A power."}
    assert await store.mark() > before, "one that reads otherwise is a new one"
    assert "upgrading" not in (await store.document(document.id)).meta


async def test_a_document_that_a_newer_stage_refuses_gives_nothing_any_more(store: Store, put: Put) -> None:
    await store.renew(NOW)
    await store.admit([put("a")])
    await finish(store, candidate(1, ""))
    await store.renew(NEWER)
    await step(store, Reject("its text is French", "E_LANGUAGE"))
    assert await stored.candidates(store) == []


async def test_a_document_that_is_cancelled_while_it_is_done_again_gives_nothing_any_more(
    store: Store, put: Put
) -> None:
    await store.renew(NOW)
    await store.admit([put("a")])
    done = await finish(store, candidate(1, ""))
    await store.renew(NEWER)
    await store.cancel(done.key)
    assert await stored.candidates(store) == []


async def test_one_on_its_way_goes_back_only_if_it_had_passed_the_stage(store: Store, put: Put) -> None:
    await store.renew(NOW)
    await store.admit([put("behind"), put("before")])
    first, second = await store.claim(ALL, 2)
    for stage in (Stage.UNPACK, Stage.CONVERT, Stage.PREPROCESS):
        await store.settle(settle(first, Done(b"{}"), Policy(), 0.0))
        if stage is not Stage.PREPROCESS:
            (first,) = await store.claim((Stage(stage + 1),), 1)
    await store.recover()
    assert await store.renew(NEWER) == Renewed(1, Stage.CONVERT)
    assert (await store.document(first.id)).stage is Stage.CONVERT
    assert (await store.document(second.id)).stage is Stage.UNPACK


@pytest.mark.parametrize(("code", "tried"), [("E_NO_TEXT", True), ("E_ORIGINAL_MISSING", False)])
async def test_what_was_refused_at_the_stage_gets_another_try_unless_its_bytes_are_gone(
    store: Store, put: Put, code: str, tried: bool
) -> None:
    await store.renew(NOW)
    _, copy = await store.admit([put("a"), put("a")])
    await step(store, Done())
    refused = await step(store, Reject("no text was found in it", code))
    await store.renew(NEWER)
    again = await store.document(refused.id)
    standing = await store.document(copy.id)
    assert (again.status is Status.READY) is tried
    assert (standing.status is Status.DONE) is tried, "its copy stands as it does"


async def test_archives_stay_open_and_copies_copies(store: Store, put: Put, tmp_path: Path) -> None:
    await store.renew(NOW)
    await store.admit([put("zip")])
    (tmp_path / "0").write_bytes(b"member")
    archive = await step(store, Expand((Child(0, "a.html", 6),)), tmp_path)
    await finish(store)
    (copy,) = await store.admit([Drop("c" * 12, "b.html", (await store.document(archive.id + 1)).digest, 6)])
    assert await store.renew(NEWER) == Renewed(1, Stage.CONVERT)
    assert (await store.document(archive.id)).status is Status.DONE
    assert (await store.document(copy.id)).status is Status.DONE
