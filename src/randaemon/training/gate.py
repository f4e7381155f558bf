"""The gate: may this adapter be promoted? Pure, with its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from randaemon.training.evaluate import (
    Comparison,
    change,
    held_out_loss,
    loss_change,
    mean,
    perplexity,
)
from randaemon.training.spec import Measures, NoOp

ALLOWED_DROP = 0.05  # of refusal and forgetting


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision, its reasons in plain words, and the figures it rests on."""

    promote: bool
    reasons: tuple[str, ...]
    evidence: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Against:
    """The new adapter beside one baseline: every change is paired, question by question."""

    name: str  # base | current
    before: Measures
    recall: Comparison
    loss: Comparison
    kept: Mapping[str, Comparison]  # refusal, forgetting: what must not be lost


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
    kept = {
        "refusal": change(before.refusal, new.refusal),
        "forgetting": change(before.forgetting, new.forgetting),
    }
    return _Against(name, before, change(before.recall, new.recall), loss_change(before, new), kept)


def _no_op(no_op: NoOp) -> tuple[str, ...]:
    return () if no_op.changes else ("the adapter is a no-op: it does not change the model's weights or answers",)


def _refusals(one: _Against) -> Iterator[str]:
    if not one.recall.pairs or not one.loss.pairs:
        yield f"the {one.name} model has no measurement on the same questions"
        return
    if one.recall.change <= one.recall.floor:
        yield (
            f"recall against the {one.name} model changed by {one.recall.change:+.3f}, "
            f"not more than the noise floor {one.recall.floor:.3f}"
        )
    if one.loss.low > 0:
        yield (
            f"held-out loss against the {one.name} model rose by {one.loss.change:.3f} nats a character "
            f"(95 % interval {one.loss.low:.3f} to {one.loss.high:.3f})"
        )
    for part, found in one.kept.items():
        if found.change < -ALLOWED_DROP:
            yield (
                f"{part} against the {one.name} model fell by {-found.change:.3f} over {found.pairs} questions, "
                f"more than the {ALLOWED_DROP} that are allowed"
            )


def _gain(one: _Against, new: Measures) -> str:
    return (
        f"recall on held-out phrasings {mean(one.before.recall):.3f} → {mean(new.recall):.3f} against the {one.name} "
        f"model (noise floor {one.recall.floor:.3f}), "
        f"held-out loss {held_out_loss(one.before):.3f} → {held_out_loss(new):.3f}"
    )


def _evidence(against: tuple[_Against, ...], new: Measures, no_op: NoOp) -> dict[str, object]:
    return {
        **_figures(new),
        "trained_recall": round(mean(new.trained), 4),
        "questions": len(new.recall),
        "held_out_rows": len(new.held_out),
        "weight_change": no_op.weight_change,
        "logit_change": no_op.logit_change,
        **{one.name: {**_figures(one.before), **_changes(one)} for one in against},
    }


def _figures(measures: Measures) -> dict[str, object]:
    """What one model was measured to do; None where nothing was asked."""
    return {
        "recall": round(mean(measures.recall), 4),
        "held_out_loss": round(held_out_loss(measures), 4),
        "perplexity": round(perplexity(measures), 3),
        "commands": round(mean(measures.commands), 4) if measures.commands else None,
        "refusal": round(mean(measures.refusal), 4) if measures.refusal else None,
        "forgetting": round(mean(measures.forgetting), 4) if measures.forgetting else None,
        "tokens_per_second": measures.tokens_per_second,
    }


def _changes(one: _Against) -> dict[str, object]:
    return {
        "recall_change": round(one.recall.change, 4),
        "noise_floor": round(one.recall.floor, 4),
        "loss_change": round(one.loss.change, 4),
        "loss_low": round(one.loss.low, 4),
        "loss_high": round(one.loss.high, 4),
        **{f"{part}_change": round(found.change, 4) for part, found in one.kept.items() if found.pairs},
    }
