"""The heart's acceptance: whatever instant the daemon is killed at, nothing is lost and nothing comes twice.

`scripts/torture kill 100` runs the same with another count.
"""

from __future__ import annotations

import hashlib
import os
import random
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from tests import library
from tests.house import House

KILLS = int(os.environ.get("RANDAEMON_TEST_KILLS", "8"))
SEED = int(os.environ.get("RANDAEMON_TEST_SEED", "1"))
KILLED_FILES = 30 if KILLS > 8 else 16  # single files of the kill test …
ORDERS = int(os.environ.get("RANDAEMON_TEST_ORDERS", "0"))  # 0: two that differ in order and number of workers at once
FILES = int(os.environ.get("RANDAEMON_TEST_FILES", "8"))  # … and of the order test
CRASHING = [sys.executable, str(Path(__file__).parent / "crashing" / "crashing_daemon.py")]
MOST_OPERATIONS = 150  # a start takes about 20, a dropped page 30
LONGEST = 1.6  # seconds to the kill: the daemon needs 0.7 to its first claim and 10 for all


@pytest.fixture(scope="module")
def drops() -> dict[str, bytes]:
    return library.kill_test_drops(files=KILLED_FILES)


@pytest.fixture(scope="module")
def undisturbed(drops: Mapping[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The dataset of a daemon that nobody troubled."""
    folder = tmp_path_factory.mktemp("undisturbed")
    house = House(folder / "home")
    run_through(house, drops)
    return house.export(folder / "export")


def run_through(house: House, drops: Mapping[str, bytes]) -> None:
    for name, content in drops.items():
        house.drop(name, content)
    house.start()
    house.until_ended(len(drops))
    assert house.stop() == 0


@pytest.mark.slow
def test_a_daemon_killed_again_and_again_gives_the_same_dataset_and_keeps_every_original(
    drops: dict[str, bytes], undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    house = House(tmp_path / "home")
    kill_while_dropping(house, drops, random.Random(SEED))
    house.start()
    house.until_ended(len(drops))
    assert house.stop() == 0
    assert_nothing_lost(house, drops)
    assert house.export(tmp_path / "export") == undisturbed


def kill_while_dropping(house: House, drops: Mapping[str, bytes], chance: random.Random) -> None:
    """Spread the drops over nine tenths of the rounds; end each round with a kill.

    By turns at a random moment, and right before a random thing that is done to the disk, whichever comes first.
    """
    waiting = list(library.shuffled(drops, chance.randrange(1000)).items())
    for number in range(1, KILLS + 1):
        house.start(None if number % 2 else [*CRASHING, str(chance.randrange(1, MOST_OPERATIONS))])
        end = time.monotonic() + chance.uniform(0.05, LONGEST)
        due = min(len(drops), -(-len(drops) * number * 10 // (KILLS * 9)))
        while len(drops) - len(waiting) < due:
            house.drop(*waiting.pop())
            time.sleep(max(0.0, min(chance.uniform(0, 0.2), end - time.monotonic())))
        time.sleep(max(0.0, end - time.monotonic()))
        house.kill()


def assert_nothing_lost(house: House, drops: Mapping[str, bytes]) -> None:
    """Every dropped content is kept once per drop, and every drop has a row."""
    kept = {digest: len(names) for digest, names in house.originals().items()}
    dropped: dict[str, int] = {}
    for content in drops.values():
        digest = hashlib.sha256(content).hexdigest()
        dropped[digest] = dropped.get(digest, 0) + 1
    assert kept == dropped
    roots = [document for document in house.documents() if document.parent is None]
    assert len(roots) == len(drops)
    assert not list(house.home.inbox.iterdir())


@pytest.mark.slow
def test_neither_the_order_of_arrival_nor_the_number_of_workers_changes_a_byte(tmp_path: Path) -> None:
    drops = library.kill_test_drops(files=FILES)
    exports = {}
    cases = [(order, workers) for order in range(ORDERS) for workers in (1, 2)] or [(0, 1), (1, 2)]
    for order, workers in cases:
        folder = tmp_path / f"order-{order}-workers-{workers}"
        house = House(folder / "home", {"RANDAEMON_POOL__WORKERS": str(workers)})
        run_through(house, library.shuffled(drops, SEED + order))
        exports[order, workers] = house.export(folder / "export")
    assert exports[0, 1]["train.jsonl"]
    different = [case for case, export in exports.items() if export != exports[0, 1]]
    assert not different
