"""What changed between two versions, by what is taught: ids change with every issue of a document, facts do not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]
Key = tuple[str, str, str]  # fact, kind and question


@dataclass(frozen=True, slots=True)
class Difference:
    """Rows that came, rows that left, and pairs that ask the same and answer otherwise; each ordered."""

    added: tuple[Row, ...]
    removed: tuple[Row, ...]
    changed: tuple[tuple[Row, Row], ...]
    same: int

    def by_document(self) -> dict[str, dict[str, int]]:
        """Counts by the title of the document; one without a title goes by where it was found."""
        counts: dict[str, dict[str, int]] = {}
        for name, rows in (
            ("added", self.added),
            ("removed", self.removed),
            ("changed", [new for _, new in self.changed]),
        ):
            for row in rows:
                entry = counts.setdefault(_called(row), {"added": 0, "removed": 0, "changed": 0})
                entry[name] += 1
        return dict(sorted(counts.items()))


def _called(row: Row) -> str:
    return str(row["title"]) or next(map(str, row["places"]), "a document without a title")


def compare(before: Iterable[Row], after: Iterable[Row]) -> Difference:
    """Compare two versions' rows."""
    old, new = _keyed(before), _keyed(after)
    both = sorted(old.keys() & new.keys())
    changed = tuple((old[key], new[key]) for key in both if _answers(old[key]) != _answers(new[key]))
    return Difference(
        tuple(new[key] for key in sorted(new.keys() - old.keys())),
        tuple(old[key] for key in sorted(old.keys() - new.keys())),
        changed,
        len(both) - len(changed),
    )


def _keyed(rows: Iterable[Row]) -> dict[Key, Row]:
    return {(row["fact"], row["kind"], row["messages"][0]["content"]): row for row in rows}


def _answers(row: Row) -> list[str]:
    return [each["content"] for each in row["messages"] if each["role"] == "assistant"]
