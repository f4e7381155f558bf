"""Counting over a whole version what samples must hold: every span, every gate, every score, and no leak."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from randaemon import quality
from randaemon.dataset.leaks import Leak, leaks
from randaemon.model import Candidate, Clean, Extraction, Item, Score

EDITED = "review:"  # how the generator of an edited sample begins
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


def verify(
    splits: Mapping[str, Sequence[Mapping[str, Any]]], candidates: Mapping[str, Candidate], source: Source
) -> Verdict:
    """Judge every row against its document as it is stored now, and the splits against each other.

    `source` gives text and extraction of a digest. `candidates`: all of the documents by id, refused ones included,
    since a sample's form falls with its near copies; and those that people edited.
    """
    wrong: Counter[str] = Counter()
    examples: list[str] = []
    samples = spans = 0
    library = _Library(source, candidates)
    for row in (row for rows in splits.values() for row in rows):
        samples += 1
        spans += len(row["evidence"])
        for problem in _problems(row, candidates.get(row["id"]), library.judged(row["document"])):
            wrong[problem] += 1
            if wrong[problem] <= _SHOWN:
                examples.append(f"{row['id']}: {problem}")
    if found := leaks(splits, library.items):
        wrong[_LEAKS] = len(found)
        examples += [f"{leak.asked_by}: asks {_fact(leak)}, which {leak.told_by} tells" for leak in found[:_SHOWN]]
    return Verdict(samples, spans, dict(sorted(wrong.items())), tuple(examples))


_LEAKS = "an earlier split tells what it asks"


def _fact(leak: Leak) -> str:
    told = leak.told
    return f"{told.field} of {told.name}" if told.field else told.value


class _Library:
    """The documents that rows are from, each judged once, and all their items."""

    def __init__(self, source: Source, candidates: Mapping[str, Candidate]) -> None:
        self.items: list[Item] = []
        self._source = source
        self._known: dict[str, _Judged | None] = {}
        self._of: defaultdict[str, list[Candidate]] = defaultdict(list)
        for each in candidates.values():
            self._of[each.digest].append(each)

    def judged(self, digest: str) -> _Judged | None:
        """None for a document that is not stored."""
        if digest not in self._known:
            found = self._source(digest)
            self.items += found[1].items if found else ()
            self._known[digest] = _judged(found, self._of[digest])
        return self._known[digest]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A document's text, and the scores that its candidates earn today."""

    markdown: str
    scores: Mapping[str, Score]


_SHOWN = 3


def _judged(found: tuple[Clean, Extraction] | None, candidates: Sequence[Candidate]) -> _Judged | None:
    """Candidates of a document are judged together; an edit was judged by itself."""
    if found is None:
        return None
    scorer = quality.Scorer(found[0].markdown, found[1])
    edits = [each for each in candidates if each.conversation.generator.startswith(EDITED)]
    passed = [each for each in candidates if each.score.gate in ("", "score") and each not in edits]
    scores = scorer.scores([each.conversation for each in passed])
    together = {each.id: score for each, score in zip(passed, scores, strict=True)}
    return _Judged(found[0].markdown, together | {each.id: scorer.score(each.conversation) for each in edits})


def _problems(row: Mapping[str, Any], candidate: Candidate | None, known: _Judged | None) -> list[str]:
    if known is None:
        return ["its document is not stored"]
    quoted = row["evidence"]
    wrong = (span for span in quoted if known.markdown[span["start"] : span["end"]] != span["text"])
    found = ["a span is not its slice" for _ in wrong]
    if candidate is None or candidate.id not in known.scores:
        return [*found, "it is no candidate"]
    if [each.content for each in candidate.conversation.messages] != [each["content"] for each in row["messages"]]:
        found.append("its words are not the candidate's")
    score = known.scores[candidate.id]
    if not score.accepted:
        found.append(f"the gate {score.gate} refuses it")
    elif score.value != row["score"]:
        found.append("its score is another")
    return found
