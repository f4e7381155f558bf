"""The card of an adapter: `README.md` and `loss.svg` in the folder of its run. Pure: the same run, the same bytes."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from randaemon.store.records import RunRecord
from randaemon.training.spec import ADAPTER, Results

Points = Sequence[tuple[int, float]]  # step, loss

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 640, 240, 48, 28
_COLOURS = {"training": "#4269d0", "validation": "#ff725c"}


@dataclass(frozen=True, slots=True)
class Told:
    """What a card tells beside the run's own results."""

    run: RunRecord
    results: Results
    manifest: Mapping[str, object]  # of the dataset version
    curves: Mapping[str, Points] = field(default_factory=dict)  # training, validation


def render(told: Told) -> str:
    """The card in Markdown."""
    return "\n".join([*_head(told), *_data(told), *_gate(told), *_loss(told), *_again(told)]) + "\n"


def loss_curve(curves: Mapping[str, Points]) -> str:
    """The losses over the steps as a self-contained SVG; readable on light and on dark ground."""
    points = [point for curve in curves.values() for point in curve]
    last = max((step for step, _ in points), default=1) or 1
    top = max((loss for _, loss in points), default=1.0) or 1.0
    lines = [_curve(name, curve, (last, top)) for name, curve in curves.items() if curve]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="12" fill="#808080">\n'
        f'<path d="M{_LEFT} 8V{_HEIGHT - _BOTTOM}H{_WIDTH - 8}" fill="none" stroke="#808080"/>\n'
        f'<text x="{_LEFT - 6}" y="16" text-anchor="end">{top:.2f}</text>\n'
        f'<text x="{_LEFT - 6}" y="{_HEIGHT - _BOTTOM}" text-anchor="end">0</text>\n'
        f'<text x="{_WIDTH - 8}" y="{_HEIGHT - 8}" text-anchor="end">step {last}</text>\n'
        + "\n".join(lines)
        + "\n</svg>\n"
    )


def _head(told: Told) -> Iterator[str]:
    run, plan = told.run, told.results.plan
    yield f"# {run.id}: an adapter for {run.model}"
    yield ""
    yield f"{str(run.reason).capitalize()}."
    yield ""
    yield f"- base model: `{run.model}`, {plan.get('fine_tune_type', '?')} fine-tuning"
    yield f"- adapter: `{ADAPTER}/`, SHA-256 of its weights `{told.results.digest}`"
    ended = f", ended {_moment(run.ended)}" if run.ended else ""
    yield f"- started {_moment(run.started)}{ended}"
    yield ""


def _data(told: Told) -> Iterator[str]:
    manifest, counts = told.manifest, told.results.counts
    yield "## Data"
    yield ""
    yield f"Dataset version {told.run.version}, licence {manifest.get('licence', 'unknown')}."
    yield from _table(("rows", "count"), sorted(counts.items()))
    funnel = manifest.get("funnel")
    if isinstance(funnel, Mapping):
        yield "The funnel that led to it:"
        yield from _table(("step", "count"), funnel.items())


def _gate(told: Told) -> Iterator[str]:
    evidence = told.run.metrics.get("evidence")
    if not isinstance(evidence, Mapping):
        return
    yield "## Gate"
    yield ""
    models = {"this": evidence, **{name: evidence[name] for name in ("base", "current") if name in evidence}}
    rows = ("recall", "held_out_loss", "perplexity", "commands", "refusal", "forgetting", "tokens_per_second")
    yield from _table(("", *models), ((row, *(one.get(row) for one in models.values())) for row in rows))
    for name, one in models.items():
        if "recall_change" in one:
            yield f"Recall against the {name} model {one['recall_change']:+}, noise floor {one['noise_floor']}."
    yield ""


def _loss(told: Told) -> Iterator[str]:
    if any(told.curves.values()):
        yield "## Loss"
        yield ""
        yield "![losses over the steps of the training](loss.svg)"
        yield ""


def _again(told: Told) -> Iterator[str]:
    yield "## How to make it again"
    yield ""
    yield f"`randaemon train reproduce {told.run.id}` trains on the same version with the same plan and compares:"
    yield from _table(("plan", "value"), sorted(told.results.plan.items()))


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    yield ""
    yield f"| {' | '.join(header)} |"
    yield f"|{' --- |' * len(header)}"
    for row in rows:
        yield f"| {' | '.join('-' if cell is None else str(cell) for cell in row)} |"
    yield ""


def _curve(name: str, curve: Points, extent: tuple[int, float]) -> str:
    last, top = extent
    wide, high = _WIDTH - 8 - _LEFT, _HEIGHT - _BOTTOM - 8
    path = " ".join(f"{_LEFT + step / last * wide:.1f},{8 + high - loss / top * high:.1f}" for step, loss in curve)
    row = 16 + 16 * list(_COLOURS).index(name)
    return (
        f'<polyline points="{path}" fill="none" stroke="{_COLOURS[name]}" stroke-width="2"/>\n'
        f'<text x="{_WIDTH - 12}" y="{row}" text-anchor="end" fill="{_COLOURS[name]}">{name}</text>'
    )


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))
