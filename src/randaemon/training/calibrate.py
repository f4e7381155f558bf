"""How long a training will take, from a few iterations that are timed and thrown away. Runs in the child only.

They are the loop's own: gathered gradients, updates and activations computed twice are in their time, and they need no
more memory than the training itself.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from statistics import median

from randaemon.training import batches, checkpoint, loop
from randaemon.training.batches import Batching
from randaemon.training.forecast import Pace, padded
from randaemon.training.generate import Encoded
from randaemon.training.loop import Tuning
from randaemon.training.plan import Plan

AT: tuple[float, ...] = (0.05, 0.5, 0.95)  # where among the batches, by their tokens, the timed ones stand
TIMES = 3  # each, after one that warms up

Batch = Sequence[Encoded]


def seconds(spare: Tuning, plan: Plan, splits: tuple[Sequence[Encoded], Sequence[Encoded]]) -> float:
    """Forecast for the whole plan with its validations, should it not end early.

    `spare` has the model and an optimizer that learns at a rate of zero: weights and generators stay as they are.
    """
    rows, valid = splits
    states = checkpoint.randomness()
    ahead = _batches(rows, plan, plan.iterations)
    sizes = [_tokens(batch, plan) for batch in ahead]
    chosen = [ahead[place] for place in _places(sizes)]
    with loop.checkpointing(spare.model, on=plan.grad_checkpoint):
        training = _training(spare, plan, chosen, sizes)
        validation = _validation(spare, plan, chosen, valid)
    checkpoint.restore(states)
    return training + validation


def _training(spare: Tuning, plan: Plan, chosen: Sequence[Batch], sizes: Sequence[int]) -> float:
    """All iterations; where gradients are gathered, an update comes on top of every so many."""
    step, gathers = loop.stepping(spare, plan), plan.grad_accumulation > 1
    spare.model.train()
    pace = _pace(plan, chosen, lambda batch: step(batch, not gathers))
    if not gathers:
        return pace.seconds(sizes)
    middle = chosen[len(chosen) // 2]
    both = _timed(lambda: (step(middle, False), step(middle, True)))
    update = max(both - 2 * pace.seconds([_tokens(middle, plan)]), 0.0)
    return pace.seconds(sizes) + update * (plan.iterations // plan.grad_accumulation)


def _validation(spare: Tuning, plan: Plan, chosen: Sequence[Batch], valid: Sequence[Encoded]) -> float:
    """All validations: before the first iteration, every so many, and after the last."""
    pace = _pace(plan, chosen, lambda batch: loop.validation_loss(spare.model, batch, _batching(plan)))
    once = [_tokens(batch, plan) for batch in _batches(valid, plan, math.ceil(len(valid) / plan.batch_size))]
    return pace.seconds(once) * (1 + math.ceil(plan.iterations / plan.steps_per_eval))


def _pace(plan: Plan, chosen: Sequence[Batch], act: Callable[[Batch], object]) -> Pace:
    return Pace.of([(_tokens(batch, plan), _timed(partial(act, batch))) for batch in chosen])


def _timed(act: Callable[[], object]) -> float:
    """The median of a few, after one that warms up: what comes in between now and then does not count."""
    taken = []
    for _round in range(1 + TIMES):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return median(taken[1:])


def _batches(rows: Sequence[Encoded], plan: Plan, count: int) -> list[list[Encoded]]:
    stream = batches.stream([len(row) for row in rows], _batching(plan))
    return [[rows[number] for number in numbers] for numbers, _ in islice(stream, count)]


def _batching(plan: Plan) -> Batching:
    return Batching(plan.batch_size, plan.seed, plan.pad_to)


def _places(sizes: Sequence[int]) -> list[int]:
    order = sorted(range(len(sizes)), key=sizes.__getitem__)
    return sorted({order[int(share * (len(order) - 1))] for share in AT})


def _tokens(batch: Sequence[Encoded], plan: Plan) -> int:
    return len(batch) * padded(max(map(len, batch)), plan.pad_to)
