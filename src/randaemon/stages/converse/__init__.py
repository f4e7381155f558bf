"""Stage 5: conversations about what was extracted, each answer made from its own evidence and nothing else.

Four modes, each with all that it can say by itself:

    basic    one question about what each item's own section says of it
    cmedit   and the commands that operate the items
    grouped  items told together, by feature, MO class or section
    hybrid   grouped, the commands, and every fact, procedure, comparison, explanation, follow-up, question back and
             refusal that the document supports
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from randaemon import quality
from randaemon.model import Category, Clean, Conversation, Done, Extraction, Message, Meta, Outcome, Stage, Task
from randaemon.stages.converse.dialogues import draw
from randaemon.stages.converse.facts import Fact
from randaemon.stages.converse.model import Writer
from randaemon.stages.converse.modes import MODES, facts
from randaemon.stages.converse.wording import Phrases, load
from randaemon.stages.prompting import Dialogue

__all__ = ["MAX_FACTS", "MODES", "converse", "facts", "route", "run"]

MAX_FACTS = 5_000  # of one document: four wordings each still fit the protocol's frame of 64 MiB
TARGET = 0.85  # of a document's Q: a mode that reaches it is good enough
_SAMPLE = 40  # facts by which a mode is judged while it is being chosen


def run(task: Task) -> Outcome:
    """Clean Markdown and extraction in; a JSON list of `Conversation` out.

    Options: `mode` forces one of MODES ("" = routed), `prompts` a folder of phrase templates over the shipped ones,
    `llm` has a model explain what the text says most of, `judge` has another one judge that; under the score `target` a
    better one writes it again; for `models`, `models_away` and `hard` see `prompting.Dialogue`.
    """
    clean = msgspec.json.decode(task.inputs[Stage.PREPROCESS].read_bytes(), type=Clean)
    extraction = msgspec.json.decode(task.inputs[Stage.EXTRACT].read_bytes(), type=Extraction)
    phrases = load(str(task.options.get("prompts", "")))
    mode = str(task.options.get("mode", "")) or route(clean.markdown, extraction, phrases)
    dialogue = Dialogue.of(task)
    target = float(str(task.options.get("target", 0.0)))
    written = _written(Writer(clean.markdown, extraction, dialogue, mode, target), task)
    if (asks := dialogue.asks()) is not None:
        return asks
    found = facts(clean.markdown, extraction, mode, phrases)
    said = [each for fact in found[:MAX_FACTS] for each in converse(fact, phrases, mode)] + written
    left_out = max(len(found) - MAX_FACTS, 0)
    told: Meta = {"conversations": len(said), "facts_left_out": left_out, "mode": mode}
    return Done(msgspec.json.encode(said), meta={**told, **dialogue.told("converse", task.meta), **dialogue.mark({})})


def _written(writer: Writer, task: Task) -> list[Conversation]:
    """What models wrote so far, and what a judge says of it."""
    written = writer.conversations() if task.options.get("llm") else []
    return writer.judged(written) if task.options.get("judge") else written


def route(markdown: str, extraction: Extraction, phrases: Phrases | None = None) -> str:
    """The mode for a document: by what is in it, then the next better one as long as Q stays under the target."""
    start = MODES.index(_first(extraction))
    for mode in MODES[start:-1]:
        if _quality(markdown, extraction, mode, phrases or load()) >= TARGET:
            return mode
    return MODES[-1]


def converse(fact: Fact, phrases: Phrases | None = None, mode: str = "hybrid") -> list[Conversation]:
    """The fact in the wordings that it is to be asked in: all of its set, or some of them by hash."""
    questions = (phrases or load()).questions(fact.asked, fact.slots)
    places = list(range(len(questions)))
    if fact.wordings:
        order = sorted(places, key=lambda place: draw(f"wording{place}", f"{fact.subject.item.name}:{fact.attribute}"))
        places = sorted(order[: fact.wordings])
    return [_conversation(fact, place, questions[place], mode) for place in places]


def _first(extraction: Extraction) -> str:
    """Operable items and several kinds of them want everything; names alone want lists."""
    if not extraction.items or not any(item.fields for item in extraction.items):
        return "grouped"
    kinds = {item.category for item in extraction.items}
    return "hybrid" if len(kinds) > 1 or kinds & {Category.PARAMETER, Category.FEATURE} else "grouped"


def _quality(markdown: str, extraction: Extraction, mode: str, phrases: Phrases) -> float:
    found = facts(markdown, extraction, mode, phrases)
    scorer = quality.Scorer(markdown, extraction)
    judged = sorted(found, key=lambda fact: draw("judged", f"{fact.subject.item.name}:{fact.attribute}"))[:_SAMPLE]
    scores = [scorer.score(converse(fact, phrases, mode)[0]).value for fact in judged]
    taught = {name for fact in found for name in _taught(fact)}
    wanted = {(item.category.value, item.name) for item in extraction.items}
    coverage = len(wanted & taught) / len(wanted) if wanted else 0.0
    return coverage * sum(scores) / len(scores) if scores else 0.0


def _taught(fact: Fact) -> set[tuple[str, str]]:
    item = fact.subject.item
    return {(item.category.value, item.name), *((category, name) for category, name, _ in fact.states)}


def _conversation(fact: Fact, number: int, question: str, mode: str) -> Conversation:
    item = fact.subject.item
    turns: Sequence[tuple[str, str]] = ((question, fact.answer), *fact.more)
    return Conversation(
        kind=fact.kind,
        messages=tuple(
            Message(role, text) for turn in turns for role, text in zip(("user", "assistant"), turn, strict=True)
        ),
        evidence=tuple(dict.fromkeys(fact.evidence)),
        category=item.category,
        entity=item.name,
        attribute=fact.attribute,
        phrasing=number,
        expected=fact.expected,
        heading=item.heading,
        mode=mode,
        states=fact.states,
    )
