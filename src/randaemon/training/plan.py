"""From settings and what the data measures to the hyper-parameters of one run. Pure.

Two recipes. `model = "tiny"` trains a two-layer Qwen3 with random weights from scratch on this very data (demo and
tests; docs/decisions.md has the measurements). Every other model gets LoRA with a rank and a batch that fit memory.
A setting that is not zero wins over the recipe.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from randaemon.errors import TrainingError

TINY = "tiny"

GIB = 1 << 30

# Measured (docs/decisions.md): small batches learn more for the same work, and few rows still need their updates.
TINY_BATCH, TINY_EPOCHS, TINY_RATE = 4, 4, 3e-3
TINY_START, TINY_CAP = 200, 4000

LORA_EPOCHS, LORA_RATE = 3, 2e-4
PATIENCE = 3  # of ten validations in a run
LORA_CAP = 10_000  # not measured: at a second an iteration, which a small Mac may need, less than three hours


@dataclass(frozen=True, slots=True)
class Tier:
    """What a machine with at least this much memory carries."""

    memory: int
    batch: int
    rank: int
    checkpoint: bool = False


#: Largest first; the last holds for every machine.
TIERS = (
    Tier(100 * GIB, batch=64, rank=128),
    Tier(50 * GIB, batch=32, rank=64),
    Tier(30 * GIB, batch=16, rank=32),
    Tier(15 * GIB, batch=4, rank=16),
    Tier(0, batch=1, rank=8, checkpoint=True),
)


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
    """What the user set; zero means: plan it."""

    model: str
    iterations: int = 0
    batch_size: int = 0
    learning_rate: float = 0.0
    max_seq_length: int = 0
    seed: int = 7


@dataclass(frozen=True, slots=True)
class Measured:
    """What the data and the machine are: token lengths of every trainable row of the train split, and memory."""

    lengths: Sequence[int]
    memory: int  # bytes of the machine


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
    note: str = ""  # what a person should know of it: a cap that held

    def values(self) -> dict[str, object]:
        """Plain JSON values, for the run's record."""
        return asdict(self)


def tiny_shape(characters: int) -> TinyShape:
    """The tiny model for a text of this many characters: a larger text earns a larger vocabulary."""
    return TinyShape(vocabulary=512 if characters < 30_000 else 1024)


def plan(wishes: Wishes, measured: Measured) -> Plan:
    """Plan a run. Raises TrainingError when the data cannot carry one."""
    if not measured.lengths:
        raise TrainingError("the train split has no row that can be trained", hint="randaemon dataset stats")
    return _tiny(wishes, measured) if wishes.model == TINY else _lora(wishes, measured)


def longest(wishes: Wishes) -> int:
    """Rows with more tokens than this are left out, whole: a truncated answer teaches the wrong thing."""
    return wishes.max_seq_length or (512 if wishes.model == TINY else 2048)


def _tiny(wishes: Wishes, measured: Measured) -> Plan:
    """Full fine-tuning from random weights: every row is seen TINY_EPOCHS times, more often where rows are few."""
    batch = wishes.batch_size or TINY_BATCH
    rows = len(measured.lengths)
    iterations, note = _iterations(wishes, TINY_START + math.ceil(rows * TINY_EPOCHS / batch), TINY_CAP)
    return Plan(
        model=TINY,
        fine_tune_type="full",
        iterations=iterations,
        batch_size=batch,
        learning_rate=wishes.learning_rate or TINY_RATE,
        warmup=min(20, iterations // 2),
        max_seq_length=max(measured.lengths),
        num_layers=-1,
        rank=0,
        scale=0.0,
        grad_accumulation=1,
        grad_checkpoint=False,
        pad_to=1,
        # The held-out split holds facts that this model cannot know; its loss says nothing about recall.
        keep="last",
        seed=wishes.seed,
        steps_per_report=_report(iterations),
        steps_per_eval=max(iterations // 3, 1),
        note=note,
    )


def _lora(wishes: Wishes, measured: Measured) -> Plan:
    tier = next(tier for tier in TIERS if measured.memory >= tier.memory)
    batch = min(wishes.batch_size or tier.batch, len(measured.lengths))
    accumulation = 4 if len(measured.lengths) >= 4 * batch else 1
    wanted = max(math.ceil(len(measured.lengths) * LORA_EPOCHS / batch), 4 * accumulation)
    iterations, note = _iterations(wishes, wanted, LORA_CAP)
    return Plan(
        model=wishes.model,
        fine_tune_type="lora",
        iterations=iterations,
        batch_size=batch,
        learning_rate=wishes.learning_rate or LORA_RATE,
        warmup=min(20, iterations // 10),
        max_seq_length=max(measured.lengths),
        num_layers=-1,
        rank=tier.rank,
        scale=2.0,
        grad_accumulation=accumulation,
        grad_checkpoint=tier.checkpoint,
        pad_to=32,  # on a GPU every width of its own is compiled anew
        keep="best",
        seed=wishes.seed,
        steps_per_report=_report(iterations),
        steps_per_eval=max(iterations // 10, 10),
        patience=PATIENCE,
        note=note,
    )


def _report(iterations: int) -> int:
    """Iterations between two reports."""
    return min(max(10, iterations // 100), 50)


def _iterations(wishes: Wishes, wanted: int, cap: int) -> tuple[int, str]:
    """How many, and a word where the data would want more."""
    if wishes.iterations or wanted <= cap:
        return wishes.iterations or wanted, ""
    return cap, f"{cap:,} iterations, the most by itself, of {wanted:,} for these rows; training.iterations sets more"
