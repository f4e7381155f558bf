"""What the names of 3GPP's and a vendor's files say, and what they do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from randaemon.ran import deliveries, threegpp


@pytest.mark.parametrize(
    ("name", "number", "version", "release"),
    [
        ("38331-i60.zip", "38.331", "18.6.0", "Release 18"),
        ("38331-f30.zip", "38.331", "15.3.0", "Release 15"),
        ("38300-gl0.docx", "38.300", "16.21.0", "Release 16"),
        ("24229-083700.zip", "24.229", "8.37.0", "Release 8"),
        ("23501-010.zip", "23.501", "0.1.0", "draft"),
        ("25331-390.zip", "25.331", "3.9.0", "Release 1999"),
        ("36521-1-g10.zip", "36.521-1", "16.1.0", "Release 16"),
        ("51010-01-950.zip", "51.010-1", "9.5.0", "Release 9"),
        ("0408-6m0.zip", None, None, None),
        ("04.008-740.doc", "04.008", "7.4.0", "Release 1998"),
        ("23_series/23.501/23501-f00.zip", "23.501", "15.0.0", "Release 15"),
        ("38331-i60_s05.docx", "38.331", "18.6.0", "Release 18"),
        ("38331-I60.ZIP", "38.331", "18.6.0", "Release 18"),
        ("ts_138331v160100p.pdf", "38.331", "16.1.0", "Release 16"),
        ("ts_13652101v160100p.pdf", "36.521-1", "16.1.0", "Release 16"),
        ("report-2024.pdf", None, None, None),
        ("38331-ab.zip", None, None, None),
        ("1234567-abc.zip", None, None, None),
        ("", None, None, None),
    ],
)
def test_a_name_of_3gpp_tells_number_version_and_release(
    name: str, number: str | None, version: str | None, release: str | None
) -> None:
    found = threegpp.parse(name)
    assert (found and found.number, found and found.version, found and found.release) == (number, version, release)


def test_pieces_of_a_specification_in_several_files_are_told_apart() -> None:
    names = ["38331-i60_cover.docx", "38331-i60_s00-05.docx", "38331-i60-AnnexB.doc"]
    found = [threegpp.parse(name) for name in names]
    assert [each and each.piece for each in found] == ["cover", "s00-05", "AnnexB"]
    assert {each and each.version for each in found} == {"18.6.0"}


def test_what_is_told_reads_as_a_sentence_would() -> None:
    assert str(threegpp.parse("38331-i60.zip")) == "3GPP 38.331 version 18.6.0 (Release 18)"
    assert str(threegpp.parse("ts_138331v160100p.pdf")) == "3GPP TS 38.331 version 16.1.0 (Release 16)"
    assert str(threegpp.parse("38331-i60_s05.docx")) == "3GPP 38.331 version 18.6.0 (Release 18), s05"


@given(st.tuples(*[st.integers(0, 35)] * 3))
def test_every_version_that_fits_three_signs_comes_back(version: tuple[int, int, int]) -> None:
    signs = "".join("0123456789abcdefghijklmnopqrstuvwxyz"[part] for part in version)
    found = threegpp.parse(f"38331-{signs}.zip")
    assert found is not None
    assert found.version == ".".join(map(str, version))


@given(st.text(max_size=60))
def test_any_name_is_parsed_or_is_none(name: str) -> None:
    threegpp.parse(name)
    deliveries.parse(name)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("en_lzn7931071_r38f.zip", "library LZN 793 1071 R38F, English"),
        ("EN_LZN7931040_R50F", "library LZN 793 1040 R50F, English"),
        ("sv_lzn7931040.zip", "library LZN 793 1040, Swedish"),
        ("347_22104-LZA7016014_1Uen.BC.html", "document 347/221 04-LZA 701 6014/1 Uen, revision BC"),
        ("folder/12_1553-LZA7016017Uen.A.html", "document 12/1553-LZA 701 6017 Uen, revision A"),
        ("lzn.zip", None),
        ("en_library.zip", None),
    ],
)
def test_a_name_of_a_vendor_tells_number_revision_and_language(name: str, told: str | None) -> None:
    found = deliveries.parse(name)
    assert (None if found is None else str(found)) == told
