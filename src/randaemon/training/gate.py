"""The gate of quality.md section 6, first form: may this adapter be promoted? Pure, with its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from randaemon.training.evaluate import Comparison, held_out_loss, loss_change, recall, recall_change, trained_recall
from randaemon.training.spec import Measures, NoOp


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision, its reasons in plain words, and the figures it rests on."""

    promote: bool
    reasons: tuple[str, ...]
    evidence: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Against:
    """The new adapter beside one baseline."""

    name: str  # base | current
    recall: float
    loss: float
    recall_change: Comparison
    loss_change: Comparison


def verdict(base: Measures | None, current: Measures | None, new: Measures, no_op: NoOp) -> Verdict:
    """Judge a new adapter. `current` is None only when nothing is promoted yet."""
    missing = tuple(_missing(base, new))
    if missing or base is None:
        return Verdict(promote=False, reasons=missing, evidence=_evidence((), new, no_op))
    baselines = (("base", base),) if current is None else (("base", base), ("current", current))
    against = tuple(_against(name, before, new) for name, before in baselines)
    refusals = (*_no_op(no_op), *(reason for one in against for reason in _refusals(one)))
    gains = tuple(_gain(one, new) for one in against)
    return Verdict(not refusals, refusals or gains, _evidence(against, new, no_op))


def _missing(base: Measures | None, new: Measures) -> Iterator[str]:
    if base is None:
        yield "the base model was not measured: nothing to compare with"
    if not new.recall or (base is not None and not base.recall):
        yield "no recall question was asked: the dataset version has no evaluation set"
    if not new.held_out or (base is not None and not base.held_out):
        yield "no held-out row was measured: the dataset version has no test split"


def _against(name: str, before: Measures, new: Measures) -> _Against:
    return _Against(name, recall(before), held_out_loss(before), recall_change(before, new), loss_change(before, new))


def _no_op(no_op: NoOp) -> tuple[str, ...]:
    return () if no_op.changes else ("the adapter is a no-op: it does not change the model's weights or answers",)


def _refusals(one: _Against) -> Iterator[str]:
    if not one.recall_change.pairs or not one.loss_change.pairs:
        yield f"the {one.name} model has no measurement on the same questions"
        return
    if one.recall_change.change <= one.recall_change.floor:
        yield (
            f"recall against the {one.name} model changed by {one.recall_change.change:+.3f}, "
            f"not more than the noise floor {one.recall_change.floor:.3f}"
        )
    if one.loss_change.low > 0:
        yield (
            f"held-out loss against the {one.name} model rose by {one.loss_change.change:.3f} nats a character "
            f"(95 % interval {one.loss_change.low:.3f} to {one.loss_change.high:.3f})"
        )


def _gain(one: _Against, new: Measures) -> str:
    return (
        f"recall on held-out phrasings {one.recall:.3f} → {recall(new):.3f} against the {one.name} model "
        f"(noise floor {one.recall_change.floor:.3f}), held-out loss {one.loss:.3f} → {held_out_loss(new):.3f}"
    )


def _evidence(against: tuple[_Against, ...], new: Measures, no_op: NoOp) -> dict[str, object]:
    return {
        "recall": round(recall(new), 4),
        "trained_recall": round(trained_recall(new), 4),
        "held_out_loss": round(held_out_loss(new), 4),
        "questions": len(new.recall),
        "held_out_rows": len(new.held_out),
        "weight_change": no_op.weight_change,
        "logit_change": no_op.logit_change,
        **{one.name: _figures(one) for one in against},
    }


def _figures(one: _Against) -> dict[str, object]:
    return {
        "recall": round(one.recall, 4),
        "held_out_loss": round(one.loss, 4),
        "recall_change": round(one.recall_change.change, 4),
        "noise_floor": round(one.recall_change.floor, 4),
        "loss_change": round(one.loss_change.change, 4),
        "loss_low": round(one.loss_change.low, 4),
        "loss_high": round(one.loss_change.high, 4),
    }
