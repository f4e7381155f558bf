"""From settings and what the data measures to the hyper-parameters of one run. Pure.

Two recipes. `model = "tiny"` trains a two-layer Qwen3 with random weights from scratch on this very data (demo and
tests; docs/decisions.md has the measurements). Every other model gets LoRA, or QLoRA where its base is quantized, with
the batch and rank of its machine's tier, made smaller until the forecast fits into memory. A setting that is not zero
wins over the recipe, and is not made smaller: what does not fit is refused.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from randaemon.errors import TrainingError
from randaemon.machine import GIB
from randaemon.training import forecast
from randaemon.training.forecast import Load, Shape

TINY = "tiny"


# Measured (docs/decisions.md): small batches learn more for the same work, and few rows still need their updates.
TINY_BATCH, TINY_EPOCHS, TINY_RATE = 4, 4, 3e-3
TINY_START, TINY_CAP = 200, 4000

LORA_EPOCHS, LORA_RATE, FULL_RATE = 3, 2e-4, 2e-5
ACCUMULATION = 4
LEAST_RANK = 8
LORA_CAP = 10_000  # not measured: at a second an iteration, which a small Mac may need, less than three hours

LONGEST, LONGEST_TINY = 2048, 512  # tokens
OUTLIER = 2  # rows above the 99th percentile are left out when the longest is so many times as long

#: Of the machine's memory, what a run may take; macOS lets a GPU wire about three quarters.
SHARE = 0.75
RUNTIME = GIB // 2  # Python, libraries and the evaluation beside what mlx counts


@dataclass(frozen=True, slots=True)
class Tier:
    """What is tried first on a machine with more memory than this."""

    memory: int
    batch: int
    rank: int


@dataclass(frozen=True, slots=True)
class Size:
    """What decides how much memory an iteration takes."""

    batch: int
    rank: int
    accumulation: int
    checkpoint: bool


#: The original policy; below 50 GB the forecast makes it smaller where it must.
TIERS = (Tier(100 * GIB, batch=64, rank=128), Tier(50 * GIB, batch=32, rank=64), Tier(0, batch=16, rank=32))


@dataclass(frozen=True, slots=True)
class TinyShape:
    """The size of a tiny Qwen3."""

    vocabulary: int = 512
    hidden: int = 64
    layers: int = 2
    heads: int = 4
    intermediate: int = 256
    norm: float = 3.0  # start of the final norm weight: with tied embeddings it bounds the logits


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user set; zero or empty means: plan it."""

    model: str
    iterations: int = 0
    batch_size: int = 0
    learning_rate: float = 0.0
    max_seq_length: int = 0
    seed: int = 7
    fine_tune_type: str = ""  # lora | dora | full
    epochs: float = 0.0
    rank: int = 0
    scale: float = 0.0
    dropout: float = 0.0
    num_layers: int = 0
    grad_accumulation: int = 0
    grad_checkpoint: str = ""  # on | off
    warmup: int = 0
    weight_decay: float = 0.01
    patience: int = 3  # of ten validations in a run
    memory_gib: float = 0.0  # that a run may take


@dataclass(frozen=True, slots=True)
class Measured:
    """What the data, the machine and the model are."""

    lengths: Sequence[int]  # tokens of every row of the train split that can be trained
    memory: int  # bytes of the machine
    shape: Shape | None = None  # None: a kind of model whose memory cannot be forecast
    positions: int = 0  # tokens that the model knows places for; 0: nobody says


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that decides how a run trains; stored with the run."""

    model: str
    fine_tune_type: str  # full | lora
    iterations: int
    batch_size: int
    learning_rate: float
    warmup: int
    max_seq_length: int
    num_layers: int
    rank: int
    scale: float
    grad_accumulation: int
    grad_checkpoint: bool
    pad_to: int  # rows of a batch are padded to a multiple of so many tokens
    keep: str  # best: the weights of the lowest validation loss; last: the end of the run
    seed: int
    steps_per_report: int
    steps_per_eval: int
    patience: int = 0  # validations in a row without a better loss before the run ends early; 0: it never does
    dropout: float = 0.0
    cache_limit: int = GIB  # bytes of freed buffers that mlx may keep for the next ones
    optimizer: str = "adamw"
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = 0.01
    peak_memory: int = 0  # bytes that mlx is forecast to take; 0: there is no forecast
    memory_limit: int = 0  # bytes that it may take
    note: str = ""  # what a person should know of it: a cap that held

    def values(self) -> dict[str, object]:
        """Plain JSON values, for the run's record."""
        return asdict(self)


def tiny_shape(characters: int) -> TinyShape:
    """The tiny model for a text of this many characters: a larger text earns a larger vocabulary."""
    return TinyShape(vocabulary=512 if characters < 30_000 else 1024)


def plan(wishes: Wishes, measured: Measured) -> Plan:
    """Plan a run. Raises TrainingError when the data cannot carry one, or the machine."""
    if not measured.lengths:
        raise TrainingError("the train split has no row that can be trained", hint="randaemon dataset stats")
    limit = memory_limit(wishes, measured.memory)
    for chosen in _candidates(wishes, measured):
        peak = forecast.peak(measured.shape, load(chosen, measured.shape)) if measured.shape else 0
        if peak <= limit:
            return replace(chosen, peak_memory=peak, memory_limit=limit)
    raise TrainingError(
        f"{wishes.model} does not fit: training it takes {peak / GIB:.1f} GiB at the least, "
        f"and may take {limit / GIB:.1f} GiB",
        hint="a smaller model, a lower training.max_seq_length, or training.memory_gib",
        code="E_PLAN",
    )


def load(plan: Plan, shape: Shape) -> Load:
    """What one step of a plan carries through a model of this shape."""
    return Load(
        kind=plan.fine_tune_type,
        rank=plan.rank,
        layers=shape.layers if plan.num_layers < 0 else min(plan.num_layers, shape.layers),
        batch=plan.batch_size,
        width=forecast.padded(plan.max_seq_length, plan.pad_to),
        accumulation=plan.grad_accumulation,
        checkpoint=plan.grad_checkpoint,
    )


def _candidates(wishes: Wishes, measured: Measured) -> Iterator[Plan]:
    """What could be done, best first."""
    if wishes.model == TINY:
        yield _tiny(wishes, measured)
    else:
        yield from (_real(wishes, measured, size) for size in _sizes(wishes, measured))


def memory_limit(wishes: Wishes, memory: int) -> int:
    """Bytes that mlx may take on a machine of so many."""
    return int(wishes.memory_gib * GIB) or int(memory * SHARE) - RUNTIME


def longest(wishes: Wishes, lengths: Sequence[int] = (), positions: int = 0) -> int:
    """Rows with more tokens than this are left out, whole: a truncated answer teaches the wrong thing.

    It follows the 99th percentile where the longest rows stand out: the widest batch is what must fit into memory.
    """
    most = wishes.max_seq_length or (LONGEST_TINY if wishes.model == TINY else LONGEST)
    if positions:
        most = min(most, positions)
    if wishes.max_seq_length or not lengths:
        return most
    usual = sorted(lengths)[math.ceil(len(lengths) * 0.99) - 1]
    return min(most, max(lengths) if max(lengths) <= OUTLIER * usual else usual)


def _tiny(wishes: Wishes, measured: Measured) -> Plan:
    """Full fine-tuning from random weights: every row is seen TINY_EPOCHS times, more often where rows are few."""
    batch = wishes.batch_size or TINY_BATCH
    start = 0 if wishes.epochs else TINY_START
    wanted = start + math.ceil(len(measured.lengths) * (wishes.epochs or TINY_EPOCHS) / batch)
    iterations, note = _iterations(wishes, wanted, TINY_CAP)
    return Plan(
        model=TINY,
        fine_tune_type="full",
        iterations=iterations,
        batch_size=batch,
        learning_rate=wishes.learning_rate or TINY_RATE,
        warmup=wishes.warmup or min(20, iterations // 2),
        max_seq_length=max(measured.lengths),
        num_layers=-1,
        rank=0,
        scale=0.0,
        grad_accumulation=wishes.grad_accumulation or 1,
        grad_checkpoint=wishes.grad_checkpoint == "on",
        pad_to=1,
        # The held-out split holds facts that this model cannot know; its loss says nothing about recall.
        keep="last",
        seed=wishes.seed,
        steps_per_report=_report(iterations),
        steps_per_eval=max(iterations // 3, 1),
        weight_decay=wishes.weight_decay,
        note=note,
    )


def _sizes(wishes: Wishes, measured: Measured) -> Iterator[Size]:
    """Sizes that need less and less: smaller batches gathered over more iterations, activations computed twice, a lower
    rank. What the user set stays.
    """
    rows = len(measured.lengths)
    tier = next(tier for tier in TIERS if measured.memory >= tier.memory)
    batch = min(wishes.batch_size or tier.batch, rows)
    gathered = wishes.grad_accumulation or (ACCUMULATION if rows >= ACCUMULATION * batch else 1)
    size = Size(batch, wishes.rank or tier.rank, gathered, wishes.grad_checkpoint == "on")
    if measured.shape is None and not wishes.grad_checkpoint:
        size = replace(size, checkpoint=True)  # of an unknown kind: nobody can say what it takes
    yield size
    while not wishes.batch_size and size.batch > 4:
        size = _halved(size, wishes)
        yield size
    if not wishes.grad_checkpoint:
        size = replace(size, checkpoint=True)
        yield size
    while not wishes.batch_size and size.batch > 1:
        size = _halved(size, wishes)
        yield size
    while not wishes.rank and size.rank > LEAST_RANK:
        size = replace(size, rank=size.rank // 2)
        yield size


def _halved(size: Size, wishes: Wishes) -> Size:
    """Half the batch; an update sees as many rows as before."""
    gathered = wishes.grad_accumulation or size.accumulation * 2
    return replace(size, batch=size.batch // 2, accumulation=gathered)


def _real(wishes: Wishes, measured: Measured, size: Size) -> Plan:
    kind = _kind(wishes, measured.shape)
    full, every = kind == "full", size.accumulation
    wanted = max(math.ceil(len(measured.lengths) * (wishes.epochs or LORA_EPOCHS) / size.batch), 4 * every)
    iterations, note = _iterations(wishes, math.ceil(wanted / every) * every, LORA_CAP)
    return Plan(
        model=wishes.model,
        fine_tune_type=kind,
        iterations=iterations,
        batch_size=size.batch,
        learning_rate=wishes.learning_rate or (FULL_RATE if full else LORA_RATE),
        warmup=wishes.warmup or min(20 * every, iterations // 10),
        max_seq_length=max(measured.lengths),
        num_layers=wishes.num_layers or -1,
        rank=0 if full else size.rank,
        scale=0.0 if full else wishes.scale or 2.0,
        grad_accumulation=every,
        grad_checkpoint=size.checkpoint,
        pad_to=32,  # on a GPU every width of its own is compiled anew
        keep="best",
        seed=wishes.seed,
        steps_per_report=_report(iterations),
        steps_per_eval=max(iterations // 10, 10),
        patience=wishes.patience,
        dropout=wishes.dropout,
        weight_decay=wishes.weight_decay,
        note="; ".join(filter(None, (_about(measured.shape), note))),
    )


def _about(shape: Shape | None) -> str:
    if shape is None:
        return "a kind of model whose memory cannot be forecast"
    return f"QLoRA: the base has {shape.bits} bits" if shape.bits else ""


def _kind(wishes: Wishes, shape: Shape | None) -> str:
    kind = wishes.fine_tune_type or "lora"
    if kind == "full" and shape is not None and shape.bits:
        raise TrainingError(
            f"{wishes.model} is quantized to {shape.bits} bits and cannot be trained whole",
            hint='training.fine_tune_type = "lora", or a model that is not quantized',
            code="E_PLAN",
        )
    return kind


def _report(iterations: int) -> int:
    """Iterations between two reports."""
    return min(max(10, iterations // 100), 50)


def _iterations(wishes: Wishes, wanted: int, cap: int) -> tuple[int, str]:
    """How many, and a word where the data would want more."""
    if wishes.iterations or wanted <= cap:
        return wishes.iterations or wanted, ""
    return cap, f"{cap:,} iterations, the most by itself, of {wanted:,} for these rows; training.iterations sets more"
