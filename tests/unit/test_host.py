"""The probe of the machine: what the systems' own tools print, and one look at this machine."""

from __future__ import annotations

import os
from pathlib import Path

import psutil
import pytest

from randaemon.integrations import host
from randaemon.machine import Cores, Thermal


def test_one_look_at_this_machine_agrees_with_the_system(tmp_path: Path) -> None:
    seen = host.Probe(tmp_path).read()
    volume = os.statvfs(tmp_path)
    assert seen.memory_total == psutil.virtual_memory().total
    assert 0 < seen.memory_free <= seen.memory_total
    assert abs(seen.disk_free - volume.f_bavail * volume.f_frsize) < 1 << 30
    assert seen.load >= 0
    assert seen.on_ac_power or seen.battery_percent is not None


def test_this_process_has_at_least_one_core() -> None:
    cores = host.cores()
    assert 1 <= cores.performance + cores.efficiency <= (os.cpu_count() or 1)


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ("com.apple.system.thermalpressurelevel 0\n", Thermal.NOMINAL),
        ("com.apple.system.thermalpressurelevel 1\n", Thermal.MODERATE),
        ("com.apple.system.thermalpressurelevel 2\n", Thermal.HEAVY),
        ("com.apple.system.thermalpressurelevel 4\n", Thermal.CRITICAL),
        ("com.apple.system.thermalpressurelevel: Failed with code 1000000\n", Thermal.NOMINAL),
        ("", Thermal.NOMINAL),
    ],
)
def test_the_pressure_that_macos_posts_is_read(said: str, level: Thermal) -> None:
    assert host.pressure(said) is level


@pytest.mark.parametrize(
    ("said", "cores"),
    [("6\n2\n", Cores(6, 2)), ("", Cores(8)), ("8\n", Cores(8)), ("0\n0\n", Cores(8))],
)
def test_the_kinds_of_cores_that_macos_names_are_read(said: str, cores: Cores) -> None:
    assert host.kinds(said, 8) == cores


@pytest.mark.parametrize(
    ("sensors", "level"),
    [
        ([(50.0, 80.0, 100.0)], Thermal.NOMINAL),
        ([(50.0, 80.0, 100.0), (85.0, 80.0, 100.0)], Thermal.HEAVY),
        ([(101.0, 80.0, 100.0)], Thermal.CRITICAL),
        ([(50.0, None, None)], Thermal.NOMINAL),
        ([(25.0, 0.0, 1.0)], Thermal.NOMINAL),
        ([], Thermal.NOMINAL),
    ],
)
def test_the_hottest_sensor_counts_and_limits_that_are_none_do_not(
    sensors: list[tuple[float, float | None, float | None]], level: Thermal
) -> None:
    assert host.heat(sensors) is level


def test_a_tool_that_is_not_there_is_no_error() -> None:
    assert host._said("/nowhere/notifyutil", "-g", "x") == ""
