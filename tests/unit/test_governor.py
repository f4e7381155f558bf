"""The governor: what may run on a machine in this state, how much of it at once, and why not more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from randaemon.governor import Governor, Limits, decide, free_bytes
from randaemon.machine import GIB, MIB, Cores, Readings, Thermal, file_size, size
from randaemon.model import Document, Stage, Status

FINE = Readings(memory_total=16 * GIB, memory_free=8 * GIB, disk_free=100 * GIB, inodes_free=10**6)
LIMITS = Limits()
EIGHT = Cores(6, 2)


def document(length: int) -> Document:
    return Document(1, "k", None, "a", "d", length, Stage.UNPACK, Status.RUNNING)


def machine(*looks: Readings) -> Iterator[Readings]:
    yield from looks
    while True:
        yield looks[-1]


def governor(root: Path, *looks: Readings, limits: Limits = LIMITS) -> Governor:
    seen = machine(*looks)
    return Governor(root, limits, lambda: next(seen), EIGHT, clock=lambda: 100.0)


@pytest.mark.parametrize(
    ("cores", "workers", "width"),
    [(Cores(1), 0, 1), (Cores(2), 0, 2), (Cores(2, 2), 0, 3), (EIGHT, 0, 4), (Cores(16), 0, 4), (Cores(2), 9, 9)],
)
def test_with_nothing_in_the_way_fast_cores_count_whole_slow_ones_half_and_the_users_number_wins(
    cores: Cores, workers: int, width: int
) -> None:
    found = decide(FINE, replace(LIMITS, workers=workers), cores)
    assert (found.width, found.of, found.reason) == (width, width, "")


@pytest.mark.parametrize(
    ("seen", "code", "reason"),
    [
        (replace(FINE, disk_free=80 * MIB), "E_DISK_FULL", "disk full: need 1.0 GiB, have 80 MiB — waiting"),
        (replace(FINE, inodes_free=12), "E_DISK_FULL", "disk full: room for 12 more files, need 1000 — waiting"),
        (
            replace(FINE, on_ac_power=False, battery_percent=12.0),
            "E_BATTERY",
            "on battery at 12 % — waiting for power or 25 %",
        ),
        (replace(FINE, memory_free=100 * MIB), "E_MEMORY_LOW", "memory short: need 256 MiB, have 100 MiB — waiting"),
        (replace(FINE, thermal=Thermal.CRITICAL), "E_THERMAL", "the machine is too hot — waiting for it to cool"),
    ],
)
def test_what_holds_everything_says_so_and_why(seen: Readings, code: str, reason: str) -> None:
    found = decide(seen, LIMITS, EIGHT)
    assert (found.holds, found.code, found.reason) == (True, code, reason)


@pytest.mark.parametrize(
    ("seen", "busy", "width", "reason"),
    [
        (replace(FINE, memory_free=1300 * MIB), 0, 2, "1.3 GiB of memory free"),
        (replace(FINE, memory_free=300 * MIB), 0, 1, "300 MiB of memory free"),
        (replace(FINE, memory_free=300 * MIB), 3, 3, "300 MiB of memory free"),
        (replace(FINE, thermal=Thermal.HEAVY), 0, 2, "the machine is hot"),
        (replace(FINE, on_ac_power=False, battery_percent=80.0), 0, 2, "on battery"),
        (replace(FINE, load=3.0), 0, 1, "the machine is busy with other work"),
        (replace(FINE, load=2.2), 4, 4, ""),
        (replace(FINE, thermal=Thermal.MODERATE), 0, 4, ""),
        (replace(FINE, inodes_free=None), 0, 4, ""),
    ],
)
def test_less_room_makes_the_lane_narrower_never_closes_it(seen: Readings, busy: int, width: int, reason: str) -> None:
    found = decide(seen, LIMITS, EIGHT, busy)
    assert (found.width, found.reason, found.code) == (width, reason, "")


def test_a_number_of_workers_that_the_user_chose_does_not_give_way_to_other_work_or_a_good_battery() -> None:
    busy = replace(FINE, load=9.0, on_ac_power=False, battery_percent=60.0)
    assert decide(busy, replace(LIMITS, workers=4), EIGHT).width == 4


def test_work_that_stopped_for_want_of_power_or_memory_goes_on_only_with_some_to_spare() -> None:
    low = replace(FINE, on_ac_power=False, battery_percent=22.0)
    assert not decide(low, LIMITS, EIGHT).holds
    assert decide(low, LIMITS, EIGHT, held="E_BATTERY").holds
    assert not decide(replace(low, battery_percent=25.0), LIMITS, EIGHT, held="E_BATTERY").holds
    assert not decide(replace(low, on_ac_power=True), LIMITS, EIGHT, held="E_BATTERY").holds
    little = replace(FINE, memory_free=300 * MIB)
    assert decide(little, LIMITS, EIGHT, held="E_MEMORY_LOW").holds


def test_limits_of_zero_let_everything_run() -> None:
    worst = replace(FINE, on_ac_power=False, battery_percent=1.0, memory_free=0)
    assert decide(worst, replace(LIMITS, battery_percent=0, memory=0), EIGHT).width == 1


def test_the_governor_holds_what_it_decided_until_it_looks_again(tmp_path: Path) -> None:
    watch = governor(tmp_path, FINE, replace(FINE, thermal=Thermal.CRITICAL), FINE)
    widths = []
    for _ in range(3):
        watch.refresh()
        widths.append((watch.width("cpu", 0), watch.short_of_room()))
    assert widths == [(4, ""), (0, "the machine is too hot — waiting for it to cool"), (4, "")]


def test_paused_by_the_user_nothing_is_begun_and_the_reason_names_the_way_back(tmp_path: Path) -> None:
    watch = governor(tmp_path, FINE)
    watch.paused = True
    assert (watch.refresh().width, watch.short_of_room()) == (0, "paused by you; `randaemon jobs resume`")
    watch.paused = False
    assert watch.short_of_room() == ""


def test_with_room_the_document_runs(tmp_path: Path) -> None:
    assert governor(tmp_path, FINE, limits=replace(LIMITS, min_free=0)).may_run(document(MIB)) is None


def test_without_room_for_three_times_its_size_it_waits_with_both_figures_and_costs_no_attempt(tmp_path: Path) -> None:
    huge = free_bytes(tmp_path)
    defer = governor(tmp_path, FINE).may_run(document(huge))
    assert defer is not None
    assert defer.reason.startswith(f"disk full: need {size(3 * huge)}, have ")
    assert (defer.until, defer.code) == (130.0, "E_DISK_FULL")


def test_more_is_asked_of_the_disk_than_there_is(tmp_path: Path) -> None:
    watch = governor(tmp_path, FINE, limits=replace(LIMITS, min_free=1 << 62))
    assert watch.short_of_room().startswith("disk full: need 4294967296.0 GiB")


def test_sizes_are_written_for_people() -> None:
    assert [size(1 << 10), size(5 * MIB), size(3 << 30)] == ["1 KiB", "5 MiB", "3.0 GiB"]
    told = ["999 bytes", "1 KB", "1.25 MB", "17 GB", "12,000 GB"]
    assert [file_size(count) for count in (999, 1000, 1_250_000, 17 * 10**9, 12 * 10**12)] == told
