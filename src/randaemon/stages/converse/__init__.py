"""Stage 5: conversations about what was extracted, each answer made from its own evidence and nothing else."""

from __future__ import annotations

import msgspec

from randaemon.model import Category, Clean, Conversation, Done, Extraction, Item, Message, Outcome, Stage, Task
from randaemon.stages.converse.facts import Fact, Subject, facts_of, subject_of
from randaemon.stages.converse.operations import operations_of
from randaemon.stages.converse.wording import QUESTIONS

MAX_FACTS = 5_000  # of one document: four wordings each still fit the protocol's frame of 64 MiB


def run(task: Task) -> Outcome:
    """Clean Markdown and extraction in; a JSON list of `Conversation` out."""
    clean = msgspec.json.decode(task.inputs[Stage.PREPROCESS].read_bytes(), type=Clean)
    extraction = msgspec.json.decode(task.inputs[Stage.EXTRACT].read_bytes(), type=Extraction)
    found = facts(clean.markdown, extraction)
    said = [each for fact in found[:MAX_FACTS] for each in converse(fact)]
    left_out = max(len(found) - MAX_FACTS, 0)
    return Done(msgspec.json.encode(said), meta={"conversations": len(said), "facts_left_out": left_out})


def facts(markdown: str, extraction: Extraction) -> list[Fact]:
    """What the document says, one fact per item and attribute, in the order of the text; first mention wins."""
    features = extraction.of(Category.FEATURE)
    host = subject_of(features[0], markdown, None) if len({item.name for item in features}) == 1 else None
    found: dict[tuple[Category, str, str], Fact] = {}
    for item in extraction.items:
        for fact in _of(subject_of(item, markdown, host), host):
            found.setdefault((item.category, item.name, fact.attribute), fact)
    return list(found.values())


def converse(fact: Fact) -> list[Conversation]:
    """The fact in every wording of its set."""
    return [_conversation(fact, number, wording) for number, wording in enumerate(QUESTIONS[fact.asked])]


def _of(subject: Subject, host: Subject | None) -> list[Fact]:
    return [*facts_of(subject, host), *operations_of(subject, host)]


def _conversation(fact: Fact, number: int, wording: str) -> Conversation:
    item: Item = fact.subject.item
    return Conversation(
        kind=fact.kind,
        messages=(Message("user", wording.format(**fact.slots)), Message("assistant", fact.answer)),
        evidence=tuple(dict.fromkeys(fact.evidence)),
        category=item.category,
        entity=item.name,
        attribute=fact.attribute,
        phrasing=number,
        expected=fact.expected,
        heading=item.heading,
    )
