"""Finding a sample in a sealed version without reading it all: the rows of a split are ordered by id."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import BinaryIO

from randaemon.model import SPLITS


def split_of(sample: str, folder: Path) -> str:
    """The split of the version in this folder that has the sample; "" when none has, or its file is gone."""
    return next((name for name in SPLITS if _holds(folder / f"{name}.jsonl", sample)), "")


def part_of(fact: str, question: str, folder: Path) -> str:
    """The part of the version's evaluation set that asks this question for this fact; "" when none does."""
    try:
        with (folder / "evaluation.jsonl").open(encoding="utf-8") as rows:
            asking = (json.loads(row) for row in rows if fact in row)
            return next((str(row["part"]) for row in asking if row["messages"][0]["content"] == question), "")
    except FileNotFoundError:
        return ""


def _holds(file: Path, sample: str) -> bool:
    try:
        with file.open("rb") as rows:
            return _found(rows, sample)
    except FileNotFoundError:
        return False


def _found(rows: BinaryIO, sample: str) -> bool:
    """Halves the bytes that the row may begin in, about twenty times for a million rows."""
    low, high = 0, rows.seek(0, os.SEEK_END)
    while low < high:
        middle = (low + high) // 2
        row = _row_from(rows, middle)
        if row is None or (known := str(json.loads(row)["id"])) > sample:
            high = middle
        elif known == sample:
            return True
        else:
            low = rows.tell()
    return False


def _row_from(rows: BinaryIO, place: int) -> bytes | None:
    """The first row that begins at this byte or behind it."""
    rows.seek(max(place - 1, 0))
    if place:
        rows.readline()  # what is left of the row before; nothing but its end where one begins here
    return rows.readline() or None
