"""A terminal in an empty home."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.terminal import Terminal

from randaemon.store.home import Home


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """`terminal.run("status", "--json")`."""
    return Terminal(Home.at(tmp_path / "home"))
