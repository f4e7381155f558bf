"""How good a sample is, pure: gates that refuse, a score that weighs, and what both say of a whole document.

`score` judges one conversation; `Scorer` does the same for many of one document, with the look-ups made once.
A gate that refuses gives value 0 and its name; else the value is the weighted mean of the
components that apply (grounding .30, completeness .20, relevance .15, actionability .15, linkage .10,
form .10), rounded to four places so that stored scores compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from randaemon.model import Candidate, Conversation, Extraction, Item, Score
from randaemon.quality import copies
from randaemon.quality.case import Case, Page
from randaemon.quality.components import COMPONENTS, VOTE
from randaemon.quality.gates import GATES

__all__ = ["COMPONENTS", "GATES", "Scorer", "coverage", "document_quality", "score", "taught"]


def score(conversation: Conversation, markdown: str, extraction: Extraction) -> Score:
    """Judge one conversation against the clean Markdown and the extraction of its document."""
    return Scorer(markdown, extraction).score(conversation)


class Scorer:
    """Judges the conversations of one document."""

    def __init__(self, markdown: str, extraction: Extraction) -> None:
        self._page = Page.of(markdown, extraction)

    def score(self, conversation: Conversation) -> Score:
        """The value with its components, or 0 with the gate that refused and why; judged without its neighbours."""
        case = Case.of(conversation, self._page)
        return _refusal(case) or _weigh(case)

    def scores(self, conversations: Sequence[Conversation]) -> list[Score]:
        """The same of all that is said of the document, in that order: near copies of each other fall in form."""
        cases = [Case.of(each, self._page) for each in conversations]
        judged = [(case, _refusal(case)) for case in cases]
        likeness = copies.likenesses(case.conversation for case, refusal in judged if refusal is None)
        return [
            refusal or _weigh(replace(case, likeness=likeness.get(copies.told(case.conversation), 0.0)))
            for case, refusal in judged
        ]


def _refusal(case: Case) -> Score | None:
    for name, gate in GATES.items():
        if reason := gate(case):
            return Score(0.0, gate=name, reason=reason)
    return None


def _weigh(case: Case) -> Score:
    """The weighted mean of the components that apply, whatever the gates would say."""
    parts = {name: (weight, component(case)) for name, (weight, component) in COMPONENTS.items()}
    if case.conversation.judged is not None:
        parts["judge"] = (VOTE, case.conversation.judged)
    applied = {name: (weight, value) for name, (weight, value) in parts.items() if value is not None}
    total = sum(weight for weight, _ in applied.values())
    value = sum(weight * value for weight, value in applied.values()) / total
    return Score(round(value, 4), {name: round(value, 4) for name, (_, value) in applied.items()})


def document_quality(items: Sequence[Item], candidates: Iterable[Candidate]) -> float:
    """Q of a document: coverage times the mean score of its accepted samples; 0.0 with none."""
    accepted = [each for each in candidates if each.score.accepted]
    mean = sum(each.score.value for each in accepted) / len(accepted) if accepted else 0.0
    return round(coverage(items, accepted) * mean, 4)


def coverage(items: Sequence[Item], accepted: Iterable[Candidate]) -> float:
    """Share of the items, one per category and name, that at least one accepted sample teaches."""
    wanted = {(item.category.value, item.name) for item in items}
    known = {item for each in accepted for item in taught(each.conversation)}
    return len(wanted & known) / len(wanted) if wanted else 0.0


def taught(conversation: Conversation) -> set[tuple[str, str]]:
    """(category, name) of every item that the conversation teaches; that it names them the gates have seen to.

    A question back and a refusal teach manners, not items.
    """
    if conversation.kind in ("clarification", "refusal"):
        return set()
    own = (conversation.category.value, conversation.entity)
    return {own, *((category, name) for category, name, _ in conversation.states)}
