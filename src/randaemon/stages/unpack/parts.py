"""A page or text too large for one document becomes parts of a few megabytes, cut where no sentence or table ends.

Whatever reads a document holds all of it, several times over: 20 MB of HTML take 300 MB at their peak. So a file of
200 MB is cut here, by looking at its bytes and without building anything: before a heading, else between blocks, else
between the rows of a table that is itself too large, whose head each part repeats. A part of a page begins with the
page's own `<head>` and the headings it stands under, so that title, number and family are those of the whole.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from dataclasses import dataclass

from randaemon.errors import Refused
from randaemon.model import Child, Expand, Task
from randaemon.stages.unpack.detect import Kind

WHOLE_MAX = 32 << 20  # bytes of a page or text that is one document
PART = 8 << 20  # a part is cut at the first good place behind so many bytes
_TOO_LARGE = "E_TOO_LARGE"
_HEAD_MAX = 256 << 10
_TITLE_MAX = 4 << 10
_CUTTABLE = {"text/html": "html", "text/plain": "txt", "text/markdown": "md", "text/x-rst": "rst"}
_WIDE = ("utf-16", "utf-32")

_TOKEN = re.compile(
    rb"<(?:(?P<skip>!--|(?:script|style|textarea|xmp)\b)"
    rb"|(?P<end>/)?(?P<name>h[1-6]|table|tr|ul|ol|dl|pre|p|div|section)\b"
    rb"|t[dh]\b[^>]{0,500}?\browspan\s*=\s*[\"']?(?P<rows>\d{1,5}))",
    re.IGNORECASE,
)
_ATX = re.compile(rb"^(#{1,6})[ \t]+[^\n]{1,500}$", re.MULTILINE)
_HEAD = re.compile(rb"<head\b.*?</head\s*>", re.IGNORECASE | re.DOTALL)
_NESTING = frozenset({b"table", b"ul", b"ol", b"dl", b"pre"})
_BLOCKS = frozenset({b"p", b"div", b"section", b"table", b"ul", b"ol", b"dl", b"pre"})


@dataclass(frozen=True, slots=True)
class _Cut:
    """Where a part begins, and what has to stand before it and after the part that it ends."""

    at: int
    before: bytes = b""
    after: bytes = b""


def wanted(size: int, kind: Kind) -> bool:
    """Is a file of this size and kind to be cut? Raises Refused E_TOO_LARGE for one that ought to be and cannot."""
    if size <= WHOLE_MAX or kind.media_type not in _CUTTABLE:
        return False
    if str(kind.meta.get("encoding", "")).startswith(_WIDE):
        raise Refused("more text than one document may hold", hint="save it as UTF-8 or split it", code=_TOO_LARGE)
    return True


def split(task: Task, kind: Kind) -> Expand:
    """The parts, each a file in the task's scratch folder; raises Refused E_TOO_LARGE for what cannot be cut."""
    page = kind.media_type == "text/html"
    with task.source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        cuts = [_Cut(0), *(_page_cuts(data) if page else _text_cuts(data, kind))]
        ends = [*cuts[1:], _Cut(len(data))]
        longest = max(end.at - cut.at for cut, end in zip(cuts, ends, strict=True))
        if longest > 2 * WHOLE_MAX:
            raise Refused(
                f"{longest:,} bytes of it hang together in one list or table", hint="split it", code=_TOO_LARGE
            )
        head = _head(data) if page else b""
        name = f"of%20{len(cuts)}.{_CUTTABLE[kind.media_type]}"
        children = []
        for index, (cut, end) in enumerate(zip(cuts, ends, strict=True)):
            pieces = (head if index else b"", cut.before, data[cut.at : end.at], end.after)
            size = (task.scratch / str(index)).write_bytes(b"".join(pieces))
            where = {"from_byte": cut.at, "to_byte": end.at}
            children.append(Child(index, f"part%20{index + 1}%20{name}", size, meta=where))
    meta = {"media_type": kind.media_type, "route": kind.route, "parts": len(children), **kind.meta}
    return Expand(tuple(children), meta=meta)


def _head(page: mmap.mmap) -> bytes:
    """What every part of a page begins with: its title and its meta tags."""
    found = _HEAD.search(page, 0, _HEAD_MAX)
    return b"<!DOCTYPE html><html>" + (found.group() if found else b"") + b"<body>"


# --- Pages --------------------------------------------------------------------------------------------------------


def _page_cuts(page: mmap.mmap) -> Iterator[_Cut]:
    scan, at = _Scan(page), 0
    while found := _TOKEN.search(page, at):
        at = found.end()
        if skipped := found["skip"]:
            at = _behind(page, skipped.lower(), at)
            continue
        if cut := scan.cut(found):
            yield cut
        scan.step(found)


def _behind(page: mmap.mmap, name: bytes, at: int) -> int:
    """Where a comment, script or the like ends; the end of the page when it never does."""
    end = b"-->" if name == b"!--" else b"</" + name
    found = page.find(end, at)
    if found < 0 and end != b"-->":
        found = page.find(end.upper(), at)
    return len(page) if found < 0 else found + len(end)


class _Scan:
    """What is open at a place of a page."""

    def __init__(self, page: mmap.mmap) -> None:
        self._page = page
        self._began = 0  # of this part
        self._depth = 0  # of tables, lists and print-outs
        self._path: list[tuple[int, bytes]] = []  # the headings it stands under: level and bytes
        self._table = b""  # the tag that opened the outermost one, when that is a table
        self._first_row = -1
        self._table_head = b""
        self._spanned = 0  # rows that a cell above still reaches into

    def cut(self, found: re.Match[bytes]) -> _Cut | None:
        """The cut before this tag, when the part is long enough for a cut of its kind."""
        long = found.start() - self._began
        if long < PART or found["end"] or not found["name"]:
            return None
        name = found["name"].lower()
        heading = _level(name)
        cut = None
        if self._depth == 0 and (heading or (long > 2 * PART and name in _BLOCKS)):
            cut = _Cut(found.start(), self._above(heading or 7))
        elif self._depth == 1 and self._table_head and name == b"tr" and long > 2 * PART and not self._spanned:
            cut = _Cut(found.start(), self._above(7) + self._table + self._table_head, b"</table>")
        if cut:
            self._began = cut.at
        return cut

    def step(self, found: re.Match[bytes]) -> None:
        """Go past a tag."""
        name = (found["name"] or b"").lower()
        if found["rows"]:
            self._spanned = max(self._spanned, (int(found["rows"]) or 1 << 16) - 1)
        elif name in _NESTING:
            self._nest(name, found)
        elif name == b"tr" and self._depth == 1 and not found["end"]:
            self._row(found.start())
        elif _level(name) and not self._depth and not found["end"]:
            self._path = [*self._shallower(_level(name)), (_level(name), self._heading(found.start(), name))]

    def _nest(self, name: bytes, found: re.Match[bytes]) -> None:
        self._depth = max(self._depth - 1, 0) if found["end"] else self._depth + 1
        if self._depth == 1 and not found["end"]:
            tag = self._page[found.start() : self._page.find(b">", found.start(), found.start() + _TITLE_MAX) + 1]
            self._table = tag if name == b"table" else b""
            self._first_row, self._table_head, self._spanned = -1, b"", 0

    def _row(self, at: int) -> None:
        """The first row of a table is what its parts repeat."""
        self._spanned = max(self._spanned - 1, 0)
        if self._first_row < 0:
            self._first_row = at
        elif self._table and not self._table_head:
            self._table_head = self._page[self._first_row : min(at, self._first_row + _HEAD_MAX)]

    def _shallower(self, level: int) -> list[tuple[int, bytes]]:
        return [each for each in self._path if each[0] < level]

    def _above(self, level: int) -> bytes:
        return b"".join(heading for _, heading in self._shallower(level))

    def _heading(self, at: int, name: bytes) -> bytes:
        end = self._page.find(b"</", at, at + _TITLE_MAX)
        return self._page[at:end] + b"</" + name + b">" if end >= 0 else b""


def _level(name: bytes) -> int:
    return int(name[1:]) if len(name) == 2 and name[1:].isdigit() else 0


# --- Texts --------------------------------------------------------------------------------------------------------


def _text_cuts(text: mmap.mmap, kind: Kind) -> Iterator[_Cut]:
    began = 0
    path: dict[int, bytes] = {}
    while len(text) - began > 2 * PART:
        at = _text_cut(text, began + PART)
        if kind.media_type == "text/markdown":
            path = _under(text, began, at, path)
        yield _Cut(at, b"".join(path[level] + b"\n\n" for level in sorted(path)))
        began = at


def _text_cut(text: mmap.mmap, after: int) -> int:
    """Behind a blank line, else behind a line, else behind a character."""
    for mark in (b"\n\n", b"\r\n\r\n", b"\n", b"\r"):
        if (found := text.find(mark, after, after + PART)) >= 0:
            return found + len(mark)
    at = after + PART
    while text[at] & 0xC0 == 0x80:
        at += 1
    return at


def _under(text: mmap.mmap, began: int, end: int, path: dict[int, bytes]) -> dict[int, bytes]:
    """The headings that are open at the end of a stretch of Markdown."""
    for found in _ATX.finditer(text, began, end):
        level = len(found[1])
        path = {each: heading for each, heading in path.items() if each < level} | {level: found[0]}
    return path
