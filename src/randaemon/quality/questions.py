"""Is a question one that a person would ask: what is clumsy about its words, whatever it is about. Pure.

Only what no English sentence does is a fault: a question by somebody else than our templates must not lose by taste.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import lru_cache

#: How much of a question each fault takes.
FAULTS = {
    "hollow": 0.6,  # an article or preposition with nothing behind it: "What is the of X?"
    "no verb": 0.6,
    "doubled": 0.5,  # a word twice in a row, a noun on both sides of its name
    "repeated": 0.4,  # the thing is named more than once
    "agreement": 0.4,  # "What are the unit of X?", "What does X means?"
    "article": 0.3,  # "a event", "an parameter"
    "mark": 0.3,  # asked without a question mark
    "capitals": 0.3,  # none at the beginning, or one on every word
    "spaces": 0.3,  # left by something that is missing
}


def clumsiness(question: str, names: Sequence[str], *, once: bool = True) -> float:
    """0.0 of a question without fault; each fault takes its share of what the others leave."""
    return 1 - math.prod(1 - FAULTS[fault] for fault in faults(question, tuple(names)) if once or fault != "repeated")


@lru_cache(maxsize=4096)
def faults(question: str, names: tuple[str, ...]) -> frozenset[str]:
    """The faults of what a user says in one turn. `names`: those of what is asked about, whose spelling is given."""
    said, count = _without(question, names)
    found = {fault for fault, pattern in _PATTERNS if pattern.search(said)}
    sentences = _SENTENCE.split(said)
    if any(map(_no_verb, sentences)):
        found.add("no verb")
    if _asks(sentences[-1]) and not sentences[-1].endswith("?"):
        found.add("mark")
    if not (question[:1].isupper() or question.startswith(names)) or _shouts(said):
        found.add("capitals")
    if any(not any(each[0] in name for name in names) for each in _TWICE.finditer(question)):
        found.add("doubled")
    if count > 1:
        found.add("repeated")
    return frozenset(found)


_NAME = "It"  # in place of any name


def _without(question: str, names: tuple[str, ...]) -> tuple[str, int]:
    """The question with a pronoun for every name of the thing, and how often it is named."""
    pattern = _any_of(names)
    return pattern.subn(_NAME, question) if pattern else (question, 0)


@lru_cache(maxsize=512)
def _any_of(names: tuple[str, ...]) -> re.Pattern[str] | None:
    longest_first = map(re.escape, sorted(filter(None, names), key=len, reverse=True))
    return re.compile(rf"(?<![\w.])(?:{'|'.join(longest_first)})(?!\w|\.\w)", re.IGNORECASE) if any(names) else None


def _asks(sentence: str) -> bool:
    """`When it is on, …` may tell, all else that begins so asks."""
    return bool(_WH.match(sentence) or _HELPING_FIRST.match(sentence)) and not _TELLS.match(sentence)


def _no_verb(sentence: str) -> bool:
    """`What the unit of …`, or nothing but nouns between the question word and who comes next: `Which value it …`."""
    found = _WH.match(sentence)
    if found is None or not _asks(sentence):
        return False
    asked = _WORD.findall(_NEXT.split(sentence[found.end() :], maxsplit=1)[0].lower())
    return bool(_BARE.match(sentence)) or (bool(asked) and set(asked) <= _NOUNS)


def _shouts(said: str) -> bool:
    """`What Is The Range Of It?`, or all of it in capitals."""
    words = [word for word in _WORD.findall(said) if word != _NAME]
    return len(words) > 2 and all(word[0].isupper() for word in words)


_SENTENCE = re.compile(r"(?<=[.!?]) +(?=\S)")
_WORD = re.compile(r"[A-Za-z]+(?:['’][a-z]+)?")
_LEADING = "to|in|by|for|from|of|under|with|on|at|into|after"
_WH = re.compile(
    rf"(?:(?:and|so|but) )?(?:(?:{_LEADING}) )?(?:what|which|when|where|who|whose|why|how)\b", re.IGNORECASE
)
_HELPING_FIRST = re.compile(r"(?:Can|Could|Is|Are|Was|Does|Do|Did|Will|Would|Should|Must|May|Has) ")
_TELLS = re.compile(r"(?:when|where|how|(?:in|on|at|under|by|with) \w+)\b[^?]*,", re.IGNORECASE)
_BARE = re.compile(
    rf"(?:what|when|where|why|how|who) (?:the|an?|its|this|these|that|I|you|we|{_NAME}"
    r"|be|documented|described|known|written|given|needed|stated|left)\b",
    re.IGNORECASE,
)
_NEXT = re.compile(rf"\b(?:the|an?|its|this|these|that|I|you|we|it|{_NAME})\b")
_TWICE = re.compile(r"(?<![\w.])(?!that\b|had\b)([A-Za-z][\w.]*) \1(?![\w.]*\w)", re.IGNORECASE)

_NOUN = "parameters?|counters?|events?|features?|attributes?|commands?|values?"
_SMALL = "of|in|to|for|with|from|by|at|on|is|are|was|does|do|has|have|and|or|the|an?"
_FINITE = "is|are|was|does|do|has|have|of"
_SOUNDS_LIKE_Y = "uni|us[aeu]|ut|ura|eu|one\\b|once\\b|ue\\b"
_THIRD = "has|means|does|takes|reports|counts|belongs|carries|contains|runs|says"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (fault, re.compile(pattern))
    for fault, pattern in (
        ("hollow", rf"\b(?:[Tt]he|[Aa]n?|its) (?:{_SMALL})(?![\w/-])|\b(?:the|an?|its)[?.]"),
        ("hollow", rf"\b(?:of|between|with|from|by|in|at) (?:{_FINITE})\b|\b(?:of|between) (?:and|or)\b"),
        ("hollow", r"(?<!part)(?<!kind)(?<!made)(?<!consist) of[?.]|[,:;(–-][?.]|\( ?\)|“ ?”|\" ?\"|\{\w*\}"),
        ("doubled", rf"(?i)\b({_NOUN}) It \1\b"),
        ("article", r"\b[Aa]n (?!hour|honest|heir)[bcdfghj-np-tvwyz][a-z]*[aeiou][a-z]+\b"),
        ("article", rf"\b[Aa] (?!{_SOUNDS_LIKE_Y})[aeiou][a-z]+\b"),
        (
            "agreement",
            r"\bare (?:the|its) (?:[a-z]+ )*?(?!data|people|media|criteria)[a-z]+(?<!s) (?:of|for|between|to) ",
        ),
        ("agreement", r"\b[Ww]hat is (?:the|its) (?:[a-z]+ )*?[a-z]+(?<![sui])s (?:of|for|between|to) "),
        ("agreement", r"\b(?:is|does|has|was) (?:these|those)\b|\b[Tt]hese (?:parameter|counter|event|feature)\b"),
        ("agreement", rf"\bdoes [^?.]*\b(?:{_THIRD})\?"),
        ("spaces", r"  +\S| [?!.,;:](?: |\Z)|\A "),
    )
)
_ASKED_FOR = """
    access attribute attributes class classes cmedit command commands condition counter counters counting data default
    event events fact facts feature features identity key licence license mo name node package parameter parameters
    possible precondition prerequisites radio range related state type types unit units value values
"""
_NOUNS = frozenset(_ASKED_FOR.split())
