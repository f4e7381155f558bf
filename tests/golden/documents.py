"""The annotated documents here, each after the stages before extraction, and how finds are counted against them."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.golden import forms
from tests.golden.stages import cleaned

from randaemon.model import Category, Clean, Extraction
from randaemon.stages.extract import extract

HERE = Path(__file__).parent
SOURCES = {path.name.partition(".")[0]: path for path in sorted((HERE / "documents").iterdir())}
NAMES = sorted(SOURCES)


@dataclass
class Tally:
    """Weighted hits, misses and false finds of one category over all documents."""

    hits: float = 0.0
    found: float = 0.0
    wanted: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def add(self, found: set[str], wanted: set[str]) -> None:
        """Count one document; a list of more than 100 names weighs as 100."""
        weight = min(1.0, 100 / max(len(wanted), 1))
        self.hits += weight * len(found & wanted)
        self.found += weight * len(found)
        self.wanted += weight * len(wanted)
        self.wrong += sorted(found ^ wanted)

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.hits / (self.found + self.wanted) if self.found + self.wanted else 1.0


@cache
def document(name: str) -> Clean:
    """`x.pdf.md` is written in Markdown and delivered as PDF; other files are delivered as they are."""
    path = SOURCES[name]
    data, suffixes = path.read_bytes(), path.name.split(".")[1:]
    if len(suffixes) > 1:
        data = {"pdf": forms.pdf, "docx": forms.docx}[suffixes[0]](data.decode())
    return delivered(data)


def delivered(data: bytes) -> Clean:
    """The bytes of a file after unpack, convert and preprocess."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        source.write_bytes(data)
        return cleaned(source, Path(folder))


@cache
def extraction(name: str) -> Extraction:
    """What the rules find in an annotated document."""
    return extract(document(name))


def annotation(name: str) -> dict[str, Any]:
    """The hand annotation: names by category, some fields, `optional` names, names that are the `same`.

    `missed` names and fields are known not to be found: they count against the rules, and one that is found has to go.
    """
    text = (HERE / "annotations" / f"{name}.json").read_text(encoding="utf-8")
    return {"optional": {}, "same": {}, "missed": {}, **json.loads(text)}


def compared(name: str, category: Category) -> tuple[set[str], set[str]]:
    """Names found and names wanted, without the optional ones."""
    told = annotation(name)
    optional = set(told["optional"].get(category.value, ()))
    found = {told["same"].get(item.name, item.name) for item in extraction(name).of(category)}
    return found - optional, set(told[category.value]) - optional
