"""Counting over a whole version what a sample must hold: every span, every gate, every score, once more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from randaemon import quality
from randaemon.model import Candidate, Clean, Extraction

Source = Callable[[str], tuple[Clean, Extraction] | None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found: every count of `wrong` should be missing."""

    samples: int = 0
    spans: int = 0
    wrong: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()  # ids, at most a few of each kind of wrong

    @property
    def ok(self) -> bool:
        """True when nothing is wrong."""
        return not self.wrong


def verify(rows: Iterable[Mapping[str, Any]], candidates: Mapping[str, Candidate], source: Source) -> Verdict:
    """Judge every row against its document as it is stored now: `source` gives text and extraction of a digest."""
    wrong: Counter[str] = Counter()
    examples: list[str] = []
    samples = spans = 0
    known: dict[str, tuple[str, quality.Scorer] | None] = {}
    for row in rows:
        samples += 1
        spans += len(row["evidence"])
        if row["document"] not in known:
            known[row["document"]] = _scorer(source(row["document"]))
        for problem in _problems(row, candidates.get(row["id"]), known[row["document"]]):
            wrong[problem] += 1
            if wrong[problem] <= _SHOWN:
                examples.append(f"{row['id']}: {problem}")
    return Verdict(samples, spans, dict(sorted(wrong.items())), tuple(examples))


_SHOWN = 3


def _scorer(found: tuple[Clean, Extraction] | None) -> tuple[str, quality.Scorer] | None:
    return (found[0].markdown, quality.Scorer(found[0].markdown, found[1])) if found else None


def _problems(
    row: Mapping[str, Any], candidate: Candidate | None, known: tuple[str, quality.Scorer] | None
) -> list[str]:
    if known is None:
        return ["its document is not stored"]
    markdown, scorer = known
    found = [
        "a span is not its slice" for span in row["evidence"] if markdown[span["start"] : span["end"]] != span["text"]
    ]
    if candidate is None:
        return [*found, "it is no candidate"]
    if [each.content for each in candidate.conversation.messages] != [each["content"] for each in row["messages"]]:
        found.append("its words are not the candidate's")
    score = scorer.score(candidate.conversation)
    if not score.accepted:
        found.append(f"the gate {score.gate} refuses it")
    elif score.value != row["score"]:
        found.append("its score is another")
    return found
