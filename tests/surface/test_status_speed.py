"""`status` is asked for often: little more than importing typer takes, and the same however much the home holds.

`scripts/torture status` asks a home of 100,000 documents and 1,000,000 samples.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from randaemon.model import Drop
from randaemon.store import Home, Store

ROUNDS = 7
LIMIT = 2.5
DOCUMENTS = int(os.environ.get("RANDAEMON_TEST_DOCUMENTS", "5000"))
ASKED = 40 if "RANDAEMON_TEST_DOCUMENTS" in os.environ else 3
OWN_SECONDS, RESIDENT_MIB = 0.3, 80
STATUSES = ("done",) * 90 + ("rejected",) * 5 + ("failed",) * 2 + ("ready",) * 3


@pytest.fixture
async def full(tmp_path: Path) -> Home:
    home = Home.at(tmp_path / "home")
    async with Store.open(home) as store:
        for start in range(0, 10_000, 1_000):
            await store.admit([_drop(number) for number in range(start, start + 1_000)])
    return home


def _drop(number: int) -> Drop:
    return Drop(key=f"{number:012x}", name=f"page-{number}.html", digest=f"{number:064x}", size=number)


async def test_status_of_ten_thousand_documents_takes_little_more_than_importing_typer(full: Home) -> None:
    environment = {**os.environ, "RANDAEMON_HOME": str(full.root)}
    typer = [sys.executable, "-c", "import typer"]
    status = [sys.executable, "-m", "randaemon", "status", "--json"]
    taken = [(_seconds(typer, environment), _seconds(status, environment)) for _ in range(ROUNDS)]
    least = [min(column) for column in zip(*taken, strict=True)]  # the least disturbed of each
    assert least[1] <= LIMIT * least[0], taken


def _seconds(command: list[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, env=environment, capture_output=True, check=True)
    return time.perf_counter() - started


@pytest.fixture
async def crowded(tmp_path: Path) -> Home:
    """Ten samples and six events a document; written at once, since only their number matters."""
    home = Home.at(tmp_path / "home")
    async with Store.open(home):
        pass
    with closing(sqlite3.connect(home.database)) as connection, connection:
        connection.executemany(
            "INSERT INTO documents (id, key, root, name, digest, size, stage, status, admitted, ended, meta)"
            ' VALUES (?, ?, ?, ?, ?, 20000, ?, ?, 1.0, ?, \'{"route": "html"}\')',
            _documents(),
        )
        connection.executemany(
            "INSERT INTO candidates (id, document, accepted, score, body) VALUES (?, ?, 1, 0.9, ?)",
            ((f"{number:016x}", 1 + number // 10, "x" * 200) for number in range(10 * DOCUMENTS)),
        )
        connection.executemany(
            "INSERT INTO events (at, kind, document, data) VALUES (1.0, 'stage.done', ?, '{\"seconds\": 0.1}')",
            ((1 + number // 6,) for number in range(6 * DOCUMENTS)),
        )
    return home


def _documents() -> Iterator[tuple[object, ...]]:
    for number in range(1, DOCUMENTS + 1):
        status = STATUSES[number % len(STATUSES)]
        ended = None if status == "ready" else 2.0
        stage = 6 if status == "done" else 2
        yield number, f"{number:012x}", number, f"page-{number}.html", f"{number:064x}", stage, status, ended


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took."""

    processor: float  # seconds
    resident: float  # MiB, at its peak


async def test_status_costs_little_of_processor_and_memory_however_much_the_home_holds(crowded: Home) -> None:
    environment = {**os.environ, "RANDAEMON_HOME": str(crowded.root)}
    words = ["-m", "randaemon", "status"]
    bare = min(_cost(["-c", "import typer"], environment).processor for _ in range(ASKED))
    for form in ([], ["--json"]):
        costs = [_cost([*words, *form], environment) for _ in range(ASKED)]
        own = sorted(cost.processor - bare for cost in costs)
        p50, p95, resident = own[ASKED // 2], own[int(ASKED * 0.95)], max(cost.resident for cost in costs)
        told = f"own work p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms, {resident:.0f} MiB"
        sys.stdout.write(f"\nstatus {' '.join(form)} of {DOCUMENTS:,} documents: {told}\n")
        assert p50 < OWN_SECONDS
        assert resident < RESIDENT_MIB


#: A small process in between: what a child inherits at its start counts into its peak, and the test runner is large.
LAUNCHER = """
import json, os, subprocess, sys
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
child.returncode = os.waitstatus_to_exitcode(status)
print(json.dumps([child.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss]))
"""


def _cost(words: list[str], environment: dict[str, str]) -> Cost:
    command = [sys.executable, "-c", LAUNCHER, sys.executable, *words]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    status, processor, resident = json.loads(ended.stdout)
    assert status == 0
    return Cost(processor, resident / (1 << 20 if sys.platform == "darwin" else 1 << 10))
