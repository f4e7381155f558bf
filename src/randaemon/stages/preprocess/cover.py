"""The cover of a 3GPP or ETSI document: addresses and disclaimers to leave out, and the document's number to keep."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from randaemon.model import Block, Scalar
from randaemon.ran import threegpp

_COVER = re.compile(
    r"3rd\s+Generation\s+Partnership\s+Project|European\s+Telecommunications\s+Standards", re.IGNORECASE
)
_NUMBER = re.compile(
    r"3GPP\s+(T[SR])\s+(\d{2})\.(\d{3}(?:-\d+)?)(?:\s+(?:V|version\s+)(\d+\.\d+\.\d+))?(?:\s+\((\d{4}-\d{2})\))?"
)
_ETSI = re.compile(
    r"ETSI\s+(T[SR])\s+1(\d{2})\s(\d{3}(?:-\d+)?)(?:\s+V(\d+\.\d+\.\d+))?(?:\s+\((\d{4}-\d{2})\))?"
)  # 1AB CDE is 3GPP's AB.CDE
_RELEASE = re.compile(r"\(?\bRelease\s+(\d{1,2}|1999)\b\)?")
_ANY = re.compile("#")
_FIRST = re.compile(
    r"#+ (?:contents|foreword|introduction|modal verbs|intellectual property|legal notice|\d{1,2}(?:\.\d+)*\.? )",
    re.IGNORECASE,
)
_COVER_MAX = 60  # blocks in which a printed cover ends


@dataclass(frozen=True, slots=True)
class Cover:
    """How many blocks at the beginning are the cover, and what it says."""

    blocks: int = 0
    meta: Mapping[str, Scalar] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """The number is the title: what else is printed there is the same in hundreds of documents."""
        return str(self.meta.get("document_number", ""))


def find(markdown: str, blocks: Sequence[Block]) -> Cover:
    """The blocks before the first heading, when they speak as such covers do; a PDF prints covers as headings."""
    first, text = _opening(markdown, blocks, _ANY)
    printed = _NUMBER.search(text) or _ETSI.search(text)
    if not _COVER.search(text):
        first, text = _opening(markdown, blocks[:_COVER_MAX], _FIRST)
        printed = _NUMBER.search(text) or _ETSI.search(text)
        if not (_COVER.search(text) and printed and printed[4]):
            return Cover()
    if not printed:
        return Cover(first)
    kind, series, rest, version, date = printed.groups()
    told = {"revision": version, "date": date, "release": _release(text, series, version)}
    known = {key: value for key, value in told.items() if value}
    return Cover(first, {"document_number": f"3GPP {kind} {series}.{rest}", **known})


def _opening(markdown: str, blocks: Sequence[Block], title: re.Pattern[str]) -> tuple[int, str]:
    """How many blocks stand before the first heading with such a title, and their text; none without one."""
    headings = ((number, block) for number, block in enumerate(blocks) if block.kind == "heading")
    first = next((number for number, block in headings if title.match(markdown, block.start, block.end)), 0)
    return first, markdown[: blocks[first - 1].end] if first else ""


def _release(text: str, series: str, version: str | None) -> str:
    """As it is printed, else as the version tells it: 18.6.0 is of Release 18."""
    if found := _RELEASE.search(text):
        return f"Release {found.group(1)}"
    return threegpp.release(series, int(version.split(".")[0])) if version else ""
