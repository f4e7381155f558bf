"""When the daemon's tasks look at the store: after a commit, and now and then for what only time changes."""

from __future__ import annotations

import anyio

COALESCE = 1.0  # seconds between a commit and the look at it: hundreds of commits share one
PATIENCE = 60.0  # seconds between two looks when nothing is written


async def rest(committed: anyio.Event, patience: float = PATIENCE) -> None:
    """Until a commit or the end of patience; `committed` was asked for before the last look."""
    with anyio.move_on_after(patience):
        await committed.wait()
    await anyio.sleep(COALESCE)
