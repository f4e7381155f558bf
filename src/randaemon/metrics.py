"""The state of the home in the text format of Prometheus, and whether it is healthy. Pure: the facts of `status` in.

Names and units follow https://prometheus.io/docs/practices/naming/.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from randaemon.alerts import RULES

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric with its samples: labels, as they are printed between the braces, and value."""

    name: str
    help: str
    samples: tuple[tuple[str, float], ...]


def render(status: Mapping[str, Any]) -> str:
    """`status` as `GET /metrics` answers it."""
    lines = (line for metric in _metrics(status) if metric.samples for line in _lines(metric))
    return "\n".join(lines) + "\n"


def healthy(status: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether the daemon does its work, and why not, in words."""
    daemon = status["daemon"]
    if not daemon["running"]:
        return False, "the daemon does not run"
    problems = [*daemon["problems"], *(alert["reason"] for alert in daemon["alerts"] if alert["urgent"])]
    return not problems, "; ".join(map(str, problems)) or "ok"


def _metrics(status: Mapping[str, Any]) -> Iterator[Metric]:
    daemon, documents, dataset = status["daemon"], status["documents"], status["dataset"]
    training, model, resources = status["training"], status["model"], status["resources"]
    yield _one("up", "Does the daemon run?", bool(daemon["running"]))
    yield _one("problems", "What keeps the daemon from its work.", len(daemon["problems"]))
    standing = {alert["rule"] for alert in daemon["alerts"]}
    yield _many("alert", "Alert rules: 1 while one stands.", "rule", ((rule, rule in standing) for rule in RULES))
    yield _one("inbox_files", "Files in the inbox that are not taken yet.", status["inbox"]["files"])
    yield _many("documents", "Documents by status.", "status", documents["by_status"].items())
    stages = documents["by_stage"].items()
    yield _many("documents_in_stage", "Documents by the stage they are or ended in.", "stage", stages)
    waiting = ((each["reason"], each["count"]) for each in status["waiting"])
    yield _many("documents_waiting", "Documents that wait, by reason.", "reason", waiting)
    yield _one("dataset_version", "Number of the newest sealed dataset version.", dataset["version"])
    yield _one("dataset_samples", "Samples of the newest version.", dataset["samples"])
    yield _one("dataset_new_samples", "Accepted samples that are not in it yet.", dataset["new_samples"])
    yield _one("dataset_quality", "Mean score of its samples, 0 to 1.", dataset["mean_quality"])
    yield _one("training_running", "Is a training run under way?", training["state"] == "running")
    conditions = (training.get("due") or {}).get("conditions", ())
    met = ((each["name"], each["ok"]) for each in conditions)
    yield _many("training_condition", "Conditions of the next run: 1 when met.", "condition", met)
    yield _one("model_active", "Is an adapter active?", model["active"] is not None)
    yield _one("disk_free_bytes", "Room on the disk of the home.", resources.get("disk_free"))


def _one(name: str, told: str, value: float | None) -> Metric:
    return Metric(f"randaemon_{name}", told, () if value is None else (("", float(value)),))


def _many(name: str, told: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    samples = ((f'{label}="{_escaped(key)}"', float(value)) for key, value in values)
    return Metric(f"randaemon_{name}", told, tuple(samples))


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.help}"
    yield f"# TYPE {metric.name} gauge"
    for labels, value in metric.samples:
        yield f"{metric.name}{{{labels}}} {value:g}" if labels else f"{metric.name} {value:g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
