"""Training by hand without a daemon: start, look, ask, take back, promote again. The real child, a tiny model."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.terminal import Terminal
from tests.trainable import write_version

from randaemon.store import Home, Store
from randaemon.store.records import VersionRecord


@pytest.fixture
async def sealed(tmp_path: Path) -> Home:
    """A home with one sealed version of twenty facts."""
    home = Home.at(tmp_path / "home")
    async with Store.open(home) as store:
        folder = home.datasets / "v0001"
        folder.mkdir()
        write_version(folder)
        splits = {"train": 60, "valid": 4, "test": 4}
        await store.add_version(VersionRecord(0, "d" * 64, str(folder), 1.0, 68, 0.9, splits))
    return home


@pytest.mark.slow
async def test_a_person_trains_asks_takes_back_and_promotes(sealed: Home) -> None:
    terminal = Terminal(sealed, {"RANDAEMON_TRAINING__MODEL": "tiny"})
    started = terminal.run("train", "start", "--json")
    assert started.code == 0, started.err
    run = started.json["run"]
    assert started.json["reason"].startswith("promoted")
    assert run in terminal.run("train", "status").out
    assert terminal.run("models", "ls", "--json").json["active"]["run"] == run
    assert f"{run}  active" in terminal.run("models", "ls").out

    answered = terminal.run("ask", "What is the default of pagingTimer?", "--json")
    assert answered.code == 0, answered.err
    assert answered.json["answer"].startswith("pagingTimer is ")
    assert terminal.run("ask", "What is the default of pagingTimer?").out.strip() == answered.json["answer"]

    assert "none" in terminal.run("models", "rollback").out
    assert terminal.run("status", "--json").json["model"] == {"active": None, "previous": None}
    assert terminal.run("ask", "What?").code == 5
    assert run in terminal.run("models", "promote", run).out
    assert terminal.run("status", "--json").json["model"]["active"]["run"] == run
