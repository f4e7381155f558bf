"""Where originals lie: refused ones in quarantine, all others among the originals, however often it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import anyio
import pytest

from randaemon.errors import StoreError
from randaemon.lifecycle import Policy, settle
from randaemon.model import Document, Done, Drop, Failure, Reject, Stage
from randaemon.store import Home, Store, objects

Put = Callable[..., Drop]


async def refuse(store: Store, outcome: Reject | Failure) -> Document:
    (document,) = await store.claim(list(Stage), 1)
    await store.settle(settle(document, outcome, Policy(), 0.0))
    return await store.document(document.id)


async def test_a_refused_original_moves_to_quarantine_with_its_reason(store: Store, put: Put, home: Home) -> None:
    await store.admit([put("bytes", "a%0A.bin")])
    refused = await refuse(store, Reject("this kind of file is not read", "E_UNSUPPORTED"))
    assert await store.reconcile_quarantine() == 1
    assert await store.reconcile_quarantine() == 0
    folder = home.quarantine / f"20250615-{refused.key}"
    assert sorted(path.name for path in folder.iterdir()) == [f"{refused.key}__a%0A.bin", "REASON.txt", "report.json"]
    assert (folder / "REASON.txt").read_text().startswith("this kind of file is not read\n")
    report = json.loads((folder / "report.json").read_text())
    assert (report["code"], report["name"], report["digest"]) == ("E_UNSUPPORTED", "a.bin", refused.digest)
    assert store.source(refused).read_text() == "bytes"
    assert list(home.originals.iterdir()) == []


async def test_a_retried_document_gets_its_original_back(store: Store, put: Put, home: Home) -> None:
    await store.admit([put("bytes")])
    failed = await refuse(store, Failure("broken", "E_CORRUPT", retry=False))
    await store.reconcile_quarantine()
    ready = await store.retry(failed.key)
    assert await store.reconcile_quarantine() == 0
    assert await store.adopt() == 0
    assert store.source(ready).read_text() == "bytes"
    assert store.source(ready).parent == home.originals
    assert list(home.quarantine.iterdir()) == []


async def test_what_somebody_else_put_into_quarantine_stays(store: Store, put: Put, home: Home) -> None:
    await store.admit([put("bytes")])
    failed = await refuse(store, Failure("broken", "E_CORRUPT", retry=False))
    await store.reconcile_quarantine()
    (home.quarantine / "notes").mkdir()
    (folder,) = home.quarantine.glob(f"*-{failed.key}")
    (folder / "mine.txt").write_text("mine")
    await store.retry(failed.key)
    await store.reconcile_quarantine()
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
    assert await store.reconcile_quarantine() == 0


async def test_a_move_that_was_cut_short_is_finished(store: Store, put: Put, home: Home) -> None:
    await store.admit([put("bytes")])
    failed = await refuse(store, Failure("broken", "E_CORRUPT", retry=False))
    folder = home.quarantine / f"20250615-{failed.key}"
    folder.mkdir()
    (folder / "REASON.txt").write_text("half")
    assert await store.reconcile_quarantine() == 1
    assert (folder / "REASON.txt").read_text().startswith("broken")


async def test_documents_that_ended_well_stay_where_they_are(store: Store, put: Put, home: Home) -> None:
    await store.admit([put("one"), put("one")])
    (document,) = await store.claim(list(Stage), 9)
    await store.settle(settle(document, Done(), Policy(), 0.0))
    assert await store.reconcile_quarantine() == 0
    assert len(list(home.originals.iterdir())) == 2


async def test_two_reconciliations_and_retries_at_once_neither_trip_nor_put_a_retried_file_back(
    store: Store, put: Put, home: Home
) -> None:
    drops = [put(str(number)) for number in range(40)]
    await store.admit(drops)
    for document in await store.claim(list(Stage), 100):
        await store.settle(settle(document, Reject("no", "E_X"), Policy(), 0.0))
    found: list[bool] = []

    async def retry(key: str) -> None:
        """As a pool does that claims it in the very commit."""
        await store.retry(key)
        [claimed] = await store.claim(list(Stage), 1)
        found.append(store.source(claimed).parent == home.originals)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(store.reconcile_quarantine)
        tasks.start_soon(store.reconcile_quarantine)
        for drop in drops[:10]:
            tasks.start_soon(retry, drop.key)
            tasks.start_soon(store.reconcile_quarantine)
    assert found == [True] * 10
    assert len(list(home.originals.iterdir())) == 10
    assert len(list(home.quarantine.iterdir())) == 30


async def test_a_retry_that_is_refused_leaves_the_original_in_quarantine(store: Store, put: Put, home: Home) -> None:
    await store.admit([put("bytes")])
    refused = await refuse(store, Reject("no", "E_X"))
    await store.reconcile_quarantine()
    await store.retry(refused.key)
    with pytest.raises(StoreError, match="only a failed"):
        await store.retry(refused.key)
    assert store.source(refused).parent == home.originals


async def test_an_original_that_somebody_takes_away_stops_nothing(
    store: Store, put: Put, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = put("one"), put("two")
    await store.admit([first, second])
    await refuse(store, Reject("no", "E_X"))
    await refuse(store, Reject("no", "E_X"))
    move = objects.move

    def taken_away(source: Path, target: Path) -> None:
        if source.name.startswith(first.key):
            source.unlink()
        move(source, target)

    monkeypatch.setattr(objects, "move", taken_away)
    assert await store.reconcile_quarantine() == 1
