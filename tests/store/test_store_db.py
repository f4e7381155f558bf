"""Opening: create whole, check, migrate, and never write over a damaged database."""

from __future__ import annotations

import random
import re
import sqlite3

import pytest

from randaemon.errors import DatabaseDamaged, StorageFault
from randaemon.model import Drop, Event
from randaemon.store import Home, Store, db
from randaemon.store.faults import explained
from randaemon.store.queries import migrations, query
from randaemon.store.reader import Reader


async def filled(home: Home) -> None:
    async with Store.open(home) as store:
        await store.admit([Drop(f"{number:012x}", "f", f"{number:064x}", 1) for number in range(300)])


async def open_once(home: Home) -> None:
    async with Store.open(home):
        pass


async def test_a_new_home_gets_its_folders_and_a_durable_database(home: Home) -> None:
    async with Store.open(home) as store:
        connection = store.writer._connection
        pragmas = {}
        for pragma in (
            "journal_mode",
            "synchronous",
            "foreign_keys",
            "fullfsync",
            "checkpoint_fullfsync",
            "user_version",
        ):
            ((pragmas[pragma],),) = await connection.execute_fetchall(f"PRAGMA {pragma}")
        assert pragmas == {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "fullfsync": 1,
            "checkpoint_fullfsync": 1,
            "user_version": len(migrations()),
        }
    assert all(folder.is_dir() for folder in home.folders())
    assert home.database.stat().st_mode & 0o777 == 0o600
    assert not home.database.with_name("state.db.new").exists()


async def test_what_a_creation_left_behind_when_it_was_killed_is_no_obstacle(home: Home) -> None:
    home.root.mkdir()
    home.database.with_name("state.db.new").write_bytes(b"half a database")
    await open_once(home)
    assert home.database.exists()


async def test_an_older_schema_is_brought_up_to_date(home: Home) -> None:
    home.root.mkdir()
    sqlite3.connect(home.database).execute("PRAGMA user_version = 0").connection.close()
    with sqlite3.connect(home.database) as connection:
        connection.execute("CREATE TABLE older (x)")
    connection.close()
    async with Store.open(home) as store:
        await store.record(Event("x"))
        assert len(await store.events(0)) == 1


@pytest.mark.parametrize("wreck", ["empty", "text", "cut", "flipped"])
async def test_a_damaged_database_is_refused_and_left_as_it_is(home: Home, wreck: str) -> None:
    await filled(home)
    whole = home.database.read_bytes()
    flipped = bytearray(whole)
    for position in random.Random(3).sample(range(4096, len(whole)), 4000):
        flipped[position] ^= 0xFF
    damaged = {
        "empty": b"",
        "text": b"not a database" * 500,
        "cut": whole[: len(whole) // 2],
        "flipped": bytes(flipped),
    }
    home.database.write_bytes(damaged[wreck])
    with pytest.raises(DatabaseDamaged) as caught:
        await open_once(home)
    assert caught.value.message.startswith("state.db is")
    assert "originals" in caught.value.hint
    assert home.database.read_bytes() == damaged[wreck]


async def test_a_log_without_its_database_is_refused(home: Home) -> None:
    home.root.mkdir()
    home.database.with_name("state.db-wal").write_bytes(b"frames")
    with pytest.raises(DatabaseDamaged, match="its log is still there"):
        await open_once(home)
    assert not home.database.exists()


async def test_a_database_of_a_newer_release_is_refused_in_plain_words(home: Home) -> None:
    await filled(home)
    with sqlite3.connect(home.database) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(DatabaseDamaged, match="newer randaemon") as caught:
        await open_once(home)
    assert caught.value.hint == "update randaemon"
    with pytest.raises(DatabaseDamaged, match="newer randaemon"), Reader(home):
        pass


async def test_of_a_large_database_the_tables_that_matter_are_checked(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(home)
    monkeypatch.setattr(db, "FULL_CHECK_BYTES", 1)
    await open_once(home)
    whole = home.database.read_bytes()
    home.database.write_bytes(whole[: 4096 * 20])
    with pytest.raises(DatabaseDamaged):
        await open_once(home)


def test_only_errors_of_the_disk_and_the_file_change_their_kind() -> None:
    rule = sqlite3.IntegrityError("UNIQUE constraint failed")
    assert explained(rule) is rule
    for code, kind in (
        (sqlite3.SQLITE_IOERR_FSYNC, StorageFault),
        (sqlite3.SQLITE_FULL, StorageFault),
        (sqlite3.SQLITE_READONLY, StorageFault),
        (sqlite3.SQLITE_CORRUPT, DatabaseDamaged),
        (sqlite3.SQLITE_NOTADB, DatabaseDamaged),
    ):
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = code
        assert type(explained(error)) is kind


async def test_every_statement_in_the_file_can_be_prepared(home: Home) -> None:
    await open_once(home)
    text = (migrations()[0].parent.parent / "queries.sql").read_text("utf-8")
    names = [line.removeprefix("-- name: ") for line in text.splitlines() if line.startswith("-- name: ")]
    assert len(names) == len(set(names)) > 40
    state, index = sqlite3.connect(home.database), sqlite3.connect(":memory:")  # the search has a file of its own
    for name in names:
        statement = query(name)
        connection = index if re.search(r"\b(?:known|texts)\b", statement) else state
        if connection is index and statement.startswith("CREATE"):
            index.execute(statement)
        assert statement.count(";") == 1
        numbered = map(int, re.findall(r"\?(\d)", statement))
        parameters = ["[]"] * max(numbered, default=statement.count("?"))
        connection.execute(f"EXPLAIN {statement}", parameters).fetchall()
    state.close()
    index.close()
