"""A child process for one job: `python -m randaemon.child VERB FILE`. It reads its order from the file and says its
answer in the last line of its output; what it needs besides it is told by path. The child is ours and trusted: it runs
no parser. It dies with us, by the leash that its stdin is, and when whoever waits for it is cancelled.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio

from randaemon.errors import WorkerDied
from randaemon.workers import groups


async def perform(verb: str, order: bytes, work: Path) -> bytes:
    """The answer to an order. Raises WorkerDied when there is none."""
    with _written(order, work, verb) as file:
        status, said = await _run([sys.executable, "-P", "-m", "randaemon.child", verb, str(file)])
    if status != 0 or not said:
        reason = f"signal {-status}" if status is not None and status < 0 else f"status {status}"
        raise WorkerDied(f"the process that was to {verb} ended without an answer ({reason})", hint="randaemon doctor")
    return said


@contextmanager
def _written(order: bytes, work: Path, verb: str) -> Iterator[Path]:
    work.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{verb}-", dir=work) as folder:
        file = Path(folder) / "order.json"
        file.write_bytes(order)
        yield file


async def _run(command: list[str]) -> tuple[int | None, bytes]:
    with anyio.CancelScope(shield=True):  # cancelled half-way it would leave a child that nobody ends
        process = await anyio.open_process(command, stdin=subprocess.PIPE, stderr=None, start_new_session=True)
    try:
        if process.stdout is None:
            raise ValueError("a child is started with pipes")
        said = b"".join([part async for part in process.stdout])
        await process.wait()
        return process.returncode, said.strip().rpartition(b"\n")[2]
    finally:
        with anyio.CancelScope(shield=True):
            groups.signal_group(process.pid, signal.SIGKILL)  # its leash is in its group
            await process.aclose()
