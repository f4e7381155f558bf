"""File system events as hints: they say when to look, never what is there. The only user of watchdog.

watchdog lost 17,817 of 20,000 files after a queue overflow while its observer stayed "alive": hence nothing is read
from an event but that it came, and the watcher scans anyway.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from watchdog.events import (
    DirCreatedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

if TYPE_CHECKING:
    from watchdog.observers.api import BaseObserver

# Not among them: openings and closings without a write, which our own scans cause, and deletions, which our claims do.
_KINDS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileClosedEvent,
    DirCreatedEvent,
    DirMovedEvent,
]


class Hints(FileSystemEventHandler):
    """A bell that rings when something happened below the inbox. Made, used and stopped on the event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._rung = anyio.Event()
        self._observer: BaseObserver | None = None
        self._watched: tuple[int, int] | None = None

    def healthy(self, inbox: Path) -> bool:
        """Is the folder that lies there now the one being watched, by threads that live?"""
        if self._observer is None or self._watched != _identity(inbox):
            return False
        return self._observer.is_alive() and all(emitter.is_alive() for emitter in self._observer.emitters)

    async def watch(self, inbox: Path) -> str:
        """Start to watch the folder anew. Returns what prevents it, in plain words; then only the scans find files."""
        await self.stop()
        try:
            self._observer = await anyio.to_thread.run_sync(self._start, inbox)
        except OSError as error:  # no folder, no permission, or no inotify watch left
            return error.strerror or str(error)
        self._watched = _identity(inbox)
        return ""

    async def wait(self) -> None:
        """Return at the next ring; one that came since the last `hush` counts."""
        await self._rung.wait()

    def hush(self) -> None:
        """Forget the rings so far: a look at everything follows."""
        if self._rung.is_set():
            self._rung = anyio.Event()

    async def stop(self) -> None:
        """End the threads."""
        observer, self._observer, self._watched = self._observer, None, None
        if observer is not None and observer.is_alive():
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(_end, observer)

    def on_any_event(self, event: FileSystemEvent) -> None:  # noqa: ARG002  # called by watchdog in its own thread
        """Ring, unless it rang already."""
        if not self._rung.is_set() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._ring)

    def _ring(self) -> None:
        self._rung.set()

    def _start(self, inbox: Path) -> BaseObserver:
        observer = Observer()
        observer.schedule(self, os.fspath(inbox), recursive=True, event_filter=_KINDS)
        try:
            observer.start()
        except OSError:
            observer.stop()
            raise
        return observer


def _end(observer: BaseObserver) -> None:
    observer.stop()
    observer.join()


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino)
