"""Conversations that a model writes: what the rules can only quote, explained in sentences of its own.

Asked about few items, those of which the text tells more than a sentence. What it writes passes the same gates and the
same score as what the rules write; where gates refuse most of it, or its score stays under the target, a better model
is told why and tries once more, and the better of the two is kept. A judge, where one is wanted, sees the source beside
the answer; its vote is one part of the score.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from randaemon import quality
from randaemon.model import Conversation, Extraction, Item, Message, Purpose, Reply, Request, Span, Tier
from randaemon.quality.text import plain, speaks_to_models
from randaemon.stages.converse.facts import Subject, subject_of
from randaemon.stages.converse.wording import NOUNS
from randaemon.stages.prompting import Dialogue, Prompt, fenced, load

KIND: Final = "explanation"
MOST: Final = 8  # items of one document
_LEAST_TEXT: Final = 120  # characters of prose about an item: of less the rules say all there is
_LONGEST_TEXT: Final = 4000
_ANSWER: Final = 800  # tokens
_NAMES: Final = ("mo", "identity", "title")
_TEXTS: Final = ("description", "trigger", "condition", "precondition", "prerequisites", "after")

SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["conversations"],
    "properties": {
        "conversations": {
            "type": "array",
            "maxItems": 2,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["question", "answer", "uses"],
                "properties": {
                    "question": {"type": "string", "minLength": 8, "maxLength": 300},
                    "answer": {"type": "string", "minLength": 20, "maxLength": 1500},
                    "uses": {"type": "array", "maxItems": 12, "items": {"type": "integer", "minimum": 1}},
                },
            },
        }
    },
}
VOTE: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["score"],
    "properties": {"score": {"type": "integer", "minimum": 0, "maximum": 10}},
}


@dataclass(frozen=True, slots=True)
class Writer:
    """What is written for one document."""

    markdown: str
    extraction: Extraction
    dialogue: Dialogue
    mode: str
    target: float = 0.0  # score under which a better model is asked

    def conversations(self) -> list[Conversation]:
        """Everything that models wrote so far. With requests left in the dialogue it is not all."""
        scorer = quality.Scorer(self.markdown, self.extraction)
        return [each for item in chosen(self.extraction.items) for each in self._about(item, scorer)]

    def judged(self, said: Sequence[Conversation]) -> list[Conversation]:
        """The same, with the vote of a judge on what models wrote."""
        return [replace(each, judged=self._vote(each)) if each.kind == KIND else each for each in said]

    def _about(self, item: Item, scorer: quality.Scorer) -> list[Conversation]:
        if self.dialogue.mute:
            self.dialogue.missing += 1
            return []
        source = Source.of(item, self.markdown)
        if speaks_to_models(f"{source.subject.name}\n{source.shown}"):
            return []
        asked = source.request(load("converse"), self.dialogue.first)
        reply = self.dialogue.ask(asked)
        if reply is None or _declined(reply):
            return []
        said = Tried.of(source.read(reply, self.mode), scorer)
        if not (said.refused or (said.mean < self.target and self.dialogue.better(asked.tier))):
            return said.conversations
        again = self.dialogue.again(asked, reply, _wrong(said, self.target))
        return max(Tried.of(source.read(again, self.mode), scorer), said, key=lambda tried: tried.worth).conversations

    def _vote(self, each: Conversation) -> float | None:
        excerpts = "\n".join(self.markdown[span.start : span.end] for span in each.evidence)
        if self.dialogue.mute or any(
            map(speaks_to_models, (excerpts, *(message.content for message in each.messages)))
        ):
            return None
        pair = "\n".join(f"{message.role}: {message.content}" for message in each.messages)
        messages = load("judge").messages(excerpts=excerpts, pair=pair)
        reply = self.dialogue.ask(Request(Purpose.JUDGE, self.dialogue.tier(Tier.BALANCED), messages, VOTE, 32))
        return vote(reply)


@dataclass(frozen=True, slots=True)
class Tried:
    """What a model wrote about one item, and what the gates and the score make of it."""

    conversations: list[Conversation]
    problems: tuple[str, ...]  # why gates refused some of it
    mean: float  # score of the others

    @classmethod
    def of(cls, said: list[Conversation], scorer: quality.Scorer) -> Tried:
        """Each judged by itself."""
        scores = [scorer.score(each) for each in said]
        good = [score.value for score in scores if score.accepted]
        problems = tuple(score.reason for score in scores if not score.accepted)
        return cls(said, problems, sum(good) / len(good) if good else 0.0)

    @property
    def refused(self) -> bool:
        """Most of it, or it was nothing that could be read."""
        return len(self.problems) * 2 > len(self.conversations) or not self.conversations

    @property
    def worth(self) -> tuple[int, float, int]:
        """What decides between two tries: how many hold, how well; then the one that can be shown as refused."""
        return len(self.conversations) - len(self.problems), self.mean, len(self.conversations)


def chosen(items: Sequence[Item]) -> list[Item]:
    """The items that are worth a model's explanation, in the order of the text: those the text says most of."""
    worth = [item for item in items if item.category in NOUNS and len(_prose(item)) >= _LEAST_TEXT]
    best = sorted(worth, key=lambda item: (-len(_prose(item)), item.span.start, item.name))[:MOST]
    return sorted(best, key=lambda item: (item.span.start, item.name))


def vote(reply: Reply | None) -> float | None:
    """A judge's score as a share; None when it gave none."""
    try:
        score = json.loads(reply.text)["score"] if reply is not None and reply.outcome == "ok" else None
    except (ValueError, KeyError, TypeError):
        return None
    return score / 10 if isinstance(score, int) and not isinstance(score, bool) and 0 <= score <= 10 else None


@dataclass(frozen=True, slots=True)
class Source:
    """What a model is shown of an item: numbered excerpts, each a slice of the text."""

    subject: Subject
    excerpts: tuple[Span, ...]

    @classmethod
    def of(cls, item: Item, markdown: str) -> Source:
        """The item's fields, long ones first cut to what a prompt has room for."""
        subject = subject_of(item, markdown, None)
        told = {span for name, span in item.fields.items() if name not in _NAMES}
        spans = sorted(told, key=lambda span: span.start)
        kept: list[Span] = []
        for span in spans:
            if sum(len(each.text) for each in kept) + len(span.text) <= _LONGEST_TEXT:
                kept.append(span)
        return cls(subject, tuple(kept))

    @property
    def shown(self) -> str:
        """The excerpts as the prompt shows them."""
        return "\n".join(f"[{number}] {plain(span.text)}" for number, span in enumerate(self.excerpts, 1))

    def request(self, prompt: Prompt, tier: Tier) -> Request:
        """The question."""
        noun = NOUNS[self.subject.item.category]
        messages = prompt.messages(noun=noun, name=self.subject.name, excerpts=self.shown)
        return Request(Purpose.CONVERSE, tier, messages, SCHEMA, _ANSWER)

    def read(self, reply: Reply | None, mode: str) -> list[Conversation]:
        """The conversations of a reply. Total: of a reply in another form none."""
        if reply is None or reply.outcome != "ok":
            return []
        try:
            told = [(str(each["question"]), str(each["answer"]), list(each["uses"])) for each in _entries(reply.text)]
        except (ValueError, KeyError, TypeError, RecursionError):
            return []
        return [self._conversation(place, entry, reply.model, mode) for place, entry in enumerate(told)]

    def _conversation(self, place: int, entry: tuple[str, str, list[object]], model: str, mode: str) -> Conversation:
        question, answer, uses = entry
        item = self.subject.item
        used = tuple(self.excerpts[number - 1] for number in _numbers(uses, len(self.excerpts)))
        # The text is part of the name: two models, or two tries of one, write two conversations.
        digest = hashlib.sha256(f"{question}\0{answer}".encode("utf-8", "surrogatepass")).hexdigest()[:8]
        return Conversation(
            kind=KIND,
            messages=(Message("user", question.strip()), Message("assistant", answer.strip())),
            evidence=tuple(dict.fromkeys((*self.subject.evidence, *(used or self.excerpts)))),
            category=item.category,
            entity=item.name,
            attribute=f"explained:{digest}",
            phrasing=place,
            expected={"identifier": self.subject.name},
            heading=item.heading,
            mode=mode,
            generator=f"model:{model}",
        )


def _entries(text: str) -> Sequence[Any]:
    return list(json.loads(text)["conversations"])[:2]


def _numbers(uses: list[object], count: int) -> Iterator[int]:
    for number in uses:
        if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= count:
            yield number


def _prose(item: Item) -> str:
    return " ".join(item.fields[name].text for name in _TEXTS if name in item.fields)


def _declined(reply: Reply) -> bool:
    """The model said that there is nothing to explain: a good reply, and no other is asked for."""
    try:
        return reply.outcome == "ok" and not _entries(reply.text)
    except (ValueError, KeyError, TypeError, RecursionError):
        return False


def _wrong(said: Tried, target: float) -> str:
    """What the next model is told of the first one's try."""
    wrong = "; ".join(dict.fromkeys(said.problems))[:600]
    if not wrong and said.conversations:
        wrong = f"it says too little of what the excerpts say (score {said.mean:.2f}, wanted {target:.2f})"
    wrong = wrong or "it is not the JSON object that was asked for"
    return f"That cannot be used:\n{fenced(wrong)}\nWrite again, and say only what the excerpts say."
