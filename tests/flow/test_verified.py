"""What a stage read must be what was claimed: a file that changes after pickup gives no samples."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from randaemon.model import Done, Failure, Outcome, Stage, Task
from randaemon.workers.runner import Program, Worker
from randaemon.workers.verified import Verified

STAGES = Path(__file__).parent / "verified_stages"
PROGRAM = Program(dict.fromkeys(Stage, "changing:run"), parts="", environment={"PYTHONPATH": str(STAGES)})


async def outcome_of(tmp_path: Path, content: bytes, stage: Stage = Stage.UNPACK) -> Outcome:
    source = tmp_path / "source"
    source.write_bytes(content)
    task = Task(stage, hashlib.sha256(content).hexdigest(), source, {}, tmp_path / "scratch", {})
    runner = Verified(Worker(tmp_path / "work", program=PROGRAM))
    try:
        return await runner.run(task, 30.0)
    finally:
        await runner.close()


async def test_a_file_that_stays_as_it_was_gives_its_outcome(tmp_path: Path) -> None:
    assert isinstance(await outcome_of(tmp_path, b"steady"), Done)


@pytest.mark.parametrize("stage", [Stage.UNPACK, Stage.CONVERT])
async def test_a_file_that_changes_under_the_stage_fails_and_says_so(tmp_path: Path, stage: Stage) -> None:
    outcome = await outcome_of(tmp_path, b"append", stage)
    assert isinstance(outcome, Failure)
    assert (outcome.code, outcome.retry) == ("E_ORIGINAL_CHANGED", False)
    assert "drop it again" in outcome.error


async def test_a_file_that_is_moved_meanwhile_may_be_tried_again_where_it_lies_then(tmp_path: Path) -> None:
    outcome = await outcome_of(tmp_path, b"remove")
    assert isinstance(outcome, Failure)
    assert (outcome.code, outcome.retry) == ("E_ORIGINAL_MISSING", True)


async def test_stages_that_read_artifacts_only_are_not_held_up(tmp_path: Path) -> None:
    assert isinstance(await outcome_of(tmp_path, b"append", Stage.EXTRACT), Done)
