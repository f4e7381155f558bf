"""How models are compared. Pure arithmetic.

The noise floor is half the width of the 95 % paired bootstrap interval of the change, whole families drawn at a time.
A bootstrap of few clusters is too narrow: it is stretched as Student's distribution is wider than the normal one, and
where drawing single facts gives a wider interval that one stands.
"""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from randaemon.training.spec import Measures, Scored

DRAWS = 1000
SEED = 20261


@dataclass(frozen=True, slots=True)
class Difference:
    """After minus before, of one question or row."""

    family: str
    unit: str  # the fact or row
    value: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """A mean paired change with its 95 % interval."""

    change: float
    low: float
    high: float
    pairs: int

    @property
    def floor(self) -> float:
        """The noise floor: half the width of the interval."""
        return (self.high - self.low) / 2


def mean(scored: Sequence[Scored]) -> float:
    """The mean score of a part; 0 when nothing of it was asked."""
    return fmean(one.score for one in scored) if scored else 0.0


def held_out_loss(measures: Measures) -> float:
    """Mean loss over the held-out rows, nats per character."""
    return fmean(row.loss for row in measures.held_out) if measures.held_out else 0.0


def perplexity(measures: Measures) -> float:
    """Perplexity a token over the held-out rows; 0 when no token was measured."""
    tokens = sum(row.tokens for row in measures.held_out)
    return math.exp(sum(row.token_loss * row.tokens for row in measures.held_out) / tokens) if tokens else 0.0


def change(before: Sequence[Scored], after: Sequence[Scored]) -> Comparison:
    """How the score of a part changed, paired by question."""
    known = {scored.fact: scored.score for scored in before}
    return compare(
        Difference(scored.family, scored.fact, scored.score - known[scored.fact])
        for scored in after
        if scored.fact in known
    )


def loss_change(before: Measures, after: Measures) -> Comparison:
    """How the held-out loss changed, paired by row."""
    known = {row.row: row.loss for row in before.held_out}
    return compare(
        Difference(row.family, row.row, row.loss - known[row.row]) for row in after.held_out if row.row in known
    )


def compare(differences: Iterable[Difference]) -> Comparison:
    """The mean difference with its paired bootstrap interval; the same differences give the same interval."""
    pairs = sorted(differences, key=lambda difference: (difference.family, difference.unit))
    if not pairs:
        return Comparison(0.0, 0.0, 0.0, 0)
    by_family = _interval(_clusters((pair.family, pair.value) for pair in pairs))
    by_unit = _interval(_clusters((pair.unit, pair.value) for pair in pairs))
    low, high = max(by_family, by_unit, key=lambda interval: interval[1] - interval[0])
    return Comparison(fmean(pair.value for pair in pairs), low, high, len(pairs))


def _clusters(values: Iterable[tuple[str, float]]) -> list[tuple[float, int]]:
    """Sum and count of each cluster."""
    clusters: Mapping[str, list[float]] = defaultdict(list)
    for key, value in values:
        clusters[key].append(value)
    return [(sum(cluster), len(cluster)) for cluster in clusters.values()]


def _interval(clusters: Sequence[tuple[float, int]]) -> tuple[float, float]:
    generator = random.Random(SEED)  # noqa: S311 a bootstrap, and the same verdict every time
    means = sorted(_mean(generator.choices(clusters, k=len(clusters))) for _ in range(DRAWS))
    low, high = means[int(DRAWS * 0.025)], means[int(DRAWS * 0.975) - 1]
    middle, wider = _mean(clusters), _stretch(len(clusters))
    return min(low, middle - (middle - low) * wider), max(high, middle + (high - middle) * wider)


def _stretch(clusters: int) -> float:
    """How much wider the interval of a mean of so few independent values has to be than the bootstrap's."""
    if clusters < 2:
        return 1.0  # one cluster tells nothing of its kind: the interval of its facts stands
    degrees = clusters - 1
    student = _STUDENT[degrees - 1] if degrees <= len(_STUDENT) else 1.96 + 2.4 / degrees
    return student / 1.96 * math.sqrt(clusters / degrees)


#: The 97.5 % quantile of Student's distribution with 1, 2, 3, … degrees of freedom.
_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)


def _mean(clusters: Sequence[tuple[float, int]]) -> float:
    return sum(total for total, _ in clusters) / sum(count for _, count in clusters)
