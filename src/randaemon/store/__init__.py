"""The deep module: documents, artifacts, events and records in SQLite, bytes in files under the file protocol.

`Store` is what the daemon writes through; `randaemon.store.reader.Reader` is what the command line reads through. The
names are looked up late so that importing the reader loads neither asyncio nor aiosqlite (60 ms of a status call).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from randaemon.store.home import Home
    from randaemon.store.store import Store

__all__ = ["Home", "Store"]


def __getattr__(name: str) -> object:
    if name == "Store":
        from randaemon.store.store import Store

        return Store
    if name == "Home":
        from randaemon.store.home import Home

        return Home
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
