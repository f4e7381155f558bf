"""The watcher on real folders: what it claims, what it leaves, and what it says about it."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import shutil
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import pytest

from randaemon.model import Document, Drop, Event
from randaemon.store import inbox as inbox_files
from randaemon.store.home import Home
from randaemon.watcher import Clocks, Watcher, WatchPolicy, claim
from randaemon.watcher.gate import GatePolicy
from randaemon.watcher.hints import Hints

DEADLINE = 20.0


@dataclass
class Ledger:
    """The few words of the store that the watcher uses, kept in lists."""

    drops: list[Drop] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    states: list[dict[str, Any]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    came: anyio.Event = field(default_factory=anyio.Event)

    async def admit(self, drops: Sequence[Drop]) -> list[Document]:
        self.drops += drops
        self.batches.append(len(drops))
        self._ring()
        return []

    async def set_state(self, **values: object) -> None:
        self.states.append(dict(values))
        self._ring()

    async def record(self, *events: Event) -> None:
        self.events += events

    @property
    def inbox(self) -> dict[str, Any]:
        return self.states[-1]["inbox"]

    @property
    def names(self) -> list[str]:
        return sorted(drop.name for drop in self.drops)

    async def until(self, condition: Callable[[], bool]) -> None:
        with anyio.fail_after(DEADLINE):
            while not condition():
                await self.came.wait()

    def _ring(self) -> None:
        self.came.set()
        self.came = anyio.Event()


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home.at(tmp_path / "home")
    for folder in home.folders():
        folder.mkdir(parents=True)
    return home


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def watcher(home: Home, ledger: Ledger, clock: Clock) -> Watcher:
    return Watcher(home, ledger, WatchPolicy(), Clocks(steady=clock, wall=clock))


def originals(home: Home) -> dict[str, bytes]:
    return {path.name.partition("__")[2]: path.read_bytes() for path in home.originals.iterdir()}


async def twice(watcher: Watcher, clock: Clock, seconds: float = 2.0) -> None:
    """A look, a rest, and the look after which a finished file is claimed."""
    await watcher.scan()
    clock.now += seconds
    await watcher.scan()


async def test_a_file_at_rest_moves_to_originals_with_its_digest(
    watcher: Watcher, home: Home, ledger: Ledger, clock: Clock
) -> None:
    (home.inbox / "a b.html").write_bytes(b"content")
    assert await watcher.scan() == pytest.approx(2.0)
    assert not ledger.drops
    clock.now += 2.0
    await watcher.scan()
    [drop] = ledger.drops
    assert (drop.name, drop.size, drop.digest) == ("a%20b.html", 7, hashlib.sha256(b"content").hexdigest())
    assert (home.originals / f"{drop.key}__{drop.name}").read_bytes() == b"content"
    assert list(home.inbox.iterdir()) == []


async def test_a_file_that_keeps_growing_is_not_taken_until_it_stops(
    watcher: Watcher, home: Home, ledger: Ledger, clock: Clock
) -> None:
    path = home.inbox / "log.csv"
    for size in range(1, 6):
        path.write_bytes(b"x" * size)
        await watcher.scan()
        clock.now += 1.9
    assert not ledger.drops
    clock.now += 0.1
    await watcher.scan()
    assert ledger.drops[0].size == 5


async def test_another_file_under_the_same_name_starts_the_delay_anew(
    watcher: Watcher, home: Home, ledger: Ledger, clock: Clock, tmp_path: Path
) -> None:
    (home.inbox / "a.txt").write_text("old")
    await watcher.scan()
    clock.now += 2.0
    (tmp_path / "new").write_text("new")
    (tmp_path / "new").rename(home.inbox / "a.txt")
    await watcher.scan()
    assert not ledger.drops


async def test_files_in_dropped_folders_are_taken_with_their_path_as_name(
    watcher: Watcher, home: Home, ledger: Ledger, clock: Clock
) -> None:
    (home.inbox / "lib" / "sub").mkdir(parents=True)
    (home.inbox / "lib" / "sub" / "page.html").write_text("x")
    (home.inbox / "lib" / ".DS_Store").write_text("x")
    await twice(watcher, clock)
    assert ledger.names == ["lib%2Fsub%2Fpage.html"]


async def test_what_is_not_a_regular_file_stays_and_is_listed_with_the_reason(
    watcher: Watcher, home: Home, ledger: Ledger, clock: Clock, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    (home.inbox / "link.html").symlink_to(secret)
    os.mkfifo(home.inbox / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        cwd = Path.cwd()
        os.chdir(home.inbox)  # a socket's path may hold 107 bytes only
        try:
            server.bind("socket")
        finally:
            os.chdir(cwd)
        await twice(watcher, clock, 1000.0)
    assert not ledger.drops
    assert secret.read_text() == "x"
    plain = "not a regular file"
    link = "a link, which is not followed: put the file itself here"
    told = {entry["name"]: entry["reason"] for entry in ledger.inbox["waiting"]}
    assert told == {"link.html": link, "pipe": plain, "socket": plain}


async def test_a_zip_without_its_end_waits_and_is_taken_in_the_end(
    watcher: Watcher, home: Home, ledger: Ledger, clock: Clock
) -> None:
    (home.inbox / "half.zip").write_bytes(b"PK\x03\x04" + b"x" * 100)
    await twice(watcher, clock, 10.0)
    assert not ledger.drops
    assert "still being copied" in ledger.inbox["waiting"][0]["reason"]
    clock.now += 600.0
    await watcher.scan()
    assert ledger.names == ["half.zip"]


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="only Linux tells of writers")
async def test_a_file_that_is_still_open_for_writing_is_left_with_the_reason(
    watcher: Watcher, home: Home, ledger: Ledger, clock: Clock
) -> None:
    with (home.inbox / "slow.csv").open("w") as writer:
        writer.write("x")
        writer.flush()
        await twice(watcher, clock)
        assert not ledger.drops
        assert "still writes" in ledger.inbox["waiting"][0]["reason"]
    await watcher.scan()
    assert ledger.names == ["slow.csv"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
async def test_an_unreadable_file_stays_and_is_listed(
    watcher: Watcher, home: Home, ledger: Ledger, clock: Clock
) -> None:
    (home.inbox / "closed.html").write_text("x")
    (home.inbox / "closed.html").chmod(0)
    (home.inbox / "open.html").write_text("x")
    await twice(watcher, clock)
    assert ledger.names == ["open.html"]
    assert "denied" in ledger.inbox["waiting"][0]["reason"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
async def test_an_unreadable_inbox_is_said_once_and_the_watcher_goes_on(
    watcher: Watcher, home: Home, ledger: Ledger
) -> None:
    home.inbox.chmod(0)
    assert await watcher.scan() == 60.0
    await watcher.scan()
    assert "denied access" in ledger.inbox["problem"]
    assert [event.kind for event in ledger.events] == ["daemon.trouble"]
    home.inbox.chmod(0o700)
    await watcher.scan()
    assert ledger.inbox["problem"] == ""


async def test_an_inbox_that_is_gone_is_said_without_a_crash(watcher: Watcher, home: Home, ledger: Ledger) -> None:
    home.inbox.rmdir()
    await watcher.scan()
    assert "unreadable" in ledger.inbox["problem"]


async def test_weird_names_are_taken_and_told_apart(watcher: Watcher, home: Home, ledger: Ledger, clock: Clock) -> None:
    raw = [b"-rf", b"new\nline.html", "right\u202eleft.txt".encode(), b"caf\xe9.txt", b"x" * 255, b"%41.txt", b"A.txt"]
    for number, name in enumerate(raw):
        (home.inbox / os.fsdecode(name)).write_text(str(number))
    await twice(watcher, clock)
    assert len(set(ledger.names)) == len(raw)
    assert all(drop.name.isascii() and len(drop.name) <= 200 for drop in ledger.drops)
    assert sorted(originals(home).values()) == [str(number).encode() for number in range(len(raw))]


async def test_many_files_share_transactions(watcher: Watcher, home: Home, ledger: Ledger, clock: Clock) -> None:
    for number in range(120):
        (home.inbox / f"{number}.txt").write_text(str(number))
    await twice(watcher, clock)
    assert ledger.batches == [50, 50, 20]


def test_a_writer_that_goes_on_after_the_look_keeps_its_file(home: Home, clock: Clock) -> None:
    path = home.inbox / "a.txt"
    path.write_text("one")
    stale = claim.gate.look(path)
    path.write_text("longer")
    taken, left = claim.take(home, [claim.Candidate(path, stale, 5.0)], GatePolicy())
    assert not taken
    assert left == [claim.Left(path, seconds=2.0)]
    assert path.read_text() == "longer"


def claimed(home: Home, path: Path) -> tuple[list[claim.Taken], list[claim.Left]]:
    """Look at a file and claim it at once."""
    return claim.take(home, [claim.Candidate(path, claim.gate.look(path), 5.0)], GatePolicy())


def test_a_writer_that_goes_on_during_the_claim_gets_its_file_back_under_its_name(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home.inbox / "a.txt"
    path.write_text("one")

    def write_on(folder: Path) -> None:
        for original in home.originals.iterdir():
            original.write_text("one and more")
        flush_folder(folder)

    flush_folder = claim.objects.flush_folder
    monkeypatch.setattr(claim.objects, "flush_folder", write_on)
    assert claimed(home, path) == ([], [claim.Left(path, "it changed while it was picked up", 0.0)])
    assert path.read_text() == "one and more"
    assert originals(home) == {}


def test_a_file_that_cannot_go_back_stays_among_the_originals_for_the_next_start(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = home.inbox / "a.txt"
    path.write_text("one")

    def take_the_name(folder: Path) -> None:
        for original in home.originals.iterdir():
            original.write_text("one and more")
        path.write_text("the next file of that name")
        flush_folder(folder)

    flush_folder = claim.objects.flush_folder
    monkeypatch.setattr(claim.objects, "flush_folder", take_the_name)
    _, [left] = claimed(home, path)
    assert "until the next start" in left.note
    assert path.read_text() == "the next file of that name"
    assert originals(home) == {"a.txt": b"one and more"}


def test_a_file_that_is_replaced_at_the_last_moment_goes_back(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home.inbox / "a.txt"
    path.write_text("one")

    def replace(length: int) -> str:
        (home.root / "new").write_text("two")
        (home.root / "new").rename(path)
        return "f" * 2 * length

    monkeypatch.setattr(claim.secrets, "token_hex", replace)
    _, [left] = claimed(home, path)
    assert "took its name" in left.note
    assert path.read_text() == "two"


def test_a_link_that_is_put_in_its_place_is_not_followed(home: Home, tmp_path: Path) -> None:
    path = home.inbox / "a.txt"
    path.write_text("one")
    look = claim.gate.look(path)
    (tmp_path / "secret").write_text("one")
    path.unlink()
    path.symlink_to(tmp_path / "secret")
    taken, [left] = claim.take(home, [claim.Candidate(path, look, 5.0)], GatePolicy())
    assert not taken
    assert "cannot be taken in" in left.note


def test_a_file_that_vanished_before_the_claim_leaves_no_trace(home: Home) -> None:
    path = home.inbox / "a.txt"
    path.write_text("one")
    look = claim.gate.look(path)
    path.unlink()
    assert claim.take(home, [claim.Candidate(path, look, 5.0)], GatePolicy()) == ([], [claim.Left(path)])


@pytest.fixture
def remote(tmp_path: Path) -> Iterator[Home]:
    """A home whose inbox lies on another volume."""
    other = Path("/dev/shm")
    if not other.is_dir() or other.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second volume here")
    home = Home(root=tmp_path / "home", inbox=other / f"randaemon-test-{os.getpid()}")
    for folder in home.folders():
        folder.mkdir(parents=True, exist_ok=True)
    yield home
    shutil.rmtree(home.inbox)


def test_from_another_volume_a_file_is_copied_and_removed_only_after_the_commit(remote: Home) -> None:
    path = remote.inbox / "a.txt"
    path.write_text("content")
    taken, left = claimed(remote, path)
    assert left == []
    assert originals(remote) == {"a.txt": b"content"}
    assert path.exists()
    assert claim.release(taken) == []
    assert not path.exists()
    assert claim.release(taken) == []  # it is gone already: nothing to do
    path.write_text("new content under the old name")
    assert claim.release(taken) == []
    assert path.exists()


async def test_a_file_that_cannot_leave_a_foreign_volume_is_taken_once_and_named(
    remote: Home, ledger: Ledger, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(path: Path, missing_ok: bool = False) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    path = remote.inbox / "a.txt"
    path.write_text("content")
    watcher = Watcher(remote, ledger, WatchPolicy(), Clocks(steady=clock, wall=clock))
    await watcher.scan()
    clock.now += 2.0
    with monkeypatch.context() as patch:
        patch.setattr(type(path), "unlink", denied)
        for _ in range(5):
            await watcher.scan()
            clock.now += 100.0
    assert len(ledger.drops) == 1
    assert "cannot be removed" in ledger.inbox["waiting"][0]["reason"]
    path.write_text("new content")
    await twice(watcher, clock)
    assert len(ledger.drops) == 2


def test_from_a_folder_that_may_not_be_written_nothing_is_copied(remote: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    path = remote.inbox / "a.txt"
    path.write_text("content")
    monkeypatch.setattr(claim.os, "access", lambda folder, _: folder != remote.inbox)  # root may write everywhere
    taken, [left] = claimed(remote, path)
    assert not taken
    assert "read-only" in left.note
    assert originals(remote) == {}
    assert not list(remote.work.iterdir())


async def test_a_file_that_cannot_be_read_is_tried_once_a_scan_however_many_events_come(
    home: Home, ledger: Ledger, clock: Clock, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    def broken(*_: object) -> None:
        nonlocal tries
        tries += 1
        raise OSError(errno.EIO, "Input/output error")

    (home.inbox / "a.txt").write_text("x")
    await watcher.scan()
    clock.now += 2.0
    with monkeypatch.context() as patch:
        patch.setattr(claim.hashlib, "file_digest", broken)
        waits = [await watcher.scan() for _ in range(5)]
        assert (tries, waits) == (1, [60.0] * 5)
        assert ledger.inbox["waiting"] == [{"name": "a.txt", "reason": "cannot be read: Input/output error"}]
        clock.now += 60.0
        await watcher.scan()
        assert tries == 2
    clock.now += 60.0
    await watcher.scan()
    assert ledger.names == ["a.txt"]


def test_a_copy_that_does_not_fit_leaves_nothing_behind(remote: Home) -> None:
    path = remote.inbox / "large.bin"
    path.write_bytes(bytes(100_000))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        _, [left] = claimed(remote, path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "File too large" in left.note
    assert path.exists()
    assert originals(remote) == {}
    assert not list(remote.work.iterdir())


def test_a_source_that_changes_while_it_is_copied_is_left_and_its_copy_dropped(
    remote: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = remote.inbox / "a.txt"
    path.write_text("one")

    def write_on(folder: Path) -> None:
        path.write_text("one and more")
        flush_folder(folder)

    flush_folder = claim.objects.flush_folder
    monkeypatch.setattr(claim.objects, "flush_folder", write_on)
    assert claimed(remote, path) == ([], [claim.Left(path, "it changed while it was picked up", 0.0)])
    assert originals(remote) == {}
    assert path.exists()


def test_a_source_that_vanishes_after_the_copy_is_a_document_all_the_same(
    remote: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = remote.inbox / "a.txt"
    path.write_text("one")

    def vanish(folder: Path) -> None:
        path.unlink(missing_ok=True)
        flush_folder(folder)

    flush_folder = claim.objects.flush_folder
    monkeypatch.setattr(claim.objects, "flush_folder", vanish)
    taken, left = claimed(remote, path)
    assert (len(taken), left) == (1, [])


async def test_an_entry_that_vanishes_between_listing_and_looking_is_not_worth_a_word(
    watcher: Watcher, home: Home, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk = inbox_files.walk

    def vanishing(inbox: Path) -> Iterator[tuple[Path, OSError | None]]:
        for path, problem in walk(inbox):
            path.unlink()
            yield path, problem

    (home.inbox / "a.txt").write_text("x")
    monkeypatch.setattr(inbox_files, "walk", vanishing)
    await watcher.scan()
    assert ledger.inbox == {"problem": "", "files": 0, "waiting": []}


async def test_a_folder_that_cannot_be_read_is_named(
    watcher: Watcher, home: Home, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    denied = PermissionError(errno.EACCES, "Permission denied")
    monkeypatch.setattr(inbox_files, "walk", lambda inbox: iter([(inbox / "closed", denied)]))
    await watcher.scan()
    assert ledger.inbox["waiting"] == [{"name": "closed", "reason": "cannot be read: Permission denied"}]


async def test_a_file_that_cannot_be_looked_at_is_named(
    watcher: Watcher, home: Home, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(path: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    (home.inbox / "a.txt").write_text("x")
    monkeypatch.setattr(claim.gate, "look", fail)
    await watcher.scan()
    assert ledger.inbox["waiting"] == [{"name": "a.txt", "reason": "cannot be read: Input/output error"}]


async def test_a_folder_that_cannot_be_watched_is_said_in_words(tmp_path: Path) -> None:
    bell = Hints()
    assert await bell.watch(tmp_path / "missing") == "No such file or directory"
    assert not bell.healthy(tmp_path / "missing")
    await bell.stop()


async def test_an_inbox_whose_volume_is_gone_is_waited_for(tmp_path: Path, ledger: Ledger) -> None:
    volume = tmp_path / "volume"
    home = Home(root=tmp_path / "home", inbox=volume / "inbox")
    home.originals.mkdir(parents=True)
    watcher = Watcher(home, ledger, WatchPolicy(GatePolicy(settle=0.05), scan=0.1))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watcher.run)
        await ledger.until(lambda: bool(ledger.states))
        assert "unreadable" in ledger.inbox["problem"]
        home.inbox.mkdir(parents=True)
        (home.inbox / "a.txt").write_text("x")
        await ledger.until(lambda: bool(ledger.drops))
        tasks.cancel_scope.cancel()


async def test_a_dropped_file_is_claimed_by_its_event_long_before_the_next_scan(home: Home, ledger: Ledger) -> None:
    watcher = Watcher(home, ledger, WatchPolicy(GatePolicy(settle=0.05), scan=3600.0))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watcher.run)
        await ledger.until(lambda: bool(ledger.states))
        (home.inbox / "late.txt").write_text("x")
        await ledger.until(lambda: bool(ledger.drops))
        (home.inbox / "sub").mkdir()
        (home.inbox / "sub" / "later.txt").write_text("x")
        await ledger.until(lambda: len(ledger.drops) == 2)
        tasks.cancel_scope.cancel()


async def test_an_inbox_that_is_replaced_while_running_is_watched_again(
    home: Home, ledger: Ledger, tmp_path: Path
) -> None:
    watcher = Watcher(home, ledger, WatchPolicy(GatePolicy(settle=0.05), scan=0.2))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watcher.run)
        await ledger.until(lambda: bool(ledger.states))
        for number in range(3):
            home.inbox.rename(tmp_path / f"old-{number}")
            if number % 2:
                home.inbox.mkdir(exist_ok=True)
            await _appears(home.inbox)
            (home.inbox / f"{number}.txt").write_text("x")
            await ledger.until(lambda number=number: len(ledger.drops) == number + 1)
        tasks.cancel_scope.cancel()


async def _appears(folder: Path) -> None:
    with anyio.fail_after(DEADLINE):
        while not await anyio.Path(folder).is_dir():  # noqa: ASYNC110  # a folder that is made rings no bell
            await anyio.sleep(0.01)


async def test_a_jump_of_the_wall_clock_leads_to_a_scan(
    home: Home, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("randaemon.watcher.TICK", 0.05)
    wall = Clock()
    watcher = Watcher(home, ledger, WatchPolicy(GatePolicy(settle=0.0), scan=3600.0), Clocks(wall=wall))
    bell = Silent()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(watcher._rest, bell, 3600.0)
        with anyio.fail_after(DEADLINE):
            await bell.asked.wait()
        wall.now += 86_400.0
        # The task group ends when the rest is over: that is the assertion.
        with anyio.move_on_after(DEADLINE) as scope:
            await anyio.wait_all_tasks_blocked()
    assert not scope.cancelled_caught


class Silent:
    """A bell that never rings."""

    def __init__(self) -> None:
        self.asked = anyio.Event()

    async def wait(self) -> None:
        self.asked.set()
        await anyio.sleep_forever()

    def healthy(self, inbox: Path) -> bool:  # noqa: ARG002
        return True
