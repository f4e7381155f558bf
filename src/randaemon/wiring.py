"""The one composition root: settings in, parts out. Everything heavy is imported where it is built.

Worker children import this module for `stage_parts`, so nothing at its top may cost them anything.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from randaemon.model import Stage

if TYPE_CHECKING:
    from randaemon.config import Settings
    from randaemon.dataset import SealSettings
    from randaemon.governor import Governor
    from randaemon.integrations import launchd, systemd
    from randaemon.machine import Readings
    from randaemon.pool import Pool, PoolPolicy
    from randaemon.store import Home, Store
    from randaemon.training.cycle import Cycle
    from randaemon.training.due import DuePolicy
    from randaemon.watcher import Watcher
    from randaemon.workers.runner import Program, Worker

MIB = 1 << 20
SERVICE_PATH = "/opt/homebrew/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"  # a service inherits next to none
MOST_WORKERS = 4  # above that the commits, not the parsers, are what one waits for


def stage_parts(stage: Stage) -> Mapping[str, object]:
    """What a stage is handed besides its task: outside things, given as the Protocol that lives beside the stage."""
    if stage is Stage.CONVERT:
        from randaemon.integrations.docling import DoclingReader

        return {"office": DoclingReader()}
    return {}


def stage_options(settings: Settings, stage: Stage) -> dict[str, object]:
    """A stage's settings as plain JSON values."""
    match stage:
        case Stage.UNPACK:
            return settings.unpack.model_dump()
        case Stage.CONVERSE:
            return settings.converse.model_dump()
        case Stage.FINALIZE:
            return {"accept": settings.quality.accept}
        case _:
            return {}


def pool_policy(settings: Settings) -> PoolPolicy:
    """How the pool works."""
    from randaemon import lifecycle
    from randaemon.pool import Deadline, PoolPolicy

    pool, worker = settings.pool, settings.worker
    return PoolPolicy(
        lifecycle=lifecycle.Policy(attempts=pool.attempts, timeouts=pool.timeouts, backoff=pool.backoff_seconds),
        deadline=Deadline(worker.deadline_seconds, worker.deadline_per_mib_seconds, worker.deadline_cap_seconds),
        options={stage: stage_options(settings, stage) for stage in Stage},
        poll_seconds=pool.poll_seconds,
        drain_seconds=settings.daemon.drain_seconds,
    )


def workers(settings: Settings) -> int:
    """How many documents are worked on at once."""
    return settings.pool.workers or min(os.cpu_count() or 1, MOST_WORKERS)


def governor(settings: Settings, home: Home) -> Governor:
    """Who says whether there is room."""
    from randaemon.governor import Governor

    return Governor(home.root, settings.daemon.min_free_mib * MIB)


def readings(home: Home) -> Readings:
    """One look at the machine; blocks for milliseconds."""
    from randaemon.integrations import host

    return host.read(home.root)


def worker(settings: Settings, work: Path, program: Program | None = None) -> Worker:
    """A worker child with a folder of its own under `work`."""
    from randaemon.workers.process import Limits
    from randaemon.workers.runner import Worker

    limits = Limits(memory_bytes=settings.worker.memory_mib * MIB, recycle_after=settings.worker.recycle_after)
    return Worker(work, limits, program)


def pool(settings: Settings, store: Store, program: Program | None = None, suspects: Sequence[int] = ()) -> Pool:
    """The pool with its worker children; `suspects` (documents) come first, each alone: after a crash loop."""
    from dataclasses import replace

    from randaemon.pool import Pool
    from randaemon.workers.verified import Verified

    home = store.home

    def make() -> Verified:
        return Verified(worker(settings, home.work, program))

    policy = replace(pool_policy(settings), suspects=tuple(suspects))
    return Pool(store, make, policy, {"cpu": workers(settings)}, governor(settings, home))


def watcher(settings: Settings, store: Store) -> Watcher:
    """The watcher of the home's inbox."""
    from randaemon.watcher import Watcher, WatchPolicy
    from randaemon.watcher.gate import GatePolicy

    inbox = settings.inbox
    gate = GatePolicy(inbox.settle_seconds, inbox.empty_wait_seconds, inbox.truncated_wait_seconds)
    return Watcher(store.home, store, WatchPolicy(gate, inbox.scan_seconds))


def seal_settings(settings: Settings) -> SealSettings:
    """What decides a dataset version beside its candidates."""
    from randaemon.dataset import SealSettings

    dataset = settings.dataset
    return SealSettings(
        family_threshold=dataset.family_threshold,
        valid_share=dataset.valid_share,
        test_share=dataset.test_share,
        licence=dataset.licence,
        document_cap=dataset.document_cap,
        kind_cap=dataset.kind_cap,
    )


def due_policy(settings: Settings) -> DuePolicy:
    """When a training run starts by itself."""
    from randaemon.training.due import DuePolicy

    training = settings.training
    return DuePolicy(
        enabled=training.enabled,
        approval=training.approval,
        min_new_samples=training.min_new_samples,
        min_quality=training.min_quality,
        cooldown_seconds=training.cooldown_hours * 3600.0,
    )


def base_model(settings: Settings) -> str:
    """The model to start from. A folder is named whole: the child that loads it need not stand where we do."""
    from randaemon.training.plan import TINY

    named = settings.training.model
    path = Path(named).expanduser()
    is_folder = named != TINY and (named.startswith((".", "~")) or path.is_dir())
    return str(path.absolute()) if is_folder else named


def cycle(settings: Settings, store: Store, by: str = "the daemon") -> Cycle:
    """The training lane, at work in the process that `by` names."""
    from randaemon.training.cycle import Cycle, TrainingPolicy
    from randaemon.training.plan import Wishes

    training = settings.training
    wishes = Wishes(
        model=base_model(settings),
        iterations=training.iterations,
        batch_size=training.batch_size,
        learning_rate=training.learning_rate,
        max_seq_length=training.max_seq_length,
        seed=training.seed,
    )
    return Cycle(store, TrainingPolicy(wishes, due_policy(settings), training.allow_download, by))


def notifier(settings: Settings) -> Callable[[str, str], bool] | None:
    """Shows a title and a text on the desktop; None when the user wants none."""
    if not settings.notify.enabled:
        return None
    from randaemon.integrations import desktop

    return desktop.show


def service(platform: str, home: Home) -> launchd.Agent | systemd.Unit:
    """The daemon as a service of this user, for `launchd` or `systemd`."""
    from randaemon.integrations import launchd, systemd

    interpreter, user = Path(sys.executable), Path.home()
    # -P: the working folder is the user's, and nothing lying there may be imported.
    program = (str(interpreter), "-P", "-m", "randaemon", "run", "--wait")
    hub = Path(os.environ.get("HF_HOME") or user / ".cache/huggingface").expanduser().absolute()
    # A service starts in a folder of its own: what is relative here would be somewhere else there.
    kept = {"RANDAEMON_HOME": home.root.absolute(), "HF_HOME": hub}
    environment = {
        "PATH": f"{interpreter.parent}:{SERVICE_PATH}",
        **{name: str(path) for name, path in kept.items() if os.environ.get(name)},
    }
    if platform == "launchd":
        return launchd.Agent(program, environment, user, os.getuid())
    return systemd.Unit(program, environment, user, (home.root, home.inbox, hub))
