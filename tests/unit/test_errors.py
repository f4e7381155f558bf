"""Damage of a file and a defect of ours are told apart."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from randaemon.errors import DAMAGE, STUMBLES, Unreadable
from randaemon.stages.convert.office.package import opened


@pytest.fixture
def office(tmp_path: Path) -> Path:
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    return tmp_path / "a.docx"


@pytest.mark.parametrize("defect", STUMBLES)
def test_a_defect_of_ours_in_reading_a_document_is_not_told_as_its_damage(
    office: Path, defect: type[Exception]
) -> None:
    with pytest.raises(defect), opened(office):
        raise defect


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_reading_a_damaged_file_raises_is_told_as_damage(office: Path, damage: type[Exception]) -> None:
    with pytest.raises(Unreadable, match="damaged"), opened(office):
        raise damage
