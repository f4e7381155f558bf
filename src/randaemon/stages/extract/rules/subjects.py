"""Rules for features that a text speaks of outside of overviews and lists: its subject, and what the subject goes with.

How-tos, guidelines, answers and release notes have no overview: the feature stands in the sentence that says what the
text is about, or beside its licence key. Other features count as related where a sentence says how they go together.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from randaemon.model import Category, Span
from randaemon.ran import names
from randaemon.ran.feature import PROCEDURES, Role
from randaemon.ran.listing import layout
from randaemon.stages.extract.finds import FAIR, WEAK, Finds, Origin
from randaemon.stages.extract.page import LONGEST_HALF, Page
from randaemon.stages.extract.pieces import Piece
from randaemon.stages.extract.rules.features import title_before, told_tie
from randaemon.stages.extract.rules.overview import cleared_title

_SUBJECT = re.compile(r"\b(?:is about|describes|appl(?:y|ies) to|covers|is valid for)\b", re.IGNORECASE)
#: `The feature Quiet Cells (FAJ 121 4001) is activated …`: around the identity.
_OPENS = re.compile(r"(?:The |This )?[Ff]eature (?:[A-Z0-9][^\n(.]{0,80} ?\()?\Z")
_ACTED_ON = re.compile(
    r"[)*_ ]{0,4}(?:is|has been|was|will be|is being|is to be|shall be) "
    r"(?:now |then )?(?:activated|enabled|introduced|rolled out|deployed|switched on|turned on|trialled|tested)\b"
)
TOGETHER = re.compile(
    r"\b(?:together with|prerequisite|[Rr]equires?|required|[Nn]eeds?|[Dd]epends? on|already active|"
    r"(?:must|should|has to|have to) (?:not )?be (?:\w{1,20} )?(?:active|activated|licensed|used)|"
    r"(?:not|in)compatible|mutually exclusive|can ?not (?:be )?(?:used|combined|run|active|activated)|"
    r"conflicts?|conflicting)\b|(?<![a-z] )\bWith (?=[A-Z])",
)
_WORD = r"[A-Z0-9][A-Za-z0-9/+&-]{0,40}+"
_MORE = rf"(?: (?:(?:of|for|and|to|in|with|on|by) )?{_WORD})"
#: Before the identity of a list item: nothing, or the feature's name alone, which is one word only beside a sign.
_LISTED = re.compile(
    rf"[*_` ]{{0,8}}+(?!(?:Requires?|Needs?|Replaces?|Depends|Conflicts?|Related|See|Also|With)\b)"
    rf"(?:{_WORD}{_MORE}{{0,9}}[*_`]{{0,3}}(?: ?[(\[]|, | [–-] |: ?)"
    rf"|{_WORD}{_MORE}{{1,9}}[*_`]{{0,3}} )?\Z"
)
_SILENT = frozenset({Role.DEPENDENCIES, Role.FEATURES, Role.HISTORY, Role.LEGAL})
_HEADING = frozenset({Role.FEATURES, Role.NONE})
_PAST = frozenset({Role.HISTORY, Role.LEGAL})
_KINDS = frozenset({"text", "item", "table", "code"})
_SAID = frozenset({"text", "item"})
_SEE = re.compile(r"\b(?:[Ss]ee|[Rr]efer to)\b")
_BEHIND_NAME = re.compile(r"[A-Za-z0-9*_`] ?(?:[(\[]|<br>)[*_`]{0,3}\Z")
_CLOSE = 120  # characters between an identity and the key it is sold under
_TITLE_BEHIND = re.compile(r"[`*]{0,3}+ ?\(?[*_]{0,2}+(?P<title>(?!CXC|FAJ)[A-Z][A-Za-z0-9/+& -]{2,80}+)")


class _Named(NamedTuple):
    """A feature that the text names, value packages apart."""

    piece: Piece
    identity: Span
    name: str


def read_subjects(finds: Finds) -> None:
    """Find the features of a text without an overview, and those its sentences tie to them."""
    named = list(_named(finds.page)) if finds.page.is_ran else []
    told = [each for each in named if each.piece.kind in _SAID]
    index = bool(named) and _INDEXED.search(finds.page.headline) is not None
    for each in told:
        role = each.piece.role
        listed = each.piece.kind == "item" and (role is Role.FEATURES or (index and role not in _ELSEWHERE))
        if listed and _LISTED.match(finds.page.markdown, each.piece.body, each.identity.start):
            _feature(finds, each, "feature-item")
    if finds.page.is_ran:
        _read_headed(finds)
    _read_headline(finds)
    spoken = [each for each in told if each.piece.role not in _SILENT]
    own = finds.named(Category.FEATURE) if spoken else set()
    if not own:
        own = {each.name for each in spoken if _is_subject(finds, each)}
    own |= _indexed(finds, spoken, own)
    if own:
        known = own | finds.named(Category.RELATED_FEATURE)
        _read_related(finds, spoken, known)
    _read_rest(finds, named)


#: `Features to buy in 2027`: what the items of such a text begin with are features, each its own.
_INDEXED = re.compile(r"\b[Ff]eatures\b")
_ELSEWHERE = _SILENT | {Role.PREREQUISITES, Role.STEPS, Role.AFTER, *PROCEDURES}


def _indexed(finds: Finds, spoken: Sequence[_Named], own: set[str]) -> set[str]:
    """The features of an index that have no key: their lines begin with a name as those of the others do."""
    lines = Counter(each.piece.start for each in spoken if each.name in own)
    found = {each.name: each for each in spoken if each.name not in own and lines[each.piece.start] >= _INDEX}
    listed = {name: each for name, each in found.items() if _at_line_start(finds.page, each.identity)}
    for each in listed.values():
        _feature(finds, each, "index")
    return set(listed)


_INDEX = 3  # features in one paragraph


def _read_headed(finds: Finds) -> None:
    """Features that have a section each: below `New features`, or several beside each other in a text about no one."""
    page, titled = finds.page, []
    for piece in page.headings:
        if piece.role in _HEADING and "FAJ" in piece.heading[-1]:
            named = _printed_alone(page, piece)
            titled += [named] if named else []
    beside = [each for each in titled if each.piece is not page.headings[0] and each.piece.role is Role.NONE]
    several = len({each.name for each in beside}) > 1 and len({each.piece.level for each in beside}) == 1
    alone = not several or finds.named(Category.FEATURE) or len(beside) < len(titled)
    for each in titled:
        if each.piece.role is Role.FEATURES or not alone:
            _feature(finds, each, "feature-heading")


def _read_headline(finds: Finds) -> None:
    """A text whose title prints one identity is about that feature, unless its overview told of another."""
    page = finds.page
    if finds.named(Category.FEATURE):
        return
    titles = list(_titles(page))
    for piece in titles:
        named = _printed_alone(page, piece)
        if named is not None:
            above = cleared_title(page, titles[0].body, titles[0].end) if piece is not titles[0] else None
            _feature(finds, named, "headline", above)
            return


def _printed_alone(page: Page, piece: Piece) -> _Named | None:
    """The feature of a piece that prints one identity; None of value packages."""
    found = list(names.FAJ.finditer(page.markdown, piece.body, piece.end))
    name = names.identity_of(found[0]) if len(found) == 1 else ""
    return _Named(piece, page.span(*found[0].span()), name) if name and not names.is_value_package(name) else None


def _titles(page: Page) -> Iterator[Piece]:
    """The first heading, and below it at once a second one or a line that begins with an identity."""
    if not page.headings:
        return
    yield page.headings[0]
    below = page.piece_below(page.headings[0])
    if below is not None and (below.kind == "heading" or _SUBTITLE.match(page.markdown, below.body, below.end)):
        yield below


_SUBTITLE = re.compile(rf"{names.FAJ.pattern}[ \t]*(?:\Z|[\n·|,;:–—(/-])")


def _read_rest(finds: Finds, named: Sequence[_Named]) -> None:
    """Whoever prints an identity speaks of that feature: it goes with the text's own, or is the only one it has."""
    own = finds.named(Category.FEATURE)
    placed = own | finds.named(Category.RELATED_FEATURE)
    rest: dict[str, _Named] = {}
    for each in named:
        if each.name not in placed and each.piece.role not in _PAST and not _pointed_at(finds.page, each):
            rest.setdefault(each.name, each)
    if own:
        for each in rest.values():
            _related(finds, each, "named")
        return
    only = len(rest) == 1
    for each in rest.values():
        if (_is_behind_name if only else _is_headed)(finds.page, each):
            _feature(finds, each, "only-feature" if only else "feature-column")


def _is_behind_name(page: Page, named: _Named) -> bool:
    start = named.identity.start
    return _BEHIND_NAME.search(page.markdown, max(named.piece.start, start - _CLOSE), start) is not None


def _is_headed(page: Page, named: _Named) -> bool:
    """True of a feature in a column of features, whose identities stand behind their names."""
    piece, start = named.piece, named.identity.start
    if piece.kind != "table":
        return False
    column = layout([cell.text for cell in page.header(piece)]).columns.get("feature_name")
    line = page.markdown.rfind("\n", piece.start, start) + 1
    return page.markdown.count("|", line, start) - 1 == column


def _named(page: Page) -> Iterator[_Named]:
    """The features that anything but headings names."""
    for found in names.FAJ.finditer(page.markdown):
        piece, name = page.piece_at(found.start()), names.identity_of(found)
        if piece is not None and piece.kind in _KINDS and not names.is_value_package(name):
            yield _Named(piece, page.span(*found.span()), name)


def _pointed_at(page: Page, named: _Named) -> bool:
    """True of a feature that the reader is sent to and not told of."""
    start = named.identity.start
    before = page.markdown[max(named.piece.body, start - _CLOSE) : start]
    return _SEE.search(before, before.rfind(". ") + 1) is not None


def _is_subject(finds: Finds, named: _Named) -> bool:
    """Keep a feature that a sentence calls its subject, or that stands beside its licence key; False of any other."""
    page, (piece, identity, _) = finds.page, named
    start = _sentence_start(page, piece, identity.start)
    before = page.markdown[start : identity.start]
    said = (
        page.said(_SUBJECT, piece, start, identity.start)
        or _ENTITLED.match(before, before.rfind("\n") + 1)
        or _is_acted_on(page, before, identity)
        or _INTRODUCED.search(before, max(0, len(before) - _LONGEST_LEAD))
        or _key_of(page, piece, identity)
        or _is_titled(page, piece, identity)
    )
    if said:
        _feature(finds, named, "subject")
    return bool(said)


#: `It is the LTE feature FAJ 121 4001`, `We activated Quiet Cells (FAJ 121 4001)`.
_INTRODUCED = re.compile(
    r"[ITWw](?<!\w.)(?:(?:(?<=I)t|(?<=T)his) is (?:the|an?) "
    r"(?:(?!prerequisite|related|conflicting|required|other|dependent)[A-Za-z0-9-]{1,20} ){0,3}feature \(?"
    r"|(?:(?<=[Ww])e|(?<=T)hey|(?<=I))(?: have| had)?(?: just| now)? (?:activated|enabled|introduced|rolled out"
    r"|deployed|switched on|turned on|trialled|tested) (?:the feature )?(?:[A-Z0-9][A-Za-z0-9 -]{2,60} ?\()?)\Z"
)
_LONGEST_LEAD = 200  # characters
_ENTITLED = re.compile(r"[*_ \t]{0,8}(?:Title|Subject|Activity|Objective|Task)[*_]{0,2}:[*_]{0,2} [^\n]{0,100}\Z")


def _is_acted_on(page: Page, before: str, identity: Span) -> bool:
    return _OPENS.match(before) is not None and _ACTED_ON.match(page.markdown, identity.end) is not None


def _is_titled(page: Page, piece: Piece, identity: Span) -> bool:
    """True of the feature whose name is the title of the whole text, or that a heading tells to activate."""
    title = title_before(page, piece.body, identity.start)
    if title is None or " " not in title.text:
        return False
    name, head = page.printed(title), page.headline.rstrip("?")
    if head.endswith(name) or head.startswith((f"{name}:", f"{name} -", f"{name} –")):
        return True
    return any(each.endswith(name.lower()) for each in page.procedure_titles)


def _read_related(finds: Finds, spoken: Sequence[_Named], known: set[str]) -> None:
    for each in spoken:
        if each.name not in known and _goes_with(finds.page, each.piece, each.identity):
            _related(finds, each, "together")


def _goes_with(page: Page, piece: Piece, identity: Span) -> bool:
    start, end = _sentence_start(page, piece, identity.start), _sentence_end(page, piece, identity.end)
    return bool(page.said(TOGETHER, piece, start, end))


def _related(finds: Finds, named: _Named, rule: str) -> None:
    piece, identity, name = named
    fields = {"identity": identity}
    title = title_before(finds.page, piece.body, identity.start)
    if title is not None:
        fields["title"] = title
    relationship = _relationship(finds.page, piece, identity)
    if relationship is not None:
        fields["relationship"] = relationship
    finds.add(Category.RELATED_FEATURE, name, identity, Origin(rule, WEAK, piece.heading), fields)


def _relationship(page: Page, piece: Piece, identity: Span) -> Span | None:
    """The one word of a sentence that says how its features go with the text's own: `… is a prerequisite`."""
    if piece.kind not in _SAID:
        return None
    start, end = _sentence_start(page, piece, identity.start), _sentence_end(page, piece, identity.end)
    found = page.said(_RELATIONSHIP, piece, start, end)
    if found:
        return page.span(*found[0].span()) if len({each[0].lower() for each in found}) == 1 else None
    return told_tie(page, piece, start, identity.start, end)


_RELATIONSHIP = re.compile(
    r"\b(?<!no )(?<!not )(?<!not a )"
    r"(?:prerequisite(?=s?\b)|conflicting\b|related(?=[*_`]{0,3}(?:[.:,;)\n]|\Z| to\b)))",
    re.IGNORECASE,
)


def _feature(finds: Finds, named: _Named, rule: str, above: Span | None = None) -> None:
    page, (piece, identity, name) = finds.page, named
    fields = {"identity": identity}
    title = title_before(page, piece.body, identity.start)
    behind = _TITLE_BEHIND.match(page.markdown, identity.end, piece.end) if title is None else None
    title = page.trimmed(*behind.span("title")) if behind else title or above or _at_line_start(page, identity)
    if title is not None:
        fields["title"] = title
    key = _key_of(page, piece, identity)
    if key is not None:
        fields["licence_key"] = key
    finds.add(Category.FEATURE, name, identity, Origin(rule, FAIR, piece.heading), fields)


def _at_line_start(page: Page, identity: Span) -> Span | None:
    """The name that a line of an index begins with: `Quiet Cells   FAJ 121 4001   CXC4011234`."""
    start = page.markdown.rfind("\n", 0, identity.start) + 1
    found = _NAMED_FIRST.match(page.markdown, start, identity.start)
    return page.span(*found.span("title")) if found else None


_NAMED_FIRST = re.compile(rf"[ \t]{{0,24}}+(?P<title>{_WORD}{_MORE}{{1,9}})[ \t]{{1,80}}\Z")


def _key_of(page: Page, piece: Piece, identity: Span) -> Span | None:
    """The licence key that follows an identity in its sentence, or that stands in its row."""
    if piece.kind == "table":
        first, last = max(0, identity.start - _LONGEST_ROW), min(piece.end, identity.end + _LONGEST_ROW)
        start, end = page.markdown.rfind("\n", first, identity.start) + 1, page.markdown.find("\n", identity.end, last)
        found = names.CXC.search(page.markdown, max(first, start), end if end >= 0 else last)
        return page.span(*found.span()) if found else None
    found = names.CXC.search(page.markdown, identity.end, min(identity.end + _CLOSE, piece.end))
    if found is None or ". " in page.markdown[identity.end : found.start()]:
        return None
    return page.span(*found.span())


_LONGEST_ROW = 4_000  # characters on one side of an identity


def _sentence_start(page: Page, piece: Piece, at: int) -> int:
    first = max(piece.body, at - LONGEST_HALF)
    start = max(page.markdown.rfind(stop, first, at) for stop in _STOPS)
    return start + 2 if start >= 0 else first


def _sentence_end(page: Page, piece: Piece, at: int) -> int:
    last = min(piece.end, at + LONGEST_HALF)
    ends = [page.markdown.find(stop, at, last) for stop in _STOPS]
    return min((end for end in ends if end >= 0), default=last)


_STOPS = (". ", ".\n")
