"""How far the score agrees with people, and where between good and bad it cuts best. Pure."""

from __future__ import annotations

from collections.abc import Sequence

GOOD = 3  # from this rating of 1 to 5 on a person would keep the sample
_ENOUGH = 10  # ratings before a threshold is moved …
_BAD = 4  # … and so many bad ones: one that scores high by chance must not cut the whole library
_AGREED = 0.3  # rank correlation below which the score tells too little to cut by it
_KEPT = 0.75  # share of the good ones that a cut has to leave


def rank_correlation(scores: Sequence[float], ratings: Sequence[float]) -> float | None:
    """Spearman's rank correlation with mean ranks for ties; None where one side does not vary."""
    ours, theirs = _ranks(scores), _ranks(ratings)
    middle = (len(ours) + 1) / 2
    spread = [sum((rank - middle) ** 2 for rank in side) for side in (ours, theirs)]
    if not all(spread):
        return None
    together = sum((one - middle) * (two - middle) for one, two in zip(ours, theirs, strict=True))
    return round(float(together / (spread[0] * spread[1]) ** 0.5), 4)


def threshold(scores: Sequence[float], ratings: Sequence[int]) -> float | None:
    """The score that parts good from bad best (good from it on, bad below it).

    None with too few ratings, too few bad ones, a score that hardly agrees with them, or where good ones would go too.
    """
    pairs = list(zip(scores, ratings, strict=True))
    good = [score for score, rating in pairs if rating >= GOOD]
    bad = [score for score, rating in pairs if rating < GOOD]
    if len(pairs) < _ENOUGH or not good or len(bad) < _BAD or (rank_correlation(scores, ratings) or 0.0) < _AGREED:
        return None
    cuts = [cut for cut in sorted(set(scores)) if sum(score >= cut for score in good) >= _KEPT * len(good)]

    def gain(cut: float) -> float:
        return sum(score >= cut for score in good) / len(good) + sum(score < cut for score in bad) / len(bad)

    return max(cuts, key=gain)  # the lowest score of all keeps everything: there is always one


def _ranks(values: Sequence[float]) -> list[float]:
    order = sorted(range(len(values)), key=lambda place: values[place])
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        end = start
        while end + 1 < len(order) and values[order[end + 1]] == values[order[start]]:
            end += 1
        for place in order[start : end + 1]:
            ranks[place] = (start + end) / 2 + 1
        start = end + 1
    return ranks
