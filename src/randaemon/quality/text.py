"""Words, identifiers, numbers and commands of a text: what the gates and the score compare.

Comparisons are made on tokens, never on raw text, so that table bars, line breaks and `<br>` do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from functools import lru_cache

from randaemon.quality.units import apart

#: All wordings of a fact share answer and evidence, so that taking the same text apart again is most of the work:
#: 1.0 ms a sample without this, 0.2 ms with it.
_again = lru_cache(maxsize=4096)

#: Words that carry no claim of their own: grammar, and what every answer about a managed object says.
_NEUTRAL = """
    a an and are as at be been before after by can cannot do does following follows for from has have held hold holds
    how if in into is it its may must no not of on one only or out set that the their them then there these they this
    to under until up upon use used uses using via was what when where whether which while who whose why will with you
    access according activate activated activates activation allowed apply applies deactivate deactivated attribute
    attributes belong belongs between bring brings carry carries change changed changes check checked class cmedit
    command commands comes condition consists counter counters counting counts data default defined described describes
    description done effect event events feature features given give gives identified identity introduced key known
    licence license mo means name named names node object orders package parameter parameters part place procedure range
    read reads reported reports run said says sets specifies state states status mention mentions mentioned make sure
    within follow shows deactivates several stand possible but documentation nothing section related differ differs
    differing look see more than mean whole step steps stored take taken takes tells text triggered trigger type unit
    units valid value values written
"""
NEUTRAL = frozenset(_NEUTRAL.split())

#: Marks of chat templates: text that holds one could put words into the model's mouth.
CHAT_MARKER = re.compile(
    r"<\|[^|<>\n]{1,40}\|>|<｜[^｜<>\n]{1,40}｜>|</?think>|</?tool_(?:call|response)>|</?tools>|\[/?INST\]|<</?SYS>>"
    r"|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>"
)

#: Sentences that give orders to a language model: data that wants to be obeyed.
ORDERS = re.compile(
    r"\b(?:ignore|disregard|forget)\s+(?:all\s+|any\s+|the\s+|your\s+)*(?:previous|prior|above|earlier)\s+"
    r"(?:instructions?|prompts?|messages?|rules)\b|"
    r"\byou are (?:now )?(?:an? )?(?:\w+ ){0,2}(?:AI|(?:language )?model|assistant|chatbot)\b|"
    r"\b(?:new|updated|secret|hidden) instructions\b|\byour (?:instructions|prompt|training|system message)\b|"
    r"\b(?:reply|respond|answer|continue) (?:only |always |now |instead )+(?:with|by)\b|"
    r"\bpretend (?:to be|that you|you)\b|"
    r"\b(?:any|every|all|the|large) (?:language models?|LLMs?|AI (?:models?|assistants?|systems?))\b[^.\n]{0,60}"
    r"\b(?:must|should|shall|has to|have to|reading|that reads?)\b|"
    r"\bwhen (?:you are |you )?(?:read|summari[sz]|extract|process|translat|train)\w* (?:on )?"
    r"this (?:document|text|page|file)\b|"
    r"\bas an AI(?: language)? model\b|\b(?:system|developer) prompt\b|"
    r"^\W*(?:Human|Assistant)\s*:|^#+\s*(?:Instruction|Response|System)\s*:",
    re.IGNORECASE | re.MULTILINE,
)

#: A licence key as it is normalised.
KEY = re.compile(r"CXC\d{7}")
_WORD = re.compile(r"\w+(?:['’][a-z]+)?")
_ALLOWED = frozenset({"MO", "PM", "ENM", "RAN"})
_MARKUP = re.compile(r"<br\s*/?>|\\(?=\|)|[*`]", re.IGNORECASE)
_LIST_MARK = re.compile(r"^[ \t]*(?:\d{1,3}[.)]|[-*•])[ \t]+", re.MULTILINE)
_COMMAND = re.compile(r"^[ \t]*`{0,3}(cmedit\b[^\n`]*)`{0,3}[ \t]*$|`(cmedit\b[^`\n]*)`", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"“(])|\n+")
_SPACE = re.compile(r"\s+")
_NUMBERING = re.compile(r"^\d+(?:\.\d+)*\.?\s+")


@_again
def speaks_to_models(text: str) -> bool:
    """True of text that gives orders to a language model or imitates its chat."""
    return CHAT_MARKER.search(text) is not None or ORDERS.search(text) is not None


def tame(text: str) -> str:
    """The text with its chat markers turned into harmless look-alikes, for where a name must be told all the same."""
    return CHAT_MARKER.sub(lambda found: found[0].replace("<", "‹").replace("[", "("), text)


@_again
def plain(text: str) -> str:
    """A slice of Markdown as a person would read it aloud: no `<br>`, no escapes, single spaces."""
    return _SPACE.sub(" ", _MARKUP.sub(_unmark, text)).strip()


def bare(text: str) -> str:
    """The same without the stop that ends it, to be put into a sentence."""
    return plain(text).rstrip(". ")


@_again
def words(text: str) -> tuple[str, ...]:
    """All words, as printed; a number and the unit that is written against it are two."""
    return tuple(_WORD.findall(apart(plain(text))))


@_again
def squash(text: str) -> str:
    """Lower-case words joined by one space, framed by spaces, so that `in` compares whole words."""
    return f" {' '.join(words(text)).lower()} "


@_again
def identifiers(text: str) -> frozenset[str]:
    """Words that look like names: inner capitals, underscores, letters beside digits, or all capitals."""
    return frozenset(word for word in words(text) if _named(word) and word not in _ALLOWED)


@_again
def content(text: str) -> tuple[str, ...]:
    """Lower-case words that carry a claim: neither neutral nor a single letter."""
    lowered = (word.lower() for word in words(text))
    return tuple(word for word in lowered if len(word) > 1 and word not in NEUTRAL)


@_again
def claimed(text: str) -> frozenset[str]:
    """The stems of the words that carry a claim."""
    return frozenset(stems(content(text)))


@_again
def stemmed(text: str) -> frozenset[str]:
    """The stems of all words."""
    return frozenset(stems(word.lower() for word in words(text)))


@_again
def gives_orders(text: str) -> bool:
    """True of text that holds a sentence which gives orders to a language model."""
    return ORDERS.search(text) is not None


@_again
def sentences(text: str) -> tuple[str, ...]:
    """The sentences and lines of an answer, commands and list marks taken out."""
    return tuple(part.strip() for part in _SENTENCE.split(prose(text)) if part.strip())


@_again
def prose(answer: str) -> str:
    """The answer without its commands and without the numbers of its list items."""
    return _LIST_MARK.sub("", _COMMAND.sub("", answer))


@_again
def commands(answer: str) -> tuple[str, ...]:
    """The `cmedit` commands of an answer: lines of their own, or inside back-quotes."""
    return tuple((line or quoted).strip() for line, quoted in _COMMAND.findall(answer))


def unnumbered(heading: str) -> str:
    """`7 Activate Beam Sweep` → `Activate Beam Sweep`: headings may carry their number."""
    return _NUMBERING.sub("", heading)


def is_inner(letter: str) -> bool:
    """True of a sign that a name beside it would go on with."""
    return letter.isalnum() or letter == "_"


def folded(text: str) -> str:
    """The text in small letters with single spaces and no mark at its end: nine times as quick as `squash`."""
    return " ".join(text.lower().split()).rstrip(".?! ")


def stems(found: Iterable[str]) -> set[str]:
    """The words without their endings, so that `counts` supports `count`."""
    return {_stem(word) for word in found}


def share(found: Set[str], known: Set[str]) -> float:
    """How much of the first set the second holds; 1.0 when there is nothing to hold."""
    return len(found & known) / len(found) if found else 1.0


def carried(wanted: str, said: str) -> float:
    """How much of a text a squashed answer carries: a short one wholly or not at all, a long one by its words."""
    if squash(wanted) in said:
        return 1.0
    found = words(plain(wanted).lower())
    return sum(f" {word} " in said for word in found) / len(found) if len(found) > 4 else 0.0


_ENDING = re.compile(r"(?:ing|ed|es|s|d|e)\Z")


def _named(word: str) -> bool:
    inner = any(letter.isupper() or letter == "_" for letter in word[1:])
    return inner or (not word.isdigit() and any(letter.isdigit() for letter in word))


@lru_cache(maxsize=32_768)
def _stem(word: str) -> str:
    return _ENDING.sub("", word) if len(word) > 4 else word


def _unmark(found: re.Match[str]) -> str:
    return " " if found[0].startswith("<") else ""


NEUTRAL_STEMS = frozenset(stems(NEUTRAL))
