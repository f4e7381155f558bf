"""What running text names, found without reading all of it.

Letters of their own are searched at twenty times the speed of a set of letters: so the few places are found at which a
pattern is then asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set

from randaemon.ran.names import could_be_class

#: All that prose can name, without backtracking. Groups tell what was found and hold the end of it: lte, message,
#: counter, nr, or separator and local of `Class.attr`, `Class::pmX`, `Class_pmX` and 3GPP measurements.
_MENTION = re.compile(
    r"[A-Zp](?<![A-Za-z0-9_.].)(?:"
    r"(?<=I)NTERNAL_(?P<lte>(?:EVENT|PROC|PER|UE)_[A-Z0-9_]{2,100}+)"
    r"|(?:(?<=R)RC|(?<=S)1|(?<=X)2|(?<=M)3|(?<=U)E_MEAS)_(?P<message>[A-Z][A-Z0-9_]{5,100}+)"
    r"|(?<=p)m(?P<counter>[A-Z][A-Za-z0-9]{1,120}+)"
    r"|(?:(?<=C)u(?:Cp|Up)|(?<=D)u)(?P<nr>[A-Z][A-Za-z0-9]{3,100}+)(?!\.?[A-Za-z0-9])"
    r"|(?:(?<=E)P_[A-Z]|(?<=[A-Z]))[A-Za-z0-9]{1,80}+(?P<separator>\.|::|`\.`|_(?=pm[A-Z]))"
    r"(?P<local>[A-Za-z][A-Za-z0-9]{1,120}+(?:\.[A-Za-z0-9_]{1,80}+){0,5}+)"
    r")(?![A-Za-z0-9])"
)
#: What such a name begins with, or what its class ends before.
_BEGINNINGS = tuple(map(re.compile, (r"pm[A-Z]", r"Cu[CU]p[A-Z]", r"Du[A-Z]")))
_SEPARATORS = {  # by the sign that they begin with: a text that has none of it is known at once
    ".": re.compile(r"\.(?:(?<=[A-Za-z0-9]\.)[A-Za-z]|(?<=(`)\.)`)"),
    ":": re.compile(r"::[A-Za-z]"),
    "_": re.compile(r"_(?:(?<=INTERNAL_)|(?<=RRC_)|(?<=[SXM][123]_)|(?<=UE_)MEAS_|(?<=EP_)[A-Z]|pm[A-Z])"),
}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_LONGEST_WORD = 140


def of(text: str, taken: Set[int] = frozenset()) -> Iterator[re.Match[str]]:
    """What a text names anywhere, in its order; the group that matched last tells what it is.

    What begins where something was `taken` already is left out.
    """
    starts: set[int] = set()
    for beginning in _BEGINNINGS:
        starts.update([found.start() for found in beginning.finditer(text)])
    for sign, separator in _SEPARATORS.items():
        found = separator.finditer(text) if sign in text else ()
        starts.update([word_start(text, each.start(each.lastindex or 0)) for each in found])
    return matches_at(_MENTION, text, starts - taken)


def word_start(text: str, end: int) -> int:
    """Where the letters and digits begin that end at an offset."""
    before = text[end - _LONGEST_WORD if end > _LONGEST_WORD else 0 : end]
    word = before[before.rfind(" ") + 1 :]
    if word.isalnum() and word.isascii():  # most stand behind a space, which is asked faster than 62 letters are
        return end - len(word)
    return end - len(before) + len(before.rstrip(_LETTERS))


def before_marks(text: str, end: int, marks: str = "`*") -> int:
    """Where the marks of emphasis begin that end at an offset."""
    while end > 0 and text[end - 1] in marks:
        end -= 1
    return end


def matches_at(pattern: re.Pattern[str], text: str, starts: Iterable[int]) -> Iterator[re.Match[str]]:
    """What `finditer` would find, of a pattern that can match at these offsets alone."""
    end = 0
    for start in sorted(starts):
        found = pattern.match(text, start) if start >= end else None
        if found:
            end = found.end()
            yield found


#: Each begins with a set of letters or with letters of its own, as `_MENTION` does.
#: Numbers of features of other vendors, `5GC099412`, `FOFD-061204`, of which the letter before is asked, and `LTE1103`
#: before its name, where it is no band (`LTE1800`).
VENDOR_FEATURES = (
    re.compile(r"5GC(?<!\w5GC)\d{6}(?!\d)"),
    re.compile(r"OFD-(?<=[FGLMW]OFD-)\d{6}(?!\d)"),
    re.compile(r"LTE(?<!\wLTE)(?!(?:450|600|[789]00|850|1[4-9]00|2[13-6]00|3[3-7]00):)\d{2,4}(?=: [A-Z])"),
)
#: The same, as cells hold them.
VENDOR_IDENTITIES = (re.compile(r"5GC\d{6}"), re.compile(r"[FGLMW]OFD-\d{6}"), re.compile(r"LTE\d{2,4}(?:-[a-z])?"))
_RAN_WORDS = (  # the likeliest first
    re.compile(r"FAJ[\s_]{0,24}+(?:121|801|221)"),
    re.compile(
        r"[CEFGLMNRS](?:(?<=F)eatureState(?!\.[A-Z]|[A-Z(])|(?<=C)XC\s?40[124]"
        r"|(?<=E)(?:Utran(?:Cell|FreqRelation)|NodeBFunction)"
        r"|(?<=N)(?:R(?:Cell(?:CU|DU|Relation)|SectorCarrier|FreqRelation)|bIotCell|etworkElement=)"
        r"|(?<=G)NB(?:DU|CUCP|CUUP)Function|(?<=M)(?:eContext=|anagedElement=|O Class)|(?<=S)ubNetwork="
        r"|(?<=L)(?<!\wL)(?:Z[AN] ?\d{3} ?\d{4}|N(?:CEL|BTS)(?![a-z]))|(?<=R)eportConfig(?:EUtra|[AB]\d|Search))"
    ),
    re.compile(r"cmedit(?<!\wcmedit)\b"),
    re.compile(r"he (?<=[Tt]he )(?<!\w[Tt]he )[A-Z][A-Za-z0-9]{2,40}+ MO\b"),
    *VENDOR_FEATURES,
)

_MO_WORDS = (re.compile(r"MO(?![A-Za-z0-9])(?: [Cc]lass)?:?"), re.compile(r"managed object"))
_BEFORE_MO = re.compile(r"(?<![A-Za-z0-9.])[A-Z][A-Za-z0-9]{2,60}+(?= )")
_AFTER_MO = re.compile(r" ([A-Z][A-Za-z0-9]{2,60}+)(?![A-Za-z0-9.])")


def mo_words(text: str) -> list[re.Match[str]]:
    """Where a text says "MO", "MO class" or "managed object"."""
    words = _MO_WORDS if "j" in text else _MO_WORDS[:1]  # which few texts have
    return [found for word in words for found in word.finditer(text)]


def told_classes(mo_words: Iterable[re.Match[str]]) -> set[str]:
    """The words that a text calls an MO: `the HemlockLink MO`, `(MO class: NRCellDU)`."""
    told: set[str] = set()
    for found in mo_words:
        text, start = found.string, found.start()
        if before := _BEFORE_MO.match(text, word_start(text, max(start - 1, 0)), start):
            told.add(before[0])
        if after := _AFTER_MO.match(text, found.end()):
            told.add(after[1])
    return {word for word in told if could_be_class(word)}


def is_ran_text(text: str) -> bool:
    """True when a text holds at least one thing only RAN documents name; bare words are believed only then."""
    return any(words.search(text) for words in _RAN_WORDS)


#: What few texts about anything else say: technologies, nodes, channels and what is measured on them.
_NETWORK = re.compile(
    r"\b(?:[2-5]G|FAJ|CXC ?40|LZ[AN]|V?o?LTE|NR|UEs?|PRBs?|RAN|RRC|RACH|RSR[PQ]|SSB|SINR|S1AP|X2AP|MBMS|E-?UTRAN?|EN-DC"
    r"|GERAN|GSM|WCDMA)(?![A-Za-z])"
    r"|EUtran|NodeB|[ge]NB|GNB|NRCell|Ngap|CuCp|CuUp|LNCEL|LNBTS|Rrc[A-Z]|RRC_|Erab|Nr[A-Z][a-z]|Rsrp|[xX]2[A-Z_]|S1_|3GPP"
)
_LICENSED = re.compile(r"FAJ|CXC ?4|[Ff]eatureState|cmedit|[Ll]icen[cs]e key")


def is_network_text(text: str) -> bool:
    """True of a text that a word ties to networks, weaker than what `is_ran_text` asks for."""
    return _NETWORK.search(text) is not None


def names_licensed(text: str) -> bool:
    """True of a text that names something which is switched on: by identity, licence, state or command."""
    return _LICENSED.search(text) is not None
