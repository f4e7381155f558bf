"""What documents carry that teaches nothing: legal text, contents lists, change histories, navigation.

Judged block by block. A section is taken out by its title, a block outside of such sections by what it says; a table
is only ever taken out when all of it is boilerplate.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice, takewhile
from typing import Final

from randaemon.model import Block

_NUMBER = re.compile(
    r"^(?:(?:annex|appendix)\s+[A-Z\d]+\s*(?:\((?:informative|normative)\))?|\d+(?:\.\d+)*|[A-Z]\.\d+(?:\.\d+)*)"
    r"[\s.:–-]+",
    re.IGNORECASE,
)


def _any(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_TITLES = {
    "legal": _any(
        r"legal(?: (?:information|notices?|statement))?(?:\s*[|:–-].*)?",
        r"copyright(?: (?:notices?|notification|statement|information))?",
        r"disclaimers?",
        r"trade ?marks?(?: list)?",
        r"intellectual property(?: rights)?",
        r"licen[cs]e",
        r"(?:©|\(c\)).*",
        r"foreword",
    ),
    "contents": _any(
        r"(?:table of )?contents?(?: list)?",
        r"list of (?:figures|tables)",
        r"in this (?:document|section|chapter)",
    ),
    "change-history": _any(
        r"(?:feature |document |parameter )?(?:change|revision|version|document|release) (?:history|log|information)",
        r"changelog",
    ),
}
_LEGAL = _any(
    r"all rights reserved",
    r"subject to (?:revision|change) without (?:prior )?notice",
    r"no part (?:of this (?:document|material) )?may be (?:reproduced|copied)",
    r"reproduced in any form",
    r"shall have no liability",
    r"trademarks? (?:mentioned|used|are|is)",
    r"(?:registered )?trade ?marks? of ",
    r"is a trade ?mark of etsi",
    r"property of their respective owners",
    r"©\s*(?:\w+\s){0,6}\d{4}",
    r"\(c\)\s*\d{4}",
    r"copyright (?:©|\(c\)|\d{4})",
    r"spdx-",
    r"licensed under (?:a|the|either) ",
    r"apache license",
    r"permission is hereby granted",
    r"provided \"?as is\"?",
    r"without warranty of any kind",
    r"warranties of merchantability",
    r"developed within the 3rd generation partnership project",
    r"for future development work within 3gpp only",
    r"confidential(?:ity)? (?:and proprietary|notice)",
)
_HINTS: Final = (
    "right",
    "notice",
    "©",
    "(c)",
    "mark",
    "licen",
    "spdx",
    "liab",
    "warrant",
    "reproduc",
    "permission",
    "as is",
    "confidential",
    "3gpp",
    "3rd generation",
    "respective",
)  # one of these stands in all of the above
_LEADER = re.compile(r"(?:\.\s?){4,}\s*\d{1,4}\s*(?:\||$)|\t\d{1,4}$", re.MULTILINE)
_DOTS = re.compile(r"\.(?:[ ]?\.){4,200}[ ]?\d{1,4}(?=[ \n|]|$)")  # entries of a page that were put into one line
_LINKS = "|".join(
    (
        r"home|library|previous|prev|next|up|top|back|index|contents|search|print|help|feedback|log ?(?:in|out)|menu",
        r"(?:go |back |return )?to (?:the )?top(?: of (?:the )?page)?|back to (?:top|contents|library)",
        r"skip to (?:main )?content|(?:previous|next) (?:page|topic)|(?:expand|collapse) all|show (?:more|less)",
        r"parent topic:?.*|was this (?:page|topic) helpful\??",
    )
)
_NAVIGATION = re.compile(rf"(?:(?:{_LINKS})(?:[\s|<>«»→←·/:-]+|$))+", re.IGNORECASE)
_TRAIL = re.compile(r"home\s*(?:>|»|/|→)\s*\S[^\n]{0,200}", re.IGNORECASE)
_ENTRY_MAX: Final = 400  # characters of a contents list's entry with its dots
_BEHIND_MAX: Final = 60  # …and of what a page break put behind the last one
_HEADING = re.compile(r"^(#{1,6}) (.*)$")
_LICENCE = re.compile(r"licen[cs]e")
_KEY = re.compile(
    r"\bCXC ?\d|\bFAJ ?\d|\bfeatureState\b|\blicen[cs]e keys?\b|\blicen[cs]e[- ]controlled\b", re.IGNORECASE
)


def judge(markdown: str, blocks: Sequence[Block]) -> list[str]:
    """For each block why it goes, "" when it stays: legal, contents, change-history or navigation."""
    titles = frozenset(_bare(markdown[block.start : block.end]) for block in blocks if block.kind == "heading")
    reasons: list[str] = []
    open_reason, open_level = "", 0
    for number, block in enumerate(blocks):
        text = markdown[block.start : block.end]
        heading = _HEADING.match(text) if block.kind == "heading" else None
        if heading:
            open_reason, open_level = _section(heading, open_reason, open_level)
            if open_reason == "legal" and _LICENCE.fullmatch(_bare(text)) and _tells_key(markdown, blocks, number):
                open_reason = ""
            reasons.append(open_reason)
        elif open_reason == "contents" and not _is_contents(block, text, titles):
            open_reason = ""  # the list is over, and what follows has no heading of its own
            reasons.append(_block(block, text, titles))
        else:
            reasons.append(open_reason or _block(block, text, titles))
    return reasons


def _section(heading: re.Match[str], reason: str, level: int) -> tuple[str, int]:
    """What is open after a heading: a section ends at one of its level, and a numbered title is never boilerplate's."""
    own, title = len(heading.group(1)), heading.group(2)
    found = next((name for name, pattern in _TITLES.items() if pattern.fullmatch(_bare(title))), "")
    if found:
        return found, own
    ends = own <= level or reason == "contents" or _NUMBER.match(title)
    return ("", 0) if ends else (reason, level)


def _tells_key(markdown: str, blocks: Sequence[Block], number: int) -> bool:
    """The section under this heading is about the licence of a feature, not of the document."""
    below = islice(blocks, number + 1, None)
    own = takewhile(lambda block: block.kind != "heading", below)
    return any(_KEY.search(markdown, block.start, block.end) for block in own)


def _bare(title: str) -> str:
    """A title without its number and marks: `Annex B (informative): Change history` is `change history`."""
    text = " ".join(title.lstrip("# ").split())
    return _NUMBER.sub("", text).strip(" .:*_").lower()


def _block(block: Block, text: str, titles: frozenset[str]) -> str:
    if block.kind == "code":
        return ""
    if _is_legal(block, text):
        return "legal"
    if _is_leaders(text) or (block.kind == "list" and _is_title_list(text, titles)):
        return "contents"
    short = text.strip().lstrip("- ").strip()
    if block.kind in ("paragraph", "list") and len(short) < 240 and _all_navigation(short):
        return "navigation"
    return "contents" if block.kind == "paragraph" and _TITLES["contents"].fullmatch(short) else ""


def _is_contents(block: Block, text: str, titles: frozenset[str]) -> bool:
    return block.kind in ("list", "table") or _is_leaders(text) or _bare(text) in titles or len(text) < 60


def _is_legal(block: Block, text: str) -> bool:
    lowered = text.lower()
    if not any(hint in lowered for hint in _HINTS):  # the pattern is slow, and most blocks are not legal text
        return False
    hits = len(_LEGAL.findall(text))
    if block.kind == "table":
        rows = [line for line in text.split("\n") if not re.fullmatch(r"[|\s:-]+", line)]
        legal = sum(bool(_LEGAL.search(line) or _TITLES["legal"].fullmatch(_first_cell(line))) for line in rows)
        return hits > 0 and legal * 2 > len(rows)
    return hits > 0 and len(text) <= 600 * hits


def _first_cell(line: str) -> str:
    return _bare(line.strip("| ").split("|", 1)[0])


def _is_leaders(text: str) -> bool:
    if "...." in text.replace(" ", "") and (dots := list(_DOTS.finditer(text))):
        return len(text) - dots[-1].end() < _BEHIND_MAX and len(text) < _ENTRY_MAX * len(dots)
    lines = [line for line in text.split("\n") if line.strip()]
    return len(lines) > 1 and sum(bool(_LEADER.search(line)) for line in lines) * 2 > len(lines)


def _is_title_list(text: str, titles: frozenset[str]) -> bool:
    lines = [_bare(line.strip().lstrip("-*+ ")) for line in text.split("\n")]
    known = sum(line in titles for line in lines)
    return len(lines) > 2 and known * 5 >= len(lines) * 4


def _all_navigation(text: str) -> bool:
    lines = [line.strip(" -*\t") for line in text.split("\n") if line.strip(" -*\t")]
    return all(_NAVIGATION.fullmatch(line) or _TRAIL.fullmatch(line) for line in lines)
