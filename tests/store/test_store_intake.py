"""Admission: drops, duplicates, adoption, places."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations
from pathlib import Path

import anyio
import pytest
from tests import stored

from randaemon.errors import NotFoundError
from randaemon.lifecycle import Policy, settle
from randaemon.model import Change, Child, Document, Done, Drop, Expand, Failure, Reject, Stage, Status
from randaemon.store import Home, Store

Put = Callable[..., Drop]


def decided(document: Document, outcome: Done | Expand | Failure | Reject, now: float = 0.0) -> Change:
    return settle(document, outcome, Policy(), now)


async def expand(store: Store, document: Document, members: dict[str, str], scratch: Path) -> None:
    assert await store.settle(decided(document, Expand(laid_down(members, scratch))), scratch)


def laid_down(members: dict[str, str], scratch: Path) -> tuple[Child, ...]:
    """Members as a worker leaves them: bytes in the scratch folder under their number."""
    scratch.mkdir(exist_ok=True)
    for index, body in enumerate(members.values()):
        (scratch / str(index)).write_text(body)
    return tuple(Child(index, name, len(body)) for index, (name, body) in enumerate(members.items()))


async def test_a_drop_becomes_a_ready_document_at_the_first_stage(store: Store, put: Put) -> None:
    (document,) = await store.admit([put("hello", "a.txt")])
    assert (document.status, document.stage, document.attempt) == (Status.READY, Stage.UNPACK, 0)
    assert await store.document(document.key) == document
    assert await store.document(document.key[:6] + document.key[6:]) == document
    assert store.source(document).read_text() == "hello"


async def test_a_second_copy_of_a_content_is_done_at_once_and_names_the_first(store: Store, put: Put) -> None:
    first, other, copy = await store.admit([put("same", "a.txt"), put("other", "b.txt"), put("same", "c.txt")])
    later = (await store.admit([put("same", "d.txt")]))[0]
    assert (first.duplicate_of, other.duplicate_of) == (None, None)
    for duplicate in (copy, later):
        assert (duplicate.status, duplicate.duplicate_of) == (Status.DONE, first.id)
        assert duplicate.reason == "same content as a.txt"
        assert duplicate.ended is not None
    kinds = [event.kind for event in await store.events(0)]
    assert kinds == ["document.admitted", "document.admitted", "document.duplicate", "document.duplicate"]


async def test_copies_admitted_at_the_same_time_leave_one_primary_row(store: Store, put: Put) -> None:
    drops = [put(f"content {number % 3}") for number in range(30)]
    admitted: list[Document] = []

    async def admit(drop: Drop) -> None:
        admitted.extend(await store.admit([drop]))

    async with anyio.create_task_group() as group:
        for drop in drops:
            group.start_soon(admit, drop)
    assert sum(document.duplicate_of is None for document in admitted) == 3


async def test_admitting_a_key_again_changes_nothing_and_returns_its_row(store: Store, put: Put) -> None:
    drop = put("once")
    (first,) = await store.admit([drop])
    (again,) = await store.admit([drop])
    assert again == first
    assert len(await store.events(0)) == 1


async def test_a_document_is_found_by_the_beginning_of_its_key_only_when_it_is_the_only_one(
    store: Store, put: Put
) -> None:
    await store.admit([put("a", key="aaaaaaaaaaaa"), put("b", key="aaaabbbbbbbb")])
    assert (await store.document("aaaaa")).key == "aaaaaaaaaaaa"
    with pytest.raises(NotFoundError, match="several documents"):
        await store.document("aaaa")
    for absent in ("ffff", "", 99):
        with pytest.raises(NotFoundError, match="no document"):
            await store.document(absent)


async def test_an_original_without_a_row_is_adopted_once(store: Store, put: Put, home: Home) -> None:
    known, unknown = put("known"), put("unknown", "b%0A.txt")
    (home.originals / "notes.txt").write_text("not ours")
    await store.admit([known])
    assert await store.adopt() == 1
    assert await store.adopt() == 0
    adopted = await store.document(unknown.key)
    assert (adopted.name, adopted.digest, adopted.size) == ("b%0A.txt", unknown.digest, unknown.size)


async def test_a_document_whose_original_is_gone_fails_with_a_plain_reason(store: Store, put: Put) -> None:
    gone, there = await store.admit([put("gone"), put("there")])
    store.source(gone).unlink()
    assert await store.adopt() == 0
    failed = await store.document(gone.id)
    assert (failed.status, failed.code) == (Status.FAILED, "E_ORIGINAL_MISSING")
    assert (await store.document(there.id)).status is Status.READY
    assert [event.kind for event in await store.events(2)] == ["document.failed", "drop.failed"]


async def test_members_become_documents_of_their_own_and_their_bytes_objects(
    store: Store, put: Put, tmp_path: Path
) -> None:
    await store.admit([put("zip", "lib.zip")])
    (archive,) = await store.claim(list(Stage), 1)
    await expand(store, archive, {"a.html": "A", "b.html": "B"}, tmp_path / "scratch")
    members = await store.claim(list(Stage), 10)
    assert [(member.name, member.parent, member.stage) for member in members] == [
        ("a.html", archive.id, Stage.UNPACK),
        ("b.html", archive.id, Stage.UNPACK),
    ]
    assert [store.source(member).read_text() for member in members] == ["A", "B"]
    assert (await store.document(archive.id)).status is Status.DONE


async def test_the_size_of_a_member_is_what_we_found_whatever_was_said(store: Store, put: Put, tmp_path: Path) -> None:
    await store.admit([put("zip", "lib.zip")])
    (archive,) = await store.claim(list(Stage), 1)
    (tmp_path / "0").write_text("twelve bytes")
    children = (Child(0, "a", 2**52), Child(1, "b", 7, Reject("no", "E_ZIP_LINK")))
    assert await store.settle(decided(archive, Expand(children)), tmp_path)
    assert [(await store.document(number)).size for number in (2, 3)] == [12, 7]


async def test_expanding_an_archive_again_gives_the_same_rows(store: Store, put: Put, tmp_path: Path) -> None:
    await store.admit([put("zip", "lib.zip")])
    (archive,) = await store.claim(list(Stage), 1)
    await expand(store, archive, {"a.html": "A", "b.html": "B"}, tmp_path / "one")
    before = [await store.document(number) for number in (2, 3)]
    archive_again = await _claimed_again(store, archive)
    await expand(store, archive_again, {"a.html": "A", "b.html": "B"}, tmp_path / "two")
    assert [await store.document(number) for number in (2, 3)] == before
    assert sum((await store.counts()).values()) == 3


async def test_a_refused_member_is_a_row_with_its_reason_and_no_bytes(store: Store, put: Put, tmp_path: Path) -> None:
    await store.admit([put("zip", "lib.zip")])
    (archive,) = await store.claim(list(Stage), 1)
    children = (
        Child(0, "..%2Fevil", 9, Reject("would leave the archive", "E_ZIP_PATH")),
        Child(1, "broken.html", 9, Failure("bad CRC", "E_ZIP_MEMBER", retry=False), {"depth": 1}),
    )
    assert await store.settle(decided(archive, Expand(children)), tmp_path)
    rejected, failed = [await store.document(number) for number in (2, 3)]
    assert (rejected.status, rejected.reason, rejected.code) == (
        Status.REJECTED,
        "would leave the archive",
        "E_ZIP_PATH",
    )
    assert (failed.status, failed.code, failed.digest, failed.meta) == (Status.FAILED, "E_ZIP_MEMBER", "", {"depth": 1})
    assert [event.kind for event in await store.events(1)] == [
        "document.rejected",
        "document.failed",
        "document.expanded",
        "drop.done",
    ]


async def test_a_member_seen_before_is_a_duplicate_wherever_it_was_seen(store: Store, put: Put, tmp_path: Path) -> None:
    await store.admit([put("A", "a.html"), put("zip", "lib.zip")])
    claimed = await store.claim(list(Stage), 2)
    archive = next(document for document in claimed if document.name == "lib.zip")
    await expand(store, archive, {"x/a.html": "A", "y/b.html": "B", "z/b.html": "B"}, tmp_path / "scratch")
    members = [await store.document(number) for number in (3, 4, 5)]
    assert [member.duplicate_of for member in members] == [1, None, 4]


async def test_places_do_not_depend_on_which_copy_came_first(tmp_path: Path) -> None:
    files = {"lib.zip": "zip", "copy.zip": "zip", "a.html": "A"}
    answers = set()
    for number, order in enumerate(permutations(files)):
        home = Home.at(tmp_path / str(number))
        async with Store.open(home) as store:
            for name in order:
                body = files[name]
                digest = "0" if body == "zip" else "559aead08264d5795d3909718cdd05abd49572e84fe55590eef31a88a08fdffd"
                await store.admit([Drop(name.encode().hex()[:12], name, digest, 1)])
            for document in await store.claim(list(Stage), 9):
                if document.digest == "0":
                    await expand(store, document, {"doc%2Fa.html": "A", "nested.zip": "N"}, tmp_path / f"s{number}")
            answers.add(str(sorted((stored.places(store)).items())))
    (answer,) = answers
    assert "('a.html', 'copy.zip/doc/a.html', 'lib.zip/doc/a.html')" in answer
    assert "('copy.zip/nested.zip', 'lib.zip/nested.zip')" in answer


async def test_an_archive_that_holds_itself_has_places_too(store: Store, put: Put, tmp_path: Path) -> None:
    await store.admit([put("quine", "q.zip")])
    (archive,) = await store.claim(list(Stage), 1)
    await expand(store, archive, {"inner.zip": "quine"}, tmp_path / "scratch")
    assert stored.places(store) == {archive.digest: ("q.zip",)}


async def _claimed_again(store: Store, archive: Document) -> Document:
    """As after a crash before the commit was reported: the same document under a new claim."""
    await store.writer._connection.execute(
        "UPDATE documents SET status = 'ready', ended = NULL WHERE id = ?", (archive.id,)
    )
    (again,) = await store.claim([Stage.UNPACK], 1)
    assert again.id == archive.id
    return again
