"""Watches over a training loop: tells the daemon, seals checkpoints, keeps the best weights, ends what goes wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import psutil

from randaemon.errors import TrainingError
from randaemon.machine import MIB
from randaemon.training.checkpoint import Shelf
from randaemon.training.loop import Tuning
from randaemon.training.plan import RUNTIME, Plan
from randaemon.training.spec import Bounds

NEVER: Callable[[], bool] = bool
LOOK = 0.25  # seconds between two looks at the memory: a tiny model's iteration is a tenth of it


class Paused(Exception):
    """The run was told to pause and has sealed what it has."""


@dataclass(slots=True)
class Watch:
    """The loop's observer."""

    tuning: Tuning
    plan: Plan
    shelf: Shelf
    bounds: Bounds
    send: Callable[..., None]
    told_to_pause: Callable[[], bool] = NEVER
    sealed_at: float = field(default_factory=time.monotonic)
    looked_at: float = -LOOK

    @property
    def limit(self) -> int:
        """Bytes that this process may take."""
        return self.bounds.memory or self.plan.memory_limit + RUNTIME

    def stepped(self) -> None:
        """Look at the memory: what mlx keeps for later is given back before the run is ended for it."""
        now = time.monotonic()
        if now - self.looked_at < LOOK:
            return
        self.looked_at = now
        if (used := footprint()) > self.limit:
            clear_cache()
            used = footprint()
        if used > self.limit:
            raise TrainingError(
                f"the run takes {used >> 20:,} MiB of memory and may take {self.limit >> 20:,} MiB: "
                f"it was stopped at step {self.tuning.progress.iteration}",
                hint="lower training.batch_size or training.max_seq_length",
                code="E_MEMORY",
            )

    def validated(self, loss: float) -> None:
        """Keep the weights if they are the best so far; stop early when there is nothing more to gain."""
        progress = self.tuning.progress
        if progress.validated(loss) and self.plan.keep == "best":
            progress.best = self.shelf.keep_best(self.tuning.weights(), loss, progress.iteration)
        self.send("validation", step=progress.iteration, total=self.plan.iterations, loss=loss)
        if self.plan.patience and progress.stale >= self.plan.patience:
            progress.stopped_early = True

    def between(self) -> None:
        """Report and seal when it is time or all is done; leave when told to."""
        progress, pause = self.tuning.progress, self.told_to_pause()
        over = progress.stopped_early or progress.iteration == self.plan.iterations
        if over or progress.iteration % self.plan.steps_per_report == 0:
            self._report()
        if over or pause or time.monotonic() - self.sealed_at >= self.bounds.checkpoint_seconds:
            self._seal()
        if pause:
            raise Paused

    def _report(self) -> None:
        progress = self.tuning.progress
        loss, speed = progress.report()
        self.send(
            "progress",
            step=progress.iteration,
            total=self.plan.iterations,
            loss=loss,
            learning_rate=self.tuning.optimizer.learning_rate.item(),
            tokens_per_second=speed,
            peak_memory_mib=progress.peak / MIB,
            footprint_mib=footprint() / MIB,
            eta_seconds=progress.seconds / progress.iteration * (self.plan.iterations - progress.iteration),
        )

    def _seal(self) -> None:
        self.shelf.seal(self.tuning.arrays(), self.tuning.progress)
        self.sealed_at = time.monotonic()
        self.send("checkpoint", step=self.tuning.progress.iteration)


def footprint() -> int:
    """Bytes that this process takes: what the system counts, or on a GPU that it does not count, what mlx holds."""
    import mlx.core as mx

    return max(_ourselves().memory_info().rss, mx.get_active_memory() + mx.get_cache_memory())


def clear_cache() -> None:
    """Give back what mlx keeps of freed buffers."""
    import mlx.core as mx

    mx.clear_cache()


@cache
def _ourselves() -> psutil.Process:
    """Made once: it is asked at every iteration."""
    return psutil.Process()
