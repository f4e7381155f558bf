"""Snapshots and what becomes of a damaged database: nothing is written over, every original has a row again."""

from __future__ import annotations

import random
import shutil
import sqlite3
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from randaemon.errors import DatabaseDamaged, StoreError
from randaemon.model import Change, Drop, Event, Stage, Status
from randaemon.store import Home, Store, backups, checkup, recovery
from randaemon.store.queries import migrations
from randaemon.store.records import RunRecord

NOW = 1_750_000_000.0
Put = Callable[..., Drop]


@pytest.fixture
async def filled(home: Home, put: Put) -> Home:
    """Thirty drops, one of them refused and in quarantine, one artifact; a snapshot; five more drops after it."""
    async with Store.open(home, lambda: NOW) as store:
        drops = [put(f"content {number}" * 50, f"page {number}.html") for number in range(30)]
        documents = await store.admit(drops)
        claimed = (await store.claim(list(Stage), 2))[:2]
        refusal = Change(
            claimed[0].id, claimed[0].claim, Stage.UNPACK, Stage.UNPACK, Status.REJECTED, 1, reason="no", code="E_X"
        )
        await store.settle(refusal)
        random_bytes = random.Random(1).randbytes(40_000)
        kept = Change(
            claimed[1].id, claimed[1].claim, Stage.UNPACK, Stage.CONVERT, Status.READY, 0, artifact=random_bytes
        )
        await store.settle(kept)
        await store.reconcile_quarantine()
        assert len(documents) == 30
        backups.take(home, home.backups, NOW)
        await store.admit([put(f"later {number}", f"later{number}.txt") for number in range(5)])
    return home


def files(home: Home) -> set[str]:
    return {path.name for path in [*home.originals.iterdir(), *home.quarantine.glob("20*/*__*")]}


async def revived(home: Home, now: float = NOW + 60) -> recovery.Recovery | None:
    """As the daemon does it: open; if that fails recover and open again; then adopt. What was done."""
    done: recovery.Recovery | None = None
    try:
        await _start(home)
    except DatabaseDamaged as damage:
        done = recovery.recover(home, damage.message, now)
        await _start(home)
    return done


async def _start(home: Home) -> None:
    async with Store.open(home, lambda: NOW) as store:
        await store.recover()
        await store.reconcile_quarantine()
        await store.adopt()
        await store.reconcile_quarantine()
        rows = {document.key for document in await _roots(store)}
        assert rows >= {name.partition("__")[0] for name in files(home)}


async def _roots(store: Store) -> list[object]:
    known = await store._rows("root_keys")
    return [await store.document(key) for (key,) in known]


async def test_a_snapshot_is_whole_says_what_it_is_and_is_taken_while_the_store_is_open(home: Home, put: Put) -> None:
    async with Store.open(home, lambda: NOW) as store:
        await store.admit([put("a"), put("b")])
        taken = backups.take(home, home.backups, NOW)
        await store.admit([put("c")])
    assert (taken.file.name, taken.documents) == ("state-20250615T150640Z.db", 2)
    assert backups.problem(taken) == ""
    assert backups.found(home.backups) == [taken]
    assert taken.file.stat().st_mode & 0o777 == 0o600


async def test_of_two_snapshots_of_one_second_both_are_kept_and_pruning_keeps_the_newest(filled: Home) -> None:
    for second in (NOW, NOW + 1, NOW + 2):
        backups.take(filled, filled.backups, second)
    assert len(backups.found(filled.backups)) == 4
    assert backups.prune(filled.backups, 2) == 2
    assert [snapshot.created for snapshot in backups.found(filled.backups)] == [NOW + 2, NOW + 1]
    assert len(list(filled.backups.iterdir())) == 4


async def test_a_backup_that_is_told_to_stop_leaves_nothing(filled: Home) -> None:
    async with Store.open(filled) as store:
        for start in range(0, 60_000, 2_000):
            await store.record(*(Event("x", data={"n": number}) for number in range(start, start + 2_000)))
    with pytest.raises(StoreError, match="given up"):
        backups.take(filled, filled.backups, NOW + 5, lambda: True)
    assert len(list(filled.backups.iterdir())) == 2


def zeroed(database: Path) -> None:
    database.write_bytes(b"")


def no_database(database: Path) -> None:
    database.write_bytes(b"not a database at all" * 400)


def gone(database: Path) -> None:
    database.unlink()


def only_the_log(database: Path) -> None:
    database.with_name("state.db-wal").write_bytes(b"frames")
    database.unlink()


@pytest.mark.parametrize("wreck", [zeroed, no_database, gone, only_the_log])
async def test_whatever_became_of_the_database_the_newest_snapshot_takes_its_place_and_later_files_are_read_in_anew(
    filled: Home, wreck: Callable[[Path], None]
) -> None:
    before = files(filled)
    wreck(filled.database)
    left = {path.name: path.read_bytes() for path in filled.root.glob("state.db*")}
    done = await revived(filled)
    assert done is not None
    assert done.snapshot == "state-20250615T150640Z.db"
    aside = filled.quarantine / done.folder
    assert {name: (aside / name).read_bytes() for name in left} == left
    assert files(filled) == before
    async with Store.open(filled) as store:
        assert sum((await store.counts()).values()) == 35
        assert (await store.counts())[Status.REJECTED] == 1


async def test_without_a_good_snapshot_every_original_is_read_in_anew(filled: Home) -> None:
    snapshot = backups.found(filled.backups)[0].file
    snapshot.chmod(0o600)
    with snapshot.open("r+b") as file:
        file.seek(5000)
        file.write(b"\xff" * 64)
    zeroed(filled.database)
    done = await revived(filled)
    assert done is not None
    assert done.snapshot == ""
    async with Store.open(filled) as store:
        assert (await store.counts())[Status.READY] == 35
    assert backups.found(filled.backups) == []
    assert (filled.quarantine / done.folder / snapshot.name).exists()


async def test_versions_and_runs_that_came_after_the_snapshot_are_set_aside_not_overwritten(filled: Home) -> None:
    async with Store.open(filled) as store:
        run = RunRecord("", 1, "tiny", "done", NOW, folder=str(filled.runs / "run-0001"))
        await store.add_run(run)
    for folder in (filled.runs / "run-0001", filled.datasets / "v0001"):
        folder.mkdir()
        (folder / "kept").write_text("weeks of work")
    zeroed(filled.database)
    done = await revived(filled)
    assert done is not None
    aside = filled.quarantine / done.folder
    assert (aside / "runs/run-0001/kept").read_text() == (aside / "datasets/v0001/kept").read_text() == "weeks of work"
    assert not (filled.runs / "run-0001").exists()


async def test_the_same_snapshot_is_not_tried_twice_and_after_three_times_in_an_hour_it_is_the_disk(
    filled: Home,
) -> None:
    backups.take(filled, filled.backups, NOW + 1)
    snapshots = []
    for second in (60, 61, 62):
        zeroed(filled.database)
        done = await revived(filled, NOW + second)
        assert done is not None
        snapshots.append(done.snapshot)
    assert snapshots == ["state-20250615T150641Z.db", "state-20250615T150640Z.db", ""]
    zeroed(filled.database)
    with pytest.raises(DatabaseDamaged, match="again and again"):
        await revived(filled, NOW + 63)
    assert await revived(filled, NOW + 63 + 3600) is not None


async def test_a_database_of_a_newer_release_is_no_damage(filled: Home) -> None:
    with sqlite3.connect(filled.database) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(DatabaseDamaged) as caught:
        await _start(filled)
    assert caught.value.code == "E_DATABASE_NEWER"


async def test_restoring_by_hand_refuses_a_snapshot_that_has_changed_and_leaves_everything_as_it_is(
    filled: Home,
) -> None:
    snapshot = backups.found(filled.backups)[0]
    with snapshot.file.open("ab") as file:
        file.write(b"more")
    before = filled.database.read_bytes()
    with pytest.raises(DatabaseDamaged, match="has changed since it was taken"):
        recovery.restore(filled, snapshot, NOW)
    assert filled.database.read_bytes() == before


async def test_a_snapshot_without_its_manifest_is_described_by_itself(filled: Home, tmp_path: Path) -> None:
    alone = tmp_path / "carried away.db"
    shutil.copy(backups.found(filled.backups)[0].file, alone)
    snapshot = backups.at(alone)
    assert snapshot.documents == 30
    recovery.restore(filled, snapshot, NOW)
    async with Store.open(filled) as store:
        assert sum((await store.counts()).values()) == 30


@pytest.mark.parametrize("seed", range(12))
async def test_bytes_flipped_anywhere_leave_every_original_with_a_row(filled: Home, seed: int) -> None:
    chance = random.Random(seed)
    body = bytearray(filled.database.read_bytes())
    for position in chance.sample(range(len(body)), chance.choice((1, 8, 200))):
        body[position] ^= 1 << chance.randrange(8)
    filled.database.write_bytes(bytes(body))
    await revived(filled)


@pytest.mark.parametrize("pages", [1, 2, 3, 7, 20, -1])
async def test_cut_at_the_border_of_a_page_it_is_restored(filled: Home, pages: int) -> None:
    whole = filled.database.read_bytes()
    filled.database.write_bytes(whole[: (pages * 4096) % len(whole)])
    assert await revived(filled) is not None


async def test_a_log_that_was_deleted_or_cut_under_a_living_store_costs_no_original(filled: Home, put: Put) -> None:
    for cut in (0, 4096, 20_000):
        async with Store.open(filled) as store:
            await store.admit([put(f"in the log {cut} {number}", "log.txt") for number in range(5)])
            torn = Home.at(filled.root.with_name(f"torn-{cut}"))
            shutil.copytree(filled.root, torn.root)  # as a crash leaves it: the log is not folded in
        log = torn.database.with_name("state.db-wal")
        log.write_bytes(log.read_bytes()[:cut])
        await revived(torn)


# --- checkup ----------------------------------------------------------------------------------------------------------


def damages(home: Home) -> list[tuple[str, str]]:
    return [(damage.kind, damage.problem) for damage in checkup.examine(home, lambda _: None)]


async def test_of_a_sound_home_everything_is_checked_and_nothing_is_damaged(filled: Home) -> None:
    checked: list[str] = []
    assert list(checkup.examine(filled, checked.append)) == []
    assert {kind: checked.count(kind) for kind in set(checked)} == {
        "database": 1,
        "originals": 35,
        "artifacts": 1,
        "backups": 1,
    }


async def test_what_is_gone_or_has_changed_is_named_with_what_to_do(filled: Home) -> None:
    changed, missing = sorted(filled.originals.iterdir())[:2]
    changed.chmod(0o600)
    changed.write_text("something else")
    missing.unlink()
    with sqlite3.connect(filled.database) as connection:
        connection.execute("UPDATE artifacts SET body = ?", (zlib.compress(b"x" * 99),))
    connection.close()
    found = list(checkup.examine(filled, lambda _: None))
    assert sorted((damage.kind, damage.problem) for damage in found) == [
        ("artifact", "it has 99 bytes and should have 40000"),
        ("original", "its content is not what was dropped"),
        ("original", "its file is gone"),
    ]
    assert all(damage.remedy for damage in found)
    assert any(f"`randaemon forget {missing.name[:12]}`" in damage.remedy for damage in found)


async def test_an_object_that_nothing_needs_and_a_rotten_backup_are_found(filled: Home) -> None:
    stray = filled.objects / "ab" / ("ab" * 32)
    stray.parent.mkdir()
    stray.write_bytes(b"not what its name says")
    with backups.found(filled.backups)[0].file.open("ab") as file:
        file.write(b"more")
    assert damages(filled) == [
        ("object", "its bytes are not what its name says"),
        ("backup", "it has changed since it was taken"),
    ]


async def test_a_database_that_cannot_be_read_is_one_damage_among_others(filled: Home) -> None:
    filled.database.write_bytes(b"no database" * 1000)
    found = list(checkup.examine(filled, lambda _: None))
    assert [damage.kind for damage in found] == ["database"]
    assert "restore" in found[0].remedy


async def test_a_database_of_an_older_release_is_kept_before_it_is_changed(home: Home) -> None:
    for folder in home.folders():
        folder.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(home.database) as connection:
        connection.executescript(migrations()[0].read_text("utf-8") + "\nPRAGMA user_version = 1;")
    connection.close()
    async with Store.open(home, lambda: NOW) as store:
        assert await store.idle()
    assert [snapshot.schema for snapshot in backups.found(home.backups)] == [1]
    async with Store.open(home, lambda: NOW + 60):
        pass
    assert len(backups.found(home.backups)) == 1  # it is of today now
