"""A document on its way through stages that follow each other, in one slot and with one child.

What a stage wrote is at once the input of the next, so it need not be read back out of the store; and while the store
writes what became of one stage the child is at the next. The next stage is claimed by the transaction that settles
the one before. Should that be refused (the document was cancelled), what was begun meanwhile is dropped.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio
import anyio.to_thread

from randaemon.model import Change, Document, Stage
from randaemon.pool import scratch

_AT_ONCE = 256 << 10  # bytes that are written in less time than it takes to ask a thread


@dataclass(slots=True, eq=False)
class Turn:
    """What became of one stage, on its way to the store. The turns of a document are written in their order."""

    document: Document
    change: Change
    goes_on: bool  # the slot is at the next stage already
    before: Turn | None = None
    over: anyio.Event = field(default_factory=anyio.Event)
    kept: bool = False  # written as it is

    async def comes(self) -> bool:
        """Wait for the turn before. False when that was refused: then the document is somebody else's."""
        before, self.before = self.before, None  # it holds an artifact
        if before is None:
            return True
        await before.over.wait()
        return before.kept


class Walk:
    """Where one document is, the inputs that lie ready for its stages, and its last turn."""

    def __init__(self, document: Document, folder: Path) -> None:
        self.document = document  # as the store has it, or will have it when the last turn is written
        self.laid: dict[Stage, Path] = {}
        self._base = scratch.of(folder, document)
        self._last: Turn | None = None

    @property
    def refused(self) -> bool:
        """Is the document somebody else's by now?"""
        return self._last is not None and self._last.over.is_set() and not self._last.kept

    def input(self, need: Stage) -> Path:
        """Where an artifact lies, or is to be laid."""
        return scratch.beside(self._base, need)

    async def keep(self, stage: Stage, body: bytes) -> None:
        """Lay what a stage wrote for those that follow. Raises OSError."""
        path = self.input(stage)
        if len(body) <= _AT_ONCE:
            scratch.lay(path, body)
        else:
            await anyio.to_thread.run_sync(scratch.lay, path, body)
        self.laid[stage] = path

    def turn(self, change: Change, *, goes_on: bool) -> Turn:
        """What became of the stage it is in. With `goes_on` it is at the next one from here on."""
        self._last = Turn(self.document, change, goes_on, self._last)
        if goes_on:
            self.document = _following(self.document, change)
        return self._last


def _following(document: Document, change: Change) -> Document:
    """The row after a change and after the claim that shares its transaction."""
    meta = {**document.meta, **change.meta}
    for gone in [key for key, value in change.meta.items() if value is None]:  # as SQLite's json_patch has it
        del meta[gone]
    return replace(document, stage=change.stage, attempt=1, claim=document.claim + 1, reason="", code="", meta=meta)
