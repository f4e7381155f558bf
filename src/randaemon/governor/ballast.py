"""A file in the home that is given up when the disk is full, so that the database can say so."""

from __future__ import annotations

import shutil
from pathlib import Path

from randaemon.machine import MIB

BALLAST = "ballast"
BALLAST_BYTES = 16 * MIB


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
