"""Who walks for a content when its first copy ends without a result."""

from __future__ import annotations

import contextlib
import io
import random
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from randaemon.errors import Refused, StoreError
from randaemon.lifecycle import Policy, settle
from randaemon.model import (
    Child,
    Document,
    Done,
    Drop,
    Expand,
    Failure,
    Outcome,
    Reject,
    Stage,
    Status,
    Task,
)
from randaemon.stages import unpack
from randaemon.store import Home, Store

from .conftest import Clock
from .test_store_settle import finish

Put = Callable[..., Drop]
ALL = list(Stage)
LASTING = Policy(attempts=1, timeouts=1)


async def end(store: Store, document: Document, outcome: Outcome, scratch: Path | None = None) -> None:
    assert await store.settle(settle(document, outcome, LASTING, 0.0), scratch)


async def admit(store: Store, drop: Drop) -> Document:
    return (await store.admit([drop]))[0]


async def claim(store: Store) -> Document:
    (document,) = await store.claim(ALL, 1)
    return document


async def expand(store: Store, archive: Document, scratch: Path, *members: str) -> list[Document]:
    """Opens a claimed archive into members; `!` in front of one: refused before it is read."""
    await end(store, archive, Expand(laid_down(scratch, *members)), scratch)
    return await members_of(store, archive)


def laid_down(scratch: Path, *members: str) -> tuple[Child, ...]:
    scratch.mkdir()
    children = []
    for index, body in enumerate(members):
        (scratch / str(index)).write_text(body)
        refusal = Reject("password protected", "E_ENCRYPTED") if body.startswith("!") else None
        children.append(Child(index, f"m{index}", len(body), refusal, {"depth": 1, "allowance": 10}))
    return tuple(children)


async def members_of(store: Store, archive: Document) -> list[Document]:
    everything = [await store.document(number) for number in range(1, sum((await store.counts()).values()) + 1)]
    return [document for document in everything if document.parent == archive.id]


# --- A copy that comes later --------------------------------------------------------------------------------------


async def test_a_file_that_was_lost_is_worked_on_when_it_is_dropped_again_as_its_reason_says(
    store: Store, put: Put
) -> None:
    first = await admit(store, put("page", "a.txt"))
    store.source(first).unlink()
    await store.adopt()
    assert "drop the file again" in (await store.document(first.id)).reason
    again = await admit(store, put("page", "b.txt"))
    assert (again.status, again.duplicate_of) == (Status.READY, None)
    assert (await claim(store)).id == again.id
    lost = await store.document(first.id)
    assert (lost.status, lost.code, lost.duplicate_of) == (Status.FAILED, "E_ORIGINAL_MISSING", again.id)


async def test_a_cancelled_file_that_is_dropped_again_is_worked_on(store: Store, put: Put) -> None:
    first = await admit(store, put("page"))
    await store.cancel(first.key)
    again, third = await store.admit([put("page"), put("page")])
    assert (again.status, third.status, third.duplicate_of) == (Status.READY, Status.DONE, again.id)
    assert (await store.document(first.id)).status is Status.CANCELLED
    kinds = [(event.kind, event.data) for event in await store.events(0) if event.document == again.id]
    assert kinds == [("document.admitted", {"instead_of": first.id})]


@pytest.mark.parametrize("code", ["E_WORKER_DIED", "E_TIMEOUT", "E_MEMORY", "E_STAGE"])
async def test_what_may_have_been_the_machines_fault_gets_one_try_for_each_later_drop_and_none_for_waiting_copies(
    store: Store, put: Put, code: str
) -> None:
    first, waiting = await store.admit([put("poison", "p.pdf"), put("poison", "q.pdf")])
    await end(store, await claim(store), Failure("crashed 3×", code))
    assert await store.claim(ALL, 9) == []
    told = await store.document(waiting.id)
    assert told.status is Status.FAILED
    assert told.reason == f"same content as p.pdf, which failed: crashed 3×; `randaemon jobs retry {first.key}`"
    again = await admit(store, put("poison", "r.pdf"))
    assert (await claim(store)).id == again.id
    assert [(await store.document(number)).status for number in (1, 2)] == [Status.DONE] * 2
    assert (await store.document(waiting.id)).reason == "same content as r.pdf"


async def test_a_content_refused_for_its_bytes_is_not_tried_again_and_every_copy_says_why(
    store: Store, put: Put, home: Home
) -> None:
    first, waiting = await store.admit([put("secret", "a.docx"), put("secret", "b.docx")])
    await end(store, await claim(store), Reject("password protected", "E_ENCRYPTED"))
    later = await admit(store, put("secret", "c.docx"))
    assert await store.claim(ALL, 9) == []
    for number in (waiting.id, later.id):
        copy = await store.document(number)
        assert (copy.status, copy.code, copy.duplicate_of) == (Status.REJECTED, "E_DUPLICATE", first.id)
        assert copy.reason == (
            f"same content as a.docx, which was refused: password protected; `randaemon jobs retry {first.key}`"
        )
    assert await store.reconcile_quarantine() == 3
    told = [event.document for event in await store.events(0) if event.kind == "drop.failed"]
    assert told == [first.id, waiting.id]  # the later one was told of when it came


async def test_retrying_a_refused_content_lets_its_copies_wait_again(store: Store, put: Put, home: Home) -> None:
    first, copy = await store.admit([put("secret", "a.docx"), put("secret", "b.docx")])
    await end(store, await claim(store), Reject("password protected", "E_ENCRYPTED"))
    await store.retry(first.key)
    waiting = await store.document(copy.id)
    assert (waiting.status, waiting.reason) == (Status.DONE, "same content as a.docx")
    await finish(store, await claim(store))
    assert await store.idle()


async def test_retrying_a_refused_copy_makes_it_the_first(store: Store, put: Put) -> None:
    first, copy = await store.admit([put("secret", "a.docx"), put("secret", "b.docx")])
    await end(store, await claim(store), Reject("password protected", "E_ENCRYPTED"))
    assert (await store.retry(copy.key)).status is Status.READY
    assert (await claim(store)).id == copy.id
    stepped_down = await store.document(first.id)
    assert (stepped_down.status, stepped_down.duplicate_of) == (Status.DONE, copy.id)


async def test_retrying_a_cancelled_copy_of_a_content_that_is_there_only_says_so(store: Store, put: Put) -> None:
    first, copy = await store.admit([put("page", "a.txt"), put("page", "b.txt")])
    await store.cancel(copy.key)
    assert (await store.document(copy.id)).status is Status.CANCELLED
    again = await store.retry(copy.key)
    assert (again.status, again.reason, again.duplicate_of) == (Status.DONE, "same content as a.txt", first.id)
    assert [document.id for document in await store.claim(ALL, 9)] == [first.id]


# --- A copy that waits --------------------------------------------------------------------------------------------


async def test_cancelling_an_archive_leaves_the_page_that_another_one_shares_with_it(
    store: Store, put: Put, tmp_path: Path
) -> None:
    one, other = await store.admit([put("A", "a.zip"), put("B", "b.zip")])
    one, other = await store.claim(ALL, 2)
    (page,) = await expand(store, one, tmp_path / "one", "shared page")
    (shared,) = await expand(store, other, tmp_path / "other", "shared page")
    assert shared.duplicate_of == page.id
    await store.cancel(one.key)
    walking = await claim(store)
    assert (walking.id, walking.parent) == (shared.id, other.id)
    assert store.source(walking).read_text() == "shared page"
    assert (await store.document(page.id)).duplicate_of == shared.id
    await finish(store, walking)
    told = {event.kind: event.data for event in await store.events(0) if event.kind.startswith("drop.")}
    assert told["drop.done"]["name"] == "b.zip"


async def test_copies_under_a_cancelled_drop_never_take_over(store: Store, put: Put, tmp_path: Path) -> None:
    await store.admit([put("A", "a.zip"), put("B", "b.zip")])
    one, other = await store.claim(ALL, 2)
    (page,) = await expand(store, one, tmp_path / "one", "shared page")
    (shared,) = await expand(store, other, tmp_path / "other", "shared page")
    await store.cancel(other.key)
    assert (await store.document(shared.id)).status is Status.CANCELLED
    await store.cancel(one.key)
    assert await store.claim(ALL, 9) == []
    await store.retry(other.key)
    assert [document.id for document in await store.claim(ALL, 9)] == [other.id, shared.id]
    assert (await store.document(page.id)).status is Status.CANCELLED


async def test_a_copy_of_a_cancelled_archive_is_opened_though_the_first_one_was_before(
    store: Store, put: Put, tmp_path: Path
) -> None:
    first, copy = await store.admit([put("zip", "a.zip"), put("zip", "b.zip")])
    (page,) = await expand(store, await claim(store), tmp_path / "one", "page")
    await store.cancel(first.key)
    assert [(await store.document(number)).status for number in (first.id, page.id)] == [Status.CANCELLED] * 2
    again = await claim(store)
    assert again.id == copy.id
    (walking,) = await expand(store, again, tmp_path / "two", "page")
    assert (walking.status, (await store.document(page.id)).duplicate_of) == (Status.READY, walking.id)


async def test_cancelling_one_page_leaves_its_archive_as_it_is(store: Store, put: Put, tmp_path: Path) -> None:
    await store.admit([put("zip", "a.zip")])
    page, other = await expand(store, archive := await claim(store), tmp_path / "one", "page", "other")
    await store.cancel(page.key)
    assert (await store.document(archive.id)).status is Status.DONE
    assert [document.id for document in await store.claim(ALL, 9)] == [other.id]


async def test_when_files_are_lost_the_first_copy_that_still_has_its_own_takes_over(store: Store, put: Put) -> None:
    documents = await store.admit([put("page", f"{number}.txt") for number in range(3)])
    for document in documents[:2]:
        store.source(document).unlink()
    await store.adopt()
    assert (await claim(store)).id == documents[2].id
    assert [(await store.document(document.id)).status for document in documents[:2]] == [Status.FAILED] * 2


async def test_the_artifacts_of_a_document_that_stepped_down_are_made_anew(store: Store, put: Put) -> None:
    first, copy = await store.admit([put("page"), put("page")])
    document = await claim(store)
    await end(store, document, Done(b"old"))
    await store.cancel(first.key)
    assert await store.artifact(first.digest, Stage.UNPACK) is None
    await end(store, await claim(store), Done(b"new"))
    assert await store.artifact(copy.digest, Stage.UNPACK) == b"new"


# --- Archives: the place counts -----------------------------------------------------------------------------------


def zipped(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), body, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


PAGE, SIDE = b"# Page\n\nThe parameter pMax has the default 33.\n", b"# Side\n\nThe parameter qMin has the default 1.\n"
INNER = zipped({"page.md": PAGE})
MIDDLE = zipped({"inner.zip": INNER, "side.md": SIDE})
OUTER = zipped({"middle.zip": MIDDLE})
BIG = zipped({"big.md": b"# Big\n" + b"y" * 300_000})
WIDE = zipped({"filler.txt": b"x" * 900_000, "inner.zip": BIG})
NESTED = {"outer.zip": OUTER, "middle.zip": MIDDLE, "inner.zip": INNER, "page.md": PAGE}
CRAMPED = {"wide.zip": WIDE, "big.zip": BIG, "outer.zip": zipped({"wide.zip": WIDE})}


def unpacked(store: Store, document: Document, options: Mapping[str, object], scratch: Path) -> Outcome:
    scratch.mkdir(parents=True)
    task = Task(Stage.UNPACK, document.digest, store.source(document), {}, scratch, options, document.meta)
    try:
        return unpack.run(task)
    except Refused as error:
        return Reject(str(error), error.code)


async def step(store: Store, options: Mapping[str, object], limit: int) -> int:
    documents = await store.claim(ALL, limit)
    for document in documents:
        scratch = store.home.work / f"{document.id}-{document.claim}"
        if document.stage is Stage.UNPACK:
            outcome = await anyio.to_thread.run_sync(unpacked, store, document, options, scratch)
        else:
            outcome = Done(document.digest.encode())
        await end(store, document, outcome, scratch)
    return len(documents)


async def walked(
    folder: Path,
    drops: Sequence[tuple[str, bytes]],
    options: Mapping[str, object],
    doomed: frozenset[str] = frozenset(),
    seed: int = 0,
) -> tuple[set[str], dict[str, str]]:
    """What was walked in the end, and how every place of a drop that was not cancelled stands.

    Between the arrivals some work is done; the doomed drops are cancelled at a random moment.
    """
    chance = random.Random(seed)
    async with Store.open(Home.at(folder), Clock()) as store:
        for number, (name, body) in enumerate(drops):
            key = f"{number:012x}"
            (store.home.originals / f"{key}__{name}").write_bytes(body)
            await store.adopt()
            for _ in range(chance.randrange(4)):
                await step(store, options, chance.randrange(1, 4))
            await _cancel(store, [f"{at:012x}" for at, (each, _) in enumerate(drops[: number + 1]) if each in doomed])
        while await step(store, options, 8):
            pass
        assert await store.idle()
        found = set()
        standings = {}
        for number in range(1, sum((await store.counts()).values()) + 1):
            document = await store.document(number)
            if document.status is Status.DONE and document.stage is Stage.FINALIZE:
                found.add(document.digest)
            place = f"{document.parent and (await store.document(document.parent)).name}/{document.name}"
            standings[place] = f"{document.status} {document.code not in ('', 'E_DUPLICATE')}"
        return found, standings


async def _cancel(store: Store, keys: Sequence[str]) -> None:
    for key in keys:
        with contextlib.suppress(StoreError):  # it has ended already
            await store.cancel(key)


@pytest.mark.parametrize("deepest", [1, 2])
@settings(max_examples=25)
@given(data=st.data())
def test_whatever_the_order_and_whatever_copies_are_cancelled_the_same_contents_are_walked(
    deepest: int, data: st.DataObject
) -> None:
    copies = data.draw(st.lists(st.sampled_from(sorted(NESTED)), max_size=3))
    names = data.draw(st.permutations([*NESTED, *(f"doomed-{name}" for name in copies)]))
    mixed = [(name, NESTED[name.removeprefix("doomed-")]) for name in names]
    doomed = frozenset(name for name in names if name.startswith("doomed-"))
    seed = data.draw(st.integers(0, 1000))
    options = {"max_depth": deepest}
    with tempfile.TemporaryDirectory() as folder:
        straight, _ = anyio.run(walked, Path(folder) / "straight", sorted(NESTED.items()), options)
        found, _ = anyio.run(walked, Path(folder) / "mixed", mixed, options, doomed, seed)
    assert len(straight) == 2
    assert found == straight


@settings(max_examples=12)
@given(names=st.permutations(sorted(CRAMPED)), seed=st.integers(0, 1000))
def test_an_archive_that_was_too_large_inside_another_is_opened_when_it_comes_alone(
    names: list[str], seed: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        order = [(name, CRAMPED[name]) for name in names]
        found, _ = anyio.run(walked, Path(folder), order, {"max_total_mib": 1}, frozenset(), seed)
    assert len(found) == 2


async def test_how_every_place_stands_does_not_depend_on_the_order_either(tmp_path: Path) -> None:
    orders = [sorted(NESTED.items()), sorted(NESTED.items(), reverse=True)]
    (_, one), (_, other) = [
        await walked(tmp_path / str(number), order, {"max_depth": 1}) for number, order in enumerate(orders)
    ]
    shared = one.keys() & other.keys()
    assert len(shared) >= 4
    assert {place: one[place] for place in shared} == {place: other[place] for place in shared}


# --- Retry, of archives and members -------------------------------------------------------------------------------


async def test_retrying_an_archive_retries_everything_in_it_that_gave_no_result(
    store: Store, put: Put, tmp_path: Path
) -> None:
    await store.admit([put("zip", "lib.zip")])
    archive = await claim(store)
    good, bad, cancelled = await expand(store, archive, tmp_path / "one", "good", "bad", "cancelled")
    for document in await store.claim(ALL, 2):
        if document.id == good.id:
            await finish(store, document)
        else:
            await end(store, document, Reject("not wanted", "E_UNSUPPORTED"))
    await store.cancel(archive.key)
    assert await store.idle()
    assert (await store.document(archive.id)).status is Status.CANCELLED
    await store.retry(archive.key)
    assert [document.id for document in await store.claim(ALL, 9)] == [archive.id, bad.id, cancelled.id]
    with pytest.raises(StoreError, match="it is running"):
        await store.retry(bad.key)


async def test_retrying_an_archive_in_which_all_went_well_is_refused_in_plain_words(
    store: Store, put: Put, tmp_path: Path
) -> None:
    await store.admit([put("zip", "lib.zip")])
    await expand(store, archive := await claim(store), tmp_path / "one", "good")
    await finish(store, await claim(store))
    with pytest.raises(StoreError, match="it is done: only") as caught:
        await store.retry(archive.key)
    assert caught.value.code == "E_NOT_ENDED"


async def test_retrying_a_member_that_was_never_read_opens_its_archive_again(
    store: Store, put: Put, tmp_path: Path
) -> None:
    await store.admit([put("zip", "lib.zip")])
    archive = await claim(store)
    good, locked = await expand(store, archive, tmp_path / "one", "good", "!locked")
    await finish(store, await claim(store))
    await store.retry(locked.key)
    again = await claim(store)
    assert (again.id, again.stage) == (archive.id, Stage.UNPACK)
    assert await expand(store, again, tmp_path / "two", "good", "!still locked") == [
        await store.document(good.id),
        await store.document(locked.id),
    ]
    assert (await store.document(locked.id)).status is Status.REJECTED
    await store.retry(locked.key)
    await expand(store, await claim(store), tmp_path / "three", "good", "opened")
    opened = await claim(store)
    assert (opened.id, opened.stage, opened.attempt) == (locked.id, Stage.UNPACK, 1)
    assert store.source(opened).read_text() == "opened"


async def test_retrying_a_member_whose_bytes_are_gone_brings_them_back_from_its_archive(
    store: Store, put: Put, tmp_path: Path
) -> None:
    await store.admit([put("zip", "lib.zip")])
    (page,) = await expand(store, archive := await claim(store), tmp_path / "one", "page")
    store.source(page).unlink()
    await store.adopt()
    assert (await store.document(page.id)).code == "E_ORIGINAL_MISSING"
    await store.retry(page.key)
    again = await claim(store)
    assert again.id == archive.id
    await expand(store, again, tmp_path / "two", "page")
    walking = await claim(store)
    assert (walking.id, store.source(walking).read_text()) == (page.id, "page")


async def test_retrying_a_drop_whose_file_is_gone_says_what_to_do(store: Store, put: Put) -> None:
    first = await admit(store, put("page"))
    store.source(first).unlink()
    await store.adopt()
    with pytest.raises(StoreError, match="drop the file again"):
        await store.retry(first.key)


async def test_a_member_without_bytes_in_an_archive_whose_copy_was_opened_since_is_retried_in_its_own_place(
    store: Store, put: Put, tmp_path: Path
) -> None:
    """The nested archive was opened inside another, then alone: the better place has the role."""
    await store.admit([put("outer", "outer.zip")])
    (nested,) = await expand(store, await claim(store), tmp_path / "outer", "inner")
    (locked,) = await expand(store, await claim(store), tmp_path / "inner", "!locked")
    alone = await admit(store, put("inner", "inner.zip"))
    assert (await claim(store)).id == alone.id
    await store.recover()
    await store.retry(locked.key)  # its content is at work in the better place: nothing to open twice
    again = await claim(store)
    assert again.id == alone.id
    await expand(store, again, tmp_path / "alone", "!locked")
    assert await store.idle()
    await store.retry(locked.key)
    assert (await claim(store)).id == nested.id
