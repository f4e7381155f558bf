"""What an answer turns round: bounds, directions and the order of things, against the text that it rests on.

Each check answers with what is wrong, "" when nothing is. They judge replacements: what both say, or what only the
question's grammar brings in, is no contradiction.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from randaemon.quality import text
from randaemon.quality.amounts import bounds, comparisons, ends, numbers

_again = lru_cache(maxsize=4096)


def misbound(answer: str, evidence: str) -> str:
    """`at least 5` of an answer where the evidence says `more than 5`, or just `5`, or bounds it the other way."""
    known = bounds(evidence) | ends(evidence)
    for kind, number in sorted(bounds(answer) - known):
        if _held(number, known) or not _near(kind, number, evidence.split("\n")):
            return f"{kind} {number}"
    for kind, number in sorted(ends(answer) - known):
        if _held(number, known):
            return f"{kind} {number}"
    return ""


def unbound(answer: str, evidence: str) -> str:
    """A number of the answer without the bound that the evidence puts on it: 5 where that says `at least 5`."""
    for kind, number in sorted(bounds(evidence) - ends(evidence)):
        lost = number in numbers(answer) and not _held(number, bounds(answer) | ends(answer))
        if lost and not _near(kind, number, text.sentences(answer)):
            return f"{number} without {kind}"
    return ""


def turned(answer: str, evidence: str) -> str:
    """A word in whose place the evidence has another that it excludes, or the order of two things reversed."""
    said, known = _directions(answer), _directions(evidence)
    for place, side in sorted(said - known):
        if any(other == place for other, _ in known - said):
            return f"what is said of {_GROUPS[place][side].split('|')[0].split(_TAIL)[0]} is said of something else"
    known_orders = (*_orders(evidence), *_frames(evidence))
    if _reordered(_orders(answer), known_orders) or _overtaken(_frames(answer), known_orders):
        return "before and after are the other way round"
    if _reordered(_moves(answer), _moves(evidence)):
        return "from and to are the other way round"
    return _exchanged(answer, evidence)


#: Fields that say when something comes: how an answer that tells one says so, and how it would be wrong.
TIMES = {
    "prerequisites": (
        re.compile(r"\b(?:before|prior to|prerequisit\w*|requir\w*|needs?|first|in place)\b", re.IGNORECASE),
        re.compile(r"\bafter you\b[^.]*\b(?:make sure|in place)\b", re.IGNORECASE),
    ),
    "after": (
        re.compile(r"\b(?:after\w*|then|finally|left to do|next)\b", re.IGNORECASE),
        re.compile(r"\bbefore that, (?!make sure|the following)", re.IGNORECASE),
    ),
    "takes_effect": (re.compile(""), re.compile(r"\beffect before\b", re.IGNORECASE)),
}


def mistimed(field: str, answer: str) -> str:
    """What must be in place before, or is left for after, told as if it came at another time."""
    wanted, wrong = TIMES[field]
    right = wanted.search(answer) and not wrong.search(answer)
    return "" if right else f"the {field.replace('_', ' ')} is told as if it came at another time"


def strengthened(answer: str, evidence: str) -> str:
    """A word that makes a claim stronger (`only`, `always`) and that the evidence does not hold; "" without one."""
    return min(_strong(answer) - _strong(evidence), default="")


def unconditional(answer: str, evidence: str) -> bool:
    """The evidence says something under a condition, and the answer under none."""
    return _CONDITION.search(text.plain(evidence)) is not None and not _CONDITIONED.search(text.plain(answer))


def limits(said: str) -> bool:
    """Does the text limit what it says: by `only`, or by other words for it."""
    return _LIMIT.search(text.plain(said)) is not None


def _held(number: str, known: frozenset[tuple[str, str]]) -> bool:
    return any(of == number for _, of in known)


def _near(kind: str, number: str, parts: Iterable[str]) -> bool:
    """Does a line or sentence that holds the number speak of the bound, if not right beside it."""
    return any(number in numbers(part) and kind in comparisons(part) for part in parts)


_TAIL = r"\w*"
#: Words that exclude each other (opposites, ways to aggregate, times), by their beginnings where a tail may follow.
#: `when`, `once`, `upon` are no times of their own, since any of them may stand for `after`; what comes before what is
#: judged by `_orders`.
_GROUPS: tuple[tuple[str, ...], ...] = tuple(
    tuple(words.replace("~", _TAIL) for words in group)
    for group in (
        ("increas~|rais(?:e|es|ed|ing)|grow~|higher|larger|greater|longer|faster",
         "decreas~|reduc~|lower(?:s|ed|ing)?|shorten~|smaller|shorter|slower|fewer"),
        ("maximum|max|highest|largest|greatest|maximi~|peak", "minimum|min|lowest|smallest|minimi~",
         "average|averaged|mean", "sum|summed|total|accumulat~|cumulat~", "median", "percentile",
         "distribution|histogram", "ratio|percentage|proportion|fraction", "variance|deviation"),
        ("until|till", "after|afterwards|before|prior", "while|during", "within"),
        ("above|over|exceed~",
         "below|under"),
        ("uplink|ul", "downlink|dl"),
        ("enabl~", "disabl~"),
        ("allow~|permit~", "prevent~|forbid~|prohibit~|disallow~"),
        ("start~|begin~", "stop~|terminat~|end(?:s|ed|ing)?"),
        ("add(?:s|ed|ing)?", "remov~"),
        ("creat~", "delet~"),
        ("incoming", "outgoing"),
        ("source", "target"),
        ("serving", "neighbo~"),
        ("succe~", "fail~|unsuccess~"),
        ("accept~", "reject~|refus~"),
        ("lock(?:s|ed|ing)?", "unlock~"),
        ("active|activat~", "inactive|deactivat~"),
        ("horizontal~", "vertical~"),
        ("positive~", "negative~"),
        ("first", "last"),
        ("inner", "outer"),
        ("always", "never"),
        ("intra", "inter"),
        ("idle", "connected"),
        ("true", "false"),
        ("transmit~|transmission|send~|sent", "receiv~|reception"),
        ("local~", "remote~"),
        ("static~", "dynamic~"),
        ("primary", "secondary"),
        ("mandatory|required|must|shall", "optional~|may|might|can"),
        ("all|every|each", "some|several|few"),
        ("wide~", "narrow~"),
        ("includ~", "exclud~"),
    )
)  # fmt: skip
_VALUES = next(number for number, group in enumerate(_GROUPS) if group[0] == "true")
_ABOVE = next(number for number, group in enumerate(_GROUPS) if group[0].startswith("above"))
_SIDES = tuple(
    (re.compile(rf"(?:{words})\Z"), (number, side))
    for number, group in enumerate(_GROUPS)
    for side, words in enumerate(group)
)
_CONDITION = re.compile(r"\b(?:if|when|whenever|unless|provided that|as long as)\b", re.IGNORECASE)
_CONDITIONS = (
    "if|when\\w*|unless|provided|as long as|while|in case|upon|once|where|during|until|after|before|each time|only"
)
_CONDITIONED = re.compile(rf"\b(?:{_CONDITIONS})\b", re.IGNORECASE)
_LIMIT = re.compile(r"\b(?:only|solely|exclusively|just|as long as|provided|unless|except|limited)\b", re.IGNORECASE)
_STRONG = re.compile(r"\b(?:only|always|exclusively|solely|guarantees?|guaranteed|entirely|at all times)\b")


@_again
def _directions(said: str) -> frozenset[tuple[int, int]]:
    """(group, side) of every word that excludes others."""
    found = {side for word in set(text.words(said)) for side in _sides(word.lower())}
    if " than " in said:
        found |= {(_ABOVE, ">< ".index(kind)) for kind in comparisons(said) if kind in "><"}
    return frozenset(found)


@lru_cache(maxsize=32_768)
def _sides(word: str) -> tuple[tuple[int, int], ...]:
    return tuple(side for pattern, side in _SIDES if pattern.match(word))


@_again
def _strong(said: str) -> frozenset[str]:
    return frozenset(_STRONG.findall(text.plain(said).lower()))


Order = tuple[frozenset[str], frozenset[str]]  # the words of what comes earlier, and of what comes later


def _reordered(said: Iterable[Order], known: Sequence[Order]) -> bool:
    """Is something told to come earlier that the evidence has later. Telling it the other way about is no change."""
    return any(_met(later, earlier, known) > _met(earlier, later, known) for earlier, later in said)


def _overtaken(said: Iterable[Order], known: Sequence[Order]) -> bool:
    """As `_reordered` for what `_frames` tells, but both sides have to stand where the evidence has the other.

    The longer side has an order of its own: its first half alone would seem to be told too late.
    """
    return any(
        _met(later, earlier, [each for each in known if earlier & each[1] and later & each[0]])
        > _met(earlier, later, known)
        for earlier, later in said
    )


def _met(earlier: frozenset[str], later: frozenset[str], known: Sequence[Order]) -> int:
    """How many words stand on the same side in the order that has most of them."""
    return max((len(earlier & one) + len(later & two) for one, two in known), default=0)


def _exchanged(answer: str, evidence: str) -> str:
    """Two words that exclude each other have changed places: each stands where the evidence has the other."""
    known = _around(evidence)
    for (group, side), near in _around(answer):
        here = max((len(near & bag) for what, bag in known if what == (group, side)), default=0)
        there = max((len(near & bag) for (other, at), bag in known if other == group and at != side), default=0)
        if there > here:
            return f"{_GROUPS[group][side].split('|')[0].split(_TAIL)[0]} stands where another word belongs"
    return ""


@_again
def _around(said: str) -> tuple[tuple[tuple[int, int], frozenset[str]], ...]:
    """Every word beside one that it excludes in its sentence, with the words near it. `true` and `false` are values."""
    return tuple(each for sentence in text.sentences(said) for each in _beside(sentence))


def _beside(sentence: str) -> Iterator[tuple[tuple[int, int], frozenset[str]]]:
    words = [word.lower() for word in text.words(sentence)]
    found = [(place, side) for place, word in enumerate(words) for side in _sides(word) if side[0] != _VALUES]
    for place, (group, side) in found:
        if any(other == group and at != side for _, (other, at) in found):
            near = (*words[max(place - _WINDOW, 0) : place], *words[place + 1 : place + 1 + _WINDOW])
            yield (group, side), _bag(" ".join(near))


_WINDOW = 3  # words


@_again
def _moves(said: str) -> tuple[Order, ...]:
    """What goes from where to where."""
    return tuple((_bag(found[1]), _bag(found[2])) for found in _FROM_TO.finditer(text.plain(said)))


_FROM_TO = re.compile(r"\bfrom ((?:[\w./-]+ ){1,5}?)to ((?:[\w/-]+ ?){1,4})")


@_again
def _orders(said: str) -> tuple[Order, ...]:
    """What comes before what: of `A before B`, `Before B, A`, `B after A` and `After A, B` it is always (A, B).

    Of `After A, B before C` it is (B, C); what A comes before is told by `_frames`.
    """
    return tuple(
        _ordered(parts[0], _bag(parts[1]), _bag(parts[2]))
        for sentence in text.sentences(said)
        if (parts := _inner(sentence)) is not None
    )


@_again
def _frames(said: str) -> tuple[Order, ...]:
    """Of `After A, B before C`: (A, B and C), A without the words that the rest has too."""
    found = (parts for sentence in text.sentences(said) if (parts := _parts(sentence)) is not None)
    return tuple(_ordered(word, _bag(main), _bag(side) - _bag(main)) for word, main, side in found if _parts(main))


def _inner(sentence: str) -> tuple[str, str, str] | None:
    """The parts of a sentence, or of what its lead stands before, where that has an order of its own."""
    parts = _parts(sentence)
    return (_parts(parts[1]) or parts) if parts is not None else None


def _parts(sentence: str) -> tuple[str, str, str] | None:
    """`before` or its like, what it is said of, and what follows it; None without one."""
    found = _ORDERING.search(sentence)
    if found is None:
        return None
    main, side = sentence[: found.start()], sentence[found.end() :]
    if not main.strip():
        side, _, main = side.partition(",")
    return found[0].lower(), main, side


def _ordered(word: str, main: frozenset[str], side: frozenset[str]) -> Order:
    return (main, side) if word != "after" else (side, main)


_ORDERING = re.compile(r"\b(?:before|prior to|after)\b", re.IGNORECASE)
_LITTLE_WORDS = "a an the is are be been to of in on and or that this it its must shall can may has have when if which"
_LITTLE = frozenset(_LITTLE_WORDS.split())


def _bag(said: str) -> frozenset[str]:
    return frozenset(text.stems(word.lower() for word in text.words(said)) - _LITTLE)
