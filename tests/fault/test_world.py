"""What happens around a running daemon: its inbox taken away, the clock set, power lost, processes stopped.

What happens to the disk has files of its own.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests import library
from tests.house import RUN, House

from randaemon.model import Document, Stage, Status
from randaemon.store.reader import Reader

WORLD = Path(__file__).parent / "world/daemon.py"
#: Even root then has to ask: without these its programs are held to the permissions of files as any other's.
AS_ANYBODY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
DAY = 86_400


class World(House):
    """A house whose surroundings are files beside it."""

    def __init__(self, root: Path, settings: dict[str, str] | None = None) -> None:
        self.folder = root / "world"
        super().__init__(root / "home", settings, [sys.executable, str(WORLD), str(self.folder)])
        self.folder.mkdir()
        self.set("clock", 0)

    def set(self, name: str, value: float | str = "") -> None:
        """Put a file into the world, whole at any time."""
        part = self.folder / f"{name}.new"
        part.write_text(str(value))
        part.rename(self.folder / name)

    def unset(self, name: str) -> None:
        (self.folder / name).unlink()

    def until_done(self, name: str) -> Document:
        self.until(lambda reader: _is(reader, name, Status.DONE), patience=60.0)
        return self.document(name)


@pytest.fixture
def settings() -> dict[str, str]:
    return {"RANDAEMON_POOL__BACKOFF_SECONDS": "[3000]"}


@pytest.fixture
def world(tmp_path: Path, settings: dict[str, str]) -> Iterator[World]:
    world = World(tmp_path, settings)
    yield world
    world.kill()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """One that is held to the permissions of files, also where the tests are run by root."""
    if os.geteuid() == 0 and shutil.which(AS_ANYBODY[0]) is None:
        pytest.skip("root may do everything, and there is no setpriv that could take that away")
    house = House(tmp_path / "home", command=RUN if os.geteuid() else [*AS_ANYBODY, *RUN])
    yield house
    house.kill()


def _is(reader: Reader, name: str, status: Status) -> bool:
    return any(each.name == name and each.status is status for each in reader.documents())


def _waits(reader: Reader, name: str) -> bool:
    return any(each.name == name and each.due is not None for each in reader.documents())


@pytest.mark.slow
def test_a_clock_that_jumps_an_hour_on_or_a_day_back_delays_nothing_that_waits_or_comes(world: World) -> None:
    world.set("slow", 0.5)
    world.start()
    for number, jump in enumerate((3600, -DAY)):
        name = f"page-{number}.html"
        world.set("fails")
        world.drop(name, library.page(number))
        world.until(lambda reader, name=name: _waits(reader, name))  # for 50 minutes
        world.unset("fails")
        world.set("clock", jump)
        assert world.until_done(name).attempt == 0
    world.drop("last.html", library.page(2))
    world.until(_converting)
    world.set("clock", DAY)  # a deadline is no time of day
    world.until_done("last.html")
    assert world.stop() == 0
    with Reader(world.home) as reader:
        assert [event.kind for event in reader.events()].count("document.retrying") == 2


@pytest.mark.slow
def test_on_a_battery_that_is_nearly_empty_nothing_is_begun_and_with_power_it_goes_on(world: World) -> None:
    world.set("battery", 12)
    world.start()
    world.drop("page.html", library.page(0))
    world.until(lambda reader: _is(reader, "page.html", Status.READY))
    with Reader(world.home) as reader:
        lane = reader.status()["resources"]["lanes"]["cpu"]
    assert (lane["width"], lane["reason"]) == (0, "on battery at 12 % — waiting for power or 25 %")
    world.set("battery", 60)
    assert world.until_done("page.html").attempt == 0
    assert world.stop() == 0
    with Reader(world.home) as reader:
        told = [event.kind for event in reader.events() if event.kind.startswith(("machine.", "document.waiting"))]
    assert told == ["machine.waiting", "machine.resumed"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "settings", [{"RANDAEMON_WORKER__DEADLINE_SECONDS": "6", "RANDAEMON_POOL__BACKOFF_SECONDS": "[0.1]"}]
)
def test_a_stopped_worker_is_killed_at_its_deadline_and_a_stopped_daemon_takes_its_own_stop_out_on_no_worker(
    world: World,
) -> None:
    world.set("slow", 1.5)
    daemon = world.start()
    world.drop("first.html", library.page(0))
    world.until(_converting)
    [worker] = psutil.Process(daemon.pid).children()
    worker.suspend()
    world.until_done("first.html")
    assert not worker.is_running()
    world.drop("second.html", library.page(1))
    world.until(_converting)
    daemon.send_signal(signal.SIGSTOP)
    for number in range(50):
        world.drop(f"note-{number}.txt", b"short")
    time.sleep(7.0)  # longer than the deadline
    daemon.send_signal(signal.SIGCONT)
    world.until_ended(52)
    assert world.stop() == 0
    with Reader(world.home) as reader:
        retries = [event for event in reader.events(limit=5000) if event.kind == "document.retrying"]
    first, second = world.document("first.html").id, world.document("second.html").id
    told = [(event.document, event.data["code"]) for event in retries]
    assert (first, "E_TIMEOUT") in told
    assert second not in {document for document, _ in told}


def _converting(reader: Reader) -> bool:
    return any(each.stage is Stage.CONVERT for each in reader.documents(Status.RUNNING))


@pytest.mark.slow
def test_an_inbox_that_is_closed_moved_away_or_replaced_is_told_and_files_are_taken_again_once_they_can_be(
    house: House, tmp_path: Path
) -> None:
    inbox, aside = house.home.inbox, tmp_path / "aside"
    inbox.chmod(0o500)
    house.start()
    house.until(lambda reader: any("cannot be written" in told for told in _problems(reader)))
    inbox.chmod(0o000)
    house.until(lambda reader: any("inbox unreadable" in told for told in _problems(reader)))
    inbox.chmod(0o700)
    house.drop("page.html", library.page(0))
    house.until_ended(1)
    house.until(lambda reader: not _problems(reader))
    inbox.rename(aside)
    house.until(lambda _: inbox.is_dir())  # made again by the daemon
    house.drop("new.html", library.page(1))
    house.until_ended(2)
    inbox.rename(tmp_path / "replaced")
    aside.rename(inbox)
    house.drop("back.html", library.page(2))
    house.until_ended(3)
    assert house.stop() == 0
    assert {each.status for each in house.documents()} == {Status.DONE}


def _problems(reader: Reader) -> list[str]:
    return list(reader.status()["daemon"]["problems"])
