"""Extraction against hand annotations: fictional documents here, openly licensed ones in the shared corpus.

Names are matched normalised, pooled over the documents that have items of a category; a list of more than 100 names
weighs as 100. Documents without any are controls on which nothing may be found.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

import msgspec
import pytest
from tests.golden.documents import NAMES, Tally, annotation, compared, document, extraction
from tests.golden.stages import cleaned

from randaemon.model import Category, Extraction, Stage, Task
from randaemon.stages import extract
from randaemon.stages.extract import extract as read

FLOORS = {
    Category.PARAMETER: 0.97,
    Category.COUNTER: 0.97,
    Category.EVENT: 0.95,
    Category.FEATURE: 0.92,
    Category.RELATED_FEATURE: 0.92,
    Category.PROCEDURE: 0.92,
}


def test_every_category_is_found_as_well_as_it_has_to_be_and_precision_is_098() -> None:
    tallies: dict[Category, Tally] = defaultdict(Tally)
    for name in NAMES:
        for category in Category:
            found, wanted = compared(name, category)
            if wanted:
                tallies[category].add(found, wanted)
    assert {category: tally.wrong for category, tally in tallies.items() if tally.f1 < FLOORS[category]} == {}
    assert set(tallies) == set(Category)
    assert sum(tally.hits for tally in tallies.values()) >= 0.98 * sum(tally.found for tally in tallies.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_names_of_a_document_are_found_exactly(name: str) -> None:
    """Stricter than what must hold: a document that falls short is named with what is missing and what is surplus."""
    missed = {category: set(annotation(name)["missed"].get(category.value, ())) for category in Category}
    wrong = {category: compared(name, category) for category in Category}
    wrong = {category: (found, wanted - missed[category]) for category, (found, wanted) in wrong.items()}
    assert {key: (wanted - found, found - wanted) for key, (found, wanted) in wrong.items() if found != wanted} == {}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_found_in_a_category_the_document_does_not_have(name: str) -> None:
    pairs = {category: compared(name, category) for category in Category}
    surplus = {category: found for category, (found, wanted) in pairs.items() if not wanted}
    assert not any(surplus.values()), surplus


@pytest.mark.parametrize("name", NAMES)
def test_every_span_is_its_slice_and_every_annotated_field_is_told(name: str) -> None:
    markdown, wanted = document(name).markdown, annotation(name)
    told = {item.name: item for item in extraction(name).items}
    for item in extraction(name).items:
        for span in (item.span, *item.fields.values()):
            assert markdown[span.start : span.end] == span.text
    for entity, fields in wanted["fields"].items():
        for key in wanted["missed"].get("fields", {}).get(entity, ()):
            assert key not in told[entity].fields
            del fields[key]
        assert {key: told[entity].fields[key].text for key in fields if key in told[entity].fields} == fields, entity
    number = wanted["missed"].get("document_number", wanted["document_number"])  # what is told in its place
    assert extraction(name).meta["document_number"] == number


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_one_item_and_never_both_parameter_and_counter(name: str) -> None:
    keys = [(item.category, item.name) for item in extraction(name).items]
    assert len(keys) == len(set(keys))
    names = [
        {each for category, each in keys if category is wanted} for wanted in (Category.PARAMETER, Category.COUNTER)
    ]
    assert not names[0] & names[1]


def test_the_stage_reads_its_input_and_writes_an_extraction(tmp_path: Path) -> None:
    clean = tmp_path / "clean.json"
    clean.write_bytes(msgspec.json.encode(document("lte_feature")))
    task = Task(Stage.EXTRACT, "0" * 64, tmp_path / "none", {Stage.PREPROCESS: clean}, tmp_path, {})
    outcome = extract.run(task)
    assert outcome.artifact is not None
    stored = msgspec.json.decode(outcome.artifact, type=Extraction)
    assert stored == read(document("lte_feature"))
    assert stored.meta["title"] == "Harbour Cell Sleep"
    assert stored.meta["parameters_containing_pm"] == 2
    assert outcome.artifact == extract.run(task).artifact


@pytest.mark.parametrize(
    ("gold", "source"),
    [("enm_cli_readme_md", "md/enm-cli__README.md"), ("ranpm_pm_xml", "xml/nonrtric-plt-ranpm__pm.xml")],
)
def test_openly_licensed_documents_agree_with_their_annotation(
    gold: str, source: str, shared: Path, tmp_path: Path
) -> None:
    wanted = json.loads((shared / "corpus" / "gold" / f"{gold}.json").read_text(encoding="utf-8"))
    found = read(cleaned(shared / "corpus" / source, tmp_path))
    for category in Category:
        optional = set(wanted["optional"].get(category.value, ()))
        printed = {item.text for item in found.of(category)} - optional
        tally = Tally()
        tally.add(printed, set(wanted[category.value]) - optional)
        assert tally.f1 == 1.0, (category, tally.wrong[:10])
        assert not printed & set(wanted["traps"])
