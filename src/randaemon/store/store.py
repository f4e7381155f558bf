"""`Store`: the one door to everything that is kept. Asyncio; one writer, grouped durable commits."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiosqlite
import anyio
import anyio.to_thread

from randaemon.errors import ArtifactLost, NotFoundError, StoreError
from randaemon.model import Candidate, Change, Document, Drop, Event, Finished, Stage, Status
from randaemon.store import backups, bytes_in, db, history, intake, originals, registry, renewal, repair, rows, settling
from randaemon.store.asks import Asks
from randaemon.store.bell import Bell
from randaemon.store.faults import translated
from randaemon.store.home import Home
from randaemon.store.queries import query
from randaemon.store.records import PromotionRecord, RunRecord, VersionRecord, WaitingRecord, standing
from randaemon.store.writer import Writer

_OLDEST = 500  # waiting documents that are asked how long they have


class Store:
    """Documents, artifacts, events, candidates, versions, runs and promotions of one home.

    Every writing method returns after its commit, which it shares with whatever else was asked meanwhile; cancelling
    the caller does not undo it. Raises StorageFault when the disk fails, after which nothing is written any more.
    """

    def __init__(
        self, home: Home, writing: aiosqlite.Connection, reading: aiosqlite.Connection, clock: Callable[[], float]
    ):
        self.home = home
        self.writer = Writer(writing, clock, self._announce)
        self._reading = reading
        self.asks = Asks(self.writer, self._rows, clock)
        self._clock = clock
        self._lanes: dict[str, Bell] = {}
        self._commit = Bell()
        self._moving = anyio.Lock()  # held around what moves originals into quarantine and out of it
        self.sealing = anyio.Lock()  # held around a whole sealing: folder, number and mark belong together

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, home: Home, clock: Callable[[], float] = time.time) -> AsyncIterator[Store]:
        """Opens or creates the home's database. Raises DatabaseDamaged rather than write over a bad one."""
        for folder in home.folders():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        await anyio.to_thread.run_sync(backups.before_upgrade, home, clock())
        had = bool(backups.found(home.backups))
        async with db.writing(home.database, had=had) as writing, db.reading(home.database) as reading:
            store = cls(home, writing, reading, clock)
            try:
                yield store
            finally:
                with anyio.CancelScope(shield=True):
                    await store.writer.close()

    # --- documents -------------------------------------------------------------------------------------------------

    async def admit(self, drops: Sequence[Drop]) -> list[Document]:
        """Makes rows of claimed files. A second copy of a content is `done` at once, as a duplicate of the first."""
        return await self.writer.write(intake.ADMIT, drops)

    async def claim(self, stages: Collection[Stage], limit: int) -> list[Document]:
        """Up to `limit` documents of these stages, now running and owned by the caller; latest stage first."""
        request = settling.ClaimRequest(tuple(sorted(map(int, stages), reverse=True)), limit)
        claim = self.writer.post(settling.CLAIM, request)
        try:
            return await asyncio.shield(claim)
        except asyncio.CancelledError:
            claim.add_done_callback(self._give_back)
            raise

    async def claim_this(self, number: int) -> Document | None:
        """One certain document, running and owned by the caller; None when it is not ready."""
        return await self.writer.write(settling.CLAIM_THIS, number)

    async def settle(self, change: Change, scratch: Path | None = None, *, goes_on: bool = False) -> bool:
        """Writes what became of a claim. False: the claim is not the document's any more, the result was dropped.

        Children's bytes are taken from `scratch/<index>`. With `goes_on` a document that is ready after it is claimed
        in the same transaction: by whoever settles, under the next claim number and as a first attempt.
        """
        settlement = settling.Settlement(change, goes_on=goes_on)
        if change.artifact is not None or change.children:
            settlement = replace(await bytes_in.prepare(self.home, change, scratch), goes_on=goes_on)
        return await self.writer.write(settling.SETTLE, settlement)

    async def recover(self) -> int:
        """Makes orphaned `running` documents ready and gives their attempt back. At start only, under the lock."""
        return await self.writer.write(repair.RECOVER, None)

    async def renew(self, versions: Mapping[str, int]) -> renewal.Renewed:
        """Sends back whatever was made by other versions of the stages than these. At start only, under the lock."""
        return await self.writer.write(renewal.RENEW, versions)

    async def wake(self, longest: float = math.inf) -> int:
        """Clears every `due` that has passed, or is more than `longest` seconds off; returns how many."""
        return await self.writer.write(repair.WAKE, longest)

    async def next_due(self) -> float | None:
        """The earliest time that a waiting document waits for."""
        due: float | None = (await self._rows("next_due"))[0][0]
        return due

    async def cancel(self, key: str) -> Document:
        """Ends a document and everything under it that has not ended; a running worker's result will be dropped."""
        document = await self.document(key)
        await self.writer.write(repair.CANCEL, document.id)
        return await self.document(document.id)

    async def retry(self, key: str) -> Document:
        """Makes a failed, rejected or cancelled document ready again, with all its attempts; in an archive, all such.

        For a member without bytes its archive is opened again. The original leaves quarantine first: whoever claims it
        at once finds it where the row says, and keeps it.
        """
        async with self._moving:
            document = await self.document(key)
            await anyio.to_thread.run_sync(originals.insist, self.home, document)
            refused = {each.key for each in await self._refused()}
            await anyio.to_thread.run_sync(originals.release, self.home, refused - {document.key})
            try:
                await self.writer.write(repair.RETRY, document.id)
            except StoreError:
                await self._reconcile()
                raise
        return await self.document(document.id)

    async def counts(self) -> dict[Status, int]:
        """How many documents have each status."""
        counts = dict.fromkeys(Status, 0)
        for status, _, count in await self._rows("counts"):
            counts[Status(status)] += count
        return counts

    async def idle(self) -> bool:
        """True when no document is ready (waiting included) or running."""
        return not (await self._rows("busy"))[0][0]

    async def claimable(self) -> bool:
        """True when a document is running or could be, now."""
        return bool((await self._rows("claimable"))[0][0])

    async def waiting_since(self, before: float) -> WaitingRecord | None:
        """The documents that have waited since before a time without anything coming of them; None: none has."""
        documents, since, reason = (await self._rows("waiting_since", before, _OLDEST))[0]
        return WaitingRecord(documents, since, reason) if documents else None

    async def finished(self, after: int, limit: int = 100) -> list[Finished]:
        """The documents that came to an end by events with an id above `after`, in order."""
        return [rows.finished(row) for row in await self._rows("finished", after, limit)]

    async def document(self, key_or_id: str | int) -> Document:
        """A document by id, key, or unique beginning of a key. Raises NotFoundError."""
        if isinstance(key_or_id, int):
            found = await self._rows("document", key_or_id)
        else:
            known = key_or_id and key_or_id.isascii()  # anything else is no key, and maybe no text for the database
            found = await self._rows("documents_by_prefix", key_or_id) if known else []
        if len(found) != 1:
            problem = "several documents begin with" if found else "there is no document"
            raise NotFoundError(f"{problem} {key_or_id}", hint="`randaemon jobs ls` lists them")
        return rows.document(found[0])

    def source(self, document: Document) -> Path:
        """Where a document's bytes lie now: originals, quarantine or objects."""
        return originals.source(self.home, document)

    async def adopt(self) -> int:
        """Makes rows of originals that have none and ends documents whose file is gone; returns how many were new."""
        known = {key for (key,) in await self._rows("root_keys")}
        drops = await anyio.to_thread.run_sync(originals.unknown, self.home, known)
        admitted = await self.admit(drops) if drops else []
        while missing := await self._missing():  # a copy that takes over may have lost its file too
            await self.writer.write(repair.LOSE, missing)
        return len(admitted)

    async def reconcile_quarantine(self) -> int:
        """Moves refused drops into quarantine and all others out of it; returns how many it moved."""
        async with self._moving:
            return await self._reconcile()

    async def _reconcile(self) -> int:
        """Rows are read under the lock: a list from before a retry would put its original away again."""
        refused = await self._refused()
        moved = await anyio.to_thread.run_sync(originals.quarantine, self.home, refused)
        return moved + await anyio.to_thread.run_sync(originals.release, self.home, {d.key for d in refused})

    # --- what stages wrote -----------------------------------------------------------------------------------------

    async def artifact(self, digest: str, stage: Stage) -> bytes | None:
        """What a stage wrote for a content; None when it has not. Raises ArtifactLost when its file has changed."""
        found = await self._rows("artifact", digest, int(stage))
        if not found:
            return None
        with bytes_in.naming(digest, stage):
            return await bytes_in.unpack(self.home, *found[0])

    async def lay(self, digest: str, stage: Stage, target: Path) -> bool:
        """Writes what a stage wrote into a new file, however large it is. False: it has written nothing.

        Raises ArtifactLost when its file is missing or has changed.
        """
        found = await self._rows("artifact", digest, int(stage))
        if not found:
            return False
        with bytes_in.naming(digest, stage):
            await anyio.to_thread.run_sync(bytes_in.lay, self.home, found[0], target)
        return True

    async def redo(self, lost: ArtifactLost) -> bool:
        """Sends a document that was done back to the stage whose artifact is lost. False: it is not done any more."""
        return await self.writer.write(repair.REDO, lost)

    async def mark(self) -> int:
        """The newest candidate there is: what a version is sealed up to."""
        newest: int = (await self._rows("last_candidate"))[0][0]
        return newest

    async def candidates_of(self, ids: Collection[str]) -> list[Candidate]:
        """Those of these ids that there are, ordered by id."""
        return rows.candidates(await self._rows("candidates_by_ids", rows.dump(sorted(ids))))

    async def accepted_of(self, digests: Collection[str]) -> int:
        """How many accepted candidates these contents gave."""
        count: int = (await self._rows("accepted_of", rows.dump(sorted(digests))))[0][0]
        return count

    async def placed(self) -> list[tuple[Any, ...]]:
        """The place of every document: id, parent, name and digest."""
        return await self._rows("placed")

    # --- events and state ------------------------------------------------------------------------------------------

    async def record(self, *events: Event) -> None:
        """Appends events to the bus."""
        await self.writer.write(registry.RECORD, events)

    async def events(self, after: int, limit: int = 500) -> list[Event]:
        """Events with an id above `after`, in order."""
        return [rows.event(row) for row in await self._rows("events_after", after, limit)]

    async def prune_events(self, read: int, surplus: int, before: float, piece: int) -> int:
        """Deletes, of the oldest `piece` events up to `read`, those up to `surplus` and those from before a time."""
        return await self.writer.write(registry.PRUNE_EVENTS, (read, piece, surplus, before))

    async def newest_event(self) -> int:
        """The id of the last event; 0 when there is none."""
        newest: int = (await self._rows("newest_event"))[0][0]
        return newest

    async def happened(self, kinds: Collection[str], after: int) -> bool:
        """Is there an event of one of these kinds above an id?"""
        return bool((await self._rows("happened", after, rows.dump(sorted(kinds))))[0][0])

    async def state(self, key: str, default: Any = None) -> Any:
        """A small value that was set before."""
        found = await self._rows("state", key)
        return rows.load(found[0][0]) if found else default

    async def set_state(self, **values: Any) -> None:
        """Sets small JSON values; keys may hold dots: `set_state(**{"train.wanted": True})`."""
        await self.writer.write(registry.SET_STATE, values)

    # --- versions, runs, promotions --------------------------------------------------------------------------------

    async def add_version(self, record: VersionRecord, mark: int | None = None) -> int:
        """Keeps a version sealed from the candidates up to `mark` (None: all there are), and tells of a new one.

        Returns its number, which is the old one when its digest is known already.
        """
        return await self.writer.write(registry.ADD_VERSION, (replace(record, path=self._kept(record.path)), mark))

    async def versions(self) -> list[VersionRecord]:
        """All versions, oldest first."""
        return [history.version(self.home.root, row) for row in await self._rows("versions")]

    async def newest_version(self) -> int:
        """The number of the version that was sealed last; 0 when there is none."""
        found = await self._rows("newest_version")
        return int(found[0][0]) if found else 0

    async def add_run(self, record: RunRecord) -> str:
        """Keeps a new run; returns its id."""
        return await self.writer.write(registry.ADD_RUN, replace(record, folder=self._kept(record.folder)))

    async def update_run(self, record: RunRecord) -> None:
        """Replaces all of a run but its id. Raises NotFoundError."""
        await self.writer.write(registry.UPDATE_RUN, replace(record, folder=self._kept(record.folder)))

    async def runs(self) -> list[RunRecord]:
        """All runs, oldest first."""
        return [history.run(self.home.root, row) for row in await self._rows("runs")]

    async def run(self, name: str) -> RunRecord | None:
        """A run by its id."""
        found = await self._rows("run", name)
        return history.run(self.home.root, found[0]) if found else None

    async def newest_run(self) -> RunRecord | None:
        """The run that began last."""
        found = await self._rows("newest_run")
        return history.run(self.home.root, found[0]) if found else None

    async def promote(self, record: PromotionRecord) -> None:
        """Appends to the promotion log; with it the active model changes."""
        await self.writer.write(registry.PROMOTE, record)

    async def promotions(self) -> list[PromotionRecord]:
        """The promotion log, oldest first."""
        return [history.promotion(row) for row in await self._rows("promotions")]

    async def current_model(self) -> RunRecord | None:
        """The run whose adapter is active."""
        return await self._standing(1)

    async def previous_model(self) -> RunRecord | None:
        """The run that a rollback would bring back."""
        return await self._standing(2)

    # --- waking ----------------------------------------------------------------------------------------------------

    def wakeup(self, lane: str) -> anyio.Event:
        """An event that the next commit that makes work claimable sets. Ask for it before the claim, not after."""
        return self._lanes.setdefault(lane, Bell()).coming()

    def committed(self) -> anyio.Event:
        """An event that the next commit sets, whatever it wrote. Ask for it before looking, not after."""
        return self._commit.coming()

    def _announce(self, transaction: db.Transaction) -> None:
        self._commit.ring()
        for lane in self._lanes.values() if transaction.claimable else ():
            lane.ring()
        if transaction.asked:
            self.asks.came(transaction.asked)

    def _give_back(self, claim: asyncio.Future[list[Document]]) -> None:
        """The claimer was cancelled while its claim was under way: nobody will work on these."""
        if not claim.cancelled() and claim.exception() is None and claim.result():
            self.writer.post(settling.GIVE_BACK, claim.result())

    async def _standing(self, place: int) -> RunRecord | None:
        runs = standing(await self.promotions())
        return await self.run(runs[-place]) if len(runs) >= place else None

    async def _refused(self) -> list[Document]:
        return [rows.document(row) for row in await self._rows("quarantined")]

    def _kept(self, path: str) -> str:
        return history.kept(self.home.root, path)

    async def _missing(self) -> list[Document]:
        waiting: Any = await self._rows("open_files")
        gone = await anyio.to_thread.run_sync(originals.missing, self.home, waiting)
        return [rows.document(row) for row in await self._rows("documents_by_ids", rows.dump(gone))] if gone else []

    async def _rows(self, name: str, *parameters: object) -> list[tuple[Any, ...]]:
        with translated():
            return list(await self._reading.execute_fetchall(query(name), parameters))  # type: ignore[arg-type]
