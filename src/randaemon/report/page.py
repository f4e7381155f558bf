"""The page: facts in, HTML out. Pure; the template beside this file holds the words, `charts` the pictures.

Everything is escaped by the template but the charts, which escape what they write themselves.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from randaemon.report import charts
from randaemon.report.facts import Report, Run
from randaemon.training.card import loss_curve

_FIGURES = ("recall", "held_out_loss", "perplexity", "commands", "refusal", "forgetting", "tokens_per_second")

#: Steps of the funnel that count what is there; all others count what was left out.
_WENT_ON = frozenset(
    {"documents", "families", "chunks", "items", "candidates", "accepted", "train", "valid", "test", "held_out"}
)


def render(report: Report) -> str:
    """The whole page."""
    return _template().render(
        report=report,
        status=report.status,
        moment=_moment,
        number=_number,
        funnel=charts.bars(_funnel(report.funnel)),
        scores=charts.stacked(_scores(report.scores), "score"),
        coverage=charts.shares(_coverage(report.coverage)),
        throughput=charts.columns(report.throughput) if report.throughput else None,
        runs=[_run(run) for run in report.runs],
    )


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("page.html")


def _funnel(funnel: Mapping[str, int]) -> list[charts.Bar]:
    """Every step of the funnel; what was left out at it is told apart from what went on."""
    return [charts.Bar(name.replace("_", " "), count, lost=name not in _WENT_ON) for name, count in funnel.items()]


def _scores(scores: Mapping[str, Any]) -> list[charts.Stack]:
    labels = [f"{tenth / 10:.1f}" for tenth in range(10)]
    return [
        charts.Stack(label, {mode: counts[at] for mode, counts in scores.items()}) for at, label in enumerate(labels)
    ]


def _coverage(coverage: Mapping[str, Mapping[str, int]]) -> list[charts.Stack]:
    names = {"5+": "5 or more samples", "1-4": "1 to 4", "0": "none"}
    return [
        charts.Stack(category.replace("_", " "), {told: row.get(key, 0) for key, told in names.items()})
        for category, row in coverage.items()
    ]


def _run(run: Run) -> dict[str, Any]:
    evidence = run.record.metrics.get("evidence")
    return {
        "record": run.record,
        "curve": loss_curve(run.curves) if any(run.curves.values()) else None,
        "evidence": list(_evidence(evidence)) if isinstance(evidence, Mapping) else [],
    }


def _evidence(evidence: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    models = [evidence, *(evidence[name] for name in ("base", "current") if name in evidence)]
    yield ("", "this run", *(f"{name} model" for name in ("base", "current") if name in evidence))
    for figure in _FIGURES:
        if any(model.get(figure) is not None for model in models):
            yield (figure.replace("_", " "), *(_number(model.get(figure)) for model in models))


def _moment(seconds: float | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds)) if seconds else "–"


def _number(value: object) -> str:
    match value:
        case None:
            return "–"
        case float():
            return f"{value:.3f}" if abs(value) < 100 else _number(round(value))
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}".replace(",", " ")
        case _:
            return str(value)
