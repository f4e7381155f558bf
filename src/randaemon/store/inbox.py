"""What counts as a file in the inbox: for the watcher, which takes it, and for `status`, which counts what is left."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

JUNK_NAMES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "icon\r", "__macosx"})
JUNK_SUFFIXES = (".part", ".crdownload", ".download", ".tmp", ".icloud", ".partial", ".swp")
MAX_DEPTH = 32  # folders below the inbox; deeper is no library but a loop of mounts


def junk(name: str) -> bool:
    """System litter, hidden files and downloads that are still on their way."""
    lowered = name.lower()
    return name.startswith((".", "~")) or lowered in JUNK_NAMES or lowered.endswith(JUNK_SUFFIXES)


def walk(inbox: Path) -> Iterator[tuple[Path, OSError | None]]:
    """Every path that is not junk and not a folder, folders walked; with the error where a folder cannot be read.

    Links are never followed. Raises OSError when the inbox itself cannot be read.
    """
    yield from _walk(inbox, 0)


def _walk(folder: Path, depth: int) -> Iterator[tuple[Path, OSError | None]]:
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        if junk(entry.name):
            continue
        path = folder / entry.name
        if not entry.is_dir(follow_symlinks=False):
            yield path, None
        elif depth < MAX_DEPTH:
            yield from _walk_below(path, depth + 1)


def _walk_below(folder: Path, depth: int) -> Iterator[tuple[Path, OSError | None]]:
    try:
        yield from _walk(folder, depth)
    except OSError as error:
        yield folder, error
