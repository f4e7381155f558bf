"""The training itself: mlx-lm's training loop with our batches, plan and callback. Runs in the child only.

mlx-lm saves its weights in place and without a word about NaN; here a non-finite loss stops the run, the weights that
are kept get a name of their own by rename, and the folder is new in every run (reliability.md row 47). Two things are
not left to mlx-lm's `lora.train_model` (docs/decisions.md has the figures): it keeps the embeddings frozen, and its
batches are padded to multiples of 32, a third of the work on rows of 42 tokens.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from randaemon.errors import TrainingError
from randaemon.store import objects
from randaemon.training.generate import Encoded, Loaded
from randaemon.training.plan import Plan
from randaemon.training.spec import CONFIG, WEIGHTS

BEST = "best.safetensors"
POOL = 50  # batches that rows are sorted within: less padding than by chance, other neighbours in every epoch


@dataclass(slots=True)
class Watch:
    """mlx-lm's callback: reports progress, keeps the best weights, stops the run when a loss is no number."""

    plan: Plan
    send: Callable[..., None]
    save_best: Callable[[], None]
    started: float = field(default_factory=time.monotonic)
    losses: dict[str, float] = field(default_factory=dict)
    best: float = math.inf
    tokens: int = 0
    peak_mib: float = 0.0

    def on_train_loss_report(self, report: Mapping[str, Any]) -> None:
        """Called by mlx-lm every `steps_per_report` iterations."""
        step, loss = int(report["iteration"]), float(report["train_loss"])
        self._finite(loss, "training", step)
        self.losses.setdefault("train_first", loss)
        self.losses["train_last"] = loss
        self.tokens = int(report["trained_tokens"])
        self.peak_mib = float(report["peak_memory"]) * 1e9 / 2**20
        self.send(
            "progress",
            step=step,
            total=self.plan.iterations,
            loss=loss,
            learning_rate=float(report["learning_rate"]),
            tokens_per_second=float(report["tokens_per_second"]),
            peak_memory_mib=self.peak_mib,
            eta_seconds=self._eta(step),
        )

    def on_val_loss_report(self, report: Mapping[str, Any]) -> None:
        """Called by mlx-lm before the first and last iteration and in between."""
        step, loss = int(report["iteration"]), float(report["val_loss"])
        self._finite(loss, "validation", step)
        self.losses.setdefault("valid_first", loss)
        self.losses["valid_last"] = loss
        if self.plan.keep == "best" and loss < self.best:
            self.best = loss
            self.save_best()
        self.send("validation", step=step, total=self.plan.iterations, loss=loss)

    def _eta(self, step: int) -> float:
        return (time.monotonic() - self.started) / step * (self.plan.iterations - step)

    def _finite(self, loss: float, kind: str, step: int) -> None:
        if not math.isfinite(loss):
            raise TrainingError(
                f"the {kind} loss is not a number at step {step}: the run was stopped",
                hint="lower training.learning_rate, or look for damaged rows: randaemon dataset stats",
                code="E_DIVERGED",
            )


def tune(
    loaded: Loaded,
    plan: Plan,
    splits: tuple[Sequence[Encoded], Sequence[Encoded]],
    folder: Path,
    send: Callable[..., None],
) -> Watch:
    """Train `loaded` in place on (train, valid) and leave the adapter in `folder`, as mlx-lm loads it."""
    import mlx.core as mx
    from mlx.utils import tree_flatten
    from mlx_lm.tuner import trainer

    def save_best() -> None:
        temporary = folder / f"new-{BEST}"
        mx.save_safetensors(str(temporary), dict(tree_flatten(loaded.model.trainable_parameters())))
        temporary.replace(folder / BEST)

    folder.mkdir()
    mx.random.seed(plan.seed)  # the start of LoRA's weights
    objects.write(folder / CONFIG, msgspec.json.encode(_adapt(loaded.model, plan)))
    watch = Watch(plan, send, save_best)
    trainer.train(
        model=loaded.model,
        optimizer=_optimizer(plan),
        train_dataset=splits[0],
        val_dataset=splits[1],
        args=_arguments(plan, folder),
        iterate_batches=Batches(plan.seed, plan.pad_to),
        training_callback=watch,
    )
    loaded.model.eval()
    if plan.keep == "best":
        (folder / BEST).replace(folder / WEIGHTS)
    return watch


@dataclass(frozen=True, slots=True)
class Batches:
    """Stands in for mlx-lm's `iterate_batches`: same call, same arrays, less padding, every row in every epoch."""

    seed: int
    pad_to: int

    def __call__(
        self,
        dataset: Sequence[Encoded],
        batch_size: int,
        max_seq_length: int,  # noqa: ARG002 rows that are too long were left out before
        loop: bool = False,
        comm_group: object = None,  # noqa: ARG002 the same: of one machine
    ) -> Iterator[tuple[Any, Any]]:
        """Token arrays, and for each row where its answer starts and ends. One epoch, or with `loop` without end."""
        generator = random.Random(self.seed)  # noqa: S311 not a secret
        while True:
            for rows in shuffled(dataset, batch_size, generator):
                yield _arrays(rows, self.pad_to)
            if not loop:
                return


def shuffled(rows: Sequence[Encoded], size: int, generator: random.Random) -> list[list[Encoded]]:
    """All rows once, in batches of rows of like length, in random order; the last of a pool may be smaller."""
    order = list(rows)
    generator.shuffle(order)
    pools = (sorted(order[start : start + POOL * size], key=len) for start in range(0, len(order), POOL * size))
    batches = [pool[start : start + size] for pool in pools for start in range(0, len(pool), size)]
    generator.shuffle(batches)
    return batches


def schedule(plan: Plan) -> dict[str, Any]:
    """Warm-up and cosine as mlx-lm takes them. A plan counts iterations; mlx goes on by one step an update."""
    rate = plan.learning_rate
    warmup, updates = plan.warmup // plan.grad_accumulation, plan.iterations // plan.grad_accumulation
    decay = [rate, max(updates - warmup, 1), rate / 100]
    return {"name": "cosine_decay", "warmup": warmup, "warmup_init": rate / 100, "arguments": decay}


def _arrays(rows: Sequence[Encoded], pad_to: int) -> tuple[Any, Any]:
    import mlx.core as mx

    width = math.ceil(max(map(len, rows)) / pad_to) * pad_to
    tokens = [row.tokens + (0,) * (width - len(row)) for row in rows]
    # mlx-lm's loss counts the target at the end position too, which is padding: the answer ends one before.
    return mx.array(tokens), mx.array([(row.offset, len(row) - 1) for row in rows])


def _adapt(model: Any, plan: Plan) -> dict[str, object]:
    """Unfreeze what is trained; the configuration by which mlx-lm loads it again."""
    from mlx_lm.tuner.utils import linear_to_lora_layers

    lora = {"rank": plan.rank, "scale": plan.scale, "dropout": 0.0}
    if plan.fine_tune_type == "full":
        model.unfreeze()  # embeddings too: frozen random ones cost a quarter of the recall at equal work
    else:
        model.freeze()
        linear_to_lora_layers(model, plan.num_layers, lora)
    return {"fine_tune_type": plan.fine_tune_type, "num_layers": plan.num_layers, "lora_parameters": lora}


def _optimizer(plan: Plan) -> Any:
    from mlx.optimizers import AdamW
    from mlx_lm.tuner.utils import build_schedule

    return AdamW(build_schedule(schedule(plan)), betas=list(plan.betas), weight_decay=plan.weight_decay)


def _arguments(plan: Plan, folder: Path) -> Any:
    from mlx_lm.tuner.trainer import TrainingArgs

    return TrainingArgs(
        batch_size=plan.batch_size,
        iters=plan.iterations,
        val_batches=-1,
        steps_per_report=min(max(10, plan.iterations // 100), 50),
        steps_per_eval=max(plan.iterations // (10 if plan.keep == "best" else 3), 1),
        steps_per_save=plan.iterations + 1,
        adapter_file=str(folder / WEIGHTS),
        max_seq_length=plan.max_seq_length,
        grad_checkpoint=plan.grad_checkpoint,
        grad_accumulation_steps=plan.grad_accumulation,
    )
