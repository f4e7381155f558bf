"""What the machine leaves for work, as the user sees it: said once, taken back, and nothing written in between."""

from __future__ import annotations

from dataclasses import replace

import pytest

from randaemon.daemon.room import LANES, Room
from randaemon.daemon.troubles import Troubles
from randaemon.governor import Governor, Limits
from randaemon.machine import GIB, Cores, Readings
from randaemon.model import Drop
from randaemon.store import Store
from randaemon.store.reader import Reader
from randaemon.store.records import PAUSED

FINE = Readings(memory_total=16 * GIB, memory_free=8 * GIB, disk_free=100 * GIB)
LOW = replace(FINE, on_ac_power=False, battery_percent=10.0)


class Machine:
    """A machine whose state a test sets."""

    def __init__(self) -> None:
        self.state = FINE

    def __call__(self) -> Readings:
        return self.state


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def room(store: Store, machine: Machine) -> Room:
    return Room(store, Troubles(store), Governor(store.home.root, Limits(min_free=0), machine, Cores(4)))


async def told(store: Store) -> list[tuple[str, object]]:
    events = await store.events(0)
    return [(event.kind, event.data.get("code")) for event in events if event.kind.startswith("machine.")]


async def test_waiting_for_power_is_told_once_and_its_end_too(store: Store, machine: Machine, room: Room) -> None:
    for percent in (90.0, 19.0, 18.0, 17.0, 22.0):
        machine.state = replace(LOW, battery_percent=percent)
        await room.look()
    assert await told(store) == [("machine.waiting", "E_BATTERY")]
    assert (await store.state(LANES))["cpu"]["reason"].startswith("on battery at 19 %")
    machine.state = FINE
    await room.look()
    assert (await told(store))[1:] == [("machine.resumed", "E_BATTERY")]
    assert (await store.state(LANES))["cpu"]["width"] == 4


async def test_while_nothing_changes_nothing_is_written(store: Store, machine: Machine, room: Room) -> None:
    await room.look()
    before = store.writer.commits
    for free in range(8, 3, -1):
        machine.state = replace(FINE, memory_free=free * GIB)
        await room.look()
    assert store.writer.commits == before


async def test_a_load_that_comes_and_goes_while_there_is_nothing_to_do_is_not_written(
    store: Store, machine: Machine, room: Room
) -> None:
    await room.look()
    before = store.writer.commits
    for load in (9.0, 0.0) * 3:
        machine.state = replace(FINE, load=load)
        await room.look()
    assert store.writer.commits == before
    await store.admit([Drop("0" * 12, "page.html", "0" * 64, 1)])
    machine.state = replace(FINE, load=9.0)
    await room.look()
    assert (await store.state(LANES))["cpu"]["reason"] == "the machine is busy with other work"


@pytest.mark.parametrize("told", [["documents", "models"], True])  # an older release wrote yes or no
async def test_a_pause_by_the_user_holds_the_documents_and_is_in_status(store: Store, room: Room, told: object) -> None:
    await store.set_state(**{PAUSED: told})
    await room.look()
    with Reader(store.home) as reader:
        lane = reader.status()["resources"]["lanes"]["cpu"]
    assert (lane["width"], lane["code"]) == (0, "E_PAUSED")
    await store.set_state(**{PAUSED: ["models", "training"]})
    await room.look()
    with Reader(store.home) as reader:
        assert reader.status()["resources"]["lanes"]["cpu"]["code"] == ""


async def test_a_daemon_that_has_grown_large_says_so_once(store: Store, machine: Machine) -> None:
    watch = Governor(store.home.root, Limits(min_free=0, footprint=1), machine, Cores(4))
    room = Room(store, Troubles(store), watch)
    await room.look()
    await room.look()
    kinds = [event.kind for event in await store.events(0)]
    assert kinds.count("daemon.trouble") == 1
    watch.limits = Limits(min_free=0, footprint=1 << 50)
    await room.look()
    assert await store.state("daemon.problems") == []
