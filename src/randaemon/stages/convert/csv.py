"""Delimited lists, every cell as it is written: `007` stays `007`, `NA` stays `NA`; nothing is guessed or coerced.

Read by the reader of the standard library alone, once; pandas cost twice the time, and its way with duplicate header
names is quadratic. A list too long for one document becomes row-range children, written while it is read: a gigabyte
needs no more memory than a few megabytes.
"""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final, Literal

from randaemon.errors import Refused
from randaemon.model import Child, Converted, Expand, Scalar, Task
from randaemon.ran import listing
from randaemon.stages import encoding
from randaemon.stages.convert import markdown

_COLUMNS_MAX: Final = 10_000
WHOLE_MAX: Final = 16 << 20  # bytes of a list that is one document
PART: Final = 4 << 20  # characters of a child
_FIELD_MAX: Final = 1 << 20  # characters; a longer one is a quote that never ends
_END: Final = "\x01"  # a last line of our own, which no decoded text can hold
_NAMED: Final = 20  # ragged rows named in the report
_ODD: Final = "|\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
_Quoting = Literal[0, 3]
_Rows = list[list[str]]


def convert(task: Task) -> Converted | Expand:
    """One table, or the children of a list that is too long for one; raises Refused E_TOO_WIDE."""
    found = task.meta.get("delimiter")
    delimiter = found if isinstance(found, str) else ","
    if task.source.stat().st_size > WHOLE_MAX:
        return _split(task, delimiter)
    text, name = encoding.decode(task.source.read_bytes())
    return convert_text(text, delimiter, name)


def convert_text(text: str, delimiter: str, name: str = "utf-8") -> Converted:
    """One table of decoded text; rows that are not as wide as most are kept and counted in `meta`."""
    csv.field_size_limit(max(len(text), csv.field_size_limit()))  # of the whole process: never lowered
    quoting: _Quoting = csv.QUOTE_MINIMAL
    rows = _rows(text, delimiter, quoting)
    if rows is None:
        quoting = csv.QUOTE_NONE
        rows = _rows(text, delimiter, quoting) or []
    width, widest = _widths(rows)
    writer = markdown.Writer()
    writer.block(
        "table",
        "\n".join(_lines(rows, widest, plain=not any(sign in text for sign in _ODD))),
        place=f"rows 1-{len(rows)}",
    )
    meta: dict[str, Scalar] = {"encoding": name, "delimiter": delimiter, "rows": len(rows), "columns": width}
    meta["list"] = _kind(rows[0]) if rows else ""
    if width != widest or any(len(cells) != width for cells in rows):
        meta |= _ragged(text, delimiter, quoting, width)
    if quoting == csv.QUOTE_NONE:
        meta["quotes"] = "unbalanced, taken as plain characters"
    return writer.finish(meta=meta)


def _rows(text: str, delimiter: str, quoting: _Quoting) -> _Rows | None:
    """All rows but blank ones; None when a quote is still open at the end: it would swallow all that follows it."""
    if '"' not in text:
        return [line.split(delimiter) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line]
    lines = chain(io.StringIO(text, newline=""), [_END])
    rows = [row for row in csv.reader(lines, delimiter=delimiter, quoting=quoting) if row]
    return rows if rows.pop() == [_END] and rows else None


def _widths(rows: _Rows) -> tuple[int, int]:
    """The width of most rows and of the widest; raises Refused E_TOO_WIDE."""
    counts = Counter(map(len, rows))
    widest = max(counts, default=0)
    _hold_width(widest)
    return (counts.most_common(1)[0][0] if counts else 0), widest


def _hold_width(columns: int) -> None:
    if columns > _COLUMNS_MAX:
        raise Refused(f"{columns:,} columns, more than {_COLUMNS_MAX:,}", hint="split the list", code="E_TOO_WIDE")


def _kind(head: Sequence[str]) -> str:
    """Which of the eight kinds of lists it is, by its heads: Parameters, Actions, Counters, …, Generic."""
    found = listing.layout(head).kind
    return str(listing.Kind.GENERIC if found is listing.Kind.DEPENDENCIES else found)


def _lines(rows: Iterable[Sequence[str]], width: int, *, plain: bool) -> Iterator[str]:
    """The lines of a pipe table; `plain` says that no cell holds a bar or a break other than the common ones."""
    for number, cells in enumerate(rows):
        line = " | ".join(cells)
        if not plain or "\n" in line or "\r" in line:
            line = " | ".join(map(markdown.cell, cells))
        if len(cells) < width:
            line += " | " * (width - len(cells))
        yield f"| {line} |"
        if number == 0:
            yield markdown.rule(width)


def _ragged(text: str, delimiter: str, quoting: _Quoting, width: int) -> dict[str, Scalar]:
    """Which lines are not as wide as most: read again, since only few lists have any."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting)
    found = [(reader.line_num, len(row)) for row in reader if row]
    ragged = [line for line, cells in found if cells != width]
    named = ", ".join(map(str, ragged[:_NAMED])) + (", …" if len(ragged) > _NAMED else "")
    return {"ragged": len(ragged), "ragged_lines": f"{len(ragged)} of {len(found)} rows are not {width} wide: {named}"}


# --- Lists that are too long for one document ---------------------------------------------------------------------


def _split(task: Task, delimiter: str) -> Expand:
    name = encoding.of_file(task.source)
    csv.field_size_limit(_FIELD_MAX)
    try:
        children = list(_children(task, delimiter, name, csv.QUOTE_MINIMAL))
    except csv.Error:  # a quote that never ends
        for written in task.scratch.iterdir():
            written.unlink()
        children = list(_children(task, delimiter, name, csv.QUOTE_NONE))
    head = {"list": str(children[0].meta["list"])} if children else {}
    meta: dict[str, Scalar] = {"encoding": name, "delimiter": delimiter, "parts": len(children), **head}
    return Expand(tuple(children), meta=meta)


def _children(task: Task, delimiter: str, name: str, quoting: _Quoting) -> Iterator[Child]:
    """Children of about `PART` characters, each with the head of the list as its first row."""
    with _opened(task.source, name) as file:
        reader = csv.reader((line.replace("\0", "") for line in file), delimiter=delimiter, quoting=quoting)
        rows = (row for row in reader if row)
        head = next(rows, [])
        _hold_width(len(head))
        first, index = 2, 0
        while (row := next(rows, None)) is not None:
            target = task.scratch / str(index)
            last = first + _write(target, delimiter, (head, row), rows)
            span: dict[str, Scalar] = {"rows_from": first, "rows_to": last, "list": _kind(head)}
            yield Child(index, f"rows%20{first}-{last}.csv", target.stat().st_size, meta=span)
            first, index = last + 1, index + 1


def _write(target: Path, delimiter: str, begin: tuple[list[str], list[str]], rows: Iterator[list[str]]) -> int:
    """Writes a part of the list; how many rows followed the first one."""
    with target.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=delimiter)
        writer.writerows(begin)
        size = count = 0
        while size < PART and (row := next(rows, None)) is not None:
            writer.writerow(row)
            size += sum(map(len, row)) + len(row)
            count += 1
    return count


def _opened(source: Path, name: str) -> io.TextIOWrapper:
    file = io.TextIOWrapper(source.open("rb"), encoding=name, errors="replace", newline="")
    if (mark := encoding.byte_order_mark(os.pread(file.fileno(), 4, 0))) is not None:
        file.buffer.seek(len(mark[0]))
    return file
