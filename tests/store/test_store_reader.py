"""Reading without a daemon: every answer with no database, with one, and quickly with a large one."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from randaemon.errors import DatabaseDamaged, NotFoundError
from randaemon.lifecycle import Policy, settle
from randaemon.model import Child, Defer, Done, Drop, Event, Expand, Stage, Status
from randaemon.store import Home, Store, names
from randaemon.store.lock import InstanceLock
from randaemon.store.reader import Reader
from randaemon.store.records import PromotionRecord, RunRecord, VersionRecord

from .conftest import Clock
from .test_store_intake import expand
from .test_store_settle import candidate, finish

Put = Callable[..., Drop]
DUE = [{"name": "samples", "have": 3, "need": 200, "ok": False}]
KEYS = ["daemon", "inbox", "documents", "waiting", "dataset", "training", "model", "services", "resources"]


def run(name: str, status: str = "done") -> RunRecord:
    return RunRecord(name, 1, "tiny", status, 1.0, 2.0, f"runs/{name}", "", {"loss": 0.5})


def test_without_a_database_every_answer_is_empty(home: Home) -> None:
    with Reader(home) as reader:
        status = reader.status()
        assert reader.documents() == []
        assert reader.events() == []
        assert reader.versions() == []
        assert reader.runs() == []
        assert reader.promotions() == []
        assert reader.places() == {}
        assert reader.children(1) == []
        assert reader.samples_of("x") == []
        assert reader.artifact("x", Stage.CONVERT) is None
        assert reader.state("x", 3) == 3
        assert reader.current_model() is None
        for wanted in ("a.txt", "12", 7):
            with pytest.raises(NotFoundError, match="no document"):
                reader.document(wanted)
        with pytest.raises(NotFoundError, match="no sample"):
            reader.sample("abc")
    assert list(status) == KEYS
    daemon = {"running": False, "pid": None, "since": None, "safe_mode": False, "problems": [], "restored": None}
    assert status["daemon"] == {**daemon, "alerts": [], "paused": []}
    assert status["inbox"] == {
        "path": str(home.inbox),
        "files": 0,
        "waiting": [],
        "drops": [],
        "drops_under_way": 0,
    }
    assert status["documents"]["total"] == 0
    assert status["dataset"] == {"version": None, "samples": 0, "new_samples": 0, "mean_quality": None, "splits": {}}
    assert status["training"] == {
        "state": "unattended",
        "run": None,
        "run_status": None,
        "progress": None,
        "download": None,
        "due": {"weighed": None, "conditions": []},
    }
    assert status["model"] == {"active": None, "previous": None}
    assert status["resources"]["disk_free"] > 0
    assert not home.root.exists()


async def test_status_counts_everything_once(store: Store, put: Put, home: Home, clock: Clock, tmp_path: Path) -> None:
    (home.inbox / "waiting.txt").write_text("x")
    (home.inbox / "folder").mkdir()
    await store.admit([put("zip", "lib.zip"), put("a"), put("a"), put("b"), put("c")])
    archive, one, two, three = await store.claim(list(Stage), 9)
    (tmp_path / "0").write_text("member")
    await store.settle(settle(archive, Expand((Child(0, "m", 6),)), Policy(), 0), tmp_path)
    await finish(store, one, candidate(1, one.digest))
    for document in (two, three):
        await store.settle(settle(document, Defer("disk full", clock.now + 60), Policy(), 0))
    with Reader(home) as reader:
        status = reader.status()
    assert status["inbox"]["files"] == 1
    assert status["documents"] == {
        "total": 6,
        "by_status": {"ready": 3, "running": 0, "done": 3, "rejected": 0, "failed": 0, "cancelled": 0},
        "by_stage": {"unpack": 5, "convert": 0, "preprocess": 0, "extract": 0, "converse": 0, "finalize": 1},
    }
    assert status["waiting"] == [
        {
            "document": two.key,
            "name": "file.txt",
            "stage": "unpack",
            "reason": "disk full",
            "until": clock.now + 60,
            "count": 2,
        }
    ]
    assert status["dataset"]["new_samples"] == 1


async def test_status_tells_of_the_version_the_run_and_the_models(store: Store, home: Home) -> None:
    await store.add_version(
        VersionRecord(0, "d1", "datasets/v0001", 1.0, 120, 0.81, {"train": 108, "valid": 12}, {"a": 1})
    )
    (version,) = await store.versions()
    assert (version.number, version.path, version.splits, version.meta) == (
        1,
        str(home.root / "datasets/v0001"),
        {"train": 108, "valid": 12},
        {"a": 1},
    )
    assert await store.add_run(run("")) == "run-0001"
    assert await store.add_run(run("", "running")) == "run-0002"
    at = {"run": "run-0002", "step": 4, "total": 9}
    await store.record(Event("run.progress", data={**at, "step": 3}), Event("run.progress", data=at))
    await store.record(Event("run.download", data={"run": "run-0001", "have": 1, "need": 2}))
    await store.set_state(
        **{
            "training.due": DUE,
            "training.weighed": 1.5,
            "daemon.problems": ["the disk is nearly full"],
            "inbox": {"problem": "inbox unreadable", "waiting": [{"name": "x", "reason": "still growing"}]},
            "services": {"ollama": "down"},
        }
    )
    with InstanceLock(home, clock=lambda: 5.0), Reader(home) as reader:
        status = reader.status()
    assert status["daemon"]["running"] is True
    assert (status["daemon"]["since"], status["daemon"]["safe_mode"]) == (5.0, False)
    assert status["daemon"]["problems"] == ["inbox unreadable", "the disk is nearly full"]
    assert status["dataset"] == {
        "version": 1,
        "samples": 120,
        "new_samples": 0,
        "mean_quality": 0.81,
        "splits": {"train": 108, "valid": 12},
    }
    assert status["training"] == {
        "state": "running",
        "run": "run-0002",
        "run_status": "running",
        "progress": at,
        "download": None,
        "due": {"weighed": 1.5, "conditions": DUE},
    }
    assert status["services"] == {"ollama": "down", "degraded": 0, "upgrading": 0}
    assert json.dumps(status)


async def test_without_a_daemon_no_run_is_under_way_and_what_was_weighed_before_the_last_one_ended_is_not_told(
    store: Store, home: Home
) -> None:
    def training() -> dict[str, Any]:
        with Reader(home) as reader:
            found: dict[str, Any] = reader.status()["training"]
        return found

    await store.set_state(**{"training.due": DUE, "training.weighed": 1.0, "training.state": "waiting"})
    assert training()["due"] == {"weighed": 1.0, "conditions": DUE}
    under_way = replace(run("", "running"), ended=None)
    under_way = replace(under_way, id=await store.add_run(under_way))
    cut_short = training()
    assert (cut_short["state"], cut_short["run"], cut_short["run_status"]) == ("unattended", "run-0001", "interrupted")
    assert cut_short["due"] == {"weighed": None, "conditions": []}
    await store.update_run(replace(under_way, status="done", ended=2.0))
    assert training()["due"]["conditions"] == []
    await store.set_state(**{"training.weighed": 2.0})
    assert training()["due"]["conditions"] == DUE


async def test_the_active_model_is_the_last_promotion_that_was_not_rolled_back(store: Store, home: Home) -> None:
    for name in ("one", "two"):
        await store.add_run(run(name))

    async def after(number: str, action: str) -> tuple[str | None, str | None]:
        await store.promote(PromotionRecord(0, number, action, 3.0, "why", {"recall": 0.9}))
        with Reader(home) as reader:
            current, previous = reader.current_model(), reader.previous_model()
            assert (await store.current_model(), await store.previous_model()) == (current, previous)
            model = reader.status()["model"]
        assert (model["active"] or {}).get("run") == (current.id if current else None)
        return current.id if current else None, previous.id if previous else None

    assert await after("one", "promote") == ("one", None)
    assert await after("two", "promote") == ("two", "one")
    assert await after("two", "rollback") == ("one", None)
    assert await after("one", "rollback") == (None, None)
    assert await after("one", "rollback") == (None, None)
    with Reader(home) as reader:
        log = reader.promotions()
        assert log == await store.promotions()
        assert log[0] == PromotionRecord(1, "one", "promote", 3.0, "why", {"recall": 0.9})
        assert reader.versions() == await store.versions()


async def test_a_member_is_found_by_its_path_as_it_is_shown_and_by_the_end_of_it(
    store: Store, put: Put, home: Home, tmp_path: Path
) -> None:
    names_of = ("old%20lists/b%20c.csv", "new/b%20c.csv", "new/d.csv")
    for content in ("1", "2"):  # dropped twice: the newest counts
        await store.admit([put(content, "lib.zip")])
        (archive,) = await store.claim(list(Stage), 1)
        await expand(store, archive, {name: f"{name} {content}" for name in names_of}, tmp_path / content)
    with Reader(home) as reader:
        for wanted in ("old lists/b c.csv", "old%20lists/b%20c.csv"):
            assert reader.document(wanted).name == names_of[0]
        assert reader.document("d.csv").id == reader.document("new/d.csv").id == 8
        with pytest.raises(NotFoundError, match="several documents answer to"):
            reader.document("b c.csv")
        with pytest.raises(NotFoundError, match="no document"):
            reader.document("c.csv")


async def test_a_run_is_replaced_as_it_goes_on(store: Store, home: Home) -> None:
    await store.add_run(run("one", "running"))
    await store.update_run(run("one", "failed"))
    with Reader(home) as reader:
        assert reader.runs() == await store.runs() == [replace(run("one", "failed"), folder=str(home.runs / "one"))]
        assert reader.status()["training"]["progress"] is None
    with pytest.raises(NotFoundError):
        await store.update_run(run("absent"))


async def test_a_document_is_found_by_whatever_people_type(store: Store, put: Put, home: Home) -> None:
    await store.admit([put("1", "my%20file.txt", "aaaaaaaaaaaa"), put("2", "b.txt", "aaaabbbbbbbb"), put("3", "b.txt")])
    with Reader(home) as reader:
        for wanted in ("my file.txt", "my%20file.txt", "/some/where/my file.txt", "aaaaaaaaaaaa", "aaaaa", "1", 1):
            assert reader.document(wanted).id == 1
        assert reader.document("b.txt").id == 3
        with pytest.raises(NotFoundError, match="several documents"):
            reader.document("aaaa")
        assert [document.id for document in reader.documents(limit=2)] == [3, 2]
        assert [document.id for document in reader.documents(Status.READY)] == [3, 2, 1]
        assert reader.documents("done") == []


async def test_the_story_of_a_document_can_be_read(store: Store, put: Put, home: Home, tmp_path: Path) -> None:
    await store.admit([put("zip", "lib.zip")])
    (archive,) = await store.claim(list(Stage), 1)
    (tmp_path / "0").write_text("member")
    await store.settle(settle(archive, Expand((Child(0, "m.html", 6),)), Policy(), 0), tmp_path)
    (member,) = await store.claim(list(Stage), 1)
    await store.settle(settle(member, Done(b"x" * 40_000), Policy(), 0))
    (member,) = await store.claim(list(Stage), 1)
    await finish(store, member, candidate(0xABC0, member.digest), candidate(0xABC1, member.digest))
    with Reader(home) as reader:
        (child,) = reader.children(archive.id)
        assert child == await store.document(child.key)
        assert reader.artifact(child.digest, Stage.UNPACK) == b"x" * 40_000
        assert [sample.id for sample in reader.samples_of(child.digest)] == [f"{0xABC0:016x}", f"{0xABC1:016x}"]
        assert reader.sample(f"{0xABC1:016x}").digest == child.digest
        with pytest.raises(NotFoundError, match="several samples"):
            reader.sample("0000")
        assert [event.kind for event in reader.events_of(archive)] == [
            "document.admitted",
            "document.expanded",
            "drop.done",
        ]
        assert reader.events_of(child.id)[-1].kind == "document.done"
        assert reader.events(after=2, limit=1)[0].id == 3
        assert reader.places()[child.digest] == ("lib.zip/m.html",)


async def test_a_damaged_database_is_told_of_in_plain_words(home: Home) -> None:
    home.root.mkdir()
    home.database.write_bytes(b"rubbish" * 1000)
    with pytest.raises(DatabaseDamaged, match="is damaged"), Reader(home):
        pass


async def test_status_of_ten_thousand_documents_takes_a_few_milliseconds(store: Store, home: Home) -> None:
    for start in range(0, 10_000, 1000):
        await store.admit([Drop(f"{n:012x}", f"f{n}", f"{n:064x}", 1) for n in range(start, start + 1000)])
    best = 1.0
    for _ in range(5):
        began = time.perf_counter()
        with Reader(home) as reader:
            assert reader.status()["documents"]["total"] == 10_000
        best = min(best, time.perf_counter() - began)
    assert best < 0.05


def test_status_loads_neither_asyncio_nor_any_package_from_outside() -> None:
    program = (
        "import sys; from pathlib import Path; from randaemon.store.home import Home;"
        "from randaemon.store.reader import Reader\n"
        "with Reader(Home.at(Path('/nonexistent'))) as reader: reader.status()\n"
        "heavy = {'asyncio', 'aiosqlite', 'anyio', 'msgspec', 'pydantic', 'randaemon.model'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout.strip() == "[]"


def test_the_package_knows_its_two_names_and_no_others() -> None:
    import randaemon.store

    assert randaemon.store.Home is Home
    assert randaemon.store.Store is Store
    with pytest.raises(AttributeError, match="Manager"):
        _ = randaemon.store.Manager  # type: ignore[attr-defined]


async def test_a_home_that_was_moved_still_knows_where_its_versions_and_runs_lie(
    store: Store, home: Home, tmp_path: Path
) -> None:
    await store.add_version(VersionRecord(0, "d1", str(home.datasets / "v0001"), 1.0, 1, 0.8, {"train": 1}))
    await store.add_version(VersionRecord(0, "d2", "/elsewhere/v0002", 1.0, 1, 0.8, {"train": 1}))
    name = await store.add_run(RunRecord("", 1, "tiny", "running", 1.0))
    await store.update_run(RunRecord(name, 1, "tiny", "done", 1.0, folder=str(home.runs / name)))
    await store.promote(PromotionRecord(0, name, "promote", 1.0))
    moved = Home.at(tmp_path / "moved")
    moved.root.symlink_to(home.root)  # as good as moved: the same home under another path
    with Reader(moved) as reader:
        assert [version.path for version in reader.versions()] == [
            str(moved.datasets / "v0001"), "/elsewhere/v0002",
        ]  # fmt: skip
        [run] = reader.runs()
        assert run.folder == str(moved.runs / name)
        assert reader.current_model() == run


async def test_a_name_of_odd_bytes_is_found_and_one_that_is_not_there_is_refused_in_words(
    store: Store, put: Put, home: Home
) -> None:
    [document] = await store.admit([put("bytes", names.encode(b"caf\xe9.html"))])
    with Reader(home) as reader:
        assert reader.document("caf\udce9.html").id == document.id
        for lookup in (reader.document, reader.sample):
            with pytest.raises(NotFoundError):
                lookup("th\udce9.html")
    with pytest.raises(NotFoundError):
        await store.document("\ud800")
