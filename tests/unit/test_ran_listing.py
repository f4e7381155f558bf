"""Tables by their headers: the published lists and the tables of feature documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from randaemon.ran.listing import Kind, layout


def test_every_published_list_is_recognised_by_its_header(shared: Path) -> None:
    published = json.loads((shared / "domain" / "csv_formats.json").read_text())
    known = [entry for entry in published if entry.get("header")]
    assert len(known) >= 17
    for entry in known:
        wanted = entry["format"].partition(" ")[0]
        assert layout(entry["header"]).kind.value == wanted, entry["file"]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        (("Parameter", "Type", "Description"), Kind.PARAMETERS),
        (("**Counter**", "Description"), Kind.COUNTERS),
        (("Event", "Event Parameter", "Description"), Kind.EVENTS),
        (("Feature", "Relationship", "Description"), Kind.DEPENDENCIES),
        (("Feature Name", "Feature Identity", "Access Type", "Relationship", "Description"), Kind.DEPENDENCIES),
        (("\ufeffMO Class Name", "Parameter  Name"), Kind.PARAMETERS),
        (("Role", "Model"), Kind.GENERIC),
        ((), Kind.GENERIC),
    ],
)
def test_tables_of_documents_are_recognised(header: tuple[str, ...], kind: Kind) -> None:
    assert layout(header).kind is kind


def test_parameter_description_is_of_the_row_only_in_a_list_of_parameters() -> None:
    assert layout(("MO Class Name", "Parameter Name", "Parameter Description")).columns["description"] == 2
    assert "description" not in layout(("PmEvent Name", "Event Parameter Name", "Parameter Description")).columns
