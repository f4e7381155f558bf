"""Old events go, never one that a tail has still to read, and the numbers count on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from randaemon.daemon import bus, learning
from randaemon.daemon.pruning import PIECE, Pruning
from randaemon.model import Event
from randaemon.store import Home, Store

DAY = 86_400.0
NOW = 1_750_000_000.0


@dataclass(frozen=True)
class Wishes:
    events: int = 10_000
    event_days: float = 365.0


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(Home.at(tmp_path / "home"), lambda: NOW) as opened:
        yield opened


async def seen(store: Store, number: int) -> None:
    await store.set_state(**{bus.SEEN: number, bus.SHOWN: number, learning.SEEN: number})


async def test_more_than_are_wanted_go_in_pieces_the_oldest_first(store: Store) -> None:
    await store.record(*(Event("x") for _ in range(10_000 + 2 * PIECE + 7)))
    await seen(store, await store.newest_event())
    assert await Pruning(store, Wishes, lambda: NOW).look() == 2 * PIECE + 7
    (first, *_) = await store.events(0, 1)
    assert first.id == 2 * PIECE + 8
    await store.record(Event("y"))
    assert await store.newest_event() == 10_000 + 2 * PIECE + 8


async def test_what_is_too_old_goes_and_what_nobody_has_read_stays(store: Store) -> None:
    await store.record(*(Event("old", at=NOW - 400 * DAY) for _ in range(100)), Event("new"))
    pruning = Pruning(store, Wishes, lambda: NOW)
    assert await pruning.look() == 0  # no tail has begun
    await seen(store, 40)
    assert await pruning.look() == 40
    await seen(store, await store.newest_event())
    assert await pruning.look() == 60
    assert [event.kind for event in await store.events(0)] == ["new"]
    assert await pruning.look() == 0
