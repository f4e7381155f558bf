"""`verify`, `backup`, `restore`: from outside."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
from tests.terminal import Terminal

from randaemon.model import Drop
from randaemon.store import Home, Store, objects
from randaemon.store.records import RunRecord
from randaemon.training import adapters
from randaemon.training.spec import SUM, WEIGHTS


@pytest.fixture
def kept(terminal: Terminal) -> Terminal:
    """A home with one dropped file."""
    anyio.run(_drop, terminal.home)
    return terminal


async def _drop(home: Home) -> None:
    async with Store.open(home) as store:
        original = home.originals / "aaaaaaaaaaaa__page.html"
        original.write_text("<p>text</p>")
        digest, size = objects.digest_of(original)
        await store.admit([Drop("aaaaaaaaaaaa", "page.html", digest, size)])


def test_a_sound_home_is_verified_with_what_was_looked_at(kept: Terminal) -> None:
    ended = kept.run("verify", "--json")
    assert ended.code == 0
    assert ended.json == {"ok": True, "checked": {"database": 1, "originals": 1}, "damages": []}


def test_a_changed_original_is_named_with_what_to_do_and_the_exit_status_says_so(kept: Terminal) -> None:
    (kept.home.originals / "aaaaaaaaaaaa__page.html").write_text("other")
    ended = kept.run("verify")
    assert ended.code == 1
    assert "DAMAGED  original aaaaaaaaaaaa page.html: its content is not what was dropped" in ended.out
    assert "next: put the original content back at" in ended.out


def test_an_adapter_that_was_dropped_for_newer_ones_or_was_a_drills_is_not_damaged_and_a_lost_one_is(
    terminal: Terminal,
) -> None:
    anyio.run(_train, terminal.home)
    ended = terminal.run("verify", "--json")
    assert (ended.code, ended.json["checked"]["adapters"]) == (0, 1)
    (terminal.home.runs / "run-0002/adapter" / WEIGHTS).unlink()
    ended = terminal.run("verify")
    assert ended.code == 1
    assert "DAMAGED  adapter run-0002: the adapter of run-0002 is not there" in ended.out


async def _train(home: Home) -> None:
    """Two runs that trained, of which the newer is kept, and a drill, which is over."""
    async with Store.open(home) as store:
        for metrics in ({}, {}, {adapters.DRILL: True}):
            run = RunRecord("", 1, "tiny", "done", 1.0, 2.0, metrics=metrics)
            folder = home.runs / await store.add_run(run)
            await store.update_run(replace(run, id=folder.name, folder=str(folder)))
            if not metrics:
                (folder / "adapter").mkdir(parents=True)
                objects.write(folder / "adapter" / WEIGHTS, b"weights")
                digest, _ = objects.digest_of(folder / "adapter" / WEIGHTS)
                objects.write(folder / "adapter" / SUM, f"{digest}  {WEIGHTS}\n".encode())
        assert await adapters.prune(store, keep=1) == ["run-0001"]


def test_a_backup_is_taken_listed_and_restored(kept: Terminal, tmp_path: Path) -> None:
    taken = kept.run("backup", tmp_path / "away", "--json").json
    assert json.loads(Path(taken["file"]).with_suffix(".json").read_text())["documents"] == 1
    listed = kept.run("backup", tmp_path / "away", "--list", "--json").json
    assert [one["digest"] for one in listed] == [taken["digest"]]
    kept.home.database.write_bytes(b"")
    ended = kept.run("restore", taken["file"])
    assert (ended.code, ended.out.startswith("state restored from the backup of ")) == (0, True)
    assert kept.run("status", "--json").json["documents"]["total"] == 1
    assert list(kept.home.quarantine.glob("db-*/state.db"))


def test_what_is_no_backup_is_refused_in_one_plain_line(kept: Terminal, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database")
    for file, status in ((tmp_path / "text.db", 1), (tmp_path / "nothing", 5)):
        ended = kept.run("restore", file)
        assert ended.code == status
        assert ended.err.count("\n") == 2
        assert "next: " in ended.err


def test_without_a_database_there_is_nothing_to_back_up(terminal: Terminal) -> None:
    assert terminal.run("verify").code == 0
    ended = terminal.run("backup")
    assert (ended.code, "nothing to back up" in ended.err) == (1, True)
