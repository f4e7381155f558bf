"""Looking for words in documents and samples: SQLite FTS5 over an index in memory, built when it is asked.

Nothing is written: an index beside the data would have to be paid at every settled stage, and kept true.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from randaemon.store.bytes_in import restored
from randaemon.store.faults import translated
from randaemon.store.home import Home
from randaemon.store.names import display
from randaemon.store.queries import query, read_only

_PREPROCESS = 3
_PIECE = 2000  # characters: a hit should lead to a place, not to a book


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where the words stand."""

    kind: str  # document | sample
    id: str  # a document's number, or a sample's id
    title: str
    text: str  # around the words, which stand between « and »


def search(home: Home, wanted: str, limit: int = 20) -> list[Hit]:
    """The best hits first; all the words must be there. Nothing is found without a database or without words."""
    words = " ".join(f'"{word}"' for word in wanted.replace('"', " ").split())
    if not words or not home.database.exists():
        return []
    with translated(), contextlib.closing(sqlite3.connect(":memory:")) as index:
        index.execute(
            "CREATE VIRTUAL TABLE texts USING fts5(kind UNINDEXED, id UNINDEXED, title UNINDEXED, body,"
            " tokenize = \"unicode61 tokenchars '_'\")"
        )
        index.executemany("INSERT INTO texts VALUES (?, ?, ?, ?)", _texts(home))
        found = index.execute(
            "SELECT kind, id, title, snippet(texts, 3, '«', '»', '…', 24) FROM texts WHERE texts MATCH ?"
            " ORDER BY rank, id LIMIT ?",
            (words, limit),
        )
        return [Hit(*row) for row in found]


def _texts(home: Home) -> Iterator[tuple[str, str, str, str]]:
    with contextlib.closing(sqlite3.connect(read_only(home.database), uri=True)) as stored:
        for (body,) in stored.execute(query("candidates"), (2**62,)):
            sample = json.loads(body)
            if not sample["score"].get("gate"):
                said = "\n".join(message["content"] for message in sample["conversation"]["messages"])
                yield "sample", sample["id"], sample.get("title", ""), said
        named = {digest: (str(number), name) for number, _, name, digest in stored.execute(query("placed"))}
        for digest, size, body, name in stored.execute(query("artifacts_of_stage"), (_PREPROCESS, "", -1)):
            text = json.loads(restored(home.objects, size, body, name))
            number, printed = named.get(digest, ("", ""))
            for piece in _pieces(text["markdown"]):
                yield "document", number, text.get("title") or display(printed), piece


def _pieces(markdown: str) -> Iterator[str]:
    """Whole lines, about so many characters at a time."""
    piece = ""
    for line in markdown.splitlines(keepends=True):
        if piece and len(piece) + len(line) > _PIECE:
            yield piece
            piece = ""
        piece += line
    if piece:
        yield piece
