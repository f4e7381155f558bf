"""What every test may ask for."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest

# How long an example takes tells of the machine, not of the code.
hypothesis.settings.register_profile("randaemon", deadline=None)
hypothesis.settings.load_profile("randaemon")

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture
def anyio_backend() -> str:
    """The store is asyncio only (aiosqlite)."""
    return "asyncio"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The developers' shared folder of real documents, beside the checkout; absent on a user's machine."""
    folder = PROJECT.parent / "shared"
    if not (folder / "corpus" / "MANIFEST.csv").exists():
        pytest.skip("the shared corpus is not beside this checkout")
    return folder
