"""`verify`, `backup`, `restore`: from outside."""

from __future__ import annotations

import json
from pathlib import Path

import anyio
import pytest
from tests.terminal import Terminal

from randaemon.model import Drop
from randaemon.store import Home, Store, objects


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
    for file in (tmp_path / "text.db", tmp_path / "nothing"):
        ended = kept.run("restore", file)
        assert ended.code == 1
        assert ended.err.count("\n") == 2
        assert "next: " in ended.err


def test_without_a_database_there_is_nothing_to_back_up(terminal: Terminal) -> None:
    assert terminal.run("verify").code == 0
    ended = terminal.run("backup")
    assert (ended.code, "nothing to back up" in ended.err) == (1, True)
