"""`inspect` for people: one table a category, every name shown in the line of text it was found in."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

ROWS = 25  # of a category; --json shows all
_AROUND = 36  # characters of text on each side of a name
_PIPE_WIDTH = 160
_FIELD_LONGEST = 90


def show(documents: Sequence[Mapping[str, Any]]) -> None:
    """Print what became of each document. No colour in a pipe or with NO_COLOR: marks stand around a name instead."""
    console = Console(highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else _PIPE_WIDTH)
    for document in documents:
        for part in _document(document, coloured=console.color_system is not None):
            console.print(part)


def _document(document: Mapping[str, Any], *, coloured: bool) -> Iterator[RenderableType]:
    yield Text(f"{document['path']}: {document['status']}, {document['media_type'] or 'kind unknown'}", style="bold")
    if document["reason"]:
        yield Text(f"  {document['reason']}")
    for category, items in document["extraction"].items():
        if items:
            yield _category(category, items, document["markdown"] or "", coloured=coloured)
    yield from (Text(f"  {line}") for line in _report(document["report"]))
    yield from (Text(line) for line in _conversations(document))


def _category(category: str, items: Sequence[Mapping[str, Any]], markdown: str, *, coloured: bool) -> Table:
    more = f", the first {ROWS} of them; --json shows all" if len(items) > ROWS else ""
    named = category.replace("_", " ")
    title = f"{len(items)} {named.removesuffix('s') if len(items) == 1 else named}{more}"
    table = Table(title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    for head, share in (("name", 3), ("in the text", 4), ("it says", 5), ("place", 2)):
        table.add_column(head, ratio=share, overflow="fold")
    for item in items[:ROWS]:
        table.add_row(
            Text(item["name"]), _in_text(item["span"], markdown, coloured=coloured), _says(item), Text(_place(item))
        )
    return table


def _in_text(span: Sequence[int], markdown: str, *, coloured: bool) -> Text:
    """The line around a span, the span itself highlighted."""
    start, end = span
    line = markdown.rfind("\n", 0, start) + 1
    stop = markdown.find("\n", end)
    stop = stop if stop >= 0 else len(markdown)
    left, right = max(start - _AROUND, line), min(end + _AROUND, stop)
    shown = Text("…" if left > line else "")
    shown.append(_readable(markdown[left:start]).removeprefix("| "))
    name = _readable(markdown[start:end])
    shown.append(name if coloured else f"»{name}«", style="bold reverse" if coloured else "")
    return shown.append(_readable(markdown[end:right]).removesuffix(" |")).append("…" if right < stop else "")


def _readable(text: str) -> str:
    """Without what only Markdown needs."""
    return text.replace("<br>", " ").replace("\\|", "|").replace("\n", " ")


def _says(item: Mapping[str, Any]) -> Text:
    said = Text()
    for number, (field, span) in enumerate(item["fields"].items()):
        short = _short(" ".join(span["text"].replace("<br>", " ").split()))
        said.append("\n" if number else "").append(f"{field.replace('_', ' ')}: ", style="dim").append(short)
    if item["related"]:
        said.append("\n" if said else "").append("belongs with: ", style="dim").append(
            _short(", ".join(item["related"]))
        )
    return said


def _short(text: str) -> str:
    return text if len(text) <= _FIELD_LONGEST else f"{text[:_FIELD_LONGEST]}…"


def _place(item: Mapping[str, Any]) -> str:
    heading = item["heading"][-1] if item["heading"] else ""
    return f"{item['span'][0]}-{item['span'][1]} {heading} ({item['rule']})"


def _report(report: Mapping[str, Any]) -> Iterator[str]:
    if report.get("refused"):
        yield f"{report['refused']} looked like items and were refused: {report['refused_examples']}"
    if report.get("parameters_containing_pm") or report.get("counters_without_pm"):
        yield (
            f"{report['parameters_containing_pm']} parameters contain pm and {report['counters_without_pm']} counters "
            f"do not: {report['literal_rule_examples']}"
        )
    if report.get("sections"):
        silent = report["sections_without_items"]
        rest = f"; nothing in: {report['silent_sections']}" if silent else ""
        yield f"items in {report['sections'] - silent} of {report['sections']} sections{rest}"


def _conversations(document: Mapping[str, Any]) -> Iterator[str]:
    accepted = [said for said in document["conversations"] if not said["gate"]]
    if document["conversations"]:
        yield f"  {len(accepted)} samples of {len(document['conversations'])}, quality {document['quality']}"
    for said in accepted[:3]:
        for message in said["messages"]:
            yield textwrap.indent(message["content"], " " * (4 if message["role"] == "user" else 6))
