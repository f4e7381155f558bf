"""What tests read back out of a store, as soon as it is there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from randaemon.model import Candidate
from randaemon.store import Store
from randaemon.store.harvest import Harvest
from randaemon.store.reader import Reader

T = TypeVar("T")


async def until(store: Store, look: Callable[[], Awaitable[T | None]], patience: float = 20.0) -> T:
    """What `look` finds; it is asked after each commit until it finds something."""
    with anyio.fail_after(patience):
        while True:
            committed = store.committed()
            if found := await look():
                return found
            await committed.wait()


async def candidates(store: Store, mark: int | None = None) -> list[Candidate]:
    """All up to a mark (None: all there are), accepted and refused, ordered by id."""
    newest = await store.mark() if mark is None else mark
    with Harvest(store.home) as harvest:
        return list(harvest.candidates(newest))


def places(store: Store) -> dict[str, tuple[str, ...]]:
    """Content digest → every place it was found in."""
    with Reader(store.home) as reader:
        return reader.places()


def usage(store: Store) -> list[tuple[object, ...]]:
    """Purpose, model and server of calls of models; how many, how many failed, tokens in and out, seconds."""
    with Reader(store.home) as reader:
        return [*reader.usage()]
