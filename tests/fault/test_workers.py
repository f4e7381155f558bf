"""The worker against stages that crash, hang, spawn, swell, print and lie: real child processes throughout."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import psutil
import pytest

from randaemon.errors import WorkerDied, WorkerError, WorkerMemory, WorkerProtocol, WorkerTimeout
from randaemon.model import Child, Done, Expand, Failure, Filed, Outcome, Reject, Stage, Task
from randaemon.workers import Limits, Program, Worker, kill_leftovers

STAGES = Path(__file__).parent / "worker_stages"
ENVIRONMENT = {
    "PYTHONPATH": str(STAGES),
    **{key: value for key, value in os.environ.items() if key.startswith("COVERAGE_PROCESS")},
}
PROGRAM = Program(dict.fromkeys(Stage, "bad_stages:run"), parts="", environment=ENVIRONMENT)
QUICK = Limits(heartbeat_seconds=0.1, poll_seconds=0.05, grace_seconds=0.5)
LONG = 20.0  # a deadline that is never reached here


@asynccontextmanager
async def worker(home: Path, limits: Limits = QUICK, program: Program = PROGRAM) -> AsyncIterator[Worker]:
    made = Worker(home / "work", limits, program)
    try:
        yield made
    finally:
        await made.close()
    assert made.pid is None
    assert list((home / "work").iterdir()) in ([], [home / "work" / "groups"])  # nothing is left behind
    assert not list((home / "work").glob("groups/*"))


@pytest.fixture
def task(tmp_path: Path) -> Callable[..., Task]:
    source = tmp_path / "source"
    source.write_bytes(b"the document")
    scratch = tmp_path / "scratch"

    def make(do: str, stage: Stage = Stage.CONVERT, **options: Any) -> Task:
        return Task(stage, "d1", source, {}, scratch, {"do": do, **options}, {"route": "text"})

    return make


def until(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """Wait for something that other processes do; they cannot set an event of ours."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.01)
    return found


def read_number(file: Path) -> Callable[[], int | None]:
    return lambda: int(file.read_text()) if file.exists() else None


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


# --- What a worker gives a stage and brings back ----------------------------------------------------------------------


async def test_a_stage_reads_source_and_inputs_and_its_artifact_and_meta_come_back(
    tmp_path: Path, task: Callable[..., Task]
) -> None:
    (tmp_path / "clean").write_bytes(b" and its clean text")
    async with worker(tmp_path) as runner:
        outcome = await runner.run(replace(task("echo"), inputs={Stage.PREPROCESS: tmp_path / "clean"}), LONG)
        assert outcome == Done(b"the document and its clean text", {"route": "text", "pid": runner.pid})


async def test_a_scratch_folder_that_stays_empty_is_gone_with_the_task(
    tmp_path: Path, task: Callable[..., Task]
) -> None:
    async with worker(tmp_path) as runner:
        await runner.run(task("nothing"), LONG)
    assert not (tmp_path / "scratch").exists()


async def test_members_of_an_archive_come_back_with_their_refusals(tmp_path: Path, task: Callable[..., Task]) -> None:
    async with worker(tmp_path) as runner:
        outcome = await runner.run(task("expand", Stage.UNPACK), LONG)
    refused = Child(1, "b", 0, Reject("encrypted", "E_ENCRYPTED"))
    failed = Child(2, "c", 0, Failure("bad CRC", "E_CORRUPT", retry=False))
    assert outcome == Expand((Child(0, "a", 6, meta={"depth": 1}), refused, failed))
    assert (tmp_path / "scratch" / "0").read_bytes() == b"member"


async def test_a_stage_is_handed_the_parts_that_the_composition_root_names_for_it(
    tmp_path: Path, task: Callable[..., Task]
) -> None:
    program = Program(dict.fromkeys(Stage, "bad_stages:greet"), parts="bad_stages:parts", environment=ENVIRONMENT)
    async with worker(tmp_path, program=program) as runner:
        assert await runner.run(task("greet"), LONG) == Done(meta={"greeting": "hello from 2"})


async def test_a_child_sees_no_token_no_descriptor_and_no_terminal_of_ours(
    tmp_path: Path, task: Callable[..., Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    inherited = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(inherited, True)
    async with worker(tmp_path) as runner:
        outcome = await runner.run(task("look_around"), LONG)
    os.close(inherited)
    assert isinstance(outcome, Done)
    seen = outcome.meta
    ours = set(ENVIRONMENT) | {"LC_CTYPE"}  # LC_CTYPE: set by Python itself
    assert set(str(seen["environment"]).split()) - ours == {
        *("PATH", "HOME", "TMPDIR", "LANG", "HF_HUB_OFFLINE"),
        *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MALLOC_ARENA_MAX", "TOKENIZERS_PARALLELISM"),
    }
    assert Path(str(seen["cwd"])).parent == tmp_path / "work"
    assert (seen["umask"], seen["leader"], seen["core"], seen["stdin"]) == (0o077, True, 0, "")
    assert seen["cwd_in_path"] is False, "a parser could plant a module for its successor"
    assert int(str(seen["descriptors"])) <= 5, "stdin, stdout, stderr, the channel, and the folder being listed"


@pytest.mark.skipif(
    sys.platform != "linux" or subprocess.run(["unshare", "-rn", "true"], check=False).returncode != 0,
    reason="this system gives a process no network namespace of its own",
)
async def test_a_child_reaches_no_network_not_even_a_server_on_this_machine(
    tmp_path: Path, task: Callable[..., Task]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        async with worker(tmp_path) as runner:
            outcome = await runner.run(task("dial", port=server.getsockname()[1]), LONG)
    assert outcome == Done(meta={"errno": errno.ENETUNREACH})


async def test_a_worker_keeps_its_child_and_replaces_it_after_its_number_of_documents(
    tmp_path: Path, task: Callable[..., Task]
) -> None:
    stages = [replace(task("echo"), digest=digest) for digest in "aabbccd"]
    async with worker(tmp_path, replace(QUICK, recycle_after=2)) as runner:
        pids = [(await runner.run(stage, LONG)).meta["pid"] for stage in stages]  # type: ignore[union-attr]
    assert [pids.index(pid) for pid in pids] == [0, 0, 0, 3, 3, 5, 5], "the stages of one document count once"


async def test_a_worker_replaces_a_child_whose_memory_has_grown(tmp_path: Path, task: Callable[..., Task]) -> None:
    async with worker(tmp_path, replace(QUICK, memory_bytes=200 << 20)) as runner:
        grown = await runner.run(task("grow"), LONG)
        assert isinstance(grown, Done)
        assert runner.pid is None
        again = await runner.run(task("echo"), LONG)
    assert isinstance(again, Done)
    assert again.meta["pid"] != grown.meta["pid"]


async def test_an_idle_child_gives_its_memory_back(tmp_path: Path, task: Callable[..., Task]) -> None:
    async with worker(tmp_path, replace(QUICK, idle_seconds=0.05)) as runner:
        await runner.run(task("nothing"), LONG)
        pid = runner.pid
        assert pid is not None
        with anyio.fail_after(5):
            await asyncio.to_thread(psutil.Process(pid).wait)
        assert runner.pid is None
        assert isinstance(await runner.run(task("nothing"), LONG), Done), "the next task gets a new one"


async def test_an_artifact_too_large_for_a_message_is_a_file_in_the_scratch_folder(
    tmp_path: Path, task: Callable[..., Task]
) -> None:
    asked = task("large")
    async with worker(tmp_path) as runner:
        outcome = await runner.run(asked, LONG)
    assert isinstance(outcome, Done)
    assert outcome.artifact == Filed("artifact", 70 << 20, hashlib.sha256(bytes(70 << 20)).hexdigest())
    assert (asked.scratch / "artifact").stat().st_size == 70 << 20


# --- What stages raise ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("do", "expected"),
    [
        ("refuse", Reject("the file is empty", "E_EMPTY")),
        ("unreadable", Failure("the PDF has no pages", "E_CORRUPT", retry=False)),
        ("disk_full", Failure("the disk is full", "E_DISK_FULL", retry=True)),
        ("huge", Failure("the result of convert is too large: ", "E_TOO_LARGE", retry=False)),
        ("allocate_at_once", Failure("the file needs more memory than a worker may use", "E_MEMORY", retry=True)),
        ("surrogate", Failure("convert failed: UnicodeEncodeError in ", "E_STAGE", retry=False)),
        ("no_outcome", Failure("convert failed: AssertionError in ", "E_STAGE", retry=False)),
    ],
)
async def test_what_a_stage_raises_becomes_an_outcome_in_plain_words(
    tmp_path: Path, task: Callable[..., Task], do: str, expected: Outcome
) -> None:
    async with worker(tmp_path) as runner:
        outcome = await runner.run(task(do), LONG)
    if isinstance(expected, Failure):
        assert isinstance(outcome, Failure)
        assert outcome.error.startswith(expected.error)
        outcome = replace(outcome, error=expected.error)
    assert outcome == expected


async def test_an_unforeseen_error_tells_its_type_and_place_and_no_word_of_the_document(
    tmp_path: Path, task: Callable[..., Task]
) -> None:
    async with worker(tmp_path) as runner:
        outcome = await runner.run(task("bug"), LONG)
        assert runner.pid is not None, "the child lives on"
    assert isinstance(outcome, Failure)
    assert outcome.error.startswith("convert failed: ValueError in bad_stages line ")
    assert (outcome.code, outcome.retry) == ("E_STAGE", False)


# --- Crashes, hangs, swelling -----------------------------------------------------------------------------------------


async def test_a_crash_names_its_signal_and_the_next_task_gets_a_new_child(
    tmp_path: Path, task: Callable[..., Task]
) -> None:
    async with worker(tmp_path) as runner:
        with pytest.raises(WorkerDied, match=r"the parser crashed \(signal 11, SIGSEGV\), in .*bad_stages.py line \d+"):
            await runner.run(task("crash"), LONG)
        assert isinstance(await runner.run(task("echo"), LONG), Done)


async def test_a_stage_that_ends_its_process_is_told_apart_from_a_crash(
    tmp_path: Path, task: Callable[..., Task]
) -> None:
    async with worker(tmp_path) as runner:
        with pytest.raises(WorkerDied, match="ended its process \\(status 3\\)"):
            await runner.run(task("exit"), LONG)


async def test_a_spin_in_c_ends_at_its_deadline_and_the_message_says_where_it_was(
    tmp_path: Path, task: Callable[..., Task]
) -> None:
    async with worker(tmp_path) as runner:
        await runner.run(task("nothing"), LONG)  # the child is up: the deadline is the stage's alone
        began = time.monotonic()
        with pytest.raises(WorkerTimeout, match=r"gave no result in 1 s, in .*re/__init__.py line \d+"):
            await runner.run(task("spin_in_c"), 1.0)
        assert time.monotonic() - began < LONG


async def test_a_stage_that_ignores_sigterm_is_killed_after_the_grace(
    tmp_path: Path, task: Callable[..., Task]
) -> None:
    async with worker(tmp_path) as runner:
        await runner.run(task("nothing"), LONG)
        with pytest.raises(WorkerTimeout, match="no result"):
            await runner.run(task("ignore_sigterm"), 0.5)


async def test_a_stopped_child_is_noticed_by_its_silence_and_killed(tmp_path: Path, task: Callable[..., Task]) -> None:
    async with worker(tmp_path, replace(QUICK, silence_seconds=2.0)) as runner, anyio.create_task_group() as tasks:
        await runner.run(task("nothing"), LONG)
        stopped = runner.pid
        assert stopped is not None

        async def hang() -> None:
            with pytest.raises(WorkerTimeout, match=r"no sign of life for 2 s"):
                await runner.run(task("sleep"), LONG)

        tasks.start_soon(hang)
        os.kill(stopped, signal.SIGSTOP)
    assert gone(stopped)


async def test_what_a_parser_spawned_goes_with_it_even_from_another_session(
    tmp_path: Path, task: Callable[..., Task]
) -> None:
    async with worker(tmp_path) as runner:
        await runner.run(task("nothing"), LONG)
        with pytest.raises(WorkerTimeout):
            await runner.run(task("spawn"), 1.5)
    for name in ("grandchild", "runaway"):
        pid = int((tmp_path / "scratch" / name).read_text())
        until(lambda pid=pid: gone(pid))  # type: ignore[misc]


async def test_what_a_finished_parser_left_running_goes_when_the_worker_closes(
    tmp_path: Path, task: Callable[..., Task]
) -> None:
    async with worker(tmp_path) as runner:
        outcome = await runner.run(task("spawn_and_return"), LONG)
    assert isinstance(outcome, Done)
    pid = int(str(outcome.meta["grandchild"]))
    until(lambda: gone(pid))


async def test_a_child_above_its_memory_cap_is_killed(tmp_path: Path, task: Callable[..., Task]) -> None:
    async with worker(tmp_path, replace(QUICK, memory_bytes=200 << 20)) as runner:
        with pytest.raises(WorkerMemory, match="more than 200 MiB"):
            await runner.run(task("allocate_slowly"), LONG)


async def test_the_memory_of_what_a_parser_spawned_counts_as_its_own(tmp_path: Path, task: Callable[..., Task]) -> None:
    async with worker(tmp_path, replace(QUICK, memory_bytes=200 << 20)) as runner:
        with pytest.raises(WorkerMemory, match="more than 200 MiB"):
            await runner.run(task("spawn_a_large_one"), LONG)


async def test_a_cancelled_task_takes_its_child_along(tmp_path: Path, task: Callable[..., Task]) -> None:
    async with worker(tmp_path) as runner:
        await runner.run(task("nothing"), LONG)
        pid = runner.pid
        assert pid is not None
        with anyio.move_on_after(0.2):
            await runner.run(task("sleep"), LONG)
        assert gone(pid)


# --- What children say ------------------------------------------------------------------------------------------------


async def test_noise_on_stdout_and_stderr_does_not_disturb_the_protocol(
    tmp_path: Path, task: Callable[..., Task]
) -> None:
    async with worker(tmp_path) as runner:
        assert await runner.run(task("print"), LONG) == Done(artifact=b"still here")


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"\xff\xff\xff\xff", id="a frame of 4 GiB"),
        pytest.param(struct.pack(">I", 3) + b"\x80\x04.", id="a pickle"),
        pytest.param(struct.pack(">I", 2) + b"{}", id="no outcome"),
        pytest.param(struct.pack(">I", 18) + b'{"outcome":"done"]', id="broken JSON"),
        pytest.param(struct.pack(">I", 37) + b'{"outcome":"expand","children":[],"x":', id="another field"),
    ],
)
async def test_a_child_that_does_not_speak_the_protocol_is_ended(
    tmp_path: Path, task: Callable[..., Task], said: bytes
) -> None:
    async with worker(tmp_path) as runner:
        with pytest.raises(WorkerProtocol):
            await runner.run(task("speak", bytes=said.hex()), LONG)


@pytest.mark.parametrize("do", ["flood", "close_channel"])
async def test_a_child_that_floods_or_leaves_its_channel_is_ended(
    tmp_path: Path, task: Callable[..., Task], do: str
) -> None:
    async with worker(tmp_path) as runner:
        with pytest.raises(WorkerProtocol):
            await runner.run(task(do), LONG)


async def test_a_child_that_cannot_start_is_nobody_s_document_s_fault(
    tmp_path: Path, task: Callable[..., Task]
) -> None:
    program = replace(PROGRAM, environment={"PYTHONHOME": "/nonexistent"})
    async with worker(tmp_path, program=program) as runner:
        with pytest.raises(WorkerError, match="could not start: ") as caught:
            await runner.run(task("echo"), LONG)
    assert caught.value.code == "E_WORKER_START"


# --- The daemon's death -----------------------------------------------------------------------------------------------

DAEMON = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from test_workers import PROGRAM, QUICK
from randaemon.model import Stage, Task
from randaemon.workers import Worker

home = Path(sys.argv[1])
task = Task(Stage.CONVERT, "d1", home / "source", {{}}, home / "scratch", {{"do": "say_pid_and_spin"}})
asyncio.run(Worker(home / "work", QUICK, PROGRAM).run(task, 600.0))
"""


@pytest.fixture
def orphaned(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], int, int]]:
    """A daemon of its own process whose worker spins in C beside a grandchild: (daemon, worker, grandchild)."""
    script = DAEMON.format(tests=str(Path(__file__).parent))
    with subprocess.Popen([sys.executable, "-c", script, str(tmp_path)]) as daemon:
        worker_pid = until(read_number(tmp_path / "scratch" / "pid"))
        grandchild = until(read_number(tmp_path / "scratch" / "grandchild"))
        yield daemon, worker_pid, grandchild
        daemon.kill()


def test_a_worker_that_spins_in_c_dies_with_its_daemon(
    orphaned: tuple[subprocess.Popen[bytes], int, int],
) -> None:
    daemon, worker_pid, grandchild = orphaned
    daemon.kill()
    daemon.wait()
    until(lambda: gone(worker_pid) and gone(grandchild), seconds=5.0)


def test_the_next_daemon_ends_workers_that_the_last_one_wrote_down(
    tmp_path: Path, orphaned: tuple[subprocess.Popen[bytes], int, int]
) -> None:
    _, worker_pid, grandchild = orphaned
    assert kill_leftovers(tmp_path / "work") == 1
    until(lambda: gone(worker_pid) and gone(grandchild), seconds=5.0)
    assert not list((tmp_path / "work" / "groups").iterdir())


def test_a_leash_that_is_let_go_ends_the_training_child_too(tmp_path: Path) -> None:
    """The same leash, as `child train` puts it on: here around a spin in C, which no thread could end."""
    script = (
        "import os, re, sys; from randaemon import child; os.setsid(); child._leash(); "
        "print('up', flush=True); re.match('(a+)+$', 'a' * 64 + 'b')"
    )
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", script], stdin=pipe, stdout=pipe) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        process.stdin.close()
        assert process.wait(10) == -signal.SIGKILL


def test_a_child_started_by_hand_says_how_it_is_meant() -> None:
    ended = subprocess.run([sys.executable, "-m", "randaemon.child"], capture_output=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, b"")
    assert b"usage:" in ended.stderr


def test_a_process_that_is_not_a_worker_is_never_ended_whatever_a_file_says(tmp_path: Path) -> None:
    groups = tmp_path / "groups"
    groups.mkdir()
    with subprocess.Popen(["/bin/sleep", "600"], start_new_session=True) as other:
        started = psutil.Process(other.pid).create_time()
        (groups / "1.json").write_text(f'{{"pid": {other.pid}, "started": {started}}}')
        (groups / "2.json").write_text(f'{{"pid": {os.getpid()}, "started": 0}}')
        (groups / "3.json").write_text("not ours")
        assert kill_leftovers(tmp_path) == 0
        assert other.poll() is None
        other.kill()
    assert not list(groups.iterdir())
