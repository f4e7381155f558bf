"""How long a training will take, from a few iterations that are timed and thrown away. Runs in the child only."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import islice
from statistics import fmean
from typing import Any

from randaemon.training import batches, checkpoint
from randaemon.training.batches import Batching
from randaemon.training.forecast import Pace, padded
from randaemon.training.generate import Encoded
from randaemon.training.plan import Plan

AT = (0.05, 0.5, 0.95)  # where among the batches, by their tokens, the timed ones stand
TIMES = 2  # each, after one that warms up
FORWARD = 0.4  # of an iteration's time, what a validation batch takes: no gradients


def seconds(model: Any, optimizer: Any, plan: Plan, splits: tuple[Sequence[Encoded], Sequence[Encoded]]) -> float:
    """Forecast for the whole plan. `optimizer` is a spare one; the model and the generators stay as they are."""
    rows, valid = splits
    ahead = _batches(rows, plan, plan.iterations)
    states = checkpoint.randomness()
    sizes = [_tokens(batch, plan) for batch in ahead]
    chosen = [ahead[place] for place in _places(sizes)]
    pace = Pace.of([(_tokens(batch, plan), _timed(model, optimizer, plan, batch)) for batch in chosen])
    checkpoint.restore(states)
    validations = 1 + plan.iterations // plan.steps_per_eval
    once = [_tokens(batch, plan) for batch in _batches(valid, plan, -(-len(valid) // plan.batch_size))]
    return pace.seconds(sizes) + FORWARD * validations * pace.seconds(once)


def _batches(rows: Sequence[Encoded], plan: Plan, count: int) -> list[list[Encoded]]:
    batching = Batching(plan.batch_size, plan.seed, plan.pad_to)
    stream = batches.stream([len(row) for row in rows], batching)
    return [[rows[number] for number in numbers] for numbers, _ in islice(stream, count)]


def _places(sizes: Sequence[int]) -> list[int]:
    order = sorted(range(len(sizes)), key=sizes.__getitem__)
    return sorted({order[int(share * (len(order) - 1))] for share in AT})


def _tokens(batch: Sequence[Encoded], plan: Plan) -> int:
    return len(batch) * padded(max(map(len, batch)), plan.pad_to)


def _timed(model: Any, optimizer: Any, plan: Plan, batch: Sequence[Encoded]) -> float:
    """The mean of a few, after one that warms up."""
    import mlx.core as mx
    from mlx import nn
    from mlx_lm.tuner.trainer import default_loss

    step = nn.value_and_grad(model, default_loss)
    model.train()
    taken = []
    for _round in range(1 + TIMES):
        began = time.perf_counter()
        (loss, _), gradients = step(model, *batches.arrays(batch, plan.pad_to))
        if plan.grad_accumulation == 1:
            gradients = optimizer.apply_gradients(gradients, model.trainable_parameters())
        mx.eval(loss, gradients)
        taken.append(time.perf_counter() - began)
    return fmean(taken[1:])
