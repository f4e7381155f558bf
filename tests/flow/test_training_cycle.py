"""The training cycle over the real store, with the real child: it trains, judges, promotes and survives its ends."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from subprocess import DEVNULL, PIPE

import anyio
import anyio.to_thread
import psutil
import pytest
from tests import stored
from tests.trainable import ENOUGH, seal_version, write_version

from randaemon.errors import NotFoundError, TrainingError
from randaemon.machine import Readings
from randaemon.model import Event
from randaemon.store import Home, Store
from randaemon.store.reader import Reader
from randaemon.store.records import PAUSED, RunRecord, VersionRecord
from randaemon.training import adapters, checkpoint, ledger
from randaemon.training.adapters import Grounds
from randaemon.training.cycle import Cycle, TrainingPolicy
from randaemon.training.due import Due, DuePolicy
from randaemon.training.launch import command, environment
from randaemon.training.plan import TINY, Wishes
from randaemon.training.scales import WANTED
from randaemon.training.spec import Bounds, Spec, write
from randaemon.training.trainer import only_one

SECONDS = 90
DUE = DuePolicy(min_new_samples=10, min_quality=0.5, cooldown_seconds=0.0)
QUICK = TrainingPolicy(Wishes(TINY, iterations=ENOUGH), DUE, patience=0.2)
ENDLESS = TrainingPolicy(Wishes(TINY, iterations=20_000), DUE)  # minutes; more, and the batches take long to draw
ABSENT = TrainingPolicy(Wishes("nowhere/such-model"), DUE)
FAULTS = (
    (ABSENT, "is not in the local Hugging Face cache and downloads are off (training.allow_download = true)"),
    (replace(QUICK, wishes=Wishes(TINY, learning_rate=1e30)), "the training loss is not a number"),
    (replace(QUICK, wishes=Wishes(TINY, max_seq_length=5)), "is longer than 5 tokens"),
    (replace(QUICK, bounds=Bounds(memory=1 << 20)), "may take 1 MiB: it was stopped at step 1"),
)
BY_HAND = Grounds(at=1.0, reason="by hand", evidence={})


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """A store with one sealed version of 68 samples."""
    async with Store.open(Home.at(tmp_path / "home")) as opened:
        await seal_version(opened, "d1")
        yield opened


async def test_a_due_run_learns_is_promoted_and_the_same_data_is_not_trained_again(store: Store) -> None:
    cycle = Cycle(store, QUICK)
    assert (await cycle.consider()).ready
    run = await _dies_when_it_has_promoted(store, cycle)
    assert run.status == "done", run.reason
    assert run.reason.startswith("promoted: recall on held-out phrasings")
    assert run.metrics["loss_after"] < run.metrics["loss_before"]
    assert await store.current_model() == run
    assert (store.home.runs / "current").resolve() == Path(run.folder)
    kinds = [event.kind for event in await store.events(0)]
    assert kinds.index("run.started") < kinds.index("run.progress") < kinds.index("model.promoted")
    assert kinds.index("model.promoted") < kinds.index("run.done")
    with Reader(store.home) as reader:
        weighed = reader.status()["training"]["due"]  # without a look after the run: a daemon may end with it
    assert [one["name"] for one in weighed["conditions"] if not one["ok"]] == ["new_samples", "new_dataset"]
    assert (await cycle.consider()).waiting_for == ("new_samples", "new_dataset")
    with Reader(store.home) as reader:
        status = reader.status()
    assert status["model"]["active"]["run"] == run.id
    told = {"name": "new_dataset", "have": "trained on already", "ok": False}
    assert told.items() <= _condition(status, "new_dataset").items()

    await store.set_state(**{WANTED: True})
    assert (await cycle.consider()).ready  # a person asked for it
    again = await cycle.run_once()
    assert again.reason.startswith("not promoted: recall against the current model changed by +0.000")
    assert await store.current_model() == run
    again = await _ends_unheard(store, again)
    await _fails_in_every_way(store, run)
    await _by_hand(store, again)


async def _dies_when_it_has_promoted(store: Store, cycle: Cycle) -> RunRecord:
    """A daemon that is stopped between a promotion and what follows it: the run is whole, and so is its card."""
    async with anyio.create_task_group() as group:
        group.start_soon(cycle.run_once)
        await _seen(store, "model.promoted")
        group.cancel_scope.cancel()
    run = (await store.runs())[-1]
    card = anyio.Path(run.folder) / "README.md"
    assert str(run.reason).capitalize() in await card.read_text("utf-8")
    await store.update_run(replace(run, status="running", ended=None))  # as one that was killed in there left it
    assert await Cycle(store, QUICK).reconcile() == 1
    await cycle.prove()
    found = (await store.runs())[-1]
    assert replace(found, ended=run.ended) == run
    return found


async def _ends_unheard(store: Store, run: RunRecord) -> RunRecord:
    """A daemon that is killed between the child's last word and the verdict: nothing is trained twice."""
    before = (await store.events(0))[-1].id
    await store.update_run(replace(run, status="running", ended=None, reason=""))
    assert await Cycle(store, QUICK).reconcile() == 1
    judged = await Cycle(store, QUICK).run_once()
    assert (judged.id, judged.status, judged.reason) == (run.id, "done", run.reason)
    assert not [event for event in await store.events(before) if event.kind in {"run.phase", "run.progress"}]
    return judged


async def _fails_in_every_way(store: Store, active: RunRecord) -> None:
    """Whatever ends a run: it says why, the model in use stays, and the next cycle may begin."""
    for policy, reason in FAULTS:
        failed = await Cycle(store, policy).run_once()
        assert failed.status == "failed"
        assert reason in failed.reason
        assert await store.current_model() == active
        assert not checkpoint.attempts(Path(failed.folder))
        assert not (Path(failed.folder) / "adapter").exists()
        assert (await Cycle(store, replace(QUICK, wishes=replace(QUICK.wishes, seed=8))).consider()).waiting_for == (
            "new_samples",
        )


async def _by_hand(store: Store, run: RunRecord) -> None:
    """Promoting by hand, rolling back, and an adapter that was tampered with."""
    first = await store.current_model()
    await adapters.promote(store, run, BY_HAND)
    assert await store.current_model() == run
    assert await adapters.roll_back(store, BY_HAND) == first
    assert (store.home.runs / "current").resolve().name == "run-0001"
    weights = Path(run.folder) / "adapter/adapters.safetensors"
    await anyio.Path(weights).write_bytes(b"flipped")
    with pytest.raises(TrainingError, match="has changed since it was sealed"):
        await adapters.promote(store, run, BY_HAND)
    assert await store.current_model() == first
    assert await adapters.roll_back(store, BY_HAND) is None
    assert not (store.home.runs / "current").is_symlink()
    with pytest.raises(NotFoundError, match="no model is promoted"):
        await adapters.roll_back(store, BY_HAND)


async def test_a_run_stops_on_request_and_only_one_runs_at_a_time(store: Store) -> None:
    cycle = Cycle(store, ENDLESS)
    assert not await cycle.stop()
    ended: list[RunRecord] = []

    async def work() -> None:
        ended.append(await cycle.run_once())

    async with anyio.create_task_group() as group:
        group.start_soon(work)
        await _seen(store, "run.progress")
        with pytest.raises(TrainingError, match="still at work"):
            await Cycle(store, QUICK).run_once()
        assert (await Cycle(store, QUICK).consider()).waiting_for == ("nothing_training",)
        assert await cycle.stop()
    assert ended[0].status == "stopped"
    assert ended[0].reason.startswith("stopped on request at step ")
    assert _children() == []


async def test_a_run_that_was_stopped_goes_on_from_where_it_was_only_when_somebody_asks_for_it(store: Store) -> None:
    patient = replace(QUICK, wishes=Wishes(TINY, iterations=200))
    cycle, ended = Cycle(store, patient), list[RunRecord]()

    async def work() -> None:
        ended.append(await cycle.run_once())

    async with anyio.create_task_group() as group:
        group.start_soon(work)
        await _seen(store, "run.progress")
        assert await cycle.stop("run-0001")
    assert ended[0].status == "stopped"
    assert (await cycle.consider()).waiting_for == ("new_dataset",)
    await store.set_state(**{WANTED: True})
    run = await cycle.run_once()
    assert (run.id, run.status) == ("run-0001", "done")
    resumed = await _seen(store, "run.resumed")
    assert 0 < int(str(resumed.data["step"])) == ended[0].metrics["sealed"]
    assert run.metrics["timing"]["iterations"] == 200
    assert await anyio.to_thread.run_sync(checkpoint.attempts, Path(run.folder)) == []


async def test_without_its_model_no_run_begins_and_a_person_is_told_once_until_it_is_there(
    store: Store, tmp_path: Path
) -> None:
    """It would fail at once, and the next try would wait for a cool-down."""
    there = {**os.environ, "HF_HOME": str(tmp_path / "hub"), "HF_HUB_CACHE": ""}
    cycle = Cycle(store, ABSENT, inherited=there)
    for _ in range(2):
        due = await cycle.consider()
        assert due.waiting_for == ("base_model",)
    (told,) = [event.data for event in await store.events(0) if event.kind == "run.wanted"]
    assert told["have"] == "not in the local cache"
    assert told["need"] == "`hf download nowhere/such-model`, or training.allow_download = true"
    cycle.adopt(replace(ABSENT, allow_download=True))
    assert (await cycle.consider()).ready
    cycle.adopt(ABSENT)
    snapshot = tmp_path / "hub/hub/models--nowhere--such-model/snapshots/abc"
    snapshot.mkdir(parents=True)
    snapshot.parent.parent.joinpath("refs").mkdir()
    snapshot.parent.parent.joinpath("refs/main").write_text("abc")
    snapshot.joinpath("config.json").write_text("{}")
    assert (await cycle.consider()).waiting_for == ("base_model",)  # a part of it
    snapshot.joinpath("model.safetensors").touch()
    assert (await cycle.consider()).ready


async def test_figures_that_change_by_themselves_are_written_a_few_times_an_hour_and_all_else_at_once(
    store: Store,
) -> None:
    now, free = [1.8e9], [1 << 40]
    policy = replace(QUICK, due=replace(DUE, cooldown_seconds=3600.0, min_free_memory=1 << 30))
    cycle = Cycle(store, policy, lambda: now[0], look=lambda: Readings(1 << 40, free[0], 1 << 40))
    await cycle.consider()
    before = store.writer.commits
    for _ in range(10):
        now[0], free[0] = now[0] + 60.0, free[0] - (1 << 30)
        await cycle.consider()
    assert store.writer.commits == before
    free[0] = 1  # not enough any more
    await cycle.consider()
    assert store.writer.commits == before + 1
    now[0] += 900.0
    await cycle.consider()
    assert store.writer.commits == before + 2


async def test_a_run_that_was_cut_short_is_due_at_once_unless_it_is_stopped_or_other_things_are_wished(
    store: Store,
) -> None:
    patient = replace(QUICK, due=replace(DUE, cooldown_seconds=3600.0, min_new_samples=1000))
    before = {"fingerprint": ledger.fingerprint("d1", QUICK.wishes)}
    cut = await store.add_run(RunRecord("", 1, TINY, "interrupted", 1.0, ended=2.0, metrics=before))
    assert (await Cycle(store, patient).consider()).ready
    other = replace(patient, wishes=replace(QUICK.wishes, seed=8))
    assert (await Cycle(store, other).consider()).waiting_for == ("new_samples",)
    assert not await Cycle(store, patient).stop("run-0007")
    assert await Cycle(store, patient).stop(cut)
    assert (await store.runs())[-1].status == "stopped"
    assert not (await Cycle(store, patient).consider()).ready


async def test_a_run_pauses_when_the_machine_is_unplugged_and_is_due_again_when_it_is_plugged_in(store: Store) -> None:
    plugged = [True]

    def look() -> Readings:
        return Readings(1 << 40, 1 << 40, 1 << 40, on_ac_power=plugged[0])

    cycle, ended = Cycle(store, replace(ENDLESS, look_seconds=0.1), look=look), list[RunRecord]()

    async def work() -> None:
        ended.append(await cycle.run_once())

    async with anyio.create_task_group() as group:
        group.start_soon(work)
        await _seen(store, "run.progress")
        plugged[0] = False
    assert ended[0].status == "interrupted"
    assert ended[0].reason.endswith(": no ac power")
    assert ended[0].metrics["sealed"] > 0
    assert (await cycle.consider()).waiting_for == ("ac_power",)
    plugged[0] = True
    assert (await cycle.consider()).ready


async def test_while_training_is_paused_no_run_begins_by_itself_and_one_under_way_waits(store: Store) -> None:
    cycle = Cycle(store, replace(ENDLESS, look_seconds=0.1))
    await store.set_state(**{PAUSED: ["documents", "training"]})
    assert (await cycle.consider()).waiting_for == ("work",)
    await store.set_state(**{PAUSED: ["documents"]})
    assert (await cycle.consider()).ready
    async with anyio.create_task_group() as group:
        group.start_soon(cycle.run_once)
        await _seen(store, "run.progress")
        await store.set_state(**{PAUSED: ["training"]})
    run = (await store.runs())[-1]
    assert run.status == "interrupted"
    assert run.reason.endswith("work is paused, needs `randaemon jobs resume`")


async def test_a_stop_that_a_dying_daemon_was_told_of_holds_in_the_next_one(store: Store) -> None:
    run = await store.add_run(RunRecord("", 1, TINY, "running", 1.0))
    assert await Cycle(store, QUICK).stop(run)
    await Cycle(store, QUICK).reconcile()
    assert (await store.runs())[-1].status == "stopped"


async def test_a_run_that_is_cut_short_three_times_before_its_first_checkpoint_has_failed(store: Store) -> None:
    run = RunRecord("", 1, TINY, "running", 1.0, metrics={"fingerprint": ledger.fingerprint("d1", QUICK.wishes)})
    run = replace(run, id=await store.add_run(run))
    for status in ("interrupted", "interrupted", "failed"):
        await Cycle(store, QUICK).reconcile()
        left = (await store.runs())[-1]
        assert left.status == status
        await store.update_run(replace(left, status="running"))
    assert left.reason.startswith("cut short 3 times in a row before there was anything to go on from")


async def test_a_run_is_interrupted_when_the_daemon_stops_and_its_child_is_gone(store: Store) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(Cycle(store, ENDLESS).run_once)
        await _seen(store, "run.progress")
        group.cancel_scope.cancel()
    run = (await store.runs())[-1]
    assert run.status == "interrupted"
    assert run.reason.startswith("the daemon was stopped at step ")
    assert _children() == []


async def test_a_child_that_is_killed_leaves_an_interrupted_run_that_says_where(store: Store) -> None:
    ended: list[RunRecord] = []

    async def work() -> None:
        ended.append(await Cycle(store, ENDLESS).run_once())

    async with anyio.create_task_group() as group:
        group.start_soon(work)
        await _seen(store, "run.progress")
        for child in _children():
            child.kill()
    assert ended[0].status == "interrupted"
    assert "was ended by signal 9 at step " in ended[0].reason
    assert await store.current_model() is None


async def test_a_trainer_dies_with_the_daemon_and_holds_the_lock_until_then(store: Store) -> None:
    folder = store.home.runs / "run-0001"
    folder.mkdir()
    spec = Spec("run-0001", str(store.home.datasets / "v0001"), str(folder), str(store.home.models), ENDLESS.wishes, 1)
    write(folder / "spec.json", spec)
    lock = store.home.runs / "run.lock"
    with anyio.fail_after(SECONDS):
        async with only_one(lock) as descriptor:
            trainer = await anyio.open_process(
                command("train", folder / "spec.json"),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                env=environment(os.environ),
                start_new_session=True,
                pass_fds=(descriptor,),
            )
        async with trainer:
            assert trainer.stdout is not None
            assert trainer.stdin is not None
            await trainer.stdout.receive()  # it is at work; its daemon has let go of the lock
            with pytest.raises(TrainingError, match="still at work"):
                async with only_one(lock):
                    pass
            await trainer.stdin.aclose()  # what the kernel does when a daemon is killed
            assert await trainer.wait() == -9
        async with only_one(lock):
            pass


async def test_what_a_dead_daemon_left_running_is_interrupted_unless_it_was_promoted(store: Store) -> None:
    lost = await store.add_run(RunRecord("", 1, TINY, "running", 1.0))
    promoted = RunRecord("", 1, TINY, "running", 2.0)
    promoted = replace(promoted, id=await store.add_run(promoted), folder=str(store.home.runs / "run-0002"))
    await store.promote(adapters.PromotionRecord(0, promoted.id, "promote", 3.0))
    assert await Cycle(store, QUICK).reconcile() == 2
    assert {run.id: run.status for run in await store.runs()} == {lost: "interrupted", promoted.id: "done"}
    assert await Cycle(store, QUICK).reconcile() == 0
    assert (store.home.runs / "current").readlink() == Path(promoted.id)


async def test_a_run_that_is_cut_short_says_who_ran_it(store: Store) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(Cycle(store, replace(ENDLESS, by="train start")).run_once)
        await _seen(store, "run.started")
        group.cancel_scope.cancel()
    assert (await store.runs())[-1].reason.startswith("train start was stopped")


async def test_what_failed_three_times_or_was_stopped_is_not_tried_again_by_itself(store: Store) -> None:
    fingerprint = {"fingerprint": ledger.fingerprint("d1", QUICK.wishes)}
    for _ in range(3):
        assert (await Cycle(store, QUICK).consider()).ready
        await store.add_run(RunRecord("", 1, TINY, "failed", 1.0, ended=2.0, metrics=fingerprint))
    assert (await Cycle(store, QUICK).consider()).waiting_for == ("new_dataset",)
    await store.add_run(RunRecord("", 1, TINY, "stopped", 3.0, ended=4.0, metrics=fingerprint))
    assert (await Cycle(store, QUICK).consider()).waiting_for == ("new_dataset",)
    other = replace(QUICK, wishes=replace(QUICK.wishes, seed=8))
    assert (await Cycle(store, other).consider()).ready


async def test_new_samples_are_those_that_the_version_trained_last_did_not_hold(store: Store) -> None:
    await store.add_run(RunRecord("", 1, TINY, "done", 1.0, ended=2.0))
    assert _have(await Cycle(store, QUICK).consider()) == 0
    grown = store.home.datasets / "v0002"
    grown.mkdir()
    write_version(grown)
    added = [json.dumps({"id": f"new-{number}"}) + "\n" for number in range(12)]
    with (grown / "train.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(added)
    await store.add_version(VersionRecord(0, "d2", str(grown), 3.0, 80, 0.8, {"train": 72, "valid": 4, "test": 4}))
    assert _have(await Cycle(store, QUICK).consider()) == 12
    damaged = (grown / "train.jsonl").read_bytes().replace(b'{"id": "new-3"', b'{"id": "new-\xff"')
    (grown / "train.jsonl").write_bytes(damaged)
    assert _have(await Cycle(store, QUICK).consider()) == 11  # and the daemon goes on


async def test_without_a_version_there_is_nothing_to_run(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    for folder in home.folders():
        folder.mkdir(parents=True)
    async with Store.open(home) as empty:
        assert "dataset_sealed" in (await Cycle(empty, QUICK).consider()).waiting_for
        with pytest.raises(TrainingError, match="no dataset version"):
            await Cycle(empty, QUICK).run_once()


async def _seen(store: Store, kind: str) -> Event:
    """Wait until an event of this kind is there."""

    async def found() -> Event | None:
        return next((event for event in await store.events(0) if event.kind == kind), None)

    return await stored.until(store, found, SECONDS)


def _have(due: Due) -> object:
    return next(condition.have for condition in due.conditions if condition.name == "new_samples")


def _condition(status: dict[str, object], name: str) -> dict[str, object]:
    training: object = status["training"]
    assert isinstance(training, dict)
    return next(one for one in training["due"]["conditions"] if one["name"] == name)


def _children() -> list[psutil.Process]:
    """Training children of this process that are alive."""
    return [
        child
        for child in psutil.Process().children(recursive=True)
        if child.status() != psutil.STATUS_ZOMBIE and "randaemon.child" in " ".join(child.cmdline())
    ]
