"""Rules over sentences that name an attribute or counter and its MO class apart: "the attribute qOffset of the
NRCellCU MO", "In the NRCellDU MO, the attribute pMax …", "pmA and pmB in the same MO class".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from randaemon.model import Category
from randaemon.ran import mentions, names
from randaemon.stages.extract.finds import WEAK, Finds, Origin, category_of
from randaemon.stages.extract.page import Cell, Page

_CLASS = r"[A-Z][A-Za-z0-9]{1,80}+"
_BEHIND = r"[a-z0-9]{0,40}+[A-Z][A-Za-z0-9]{0,100}+(?![A-Za-z0-9_=(]|\.[A-Za-z])"  # the first letter of a local name
_LOCAL = rf"[a-z](?<![A-Za-z0-9_.=].){_BEHIND}"  # one with a hump
_NAME_BEHIND = rf"[a-z]{_BEHIND}"
_TICK = r"[`*]{0,2}+"
_ID = rf"=[A-Za-z0-9<>_-]{{1,40}}+{_TICK}"  # `NRCellDU=1`: an instance tells its class without saying "MO"
_MO = (
    rf"(?:(?:MO(?: [Cc]lass)?|(?P<called>[Cc]lass)):? {_TICK}(?P<a>{_CLASS})"
    rf"|{_TICK}(?P<b>{_CLASS})(?:{_ID}|{_TICK} (?:MO\b|managed object)(?: [Cc]lass\b)?))"
)
_KINDS = "(?:attributes?|parameters?|counters?)"

#: Names (one, or several joined by commas and "and") followed by the class they belong to, or by "the same MO class".
_NAMES_OF = re.compile(
    rf"(?P<names>{_LOCAL}{_TICK}(?:(?:, | and | or |, and ){_TICK}{_LOCAL}{_TICK}){{0,11}}+)"
    rf"(?: {_KINDS})?(?: to {_TICK}[A-Za-z0-9_.-]{{1,40}}+{_TICK}| among the {_KINDS})?"
    r"(?: (?:of|in|on|under|for|from)(?: (?:the|each|an?))? ?| ?\((?:in |of )?(?:the )?)"
    rf"(?:(?P<same>same MO(?: class)?)\b|{_MO})"
    rf"(?:,? (?:and|or)(?: (?:in|of|on))?(?: the)? (?P<second>{_CLASS}) MO\b)?"
)
#: "In the NRCellDU MO, the attribute pMax": the class first.
_OF_NAMES = re.compile(
    rf"[FIOUfiou](?<!\w.)(?:(?<=[IOio])n|(?<=[io])f|(?<=[Uu])nder|(?<=[Ff])or) (?:the |each )?{_MO},?"
    r"(?: (?:set|check|read|change|raise|lower|increase|decrease)(?: the)?(?: attribute| parameter| counter)?"
    rf"| (?:the )?(?:attribute|parameter|counter)s?) (?P<names>{_TICK}{_LOCAL}{_TICK}"
    rf"(?:(?: to {_TICK}[-+A-Za-z0-9_.]{{1,40}}+{_TICK})?(?:, and |, | and )(?:set )?{_TICK}{_LOCAL}{_TICK}){{0,7}}+)"
)
#: A name that a sentence calls an attribute, whose class it does not tell; `before` lacks its first letter.
_CALLED = re.compile(
    rf"[a-z](?<!\w.)(?:(?<=a)ttribute (?P<after>{_TICK}{_LOCAL})"
    rf"|(?<![.=].)(?P<before>{_BEHIND}{_TICK}) (?:MO )?attribute\b)"
)
_NAME = re.compile(_LOCAL)
_OWNER = re.compile(
    rf"(?P<a>{_CLASS})(?:\.|::)[a-z]|(?P<b>{_CLASS})(?:{_ID})? MO\b|MO(?: [Cc]lass)?:? (?P<c>{_CLASS})"
    rf"|(?:belongs? to|(?:sit|live)s? [io]n) {_TICK}(?P<d>{_CLASS})"
)
_REACH = 400  # characters back in which "the same MO class" has its class


def read_prose(finds: Finds) -> None:
    """Find names in sentences that tell their class; names merely called an attribute stay bare."""
    if not finds.page.is_ran:
        return
    text = finds.page.markdown
    identities = _IDENTITY.finditer(text, finds.page.first_equals)
    told = sorted([each.start() for each in chain(finds.page.mo_words, _CLASS_WORD.finditer(text), identities)])
    for start, end in _around(text, told, _REACH):
        for found in _sentences(text, start, end):
            for owner in _owners(text, found):
                (_keep_plain if found.re is _PLAIN_NAMES_OF else _keep)(finds, found, owner)
    for owner, place in _held(finds.page):
        at, local = finds.page.piece_at(place[0]), text[slice(*place)]
        if at is not None and at.kind != "code" and names.is_attribute(local):
            name = f"{owner}.{local}"
            finds.add(category_of(name), name, finds.page.span(*place), Origin("prose", WEAK, at.heading))
    _read_called(finds, text)


def _read_called(finds: Finds, text: str) -> None:
    """Find what a sentence calls an attribute; a parameter may be that of anything, so its class has to stand by."""
    starts = [start for word in _ATTRIBUTE_WORD.finditer(text) for start in _around_word(text, word.start())]
    for found in mentions.matches_at(_CALLED, text, starts):
        _called(finds, found.span("after") if found["after"] else (found.start(), found.end("before")))
    for found in _PARAMETER_NAMED.finditer(text):
        if _owner_beside(text, *found.span()):
            _called(finds, found.span("name"))


def _held(page: Page) -> Iterator[tuple[str, Cell]]:
    """Class and place of names such as `administrativeState of NRSectorCarrier`: everybody knows that it is a class."""
    text = page.markdown
    for holder in chain.from_iterable(each.finditer(text) for each in _HOLDERS):
        places = list(_places(text, holder))
        for owner in _held_together(text, holder) if places else ():
            yield from ((owner, place) for place in places)
    for leader in chain.from_iterable(each.finditer(text) for each in _LEADERS):
        yield from ((leader["owner"], place) for place in _behind(text, leader))
    for each in _LISTING.finditer(text):
        end = mentions.before_marks(text, each.start())
        owner = text[mentions.word_start(text, end) : end]
        if names.is_distinct_class(owner):
            yield from ((owner, found.span()) for found in _NAME.finditer(text, *each.span("names")))
    for each in _INSTANCE.finditer(text, page.first_equals):
        found = _OF_INSTANCE.match(text, mentions.word_start(text, each.start()))
        if found and names.is_known_class(found["owner"]):
            yield found["owner"], found.span("name")


def _held_together(text: str, holder: re.Match[str]) -> Iterator[str]:
    """The class, and those named with it: `in NRCellDU and NRCellCU`."""
    yield holder["owner"]
    also = _ALSO.match(text, holder.end())
    while also is not None and names.is_known_class(also["owner"]):
        yield also["owner"]
        also = _ALSO.match(text, also.end())


def _places(text: str, holder: re.Match[str]) -> Iterator[Cell]:
    """Where the names stand that a class holds: before it, and behind it where it leads a sentence or a list."""
    start = holder.start("holds")
    if start >= 0 and text.endswith(_SITTING, 0, start):
        yield from _held_by(text, text.rindex(" ", 0, start), 0)
    elif holder.re is _BELONGING:
        yield from _held_by(text, start, 0)
    elif names.is_known_class(holder["owner"]):
        if start >= 0:
            yield from _held_by(text, start, _SHORT if holder.re is _IN else 0)
        if start < 0 or text.endswith(_ANNOUNCING, 0, start):
            yield from _behind(text, holder)


def _behind(text: str, leader: re.Match[str]) -> Iterator[Cell]:
    """Where the names stand behind a class that everybody knows."""
    found = _BEHIND_CLASS.match(text, leader.end()) if names.is_known_class(leader["owner"]) else None
    if found is not None:
        yield from (each.span() for each in _NAME.finditer(text, *found.span("names")))


def _held_by(text: str, holder: int, short: int) -> Iterator[Cell]:
    """The names before `of NRCellDU`: the one beside it and those listed with it, else the one that a verb changes."""
    end = mentions.before_marks(text, holder)
    start = mentions.word_start(text, end)
    found = _NAME.match(text, start, end) or _NUMBERED.match(text, start, end)
    if found is None or found.end() != end:
        begin = max(0, holder - _SENTENCE)
        begin = max(begin, text.rfind(". ", begin, holder), text.rfind("\n", begin, holder))
        changed = _CHANGED.search(text, begin, holder) if _has_local(text, begin, holder) else None
        if changed:
            yield changed.span(changed.lastgroup or 0)
        return
    while found is not None and end - start > short:
        yield start, end
        before = _JOINED.search(text, max(0, start - _LONGEST_JOINT), start)
        end = _unbracketed(text, before.start()) if before else 0
        start = mentions.word_start(text, end)
        found = _NAME.match(text, start, end) if before else None


#: `a3offset`: a name whose number stands for a hump; `n78` and `md5sum` are words.
_NUMBERED = re.compile(
    r"(?<![A-Za-z0-9_.=])[a-z]{1,12}+\d{1,2}+[a-z]{4,40}+[A-Za-z0-9]{0,40}+(?![A-Za-z0-9_=(]|\.[A-Za-z])"
)
_SENTENCE = 160  # characters
_LONGEST_JOINT = 10
_CHANGE = r"(?:[Ss]et|[Cc]hange|[Rr]aise|[Ll]ower|[Ii]ncrease|[Dd]ecrease|[Rr]educe)"
_CHANGED = re.compile(
    rf"(?P<object>{_LOCAL}){_TICK} (?:(?:is|was|were|has been|to be) )?(?:set|chang|rais|lower|increas|decreas|reduc)"
    rf"(?:ed)? (?:to|from|by) [^\n]{{1,100}}\Z"
    rf"|{_CHANGE} {_TICK}(?P<goal>{_LOCAL}){_TICK} (?:to|from|by) [^\n]{{1,100}}\Z"
)
_JOINED = re.compile(r"(?<=[A-Za-z0-9)])[`*]{0,2}+(?:, and |, | and | or | / )[`*]{0,2}+\Z")
_LISTING = re.compile(
    rf":(?<=[A-Za-z0-9`*]:) (?P<names>{_TICK}{_LOCAL}{_TICK}"
    rf"(?:(?:, and |, | and | or ){_TICK}{_LOCAL}{_TICK}){{0,11}}+)"
)
_INSTANCE = re.compile(rf"=[A-Za-z0-9_-]{{1,40}}+\.{_NAME_BEHIND}")
_OF_INSTANCE = re.compile(rf"(?P<owner>{_CLASS})=[A-Za-z0-9_-]{{1,40}}+\.(?P<name>{_NAME_BEHIND})")
_HUMPED = rf"(?P<owner>(?=[A-Z]++[a-z0-9]++[A-Z]|[A-Z]{{3}}){_CLASS})(?![A-Za-z0-9_]|\.[A-Za-z])"
#: `in the gNodeB's NRCellDU`, `in class NRCellDU`.
_OWNED_BY = (
    r"(?:(?:the|each|every|all|any|both|an?) )?(?:\d{1,4} )?"
    rf"(?:{names.NODE}['’]s )?(?:(?:MO )?class )?{_TICK}{_HUMPED}"
)
#: `In NRCellDU, set fooTimer to 3`, `Two attributes of NRCellDU, fooTimer and fooLevel`: from behind the class.
_BEHIND_CLASS = re.compile(
    rf"{_TICK},? (?:(?:the|set|change|raise|lower|check|attributes?|parameters?) ){{0,2}}+"
    rf"(?P<names>{_TICK}{_LOCAL}{_TICK}(?:(?:, and |, | and | or ){_TICK}{_LOCAL}{_TICK}){{0,7}}+)"
)
_ANNOUNCING = ("ttributes", "arameters")
_IN = re.compile(rf"n (?:(?<=(?P<holds> [io]n ))|(?<=In )(?<!\wIn )){_OWNED_BY}")
#: Whatever something belongs to or sits on is a class here, be it known or not.
_BELONGING = re.compile(rf"belong(?<=(?P<holds> )belong)s? to {_OWNED_BY}")
_SITTING = (" sits", " sit", " lives", " live")
_ALSO = re.compile(
    rf"{_TICK},? (?:and|or) (?:(?:in|of|on) )?(?:the )?{_TICK}{_HUMPED}"
    r"(?![`*]{0,2}(?: MO)? (?:is|was|has|must|shall|should|can|may|will)\b)"
)
#: Each begins with the letter of its preposition that texts have least of, or with letters of its own.
_HOLDERS = (
    re.compile(rf"f (?<=(?P<holds> of )){_OWNED_BY}"),
    re.compile(rf"\((?<=(?P<holds> \())(?:of |in )?{_OWNED_BY}{_TICK}\)"),
    _IN,
    _BELONGING,
)
_LEADERS = (re.compile(rf"Under(?<!\wUnder) {_OWNED_BY}"), re.compile(rf"For each {_TICK}{_HUMPED}"))
_SHORT = 7  # letters: so few before "in" may be units and words of the trade (`30 kHz in NRCellDU`)


def _unbracketed(text: str, end: int) -> int:
    """Before what is said in brackets, and its name's marks of emphasis, that end at an offset."""
    start = text.rfind(" (", max(0, end - _LONGEST_NAME), end) if text.endswith(")", 0, end) else -1
    return mentions.before_marks(text, start if start >= 0 else end)


def _sentences(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    """Where a stretch of text tells names with their class, in either order."""
    yield from _PLAIN_NAMES_OF.finditer(text, start, end)
    if _has_local(text, start, end):
        yield from _NAMES_OF.finditer(text, start, end)
        yield from _OF_NAMES.finditer(text, start, end)


def _has_local(text: str, start: int, end: int) -> bool:
    """False where a stretch of text surely names nothing: most of them."""
    return start == 0 or _ANY_LOCAL.search(text, start - 1, end) is not None


_ANY_LOCAL = re.compile(r"[^A-Za-z0-9_.=][a-z][a-z0-9]{0,40}+[A-Z]")


def _around_word(text: str, start: int) -> Iterator[int]:
    """Where a name may begin that the word "attribute" stands beside: at the word itself, or before it and "MO"."""
    yield start
    before = text[max(0, start - _LONGEST_NAME) : start]
    named = before.removesuffix("MO ").removesuffix(" ").rstrip("`*")
    if not named[named.rfind(" ") + 1 :].islower():  # most words: none of them has a hump
        yield mentions.word_start(text, start - len(before) + len(named))


def _around(text: str, words: Iterable[int], reach: int) -> Iterator[tuple[int, int]]:
    """Where to look: the lines around certain words, at most `reach` characters away; the rest is never read."""
    start = end = 0
    for found in words:
        if found >= end:  # else it lies in the stretch before
            if end:
                yield start, end
            start = max(end, found - reach, text.rfind("\n\n", max(0, found - reach), found) + 1)
        line = text.find("\n\n", found, found + reach)
        end = max(end, line if line >= 0 else min(len(text), found + reach))
    if end:
        yield start, end


_IDENTITY = re.compile(r"=(?<=[A-Za-z0-9]=)(?=[A-Za-z0-9<])")
_CLASS_WORD = re.compile(r"lass(?<=[Cc]lass):? (?=[`*]{0,2}[A-Z])")
_ATTRIBUTE_WORD = re.compile(r"attribute(?![A-Za-z])")
_LONGEST_NAME = 140


def _owners(text: str, found: re.Match[str]) -> list[str]:
    groups = found.groupdict()
    if groups.get("same"):
        before = list(_OWNER.finditer(text, max(found.start() - _REACH, 0), found.start()))
        last = before[-1] if before else None
        return [last[last.lastgroup or ""]] if last else []
    return [owner for owner in (groups["a"] or groups["b"], groups.get("second")) if owner]


def _keep(finds: Finds, sentence: re.Match[str], owner: str) -> None:
    if not (names.has_hump(owner) or finds.is_class(owner)):
        return
    if sentence["called"] and not (finds.is_class(owner) or _KIND_WORD.search(sentence[0])):
        return  # programs have classes too
    before = finds.page.markdown[max(0, sentence.start() - _NEAR) : sentence.start()]
    counted = _COUNTER_WORD.search(sentence[0]) is not None or before.endswith(_COUNTERS_BEFORE)
    for found in _NAME.finditer(finds.page.markdown, *sentence.span("names")):
        local = found[0]
        at = finds.page.piece_at(found.start())
        if at is not None and at.kind != "code" and names.is_attribute(local):
            name = f"{owner}.{local}"
            category = Category.COUNTER if counted else category_of(name)
            finds.add(category, name, finds.page.span(*found.span()), Origin("prose", WEAK, at.heading))


def _keep_plain(finds: Finds, sentence: re.Match[str], owner: str) -> None:
    """Find `offset` and `hysteresis`: words that only "the attributes … of the MO class" before and behind prove."""
    for found in _WORD.finditer(finds.page.markdown, *sentence.span("names")):
        at = finds.page.piece_at(found.start())
        if at is not None and names.could_be_class(owner) and not names.has_hump(found[0]) and found[0] != "and":
            finds.add(
                Category.PARAMETER, f"{owner}.{found[0]}", finds.page.span(*found.span()),
                Origin("prose", WEAK, at.heading),
            )  # fmt: skip


#: Several such, or one that is marked; `listed` and `values` are said about attributes.
_ORDINARY = r"(?!(?:[a-z]+ed|and|names?|values?|types?|defaults?|ranges?|units?|states?)\b)[a-z][A-Za-z0-9]{2,40}+"
_PLAIN_NAMES_OF = re.compile(
    rf"(?:attribute|parameter)(?<!\w.{{9}})s? (?P<names>(?:`{_ORDINARY}`|\*{{1,2}}{_ORDINARY}\*{{1,2}}"
    rf"|{_ORDINARY}(?=,? and |, ))(?:(?:, and |, | and ){_TICK}{_ORDINARY}{_TICK}){{0,7}}+)"
    rf" (?:of|in|on|under) (?:the )?{_MO}"
)
_WORD = re.compile(r"(?<![A-Za-z0-9])[a-z][A-Za-z0-9]{1,40}")
_KIND_WORD = re.compile(rf"\b{_KINDS}\b")
_NEAR = 12  # characters
_COUNTERS_BEFORE = tuple(f"counter{number} {tick}" for number in ("", "s") for tick in ("", "`", "*", "**"))
_COUNTER_WORD = re.compile(r"\bcounters?\b")


def _called(finds: Finds, place: tuple[int, int]) -> None:
    span = finds.page.trimmed(*place)
    at = finds.page.piece_at(span.start) if span else None
    if span is None or at is None or at.kind == "code" or span.text in names.FEATURE_STATES:
        return  # they are told with their class elsewhere
    if names.is_attribute(span.text) and not names.is_counter(span.text):
        owner = _owner_beside(finds.page.markdown, span.start, place[1])
        name = f"{owner}.{span.text}" if owner else span.text
        finds.add(Category.PARAMETER, name, span, Origin("called", WEAK, at.heading))


def _owner_beside(text: str, start: int, end: int) -> str:
    """The class beside a name that a sentence calls an attribute: `the NRCellCU attribute x`, `x, also in NRCellCU`."""
    behind = _OWNER_BEHIND.match(text, end)
    if behind and (names.is_two_words(behind["owner"]) or names.is_known_class(behind["owner"])):
        return behind["owner"]
    before = _OWNER_BEFORE.search(text, max(0, start - _LONGEST_NAME), start)
    told = before is not None and (names.is_two_words(before[1]) or names.is_distinct_class(before[1]))
    return before[1] if before and told else ""


_PARAMETER_NAMED = re.compile(rf"parameter(?=s? [`*a-z])s? (?P<name>{_TICK}{_LOCAL})")
_OWNER_BEFORE = re.compile(
    rf"(?<![A-Za-z0-9_.=-])({_CLASS}){_TICK} (?:(?:configuration )?(?:attribute|parameter)s? {_TICK})?\Z"
)
_OWNER_BEHIND = re.compile(
    rf"{_TICK}(?:,? | \()"
    r"(?:(?:also|which|that|is|now|new|newly|defined|found|located|introduced|placed|set|held|kept) ){0,4}+"
    rf"(?:of|in|on|under) (?:(?:the|each|every|an?) )?(?:MO(?: [Cc]lass)? )?{_TICK}"
    rf"(?P<owner>{_CLASS})(?![A-Za-z0-9_=]|\.[A-Za-z])"
)
