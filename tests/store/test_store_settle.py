"""Claiming and settling: the fence, the order, the artifacts, the end of a drop."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest
from tests import stored

from randaemon.errors import ArtifactLost, NotFoundError, StoreError
from randaemon.lifecycle import Policy, settle
from randaemon.model import (
    Ask,
    Candidate,
    Category,
    Change,
    Child,
    Conversation,
    Defer,
    Document,
    Done,
    Drop,
    Expand,
    Failure,
    Message,
    Outcome,
    Purpose,
    Reject,
    Request,
    Score,
    Span,
    Stage,
    Status,
    Tier,
)
from randaemon.store import Home, Store
from randaemon.store.harvest import Harvest
from randaemon.store.queries import query
from randaemon.store.records import VersionRecord

from .conftest import Clock

Put = Callable[..., Drop]
ALL = list(Stage)


def decided(document: Document, outcome: Outcome, now: float = 0.0) -> Change:
    return settle(document, outcome, Policy(), now)


def candidate(number: int, digest: str, value: float = 0.8, gate: str = "") -> Candidate:
    return Candidate(
        id=f"{number:016x}",
        digest=digest,
        family="family",
        fact="fact",
        conversation=Conversation(
            "fact",
            (Message("user", "What is p?"), Message("assistant", "It is 3.")),
            (Span(0, 4, "p: 3"),),
            Category.PARAMETER,
            "p",
            "default",
            0,
            {"value": "3"},
        ),
        score=Score(value, {"grounding": 1.0}, gate),
    )


async def finish(store: Store, document: Document, *candidates: Candidate) -> None:
    """Walks a claimed document through all its stages."""
    while document.stage is not Stage.FINALIZE:
        assert await store.settle(decided(document, Done(document.stage.label.encode())))
        (document,) = await store.claim([Stage(document.stage + 1)], 1)
    assert await store.settle(decided(document, Done(candidates=candidates)))


async def kinds(store: Store) -> list[str]:
    return [event.kind for event in await store.events(0)]


async def test_a_claim_counts_the_attempt_and_raises_the_fence(store: Store, put: Put) -> None:
    await store.admit([put("a"), put("b"), put("c")])
    one, two = await store.claim(ALL, 2)
    assert [(d.status, d.attempt, d.claim) for d in (one, two)] == [(Status.RUNNING, 1, 1)] * 2
    assert [d.id for d in await store.claim(ALL, 5)] == [3]
    assert await store.claim(ALL, 5) == []


async def test_later_stages_are_claimed_first_and_only_those_asked_for(store: Store, put: Put) -> None:
    await store.admit([put(str(number)) for number in range(4)])
    first, second = await store.claim([Stage.UNPACK], 2)
    for document in (first, second):
        await store.settle(decided(document, Done()))
    (again,) = await store.claim([Stage.CONVERT], 1)
    await store.settle(decided(again, Done()))
    claimed = await store.claim([Stage.UNPACK, Stage.PREPROCESS, Stage.CONVERT], 9)
    assert [(d.stage, d.id) for d in claimed] == [
        (Stage.PREPROCESS, 1),
        (Stage.CONVERT, 2),
        (Stage.UNPACK, 3),
        (Stage.UNPACK, 4),
    ]


async def test_claims_made_at_once_never_share_a_document(store: Store, put: Put) -> None:
    await store.admit([put(str(number)) for number in range(50)])
    taken: list[int] = []

    async def claim(limit: int) -> None:
        taken.extend(document.id for document in await store.claim(ALL, limit))

    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(claim, 1 + number % 4)
    assert len(taken) == len(set(taken)) == 50


async def test_the_claim_reads_one_range_of_its_index_and_sorts_nothing(store: Store, put: Put) -> None:
    await store.admit([put(str(number)) for number in range(20)])
    explained = await store._reading.execute_fetchall("EXPLAIN QUERY PLAN " + query("claim"), ("[3,2,1]", 10))
    plan = "\n".join(str(row[3]) for row in explained)
    assert "SEARCH d USING INDEX documents_claim (stage=?)" in plan
    assert "TEMP B-TREE" not in plan
    assert "SCAN d" not in plan


async def test_a_result_of_a_claim_that_was_lost_is_dropped(store: Store, put: Put) -> None:
    await store.admit([put("a")])
    (mine,) = await store.claim(ALL, 1)
    assert await store.recover() == 1
    (theirs,) = await store.claim(ALL, 1)
    assert theirs.claim == mine.claim + 1
    assert not await store.settle(decided(mine, Done(b"stale")))
    assert await store.settle(decided(theirs, Done(b"fresh")))
    assert not await store.settle(decided(theirs, Done(b"twice")))
    assert await store.artifact(mine.digest, Stage.UNPACK) == b"fresh"


async def test_of_two_results_for_one_claim_that_arrive_together_one_counts(store: Store, put: Put) -> None:
    await store.admit([put("a")])
    (document,) = await store.claim(ALL, 1)
    kept: list[bool] = []

    async def offer(body: bytes) -> None:
        kept.append(await store.settle(decided(document, Done(body))))

    async with anyio.create_task_group() as group:
        for body in (b"one", b"two", b"three"):
            group.start_soon(offer, body)
    assert sorted(kept) == [False, False, True]
    assert (await store.document(1)).stage is Stage.CONVERT


async def test_a_dropped_result_leaves_no_trace(store: Store, put: Put) -> None:
    await store.admit([put("a")])
    (document,) = await store.claim(ALL, 1)
    await store.cancel(document.key)
    before = await kinds(store)
    stale = decided(document, Done(b"x", {"title": "t"}, (candidate(1, document.digest),)))
    assert not await store.settle(stale)
    assert await kinds(store) == before
    assert await store.artifact(document.digest, Stage.UNPACK) is None
    assert await stored.candidates(store) == []


@pytest.mark.parametrize("size", [0, 1, 4096, 8192, 8193, 40_000, 3_000_000])
async def test_an_artifact_comes_back_as_it_was_whatever_its_size(store: Store, put: Put, size: int) -> None:
    body = random.Random(7).randbytes(size)
    await store.admit([put("a")])
    (document,) = await store.claim(ALL, 1)
    assert await store.settle(decided(document, Done(body)))
    assert await store.artifact(document.digest, Stage.UNPACK) == body
    assert await store.artifact(document.digest, Stage.CONVERT) is None
    files = [path for path in store.home.objects.rglob("*") if path.is_file()]
    assert len(files) == (size > 1 << 20)


async def test_a_large_artifact_that_changed_on_disk_is_noticed(store: Store, put: Put) -> None:
    await store.admit([put("a")])
    (document,) = await store.claim(ALL, 1)
    await store.settle(decided(document, Done(random.Random(7).randbytes(2 << 20))))
    (path,) = [path for path in store.home.objects.rglob("*") if path.is_file()]
    path.chmod(0o600)
    path.write_bytes(b"rot")
    with pytest.raises(ArtifactLost, match="has changed") as caught:
        await store.artifact(document.digest, Stage.UNPACK)
    assert (caught.value.code, caught.value.digest, caught.value.stage) == ("E_ARTIFACT", document.digest, 1)
    path.unlink()
    with pytest.raises(ArtifactLost, match="is missing"):
        await store.artifact(document.digest, Stage.UNPACK)


async def test_a_duplicate_finds_the_artifacts_of_the_first(store: Store, put: Put) -> None:
    _, copy = await store.admit([put("a"), put("a")])
    (document,) = await store.claim(ALL, 1)
    await store.settle(decided(document, Done(b"artifact")))
    assert await store.artifact(copy.digest, Stage.UNPACK) == b"artifact"


async def test_what_stages_learn_is_added_up(store: Store, put: Put) -> None:
    await store.admit([put("a")])
    (document,) = await store.claim(ALL, 1)
    await store.settle(decided(document, Done(meta={"media_type": "text/html", "route": "html"})))
    (document,) = await store.claim(ALL, 1)
    await store.settle(decided(document, Done(meta={"title": "T", "route": "xhtml"})))
    assert (await store.document(1)).meta == {"media_type": "text/html", "route": "xhtml", "title": "T"}


async def test_a_document_that_waits_is_not_claimed_before_its_time(store: Store, put: Put, clock: Clock) -> None:
    await store.admit([put("a"), put("b"), put("c")])
    later, asked, failed = await store.claim(ALL, 3)
    await store.settle(decided(later, Defer("disk full", clock.now + 60, "E_DISK_FULL"), clock.now))
    await store.settle(decided(asked, Ask((Request(Purpose.EXTRACT, Tier.FAST, (Message("user", "p"),)),)), clock.now))
    await store.settle(decided(failed, Failure("timeout", "E_TIMEOUT"), clock.now))
    assert await store.claim(ALL, 9) == []
    assert not await store.idle()
    assert await store.next_due() == clock.now + 5
    assert await store.wake() == 0
    clock.now += 61
    assert await store.wake() == 2
    woken = await store.claim(ALL, 9)
    assert [(d.id, d.attempt, d.reason) for d in woken] == [(later.id, 1, ""), (failed.id, 2, "")]
    assert await store.next_due() == clock.now - 61 + Policy().model_wait


async def test_a_woken_or_settled_document_wakes_the_lanes(store: Store, put: Put, clock: Clock) -> None:
    wakeup = store.wakeup("cpu")
    assert store.wakeup("cpu") is wakeup
    await store.admit([put("a")])
    assert wakeup.is_set()
    (document,) = await store.claim(ALL, 1)
    wakeup, other = store.wakeup("cpu"), store.wakeup("llm")
    assert not wakeup.is_set()
    await store.settle(decided(document, Defer("later", clock.now + 5)))
    assert not wakeup.is_set()
    clock.now += 6
    await store.wake()
    assert wakeup.is_set()
    assert other.is_set()


async def test_candidates_are_kept_once_and_come_back_in_the_order_of_their_ids(store: Store, put: Put) -> None:
    await store.admit([put("a"), put("b")])
    one, two = await store.claim(ALL, 2)
    first, second, refused = (
        candidate(9, one.digest),
        candidate(3, two.digest),
        candidate(5, two.digest, 0.2, "evidence"),
    )
    await finish(store, one, first)
    await finish(store, two, second, refused, first)
    assert await stored.candidates(store) == [second, refused, first]
    assert await store.candidates_of({second.id, first.id, "unknown"}) == [second, first]
    assert await store.accepted_of({one.digest, two.digest}) == 2
    assert await store.accepted_of({one.digest}) == 1


async def test_extractions_are_keyed_by_content(store: Store, put: Put) -> None:
    await store.admit([put("a"), put("a"), put("b")])
    one, two = await store.claim(ALL, 9)
    await finish(store, one)
    assert extractions(store) == {one.digest: b"extract"}
    await finish(store, two)
    assert extractions(store) == {one.digest: b"extract", two.digest: b"extract"}


async def test_of_many_extractions_each_content_comes_once(store: Store, put: Put) -> None:
    await store.admit([put(str(number)) for number in range(70)])
    for document in await store.claim(ALL, 70):
        await finish(store, document)
    with Harvest(store.home) as harvest:
        found = [digest for digest, _ in harvest.extractions()]
    assert len(found) == len(set(found)) == 70


def extractions(store: Store) -> dict[str, bytes]:
    with Harvest(store.home) as harvest:
        return dict(harvest.extractions())


async def test_a_batch_of_extractions_is_one_range_of_an_index(store: Store) -> None:
    explained = await store._reading.execute_fetchall("EXPLAIN QUERY PLAN " + query("artifacts_of_stage"), (4, "", 9))
    plan = "\n".join(str(row[3]) for row in explained)
    assert "documents_primary (digest>?)" in plan
    assert "TEMP B-TREE" not in plan


async def test_a_document_whose_artifact_is_lost_is_found_by_an_index(store: Store) -> None:
    explained = await store._reading.execute_fetchall("EXPLAIN QUERY PLAN " + query("reopen"), ("00", 4))
    assert "documents_primary (digest=?)" in "\n".join(str(row[3]) for row in explained)


async def test_what_is_made_from_a_lost_artifact_goes_with_it_and_a_done_document_is_at_work_again(
    store: Store, put: Put
) -> None:
    await store.admit([put("a")])
    (document,) = await store.claim(ALL, 1)
    await finish(store, document, candidate(1, document.digest))
    lost = ArtifactLost("what extract wrote is lost", digest=document.digest, stage=Stage.EXTRACT)
    assert await store.redo(lost)
    assert not await store.redo(lost)
    again = await store.document(document.id)
    assert (again.status, again.stage, again.ended, again.meta["redone"]) == (Status.READY, Stage.EXTRACT, None, 1)
    present = [await store.artifact(document.digest, stage) is not None for stage in Stage]
    assert present == [True, True, True, False, False, False]
    (document,) = await store.claim(ALL, 1)
    await finish(store, document, candidate(1, document.digest))
    assert (await kinds(store)).count("drop.done") == 2
    assert len(await stored.candidates(store)) == 1


async def test_the_end_of_a_drop_is_told_once_with_its_figures(store: Store, put: Put, tmp_path: Path) -> None:
    await store.admit([put("zip", "lib.zip")])
    (archive,) = await store.claim(ALL, 1)
    for number, body in enumerate(("good", "bad", "good")):
        (tmp_path / str(number)).write_text(body)
    children = tuple(Child(number, f"{number}.txt", 4) for number in range(3))
    await store.settle(decided(archive, Expand(children)), tmp_path)
    assert "drop.done" not in await kinds(store)
    good, bad = await store.claim(ALL, 9)
    await store.settle(decided(bad, Reject("not wanted", "E_UNSUPPORTED")))
    assert "drop.done" not in await kinds(store)
    await finish(
        store, good, candidate(1, good.digest, 0.5), candidate(2, good.digest, 0.7), candidate(3, "", 0.1, "g")
    )
    (told,) = [event for event in await store.events(0) if event.kind == "drop.done"]
    assert told.document == archive.id
    assert told.data == {
        "key": archive.key,
        "name": "lib.zip",
        "reason": "",
        "code": "",
        "documents": 4,
        "done": 2,
        "rejected": 1,
        "duplicate": 1,
        "samples": 2,
        "quality": pytest.approx(0.6),
    }
    assert await store.idle()


async def test_a_refused_drop_is_told_as_failed_and_a_retried_one_again(store: Store, put: Put) -> None:
    await store.admit([put("a", "a.bin")])
    (document,) = await store.claim(ALL, 1)
    await store.settle(decided(document, Reject("unknown kind of file", "E_UNSUPPORTED")))
    (told,) = [event for event in await store.events(0) if event.kind == "drop.failed"]
    assert (told.data["name"], told.data["reason"], told.data["code"]) == (
        "a.bin",
        "unknown kind of file",
        "E_UNSUPPORTED",
    )
    await store.retry(document.key)
    (document,) = await store.claim(ALL, 1)
    await store.settle(decided(document, Reject("unknown kind of file", "E_UNSUPPORTED")))
    assert (await kinds(store)).count("drop.failed") == 2


async def test_recover_gives_the_attempt_back(store: Store, put: Put) -> None:
    await store.admit([put("a"), put("b")])
    await store.claim(ALL, 1)
    assert await store.recover() == 1
    assert await store.recover() == 0
    document = await store.document(1)
    assert (document.status, document.attempt, document.claim) == (Status.READY, 0, 1)
    assert (await store.events(0))[-1].kind == "daemon.recovered"


async def test_cancelling_ends_a_document_and_everything_under_it(store: Store, put: Put, tmp_path: Path) -> None:
    await store.admit([put("zip", "lib.zip"), put("other")])
    (archive,) = await store.claim([Stage.UNPACK], 1)
    for number in range(2):
        (tmp_path / str(number)).write_text(f"member {number}")
    await store.settle(decided(archive, Expand((Child(0, "0", 1), Child(1, "1", 1)))), tmp_path)
    running = next(document for document in await store.claim(ALL, 9) if document.parent == archive.id)
    assert (await store.cancel(archive.key)).status is Status.CANCELLED
    assert not await store.settle(decided(running, Done()))
    counts = await store.counts()
    assert (counts[Status.CANCELLED], counts[Status.RUNNING], counts[Status.DONE]) == (3, 1, 0)
    assert (await kinds(store))[-1] == "drop.cancelled"
    with pytest.raises(StoreError, match="nothing to cancel"):
        await store.cancel(archive.key)


async def test_retry_takes_only_what_ended_badly_and_gives_all_attempts_back(
    store: Store, put: Put, tmp_path: Path
) -> None:
    await store.admit([put("zip"), put("good")])
    archive, good = await store.claim(ALL, 2)
    with pytest.raises(StoreError, match="it is running"):
        await store.retry(good.key)
    await store.settle(decided(good, Failure("broken", "E_CORRUPT", retry=False)))
    ready = await store.retry(good.key)
    assert (ready.status, ready.attempt, ready.reason, ready.ended) == (Status.READY, 0, "", None)
    await store.settle(decided(archive, Expand((Child(0, "x", 1, Reject("no", "E_ZIP_PATH")),))), tmp_path)
    with pytest.raises(NotFoundError):
        await store.retry("nothing")


async def test_new_samples_are_those_accepted_since_the_newest_version(store: Store, put: Put, home: Home) -> None:
    from randaemon.store.reader import Reader

    def fresh() -> int:
        with Reader(home) as reader:
            count: int = reader.status()["dataset"]["new_samples"]
            return count

    await store.admit([put("a"), put("b")])
    one, two = await store.claim(ALL, 2)
    await finish(store, one, candidate(1, one.digest), candidate(2, one.digest, 0.1, "gate"))
    assert fresh() == 1
    mark = await store.mark()
    await finish(store, two, candidate(3, two.digest))
    assert len(await stored.candidates(store, mark)) == 2
    assert await store.add_version(VersionRecord(0, "d1", "datasets/v0001", 1.0, 1, 0.8, {"train": 1}), mark) == 1
    assert fresh() == 1
    assert await store.add_version(VersionRecord(0, "d1", "datasets/v0001", 1.0, 1, 0.8, {"train": 1})) == 1
    assert fresh() == 0
    assert await store.add_version(VersionRecord(0, "d2", "datasets/v0002", 1.0, 2, 0.8, {"train": 2})) == 2


async def test_members_without_their_folder_are_refused_before_anything_is_written(store: Store, put: Put) -> None:
    await store.admit([put("zip")])
    (archive,) = await store.claim(ALL, 1)
    with pytest.raises(StoreError, match="without the folder"):
        await store.settle(decided(archive, Expand((Child(0, "x", 1),))))
    assert (await store.document(archive.id)).status is Status.RUNNING


@pytest.mark.parametrize("name", ["drop_samples", "accepted_of"])
async def test_what_a_document_gave_is_counted_without_a_look_at_all_samples(store: Store, name: str) -> None:
    explained = await store._reading.execute_fetchall(f"EXPLAIN QUERY PLAN {query(name)}", ("[1]",))
    plan = "\n".join(str(row[3]) for row in explained)
    assert "SEARCH c USING INDEX candidates_document (document=?)" in plan
    assert "SCAN d" not in plan
