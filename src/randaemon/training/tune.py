"""One attempt at training: from a loaded model, or from a checkpoint of it, to the files of an adapter. Child only.

mlx-lm saves its weights in place and without a word about NaN, and its resume restores weights alone; here everything
that is kept is sealed under a name of its own in the attempt's folder. Two things are not left
to mlx-lm's `lora.train_model` (docs/decisions.md has the figures): it keeps the embeddings frozen, and its batches are
padded to multiples of 32, a third of the work on rows of 42 tokens.
"""

from __future__ import annotations

import hashlib
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from randaemon.store import objects
from randaemon.training import calibrate, checkpoint, loop
from randaemon.training.checkpoint import Shelf
from randaemon.training.generate import Encoded, Loaded
from randaemon.training.loop import Tuning
from randaemon.training.plan import Plan
from randaemon.training.progress import Progress
from randaemon.training.spec import CONFIG, WEIGHTS, Bounds
from randaemon.training.watch import NEVER, Watch


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a training needs besides its model, plan and rows."""

    run: Path  # the run's folder; holds the attempts
    bounds: Bounds
    send: Callable[..., None]
    told_to_pause: Callable[[], bool] = NEVER


def tune(
    loaded: Loaded, plan: Plan, splits: tuple[Sequence[Encoded], Sequence[Encoded]], around: Surroundings
) -> tuple[Progress, Path]:
    """Train `loaded` in place on (train, valid), from the run's last sound checkpoint if there is one.

    Gives the progress at the end and the folder that holds the adapter as mlx-lm loads it. Raises `watch.Paused`.
    """
    import mlx.core as mx

    _seed(plan.seed)
    config = adapt(loaded.model, plan)
    tuning = Tuning(loaded.model, optimizer(plan), Progress())
    tuning.optimizer.init(loaded.model.trainable_parameters())
    key = fingerprint(plan)
    shelf = _resume(tuning, key, around)
    mx.set_cache_limit(plan.cache_limit)
    mx.reset_peak_memory()  # of the baselines
    if tuning.progress.iteration == 0:
        around.send("forecast", seconds=round(_forecast(loaded, plan, splits), 2), peak_memory=plan.peak_memory)
    loop.train(tuning, plan, splits, Watch(tuning, plan, shelf, around.bounds, around.send, around.told_to_pause))
    return tuning.progress, _leave(tuning, shelf, config)


def fingerprint(plan: Plan) -> str:
    """The same for the same plan: a checkpoint goes on under the plan that it was made under, or not at all."""
    return hashlib.sha256(msgspec.json.encode(plan)).hexdigest()


def adapt(model: Any, plan: Plan) -> dict[str, object]:
    """Unfreeze what is trained; the configuration by which mlx-lm loads it again."""
    from mlx_lm.tuner.utils import linear_to_lora_layers

    lora = {"rank": plan.rank, "scale": plan.scale, "dropout": plan.dropout}
    if plan.fine_tune_type == "full":
        model.unfreeze()  # embeddings too: frozen random ones cost a quarter of the recall at equal work
    else:
        model.freeze()
        layers = len(model.layers) if plan.num_layers < 0 else min(plan.num_layers, len(model.layers))
        linear_to_lora_layers(model, layers, lora, use_dora=plan.fine_tune_type == "dora")
    return {"fine_tune_type": plan.fine_tune_type, "num_layers": plan.num_layers, "lora_parameters": lora}


def optimizer(plan: Plan) -> Any:
    """The plan's optimizer with its learning rate schedule."""
    from mlx.optimizers import AdamW
    from mlx_lm.tuner.utils import build_schedule

    return AdamW(build_schedule(schedule(plan)), betas=list(plan.betas), weight_decay=plan.weight_decay)


def schedule(plan: Plan) -> dict[str, Any]:
    """Warm-up and cosine as mlx-lm takes them. A plan counts iterations; mlx goes on by one step an update."""
    rate = plan.learning_rate
    warmup, updates = plan.warmup // plan.grad_accumulation, plan.iterations // plan.grad_accumulation
    decay = [rate, max(updates - warmup, 1), rate / 100]
    return {"name": "cosine_decay", "warmup": warmup, "warmup_init": rate / 100, "arguments": decay}


def _forecast(loaded: Loaded, plan: Plan, splits: tuple[Sequence[Encoded], Sequence[Encoded]]) -> float:
    """Seconds that the whole plan will take; at a rate of zero the timed iterations leave the weights as they are."""
    spare = Tuning(loaded.model, optimizer(replace(plan, learning_rate=0.0)), Progress())
    spare.optimizer.init(loaded.model.trainable_parameters())
    return calibrate.seconds(spare, plan, splits)


def _seed(seed: int) -> None:
    import mlx.core as mx
    import numpy as np

    mx.random.seed(seed)  # the start of LoRA's weights
    random.seed(seed)
    np.random.seed(seed % 2**32)


def _resume(tuning: Tuning, key: str, around: Surroundings) -> Shelf:
    """Take the last sound checkpoint up, if there is one; the shelf for this attempt's own."""
    found = checkpoint.newest(around.run, key, lambda reason: around.send("refused", reason=reason))
    if found is not None:
        tuning.take(checkpoint.load(found.weights, found.record.sha256), found.record.progress)
        checkpoint.restore(found.record.randomness)
        around.send("resumed", step=found.iteration, checkpoint=f"{found.weights.parent.name}/{found.weights.stem}")
    return Shelf.next_of(around.run, key)


def _leave(tuning: Tuning, shelf: Shelf, config: dict[str, object]) -> Path:
    """The adapter's two files, in a folder of the attempt."""
    folder = shelf.attempt / "adapter"
    folder.mkdir()
    objects.write(folder / CONFIG, msgspec.json.encode(config))
    best = tuning.progress.best
    if best is not None:
        shutil.copyfile(shelf.run / best.file, folder / WEIGHTS)
    else:
        checkpoint.save(folder / WEIGHTS, tuning.weights())
    return folder
