"""The training loop. Runs in the child only.

mlx-lm's own (`tuner/trainer.py:train`) counts from one whenever it is called, validates in its first and last
iteration, and hands out neither the gradients it gathers nor the place between two iterations: a run that is cut short
could not go on as if nothing had happened (docs/decisions.md). Its loss and its gradient checkpointing are used here as
they are, and a test holds that both loops give the same losses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from randaemon.errors import TrainingError
from randaemon.training import batches
from randaemon.training.batches import Batching
from randaemon.training.generate import Encoded
from randaemon.training.plan import Plan
from randaemon.training.progress import Progress

Step = Callable[[Sequence[Encoded], bool], tuple[float, int]]


class Observer(Protocol):
    """What is told how the loop goes on, and may end it by an exception."""

    def stepped(self) -> None:
        """An iteration is done."""

    def validated(self, loss: float) -> None:
        """A validation is done."""

    def between(self) -> None:
        """Between two iterations: the place to seal, and to leave."""


@dataclass(slots=True)
class Tuning:
    """Everything that training changes: what a checkpoint holds."""

    model: Any
    optimizer: Any
    progress: Progress
    gradients: Any = None  # of the batches since the last update

    def arrays(self) -> dict[str, Any]:
        """All arrays by name, prefixed with what they are."""
        from mlx.utils import tree_flatten

        trees = {"model": self.weights(), "optimizer": self.optimizer.state, "gradients": self.gradients or {}}
        return {f"{kind}.{name}": array for kind, tree in trees.items() for name, array in tree_flatten(tree)}

    def weights(self) -> dict[str, Any]:
        """The weights that are trained, by name."""
        from mlx.utils import tree_flatten

        return dict(tree_flatten(self.model.trainable_parameters()))

    def take(self, arrays: Mapping[str, Any], progress: Progress) -> None:
        """Go on from a checkpoint. Raises TrainingError when it holds other arrays than this model trains."""
        from mlx.utils import tree_map_with_path, tree_unflatten

        def of(kind: str) -> list[tuple[str, Any]]:
            return [(name.removeprefix(f"{kind}."), one) for name, one in arrays.items() if name.startswith(f"{kind}.")]

        if set(self.weights()) != {name for name, _ in of("model")}:
            raise TrainingError("the checkpoint was made of another model", code="E_CHECKPOINT")
        self.model.load_weights(of("model"), strict=False)
        self.optimizer.state = tree_unflatten(of("optimizer"))
        if gathered := dict(of("gradients")):  # in the model's own shape: a flat list knows no empty branches
            self.gradients = tree_map_with_path(lambda name, _: gathered[name], self.model.trainable_parameters())
        self.progress = progress


def train(tuning: Tuning, plan: Plan, splits: tuple[Sequence[Encoded], Sequence[Encoded]], observer: Observer) -> None:
    """Carry the training on to its end: the last iteration, or `progress.stopped_early`."""
    import mlx.core as mx

    rows, valid = splits
    progress, batching = tuning.progress, Batching(plan.batch_size, plan.seed, plan.pad_to)
    with checkpointing(tuning.model, on=plan.grad_checkpoint):
        step = stepping(tuning, plan)
        if progress.iteration == 0:
            observer.validated(validation_loss(tuning.model, valid, batching))
        tuning.model.train()
        for numbers, cursor in batches.stream([len(row) for row in rows], batching, progress.cursor):
            if progress.iteration >= plan.iterations or progress.stopped_early:
                break
            began = time.perf_counter()
            update = (progress.iteration + 1) % plan.grad_accumulation == 0
            loss, tokens = step([rows[number] for number in numbers], update)
            progress.stepped(loss, tokens, time.perf_counter() - began, cursor)
            progress.peak = max(progress.peak, mx.get_peak_memory())
            observer.stepped()
            if progress.iteration % plan.steps_per_eval == 0 or progress.iteration == plan.iterations:
                observer.validated(validation_loss(tuning.model, valid, batching))
                tuning.model.train()
            observer.between()
    tuning.model.eval()


def validation_loss(model: Any, rows: Sequence[Encoded], batching: Batching) -> float:
    """Mean loss a trained token over all rows, in nats."""
    from mlx_lm.tuner.trainer import default_loss

    model.eval()
    total, count = 0.0, 0
    for numbers in batches.order([len(row) for row in rows], batching, 0):
        loss, tokens = default_loss(model, *batches.arrays([rows[number] for number in numbers], batching.pad_to))
        total, count = total + loss.item() * tokens.item(), count + tokens.item()
    return total / max(count, 1)


def stepping(tuning: Tuning, plan: Plan) -> Step:
    """What does one iteration: rows, and whether the weights are updated, in; loss and number of trained tokens out."""
    import mlx.core as mx
    from mlx import nn
    from mlx.utils import tree_map
    from mlx_lm.tuner.trainer import default_loss

    model, optimizer, every = tuning.model, tuning.optimizer, plan.grad_accumulation
    losses_and_gradients = nn.value_and_grad(model, default_loss)
    state = [model.state, optimizer.state, mx.random.state]

    @partial(mx.compile, inputs=state, outputs=state)
    def once(batch: tuple[Any, Any], gathered: Any, update: bool) -> tuple[Any, Any, Any]:
        (loss, tokens), gradients = losses_and_gradients(model, *batch)
        if gathered is not None:
            gradients = tree_map(lambda one, other: one + other, gradients, gathered)
        if not update:
            return loss, tokens, gradients
        if every > 1:
            gradients = tree_map(lambda one: one / every, gradients)
        optimizer.update(model, gradients)
        return loss, tokens, None

    def step(rows: Sequence[Encoded], update: bool) -> tuple[float, int]:
        loss, tokens, tuning.gradients = once(batches.arrays(rows, plan.pad_to), tuning.gradients, update)
        mx.eval(state, loss, tokens, tuning.gradients)
        return float(loss.item()), int(tokens.item())

    return step


@contextmanager
def checkpointing(model: Any, *, on: bool) -> Iterator[None]:
    """While it lasts, layers compute their activations again for their gradients instead of keeping them."""
    from mlx_lm.tuner.trainer import grad_checkpoint

    if not on:
        yield
        return
    kind = type(model.layers[0])
    plain = kind.__call__
    grad_checkpoint(model.layers[0])
    try:
        yield
    finally:
        kind.__call__ = plain
