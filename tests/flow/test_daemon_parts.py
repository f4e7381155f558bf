"""The daemon's tasks on a real store: the tail that tells, the start that remembers, commands, sealing, settings."""

from __future__ import annotations

import hashlib
import json
import random
import secrets
from dataclasses import replace
from pathlib import Path

import anyio
import msgspec
import psutil
import pytest
from loguru import logger
from tests import stored

from randaemon import config, notify, wiring
from randaemon.control import commands, sealing
from randaemon.control.commands import Context
from randaemon.daemon import logs, startup
from randaemon.daemon.bus import SEEN, SHOWN, Bus
from randaemon.daemon.learning import Sealer, Training
from randaemon.daemon.life import cause
from randaemon.daemon.orders import Orders
from randaemon.daemon.troubles import PROBLEMS, Troubles
from randaemon.errors import RandaemonError, StorageFault
from randaemon.lifecycle import Policy, settle
from randaemon.model import (
    Candidate,
    Category,
    Conversation,
    Document,
    Done,
    Drop,
    Event,
    Extraction,
    Message,
    Score,
    Span,
    Stage,
    Status,
)
from randaemon.notify import Manners
from randaemon.store import Home, Store
from randaemon.store import control as folder
from randaemon.store.records import PromotionRecord, RunRecord
from randaemon.training.scales import WANTED

DEADLINE = 20.0


@pytest.fixture
def settings() -> config.Settings:
    return config.load(None, {"training": {"enabled": False, "model": "tiny"}, "notify": {"enabled": False}})


@pytest.fixture
def context(store: Store, settings: config.Settings) -> Context:
    return Context(store, settings, wiring.cycle(settings, store), clock=lambda: 1000.0)


class Screen:
    """A desktop that keeps what it was shown."""

    def __init__(self, *, works: bool = True) -> None:
        self.shown: list[tuple[str, str]] = []
        self.came = anyio.Event()
        self._works = works

    def __call__(self, message: notify.Message) -> bool:
        self.shown.append((message.title, message.body))
        return self._works


async def admitted(store: Store, name: str, content: bytes = b"x") -> Document:
    [document] = await store.admit([lain(store, name, content)])
    return document


def lain(store: Store, name: str, content: bytes) -> Drop:
    drop = Drop(hashlib.sha256(name.encode()).hexdigest()[:12], name, hashlib.sha256(content).hexdigest(), len(content))
    (store.home.originals / f"{drop.key}__{drop.name}").write_bytes(content)
    return drop


async def finished(
    store: Store, document: Document, candidates: tuple[Candidate, ...] = (), extraction: bytes | None = None
) -> None:
    """Walk a document through the stages that are left to it without running any."""
    for stage in list(Stage)[(await store.document(document.id)).stage - 1 :]:
        [claimed] = await store.claim([stage], 1)
        assert claimed.id == document.id
        outcome = Done(
            extraction if stage is Stage.EXTRACT else None, candidates=candidates if stage is Stage.FINALIZE else ()
        )
        assert await store.settle(settle(claimed, outcome, Policy(), 0.0))


def candidate(document: Document, number: int) -> Candidate:
    answer = f"The default value of Alpha.p{number} is {number}."
    conversation = Conversation(
        kind="fact",
        messages=(Message("user", f"What is the default of Alpha.p{number}?"), Message("assistant", answer)),
        evidence=(Span(0, len(answer), answer),),
        category=Category.PARAMETER,
        entity=f"Alpha.p{number}",
        attribute="default",
        phrasing=0,
        expected={"value": str(number)},
    )
    name = hashlib.sha256(f"{document.digest}{number}".encode()).hexdigest()[:16]
    return Candidate(name, document.digest, "family", name, conversation, Score(0.9, {"grounding": 0.9}))


# --- The bus ------------------------------------------------------------------------------------------------------


async def tell(store: Store, screen: Screen) -> None:
    """Run the bus until it has told everything there is."""
    newest = await store.newest_event()

    async def told() -> bool:
        return await store.state(SHOWN, 0) >= newest

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Bus(store, lambda: screen).run)
        await stored.until(store, told)
        tasks.cancel_scope.cancel()


async def test_what_deserves_a_message_is_shown_once_even_over_a_restart(store: Store) -> None:
    screen = Screen()
    await store.record(Event("daemon.trouble", data={"reason": "the inbox is gone"}), Event("stage.done", 1))
    await tell(store, screen)
    await store.record(Event("model.promoted", data={"run": "run-0001"}))
    await tell(store, screen)
    assert [title for title, _ in screen.shown] == ["randaemon needs you", "A new model is active"]


async def test_a_thousand_messages_are_summed_up(store: Store) -> None:
    screen = Screen(works=False)
    await store.record(*(Event("model.promoted", data={"run": str(number)}) for number in range(100)))
    await tell(store, screen)
    assert [title for title, _ in screen.shown] == ["A new model is active", "99 more messages"]


async def test_a_message_held_back_when_the_daemon_ends_is_shown_by_the_next_one(store: Store) -> None:
    screen, night = Screen(), Manners(quiet=(0, 1439))
    await store.record(Event("model.promoted", data={"run": "run-0001"}))
    newest = await store.newest_event()

    async def seen() -> bool:
        return await store.state(SEEN, 0) >= newest

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Bus(store, lambda: screen, lambda: replace(night, minute=lambda _: 60)).run)
        await stored.until(store, seen)
        tasks.cancel_scope.cancel()
    assert screen.shown == []
    assert await store.state(SHOWN) == newest - 1
    await tell(store, screen)
    assert [title for title, _ in screen.shown] == ["A new model is active"]


# --- The start ----------------------------------------------------------------------------------------------------


async def begin(store: Store, context: Context) -> startup.Beginning:
    """A start in a process of its own, which has the number of the one before: so it is in containers."""
    return await startup.begin(store, context.cycle, context.settings, secrets.token_hex(8))


def named(beginning: startup.Beginning) -> list[str]:
    return [document.name for document in beginning.suspects]


async def test_only_ends_with_work_running_and_nothing_settled_count_as_crashes(store: Store, context: Context) -> None:
    await admitted(store, "poison.html")
    assert (await begin(store, context)).unclean == 0
    for crashes in range(1, 4):
        assert await store.claim([Stage.UNPACK], 1)
        beginning = await begin(store, context)
        assert (beginning.unclean, named(beginning)) == (crashes, ["poison.html"])
    assert beginning.crash_loop(3)
    assert not beginning.crash_loop(4)
    assert not beginning.crash_loop(0)
    paused = await begin(store, context)  # killed while it was paused: neither counts nor clears, nor forgets
    assert (paused.unclean, named(paused)) == (3, ["poison.html"])
    [claimed] = await store.claim([Stage.UNPACK], 1)
    await store.settle(settle(claimed, Done(), Policy(), 0.0))
    assert await store.claim([Stage.CONVERT], 1)
    assert (await begin(store, context)).unclean == 1  # the first of a new row
    await store.claim([Stage.CONVERT], 1)
    await store.cancel((await store.document(1)).key)
    assert (await begin(store, context)).unclean == 1


async def test_all_that_was_running_is_suspected_however_much_was_claimed_ahead(store: Store, context: Context) -> None:
    poison = await admitted(store, "poison.html", b"poison")
    await store.admit([lain(store, f"page-{number}.html", str(number).encode()) for number in range(120)])
    await begin(store, context)
    await store.claim([Stage.UNPACK], 200)
    assert poison.id in {document.id for document in (await begin(store, context)).suspects}


async def test_a_full_disk_ends_a_life_and_not_the_process_and_counts_as_no_crash(
    store: Store, context: Context
) -> None:
    await admitted(store, "page.html")
    for _ in range(3):
        assert (await startup.begin(store, context.cycle, context.settings, "same")).unclean == 0
        await store.claim([Stage.UNPACK], 1)


async def test_one_that_the_daemon_dies_of_alone_after_the_pause_is_set_aside(store: Store, context: Context) -> None:
    poison, other = await admitted(store, "poison.html", b"1"), await admitted(store, "page.html", b"2")
    await begin(store, context)
    for _ in range(context.settings.daemon.safe_mode_after):
        assert len(await store.claim([Stage.UNPACK], 2)) == 2
        beginning = await begin(store, context)
    assert beginning.crash_loop(context.settings.daemon.safe_mode_after)
    assert named(beginning) == ["page.html", "poison.html"]
    assert await store.claim_this(poison.id)
    assert await store.claim_this(poison.id) is None
    beginning = await begin(store, context)
    assert (beginning.unclean, named(beginning)) == (0, [])
    condemned = await store.document(poison.id)
    assert (condemned.status, condemned.code) == (Status.FAILED, "E_DAEMON_DIED")
    assert store.source(condemned).is_relative_to(store.home.quarantine)
    assert (await store.document(other.id)).status is Status.READY


async def test_a_clean_end_clears_the_count_and_leaves_refused_files_in_quarantine(
    store: Store, context: Context
) -> None:
    document = await admitted(store, "poison.html")
    await begin(store, context)
    await store.claim([Stage.UNPACK], 1)
    assert (await begin(store, context)).unclean == 1
    await store.cancel(document.key)
    await startup.end(store)
    assert (await begin(store, context)).unclean == 0


async def test_a_paused_daemon_says_so_where_people_look_and_a_full_disk_does_not_take_it_away(store: Store) -> None:
    troubles = Troubles(store)
    suspects = tuple([await admitted(store, f"poison-{number}.html", bytes([number])) for number in range(7)])
    await startup.enter_safe_mode(store, troubles, startup.Beginning(suspects, 5, 0))
    [reason] = await store.state(PROBLEMS)
    assert "poison-0.html" in reason
    assert reason.endswith("poison-4.html and 2 more")
    assert (await store.events(0))[-1].kind == "daemon.trouble"
    await troubles.say("room", "disk full")
    assert await store.state(PROBLEMS) == [reason, "disk full"]
    await troubles.over("room")
    assert await store.state(PROBLEMS) == [reason]
    await startup.leave_safe_mode(store, troubles)
    assert await store.state(PROBLEMS) == []


def test_a_home_that_others_may_write_into_is_refused(tmp_path: Path) -> None:
    home = Home.at(tmp_path / "home")
    startup.make_folders(home)
    assert home.inbox.stat().st_mode & 0o777 == 0o700
    home.root.chmod(0o770)
    with pytest.raises(RandaemonError, match="others may write"):
        startup.make_folders(home)


def test_the_cause_of_an_end_is_found_in_whatever_group_it_lies() -> None:
    fault = StorageFault("disk")
    assert cause(ExceptionGroup("outer", [ValueError(), ExceptionGroup("inner", [fault])])) is fault
    bug = ExceptionGroup("outer", [ValueError()])
    assert cause(bug) is bug
    assert cause(fault) is fault


# --- Commands -----------------------------------------------------------------------------------------------------


async def test_a_retried_document_leaves_quarantine_before_its_answer(store: Store, context: Context) -> None:
    document = await admitted(store, "page.html")
    await store.cancel(document.key)
    answer = await commands.answer("retry", {"key": document.key}, context)
    assert answer == {"ok": True, "key": document.key, "status": "ready"}
    assert await commands.answer("cancel", {"key": document.key}, context) == {
        "ok": True, "key": document.key, "status": "cancelled",
    }  # fmt: skip


async def test_a_refusal_is_an_answer_with_words_and_an_exit_status(context: Context) -> None:
    answer = await commands.answer("models.promote", {"run": "run-0007"}, context)
    assert (answer["ok"], answer["code"], answer["exit_code"]) == (False, "E_NOT_FOUND", 5)
    assert "run-0007" in answer["error"]
    with pytest.raises(RandaemonError, match="no accepted samples"):
        await commands.apply("dataset.build", {}, context)


async def test_training_asked_for_is_remembered_and_says_what_it_waits_for(store: Store, context: Context) -> None:
    answer = await commands.apply("train.start", {}, context)
    assert answer["started"] is False
    assert "dataset_sealed" in answer["waits_for"]
    assert "no dataset sealed" in answer["unmet"]
    assert await store.state(WANTED) is True
    with pytest.raises(RandaemonError, match="no training run"):
        await commands.apply("train.stop", {}, context)
    assert await store.state(WANTED) is False


async def test_a_rollback_that_is_repeated_after_a_crash_takes_nothing_more_back(
    store: Store, context: Context
) -> None:
    for _ in range(3):
        run = await store.add_run(RunRecord("", 1, "tiny", "done", 0.0))
        (store.home.runs / run).mkdir()
        await store.promote(PromotionRecord(0, run, "promote", 0.0))
    for _ in range(2):
        assert await commands.apply("models.rollback", {"run": "run-0003"}, context) == {"active": "run-0002"}
    assert await commands.apply("models.rollback", {"run": "run-0002"}, context) == {"active": "run-0001"}
    for _ in range(2):
        assert await commands.apply("models.rollback", {"run": "run-0001"}, context) == {"active": None}
    with pytest.raises(RandaemonError, match="nothing to roll back"):
        await commands.apply("models.rollback", {"run": ""}, context)


async def test_a_run_asked_for_by_a_command_that_is_repeated_after_a_crash_is_trained_once(
    store: Store, context: Context
) -> None:
    await commands.apply("train.start", {"command": "c1"}, context)
    await store.set_state(**{WANTED: False})  # as the run does when it begins
    await commands.apply("train.start", {"command": "c1"}, context)
    assert await store.state(WANTED) is False
    await commands.apply("train.start", {"command": "c2"}, context)
    assert await store.state(WANTED) is True


async def test_a_stop_that_is_repeated_after_a_crash_stops_no_other_run(store: Store, context: Context) -> None:
    """The run it named has ended; the cycle would say that nothing is under way, or stop the next one."""
    run = await store.add_run(RunRecord("", 1, "tiny", "interrupted", 0.0, ended=1.0))
    await store.add_run(RunRecord("", 1, "tiny", "running", 2.0))
    assert await commands.apply("train.stop", {"run": run}, context) == {"stopped": True}
    assert await store.state(WANTED) is False


async def test_a_command_that_goes_wrong_in_an_unforeseen_way_is_answered_and_gone(
    store: Store, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stumble(*_: object) -> commands.Answer:
        raise ZeroDivisionError

    monkeypatch.setattr(commands, "answer", stumble)
    store.home.control.mkdir(exist_ok=True)
    stumbling = folder.submit(store.home, "retry", {"key": "abc"})
    unanswerable = folder.submit(store.home, "retry", {"key": "abc"})
    (store.home.control / "done" / f"{unanswerable}.json").mkdir(parents=True)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Orders(context).run)
        with anyio.fail_after(DEADLINE):
            while folder.pending(store.home):  # noqa: ASYNC110 - a folder rings no bell
                await anyio.sleep(0.01)
        tasks.cancel_scope.cancel()
    answer = folder.result(store.home, stumbling)
    assert answer is not None
    assert (answer["ok"], answer["code"]) == (False, "E_INTERNAL")


def test_without_a_daemon_a_command_opens_the_store_itself(tmp_path: Path, settings: config.Settings) -> None:
    home = Home.at(tmp_path / "home")
    with pytest.raises(RandaemonError, match="nothing to roll back"):
        commands.here(home, settings, "models.rollback", {"run": ""})
    with pytest.raises(RandaemonError, match="no dataset version"):
        commands.here(home, settings, "train.start", {})


# --- Sealing ------------------------------------------------------------------------------------------------------


async def seal(context: Context) -> int | None:
    return await sealing.seal(context.store, wiring.seal_settings(context.settings), context.clock)


async def test_a_version_is_sealed_once_and_the_same_samples_give_the_same_number(
    store: Store, context: Context
) -> None:
    assert await seal(context) is None
    document = await admitted(store, "page.html")
    await finished(store, document, tuple(candidate(document, number) for number in range(40)))
    assert await seal(context) == 1
    assert await seal(context) == 1
    [version] = await store.versions()
    manifest = Path(version.path) / "manifest.json"
    assert hashlib.sha256(manifest.read_bytes()).hexdigest() == version.digest
    assert [event.kind for event in await store.events(0)].count("dataset.sealed") == 1


async def test_what_a_crash_left_of_a_version_is_made_again(store: Store, context: Context) -> None:
    document = await admitted(store, "page.html")
    await finished(store, document, tuple(candidate(document, number) for number in range(40)))
    for name in ("v0001", "v0001.tmp"):
        (store.home.datasets / name).mkdir()
        (store.home.datasets / name / "train.jsonl").write_text("half")
    assert await seal(context) == 1
    [version] = await store.versions()
    assert version.path == str(store.home.datasets / "v0001")
    assert (store.home.datasets / "v0001" / "train.jsonl").read_text() != "half"
    assert [path.name for path in store.home.datasets.iterdir()] == ["v0001"]


async def test_two_sealings_at_once_keep_to_folders_and_numbers_of_their_own(store: Store, context: Context) -> None:
    first, second = await admitted(store, "one.html", b"1"), await admitted(store, "two.html", b"2")
    await finished(store, first, tuple(candidate(first, number) for number in range(200)))

    async def again() -> None:
        await finished(store, second, tuple(candidate(second, number) for number in range(200, 240)))
        await seal(context)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(seal, context)
        tasks.start_soon(again)
        tasks.start_soon(seal, context)
    versions = await store.versions()
    assert [version.number for version in versions] == list(range(1, len(versions) + 1))
    for version in versions:
        folder = store.home.datasets / f"v{version.number:04d}"
        assert Path(version.path) == folder
        written = sum(len((folder / f"{split}.jsonl").read_text().splitlines()) for split in version.splits)
        assert written == version.samples
    assert sorted(path.name for path in store.home.datasets.iterdir()) == [Path(each.path).name for each in versions]


async def test_an_extraction_that_rotted_holds_the_seal_up_until_it_is_made_anew_and_never_ends_the_daemon(
    store: Store, context: Context
) -> None:
    large = msgspec.json.encode(Extraction((), {"noise": random.Random(7).randbytes(2 << 20).hex()}))
    document, other = await admitted(store, "page.html"), await admitted(store, "other.html", b"2")
    await finished(store, document, tuple(candidate(document, number) for number in range(40)), large)
    await finished(store, other)
    [path] = [path for path in store.home.objects.rglob("*") if path.is_file()]
    path.write_bytes(b"rot")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Sealer(context).run)
        await stored.until(store, store.claimable)
        again = await store.document(document.id)
        assert (again.status, again.stage) == (Status.READY, Stage.EXTRACT)
        assert not await store.versions()
        await finished(store, document, (), large)
        await stored.until(store, store.versions)
        tasks.cancel_scope.cancel()
    [told] = [event.data for event in await store.events(0) if event.kind == "daemon.trouble"]
    assert "what extract wrote is lost" in str(told["reason"])


async def test_a_process_that_dies_while_it_seals_is_told_of_and_the_next_change_is_the_next_try(
    store: Store, context: Context
) -> None:
    document = await admitted(store, "page.html")
    await finished(store, document, tuple(candidate(document, number) for number in range(40)))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Sealer(context).run)
        with anyio.fail_after(DEADLINE):
            while not (sealing_ := [each for each in psutil.Process().children() if _seals(each)]):  # noqa: ASYNC110
                await anyio.sleep(0.01)
        sealing_[0].kill()
        await stored.until(store, lambda: store.happened({"daemon.trouble"}, 0))
        assert not await store.versions()
        await store.record(Event("samples.reviewed"))
        await stored.until(store, store.versions)
        tasks.cancel_scope.cancel()


def _seals(process: psutil.Process) -> bool:
    try:
        return "seal" in process.cmdline()
    except psutil.Error:
        return False


async def test_it_seals_when_the_work_is_done_and_not_before(store: Store, context: Context) -> None:
    first, second = await admitted(store, "page.html"), await admitted(store, "other.html", b"y")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Sealer(context).run)
        for document in (first, second):
            await finished(store, document, tuple(candidate(document, number) for number in range(40)))
        await stored.until(store, lambda: store.happened({"dataset.sealed"}, 0))
        tasks.cancel_scope.cancel()
    kinds = [event.kind for event in await store.events(0)]
    assert kinds.index("dataset.sealed") > max(at for at, kind in enumerate(kinds) if kind == "document.done")


async def test_training_that_cannot_start_is_said_and_tried_later(store: Store, settings: config.Settings) -> None:
    context = Context(store, settings, wiring.cycle(settings, store))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(Training(context).run)
        await stored.until(store, lambda: store.state("training.due"))
        tasks.cancel_scope.cancel()
    conditions = await store.state("training.due")
    assert {"name": "enabled", "have": False, "need": True, "ok": False} in conditions


# --- The log ------------------------------------------------------------------------------------------------------


def test_every_line_of_the_log_is_json_also_where_a_traceback_belongs_to_it(
    tmp_path: Path, settings: config.Settings
) -> None:
    home = Home.at(tmp_path / "home")
    home.logs.mkdir(parents=True)
    with logs.kept(home, settings.log):
        try:
            raise ZeroDivisionError("of <b>{nothing}</b>")
        except ZeroDivisionError as error:
            logger.opt(exception=error).error("stage {} failed", "convert")
        logger.info("after")
    first, second = [json.loads(line) for line in (home.logs / logs.NAME).read_text().splitlines()]
    assert first["message"] == "stage convert failed"
    assert "ZeroDivisionError: of <b>{nothing}</b>" in first["traceback"]
    assert "traceback" not in second


# --- Settings become parts ----------------------------------------------------------------------------------------


def test_every_stage_gets_plain_options(settings: config.Settings) -> None:
    assert wiring.stage_options(settings, Stage.UNPACK)["max_ratio"] == 200
    assert wiring.stage_options(settings, Stage.FINALIZE) == {"accept": 0.5}
    told = wiring.stage_options(settings, Stage.EXTRACT)
    assert told["llm"] is True
    assert told.keys() <= {"llm", "hard", "tokenizer"}  # the last where the model is here
    assert wiring.stage_options(settings, Stage.CONVERSE)["llm"] is True
    assert wiring.stage_options(settings, Stage.CONVERSE)["judge"] is False


def test_each_stage_is_handed_what_it_needs_and_nothing_more() -> None:
    assert list(wiring.stage_parts(Stage.CONVERT)) == ["suite", "models", "ocr"]
    assert wiring.stage_parts(Stage.UNPACK) == {}


def test_the_user_may_want_no_messages(settings: config.Settings) -> None:
    assert wiring.notifier(settings) is None
    loud = config.load(None, {"notify": {"enabled": True}})
    assert wiring.notifier(loud) is not None


def test_settings_reach_the_policies(settings: config.Settings) -> None:
    assert wiring.pool_policy(settings).lifecycle.attempts == settings.pool.attempts
    assert wiring.due_policy(settings).cooldown_seconds == 12 * 3600
    assert wiring.seal_settings(settings).family_threshold == 60
    assert wiring.lanes(settings)["cpu"] >= 4
    assert wiring.lanes(config.load(None, {"pool": {"workers": 64}})) == {"cpu": 64}
    assert wiring.alert_limits(settings).stuck == 1800.0
    slow = config.load(None, {"worker": {"deadline_cap_seconds": 3000.0}})
    assert wiring.alert_limits(slow).stuck == 3600.0  # a stage that may take so long is not stuck before
    off = config.load(None, {"alerts": {"stuck_minutes": 0.0}})
    assert wiring.alert_limits(off).stuck == 0.0
