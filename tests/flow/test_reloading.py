"""Settings that change under a working daemon: taken over whole, nothing dropped; a wrong file changes nothing."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests import library
from tests.house import House

from randaemon.model import Status
from randaemon.store.reader import Reader

#: Of these the test's own file is to decide.
FREE = ("RANDAEMON_INBOX__SETTLE_SECONDS", "RANDAEMON_POOL__POLL_SECONDS", "RANDAEMON_POOL__BACKOFF_SECONDS")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(tmp_path / "home")
    for name in FREE:
        house.environment.pop(name)
    write(house, "[inbox]\nsettle_seconds = 0.1\n")
    yield house
    house.kill()


def write(house: House, text: str) -> None:
    part = house.home.root / "settings.part"
    part.write_text(text)
    part.rename(house.home.settings)


def setting(reader: Reader, section: str, key: str) -> object:
    return reader.state("settings", {}).get(section, {}).get(key)


def events(house: House, kind: str) -> list[dict[str, object]]:
    with Reader(house.home) as reader:
        return [dict(event.data) for event in reader.events(limit=10_000) if event.kind == kind]


@pytest.mark.slow
def test_settings_changed_under_load_are_taken_over_and_no_drop_is_lost(house: House) -> None:
    house.start()
    house.until_running()
    for number in range(12):
        house.drop(f"page{number}.html", library.page(number))
        if number % 4 == 3:
            write(
                house, f"[inbox]\nsettle_seconds = 0.{number}\n[quality]\naccept = 0.{number}\n[log]\nkeep = {number}\n"
            )
            house.until(lambda reader, wanted=float(f"0.{number}"): setting(reader, "quality", "accept") == wanted)
    house.until_ended(12)
    assert house.stop() == 0
    assert {document.status for document in house.documents()} == {Status.DONE}
    assert len(house.documents()) == 12
    told = events(house, "daemon.settings")
    assert [each["changed"] for each in told] == [["inbox.settle_seconds", "quality.accept", "log.keep"]] * 3
    assert [each["restart"] for each in told] == [["log.keep"]] * 3


@pytest.mark.slow
def test_a_wrong_file_leaves_the_old_settings_says_so_and_is_forgotten_when_it_is_mended(house: House) -> None:
    house.start()
    house.until_running()
    write(house, "[inbox]\nsettle_seconds = 0.1\nscan_secs = 9\n")
    house.until(lambda reader: bool(reader.status()["daemon"]["problems"]))
    with Reader(house.home) as reader:
        (problem,) = reader.status()["daemon"]["problems"]
        assert setting(reader, "inbox", "settle_seconds") == 0.1
    assert "the old settings stay" in problem
    assert "inbox.scan_secs (randaemon.toml:3): unknown key; did you mean inbox.scan_seconds?" in problem
    write(house, "[inbox]\nsettle_seconds = 0.2\n")
    house.until(lambda reader: setting(reader, "inbox", "settle_seconds") == 0.2)
    house.until(lambda reader: not reader.status()["daemon"]["problems"])
    assert house.stop() == 0


@pytest.mark.slow
def test_a_service_reads_its_settings_again_at_sighup_and_lives_on(house: House) -> None:
    daemon = house.start()  # its stderr is a file: nobody looks on
    house.until_running()
    write(house, "[inbox]\nsettle_seconds = 0.3\n")
    daemon.send_signal(signal.SIGHUP)
    house.until(lambda reader: setting(reader, "inbox", "settle_seconds") == 0.3)
    assert house.stop() == 0
