"""Hostile files through real worker children: each gets an end with a reason, in time, and nothing else suffers.

`RANDAEMON_TEST_INPUTS` says how many seeded mutations run besides the crafted files; `scripts/torture inputs` sets it.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests import hostile, hostile_former

from randaemon.errors import Refused, WorkerError
from randaemon.integrations.libreoffice import Suite
from randaemon.model import Child, Done, Expand, Failure, Filed, Outcome, Reject, Stage, Task
from randaemon.stages import unpack
from randaemon.workers import Limits, Worker

DEADLINE = 30.0
COUNT = int(os.environ.get("RANDAEMON_TEST_INPUTS", "200"))
SEED = int(os.environ.get("RANDAEMON_TEST_SEED", "1"))
FORMER = int(os.environ.get("RANDAEMON_TEST_FORMER", "2"))  # through an office suite, seconds each, where there is one
STAGES = (Stage.UNPACK, Stage.CONVERT, Stage.PREPROCESS)
NEVER_HANDED_OVER = ("E_XML_DTD", "E_ZIP_CORRUPT", "E_ZIP_BOMB", "E_ZIP_METHOD", "E_ZIP_LINK", "E_EMPTY", "expanded")
HELD = ("E_TIMEOUT", "E_MEMORY")  # what an office suite would have gone on with
READ_AS_TEXT = ("E_NO_TEXT", "E_NO_CONTENT", "E_GARBLED", "E_XML", "E_CORRUPT")  # what mutations made something else
MEMBERS = 30  # of an archive that are followed


@dataclass
class Walk:
    """Takes files through the first three stages, members of archives as well, and notes how each ended."""

    place: Path
    worker: Worker
    ends: Counter[str]
    wrong: list[str]
    slowest: float = 0.0

    async def over(self, name: str, data: bytes) -> None:
        source = self.place / "source"
        source.write_bytes(data)
        await self._file(name, source, {}, 0)

    async def _file(self, name: str, source: Path, meta: dict[str, object], level: int) -> None:
        inputs: dict[Stage, Path] = {}
        for stage in STAGES:
            scratch = self.place / f"scratch{level}"
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir()
            outcome = await self._run(name, Task(stage, "d", source, inputs, scratch, {}, meta))  # type: ignore[arg-type]
            if isinstance(outcome, Expand):
                await self._members(name, outcome.children, scratch, level)
                return
            if not isinstance(outcome, Done):
                return
            meta = {**meta, **outcome.meta}
            kept = self.place / f"artifact{level}-{stage.label}"
            artifact = outcome.artifact
            kept.write_bytes((scratch / artifact.name).read_bytes() if isinstance(artifact, Filed) else artifact or b"")
            inputs = {stage: kept}
        self.ends["done"] += 1

    async def _members(self, name: str, children: tuple[Child, ...], scratch: Path, level: int) -> None:
        self.ends["expanded"] += 1
        for child in children[:MEMBERS]:
            if child.refusal is None and (scratch / str(child.index)).exists():
                copied = self.place / f"member{level}"
                shutil.copyfile(scratch / str(child.index), copied)
                await self._file(f"{name}#{child.index}", copied, dict(child.meta), level + 1)

    async def _run(self, name: str, task: Task) -> Outcome:
        began = time.monotonic()
        try:
            outcome = await self.worker.run(task, DEADLINE)
        except WorkerError as error:
            outcome = Failure(str(error), error.code)
        took = time.monotonic() - began
        self.slowest = max(self.slowest, took)
        if took > DEADLINE + 5:
            self.wrong.append(f"{name}: {task.stage.label} took {took:.0f} s")
        match outcome:
            case Reject(reason, code) | Failure(reason, code):
                self.ends[code] += 1
                if code in ("E_INTERNAL", "E_STAGE", "E_PROTOCOL") or len(reason) < 10 or "Traceback" in reason:
                    self.wrong.append(f"{name}: {task.stage.label} {code} {reason}")
        return outcome


async def walk_over(files: list[tuple[str, bytes]], tmp_path: Path) -> Walk:
    """Take files through the first stages in one worker; nothing but its two folders may be left."""
    place = tmp_path / "place"
    place.mkdir()
    worker = Worker(tmp_path / "work", Limits(memory_bytes=2 << 30))
    walk = Walk(place, worker, Counter(), [])
    try:
        for name, data in files:
            await walk.over(name, data)
    finally:
        await worker.close()
    assert {found.name for found in os.scandir(tmp_path)} <= {"place", "work"}
    told = f"\n{len(files)} files, slowest stage {walk.slowest:.1f} s: {dict(walk.ends.most_common())}\n"
    sys.stdout.write(told)  # for `scripts/torture`
    return walk


@pytest.mark.slow
async def test_every_crafted_file_ends_in_time_and_with_a_reason(tmp_path: Path) -> None:
    files = hostile.crafted()
    assert len(files) >= 150
    walk = await walk_over(list(files.items()), tmp_path)
    assert walk.wrong == []
    assert walk.ends.keys() >= {"done", "expanded", "E_ZIP_BOMB", "E_ZIP_DEPTH", "E_XML_DTD", "E_TOO_WIDE", "E_CORRUPT"}


@pytest.mark.slow
async def test_every_mutated_file_ends_in_time_and_with_a_reason(tmp_path: Path) -> None:
    walk = await walk_over(list(hostile.mutated(COUNT, SEED)), tmp_path)
    assert walk.wrong == []
    assert walk.ends["done"] > COUNT // 10, "mutations that leave nothing readable test nothing"


@pytest.mark.slow
async def test_every_former_office_file_ends_in_time_and_with_a_reason(tmp_path: Path) -> None:
    crafted = hostile_former.crafted()
    assert len(crafted) >= 50
    files = [*crafted.items(), *hostile.mutated(COUNT, SEED, hostile_former.good())]
    if Suite().saves("xlsx"):
        files = files[:: len(files) // FORMER + 1] if len(files) > FORMER else files
    walk = await walk_over(files, tmp_path)
    assert walk.wrong == []
    assert walk.ends.keys() <= {
        "done",
        "E_UNSUPPORTED",
        "E_OFFICE",
        "E_ENCRYPTED",
        *HELD,
        *NEVER_HANDED_OVER,
        *READ_AS_TEXT,
    }


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("laughs.odt", "E_XML_DTD"),
        ("outside.odt", "E_XML_DTD"),
        ("password.odt", "E_ENCRYPTED"),
        ("password.doc", "E_ENCRYPTED"),
        ("password.xls", "E_ENCRYPTED"),
        ("password.docx", "E_ENCRYPTED"),
        ("nothing.msg", "E_UNSUPPORTED"),
    ],
)
def test_what_no_office_suite_must_be_handed_is_refused_before(name: str, code: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(hostile_former.crafted()[f"former-{name}"])
    with pytest.raises(Refused) as caught:
        unpack.run(Task(Stage.UNPACK, "d", source, {}, tmp_path, {}))
    assert caught.value.code == code


def test_good_former_files_are_known_by_their_content(tmp_path: Path) -> None:
    for name, data in hostile_former.good().items():
        source = tmp_path / name
        source.write_bytes(data)
        outcome = unpack.run(Task(Stage.UNPACK, "d", source, {}, tmp_path, {}))
        assert isinstance(outcome, Done)
        assert outcome.meta["route"] == "legacy", name


async def test_good_files_that_mutations_start_from_are_read(tmp_path: Path) -> None:
    walk = await walk_over(list(hostile.good().items()), tmp_path)
    assert walk.wrong == []
    assert walk.ends["done"] >= len(hostile.good())
