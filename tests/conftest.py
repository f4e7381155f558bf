"""What every test may ask for."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# How long an example takes tells of the machine, not of the code.
hypothesis.settings.register_profile("randaemon", deadline=None)
hypothesis.settings.load_profile("randaemon")

# What a shell starts in the background ignores Ctrl-C, and so would all that the tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

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


@pytest.fixture(scope="session", autouse=True)
def idle_watch(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the watch over an idle daemon leaves what it saw; begun with the first test, if its test is among them."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "idle"
    wanted = any("test_idle.py" in item.nodeid for item in request.session.items) and sys.platform == "linux"
    watch = _begin_watch(base / "watch", folder) if wanted else None
    yield folder
    if watch is not None:
        watch.wait()


def _begin_watch(staged: Path, folder: Path) -> subprocess.Popen[bytes] | None:
    """None: another worker of this session was quicker. Its lock is held as long as the watch lives."""
    staged.mkdir()
    with (staged / "lock").open("w") as lock, (staged / "words").open("w") as words:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with contextlib.suppress(OSError):  # not empty
            staged.rename(folder)
        if staged.exists():
            return None
        seconds = os.environ.get("RANDAEMON_TEST_IDLE", "60")
        program = [sys.executable, str(PROJECT / "tests/flow/idle_watch.py"), str(folder), seconds]
        # Not traced by coverage: a traced daemon takes twice the processor that a user's takes.
        unmeasured = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
        environment = {**unmeasured, "PYTHONPATH": str(PROJECT)}
        return subprocess.Popen(program, env=environment, stdout=words, stderr=words, pass_fds=[lock.fileno()])
