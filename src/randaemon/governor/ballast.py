"""A file in the home that is given up when the disk is full, so that the database can say so; and sizes for people."""

from __future__ import annotations

import shutil
from pathlib import Path

MIB = 1 << 20
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


def size(count: int) -> str:
    """Bytes for people: `80 MiB`, `1.2 GiB`."""
    if count >= 1 << 30:
        return f"{count / (1 << 30):.1f} GiB"
    return f"{count // MIB} MiB" if count >= MIB else f"{count // 1024} KiB"
