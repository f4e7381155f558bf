"""What a model can do: asks it the evaluation set and measures the held-out rows. Runs in the child only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from randaemon.quality.text import commands
from randaemon.training import generate
from randaemon.training.generate import Loaded
from randaemon.training.rows import Chat, Data, Row, asked_as_trained
from randaemon.training.scoring import SCORERS
from randaemon.training.spec import Measures, NoOp, Question, Scored

#: More questions narrow the interval by little and cost minutes on a real model; which ones are asked is by hash.
MOST = 1000
COMMANDS = 100  # held-out rows that are answered for the sake of their commands
LEAST_ROOM = 48  # tokens: a model that answers a general question in a sentence of its own is not cut short


@dataclass(frozen=True, slots=True)
class Exam:
    """The same questions and rows for every model."""

    parts: Mapping[str, tuple[Question, ...]]  # recall, trained, commands, refusal, forgetting
    held_out: tuple[Row, ...]
    longest: int  # tokens

    @classmethod
    def of(cls, data: Data, longest: int) -> Exam:
        """The exam of a version, at most MOST of each part: facts and rows are hashes, so the first ones are a draw."""
        recall = _drawn(data.questions)
        facts = {question.fact for question in recall}
        held_out = tuple(sorted(data.test, key=lambda row: row.id)[:MOST])
        wanted = (_as_question(row) for row in held_out if commands(row.messages[-1]["content"]))
        parts = {
            "recall": recall,
            "trained": tuple(question for question in asked_as_trained(data) if question.fact in facts),
            "commands": tuple(wanted)[:COMMANDS],
            "refusal": _drawn(data.refusals),
            "forgetting": _drawn(data.general),
        }
        return cls(parts, held_out, longest)

    @property
    def first(self) -> Chat:
        """The prompt on which models are compared logit by logit."""
        return self.parts["recall"][0].prompt if self.parts["recall"] else self.held_out[0].messages[:-1]


@dataclass(frozen=True, slots=True)
class Sat:
    """The outcome of one exam: the measures, and every answer for the record."""

    measures: Measures
    answers: tuple[Mapping[str, object], ...]


def sit(loaded: Loaded, exam: Exam, *, trained: bool) -> Sat:
    """Put a model through the exam; the trained phrasings only where that says something."""
    asked = {name: found for name, found in exam.parts.items() if trained or name != "trained"}
    flat = [(name, question) for name, found in asked.items() for question in found]
    room = _room(loaded, [question for _, question in flat])
    answered = generate.answers(loaded, [question.prompt for _, question in flat], room)
    texts = [
        (name, question, text, SCORERS[name](text, question))
        for (name, question), text in zip(flat, answered.texts, strict=True)
    ]
    scored = {
        part: tuple(Scored(question.fact, question.family, score) for name, question, _, score in texts if name == part)
        for part in SCORERS
    }
    measures = Measures(
        held_out=generate.losses(loaded, exam.held_out, exam.longest),
        tokens_per_second=round(answered.tokens_per_second, 1),
        **scored,
    )
    return Sat(measures, tuple(_record(*one) for one in texts))


def first_logits(loaded: Loaded, exam: Exam) -> Any:
    """The logits after the first question's prompt: what an adapter must change."""
    import mlx.core as mx

    prompt = generate.prompt(loaded, exam.first)
    logits = loaded.model(mx.array([prompt]))[0, -1].astype(mx.float32)
    mx.eval(logits)  # now: lazily it would be computed from the weights of a later moment
    return logits


def no_op(start: Mapping[str, Any], weights: Mapping[str, Any], before: Any, after: Any) -> NoOp:
    """How far the trained weights are from their start (`lora_b` starts at zero), and the logits from the base's."""
    import mlx.core as mx

    def largest(array: Any) -> float:
        value: Any = mx.abs(array).max().item()
        return float(value)

    moved = [largest(value - start[name]) for name, value in weights.items() if name in start]
    grown = [largest(value) for name, value in weights.items() if name.endswith(".lora_b")]
    return NoOp(weight_change=max(moved + grown, default=0.0), logit_change=largest(after - before))


def _drawn(questions: Sequence[Question]) -> tuple[Question, ...]:
    return tuple(sorted(questions, key=lambda question: question.fact)[:MOST])


def _as_question(row: Row) -> Question:
    return Question(row.id, row.family, row.messages[:-1], {}, row.messages[-1]["content"])


def _room(loaded: Loaded, questions: Sequence[Question]) -> int:
    """Tokens an answer may have: the longest reference answer and a little."""
    longest = max((len(loaded.tokenizer.encode(question.answer)) for question in questions), default=0)
    return max(longest + 8, LEAST_ROOM)


def _record(part: str, question: Question, answer: str, score: float) -> dict[str, object]:
    return {
        "part": part,
        "fact": question.fact,
        "prompt": list(question.prompt),
        "expected": dict(question.expected),
        "reference": question.answer,
        "answer": answer,
        "score": score,
    }
