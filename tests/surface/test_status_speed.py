"""`status --json` is asked for often: within 2.5 times what importing typer alone takes, with 10,000 documents."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from randaemon.model import Drop
from randaemon.store import Home, Store

ROUNDS = 7
LIMIT = 2.5


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
