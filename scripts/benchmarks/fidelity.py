"""What is kept of documents with known content, side by side with markitdown and docling's own Markdown.

Forty documents in six formats, each with a table with spans: 240 tables. A cell counts as kept when the Markdown has a
table with its column's heading, its row's first cell and its value at their crossing; an item when it stands in a list
at its depth; a line of code when it is a line with the same indent; a heading tree when titles and levels are the same
(from whichever level it starts). Each side has so many seconds; what it did not come to is not held against it.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.material.known import WRITERS, Document, document, sheet_names
from benchmarks.rounds import PEER, PRODUCT, report

READERS = {"ours": PRODUCT, "markitdown": PEER, "docling": PRODUCT}
TABLES_ONLY = ("csv",)
SHEETS = ("xlsx",)


def main() -> None:
    """Writes, converts, compares."""
    chosen = _arguments()
    documents = [document(number) for number in range(chosen.tables)]
    figures: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "documents"
        source.mkdir()
        for kind, write in WRITERS.items():
            for number, known in enumerate(documents):
                (source / f"{number:03}.{kind}").write_bytes(write(known))
        for name, python in READERS.items():
            out = Path(place) / name
            out.mkdir()
            seconds = _read(python, name, source, out, chosen.seconds)
            for kind in WRITERS:
                texts = {int(path.name[:3]): path.read_text() for path in sorted(out.glob(f"*.{kind}.md"))}
                figures |= _figures(f"{kind}_{name}", documents, texts, kind)
                figures[f"{kind}_{name}_ms"] = [round(1000 * seconds[kind], 2)]
    report("fidelity", figures, _ratios(figures), only_json=chosen.json)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="nothing but the JSON line on stdout")
    parser.add_argument("--tables", type=int, default=40, help="documents of each format, with a table each")
    parser.add_argument("--seconds", type=float, default=20.0, help="that a side may take for a format")
    return parser.parse_args()


def _read(python: Path, reader: str, source: Path, out: Path, seconds: float) -> dict[str, float]:
    """Seconds a document by format; the Markdown of each file is in `out` then."""
    command = [str(python), "-P", "-m", "benchmarks.sides.fidelity_one", reader, str(source), str(out), str(seconds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=600)
    taken: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return taken


def _figures(side: str, documents: list[Document], texts: dict[int, str], kind: str) -> dict[str, list[float]]:
    shares: dict[str, list[float]] = {}
    for number, text in texts.items():
        for part, share in _compare(documents[number], text, kind).items():
            shares.setdefault(part, []).append(share)
    means = {f"{side}_{part}": [round(100 * sum(each) / len(each), 2)] for part, each in shares.items()}
    return {f"{side}_documents": [float(len(texts))], **means}


def _ratios(figures: dict[str, list[float]]) -> dict[str, float]:
    """Ours of all, and by how many points we lead the better peer."""
    ratios: dict[str, float] = {}
    for key, value in figures.items():
        kind, name, part = key.split("_", 2)
        if name == "ours" and part not in ("ms", "documents"):
            peers = [figures.get(f"{kind}_{peer}_{part}", [0.0])[0] for peer in READERS if peer != "ours"]
            ratios[f"{kind}_{part}"] = round(value[0] / 100, 4)
            ratios[f"{kind}_{part}_lead"] = round(value[0] - max(peers), 2)
    return ratios


def _compare(known: Document, text: str, kind: str) -> dict[str, float]:
    plain = _plain(text)
    shares = {
        "cells": len(known.cells & set(_cells(text))) / len(known.cells),
        "identifiers": _share(plain, sorted(known.names)),
    }
    if kind in SHEETS:
        wanted = [(1, name) for name in sheet_names(known)]
        return {**shares, "facts": _share(plain, known.facts), "headings": float(_tree(text) == wanted)}
    if kind in TABLES_ONLY:
        return shares
    items = set(_items(text))
    lines = {line.rstrip() for line in _plain(text, spaces=False).split("\n")}
    return {
        **shares,
        "facts": _share(plain, known.facts),
        "items": sum(item in items for item in known.items) / len(known.items),
        "code": sum(line in lines for line in known.code) / len(known.code),
        "headings": float(_tree(text) == known.headings),
    }


def _share(text: str, wanted: list[str]) -> float:
    """Of words that stand in the text as they are, not as part of others."""
    found = (re.search(rf"(?<![\w.+-]){re.escape(each)}(?![\w%])", text) for each in wanted)
    return sum(each is not None for each in found) / len(wanted)


def _cells(text: str) -> Iterator[tuple[str, str, str]]:
    head: list[str] = []
    for line in text.split("\n"):
        if not line.startswith("|"):
            head = []
            continue
        cells = [_plain(cell).strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]
        if not head:
            head = cells
        for column, value in zip(head, cells, strict=False):
            yield cells[0], column, value


def _items(text: str) -> Iterator[tuple[int, str]]:
    """Items with their depth, by their indents."""
    indents: list[int] = []
    for line in text.split("\n"):
        found = re.match(r"( *)(?:[-*+•]|\d+[.)]) +(.*)$", line)
        if not found:
            indents = [] if line.strip() else indents
            continue
        while indents and indents[-1] > len(found.group(1)):
            indents.pop()
        if not indents or indents[-1] < len(found.group(1)):
            indents.append(len(found.group(1)))
        yield len(indents) - 1, _plain(found.group(2)).strip()


def _plain(text: str, *, spaces: bool = True) -> str:
    """Without what Markdown escapes and HTML entities: converters differ there, and it is no loss."""
    text = (
        re.sub(r"\\([|_*.+\-\[\]#])", r"\1", text)
        .replace("<br>", " ")
        .replace("&#124;", "|")
        .replace("&amp;", "&")
        .replace("**", "")
    )
    return re.sub(r"[ \t]+", " ", text) if spaces else text


def _tree(text: str) -> list[tuple[int, str]]:
    """Headings outside of code, the highest on level 1."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    found = re.findall(r"^(#{1,6}) +(.*)$", text, re.MULTILINE)
    top = min((len(marks) for marks, _ in found), default=1)
    return [(len(marks) - top + 1, _plain(title).strip()) for marks, title in found]


if __name__ == "__main__":
    main()
