"""Two runs beside each other, question by question: what `models compare` shows. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from randaemon.training.evaluate import Comparison, change, held_out_loss, loss_change, mean
from randaemon.training.spec import Measures

#: Parts of the evaluation set with a score, as the field of `Measures` is called.
PARTS = ("recall", "commands", "refusal", "forgetting")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the evaluation: the mean of each run over all it was asked, and the change over what both were."""

    name: str
    one: float
    other: float
    change: float
    low: float  # of the 95 % interval of the change
    high: float
    pairs: int  # questions or rows that both were asked

    @property
    def certain(self) -> bool:
        """Is the change more than chance?"""
        return self.pairs > 0 and (self.low > 0 or self.high < 0)


def compare(one: Measures, other: Measures) -> tuple[Part, ...]:
    """The change from `one` to `other`, part by part; parts that neither was asked are left out."""
    scored = ((name, getattr(one, name), getattr(other, name)) for name in PARTS)
    parts = [
        _part(name, mean(before), mean(after), change(before, after))
        for name, before, after in scored
        if before or after
    ]
    loss = _part("held_out_loss", held_out_loss(one), held_out_loss(other), loss_change(one, other))
    return (*parts, loss)


def _part(name: str, one: float, other: float, found: Comparison) -> Part:
    return Part(name, one, other, found.change, found.low, found.high, found.pairs)
