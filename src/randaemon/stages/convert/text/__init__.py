"""Text that people wrote line by line: plain, Markdown, JSON, YAML, source code.

It passes through as it is; what is found are its blocks. Headings of plain text are underlined or numbered lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from randaemon.errors import Refused
from randaemon.model import Converted, Scalar, Task
from randaemon.stages import encoding
from randaemon.stages.convert.markdown import Inline, Writer
from randaemon.stages.convert.markdown import table as pipes
from randaemon.stages.convert.text import code, rst, spaced

DATA_MAX = 32 << 20  # bytes of JSON, YAML or XML
_LONG_LINE = 2_000  # characters
_NESTING = re.compile(r'"(?:[^"\\]|\\.)*+"|[\[\]{}]')
_DEEPEST = 50
_FENCED = {"application/json": "json", "application/yaml": "yaml"}
_MAYBE_CODE = frozenset({"text/plain", "text/markdown", "text/x-rst"})  # comments begin like headings
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_LINES = {
    key: re.compile(rf"^(?:{keys}):[ \t]*[\"']?(.*?)[\"']?[ \t]*$", re.MULTILINE | re.IGNORECASE)
    for key, keys in (
        ("title", "title"),
        ("document_number", "doc(?:ument)?[ _-]?(?:no|num|number|id)"),
        ("revision", "rev(?:ision)?"),
    )
}
_COMMENT = re.compile(r"<!--.*?-->[ \t]*\n?", re.DOTALL)
_ATTRIBUTES = re.compile(
    r"\[\]\{#[^}\n]{1,200}\}|(?<=\S) *\{#[\w:-]{1,200}[^}\n]{0,200}\}(?=\n|\Z)"
)  # pandoc's anchors
_DIV = re.compile(r"^ {0,3}:{3,}[^\n]*\n?", re.MULTILINE)
_SPAN = re.compile(r"\[([^\[\]\n]{1,200}+)\]\{[.#][^{}\n]{1,200}+\}")
_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_LICENCE = re.compile(r"#\s*(?:SPDX-|Copyright\b|\(c\)\s)", re.IGNORECASE)
_UNDERLINE = re.compile(r"(=|-|~|\*|\^){3,}[ \t]*$")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*([\w+-]*)")
_ITEM = re.compile(r"[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]+\S")
_RULE = re.compile(r"[ \t]*\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?[ \t]*$")
_NUMBERED = re.compile(r"(\d{1,2}(?:\.\d{1,3}){0,4})\.?[ \t]+([A-Z][^\n]{1,98}[^\s.,;:|])$")


def convert(task: Task) -> Converted:
    """A text by its media type: text/plain, text/markdown, text/x-rst, application/json, application/yaml.

    Raises Refused E_TOO_LARGE; prose of that size was cut into parts before.
    """
    if task.meta.get("media_type") in _FENCED:
        must_fit(task)
    text, name = encoding.decode(task.source.read_bytes())
    return convert_text(text, str(task.meta.get("media_type", "text/plain")), name)


def convert_text(text: str, media_type: str, name: str = "utf-8") -> Converted:
    """A decoded text."""
    text = "\n".join(text.splitlines())
    meta: dict[str, Scalar] = {"encoding": name}
    writer = Writer()
    if language := _FENCED.get(media_type):
        writer.code(_in_lines(text) if language == "json" else text, language)
        return writer.finish(meta=meta)
    if media_type in _MAYBE_CODE and "```" not in text and (language := code.language_of(text)):
        writer.code(text, language)
        return writer.finish(meta={**meta, "listing": language})
    text = spaced.columns_of_tabs(text)
    if media_type == "text/x-rst":
        rst.write(writer, text)
        return writer.finish(writer.first_heading, meta)
    markdown = media_type == "text/markdown"
    told, body = _front_matter(text) if markdown else ({}, text)
    _write(writer, _unmarked(body) if markdown else body, plain=not markdown)
    title = told.pop("title", "")
    return writer.finish(title or writer.first_heading, {**meta, **told})


def _unmarked(text: str) -> str:
    """Without comments and the attributes that pandoc keeps; it fences sections and brackets words for them."""
    text = _ATTRIBUTES.sub("", _COMMENT.sub("", text))
    return _DIV.sub("", text) if "{." in text or "{#" in text else text


def _write(writer: Writer, text: str, *, plain: bool) -> None:
    """Writes the blocks of a text; in a `plain` one `#` means nothing and an indent is no code."""
    for piece in _pieces(text.split("\n"), plain):
        printed = piece.text if plain else _SPAN.sub(r"\1", _ESCAPED.sub(r"\1", piece.text))
        if piece.level:
            writer.heading(piece.level, Inline(printed))
        elif piece.kind == "code" and not piece.text.lstrip().startswith(("```", "~~~")):
            writer.code(piece.text)
        else:
            writer.block(piece.kind, printed)


#: What converters escape in Markdown (`INTERNAL\_PROC\_X`), and a line's end: here text is as it reads.
_ESCAPED = re.compile(r"\\([_\[\]<>&~=.*#+!'\"$-]|(?=\n|\Z))")


def must_fit(task: Task) -> None:
    """Raises Refused E_TOO_LARGE for data of which no piece could stand alone."""
    size = task.source.stat().st_size
    if size > DATA_MAX:
        raise Refused(
            f"{size >> 20} MiB of structured data in one file; {DATA_MAX >> 20} are read",
            hint="split it, or export it as CSV, which may be of any size",
            code="E_TOO_LARGE",
        )


def _in_lines(text: str) -> str:
    """JSON that a program wrote into one line, a value a line; numbers and texts stay as they are written."""
    if max(map(len, text.split("\n")), default=0) < _LONG_LINE or _depth(text) > _DEEPEST:
        return text
    try:
        return msgspec.json.format(text, indent=2)
    except (msgspec.DecodeError, RecursionError):
        return text


def _depth(text: str) -> int:
    """How deep JSON is nested: each line of it is indented by so much."""
    depth = deepest = 0
    for found in _NESTING.finditer(text):
        sign = found[0]
        depth += sign in "[{"
        depth -= sign in "]}"
        deepest = max(depth, deepest)
    return deepest


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """What the lines of YAML before a text tell of it, and the text."""
    found = _FRONT.match(text)
    if not found:
        return {}, text
    told = {key: line.search(found.group(1)) for key, line in _FRONT_LINES.items()}
    return {key: line[1] for key, line in told.items() if line}, text[found.end() :]


@dataclass(frozen=True, slots=True)
class _Piece:
    kind: str
    text: str
    level: int = 0


def _pieces(lines: Sequence[str], plain: bool) -> Iterator[_Piece]:
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        piece, at = _next(lines, at, plain)
        yield piece


def _next(lines: Sequence[str], at: int, plain: bool) -> tuple[_Piece, int]:
    line = lines[at]
    if fence := _FENCE.match(line):
        end = _fence_end(lines, at + 1, fence.group(1))
        return _Piece("code", "\n".join(lines[at:end])), end
    if heading := _heading(lines, at, plain):
        return heading
    if table := _table(lines, at, plain):
        return table
    if not plain and line.lstrip().startswith(_HTML_TABLE) and (embedded := _embedded(lines, at)):
        return embedded
    if _ITEM.match(line):
        end = _list_end(lines, at)
        return _Piece("list", "\n".join(lines[at:end]).rstrip()), end
    if line.startswith("    ") and not plain:
        return _take("code", lines, at, lambda text: text.startswith("    "))
    end = at + 1
    while end < len(lines) and lines[end].strip() and not _interrupts(lines, end, plain):
        end += 1
    return _Piece("paragraph", "\n".join(text.rstrip() for text in lines[at:end]).strip("\n")), end


def _table(lines: Sequence[str], at: int, plain: bool) -> tuple[_Piece, int] | None:
    if table := spaced.found(lines, at, plain=plain):
        return _Piece("table", pipes(table.rows).text), table.end
    if not plain and rst.is_grid(lines[at]):
        piece, end = _take("table", lines, at, lambda text: text.startswith(("+", "|")))
        return _Piece("table", rst.grid(piece.text.split("\n")).text), end
    return _take("table", lines, at, lambda text: "|" in text) if _is_table(lines, at) else None


def _embedded(lines: Sequence[str], at: int) -> tuple[_Piece, int] | None:
    """A table that is written in HTML, as Markdown allows it, with what stands around it on its lines."""
    end = next((number for number in range(at, len(lines)) if "</table>" in lines[number].lower()), None)
    if end is None:
        return None
    from randaemon.stages.convert.html import fragment

    return _Piece("table", fragment("\n".join(lines[at : end + 1])).strip()), end + 1


_HTML_TABLE = ("<table", "<TABLE")


def _heading(lines: Sequence[str], at: int, plain: bool) -> tuple[_Piece, int] | None:
    line = lines[at].strip()
    below = lines[at + 1] if at + 1 < len(lines) else ""
    if not plain and (found := _ATX.match(lines[at])) and not _LICENCE.match(line):
        return _Piece("heading", found.group(2), len(found.group(1))), at + 1
    under = _UNDERLINE.match(below)
    if under and line and (_is_numbered(lines, at) or (_is_under(line, below) and not _ITEM.match(line))):
        return _Piece("heading", line, 1 if under.group(1) in "=*" else 2), at + 2
    alone = not below.strip() and (at == 0 or not lines[at - 1].strip())
    if plain and alone and (numbered := _NUMBERED.match(line)):
        return _Piece("heading", line, numbered.group(1).count(".") + 1), at + 1
    return None


def _is_under(line: str, below: str) -> bool:
    return abs(len(below.strip()) - len(line)) <= max(3, len(line) // 2)


def _is_numbered(lines: Sequence[str], at: int) -> bool:
    """True of `1. Overview`, alone and underlined in its length, which Markdown takes for an item and a rule."""
    if at + 1 >= len(lines) or (at and lines[at - 1].strip()) or not _CHAPTER.match(lines[at]):
        return False
    under = lines[at + 1].strip()
    return _UNDERLINE.match(under) is not None and abs(len(under) - len(lines[at].strip())) <= _CLOSE


_CHAPTER = re.compile(r"\d{1,2}[.)] {1,3}[A-Z][^\n]{1,98}[^\s.,;:|]\s*\Z")
_CLOSE = 2  # characters


def _interrupts(lines: Sequence[str], at: int, plain: bool) -> bool:
    """True when a paragraph ends before this line without a blank one between."""
    if spaced.found(lines, at, plain=plain):
        return True
    if _FENCE.match(lines[at]) or _is_table(lines, at) or (_ITEM.match(lines[at]) and not plain):
        return True
    if not plain and lines[at].lstrip().startswith(_HTML_TABLE):
        return True
    return not plain and bool(_ATX.match(lines[at]))


def _is_table(lines: Sequence[str], at: int) -> bool:
    below = lines[at + 1] if at + 1 < len(lines) else ""
    return "|" in lines[at] and "|" in below and bool(_RULE.match(below))


def _take(kind: str, lines: Sequence[str], at: int, belongs: Callable[[str], bool]) -> tuple[_Piece, int]:
    end = at + 1
    while end < len(lines) and lines[end].strip() and belongs(lines[end]):
        end += 1
    return _Piece(kind, "\n".join(text.rstrip() for text in lines[at:end])), end


def _fence_end(lines: Sequence[str], at: int, fence: str) -> int:
    for number in range(at, len(lines)):
        stripped = lines[number].strip()
        if stripped.startswith(fence) and not stripped.strip(fence[0]):
            return number + 1
    return len(lines)


def _list_end(lines: Sequence[str], at: int) -> int:
    """Items, their continuation lines, and blank lines between them."""
    end = at + 1
    while end < len(lines):
        line = lines[end]
        if not line.strip():
            after = lines[end + 1] if end + 1 < len(lines) else ""
            if not (_ITEM.match(after) or after.startswith("  ")) or _is_numbered(lines, end + 1):
                break
        elif _ATX.match(line) or (_FENCE.match(line) and not line.startswith(" ")):
            break
        end += 1
    return end
