"""What the names of 3GPP's files say: `38331-i60.zip` is TS 38.331, version 18.6.0, of Release 18.

Source: "File Name Conventions" of 3gpp.org. A version is three signs, each one number in base 36 (`f` = 15); where one
of them is above 35 it is six digits, two each. Parts follow the number (`36521-1-…`), pieces of a document that is too
large for one file the version (`…_s05`, `…_AnnexA`). ETSI prints the same under one digit more: `ts_138331v160100p`.

A name is what somebody called a file, so it is told beside what the document itself says and never instead of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(
    r"(?P<series>\d{2})\.?(?P<number>\d{3})(?:-(?P<part>\d{1,2}))?-(?P<version>[0-9a-z]{3}|\d{6})"
    r"(?:[-_ ](?P<piece>.+))?",
    re.IGNORECASE,
)
_ETSI = re.compile(
    r"(?P<kind>ts|tr)_1(?P<series>\d{2})(?P<number>\d{3})(?P<part>\d{2})?v(?P<version>\d{6})p0?", re.IGNORECASE
)
_EXTENSION = re.compile(r"\.(?:zip|docx?|pdf|rtf|txt|html?|md)$", re.IGNORECASE)
_DRAFT = 3  # versions below are not under change control yet
_FIRST_NUMBERED = 4  # the release after Release 1999
_GSM_SERIES = 13  # up to here major versions are counted in another way
_GSM_RELEASES = {5: "Release 1996", 6: "Release 1997", 7: "Release 1998", 8: "Release 1999"}


@dataclass(frozen=True, slots=True)
class Specification:
    """A specification, or a piece of one, as its file is called."""

    series: str
    number: str  # 38.331, 36.521-1
    version: str  # 18.6.0
    release: str  # Release 18; "draft" before change control; "" where the version does not tell
    kind: str = ""  # TS or TR, where the name says so
    piece: str = ""  # s05, cover, …: of a specification in several files

    def __str__(self) -> str:
        release = f" ({self.release})" if self.release else ""
        piece = f", {self.piece}" if self.piece else ""
        return f"3GPP {self.kind} {self.number}".replace("  ", " ") + f" version {self.version}{release}{piece}"


def parse(name: str) -> Specification | None:
    """A file's name, with or without folder and extension; None for any other name."""
    stem = _EXTENSION.sub("", re.split(r"[/\\]", name)[-1].strip())
    found = _NAME.fullmatch(stem) or _ETSI.fullmatch(stem)
    if found is None:
        return None
    told = found.groupdict()
    parts = _version(told["version"])
    part = f"-{int(told['part'])}" if told["part"] else ""
    return Specification(
        series=told["series"],
        number=f"{told['series']}.{told['number']}{part}",
        version=".".join(map(str, parts)),
        release=release(told["series"], parts[0]),
        kind=(told.get("kind") or "").upper(),
        piece=told.get("piece") or "",
    )


def release(series: str, major: int) -> str:
    """The release that a major version belongs to."""
    if major < _DRAFT:
        return "draft"
    if int(series) <= _GSM_SERIES:
        return _GSM_RELEASES.get(major, "")
    return "Release 1999" if major < _FIRST_NUMBERED else f"Release {major}"


def _version(text: str) -> tuple[int, int, int]:
    if len(text) > 3:  # the rare long form
        return int(text[:2]), int(text[2:4]), int(text[4:])
    major, technical, editorial = (int(sign, 36) for sign in text)
    return major, technical, editorial
