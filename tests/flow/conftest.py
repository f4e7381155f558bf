"""A store in a folder of its own; files that need a clock or content in it say so themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from randaemon.store import Home, Store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(Home.at(tmp_path / "home")) as opened:
        yield opened
