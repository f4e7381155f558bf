"""One daemon a home."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from randaemon.errors import AlreadyRunningError
from randaemon.store import Home
from randaemon.store.lock import InstanceLock, holder, signature

_HOLD = """
import sys
from pathlib import Path
from randaemon.store.home import Home
from randaemon.store.lock import InstanceLock
with InstanceLock(Home.at(Path(sys.argv[1])), wait=len(sys.argv) > 2):
    print("held", flush=True)
    sys.stdin.read()
"""


def held_by_another(home: Home, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(home.root), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def said(process: subprocess.Popen[str]) -> str:
    return said_on(process).readline().strip()


def said_on(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout


def first_to_speak(processes: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    with selectors.DefaultSelector() as selector:
        for process in processes:
            selector.register(said_on(process), selectors.EVENT_READ, process)
        while True:
            for key, _ in selector.select(timeout=30):
                if said(key.data) == "held":
                    speaker: subprocess.Popen[str] = key.data
                    return speaker
                selector.unregister(key.fileobj)  # it ended without a word


def end(process: subprocess.Popen[str]) -> None:
    process.communicate("", timeout=20)


def test_nobody_holds_a_home_that_was_never_used(home: Home) -> None:
    assert holder(home) is None
    assert signature(home.lock) == {}


def test_the_holder_is_named_and_the_lock_ends_with_it(home: Home) -> None:
    with InstanceLock(home, clock=lambda: 12.0):
        assert holder(home) == os.getpid()
        assert signature(home.lock) == {"pid": os.getpid(), "since": 12.0}
    assert holder(home) is None
    InstanceLock(home).release()


def test_a_second_holder_is_refused_and_told_who_is_first(home: Home) -> None:
    process = held_by_another(home)
    try:
        assert said(process) == "held"
        with pytest.raises(AlreadyRunningError, match=f"pid {process.pid}"), InstanceLock(home):
            pass
        assert holder(home) == process.pid
    finally:
        end(process)
    with InstanceLock(home):
        pass


def test_a_holder_that_is_killed_leaves_the_lock_free_and_its_name_is_not_believed(home: Home) -> None:
    process = held_by_another(home)
    assert said(process) == "held"
    process.kill()
    end(process)
    assert signature(home.lock)["pid"] == process.pid
    assert holder(home) is None


def test_under_a_service_manager_it_waits_for_its_turn(home: Home) -> None:
    with InstanceLock(home):
        process = held_by_another(home, "wait")
    try:
        assert said(process) == "held"
    finally:
        end(process)


def test_a_child_does_not_inherit_the_lock(home: Home) -> None:
    with InstanceLock(home):
        child = subprocess.Popen(
            [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, text=True
        )
    try:
        assert holder(home) is None
    finally:
        child.communicate("", timeout=20)


def test_of_eight_started_at_once_one_gets_it(home: Home) -> None:
    processes = [held_by_another(home) for _ in range(8)]
    try:
        winner = first_to_speak(processes)  # the losers end by themselves; it holds until its input ends
        assert holder(home) == winner.pid
        losers = [process for process in processes if process is not winner]
        assert [process.wait(timeout=30) for process in losers] == [1] * 7
    finally:
        for process in processes:
            end(process)
    assert winner.returncode == 0


def test_a_lock_file_full_of_rubbish_is_read_as_empty(tmp_path: Path) -> None:
    for rubbish in ("", "12", "{", "[]"):
        (tmp_path / "lock").write_text(rubbish)
        assert signature(tmp_path / "lock") == {}
