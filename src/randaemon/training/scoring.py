"""What one answer is worth, part by part of the evaluation set. Pure; every score is between 0 and 1."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from statistics import fmean

from randaemon.quality.text import commands, folded
from randaemon.ran import cmedit
from randaemon.training.spec import Question

#: How an answer says that the documents do not tell. The wording that was taught is one of many.
_DECLINES = re.compile(
    r"\b(?:do(?:es)? not|don't|doesn't|did not|is not|isn't|are not|cannot|can't|could not|not)\s+(?:\w+\s+){0,2}?"
    r"(?:state|say|tell|give|given|mention|mentioned|specif(?:y|ied)|describe|stated|documented|provided?|contain|include"
    r"|know|find|found|defined?|available)"
    r"|\bno (?:\w+ ){0,2}(?:information|mention|value|data)\b|\bunknown\b|\bundocumented\b",
    re.IGNORECASE,
)


def recalled(answer: str, question: Question) -> float:
    """The share of the fields to recall that the answer carries; without any, whether it is the reference answer.

    What the question itself says is no recall: an answer that only repeats it earns nothing.
    """
    asked = str(question.prompt[-1]["content"])
    wanted = [value for value in question.expected.values() if not carries(asked, value)]
    if not wanted:
        return float(_plain(answer) == _plain(question.answer))
    return fmean(carries(answer, value) for value in wanted)


def declined(answer: str, question: Question) -> float:  # noqa: ARG001 every scorer is asked alike
    """Did the answer say that the documents do not tell, instead of making something up?"""
    return float(_DECLINES.search(answer) is not None)


def remembered(answer: str, question: Question) -> float:
    """General knowledge: the answer holds the value, in whatever case, or one of its spellings (`seven|7`)."""
    spellings = str(question.expected.get("value", "")).split("|")
    return float(any(carries(folded(answer), folded(spelling)) for spelling in spellings))


def commanded(answer: str, question: Question) -> float:  # noqa: ARG001 every scorer is asked alike
    """The share of the answer's `cmedit` commands that are well formed and set no counter; none at all is 0."""
    found = commands(answer)
    return fmean(not cmedit.check(command) for command in found) if found else 0.0


#: The scorer of each part of an exam.
SCORERS: Mapping[str, Callable[[str, Question], float]] = {
    "recall": recalled,
    "trained": recalled,
    "commands": commanded,
    "refusal": declined,
    "forgetting": remembered,
}


def carries(answer: str, value: str) -> bool:
    """Does the answer hold this value as a whole word, number or command? `15` is not in `150`, `-15` or `0.15`."""
    wanted = re.escape(_plain(value))
    return bool(wanted) and re.search(rf"(?<![\w.])(?<!(?<!\w)-){wanted}(?!\w)(?!\.\d)", _plain(answer)) is not None


def _plain(text: str) -> str:
    """Without differences in white space."""
    return " ".join(text.split())
