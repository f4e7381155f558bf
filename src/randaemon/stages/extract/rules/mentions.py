"""Rule over running text: names that a sentence mentions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from randaemon.model import Category
from randaemon.ran import mentions, names
from randaemon.ran.feature import NOTHING, Role, bare_title
from randaemon.ran.known import CLASSES, ENDINGS, PM_ATTRIBUTES
from randaemon.stages.extract.finds import WEAK, Finds, Origin, category_of
from randaemon.stages.extract.page import Page
from randaemon.stages.extract.pieces import Piece
from randaemon.stages.extract.rules.moshell import is_pattern

_LISTING = frozenset({Role.EVENTS, Role.COUNTERS, Role.PARAMETERS, Role.KPIS, Role.PERFORMANCE})
_STATES = "|".join(names.FEATURE_STATES)
_STATE = (
    re.compile(
        rf"attribute(?: (?P<behind>{_STATES})(?![A-Za-z0-9])"
        r"|(?![A-Za-z])(?<=(?P<before>featureState) attribute)(?<![A-Za-z0-9.]featureState attribute))"
    ),
    re.compile(  # `featureState to ACTIVATED`, in any language
        r"(?P<set>featureState)(?<![A-Za-z0-9.`]featureState) (?:[a-zà-ÿ]{1,12} ){1,3}[`*]{0,2}(?:DE)?ACTIVATED\b"
    ),
    re.compile(rf"`(?P<state>{_STATES})(?:`|=[A-Z]{{3,16}}`)"),  # of texts with ticks
)
#: Older nodes have the state of a feature in another class, which the same sentence then names.
_LICENSE = re.compile(r"OptionalFeatureLicense\b")
_NEAR = 80


def read_mentions(finds: Finds) -> None:
    """Find names in running text. Runs last: classes that tables and definitions proved are believed here."""
    known = {name for item in finds.items for name in (item.name, names.split_name(item.name)[1])}
    broken = set(_broken(finds, known))  # a name broken by its column is not its first half too
    taken = broken.union([item.span.start for item in finds.items])
    _settle(finds, _read(finds, known, taken), known)
    _siblings(finds, known)
    if finds.page.is_ran:
        _states(finds, known)


def _states(finds: Finds, known: set[str]) -> None:
    """Find the state of a feature where its attribute is named without its class."""
    text = finds.page.markdown
    for pattern in _STATE if "`" in text else _STATE[:-1]:
        for found in pattern.finditer(text):
            state = found.lastgroup or 0
            if not _LICENSE.search(text, found.end(), found.end() + _NEAR):
                _put(finds, Category.PARAMETER, f"FeatureState.{found[state]}", found.span(state), known)


def _read(finds: Finds, known: set[str], taken: set[int]) -> dict[str, list[re.Match[str]]]:
    """Keep what tells by itself what it is; returns the places of the counters that are printed without a class."""
    bare: dict[str, list[re.Match[str]]] = {}
    for found in mentions.of(finds.page.markdown, taken):  # most names of a document have been met in its tables
        if found[0] in known:
            finds.again.append(found.start())
            continue
        if found.string.startswith("<br>", found.end()) and _is_half(finds, found, known):
            continue
        kind = found.lastgroup or ""
        no_name = _no_name(found, kind)
        if no_name:
            finds.refuse(found[0], no_name)
        elif kind == "counter" and names.is_counter(found[0]):
            bare.setdefault(found[0], []).append(found)
        elif kind in _READERS:
            _READERS[kind](finds, found, known)
    return bare


def _no_name(found: re.Match[str], kind: str) -> str:
    """Why a word is no name, by what stands beside it; "" of most."""
    text, start, end = found.string, found.start(), found.end()
    if _ALTERNATIVES.match(text, end):
        return "half of a pattern, not a name"
    if kind != "counter":
        return ""
    if _CUT.match(text, end) and text[start - 1] != "*":
        return "the beginning of a longer word, not a name"
    if text.startswith(".", end) and (ending := _ENDING.match(text, end)) and ending[1] in ENDINGS:
        return "a file, not a name"
    hour = text[start + 2 : end].isupper() and start > 1 and text[start - 1].isspace() and text[start - 2].isdigit()
    return "an hour, not a name" if hour else ""


_ENDING = re.compile(r"\.([a-z0-9]{1,8})(?!\.?[A-Za-z0-9])")


def _is_half(finds: Finds, found: re.Match[str], known: set[str]) -> bool:
    """True where a column broke a name that the text prints whole elsewhere: `see NRCellDU.parkH<br>ysteresis`; one
    that a cell of a printed page holds alone is put together.
    """
    rest = _REST.match(found.string, found.end()) if finds.page.breaks_names else None
    whole = f"{found[0]}{rest[1]}" if rest else ""
    if not whole or whole in known or whole in finds.page.names:
        return bool(whole)
    alone = finds.page.wrapped and found.lastgroup == "local" and rest is not None and rest["end"] is not None
    owner = found.string[found.start() : found.start("separator")] if alone else ""
    if rest is None or not finds.is_class(owner) or not found.string.startswith("| ", found.start() - 2):
        return False
    _put(finds, category_of(whole), whole, (found.start(), rest.end(1)), known)
    return True


_REST = re.compile(r"<br>([A-Za-z0-9_]{1,80}+)(?P<end> \|)?")


def _settle(finds: Finds, bare: dict[str, list[re.Match[str]]], known: set[str]) -> None:
    """Keep the counters that are printed without a class: of the one that their sentences tell, if they tell of one."""
    recorded = any(item.rule == "event-table" for item in finds.items)  # whose descriptions tell what is stepped
    for name, places in bare.items():
        believed = finds.page.is_ran or (recorded and not name.endswith("Ref"))
        if not believed and not names.is_sure_counter(name):
            finds.refuse(name, "looks like a counter, in a text that is not about networks")
        elif names.is_word_counter(name) and all(_is_in_prose(finds, found) for found in places):
            finds.refuse(name, "one word of a sentence, which may be any tool's name")
        elif finds.page.is_ran and all(is_pattern(finds.page, found) for found in places):
            finds.refuse(name, "what a command looks for: the beginning of other names")
        elif name not in known:  # else of a class that the text tells elsewhere
            owners = {owner: found for found in reversed(places) for owner in _holders(finds, found)}
            for owner, found in owners.items() if len(owners) == 1 else ():
                _put(finds, Category.COUNTER, f"{owner}.{name}", found.span(), known)
            for found in places if len(owners) != 1 else ():
                _put(finds, Category.COUNTER, name, found.span(), known)


def _is_in_prose(finds: Finds, found: re.Match[str]) -> bool:
    """True between the plain words of a sentence that does not speak of counters."""
    at = finds.page.piece_at(found.start())
    behind = found.string[found.end() : found.end() + 2]
    if at is None or at.kind != "text" or behind[:1] != " " or not behind[1:].islower():
        return False
    return "ounter" not in finds.page.markdown[slice(*finds.page.sentence(at, found.span()))]


def _holders(finds: Finds, found: re.Match[str]) -> set[str]:
    """The classes that the sentence of a name says things are of, in or on."""
    at = finds.page.piece_at(found.start())
    if at is None or at.kind not in ("text", "item") or not finds.page.is_ran:
        return set()
    said = finds.page.sentence(at, found.span())
    told = {held["owner"] for pattern in (_HELD, _COUNTING) for held in finds.page.said(pattern, at, *said)}
    return {owner for owner in told if names.is_distinct_class(owner)}


_HELD = re.compile(
    r"\b(?:[Oo]f|[Ii]n|[Oo]n|[Ff]or|[Uu]nder|[Ff]rom|[Pp]er|added to|moved to|belongs? to) "
    rf"(?:(?:the|each|every|all|any|both|an?) )?(?:{names.NODE}['’]s )?[`*]{{0,2}}+"
    r"(?P<owner>[A-Z][A-Za-z0-9]{2,80}+)(?![A-Za-z0-9_=]|\.[A-Za-z])"
)


_COUNTING = re.compile(r"(?<![A-Za-z0-9_.=])(?P<owner>[A-Z][A-Za-z0-9]{2,80}+)(?=[`*]{0,2} counters?\b)")


def _broken(finds: Finds, known: set[str]) -> Iterator[int]:
    """Put together the names that a printer broke at the end of a line; tells where they begin.

    A hyphen belongs to no name: what follows is more of it where it begins a word of its own (`Power-` and `Distr`) or
    where the text prints the whole somewhere else.
    """
    text = finds.page.markdown
    for found in _BROKEN_EVENT.finditer(text) if "_" in text else ():
        yield found.start()
        _put(finds, Category.EVENT, found[0].replace("\n", ""), found.span(), known)
    for found in _HYPHEN.finditer(text):
        head = _HEAD.search(text[max(0, found.start() - _LONGEST) : found.start()])
        name = f"{head[0]}{found['tail']}" if head else ""
        whole = "." in found["tail"] or found["tail"][0].isupper() or finds.page.names & {name, f"{name}."}
        if head and whole:
            start = found.start() - len(head[0])
            yield start
            owner = names.split_name(name)[0]
            category = category_of(name)
            if names.is_counter(name) if not owner else finds.is_class(owner):
                _put(finds, category, name, (start, found.end()), known)


_BROKEN_EVENT = re.compile(r"INTERNAL_(?:EVENT|PROC|PER|UE)_(?:[A-Z0-9]{1,40}_){0,8}+\n[A-Z][A-Z0-9_]{2,80}+")
_HYPHEN = re.compile(r"-\n(?P<tail>[A-Za-z0-9]{2,80}+(?:\.[a-z][A-Za-z0-9]{1,80}+)?)")
_HEAD = re.compile(
    r"(?<![A-Za-z0-9_.=/-])(?:[A-Z][A-Za-z0-9]{1,80}+\.[a-z]|[a-z][a-z0-9]{0,40}+[A-Z]|[A-Z])[A-Za-z0-9]{0,80}+\Z"
)
_LONGEST = 160


def _siblings(finds: Finds, known: set[str]) -> None:
    """Names that differ from a parameter of this document in their digits alone: `a5Threshold2Rsrp` beside `…1Rsrp`."""
    if not finds.page.is_ran:
        return
    parameter = Category.PARAMETER
    told = {names.split_name(item.name)[1] for item in finds.items if item.category is parameter}
    stems = {_DIGITS.sub("0", local) for local in told if not local.isalpha() and names.has_hump(local)}
    if len(stems) > _MOST_STEMS:
        return  # a list prints all of its names itself
    text = finds.page.markdown
    for stem in stems:
        first = stem.partition("0")[0]
        start = text.find(first)
        while start >= 0:
            word = _BARE.match(text, start)
            if word and word[0] not in known and _DIGITS.sub("0", word[0]) == stem:
                _put(finds, Category.PARAMETER, word[0], word.span(), known)
            start = text.find(first, start + len(first))


_DIGITS = re.compile(r"[0-9]{1,3}")
_BARE = re.compile(r"(?<![A-Za-z0-9_.=])[a-z][A-Za-z0-9]{2,120}+(?![A-Za-z0-9_(=])")
_MOST_STEMS = 8


def _put(finds: Finds, category: Category, name: str, place: tuple[int, int], known: set[str]) -> None:
    if name in known:
        return
    at = finds.page.piece_at(place[0])
    if at is None or (at.role in _LISTING and _says_nothing(finds.page, at, place)):
        return
    known.add(name)
    told = _DEFAULT.match(finds.page.markdown, place[1], at.end) if category is Category.PARAMETER else None
    fields = {"default": finds.page.span(*told.span(1))} if told else None
    finds.add(category, name, finds.page.span(*place), Origin("mention", WEAK, at.heading), fields)


_DEFAULT = re.compile(r"[`*]{0,3}+ \(default:? [`*]{0,2}([^()\n`*]{1,40})[`*]{0,2}\)")


def _says_nothing(page: Page, at: Piece, place: tuple[int, int]) -> bool:
    """True of a name in a sentence that says "has no events", which says nothing about its neighbours."""
    start, end = page.sentence(at, place)
    denied = page.markdown.startswith(("No ", "no "), start) or page.markdown.find(" no ", start, end) >= 0
    return denied and NOTHING.search(page.markdown[start:end]) is not None


def _placeholder(finds: Finds, found: re.Match[str], _: set[str]) -> None:
    if found[0] not in PM_ATTRIBUTES:
        finds.refuse(found[0], "a placeholder of prose, not a counter")


def _event(finds: Finds, found: re.Match[str], known: set[str]) -> None:
    rest = _REST_OF_EVENT.match(found.string, found.end()) if found[0].endswith("_") else None
    if rest:
        _put(finds, Category.EVENT, f"{found[0]}{rest[1]}", (found.start(), rest.end()), known)
    elif names.is_prose_event(found[0]):
        _put(finds, Category.EVENT, found[0], found.span(), known)
    else:
        finds.refuse(found[0], "a state or an ordinary word, as far as a sentence tells, no event")


_REST_OF_EVENT = re.compile(r"(?: |<br>)([A-Z][A-Z0-9_]{1,60}+)(?![A-Za-z0-9])")


def _message(finds: Finds, found: re.Match[str], known: set[str]) -> None:
    if finds.page.is_ran or finds.page.lists_events:
        _event(finds, found, known)


def _qualified(finds: Finds, found: re.Match[str], known: set[str]) -> None:
    owner, local = found.string[found.start() : found.start("separator")], found["local"]
    if names.is_measurement(found[0]) and _is_measured(found, owner, local):
        more = QUANTITY.match(found.string, found.end())
        end = more.end() if more else found.end()
        name = found.string[found.start() : end].replace("\\", "")
        _put(finds, Category.COUNTER, name, (found.start(), end), known)
        return
    if ".pm" in local:
        _glued(finds, found.start(), found.end(), known)
        return
    name = f"{owner}.{local}"
    if names.is_counter(name):
        rest = _GAP.match(found.string, found.end())
        if rest and f"{local}{rest[1]}" in known:
            _put(finds, Category.COUNTER, f"{name}{rest[1]}", (found.start(), rest.end()), known)
            return
        sure = found["separator"] != "_" and (finds.page.is_ran or names.is_sure_counter(name))
        if sure or finds.is_class(owner):  # `Vendor_pmX` joins a word and a name in file names, `Loader.pmRun` is code
            _put(finds, Category.COUNTER, name, found.span(), known)
    elif _believed(finds, found, owner, local):
        _put(finds, Category.PARAMETER, name, found.span(), known)


def _glued(finds: Finds, start: int, end: int, known: set[str]) -> None:
    """Part the counters of a list that a converter printed without its breaks: `NRCellDU.pmANRCellDU.pmB`."""
    text = finds.page.markdown
    last = text.rfind(".pm", start, end)
    while last >= start:
        before = text[start:last]
        owner = max((each for each in CLASSES if before.endswith(each)), key=len, default="")
        begin = last - len(owner)
        if owner and names.is_counter(text[begin:end]):
            _put(finds, Category.COUNTER, text[begin:end], (begin, end), known)
        end, last = begin, text.rfind(".pm", start, begin)


def _is_measured(found: re.Match[str], owner: str, local: str) -> bool:
    """False of the end of a sentence that a converter glued to the next one: `per DRB.Detailed definition`."""
    if owner in ("VS", "PEE") or not local.isalpha() or names.has_hump(local):
        return True
    return _CLOSED.match(found.string, found.end()) is not None


_CLOSED = re.compile(r"[`\"'*),|;\]]|-[A-Z]|\n(?!\w)|\Z")


def _believed(finds: Finds, found: re.Match[str], owner: str, local: str) -> bool:
    """An attribute of a class we know; a call such as `Stream.clearLine(1)` is none."""
    if found["separator"] == "::" and names.is_known_class(owner) and local[0].islower() and names.has_hump(local):
        return finds.page.is_ran and not finds.page.markdown.startswith("(", found.end())
    if found["separator"] != "." or not names.is_attribute(local.partition(".")[0]):
        return False
    if finds.page.markdown.startswith("(", found.end()):
        finds.refuse(found[0], "a call, not an attribute")
        return False
    if _ACTION.match(finds.page.markdown, found.end()) or _among_actions(finds.page, found.start()):
        finds.refuse(found[0], "an action, not an attribute")
        return False
    if _LONGER.match(finds.page.markdown, found.end()):
        finds.refuse(found[0], "part of a longer word")
        return False
    if finds.is_class(owner) and (finds.page.is_ran or owner in CLASSES):
        return True
    if _is_classed(finds.page, found.end()) or _is_told(finds.page, found, owner, local):
        return True
    finds.refuse(found[0], "nothing says that this is an MO class")
    return False


def _is_classed(page: Page, end: int) -> bool:
    """True of `Group.pMax under the NRCellDU MO`, `Group.pMax (class NRCellDU)`: the class stands behind."""
    if _UNDER_MO.match(page.markdown, end):
        return True
    found = _CLASSED.match(page.markdown, end) if page.is_ran else None
    return found is not None and names.is_known_class(found["owner"])


def _among_actions(page: Page, start: int) -> bool:
    at = page.piece_at(start)
    return at is not None and bool(at.heading) and bare_title(at.heading[-1]).lower() == "actions"


def _is_told(page: Page, found: re.Match[str], owner: str, local: str) -> bool:
    """True where the words around call it an attribute, and of most in a document of a library."""
    if not (page.is_ran and names.has_hump(local.partition(".")[0])):
        return False
    text, start, end = page.markdown, found.start(), found.end()
    if page.is_library and names.has_hump(owner):
        return True
    if not (page.is_library or names.has_hump(owner)):
        return False
    called = _ATTRIBUTE.match(text, end) or text.endswith(_ATTRIBUTE_BEFORE, max(0, start - _NEAR), start)
    return bool(called) or (page.is_library and _is_alone(page, start, end))


def _is_alone(page: Page, start: int, end: int) -> bool:
    """True of the whole of a list item."""
    at = page.piece_at(start)
    if at is None or at.kind != "item" or at.end > end + _CLOSING:
        return False
    return not page.markdown[at.body : start].strip("`* ")


_CLOSING = 2  # ticks
_ACTION = re.compile(r"[`*]{0,2}+\s{1,2}(?:MO )?actions?\b")
_ATTRIBUTE = re.compile(r"[`*]{0,2}+\s{1,2}(?:MO )?(?:attribute|parameter)s?\b")
_ATTRIBUTE_BEFORE = tuple(
    f"{word}{number} {tick}" for word in ("attribute", "parameter") for number in ("", "s") for tick in ("", "`", "**")
)
#: Measured quantities have hyphens: `L1M.SS-RSRP.Bin`; words of prose behind a name (`RRC.Conn.Avg-based`) are small.
QUANTITY = re.compile(
    rf"(?:(?:{names.CAUSE}|-[A-Z])[A-Z][A-Za-z0-9_]{{0,78}}+|\\?_[A-Z][A-Za-z0-9]{{1,40}}+)(?:\.[A-Za-z0-9_]{{1,80}}+){{0,4}}+(?![A-Za-z0-9])"
)
_GAP = re.compile(r" ([A-Z][A-Za-z0-9]{1,80}+)")  # a printer's gap in a name that the text prints whole elsewhere
_ALTERNATIVES = re.compile(r"\((?:[A-Za-z0-9]{1,80}\|)")  # `pmHo(Att|Succ)`
#: `pmEdge%`, `pmEdge*`, `pmEdge_Sum_Avg`; keys of filters (`_Qci1`) are parts of what counters are called with them.
_CUT = re.compile(r"[%*]|\\?_[A-Z][a-z]{1,40}(?![a-z]*\d)")
_LONGER = re.compile(r"\\?_[A-Za-z0-9]")
_UNDER_MO = re.compile(r"[`*]{0,2}+ (?:under|of|in) the [`*]{0,2}+[A-Z][A-Za-z0-9]{1,80}+[`*]{0,2}+ MO\b")
_CLASSED = re.compile(
    r"[`*]{0,2}+ \((?:MO )?[Cc]lass:? [`*]{0,2}+(?P<owner>[A-Z][A-Za-z0-9]{1,80}+)[`*]{0,2}+(?=[)\s,;])"
)
_READERS: dict[str, Callable[[Finds, re.Match[str], set[str]], None]] = {
    "counter": _placeholder,
    "lte": _event,
    "nr": _event,
    "message": _message,
    "local": _qualified,
}
