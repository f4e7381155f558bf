"""Delimited lists, by pandas, with every cell as it is written: `007` stays `007`, `NA` stays `NA`.

The standard library's reader goes first and only counts: how wide, which rows are ragged, whether a quote never ends.
pandas cannot tell these, and its own way with duplicate header names is quadratic, so that it is given none.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from randaemon.errors import Refused
from randaemon.model import Converted, Scalar, Task
from randaemon.stages import encoding
from randaemon.stages.convert import markdown

COLUMNS_MAX = 10_000
_CHUNK = 20_000  # rows held at once
_END = "\x01"  # a last line of our own, which no decoded text can hold
_NAMED = 20  # ragged rows named in the report


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the first reading found."""

    rows: int
    width: int
    widest: int
    ragged: tuple[int, ...]  # line numbers
    quoting: Literal[0, 3] = csv.QUOTE_MINIMAL


def convert(task: Task) -> Converted:
    """One table; raises Refused E_TOO_WIDE."""
    text, name = encoding.decode(task.source.read_bytes())
    delimiter = task.meta.get("delimiter")
    return convert_text(text, delimiter if isinstance(delimiter, str) else ",", name)


def convert_text(text: str, delimiter: str, name: str = "utf-8") -> Converted:
    """One table of decoded text; rows that are not as wide as most are kept and counted in `meta`."""
    shape = _survey(text, delimiter)
    if shape.widest > COLUMNS_MAX:
        raise Refused(f"{shape.widest:,} columns, more than {COLUMNS_MAX:,}", hint="split the list", code="E_TOO_WIDE")
    lines: list[str] = []
    for cells in _cells(text, delimiter, shape):
        lines.append(markdown.row(map(markdown.cell, cells)))
        if len(lines) == 1:
            lines.append(markdown.rule(shape.widest))
    writer = markdown.Writer()
    writer.block("table", "\n".join(lines), place=f"rows 1-{shape.rows}")
    meta: dict[str, Scalar] = {"encoding": name, "delimiter": delimiter, "rows": shape.rows, "columns": shape.width}
    return writer.finish(meta={**meta, **_report(shape)})


def _survey(text: str, delimiter: str) -> _Shape:
    csv.field_size_limit(max(len(text), 1))
    shape = _measure(text, delimiter, csv.QUOTE_MINIMAL)
    return shape or _measure(text, delimiter, csv.QUOTE_NONE) or _Shape(0, 0, 0, ())


def _measure(text: str, delimiter: str, quoting: Literal[0, 3]) -> _Shape | None:
    """The shape, None when a quote is still open at the end: it would swallow all that follows it."""
    lines = chain(io.StringIO(text, newline=""), [_END])
    reader = csv.reader(lines, delimiter=delimiter, quoting=quoting)
    widths = [(reader.line_num, len(row), row[0]) for row in reader if row]
    if widths.pop()[2] != _END or not widths:
        return None
    width = Counter(width for _, width, _ in widths).most_common(1)[0][0]
    ragged = tuple(line for line, found, _ in widths if found != width)
    return _Shape(len(widths), width, max(found for _, found, _ in widths), ragged, quoting)


def _cells(text: str, delimiter: str, shape: _Shape) -> Iterator[tuple[str, ...]]:
    import pandas as pd

    reader = pd.read_csv(
        io.StringIO(text, newline=""),
        sep=delimiter,
        header=None,
        names=range(shape.widest),
        index_col=False,
        dtype=str,
        keep_default_na=False,
        na_filter=False,
        quoting=shape.quoting,
        skip_blank_lines=True,
        chunksize=_CHUNK,
        engine="c",
    )
    with reader:
        for frame in reader:
            yield from frame.fillna("").itertuples(index=False, name=None)


def _report(shape: _Shape) -> dict[str, Scalar]:
    report: dict[str, Scalar] = {}
    if shape.ragged:
        named = ", ".join(str(line) for line in shape.ragged[:_NAMED])
        more = ", …" if len(shape.ragged) > _NAMED else ""
        report["ragged"] = len(shape.ragged)
        report["ragged_lines"] = f"{len(shape.ragged)} of {shape.rows} rows are not {shape.width} wide: {named}{more}"
    if shape.quoting == csv.QUOTE_NONE:
        report["quotes"] = "unbalanced, taken as plain characters"
    return report
