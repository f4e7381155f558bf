"""Rules for features that a text speaks of outside of overviews and lists: its subject, and what the subject goes with.

How-tos, guidelines, answers and release notes have no overview: the feature stands in the sentence that says what the
text is about, or beside its licence key. Other features count as related where a sentence says how they go together.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator

from randaemon.model import Category, Span
from randaemon.ran import names
from randaemon.ran.feature import Role
from randaemon.stages.extract.features import title_before
from randaemon.stages.extract.finds import FAIR, WEAK, Finds, Origin
from randaemon.stages.extract.page import Page
from randaemon.stages.extract.pieces import Piece

_SUBJECT = re.compile(r"\b(?:is about|describes|appl(?:y|ies) to|covers|is valid for)\b", re.IGNORECASE)
_TOGETHER = re.compile(
    r"\b(?:together with|prerequisite|requires?|required|needs?|depends? on|already active|"
    r"(?:must|should|has to|have to) (?:not )?be (?:\w{1,20} )?(?:active|activated|licensed|used)|"
    r"(?:not|in)compatible|conflicts?|conflicting)\b|(?<![a-z] )\bWith (?=[A-Z])",
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
_PAST = frozenset({Role.HISTORY, Role.LEGAL})
_KINDS = frozenset({"text", "item", "table", "code"})
_SEE = re.compile(r"\b(?:[Ss]ee|[Rr]efer to)\b")
_BEHIND_NAME = re.compile(r"[A-Za-z0-9*_`] ?(?:[(\[]|<br>)[*_`]{0,3}\Z")
_CLOSE = 120  # characters between an identity and the key it is sold under
_TITLE_BEHIND = re.compile(r"[`*]{0,3}+ ?\(?[*_]{0,2}+(?P<title>[A-Z][A-Za-z0-9/+& -]{2,80}+)")


def read_subjects(finds: Finds) -> None:
    """Find the features of a text without an overview, and those its sentences tie to them."""
    told = list(_identities(finds.page)) if finds.page.is_ran else []
    for piece, identity in told:
        listed = piece.role is Role.FEATURES and piece.kind == "item"
        if listed and _LISTED.match(finds.page.markdown, piece.body, identity.start):
            _feature(finds, piece, identity, "feature-item")
    spoken = [(piece, identity) for piece, identity in told if piece.role not in _SILENT]
    own = {item.name for item in finds.items if item.category is Category.FEATURE} if spoken else set()
    if not own:
        own = {_subject(finds, piece, identity) for piece, identity in spoken} - {""}
    if own:
        known = own | {item.name for item in finds.items if item.category is Category.RELATED_FEATURE}
        _read_related(finds, spoken, known)
    if finds.page.is_ran:
        _read_rest(finds)


def _read_rest(finds: Finds) -> None:
    """Whoever prints an identity speaks of that feature: it goes with the text's own, or is the only one it has."""
    placed = {item.name for item in finds.items if item.category in (Category.FEATURE, Category.RELATED_FEATURE)}
    rest: dict[str, tuple[Piece, Span]] = {}
    for piece, identity in _identities(finds.page, _KINDS):
        name = names.feature_identity(identity.text) or ""
        if name in placed or name in rest or piece.role in _PAST or _pointed_at(finds.page, piece, identity):
            continue
        rest[name] = (piece, identity)
    if any(item.category is Category.FEATURE for item in finds.items):
        for name, (piece, identity) in rest.items():
            _related(finds, piece, identity, name, "named")
    elif len(rest) == 1:
        for piece, identity in rest.values():
            if _BEHIND_NAME.search(finds.page.markdown, max(piece.start, identity.start - _CLOSE), identity.start):
                _feature(finds, piece, identity, "only-feature")


def _pointed_at(page: Page, piece: Piece, identity: Span) -> bool:
    """True of a feature that the reader is sent to and not told of."""
    before = page.markdown[max(piece.body, identity.start - _CLOSE) : identity.start]
    return _SEE.search(before, before.rfind(". ") + 1) is not None


def _identities(page: Page, kinds: Container[str] = ("text", "item")) -> Iterator[tuple[Piece, Span]]:
    """The features that text and list items name, value packages apart."""
    for found in names.FAJ.finditer(page.markdown):
        piece = page.piece_at(found.start())
        if piece is not None and piece.kind in kinds:
            span = page.span(*found.span())
            if not names.is_value_package(names.feature_identity(span.text) or ""):
                yield piece, span


def _subject(finds: Finds, piece: Piece, identity: Span) -> str:
    """Keep a feature that a sentence calls its subject, or that stands beside its licence key; "" of any other."""
    before = finds.page.markdown[_sentence_start(finds.page, piece, identity.start) : identity.start]
    said = _SUBJECT.search(before) or _key_of(finds.page, piece, identity) or _is_titled(finds.page, piece, identity)
    if not said:
        return ""
    _feature(finds, piece, identity, "subject")
    return names.feature_identity(identity.text) or ""


def _is_titled(page: Page, piece: Piece, identity: Span) -> bool:
    """True of the feature whose name is the title of the whole text."""
    title = title_before(page, piece.body, identity.start)
    return title is not None and " " in title.text and page.headline.rstrip("?").endswith(page.printed(title))


def _read_related(finds: Finds, spoken: list[tuple[Piece, Span]], known: set[str]) -> None:
    for piece, identity in spoken:
        name = names.feature_identity(identity.text) or ""
        if name not in known and _TOGETHER.search(_sentence(finds.page, piece, identity)):
            _related(finds, piece, identity, name, "together")


def _related(finds: Finds, piece: Piece, identity: Span, name: str, rule: str) -> None:
    fields = {"identity": identity}
    title = title_before(finds.page, piece.body, identity.start)
    if title is not None:
        fields["title"] = title
    finds.add(Category.RELATED_FEATURE, name, identity, Origin(rule, WEAK, piece.heading), fields)


def _feature(finds: Finds, piece: Piece, identity: Span, rule: str) -> None:
    page = finds.page
    fields = {"identity": identity}
    title = title_before(page, piece.body, identity.start)
    behind = _TITLE_BEHIND.match(page.markdown, identity.end, piece.end) if title is None else None
    title = page.trimmed(*behind.span("title")) if behind else title
    if title is not None:
        fields["title"] = title
    key = _key_of(page, piece, identity)
    if key is not None:
        fields["licence_key"] = key
    name = names.feature_identity(identity.text) or ""
    finds.add(Category.FEATURE, name, identity, Origin(rule, FAIR, piece.heading), fields)


def _key_of(page: Page, piece: Piece, identity: Span) -> Span | None:
    """The licence key that follows an identity in its sentence."""
    found = names.CXC.search(page.markdown, identity.end, min(identity.end + _CLOSE, piece.end))
    if found is None or ". " in page.markdown[identity.end : found.start()]:
        return None
    return page.span(*found.span())


def _sentence(page: Page, piece: Piece, found: Span) -> str:
    end = page.markdown.find(". ", found.end, piece.end)
    return page.markdown[_sentence_start(page, piece, found.start) : end if end >= 0 else piece.end]


def _sentence_start(page: Page, piece: Piece, at: int) -> int:
    start = page.markdown.rfind(". ", piece.body, at)
    return start + 2 if start >= 0 else piece.body
