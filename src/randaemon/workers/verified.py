"""A runner that makes sure its document was the document: what a stage read must hash to the digest it was given.

A writer that kept a file open goes on writing after the claim's rename, and disks rot. Looking afterwards sees what
changed before and during the stage alike; two equal looks with a change undone between them are not worth a guard.
"""

from __future__ import annotations

import anyio.to_thread

from randaemon.model import Failure, Outcome, Stage, Task
from randaemon.store import objects
from randaemon.workers.runner import Worker

READING = frozenset({Stage.UNPACK, Stage.CONVERT})  # the stages that open the source; all others read artifacts


class Verified:
    """A `pool.Runner` around a worker."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def run(self, task: Task, deadline: float) -> Outcome:
        """The worker's outcome, or why its input was not what the document's row says. Raises WorkerError."""
        outcome = await self._worker.run(task, deadline)
        if task.stage not in READING:
            return outcome
        try:
            digest, _ = await anyio.to_thread.run_sync(objects.digest_of, task.source)
        except FileNotFoundError:
            return Failure("its file was moved or is gone", "E_ORIGINAL_MISSING")
        if digest != task.digest:
            return Failure("its file changed after it was picked up: drop it again", "E_ORIGINAL_CHANGED", retry=False)
        return outcome

    async def close(self) -> None:
        """End the worker's child."""
        await self._worker.close()
