"""Whatever instant the daemon or its trainer is killed at, the run ends as if nobody had.

`scripts/torture train 20` runs the same with another count.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import anyio
import psutil
import pytest
from tests.house import House
from tests.trainable import seal_version

from randaemon.store import Store
from randaemon.store.reader import Reader
from randaemon.store.records import RunRecord

KILLS = int(os.environ.get("RANDAEMON_TEST_TRAINING_KILLS", "3"))
SEED = int(os.environ.get("RANDAEMON_TEST_SEED", "1"))
PATIENCE = 120.0 + 30.0 * KILLS
ITERATIONS = 60 * max(KILLS, 3)  # enough for the run to outlast the kills
SETTINGS = {
    "RANDAEMON_TRAINING__ENABLED": "true",
    "RANDAEMON_TRAINING__MODEL": "tiny",
    "RANDAEMON_TRAINING__MIN_NEW_SAMPLES": "10",
    "RANDAEMON_TRAINING__COOLDOWN_HOURS": "0",
    "RANDAEMON_TRAINING__ITERATIONS": str(ITERATIONS),
    "RANDAEMON_TRAINING__CHECKPOINT_SECONDS": "0.1",
}
CLOSE = 1e-4


class Census:
    """Counts the trainers of a home while it lasts, every few milliseconds."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._over = Event()
        self._thread = Thread(target=self._count, daemon=True)
        self.most = 0

    def __enter__(self) -> Census:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _count(self) -> None:
        while not self._over.wait(0.02):
            self.most = max(self.most, len(trainers(self._house)))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.slow
def test_a_run_whose_daemon_and_trainer_are_killed_ends_as_one_that_nobody_troubled(tmp_path: Path) -> None:
    calm, house = ready(tmp_path / "calm"), ready(tmp_path / "home")
    calm.start()
    calm.until(ended, PATIENCE)
    assert calm.stop() == 0
    with Census(house) as census:
        kills = kill_while_training(house, random.Random(SEED))
    assert kills == KILLS
    assert census.most == 1
    assert house.stop() == 0
    undisturbed, disturbed = newest(calm), newest(house)
    assert disturbed.status == undisturbed.status == "done", disturbed.reason
    assert disturbed.metrics["digest"] == undisturbed.metrics["digest"]
    assert disturbed.metrics["promoted"] == undisturbed.metrics["promoted"]
    assert timing(disturbed)["iterations"] == timing(undisturbed)["iterations"] == ITERATIONS
    assert timing(disturbed)["tokens"] == timing(undisturbed)["tokens"]
    assert_same_losses(house, calm)
    assert [run.id for run in runs(house)] == ["run-0001"]
    assert not list(Path(disturbed.folder).glob("attempt-*"))


def kill_while_training(house: House, chance: random.Random) -> int:
    """Kill the daemon, the trainer or both until the run has ended; how often there was a trainer at work.

    By turns soon after a checkpoint, and at a random moment of an attempt, which may not have come to training yet.
    """
    kills = 0
    house.start()
    while kills < KILLS and at_work(house, None if kills % 2 else sealed(house)):
        time.sleep(chance.uniform(0.0, 2.0 if kills % 2 else 0.3))
        found = trainers(house)
        victim = chance.choice(("daemon", "trainer", "both"))
        if victim != "daemon":
            for process in found:
                process.send_signal(signal.SIGKILL)
        if victim != "trainer":
            house.kill()
            house.start()
        kills += bool(found)
    house.until(ended, PATIENCE)
    return kills


def at_work(house: House, seals: list[str] | None) -> bool:
    """Wait for a trainer, and for a checkpoint that is none of `seals`; False when the run ended before."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if trainers(house) and (seals is None or set(sealed(house)) - set(seals)):
            return True
        if house.home.database.exists():
            with Reader(house.home) as reader:
                if ended(reader):
                    return False
        time.sleep(0.02)
    raise AssertionError(f"no training:\n{house.output()}")


def sealed(house: House) -> list[str]:
    return sorted(str(path) for path in house.home.runs.glob("run-*/attempt-*/*.seal"))


def trainers(house: House) -> list[psutil.Process]:
    """The training children of this home that are alive; what one forks is no other before it is another program."""
    found = dict(_trainers(str(house.home.runs)))
    parents = {process.pid for process in found}
    return [process for process, parent in found.items() if parent not in parents]


def _trainers(runs_folder: str) -> Iterator[tuple[psutil.Process, int]]:
    for process in psutil.process_iter():
        try:
            line = process.cmdline()
            if "train" in line and line[-1].startswith(runs_folder) and process.status() != psutil.STATUS_ZOMBIE:
                yield process, process.ppid()
        except (psutil.Error, IndexError):
            continue


def ready(root: Path) -> House:
    """A home with a sealed version to train on and the settings for it."""
    house = House(root, SETTINGS)
    anyio.run(_seal, house)
    return house


async def _seal(house: House) -> None:
    async with Store.open(house.home) as store:
        await seal_version(store, "d1")


def ended(reader: Reader) -> bool:
    return any(run.status not in {"running", "interrupted"} for run in reader.runs())


def runs(house: House) -> list[RunRecord]:
    with Reader(house.home) as reader:
        return reader.runs()


def newest(house: House) -> RunRecord:
    return runs(house)[-1]


def timing(run: RunRecord) -> dict[str, float]:
    found = run.metrics["timing"]
    assert isinstance(found, dict)
    return found


def losses(house: House) -> Iterator[tuple[str, int, float]]:
    """Every loss that was ever reported: (kind, step, loss)."""
    with Reader(house.home) as reader:
        for event in reader.events():
            if event.kind in {"run.progress", "run.validation"}:
                yield event.kind, int(str(event.data["step"])), float(str(event.data["loss"]))


def assert_same_losses(house: House, calm: House) -> None:
    """Also of what was done twice; and every report of the calm run is there."""
    wanted = {(kind, step): loss for kind, step, loss in losses(calm)}
    found = list(losses(house))
    far = [(kind, step, loss, wanted.get((kind, step))) for kind, step, loss in found]
    far = [one for one in far if one[3] is None or abs(one[2] - one[3]) > CLOSE]
    assert not far
    assert {(kind, step) for kind, step, _ in found} == set(wanted)
