"""The fictional library is what demo, tests and benchmarks measure against: it must be stable and say the truth."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from randaemon.demo.files import library, write_zip
from randaemon.demo.library import MAX_FEATURES, features
from randaemon.demo.pages import feature_page


def test_the_same_library_is_the_same_bytes_at_every_call(tmp_path: Path) -> None:
    first = write_zip(tmp_path / "a.zip", library(4))
    second = write_zip(tmp_path / "b.zip", library(4))
    assert first.read_bytes() == second.read_bytes()


def test_every_feature_has_names_of_its_own() -> None:
    everything = features(MAX_FEATURES)
    assert len({each.title for each in everything}) == MAX_FEATURES
    assert len({each.identity for each in everything}) == MAX_FEATURES
    names = [parameter.full_name for each in everything for parameter in each.parameters]
    assert len(set(names)) == len(names)


def test_more_features_than_names_are_refused() -> None:
    with pytest.raises(ValueError, match="has 144 features, not 145"):
        features(1, MAX_FEATURES)


def test_a_default_lies_in_its_own_range() -> None:
    for feature in features(MAX_FEATURES):
        for each in feature.parameters:
            if each.data_type == "boolean":
                assert each.default in ("true", "false")
            else:
                low, high = (int(bound) for bound in each.values.split(".."))
                assert low <= int(each.default) <= high


def test_a_feature_page_says_every_fact_of_its_feature() -> None:
    feature = features(1)[0]
    page = feature_page(feature)
    for parameter in feature.parameters:
        assert parameter.full_name in page
        assert f"Default: {parameter.default}." in page
    for text in (feature.identity, feature.licence_key, *feature.activation, feature.counters[0].full_name):
        assert text in page


def test_exactly_the_damaged_member_fails_its_checksum(tmp_path: Path) -> None:
    content = library(4)
    archive = write_zip(tmp_path / "library.zip", content)
    bad = []
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            try:
                opened.read(info)
            except zipfile.BadZipFile:
                bad.append(info.filename)
    assert tuple(bad) == content.damaged


def test_the_word_document_opens_and_holds_the_parameters() -> None:
    import docx

    content = library(3)
    (data,) = [data for name, data in content.members if name.endswith(".docx")]
    document = docx.Document(io.BytesIO(data))
    cells = [row.cells[0].text for row in document.tables[0].rows]
    assert [each.full_name for each in content.described[-1].parameters] == cells[1:]
