"""Amounts: numbers in figures or words, the units they are given in, and the bounds that are put on them."""

from __future__ import annotations

import re
from functools import lru_cache

from randaemon.quality.text import plain
from randaemon.quality.units import ALTERNATIVES, UNITS, apart

#: Two signs of one thing, and the letters that only count as a unit behind a number.
_SAME = str.maketrans({"μ": "µ"})
_BEHIND = frozenset(unit for unit in UNITS if len(unit) == 1)
_SIGNS = "%‰°"

_again = lru_cache(maxsize=4096)


@_again
def numbers(text: str) -> frozenset[str]:
    """All numbers with their sign, in figures; the dash of a printed minus is one sign, whichever it is.

    Numbers in words are among them (`twenty` is 20), and words that multiply (`half`, `twice`) stand for themselves.
    """
    figures = in_figures(text)
    found = set(map(_sign, _NUMBER.findall(figures)))
    return frozenset(found | {word.lower() for word in _MULTIPLIERS.findall(figures)})


@_again
def units(text: str) -> frozenset[str]:
    """Units of measurement, as printed. One-letter units count only behind a number, `A` and `m` being words too."""
    said = apart(plain(text)).translate(_SAME)
    found = {word for word in _WORD.findall(said) if word in UNITS and word not in _BEHIND}
    behind = {unit for unit in _AFTER_NUMBER.findall(said) if unit in _BEHIND or unit in _SIGNS}
    return frozenset(found | behind)


@_again
def counted(text: str) -> frozenset[str]:
    """The words right behind numbers: what is counted or measured, whether or not it is known as a unit."""
    found = _BEHIND_NUMBER.findall(in_figures(text).translate(_SAME))
    return frozenset(spaced or glued for spaced, glued in found)


@_again
def in_figures(text: str) -> str:
    """The text with numbers in figures where they are spelt out; a bare `one` is a pronoun as often as a number."""
    return _SPELT.sub(_figure, apart(plain(text)))


@_again
def bounds(text: str) -> frozenset[tuple[str, str]]:
    """What is said of numbers in words or signs: (`>=`, `<=`, `>`, `<` or `~`; number)."""
    figures = in_figures(text)
    if not _DIGIT.search(figures):
        return frozenset()
    found = (*_BOUND_BEFORE.finditer(figures), *_BOUND_BEHIND.finditer(figures))
    return frozenset((_kind(each), _sign(each["number"])) for each in found)


@_again
def ends(text: str) -> frozenset[tuple[str, str]]:
    """What ranges say of numbers: `5..9` is (`>=`; 5) and (`<=`; 9)."""
    found: set[tuple[str, str]] = set()
    for each in _RANGE.finditer(in_figures(text)):
        found |= {(">=", _sign(each["low"] or each["from"])), ("<=", _sign(each["high"] or each["till"]))}
    return frozenset(found)


@_again
def unbounded(text: str) -> str:
    """The text without the bounds that are put on numbers in it: `no less than 5` denies nothing."""
    figures = in_figures(text)
    return _BOUND_BEHIND.sub(" ", _BOUND_BEFORE.sub(" ", figures)) if _DIGIT.search(figures) else figures


@_again
def comparisons(text: str) -> frozenset[str]:
    """The kinds of bound that the text speaks of anywhere, on a number or on something else."""
    return frozenset(_kind(each) for each in _COMPARED.finditer(in_figures(text)))


def _sign(number: str) -> str:
    return number.translate(_MINUS).lstrip("+")


def _kind(found: re.Match[str]) -> str:
    return next(_KINDS[name[:2]] for name, value in found.groupdict().items() if value and name[:2] in _KINDS)


_MINUS = str.maketrans({"−": "-", "–": "-"})
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"\w+")
_AFTER_NUMBER = re.compile(rf"\d[ \u00a0]?([A-Za-z]|[{_SIGNS}])(?![A-Za-z0-9_{_SIGNS}])")
_FIGURE = r"[-+−–]?\d+(?:[.,]\d+)*"
_NUMBER = re.compile(rf"(?<![A-Za-z0-9_.]){_FIGURE}(?![A-Za-z0-9_])|(?<=\.\.)[-+−–]?\d+(?![A-Za-z0-9_])|[²³¹⁰-⁹⁻½¼¾]+")
_BEHIND_NUMBER = re.compile(rf"(?<![\w.]){_FIGURE}(?:[ \u00a0](°?[A-Za-zµ]+)|(°[A-Z]))(?![\w'’])")
_MULTIPLIERS = re.compile(r"\b(?:hal(?:f|ved?|ves)|quarter|twice|thrice|double[ds]?|triple[ds]?)\b", re.IGNORECASE)

_UPTO_NINETEEN = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
    eighteen nineteen
"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_VALUES = {
    **{word: value for value, word in enumerate(_UPTO_NINETEEN.split())},
    **{word: value for value, word in zip(range(20, 100, 10), _TENS.split(), strict=True)},
    "dozen": 12,
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_SPELT_WORD = "|".join(sorted((*_VALUES, *_SCALES), key=len, reverse=True))
_SPELT = re.compile(rf"\b(?:{_SPELT_WORD})(?:(?:[ -]|\sand\s)(?:{_SPELT_WORD}))*\b", re.IGNORECASE)


def _figure(found: re.Match[str]) -> str:
    said = [word for word in re.split(r"[\s-]+", found[0].lower()) if word != "and"]
    if said == ["one"] and not _COUNTED.match(found.string, found.end()):
        return found[0]
    total = current = 0
    for word in said:
        if word in _VALUES:
            current += _VALUES[word]
        elif word == "hundred":
            current = max(current, 1) * 100
        else:
            total, current = total + max(current, 1) * _SCALES[word], 0
    return str(total + current)


_COUNTED = re.compile(rf"\s+(?:{ALTERNATIVES})\b")

_KINDS = {"ge": ">=", "le": "<=", "gt": ">", "lt": "<", "ap": "~"}
_MORE, _LESS = "more|greater|higher|larger|longer|later", "less|lower|fewer|smaller|shorter|earlier"
_BEFORE = (
    rf"(?P<ge>\bat (?:the )?least|\bminimum|\bmin\b\.?|\b(?:not|no|never) (?:{_LESS}) than|>=|≥"
    rf"|\b(?:{_MORE}) than or equal to|\bequal to or (?:{_MORE}) than)"
    rf"|(?P<le>\bat (?:the )?most|\bmaximum|\bmax\b\.?|\bup to|\b(?:not|no|never) (?:{_MORE}) than"
    rf"|\b(?:not|never|cannot) exceed(?:ing)?|<=|≤|\b(?:{_LESS}) than or equal to|\bequal to or (?:{_LESS}) than)"
    rf"|(?P<gt>\b(?:{_MORE}) than|\babove|\bover|\bexceed(?:s|ed|ing)?|\bbeyond|(?<![<=-])>)"
    rf"|(?P<lt>\b(?:{_LESS}) than|\bbelow|\bunder|<(?![A-Za-z/]))"
    r"|(?P<ap>\b(?:about|around|approximately|roughly|nearly|almost|circa)\b|\bapprox\b\.?|[~≈])"
)
_BEHIND_WORDS = (
    rf"(?P<ge>\b(?:or|and) (?:{_MORE}|above|up)|\bat (?:the )?least|\b(?:at )?minimum)"
    rf"|(?P<le>\b(?:or|and) (?:{_LESS}|below|under)|\bat (?:the )?most|\b(?:at )?maximum)"
)
_LINK = r"(?:\s*\b(?:the|a|an|value|values|of|is|are|to|only)\b|\s*[:=])*\s*"
_UNIT = rf"(?:\s*(?:{ALTERNATIVES}|[{_SIGNS}])(?!\w))?"
_BOUND_BEFORE = re.compile(rf"(?:{_BEFORE}){_LINK}(?P<number>{_FIGURE})(?![\w])(?!\.\.)", re.IGNORECASE)
_BOUND_BEHIND = re.compile(rf"(?<![\w.])(?P<number>{_FIGURE}){_UNIT},?\s+(?:{_BEHIND_WORDS})(?![\w-])", re.IGNORECASE)
_RANGE = re.compile(
    rf"(?<![\w.])(?P<low>{_FIGURE}){_UNIT}(?:\s*(?:\.\.+|…|–|\bto\b)\s*|-|\s+-\s+)(?P<high>{_FIGURE})(?!\w)"
    rf"|\bbetween (?P<from>{_FIGURE}){_UNIT} and (?P<till>{_FIGURE})(?!\w)"
)
_COMPARED = re.compile(
    rf"{_BEFORE}|(?P<ge_>\b(?:lowest|smallest)\b)|(?P<le_>\b(?:highest|largest|greatest)\b)", re.IGNORECASE
)
