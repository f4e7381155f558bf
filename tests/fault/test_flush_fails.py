"""A flush that fails ends the daemon in plain words, and the next start makes up for it."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest
from tests import library
from tests.house import PATIENCE, RUN, House

from randaemon.model import Status

NUMBERS = (4, 40)  # the flush that fails: one of the database's making, one of the work


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("strace") is None, reason="strace makes the flush fail; it is not here")
@pytest.mark.parametrize("number", NUMBERS)
def test_a_failed_flush_ends_the_daemon_with_status_1_and_the_next_start_loses_nothing(
    tmp_path: Path, number: int
) -> None:
    house = House(tmp_path / "home")
    drops = {f"page-{each}.html": library.page(each) for each in range(4)}
    for name, content in drops.items():
        house.drop(name, content)
    failing = f"inject=fsync,fdatasync:error=EIO:when={number}"
    strace = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", failing]
    assert house.start([*strace, *RUN]).wait(PATIENCE) == 1
    assert "randaemon: storage" in house.output()
    assert "Traceback" not in house.output()
    house.start()
    house.until_ended(len(drops))
    assert house.stop() == 0
    assert all(document.status is Status.DONE for document in house.documents())
    assert set(house.originals()) == {hashlib.sha256(content).hexdigest() for content in drops.values()}
