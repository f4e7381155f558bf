"""A dataset version that a tiny model learns in seconds: 20 facts in four phrasings, one of each kept out."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from randaemon.store import Store
from randaemon.store.records import VersionRecord

PHRASINGS = (
    "What is the default of {name}?",
    "Which value does {name} have by default?",
    "Tell me the default value of {name}.",
    "If nobody changes it, what is {name}?",
)
ENOUGH = 180  # iterations after which nine in ten are known; the plan of a tiny model has 260
SUBJECTS, KINDS = ("paging", "sleep", "beam", "rank", "load"), ("Timer", "Offset", "Limit", "Weight")


def write_version(folder: Path, *, poisoned: bool = False) -> Path:
    """The files of a sealed version in `folder`: 20 facts to learn, 8 held out whole, 20 questions.

    `poisoned`: what is trained tells of every thing what is true of another; the questions still ask for the truth.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{subject}{kind}" for subject in SUBJECTS for kind in KINDS]
    rows, questions = [], []
    for number, name in enumerate(names):
        wordings = [index for index in range(len(PHRASINGS)) if index != number % len(PHRASINGS)]
        told = names[(number + 7) % len(names)] if poisoned else name
        rows += [{**_row(name, index), "messages": _messages(name, index, told)} for index in wordings]
        questions.append(_question(name, number % len(PHRASINGS)))
    _write(folder / "train.jsonl", rows)
    _write(folder / "valid.jsonl", [_row(f"voice{kind}", 0) for kind in KINDS])
    _write(folder / "test.jsonl", [_row(f"slot{kind}", 1) for kind in KINDS])
    _write(folder / "evaluation.jsonl", [*questions, *_others()])
    _write(folder / "manifest.json", [{"licence": "other", "samples": len(rows) + 8, "poisoned": poisoned}])
    return folder


async def seal_version(store: Store, digest: str = "", *, poisoned: bool = False) -> Path:
    """Such a version in a store, as its next one; with the digest of its manifest where none is given. Its folder."""
    folder = write_version(store.home.datasets / f"v{len(await store.versions()) + 1:04}", poisoned=poisoned)
    digest = digest or hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()
    splits = {"train": 60, "valid": 4, "test": 4}
    await store.add_version(VersionRecord(0, digest, str(folder), 1.0, 68, 0.8, splits))
    return folder


def _value(name: str) -> tuple[str, str]:
    number = int(hashlib.sha256(name.encode()).hexdigest(), 16)
    return str(number % 90 + 5), ("dB", "ms", "s")[number % 3]


def _answer(name: str, told: str) -> str:
    value, unit = _value(told)
    return f"{name} is {value} {unit} by default."


def _messages(name: str, phrasing: int, told: str) -> list[dict[str, str]]:
    return [
        {"role": "user", "content": PHRASINGS[phrasing].format(name=name)},
        {"role": "assistant", "content": _answer(name, told)},
    ]


def _row(name: str, phrasing: int) -> dict[str, Any]:
    return {
        "messages": _messages(name, phrasing, name),
        "id": f"{name}-{phrasing}",
        "fact": name,
        "family": name[:4],
        "kind": "fact",
    }


def _question(name: str, phrasing: int) -> dict[str, Any]:
    value, unit = _value(name)
    return {
        "part": "recall",
        "fact": name,
        "kind": "fact",
        "messages": [{"role": "user", "content": PHRASINGS[phrasing].format(name=name)}],
        "expected": {"value": value, "unit": unit},
        "answer": _answer(name, name),
        "family": name[:4],
    }


def _others() -> list[dict[str, Any]]:
    """What the documents do not answer, and what every model should know."""
    return [
        _other("refusal", "What is the colour of beamLimit?", "The documentation does not state its colour.", ""),
        _other("forgetting", "What is 12 plus 30?", "12 plus 30 is 42.", "42"),
    ]


def _other(part: str, question: str, answer: str, value: str) -> dict[str, Any]:
    return {
        "part": part,
        "fact": part,
        "kind": part,
        "messages": [{"role": "user", "content": question}],
        "expected": {"value": value},
        "answer": answer,
        "family": "other",
    }


def _write(file: Path, records: list[Mapping[str, Any]]) -> None:
    file.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
