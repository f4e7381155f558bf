"""Number, revision and date as the heads and feet of pages print them. All numbers are fictional."""

from __future__ import annotations

import pytest

from randaemon.ran.imprint import Imprint, house_number, read

LABELS = [["Prepared (also subject responsible if other)", "No."], ["Approved", "Checked", "Date", "Rev", "Reference"]]


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        (
            [
                LABELS[0],
                ["EAB/FX Some Body", "12/221 04-LZA 999 6014/1 Uen"],
                LABELS[1],
                ["EAB/FX", "", "2019-03-11", "PB2", ""],
            ],
            Imprint("12/221 04-LZA 999 6014/1 Uen", "PB2", "2019-03-11"),
        ),
        (
            [["Prepared\nEAB/FX", "No.\n12/1553-HSC 999 88 Uen"], ["Approved\nx", "Date\n2019-03-11", "Rev\nA"]],
            Imprint("12/1553-HSC 999 88 Uen", "A", "2019-03-11"),
        ),
        (
            [
                ["Prepared (also subject responsible if other) No."],
                ["EAB/FX, Some Body 155 86–HSC 999 447/1 Uen"],
                ["Approved Checked Date Rev Reference"],
                ["EAB/FX (Some Body) 2006-06-22 C"],
            ],
            Imprint("155 86-HSC 999 447/1 Uen", "C", "2006-06-22"),
        ),
        ([["210/1551-HSC 999 6001/1 Uen M | 2018-06-04"]], Imprint("210/1551-HSC 999 6001/1 Uen", "M", "2018-06-04")),
        ([["Doc 21/1553-HSC 999 88 Uen Rev A"]], Imprint("21/1553-HSC 999 88 Uen", "A")),
        ([["Document No.: DN09999982"], ["Issue: 02A"]], Imprint("DN09999982", "02A")),
        ([["Issue 05 (2020-03-10)"]], Imprint("", "05")),
        ([["ATR-2024-0117 Rev B"]], Imprint("ATR-2024-0117", "B")),
        ([["TS-0012-NR"], ["Page 2 of 13"]], Imprint("TS-0012-NR")),
        ([["ATR-2024-0117", "2024-05-01"]], Imprint("ATR-2024-0117")),
        ([["Document number\nRX-77-3 of the lab"], ["Version\n1.4"]], Imprint("RX-77-3 of the lab", "1.4")),
    ],
)
def test_an_imprint_is_read_in_each_way_that_it_is_printed(rows: list[list[str]], wanted: Imprint) -> None:
    assert read(rows) == wanted


@pytest.mark.parametrize(
    "rows",
    [
        [["Page 2 of 13"], ["No. 3"], ["No. of pages: 12"]],
        [["Prepared", "No."], ["EAB/FX Some Body", "2 (3)"]],
        [["3GPP TS 38.300 V16.2.0 (2020-07)"], ["Release 16"]],
        [["ISO-9001-2015 certified"], ["FAJ-121-4001"], ["LTE-2100"], ["ATR-2024-0117 was passed"]],
        [["Revision history"], ["Date"], ["Confidential"]],
        [["2019-03-11"], ["Some Vendor AB"]],
        [[""], []],
    ],
)
def test_what_only_looks_like_an_imprint_is_none(rows: list[list[str]]) -> None:
    assert read(rows) == Imprint()


def test_the_number_of_another_document_gives_no_revision() -> None:
    rows = [["No.\n12/1553-HSC 999 88 Uen"], ["See 44/1553-HSC 999 77 Uen C"]]
    assert read(rows) == Imprint("12/1553-HSC 999 88 Uen")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("# Acceptance Test Report ATR-2024-0117\n\nAll passed.\n", "ATR-2024-0117"),
        ("# ATR-2024-0117 – Acceptance of Lantern Bay\n", "ATR-2024-0117"),
        ("# Acceptance\n\n| Report | ATR-2024-0117 |\n| --- | --- |\n| Customer | Some One |\n", "ATR-2024-0117"),
        ("# Acceptance\n\n**Document no.:** TS-0012-NR, rev B\n", "TS-0012-NR"),
        ("# Acceptance\n\nTS-0012-NR\n\nIt is about cells.\n", "TS-0012-NR"),
        ("# Notes\n\nDoc 109 47-LZA 999 6020/27Q1 Uen, PA7\n", "109 47-LZA 999 6020/27Q1 Uen"),
        # sites, standards, features, what others are called, and what stands further down
        ("# Sites\n\nMTS-NR-0117\n\nMTS-NR-0118\n", ""),
        ("# Quality\n\nISO-9001-2015\n", ""),
        ("# Feature\n\nFAJ-121-4001\n", ""),
        ("# Notes\n\nSee the report ATR-2024-0117 for it.\n", ""),
        ("# Notes\n" + "\nIt is about cells.\n" * 20 + "\nReport ATR-2024-0117\n", ""),
    ],
)
def test_the_opening_of_a_text_tells_its_number(text: str, number: str) -> None:
    assert house_number(text) == number
