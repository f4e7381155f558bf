"""What a description lacks to be a sentence about its item: nothing but the subject, or a verb as well.

`Interval between grants` of a parameter *is the* interval between grants, `Muted slots` of a counter are what it
*counts*, `Keeps the cell awake` needs no verb. Where the grammar does not show, there is no answer: a wrong sentence is
worse than a quotation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Predicate:
    """What is put before the text, with a space behind it, and the text as it goes on."""

    verb: str
    rest: str


def predicate(noun: str, text: str) -> Predicate | None:
    """How the text goes on behind `The counter pmX `; None where that cannot be told."""
    first, second = [*text.split(" ", 2), ""][:2]
    low, small = first.lower(), _lowered(text)
    verb = _verb_for(noun, low, second.lower())
    if verb is not None:
        return Predicate(verb, small)
    if _is_clause(small.split(" ")):
        return Predicate("reports that ", small) if noun == "event" and low in _ARTICLES else None
    if low in _ARTICLES and noun == "feature" and " feature " in small:
        return None
    if low in _ARTICLES:
        if noun == "event" and _REPORT.match(small.partition(" ")[2]):
            return Predicate("is ", small)
        number = _noun_phrase(small.partition(" ")[2]) if low == "the" else "singular"
        return Predicate(_BEING[noun, number == "plural"].removesuffix("the "), small)
    if first in MEASURES or low in MEASURES or (low in _SHARES and second == "of"):
        return Predicate(_BEING[noun, False], small)
    return _named(noun, small)


def _verb_for(noun: str, first: str, second: str) -> str | None:
    """The verb that the first two words ask for; "" where they bring their own, None where they leave it open."""
    things = first in _SUBJECTS or second in _HELPING or second in _BEHIND_NOUN
    takes_object = (noun == "feature" and not things) or second in _DETERMINERS or second == "if"
    counted = (things and second != "that") or _PARTICIPLE.fullmatch(second) is not None  # `records dropped`
    if (first in VERBS and not counted) or first in _OF_ONE or (_s_form(first) and takes_object):
        return ""
    if first in ("whether", "how", "which", "where", "what", "why"):
        return "tells "
    if first == "not" and second in _ARTICLES:
        return "is "
    if (first in ("true", "false") and second in ("if", "when")) or (_PARTICIPLE.fullmatch(first) and second in _LINKS):
        return "is "
    if noun == "parameter" and (first in _IMPERATIVES or (first in _ORDERS and second in _DETERMINERS)):
        return "is used to "
    return None


def begins_with_verb(text: str) -> bool:
    """`Gives the reports`, `must be active`: what lacks a subject before it."""
    first, second = [*text.lower().split(" ", 2), ""][:2]
    counted = second in _HELPING or second in _BEHIND_NOUN or second in _OF_SEVERAL  # `Reports are long`
    return (first in VERBS and not counted) or first in _OF_ONE or (_s_form(first) and second in _DETERMINERS)


def _s_form(word: str) -> bool:
    return _S_FORM.fullmatch(word) is not None and word not in _NO_NOUN


def _named(noun: str, small: str) -> Predicate | None:
    """A noun with what belongs to it and without an article."""
    number = _noun_phrase(small) if _FOREIGN.isdisjoint(small.split(" ")) else ""
    if not number or noun == "feature":
        return None
    return _reported(small) if noun == "event" else Predicate(_BEING[noun, number == "plural"], small)


def _reported(small: str) -> Predicate | None:
    """`Power per branch` is reported, a `report of load` or an `NGAP message` is what the event is."""
    if " of " not in small and re.match(r"(?:\S+ )?message\b", small, re.IGNORECASE):
        return Predicate("is an " if _VOWEL.match(small) else "is a ", small)
    if _LINKS.isdisjoint(small.split(" ")):
        return None
    return Predicate("is the " if _REPORT.match(small) else _BEING["event", False], small)


_REPORT = re.compile(r"(?:\w+ )?reports?\b")


#: How an item and what it is are joined, by noun and whether that is plural.
_BEING = {
    ("parameter", False): "is the ",
    ("parameter", True): "specifies the ",
    ("counter", False): "is the ",
    ("counter", True): "counts ",
    ("event", False): "reports the ",
    ("event", True): "reports the ",
    ("feature", False): "is the ",
    ("feature", True): "is the ",
}


def _is_clause(words: list[str]) -> bool:
    """A verb that neither `which` nor a second subject stands before: `A cell was lost`, not `Time a UE is held`."""
    small = [word.lower().rstrip(",") for word in words]
    measured = small[0] in MEASURES  # `number of cells locked` are no cells that locked
    for place, word in enumerate(small):
        relative = word in _RELATIVES or (place > 0 and word in _DETERMINERS and small[place - 1] not in _LINKS)
        if relative and place:
            return False
        ends = place + 1 == len(small) or words[place].endswith(",")
        if place and (word in _HELPING or word in _NO_NOUNS or (word in _OF_SEVERAL and small[place - 1] != "to")):
            return True
        if place > 1 and not measured and _acts(word, small[place + 1 : place + 2], ends=ends):
            return True
    return False


def _acts(word: str, following: list[str], *, ends: bool) -> bool:
    """A word in s that has an object is a verb, and so is one in ed that ends its clause."""
    object_follows = any(each in _DETERMINERS or each in ("more", "less", "only") for each in following)
    turns = word in _FINITE and any(each in ("when", "if", "as") for each in following)  # `the timer starts when`
    return (_s_form(word) and object_follows) or turns or (word.endswith("ed") and ends)


def _noun_phrase(small: str) -> str:
    """`singular` or `plural` of a text that is a noun with what belongs to it, else ""."""
    words = small.split(" ")
    if not 1 < len(words) <= _LONGEST or words[0].lower() in _NO_NOUN or _BREAK.search(small):
        return ""
    place = next((at for at, word in enumerate(words) if _ends_head(word, words[at + 1 : at + 2])), len(words) - 1)
    before, head = words[:place], words[place].rstrip(",")
    if not all(map(_WORD.fullmatch, (*before, head))) or any(word.lower() in _FINITE for word in (*before, head)):
        return ""
    if any(_PLURAL.search(word) for word in before) or head.endswith(("ly", "ing")):
        return ""
    return "plural" if _PLURAL.search(head) else "singular"


def _ends_head(word: str, following: list[str]) -> bool:
    done = _PLURAL.search(word) is not None
    return word.endswith(",") or any(_ends_it(each.lower(), done=done) for each in following)


def _ends_it(following: str, *, done: bool) -> bool:
    """A preposition, a second subject, a bracket; behind a plural what was done to it: `grants lost`."""
    joins = following in _LINKS or following in _DETERMINERS or following.startswith("(")
    return joins or (done and _PARTICIPLE.fullmatch(following) is not None)


def _lowered(text: str) -> str:
    """With a small first letter, unless it begins a name."""
    first, second = [*text.split(" ", 2), ""][:2]
    if first.lower() in _ARTICLES:
        return text[:1].lower() + text[1:]
    named = not _CAPITAL.fullmatch(first.rstrip(",")) or _CAPITAL.fullmatch(second)
    return text if named else text[:1].lower() + text[1:]


_LONGEST = 30  # words
_THIRD_PERSON = """
    activates adds adjusts allows applies balances configures contains controls counts decides defines describes
    detects determines disables distributes enables enhances ensures extends gives handles holds identifies
    improves increases indicates introduces limits lists lowers makes manages measures minimizes monitors moves says
    offers optimizes prevents provides raises records reduces reports represents saves selects sets shortens
    shows specifies states supports tells triggers avoids blocks changes compares directs forbids inhibits keeps maps
    mutes protects removes restricts schedules sends splits spreads starts steers stops switches turns uses
"""
VERBS = frozenset(_THIRD_PERSON.split())
_QUANTITIES = """
    accumulated aggregated average current fewest maximum mean minimum most number time total upper lower
"""
MEASURES = frozenset(_QUANTITIES.split())
_PORTIONS = "sum share percentage amount length duration size count rate ratio level distribution list value part state"
_SHARES = frozenset(_PORTIONS.split())
_ARTICLES = frozenset({"the", "a", "an"})
_BEFORE_NOUNS = "the a an its their this these all each every any one no whether how"
_DETERMINERS = frozenset(_BEFORE_NOUNS.split())
_RELATING = "which that who whose where when while whether if how as until before after once"
_RELATIVES = frozenset(_RELATING.split())
_HELPING_VERBS = "is are was were can cannot must may might will shall should has have had does do"
_HELPING = frozenset(_HELPING_VERBS.split())
_OF_ONE = _HELPING - {"are", "were", "have", "do"}  # `Do not activate both` has no subject to be found
_LINKING = """
    of for between in that to on by which used when from with per at above below under over after before during until
    not since as if within without against towards where while via into only once
"""
_LINKS = frozenset(_LINKING.split())
_BEHIND_NOUN = frozenset({"of", "that", "which", "who", "whose"})
_MANY_THINGS = """
    antennas beams bearers carriers cells connections devices flows frequencies grants handovers layers measurements
    messages neighbours neighbors nodes operators packets pilots preambles resources sectors services sessions
    signals slices slots subscribers symbols terminals users visitors
"""
_SUBJECTS = frozenset(_MANY_THINGS.split())
_ALWAYS_VERBS = """
    activate allow configure deactivate define determine disable enable ensure improve increase indicate decrease
    prevent provide reduce select specify
"""
_IMPERATIVES = frozenset(_ALWAYS_VERBS.split())
_ALSO_NOUNS = "set use control limit change start stop turn choose apply keep send block bar report trigger switch"
_ORDERS = frozenset(_ALSO_NOUNS.split())
_CLOSED = """
    if when while for to in on at by with from after before during no not this that these it its there all each both
    see use used note only do does per because since one must can may and or as any such due depending based yes true
    false none i we you they default example for deprecated obsolete reserved never always already often
"""
_NO_NOUN = frozenset(_CLOSED.split())
_SELDOM_NOUNS = """
    applies becomes belongs borrows comes consists contains decides depends exceeds expires follows gets gives goes
    happens helps keeps leads leaves lends loses lowers makes means needs occurs prevents raises reaches receives refers
    remains removes replaces requires says sees sends stays takes tells wakes ran went began fell rose took gave
"""
_NO_NOUNS = frozenset(_SELDOM_NOUNS.split())
_OF_SEVERAL = frozenset({"become", "camp", "come", "go", "remain", "stay", "wake"})  # `UEs below stay on their carrier`
_VERBS_OF_CLAUSES = """
    is are was were be been can cannot must may might will would should shall has have had does do did mean
    begins ends starts stops sets holds opens closes grows shrinks
"""
_FINITE = _NO_NOUNS | frozenset(_VERBS_OF_CLAUSES.split())
_S_FORM = re.compile(r"[a-z]{2,}[a-rt-z]s")
_PARTICIPLE = re.compile(
    r"(?![a-z]*eed\Z)[a-z]{2,}ed|agreed|freed|[a-z]+(?:dden|tten|iven|aken|osen|hown|nown)|set|sent|lost|kept|made|held|seen|read|left|put|found|told"
)
_OTHER_LANGUAGES = """
    der die das des dem den und für bis zum zur ein eine einer nach bei mit von im dazu je pro
    le la les de du et pour par une un el los las y del por para con
"""
_FOREIGN = frozenset(_OTHER_LANGUAGES.split())
_VOWEL = re.compile(r"[aeio]|[AEFHILMNORSX][A-Z0-9]")
_PLURAL = re.compile(r"(?:[a-z](?<![sui])|[A-Z]{2})s\Z")  # `slots`, `UEs`
_WORD = re.compile(r"(?:[A-Za-z]+|\d+(?:st|nd|rd|th)|[A-Z]+\d+)(?:[-/][A-Za-z]+)*")
_CAPITAL = re.compile(r"[A-Z][a-z]+(?:-[a-z]+)*")
_GOES_ON = r"\d|(?:in|of|which|that|including|for|as|when|or|and|see|range) "
_BREAK = re.compile(rf"[:;!?=“”|]|\. |\bon or off\b|, (?!{_GOES_ON})")
