"""From the lines of pages to headings, paragraphs, lists and listings: what a PDF does not say, its type sizes, faces,
indents and gaps do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from randaemon.stages.convert.heads import one_row
from randaemon.stages.convert.markdown import INDENT, Inline, Writer, cell, table

_EDGE = 0.1  # share of the page's height in which headers and footers stand
_REPEATS = 3  # pages on which the same stands
_EDGE_TABLE = 0.16  # the same for ruled headers
_HEADING = 1.15  # times the size of the body text
_DEEP = 1.04  # the same for `4.2.1.1 Title`
_DEEPEST = 5  # parts of a number that nothing but a section has
_HEADING_SEEN = 1.5  # the same where sizes are measured on a picture
_LEVELS = 4
_SHORT = 0.25  # of a paragraph's width: how much shorter its last line is
_SAME_SIDE = 3.0  # points
_TITLE_MAX = 200  # characters
_NUMBER = re.compile(r"(\d{1,2}(?:\.\d{1,3}){0,6})\.?\s+\S")
_PAGE_NUMBER = re.compile(r"(?:page\s*)?\d{1,4}(?:\s*(?:of|/|\|)\s*\d{1,4})?|[ivxl]{1,6}", re.IGNORECASE)
_SIGNS = "•‣◦▪▫●○■□◆◇➢➤✓✔⁃∙·–\uf0b7\uf0a7\uf0d8\uf076\uf0fc\uf0e0\uf02d"  # the last: of Symbol and Wingdings
_BULLET = re.compile(rf"([{_SIGNS}*-]|\d{{1,2}}[.)]|[a-z]\)|o(?=\s+[A-Z]))\s+(?=\S)")
_BULLET_ALONE = re.compile(rf"[{_SIGNS}-]")
_INDENTED = 4.0  # points
_COLUMN = 40.0  # points: how far lines of one column may be indented
_ELSEWHERE = 90.0  # points: an item so far from the one before stands in another column
_LISTING = 0.6  # share of the letters; a text that is set in such a face as a whole is no listing


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
    advance: float = 0.0  # the width of a sign, where all are equally wide; the text then has its columns


@dataclass(frozen=True, slots=True)
class Table:
    """A table as a full grid."""

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
    picture: bool = False  # next to no text, and a picture over most of it


@dataclass(slots=True)
class _Piece:
    """A block that still grows: lines that belong together."""

    kind: str
    lines: list[str]
    page: int  # of its last line
    level: int = 0
    size: float = 0.0
    bottom: float = 0.0
    lefts: list[float] = field(default_factory=list)  # where each line begins
    advance: float = 0.0
    right: float = 0.0  # where its last line ends
    widest: float = 0.0  # where its longest does
    first: int = 0  # page

    def __post_init__(self) -> None:
        self.first, self.widest = self.page, self.right


@dataclass(frozen=True, slots=True)
class _Types:
    """What the pages say about their type."""

    body: float  # the size of most letters
    levels: dict[float, int]  # of headings, by size
    listings: bool  # a face with equally wide signs marks listings


@dataclass(slots=True)
class _Growing:
    """A table that may go on over the page."""

    rows: list[tuple[str, ...]]
    sides: tuple[float, float]
    first: int  # pages
    last: int

    def goes_on(self, following: Table, page: Page) -> bool:
        """Takes in a table of the next page that stands exactly below or has the same head; a repeated head goes."""
        below = all(abs(one - other) < _SAME_SIDE for one, other in zip(self.sides, following.sides, strict=True))
        below = below or following.rows[0] == self.rows[0]
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
    types = _types(pages, repeated)
    open_piece: _Piece | _Growing | None = None
    for page in pages:
        for item in page.items:
            if _is_furniture(item, page, repeated):
                continue
            if isinstance(item, Table):
                if isinstance(open_piece, _Growing) and open_piece.goes_on(item, page):
                    continue
                _close(writer, open_piece)
                open_piece = _Growing(list(item.rows), item.sides, page.number, page.number)
            else:
                following = _piece(item, page, types, open_piece)
                if not isinstance(open_piece, _Piece) or not _continues(open_piece, following, item, page, types.body):
                    _close(writer, open_piece)
                    open_piece = following
    _close(writer, open_piece)


def edges(pages: Sequence[Page]) -> Iterator[list[str]]:
    """What repeats at the edges of pages, or could if there were more: lines as rows of a cell, and rows of tables."""
    repeated = _repeated(pages)
    for page in pages:
        for item in page.items:
            if _is_furniture(item, page, repeated) or (len(pages) < _REPEATS and _at_edge(item, page)):
                yield from ([item.text],) if isinstance(item, Line) else map(list, item.rows)


def _repeated(pages: Sequence[Page]) -> frozenset[str]:
    """What stands at the edge of at least three pages, numbers aside: of a third of all, or as small as no title is.

    The latter are headers that change with the chapter.
    """
    body = _body(pages)
    edges = [(item, page) for page in pages for item in page.items if _at_edge(item, page)]
    counts = Counter(key for key, _ in {(_key(item), page.number) for item, page in edges})
    small = {_key(item) for item, _ in edges if isinstance(item, Line) and item.size <= body and not item.bold}
    return frozenset(
        key for key, count in counts.items() if count >= _REPEATS and (count * 3 >= len(pages) or key in small)
    )


def _at_edge(item: Line | Table, page: Page) -> bool:
    edge = (_EDGE_TABLE if isinstance(item, Table) else _EDGE) * page.height
    return item.bottom < edge or item.top > page.height - edge


def _key(item: Line | Table) -> str:
    text = item.text if isinstance(item, Line) else "\n".join("|".join(row) for row in item.rows)
    return re.sub(r"\d+", "#", text)


def _is_furniture(item: Line | Table, page: Page, repeated: frozenset[str]) -> bool:
    if not _at_edge(item, page):
        return False
    return _key(item) in repeated or (isinstance(item, Line) and bool(_PAGE_NUMBER.fullmatch(item.text.strip())))


def _types(pages: Sequence[Page], repeated: frozenset[str]) -> _Types:
    """The size of most letters, and as headings' levels the sizes above it, the largest first."""
    body = _body(pages)
    lines = [item for page in pages for item in page.items if isinstance(item, Line)]
    equal = sum(len(item.text) for item in lines if item.advance)
    sizes = {
        item.size
        for page in pages
        for item in page.items
        if isinstance(item, Line)
        and item.size >= (_HEADING_SEEN if page.picture else _HEADING) * body
        and not _is_furniture(item, page, repeated)
    }
    levels = {size: min(number, _LEVELS) for number, size in enumerate(sorted(sizes, reverse=True), start=1)}
    return _Types(body, levels, listings=equal < _LISTING * sum(len(item.text) for item in lines))


def _body(pages: Sequence[Page]) -> float:
    letters: Counter[float] = Counter()
    for page in pages:
        for item in page.items:
            if isinstance(item, Line):
                letters[item.size] += len(item.text)
    return letters.most_common(1)[0][0] if letters else 0.0


def _piece(line: Line, page: Page, types: _Types, above: _Piece | _Growing | None) -> _Piece:
    if line.advance and types.listings and line.size not in types.levels:
        return _Piece("code", [line.text], page.number, 0, line.size, line.bottom, [line.left], line.advance)
    text = " ".join(line.text.split())
    number = _NUMBER.match(text)
    if len(text) < _TITLE_MAX and any(map(str.isalpha, text)):
        if line.size in types.levels and not _BULLET_ALONE.match(text):
            level = number.group(1).count(".") + 1 if number else types.levels[line.size]
            return _Piece("heading", [text], page.number, level, line.size, line.bottom)
        plain = not line.bold and line.size <= types.body and _is_close(above, line, page)
        if (
            number
            and not plain
            and _stands_out(line, number.group(1), types.body)
            and not text.endswith((".", ":", ";"))
        ):
            return _Piece("heading", [text], page.number, number.group(1).count(".") + 1, line.size, line.bottom)
    kind = "list" if _BULLET.match(text) or _BULLET_ALONE.fullmatch(text) else "paragraph"
    return _Piece(kind, [text], page.number, 0, line.size, line.bottom, [line.left], right=line.right)


def _is_close(above: _Piece | _Growing | None, line: Line, page: Page) -> bool:
    """True of a line that follows text without a gap: an entry of the contents, or what the text goes on with."""
    return isinstance(above, _Piece) and above.page == page.number and 0 <= line.top - above.bottom < 0.4 * line.size


def _stands_out(line: Line, number: str, body: float) -> bool:
    """True of a numbered line in bold; deep sections are often set just a little larger than their text."""
    depth = number.count(".") + 1
    if line.bold or depth >= _DEEPEST:
        return line.size >= body and "...." not in line.text
    return depth > 2 and line.size >= _DEEP * body


def _continues(piece: _Piece, following: _Piece, line: Line, page: Page, body: float) -> bool:
    """Adds a line to the open block when it belongs there."""
    same_page = piece.page == page.number
    near = same_page and line.top - piece.bottom < 0.6 * line.size
    if "heading" in (piece.kind, following.kind):
        wrapped = piece.kind == following.kind or (piece.kind == "heading" and piece.size > body)
        alike = wrapped and piece.size == following.size
        if not (near and alike and not _NUMBER.match(line.text)):
            return False
    elif "code" in (piece.kind, following.kind):
        return piece.kind == following.kind and _listed(piece, following, line)
    elif following.kind == "list":
        return piece.kind == "list" and _listed(piece, following, line)
    elif (not near or _is_over(piece, line, page)) and not (not same_page and _runs_on(piece, following)):
        return False
    piece.lines[-1] = _join(piece.lines[-1], following.lines[0])
    piece.bottom, piece.page, piece.right = line.bottom, page.number, line.right
    piece.widest = max(piece.widest, line.right)
    return True


def _is_over(piece: _Piece, line: Line, page: Page) -> bool:
    """True when a line begins something of its own: behind a short line that ends a sentence, with the number after
    that of the step above, beside or left of an item that had room for more.
    """
    if piece.kind == "list":
        return _is_below(piece, line, page)
    if not piece.lines[-1].endswith((".", ":", "!", "?", ";")):
        return False
    return _is_short(piece, line, max(piece.widest, line.right)) or _counts_on(piece.lines[-1], line.text)


def _is_below(item: _Piece, line: Line, page: Page) -> bool:
    """True of a line that is no more of an item: it begins a sentence where items begin."""
    if line.left > item.lefts[-1] + _SAME_SIDE or not line.text.lstrip()[:1].isupper():
        return False
    lines = (each for each in page.items if isinstance(each, Line) and abs(each.left - line.left) < _COLUMN)
    return line.left < item.lefts[-1] - _INDENTED or _is_short(item, line, max(each.right for each in lines))


def _is_short(piece: _Piece, line: Line, widest: float) -> bool:
    return piece.right < widest - _SHORT * (widest - min(line.left, *piece.lefts))


def _counts_on(above: str, line: str) -> bool:
    """True of `4 Unlock the cell.` below `3 Set …`, where numbers have no dots."""
    first, second = _STEP.match(above), _STEP.match(line.lstrip())
    return first is not None and second is not None and int(second[1]) == int(first[1]) + 1


_STEP = re.compile(r"(\d{1,2})\s{1,8}[A-Z]")


def _listed(piece: _Piece, following: _Piece, line: Line) -> bool:
    """Adds a line that stays one: an item, or a line of a listing, which may come after an empty one."""
    if piece.kind == "code" and following.page == piece.page and line.top - piece.bottom > line.size:
        if line.top - piece.bottom > 3 * line.size:
            return False
        piece.lines.append("")
        piece.lefts.append(line.left)
    piece.lines += following.lines
    piece.lefts += following.lefts
    piece.page, piece.bottom = following.page, line.bottom
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
        writer.block("table", table(one_row(rows)), page=piece.first, place=place)
        return
    if piece.kind == "heading":
        writer.heading(piece.level, Inline(" ".join(piece.lines)), page=piece.first)
    elif piece.kind == "list":
        writer.block("list", "\n".join(_items(piece)), page=piece.first)
    elif piece.kind == "code":
        base = min(piece.lefts)
        lines = zip(piece.lines, piece.lefts, strict=True)
        text = "\n".join((" " * round((left - base) / piece.advance) + line).rstrip() for line, left in lines)
        writer.code(text, page=piece.first)
    else:
        writer.block("paragraph", "\n".join(piece.lines), page=piece.first)


def _items(piece: _Piece) -> Iterator[str]:
    """The items, indented as their bullets are."""
    depths: list[float] = []
    for text, left in zip(piece.lines, piece.lefts, strict=True):
        if depths and abs(left - depths[-1]) > _ELSEWHERE:
            depths.clear()
        while depths and depths[-1] > left + _INDENTED:
            depths.pop()
        if not depths or depths[-1] < left - _INDENTED:
            depths.append(left)
        if not _BULLET_ALONE.fullmatch(text):
            yield INDENT * (len(depths) - 1) + _item(text)


def _item(text: str) -> str:
    found = _BULLET.match(text)
    if not found:
        return f"- {text.lstrip(_SIGNS + '- ')}"
    number = found.group(1)
    return text if number[0].isalnum() and number != "o" else f"- {text[found.end() :]}"
