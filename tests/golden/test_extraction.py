"""Extraction against hand annotations: fictional documents here, openly licensed ones in the shared corpus.

Names are matched normalised, pooled over the documents that have items of a category; a list of more than 100 names
weighs as 100. Documents without any are controls on which nothing may be found.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest

from randaemon.model import Category, Clean, Extraction, Stage, Task
from randaemon.stages import extract
from randaemon.stages.extract import extract as read

HERE = Path(__file__).parent
NAMES = sorted(path.stem for path in (HERE / "documents").glob("*.md"))


@dataclass
class Tally:
    """Weighted hits, misses and false finds of one category over all documents."""

    hits: float = 0.0
    found: float = 0.0
    wanted: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def add(self, found: set[str], wanted: set[str]) -> None:
        weight = min(1.0, 100 / max(len(wanted), 1))
        self.hits += weight * len(found & wanted)
        self.found += weight * len(found)
        self.wanted += weight * len(wanted)
        self.wrong += sorted(found ^ wanted)

    @property
    def f1(self) -> float:
        return 2 * self.hits / (self.found + self.wanted) if self.found + self.wanted else 1.0


def document(name: str) -> str:
    return (HERE / "documents" / f"{name}.md").read_text(encoding="utf-8")


def annotation(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((HERE / "annotations" / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def names_of(extraction: Extraction, category: Category) -> set[str]:
    return {item.name for item in extraction.of(category)}


def test_every_category_of_the_fictional_documents_is_found_exactly() -> None:
    tallies: dict[Category, Tally] = defaultdict(Tally)
    for name in NAMES:
        extraction, wanted = read(Clean(markdown=document(name))), annotation(name)
        for category in Category:
            if wanted[category.value]:
                tallies[category].add(names_of(extraction, category), set(wanted[category.value]))
    assert set(tallies) == set(Category)
    assert {category: tally.wrong for category, tally in tallies.items() if tally.f1 < 1} == {}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_found_in_a_category_the_document_does_not_have(name: str) -> None:
    extraction, wanted = read(Clean(markdown=document(name))), annotation(name)
    surplus = {category: names_of(extraction, category) for category in Category if not wanted[category.value]}
    assert not any(surplus.values()), surplus


@pytest.mark.parametrize("name", NAMES)
def test_every_span_is_its_slice_and_every_annotated_field_is_told(name: str) -> None:
    markdown, wanted = document(name), annotation(name)
    extraction = read(Clean(markdown=markdown))
    told = {item.name: item for item in extraction.items}
    for item in extraction.items:
        for span in (item.span, *item.fields.values()):
            assert markdown[span.start : span.end] == span.text
    for entity, fields in wanted["fields"].items():
        assert {key: told[entity].fields[key].text for key in fields if key in told[entity].fields} == fields, entity
    assert extraction.meta["document_number"] == wanted["document_number"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_one_item_and_never_both_parameter_and_counter(name: str) -> None:
    extraction = read(Clean(markdown=document(name)))
    keys = [(item.category, item.name) for item in extraction.items]
    assert len(keys) == len(set(keys))
    assert not names_of(extraction, Category.PARAMETER) & names_of(extraction, Category.COUNTER)


def test_the_stage_reads_its_input_and_writes_an_extraction(tmp_path: Path) -> None:
    clean = tmp_path / "clean.json"
    clean.write_bytes(msgspec.json.encode(Clean(markdown=document("lte_feature"), title="Harbour Cell Sleep")))
    task = Task(Stage.EXTRACT, "0" * 64, tmp_path / "none", {Stage.PREPROCESS: clean}, tmp_path, {})
    outcome = extract.run(task)
    assert outcome.artifact is not None
    stored = msgspec.json.decode(outcome.artifact, type=Extraction)
    assert stored == read(Clean(markdown=document("lte_feature"), title="Harbour Cell Sleep"))
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
    extraction = read(cleaned(shared / "corpus" / source, tmp_path))
    for category in Category:
        optional = set(wanted["optional"].get(category.value, ()))
        printed = {item.text for item in extraction.of(category)} - optional
        tally = Tally()
        tally.add(printed, set(wanted[category.value]) - optional)
        assert tally.f1 == 1.0, (category, tally.wrong[:10])
        assert not printed & set(wanted["traps"])


def cleaned(source: Path, folder: Path) -> Clean:
    """The document after the stages before this one."""
    from randaemon.model import Done
    from randaemon.stages import convert, preprocess, unpack

    unpacked = unpack.run(Task(Stage.UNPACK, "0" * 64, source, {}, folder, {}))
    assert isinstance(unpacked, Done)
    converted = convert.run(Task(Stage.CONVERT, "0" * 64, source, {}, folder, {}, meta=unpacked.meta), office=None)
    assert isinstance(converted, Done)
    assert converted.artifact is not None
    artifact = folder / "converted.json"
    artifact.write_bytes(converted.artifact)
    done = preprocess.run(Task(Stage.PREPROCESS, "0" * 64, source, {Stage.CONVERT: artifact}, folder, {}))
    assert isinstance(done, Done)
    assert done.artifact is not None
    return msgspec.json.decode(done.artifact, type=Clean)
