"""The rows of a sealed version as training sees them. Pure but for reading the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from randaemon.errors import TrainingError
from randaemon.model import SPLITS
from randaemon.training.spec import EVALUATION, Question

Chat = tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One assistant turn with everything before it: with a masked prompt only the last turn of a row is trained."""

    id: str
    fact: str
    family: str
    messages: Chat


@dataclass(frozen=True, slots=True)
class Data:
    """A version, read."""

    train: tuple[Row, ...]
    valid: tuple[Row, ...]  # chooses the checkpoint, so it cannot judge it too
    test: tuple[Row, ...]  # judges, and is seen by nothing before
    questions: tuple[Question, ...]  # recall: each in a phrasing that its fact was not trained with
    refusals: tuple[Question, ...] = ()  # what the documents do not answer
    general: tuple[Question, ...] = ()  # nothing of RAN: what must not be forgotten

    def texts(self) -> list[str]:
        """Every text of the train split, in order: what a tiny model's tokenizer is made from."""
        return [message["content"] for row in self.train for message in row.messages]


def read(folder: Path) -> Data:
    """Read a version folder. Raises TrainingError naming the file that is missing, damaged or empty."""
    train, valid, test = (_split(folder / f"{name}.jsonl") for name in SPLITS)
    asked = _questions(folder / EVALUATION)
    return Data(train, valid, test, asked["recall"], asked["refusal"], asked["forgetting"])


def asked_as_trained(data: Data) -> tuple[Question, ...]:
    """The recall questions again, each in the first phrasing that its fact was trained with."""
    phrasing: dict[str, Row] = {}
    for row in data.train:
        if len(row.messages) == 2:
            phrasing.setdefault(row.fact, row)
    return tuple(
        replace(question, prompt=phrasing[question.fact].messages[:-1])
        for question in data.questions
        if question.fact in phrasing
    )


def _split(file: Path) -> tuple[Row, ...]:
    rows = tuple(row for record in _records(file) for row in _turns(record))
    if not rows:
        raise TrainingError(f"the split {file.name} is empty", hint="add documents, then randaemon dataset stats")
    return rows


def _turns(record: Mapping[str, Any]) -> Iterator[Row]:
    messages = tuple({"role": str(turn["role"]), "content": str(turn["content"])} for turn in record["messages"])
    for index, message in enumerate(messages):
        if message["role"] == "assistant":
            yield Row(
                id=f"{record['id']}:{index}",
                fact=str(record.get("fact", "")),
                family=str(record.get("family", "")),
                messages=messages[: index + 1],
            )


def _questions(file: Path) -> Mapping[str, tuple[Question, ...]]:
    """The questions of each part that is asked, one a fact."""
    parts: dict[str, dict[str, Question]] = {"recall": {}, "refusal": {}, "forgetting": {}}
    for record in _records(file):
        part, fact = parts.get(record["part"]), str(record["fact"])
        if part is not None and fact not in part:
            part[fact] = msgspec.convert({**record, "prompt": record["messages"]}, Question)
    return {name: tuple(part.values()) for name, part in parts.items()}


def _records(file: Path) -> Iterator[dict[str, Any]]:
    try:
        for line in file.read_bytes().splitlines():
            yield msgspec.json.decode(line)
    except (OSError, ValueError) as error:
        raise TrainingError(f"{file} cannot be read: {error}", hint="randaemon dataset build seals it anew") from error
