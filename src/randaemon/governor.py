"""May this lane run now? Disk headroom so far; memory, battery and heat ask here too.

A refusal is a `Defer`: the document waits with a reason in plain words and loses no attempt (reliability row 12).
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

from randaemon.model import Defer, Document

MIB = 1 << 20
FACTOR = 3  # what the outputs of a document may take, in multiples of its own size
BALLAST = "ballast"  # a file in the home that is given up when the disk is full, so that the database can say so
BALLAST_BYTES = 16 * MIB
PAUSE = 30.0  # seconds until a document that waits for room is looked at again


class Governor:
    """Watches the volume that holds the home."""

    def __init__(
        self,
        root: Path,
        min_free: int,
        clock: Callable[[], float] = time.time,
        free: Callable[[Path], int] | None = None,
    ) -> None:
        self._root = root
        self._min_free = min_free  # bytes
        self._clock = clock
        self._free = free or free_bytes

    def may_run(self, document: Document) -> Defer | None:
        """None: go on. Else the reason to wait and until when."""
        need = max(self._min_free, FACTOR * document.size)
        reason = self.short_of(need)
        return Defer(reason, self._clock() + PAUSE, "E_DISK_FULL") if reason else None

    def short_of_room(self) -> str:
        """The same for work as such."""
        return self.short_of(max(self._min_free, 2 * BALLAST_BYTES))

    def short_of(self, need: int) -> str:
        """Why `need` bytes are not there, in plain words; "" when they are."""
        have = self._free(self._root)
        return "" if have >= need else f"disk full: need {size(need)}, have {size(have)} — waiting"


def reserve(root: Path) -> None:
    """Lay in the ballast, unless it is there or the disk is too full for it already."""
    ballast = root / BALLAST
    if ballast.exists() or free_bytes(root) < 4 * BALLAST_BYTES:
        return
    with ballast.open("wb") as file:  # written, not only made longer: a hole reserves nothing
        for _ in range(BALLAST_BYTES // MIB):
            file.write(bytes(MIB))


def release(root: Path) -> None:
    """Give the ballast up."""
    (root / BALLAST).unlink(missing_ok=True)


def free_bytes(folder: Path) -> int:
    """Bytes that this user may still write on the folder's volume."""
    return shutil.disk_usage(folder).free


def size(count: int) -> str:
    """Bytes for people: `80 MiB`, `1.2 GiB`."""
    if count >= 1 << 30:
        return f"{count / (1 << 30):.1f} GiB"
    return f"{count // MIB} MiB" if count >= MIB else f"{count // 1024} KiB"
