"""What a model can do: asks it the evaluation set and measures the held-out rows. Runs in the child only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from randaemon.training import evaluate, generate
from randaemon.training.generate import Loaded
from randaemon.training.rows import Data, Row, asked_as_trained
from randaemon.training.spec import Measures, NoOp, Question, Scored

#: More questions narrow the interval by little and cost minutes on a real model; which ones are asked is by hash.
MOST = 1000


@dataclass(frozen=True, slots=True)
class Exam:
    """The same questions and rows for every model."""

    recall: tuple[Question, ...]
    trained: tuple[Question, ...]
    held_out: tuple[Row, ...]
    longest: int  # tokens

    @classmethod
    def of(cls, data: Data, longest: int) -> Exam:
        """The exam of a version, at most MOST of each part: facts and rows are hashes, so the first ones are a draw."""
        recall = tuple(sorted(data.questions, key=lambda question: question.fact)[:MOST])
        facts = {question.fact for question in recall}
        trained = tuple(question for question in asked_as_trained(data) if question.fact in facts)
        return cls(recall, trained, tuple(sorted(data.test, key=lambda row: row.id)[:MOST]), longest)


@dataclass(frozen=True, slots=True)
class Sat:
    """The outcome of one exam: the measures, and every answer for the record."""

    measures: Measures
    answers: tuple[Mapping[str, object], ...]


def sit(loaded: Loaded, exam: Exam, *, trained: bool) -> Sat:
    """Put a model through the exam; the trained phrasings only where that says something."""
    questions = exam.recall + (exam.trained if trained else ())
    texts = generate.answers(loaded, [question.prompt for question in questions], _room(loaded, questions))
    scored = [
        Scored(question.fact, question.family, evaluate.score(text, question))
        for question, text in zip(questions, texts, strict=True)
    ]
    cut = len(exam.recall)
    measures = Measures(tuple(scored[:cut]), tuple(scored[cut:]), generate.losses(loaded, exam.held_out, exam.longest))
    record = (
        _record("recall" if index < cut else "trained", question, texts[index], scored[index].score)
        for index, question in enumerate(questions)
    )
    return Sat(measures, tuple(record))


def first_logits(loaded: Loaded, exam: Exam) -> Any:
    """The logits after the first question's prompt: what an adapter must change."""
    import mlx.core as mx

    prompt = generate.prompt(loaded, exam.recall[0].prompt if exam.recall else exam.held_out[0].messages[:-1])
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


def _room(loaded: Loaded, questions: Sequence[Question]) -> int:
    """Tokens an answer may have: the longest reference answer and a little."""
    longest = max((len(loaded.tokenizer.encode(question.answer)) for question in questions), default=0)
    return longest + 8


def _record(part: str, question: Question, answer: str, score: float) -> dict[str, object]:
    return {
        "part": part,
        "fact": question.fact,
        "question": question.prompt[-1]["content"],
        "expected": dict(question.expected),
        "reference": question.answer,
        "answer": answer,
        "score": score,
    }
