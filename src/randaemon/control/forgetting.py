"""Forgetting a document: its samples leave the next version, and whoever learnt from them is named."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from pathlib import Path

import anyio.to_thread

from randaemon.errors import RandaemonError
from randaemon.model import ENDED, SPLITS, Event
from randaemon.store import Store
from randaemon.store.forgetting import FORGOTTEN, remaining
from randaemon.store.records import VersionRecord
from randaemon.training import adapters


async def forget(store: Store, key: str) -> dict[str, object]:
    """Mark the document, and with it its members, as forgotten. Doing it twice does no harm.

    Returns how many contents and samples leave, the versions that hold them and the runs trained on those.
    """
    document = await store.document(key)
    if document.status not in ENDED:
        raise RandaemonError(
            f"{key} is still being worked on", hint=f"`randaemon jobs cancel {key}` first", code="E_BUSY"
        )
    known = {int(number) for number in await store.state(FORGOTTEN, [])}
    placed = await store.placed()
    before = await anyio.to_thread.run_sync(remaining, placed, known)
    after = await anyio.to_thread.run_sync(remaining, placed, known | {document.id})
    gone = before.places.keys() - after.places.keys()
    await store.set_state(**{FORGOTTEN: sorted(known | {document.id})})
    samples = await store.accepted_of(gone)
    versions = await anyio.to_thread.run_sync(_holding, await store.versions(), gone)
    runs = [run.id for run in await store.runs() if run.version in versions and adapters.learnt(run)]
    await store.record(Event("document.forgotten", document.id, {"contents": len(gone), "samples": samples}))
    return {"key": document.key, "contents": len(gone), "samples": samples, "versions": versions, "runs": runs}


def _holding(versions: Iterable[VersionRecord], digests: Collection[str]) -> list[int]:
    """The versions that have a sample of these contents."""
    return [record.number for record in versions if _names(Path(record.path), digests)]


def _names(folder: Path, digests: Collection[str]) -> bool:
    for name in SPLITS:
        file = folder / f"{name}.jsonl"
        if not file.exists():
            continue
        with file.open(encoding="utf-8") as rows:
            if any(json.loads(row)["document"] in digests for row in rows):
                return True
    return False
