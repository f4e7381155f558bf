"""The one composition root: settings in, parts out. Everything heavy is imported where it is built.

Worker children import this module for `stage_parts`, so nothing at its top may cost them anything.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from randaemon.machine import GIB, MIB
from randaemon.model import Stage
from randaemon.wiring.asked import asks_active as asks_active
from randaemon.wiring.asked import model_realm as model_realm
from randaemon.wiring.asked import model_tiers as model_tiers
from randaemon.wiring.asked import models as models
from randaemon.wiring.surroundings import alert_limits as alert_limits
from randaemon.wiring.surroundings import manners as manners
from randaemon.wiring.surroundings import notifier as notifier
from randaemon.wiring.surroundings import service as service
from randaemon.wiring.surroundings import service_manager as service_manager

if TYPE_CHECKING:
    from randaemon.config import Settings
    from randaemon.dataset import SealSettings
    from randaemon.governor import Governor, Limits
    from randaemon.pool import Pool, PoolPolicy
    from randaemon.store import Home, Store
    from randaemon.training.cycle import Cycle, TrainingPolicy
    from randaemon.training.due import DuePolicy
    from randaemon.watcher import Watcher, WatchPolicy
    from randaemon.workers.runner import Program, Worker


def stage_parts(stage: Stage) -> Mapping[str, object]:
    """What a stage is handed besides its task: outside things, given as the Protocol that lives beside the stage."""
    if stage is Stage.CONVERT:
        from randaemon.integrations.docling import DoclingModels
        from randaemon.integrations.libreoffice import Suite
        from randaemon.integrations.ocr import Ocr

        return {"suite": Suite(), "models": DoclingModels(), "ocr": Ocr()}
    if stage is Stage.EXTRACT:
        from randaemon.integrations import tokenizer

        return {"tokenizers": tokenizer.opened}
    return {}


def stage_options(settings: Settings, stage: Stage) -> dict[str, object]:
    """A stage's settings as plain JSON values."""
    match stage:
        case Stage.UNPACK:
            return settings.unpack.model_dump()
        case Stage.CONVERT:
            return settings.convert.model_dump()
        case Stage.PREPROCESS:
            return {"languages": list(settings.preprocess.languages)}
        case Stage.EXTRACT:
            llm = settings.llm
            return {"llm": llm.enabled and llm.extract, "hard": llm.hard, **_tokenizer(settings)}
        case Stage.CONVERSE:
            llm = settings.llm
            asks = {"llm": llm.enabled and llm.converse, "judge": llm.enabled and llm.judge}
            return {**settings.converse.model_dump(), **asks, "hard": llm.hard, "target": llm.target}
        case Stage.FINALIZE:
            return {"accept": settings.quality.accept}


def _tokenizer(settings: Settings) -> dict[str, object]:
    """The file by which chunks are measured: that of the model to train, when it is on this machine."""
    from randaemon.training import hub

    found = hub.located(base_model(settings), os.environ, Path.home())
    file = found / "tokenizer.json" if found else None
    return {"tokenizer": str(file)} if file and file.is_file() else {}


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


def limits(settings: Settings) -> Limits:
    """How much of the machine the work may take."""
    from randaemon.governor import Limits

    machine = settings.machine
    return Limits(
        workers=settings.pool.workers,
        min_free=settings.daemon.min_free_mib * MIB,
        battery_percent=machine.battery_percent,
        memory=machine.memory_mib * MIB,
        worker_memory=machine.worker_mib * MIB,
        footprint=machine.footprint_mib * MIB,
    )


def governor(settings: Settings, home: Home) -> Governor:
    """Who says what may run, and how wide. Looks at the machine once, which blocks for milliseconds."""
    from randaemon.governor import Governor
    from randaemon.integrations import host

    made = Governor(home.root, limits(settings), host.Probe(home.root).read, host.cores())
    made.refresh()
    return made


def worker(settings: Settings, work: Path, program: Program | None = None) -> Worker:
    """A worker child with a folder of its own under `work`."""
    from randaemon.workers.process import Limits
    from randaemon.workers.runner import Worker

    limits = Limits(memory_bytes=settings.worker.memory_mib * MIB, recycle_after=settings.worker.recycle_after)
    return Worker(work, limits, program)


def lanes(settings: Settings) -> dict[str, int]:
    """How many documents of each lane may be worked on at once at the widest; the governor says how many are."""
    from randaemon.governor import MOST

    return {"cpu": max(settings.pool.workers, os.cpu_count() or 1, MOST)}


def pool(
    settings: Settings, store: Store, watch: Governor, program: Program | None = None, suspects: Sequence[int] = ()
) -> Pool:
    """The pool with its worker children; `suspects` (documents) come first, each alone: after a crash loop."""
    from dataclasses import replace

    from randaemon.pool import Pool
    from randaemon.workers.verified import Verified

    home = store.home

    def make() -> Verified:
        return Verified(worker(settings, home.work, program))

    policy = replace(pool_policy(settings), suspects=tuple(suspects))
    return Pool(store, make, policy, lanes(settings), watch)


def watcher(settings: Settings, store: Store) -> Watcher:
    """The watcher of the home's inbox."""
    from randaemon.watcher import Watcher

    return Watcher(store.home, store, watch_policy(settings))


def watch_policy(settings: Settings) -> WatchPolicy:
    """When the watcher looks, and what it takes."""
    from randaemon.watcher import WatchPolicy
    from randaemon.watcher.gate import GatePolicy

    inbox = settings.inbox
    gate = GatePolicy(inbox.settle_seconds, inbox.empty_wait_seconds, inbox.truncated_wait_seconds)
    return WatchPolicy(gate, inbox.scan_seconds)


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
        quiet_hours=training.quiet_hours,
        ac_power=training.ac_power,
        min_free_memory=int(training.min_free_memory_gib * GIB),
        min_free_disk=int(training.min_free_disk_gib * GIB),
        beside_pipeline=training.beside_pipeline,
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
    from randaemon.integrations import host
    from randaemon.training.cycle import Cycle

    return Cycle(store, training_policy(settings, by), look=host.Probe(store.home.root).read)


def training_policy(settings: Settings, by: str = "the daemon") -> TrainingPolicy:
    """When to train, on what and from which model."""
    from randaemon.training.cycle import TrainingPolicy
    from randaemon.training.plan import Wishes
    from randaemon.training.spec import Bounds

    training = settings.training
    wishes = Wishes(
        model=base_model(settings),
        iterations=training.iterations,
        batch_size=training.batch_size,
        learning_rate=training.learning_rate,
        max_seq_length=training.max_seq_length,
        seed=training.seed,
        fine_tune_type=training.fine_tune_type,
        epochs=training.epochs,
        rank=training.rank,
        scale=training.scale,
        dropout=training.dropout,
        num_layers=training.num_layers,
        grad_accumulation=training.grad_accumulation,
        grad_checkpoint=training.grad_checkpoint,
        warmup=training.warmup,
        weight_decay=training.weight_decay,
        patience=training.patience,
        memory_gib=training.memory_gib,
    )
    bounds = Bounds(checkpoint_seconds=training.checkpoint_seconds)
    return TrainingPolicy(wishes, due_policy(settings), training.allow_download, training.keep, by, bounds)
