"""The training itself: mlx-lm's `lora.train_model` with our rows, plan and callback. Runs in the child only.

mlx-lm saves its weights in place and without a word about NaN; here a non-finite loss stops the run, the weights that
are kept get a name of their own by rename, and the folder is new in every run (reliability.md row 47).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from randaemon.errors import TrainingError
from randaemon.training.generate import Encoded, Loaded
from randaemon.training.plan import Plan
from randaemon.training.rows import top_up
from randaemon.training.spec import WEIGHTS

BEST = "best.safetensors"


@dataclass(frozen=True, slots=True)
class Encodings:
    """A split as mlx-lm's `CacheDataset` wants it: rows that have a length, and `process`."""

    rows: Sequence[Encoded]

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Encoded:
        return self.rows[index]

    def process(self, row: Encoded) -> tuple[tuple[int, ...], int]:
        """Tokens and how many of them belong to the prompt."""
        return row.tokens, row.offset


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
    """Train `loaded` in place on (train, valid) and leave mlx-lm's adapter files in `folder`."""
    import mlx.core as mx
    import numpy as np
    from mlx.utils import tree_flatten
    from mlx_lm import lora

    def save_best() -> None:
        temporary = folder / f"new-{BEST}"
        mx.save_safetensors(str(temporary), dict(tree_flatten(loaded.model.trainable_parameters())))
        temporary.replace(folder / BEST)

    train, valid = (Encodings(top_up(split, plan.batch_size, plan.seed)) for split in splits)
    watch = Watch(plan, send, save_best)
    np.random.seed(plan.seed)  # the order of batches: mlx-lm draws it from numpy and seeds mlx only
    lora.train_model(_arguments(plan, folder), loaded.model, train, valid, watch)
    loaded.model.eval()
    if plan.keep == "best":
        (folder / BEST).replace(folder / WEIGHTS)
    return watch


def _arguments(plan: Plan, folder: Path) -> SimpleNamespace:
    """The plan in mlx-lm's words (`mlx_lm.lora.CONFIG_DEFAULTS`); saved by it as adapter_config.json."""
    rate = plan.learning_rate
    decay = [rate, max(plan.iterations - plan.warmup, 1), rate / 100]
    return SimpleNamespace(
        model=plan.model,
        data="",
        seed=plan.seed,
        fine_tune_type=plan.fine_tune_type,
        num_layers=plan.num_layers,
        lora_parameters={"rank": plan.rank, "scale": plan.scale, "dropout": 0.0},
        resume_adapter_file=None,
        adapter_path=str(folder),
        batch_size=plan.batch_size,
        iters=plan.iterations,
        val_batches=-1,
        steps_per_report=min(max(10, plan.iterations // 100), 50),
        steps_per_eval=min(max(plan.iterations // 10, 1), 500),
        save_every=plan.iterations + 1,
        max_seq_length=plan.max_seq_length,
        grad_checkpoint=plan.grad_checkpoint,
        grad_accumulation_steps=plan.grad_accumulation,
        optimizer=plan.optimizer,
        optimizer_config={plan.optimizer: {"betas": list(plan.betas), "weight_decay": plan.weight_decay}},
        learning_rate=rate,
        lr_schedule={"name": "cosine_decay", "warmup": plan.warmup, "warmup_init": rate / 100, "arguments": decay},
    )
