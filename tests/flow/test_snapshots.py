"""The daemon's own backups: when one is taken, how many stay, and that what is forgotten stays in none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from randaemon.config.tree import BackupSettings
from randaemon.daemon.snapshots import Snapshots
from randaemon.model import Event
from randaemon.store import Home, Store, backups

HOUR = 3600.0


class Clock:
    def __init__(self) -> None:
        self.now = 1_750_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    async with Store.open(Home.at(tmp_path / "home"), clock) as opened:
        yield opened


def taken(store: Store) -> int:
    return len(backups.found(store.home.backups))


async def after(store: Store, clock: Clock, hours: float, *kinds: str) -> int:
    """Let time pass, let things happen, let it look; how many backups there are then."""
    clock.now += hours * HOUR
    await store.record(*(Event(kind) for kind in kinds))
    await Snapshots(store, BackupSettings, clock).look()
    return taken(store)


async def test_the_first_is_taken_at_once_the_next_after_hours_with_changes_and_none_without(
    store: Store, clock: Clock
) -> None:
    assert await after(store, clock, 0, "document.done") == 1
    assert await after(store, clock, 5, "document.done") == 1
    assert await after(store, clock, 1.1) == 2
    assert await after(store, clock, 48) == 2


async def test_a_decision_leads_to_one_sooner_but_not_at_once(store: Store, clock: Clock) -> None:
    assert await after(store, clock, 0, "document.done") == 1
    assert await after(store, clock, 0.1, "model.promoted") == 1
    assert await after(store, clock, 0.1) == 2


async def test_so_many_are_kept_and_what_is_forgotten_is_in_none_of_them(store: Store, clock: Clock) -> None:
    for _ in range(5):
        count = await after(store, clock, 7, "document.done")
    assert count == 3
    assert await after(store, clock, 0, "document.forgotten") == 1
    assert backups.found(store.home.backups)[0].created == clock.now


async def test_a_clock_that_was_set_back_does_not_end_the_backups(store: Store, clock: Clock) -> None:
    assert await after(store, clock, 0, "document.done") == 1
    assert await after(store, clock, -48, "document.done") == 2


async def test_where_the_copy_does_not_fit_none_is_taken_and_it_is_not_tried_at_every_look(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("randaemon.daemon.snapshots.free_bytes", lambda _: 1 << 20)
    snapshots = Snapshots(store, BackupSettings, clock)
    await snapshots.look()
    monkeypatch.undo()
    await snapshots.look()
    assert taken(store) == 0
    clock.now += 601
    await snapshots.look()
    assert taken(store) == 1
