"""From the lines of pages to headings, paragraphs and lists: what a PDF does not say, its type sizes and gaps do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from randaemon.stages.convert.markdown import Inline, Writer, cell, table

_EDGE = 0.1  # share of the page's height in which headers and footers stand
_HEADING = 1.15  # times the size of the body text
_LEVELS = 4
_SAME_SIDE = 3.0  # points
_TITLE_MAX = 200  # characters
_NUMBER = re.compile(r"(\d{1,2}(?:\.\d{1,3}){0,4})\.?\s+\S")
_PAGE_NUMBER = re.compile(r"(?:page\s*)?\d{1,4}(?:\s*(?:of|/|\|)\s*\d{1,4})?|[ivxl]{1,6}", re.IGNORECASE)
_BULLET = re.compile(r"([•‣◦▪●○·–*-]|\d{1,2}[.)]|[a-z]\))\s+(?=\S)")
_BULLET_ALONE = re.compile(r"[•‣◦▪●○·–-]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text. Distances are points from the upper left corner of its page."""

    top: float
    bottom: float
    left: float
    text: str
    size: float
    bold: bool
    right: float = 0.0


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled table as a full grid."""

    top: float
    bottom: float
    rows: tuple[tuple[str, ...], ...]
    sides: tuple[float, float] = (0.0, 0.0)  # left and right


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on a page, from top to bottom."""

    number: int
    height: float
    items: tuple[Line | Table, ...]


@dataclass(slots=True)
class _Piece:
    """A block that still grows: lines that belong together."""

    kind: str
    lines: list[str]
    page: int
    level: int = 0
    size: float = 0.0
    bottom: float = 0.0


@dataclass(slots=True)
class _Growing:
    """A table that may go on over the page."""

    rows: list[tuple[str, ...]]
    sides: tuple[float, float]
    first: int  # pages
    last: int

    def goes_on(self, following: Table, page: Page) -> bool:
        """Takes in a table at the top of the next page that stands exactly below this one; a repeated head goes."""
        below = all(abs(one - other) < _SAME_SIDE for one, other in zip(self.sides, following.sides, strict=True))
        fits = below and len(following.rows[0]) == len(self.rows[0]) and page.number == self.last + 1
        if fits:
            repeated = 0
            while repeated < len(following.rows) - 1 and following.rows[repeated] == self.rows[repeated]:
                repeated += 1
            self.rows += following.rows[repeated:]
            self.last = page.number
        return fits


def write(writer: Writer, pages: Sequence[Page]) -> None:
    """Writes all pages, without what repeats at their edges."""
    repeated = _repeated(pages)
    body = _body_size(pages)
    levels = _heading_levels(pages, body, repeated)
    open_piece: _Piece | _Growing | None = None
    for page in pages:
        for item in page.items:
            if isinstance(item, Table):
                if isinstance(open_piece, _Growing) and open_piece.goes_on(item, page):
                    continue
                _close(writer, open_piece)
                open_piece = _Growing(list(item.rows), item.sides, page.number, page.number)
            elif not _is_furniture(item, page, repeated):
                following = _piece(item, page, body, levels)
                if not isinstance(open_piece, _Piece) or not _continues(open_piece, following, item, page):
                    _close(writer, open_piece)
                    open_piece = following
    _close(writer, open_piece)


def _repeated(pages: Sequence[Page]) -> frozenset[str]:
    """Lines that stand at the edge of at least three pages and of a third of all, numbers aside."""
    counts = Counter(key for page in pages for key in {_key(line) for line in _edge_lines(page)})
    return frozenset(key for key, count in counts.items() if count >= 3 and count * 3 >= len(pages))


def _edge_lines(page: Page) -> Iterator[Line]:
    return (item for item in page.items if isinstance(item, Line) and _at_edge(item, page))


def _at_edge(line: Line, page: Page) -> bool:
    return line.bottom < _EDGE * page.height or line.top > (1 - _EDGE) * page.height


def _key(line: Line) -> str:
    return re.sub(r"\d+", "#", line.text)


def _is_furniture(line: Line, page: Page, repeated: frozenset[str]) -> bool:
    return _at_edge(line, page) and (_key(line) in repeated or bool(_PAGE_NUMBER.fullmatch(line.text.strip())))


def _body_size(pages: Sequence[Page]) -> float:
    letters: Counter[float] = Counter()
    for page in pages:
        for item in page.items:
            if isinstance(item, Line):
                letters[item.size] += len(item.text)
    return letters.most_common(1)[0][0] if letters else 0.0


def _heading_levels(pages: Sequence[Page], body: float, repeated: frozenset[str]) -> dict[float, int]:
    """The largest sizes above the body's are the levels."""
    sizes = {
        item.size
        for page in pages
        for item in page.items
        if isinstance(item, Line) and item.size >= _HEADING * body and not _is_furniture(item, page, repeated)
    }
    return {size: min(number, _LEVELS) for number, size in enumerate(sorted(sizes, reverse=True), start=1)}


def _piece(line: Line, page: Page, body: float, levels: dict[float, int]) -> _Piece:
    text = line.text.strip()
    number = _NUMBER.match(text)
    if len(text) < _TITLE_MAX and any(map(str.isalpha, text)):
        if line.size in levels and not _BULLET_ALONE.match(text):
            level = number.group(1).count(".") + 1 if number else levels[line.size]
            return _Piece("heading", [text], page.number, level, line.size, line.bottom)
        if line.bold and number and line.size >= body and not text.endswith((".", ":", ";")):
            return _Piece("heading", [text], page.number, number.group(1).count(".") + 1, line.size, line.bottom)
    kind = "list" if _BULLET.match(text) or _BULLET_ALONE.fullmatch(text) else "paragraph"
    return _Piece(kind, [text], page.number, 0, line.size, line.bottom)


def _continues(piece: _Piece, following: _Piece, line: Line, page: Page) -> bool:
    """Adds a line to the open block when it belongs there."""
    same_page = piece.page == page.number
    near = same_page and line.top - piece.bottom < 0.6 * line.size
    if piece.kind == "heading" or following.kind == "heading":
        if not (
            near and piece.kind == following.kind and piece.size == following.size and not _NUMBER.match(line.text)
        ):
            return False
    elif following.kind == "list":
        if piece.kind != "list":
            return False
        piece.lines.append(following.lines[0])
        piece.page, piece.bottom = page.number, line.bottom
        return True
    elif not near and not (not same_page and _runs_on(piece, following)):
        return False
    piece.lines[-1] = _join(piece.lines[-1], following.lines[0])
    piece.bottom = line.bottom
    piece.page = page.number
    return True


def _runs_on(piece: _Piece, following: _Piece) -> bool:
    """A sentence that goes on behind a page break."""
    return not piece.lines[-1].endswith((".", ":", "!", "?")) and following.lines[0][:1].islower()


def _join(left: str, right: str) -> str:
    """A hyphen at a line's end stays: names and terms have their own, and words are seldom broken."""
    return left + right if left.endswith("-") and right[:1].isalnum() else f"{left} {right}"


def _close(writer: Writer, piece: _Piece | _Growing | None) -> None:
    if piece is None:
        return
    if isinstance(piece, _Growing):
        rows = [[Inline(cell(text)) for text in row] for row in piece.rows]
        place = f"pages {piece.first}-{piece.last}" if piece.last > piece.first else ""
        writer.block("table", table(rows), page=piece.first, place=place)
        return
    if piece.kind == "heading":
        writer.heading(piece.level, Inline(" ".join(piece.lines)), page=piece.page)
    elif piece.kind == "list":
        writer.block("list", "\n".join(_item(text) for text in piece.lines), page=piece.page)
    else:
        writer.block("paragraph", "\n".join(piece.lines), page=piece.page)


def _item(text: str) -> str:
    found = _BULLET.match(text)
    if not found:
        return f"- {text.lstrip('•‣◦▪●○·–- ')}"
    return text if found.group(1)[0].isalnum() else f"- {text[found.end() :]}"
