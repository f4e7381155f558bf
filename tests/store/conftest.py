"""A store in a folder of its own, with a clock that stands still until it is told to go."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from randaemon.model import Drop
from randaemon.store import Home, Store


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_750_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.at(tmp_path / "home")


@pytest.fixture
async def store(home: Home, clock: Clock) -> AsyncIterator[Store]:
    async with Store.open(home, clock) as opened:
        yield opened


@pytest.fixture
def put(home: Home) -> Callable[..., Drop]:
    """Lays a file down as a claimed original; returns its drop."""
    counter = iter(range(1, 1 << 40))

    def lay(content: str | bytes, name: str = "file.txt", key: str = "") -> Drop:
        body = content.encode() if isinstance(content, str) else content
        drop = Drop(key or f"{next(counter):012x}", name, hashlib.sha256(body).hexdigest(), len(body))
        home.originals.mkdir(parents=True, exist_ok=True)
        (home.originals / f"{drop.key}__{name}").write_bytes(body)
        return drop

    return lay
