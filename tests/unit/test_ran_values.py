"""Types and ranges as documents print them, held against values."""

from __future__ import annotations

import pytest

from randaemon.ran.values import misfit, read_range


@pytest.mark.parametrize(
    ("stated", "inside", "outside"),
    [
        ("0..100", ["0", "100", "55"], ["101", "-1", "x"]),
        ("0...100", ["100"], ["101"]),
        ("-140 – -44 dBm", ["-140", "-44"], ["-43"]),
        ("−140..−44", ["-140", "-44"], ["-43"]),
        ("-10 - 10", ["-10", "10"], ["11"]),
        ("0-10", ["10"], ["11", "-10"]),
        ("0 to 10 dB", ["10"], ["11"]),
        ("0..10, 20", ["20"], ["15"]),
        ("{0..10}, {20..30}", ["25"], ["15"]),
        ("0.5..2.5", ["1", "2.5"], ["3"]),
        ("-100..100 step 10", ["20"], ["15", "110"]),
        ("0..30 dB in steps of 2 dB", ["4"], ["5", "32"]),
        ("10 ms, 20 ms, 40 ms", ["20"], ["30"]),
        ("OFF, ON", ["OFF", "on"], ["AUTO", "1"]),
        ("OFF (0), ON (1)", ["OFF", "1"], ["2"]),
        ("0 = OFF; 1 = ON", ["OFF", "1"], ["2"]),
        ("OFF=0 | ON=1", ["ON", "0"], ["2"]),
        ("ON / OFF", ["ON"], ["AUTO"]),
        ("true or false", ["true"], ["1"]),
        ("0..10, UNLIMITED", ["unlimited", "3"], ["11"]),
    ],
)
def test_a_range_is_read_in_the_ways_it_is_printed(stated: str, inside: list[str], outside: list[str]) -> None:
    told = read_range(stated)
    assert told is not None
    assert [told.holds(value) for value in (*inside, *outside)] == [True] * len(inside) + [False] * len(outside)


@pytest.mark.parametrize(
    "stated",
    [
        "",
        "see the table",
        "Integer",
        "2G, 3G, 4G",
        "1..32 characters",
        "min 0, max 10",
        "0..100, default 5",
        "16QAM, 64QAM",
    ],
)
def test_of_what_is_not_all_understood_nothing_is_known(stated: str) -> None:
    assert read_range(stated) is None
    assert misfit("", stated, "anything") == ""


@pytest.mark.parametrize(
    ("kind", "fits", "fits_not"),
    [
        ("boolean", ["true", "FALSE"], ["1", "ON"]),
        ("Integer", ["-5", "7"], ["1.5", "x"]),
        ("uint8", ["0", "255"], ["-1", "256"]),
        ("int16", ["-32768"], ["32768"]),
        ("Unsigned int", ["3"], ["-3"]),
        ("float", ["0.5", "2"], ["x"]),
        ("moRef", ["SubNetwork=A,MeContext=B", "null"], ["5"]),
        ("string", ["anything", "5"], []),
        ("Enum AdmState", ["LOCKED"], []),
        ("", ["anything"], []),
    ],
)
def test_a_type_holds_its_values(kind: str, fits: list[str], fits_not: list[str]) -> None:
    assert [misfit(kind, "", value) for value in fits] == [""] * len(fits)
    assert all(misfit(kind, "", value) == f"no {kind}, the type" for value in fits_not)


def test_the_range_of_a_string_is_that_of_its_length() -> None:
    assert misfit("string", "0..128", "northern sector") == ""
