"""Looking for words in documents and samples: SQLite FTS5 over `search.db`, a file beside the data.

The file is derived: whoever seals brings it up to date (`refresh`), and anyone may delete it. Looking never writes:
what came since is indexed in memory, what went since is left out, so that an old index costs time and no truth.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from randaemon.errors import StoreError
from randaemon.model import Stage
from randaemon.store.bytes_in import restored
from randaemon.store.faults import translated
from randaemon.store.forgetting import FORGOTTEN, remaining
from randaemon.store.home import Home
from randaemon.store.names import display
from randaemon.store.queries import query, read_only

_PIECE = 2000  # characters: a hit should lead to a place, not to a book


@dataclass(frozen=True, slots=True)
class Hit:
    """A place where the words stand."""

    kind: str  # document | sample
    id: str  # a document's number, or a sample's id
    title: str
    text: str  # around the words, which stand between « and »


@dataclass(frozen=True, slots=True)
class _Entry:
    """Something to be looked through; `key` is another where its text is another."""

    key: str
    kind: str
    id: str
    title: str
    pieces: tuple[str, ...]


def search(home: Home, wanted: str, limit: int = 20) -> list[Hit]:
    """The best hits first; all the words must be there. Nothing is found without a database or without words."""
    words = " ".join(f'"{word}"' for word in wanted.replace('"', " ").split())
    if not words or not home.database.exists():
        return []
    with translated(), contextlib.closing(_reading(home)) as stored:
        with _kept(home) as index:
            current = _marked(index) == _mark(stored)
            known, keys = (set(), set()) if current else (_known(index), _keys(stored))
            found = list(_hits(index, words, limit, known - keys))
        if keys - known:
            with contextlib.closing(sqlite3.connect(":memory:")) as fresh:
                _add(fresh, _entries(home, stored, keys - known))
                found += _hits(fresh, words, limit, ())
    return [hit for _, _, hit in sorted(found, key=lambda each: each[:2])[:limit]]


def refresh(home: Home) -> int:
    """Bring the index up to date; how many documents and samples came or went. Blocks; for the holder of the lock.

    A damaged index is made anew: nothing stands in it that is not in the database as well. Raises StorageFault.
    """
    with translated():
        try:
            return _refreshed(home)
        except sqlite3.DatabaseError:
            home.search.unlink(missing_ok=True)
            return _refreshed(home)


def _refreshed(home: Home) -> int:
    with contextlib.closing(_reading(home)) as stored, contextlib.closing(sqlite3.connect(home.search)) as index:
        index.execute("PRAGMA journal_mode = WAL")  # those who look are never in the way
        _prepare(index)
        mark = _mark(stored)
        if mark == _marked(index):
            return 0
        keys, known = _keys(stored), _known(index)
        with index:
            for key in known - keys:
                index.execute(query("search_drop_texts"), (key,))
                index.execute(query("search_drop"), (key,))
            _add(index, _entries(home, stored, keys - known))
            index.execute(query("search_unmark"))
            index.execute(query("search_add"), (mark, 0, 0))
        return len(keys ^ known)


def _reading(home: Home) -> sqlite3.Connection:
    """At one moment: what is found to be there is there when it is read."""
    stored = sqlite3.connect(read_only(home.database), uri=True, isolation_level=None)
    stored.execute("BEGIN")
    return stored


@contextlib.contextmanager
def _kept(home: Home) -> Iterator[sqlite3.Connection]:
    """The index as it was left; an empty one where there is none that can be read."""
    try:
        index = sqlite3.connect(read_only(home.search), uri=True)
        index.execute(query("search_keys")).fetchone()
    except sqlite3.Error:
        index = sqlite3.connect(":memory:")
        _prepare(index)
    with contextlib.closing(index):
        yield index


def _prepare(index: sqlite3.Connection) -> None:
    for name in ("search_texts", "search_known"):
        index.execute(query(name))


def _mark(stored: sqlite3.Connection) -> str:
    """What stands in the database, in short."""
    return str(stored.execute(query("search_mark"), (FORGOTTEN,)).fetchone()[0])


def _marked(index: sqlite3.Connection) -> str:
    """What stood there when the index was brought up to date."""
    row = index.execute(query("search_marked")).fetchone()
    return str(row[0]) if row else ""


def _known(index: sqlite3.Connection) -> set[str]:
    return {key for (key,) in index.execute(query("search_keys"))}


def _keys(stored: sqlite3.Connection) -> set[str]:
    """Of every accepted sample and every text of what is not forgotten."""
    left = remaining(stored.execute(query("placed")), _forgotten(stored))
    samples = stored.execute(query("search_samples"))
    texts = stored.execute(query("search_documents"), (int(Stage.PREPROCESS),))
    return {f"s{serial}" for serial, digest in samples if left.holds(digest)} | {
        f"d{digest}:{claim}" for digest, claim in texts if left.holds(digest)
    }


def _forgotten(stored: sqlite3.Connection) -> list[int]:
    row = stored.execute(query("state"), (FORGOTTEN,)).fetchone()
    return list(json.loads(row[0])) if row else []


def _entries(home: Home, stored: sqlite3.Connection, wanted: Collection[str]) -> Iterator[_Entry]:
    """What stands in them. A text that is lost on disk is left out, and looked for again the next time."""
    for key in sorted(each for each in wanted if each.startswith("s")):
        (body,) = stored.execute(query("search_sample"), (int(key[1:]),)).fetchone()
        sample = json.loads(body)
        said = "\n".join(message["content"] for message in sample["conversation"]["messages"])
        yield _Entry(key, "sample", sample["id"], sample.get("title", ""), (said,))
    named = {digest: (str(number), name) for number, _, name, digest in stored.execute(query("placed"))}
    for key in sorted(each for each in wanted if each.startswith("d")):
        digest = key[1:].partition(":")[0]
        row = stored.execute(query("artifact"), (digest, int(Stage.PREPROCESS))).fetchone()
        with contextlib.suppress(StoreError):
            text = json.loads(restored(home.objects, *row))
            number, printed = named.get(digest, ("", ""))
            title = text.get("title") or display(printed)
            yield _Entry(key, "document", number, title, tuple(_pieces(text["markdown"])))


def _add(index: sqlite3.Connection, entries: Iterable[_Entry]) -> None:
    _prepare(index)
    row = 0
    for each in entries:
        for piece in each.pieces:
            made = index.execute(query("search_add_text"), (each.key, each.kind, each.id, each.title, piece))
            row = made.lastrowid or 0
        index.execute(query("search_add"), (each.key, row - len(each.pieces) + 1, row))


def _hits(index: sqlite3.Connection, words: str, limit: int, gone: Collection[str]) -> Iterator[tuple[float, str, Hit]]:
    """The best hits with their rank (the smaller the better), without those of what is gone."""
    found = index.execute(query("search_look"), (words, limit + len(gone)))
    for key, rank, *hit in found:
        if key not in gone:
            yield rank, hit[1], Hit(*hit)


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
