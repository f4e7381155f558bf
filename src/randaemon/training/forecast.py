"""What a run will take: peak memory before anything is loaded, and time from a few measured iterations. Pure.

The memory is a sum of parts, each a size that the model's and the batch's shape give, times a factor. The factors were
fitted on Linux (`scripts/bench plan` holds them to shapes of other seeds; docs/measurements.md has the figures). Metal
counts as it likes: nothing is claimed for it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from statistics import fmean
from typing import Any

FLOAT32 = 4


@dataclass(frozen=True, slots=True)
class Shape:
    """The measures of a decoder-only transformer with a gated MLP, as Qwen3 and its relatives are."""

    weights: int  # bytes of all weights, as stored
    hidden: int
    layers: int
    vocabulary: int
    intermediate: int
    query: int  # heads × head size
    keys: int  # key-value heads × head size
    heads: int
    itemsize: int = 2  # bytes of one activation
    bits: int = 0  # of a quantized weight; 0: not quantized


@dataclass(frozen=True, slots=True)
class Load:
    """What one training step carries."""

    kind: str  # lora | dora | full
    rank: int
    layers: int  # that are trained
    batch: int  # rows
    width: int  # tokens of the longest row, padded
    accumulation: int
    checkpoint: bool  # activations are computed again for the gradients


@dataclass(frozen=True, slots=True)
class Factors:
    """How many times each part is held at the peak."""

    trained: float  # trained weights: gradients, optimizer state, their new values
    gathered: float  # gradients that wait for the next update
    activations: float  # outputs of all linear layers
    inputs: float  # of all blocks: what activations are computed again from
    widened: float  # inputs of LoRA's own weights, which are float32 whatever the model's are
    scores: float  # attention scores
    logits: float


#: By the kind of training, and whether activations are computed again. Fitted on 240 shapes as `scripts/bench plan_fit`
#: fits its own; on 170 others they were 0.82 to 1.14 of what mlx counted.
FACTORS = {
    ("lora", False): Factors(3.83, 1.52, 1.52, 3.21, 1.25, 1.22, 4.21),
    ("lora", True): Factors(3.18, 1.80, 3.29, 0.70, 2.69, 0.40, 2.72),
    ("dora", False): Factors(4.08, 1.68, 2.21, 3.22, 1.27, 0.88, 3.97),
    ("dora", True): Factors(3.82, 2.89, 3.86, 0.00, 1.37, 1.87, 2.68),
    ("full", False): Factors(2.19, 1.20, 1.49, 6.86, 0.00, 2.79, 3.79),
    ("full", True): Factors(1.96, 1.72, 2.82, 4.52, 0.00, 4.17, 2.34),
}


def padded(longest: int, pad_to: int) -> int:
    """Tokens that each row of a batch takes."""
    return math.ceil(longest / pad_to) * pad_to


def shape_of(config: Mapping[str, Any], weights: int) -> Shape:
    """From a model's config.json and the bytes of its weights. Raises KeyError where it is of another kind."""
    heads = int(config["num_attention_heads"])
    size = int(config.get("head_dim") or config["hidden_size"] // heads)
    quantized = config.get("quantization") or config.get("quantization_config") or {}
    return Shape(
        weights=weights,
        hidden=int(config["hidden_size"]),
        layers=int(config["num_hidden_layers"]),
        vocabulary=int(config["vocab_size"]),
        intermediate=int(config["intermediate_size"]),
        query=heads * size,
        keys=int(config.get("num_key_value_heads") or heads) * size,
        heads=heads,
        itemsize=4 if (config.get("torch_dtype") or config.get("dtype")) == "float32" else 2,
        bits=int(quantized.get("bits", 0)),
    )


def trained(shape: Shape, load: Load) -> int:
    """Bytes of the weights that are trained."""
    if load.kind == "full":
        return shape.weights
    linears = _linears(shape)
    inputs_and_outputs = sum(one + other for one, other in linears)
    extra = sum(output for _, output in linears) if load.kind == "dora" else 0
    return (load.rank * inputs_and_outputs + extra) * load.layers * FLOAT32


def parts(shape: Shape, load: Load) -> tuple[int, ...]:
    """The sizes that the factors count, in bytes, in their order."""
    tokens = load.batch * load.width
    linears = _linears(shape)
    # Queries are normalised and turned, scores are applied to values: two more of their size.
    outputs = sum(output for _, output in linears) + 2 * shape.hidden + shape.intermediate + 2 * shape.query
    layers = 1 if load.checkpoint else shape.layers
    widened = tokens * layers * sum(one for one, _ in linears)
    weights = trained(shape, load)
    return (
        weights,
        weights if load.accumulation > 1 else 0,
        tokens * layers * outputs * shape.itemsize,
        tokens * shape.layers * shape.hidden * shape.itemsize,
        0 if load.kind == "full" or shape.itemsize == FLOAT32 else widened * FLOAT32,
        load.batch * shape.heads * load.width**2 * layers * shape.itemsize,
        tokens * shape.vocabulary * shape.itemsize,
    )


def peak(shape: Shape, load: Load) -> int:
    """Bytes at the peak of a training step, as mlx counts them: weights, optimizer and activations."""
    counted = astuple(FACTORS[load.kind, load.checkpoint])
    return shape.weights + int(sum(times * part for times, part in zip(counted, parts(shape, load), strict=True)))


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds of an iteration: a fixed part and one for each token, padding counted."""

    fixed: float
    token: float

    @classmethod
    def of(cls, samples: Sequence[tuple[int, float]]) -> Pace:
        """By least squares from (tokens, seconds); neither part is below zero."""
        tokens, seconds = [float(one) for one, _ in samples], [one for _, one in samples]
        mean, middle = fmean(tokens), fmean(seconds)
        spread = sum((one - mean) ** 2 for one in tokens)
        rise = sum((one - mean) * (other - middle) for one, other in zip(tokens, seconds, strict=True))
        token = min(max(rise / spread, 0.0), middle / mean) if spread else middle / mean
        return cls(middle - token * mean, token)

    def seconds(self, batches: Sequence[int]) -> float:
        """Of iterations with so many tokens each."""
        return sum(self.fixed + self.token * tokens for tokens in batches)


def _linears(shape: Shape) -> tuple[tuple[int, int], ...]:
    """Inputs and outputs of the linear layers of one block: query, key, value, output, gate, up, down."""
    hidden, wide = shape.hidden, shape.intermediate
    attention = ((hidden, shape.query), (hidden, shape.keys), (hidden, shape.keys), (shape.query, hidden))
    return (*attention, (hidden, wide), (hidden, wide), (wide, hidden))
