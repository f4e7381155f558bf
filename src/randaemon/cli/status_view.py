"""The facts of `status` for people: one screen, the most urgent first. Pure, and quick to import."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from randaemon.machine import MIB, size

Facts = Mapping[str, Any]

_OFF = "off — `randaemon train start`, or `randaemon config set training.enabled true`"
_PAUSED = "paused by you — `randaemon jobs resume"
_RECENT = 3 * 86_400.0  # seconds for which a restored database is worth a line
_WIDTH = 100  # columns of what is wrapped, where nobody says how wide the terminal is
_UNMET = 3  # conditions that a run waits for and that are named; `train status` has all
_SHOWN = 5  # files of the inbox and reasons to wait that are listed


def describe(
    facts: Facts, at_work: Mapping[str, int], left: Mapping[str, float] | None = None, now: float = 0.0
) -> Iterator[str]:
    """`at_work`: of the stages, what is in work there; `left`: seconds until the drops under way are done."""
    now = now or time.time()
    yield from _rows("randaemon", [_daemon(facts["daemon"], now)])
    yield from _rows("needs you", list(needs(facts, now)))
    yield from _rows("at work", list(_work(facts, at_work)))
    yield from _rows("drops", list(_drops(facts["inbox"], left or {})))
    yield from _rows("waits", list(_waiting(facts["waiting"])))
    yield from _rows("inbox", list(_inbox(facts["inbox"])))
    yield from _rows("documents", [_documents(facts["documents"])])
    yield from _rows("dataset", [_dataset(facts["dataset"])])
    yield from _rows("training", list(_training(facts["training"], facts["daemon"]["paused"])))
    yield from _rows("model", [_models(facts["model"])])
    yield from _rows("servers", list(_services(facts["services"], facts["daemon"]["paused"])))
    yield from _rows("disk", [_disk(facts["resources"])])


def needs(facts: Facts, now: float) -> Iterator[str]:
    """What a person should do, each with the command."""
    daemon, by_status = facts["daemon"], facts["documents"]["by_status"]
    for problem in daemon["problems"]:
        yield f"{problem} — `randaemon doctor`"
    if not daemon["problems"] and facts["resources"]["disk_free"] < MIB:  # so full that the daemon cannot say so
        yield "the disk is full — make room on it"
    for alert in daemon["alerts"]:
        yield f"{alert['reason']} — `{alert['command']}`"
    if daemon["paused"] and not daemon["running"]:  # else "at work" says it
        yield f"{_and(daemon['paused'])} paused, and will be when it runs again — `randaemon jobs resume`"
    if daemon["safe_mode"]:
        yield "it is in safe mode after repeated crashes — `randaemon logs --level error`"
    if by_status["failed"] and all(alert["rule"] != "failures" for alert in daemon["alerts"]):
        yield f"{_count(by_status['failed'], 'document')} failed — `randaemon jobs ls --status failed`"
    yield from _asked([condition for condition in facts["training"]["due"]["conditions"] if not condition["ok"]])
    restored = daemon.get("restored") or {}
    if restored and now - restored["at"] < _RECENT:
        yield (
            f"the database was damaged at {_moment(restored['at'])} and restored, {restored.get('requeued', 0)} files "
            f"re-queued — `randaemon verify`"
        )


def _asked(unmet: list[Facts]) -> Iterator[str]:
    """Where training waits for a person alone."""
    match unmet:
        case [{"name": "approval"}]:
            yield "training waits for your word — `randaemon train start`"
        case [{"name": "base_model", "have": lacking, "need": remedy}]:
            yield f"training has no model: it is {lacking} — {remedy}"


def describe_training(training: Facts) -> Iterator[str]:
    """The training part with every condition, for `train status`: what it waits for first."""
    if training["state"] == "running":
        yield f"training   {_under_way(training)}"
        return
    conditions = training["due"]["conditions"]
    met = [condition for condition in conditions if condition["ok"]]
    yield f"training   {_OFF if training['state'] == 'disabled' else _held(training)}"
    if told := _cut_short(training):
        yield f"{'':<11}{told}"
    for number, condition in enumerate(each for each in conditions if not each["ok"]):
        yield f"{'waits for' if number == 0 else '':<11}{_condition(condition)}"
    if met:
        yield f"{'holds':<11}{', '.join(map(_condition, met))}"


def describe_step(training: Facts) -> str:
    """Where the run under way is; nothing before its first report."""
    progress, download = training.get("progress") or {}, training.get("download") or {}
    if progress.get("step"):
        loss = f", loss {progress['loss']:.2f}" if isinstance(progress.get("loss"), int | float) else ""
        return f"step {progress['step']:,} of {progress.get('total', '?')}{loss}"
    if download and download["have"] < download["need"]:
        return f"downloads its model, {download['have'] >> 20:,} of {download['need'] >> 20:,} MiB"
    return ""


def fitted(told: Iterable[str], width: int = _WIDTH) -> Iterator[str]:
    """Lines that are too long go on below their own column, not below the label."""
    for line in told:
        yield from textwrap.wrap(
            line, width, subsequent_indent=" " * 11, break_on_hyphens=False, break_long_words=False
        ) or [""]


def duration(seconds: float) -> str:
    """Roughly: `40 s`, `12 min`, `3.5 h`, `2 days`."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 2 * 86_400 else f"{seconds / 86_400:.0f} days"


def _rows(label: str, told: list[str]) -> Iterator[str]:
    for number, text in enumerate(told):
        yield f"{label if number == 0 else '':<11}{text}"


def _daemon(daemon: Facts, now: float) -> str:
    if not daemon["running"]:
        return "does not run — `randaemon run` or `randaemon service install`"
    since = f" for {duration(now - daemon['since'])}" if daemon.get("since") else ""
    return f"runs{since}, pid {daemon['pid']}"


def _work(facts: Facts, at_work: Mapping[str, int]) -> Iterator[str]:
    if not facts["daemon"]["running"]:
        if at_work:
            yield f"left to do: {', '.join(f'{count:,} in {stage}' for stage, count in at_work.items())}"
        return
    lane = facts["resources"]["lanes"].get("cpu")
    stages = ", ".join(f"{count:,} in {stage}" for stage, count in at_work.items())
    running = facts["documents"]["by_status"]["running"]
    if "documents" in facts["daemon"]["paused"]:  # at once, and not when the daemon has next looked at the machine
        yield f"{_PAUSED} documents`" + (f"; {stages}" if stages else "")
    elif lane is not None and lane["width"] == 0:
        yield f"nothing is begun: {lane['reason']}" + (f"; {stages}" if stages else "")
    elif lane is None or not stages:
        yield stages or "nothing to do"
    else:
        narrow = f"{lane['width']} instead of {lane['of']}" if lane["width"] < lane["of"] else f"{lane['of']}"
        yield f"{stages}; {running} running, up to {narrow} at once" + (f": {lane['reason']}" if lane["reason"] else "")


def _drops(inbox: Facts, left: Mapping[str, float]) -> Iterator[str]:
    """Archives one by one; single files in a line, with the time that they take where they are all there is."""
    drops = inbox["drops"]
    for drop in drops:
        if drop["documents"] > 1:
            yield _drop(drop, left.get(drop["key"]))
    more = inbox["drops_under_way"] - len(drops)
    single = [drop for drop in drops if drop["documents"] == 1]
    known = [left[drop["key"]] for drop in single if drop["key"] in left]
    names = ", ".join(drop["name"] for drop in single)
    if more > 0:
        yield f"{names} and {more:,} more" if names else f"and {more:,} more"
    elif names:
        yield names + (f"; about {duration(sum(known))} left" if known else "")


def _drop(drop: Facts, seconds: float | None) -> str:
    refused = f", {drop['refused']} without result" if drop["refused"] else ""
    eta = f"; about {duration(seconds)} left" if seconds is not None else ""
    share = drop["ended"] / drop["documents"]
    return f"{drop['name']}: {drop['ended']:,} of {drop['documents']:,} documents ({share:.0%}){refused}{eta}"


def _waiting(waiting: list[Facts]) -> Iterator[str]:
    for one in waiting[:_SHOWN]:
        yield f"{one['count']} × {one['reason']} (next try {_moment(one['until'])})"
    if len(waiting) > _SHOWN:
        yield f"and {len(waiting) - _SHOWN} more reasons — `randaemon jobs ls`"


def _inbox(inbox: Facts) -> Iterator[str]:
    if inbox["files"]:
        yield f"{_count(inbox['files'], 'file')} not yet taken"
    for one in inbox["waiting"][:_SHOWN]:
        yield f"  {one['name']}: {one['reason']}"
    if len(inbox["waiting"]) > _SHOWN:
        yield f"  and {len(inbox['waiting']) - _SHOWN:,} more, each with a reason"
    if not inbox["files"]:
        yield f"empty — drop files into {inbox['path']}"


def _documents(documents: Facts) -> str:
    counts = [f"{count:,} {name}" for name, count in documents["by_status"].items() if count]
    return f"{documents['total']:,}" + (f": {', '.join(counts)}" if counts else "")


def _dataset(dataset: Facts) -> str:
    if dataset["version"] is None:
        return f"none sealed yet; {_count(dataset['new_samples'], 'sample')} accepted"
    splits = ", ".join(f"{name} {count:,}" for name, count in (dataset["splits"] or {}).items())
    quality = dataset["mean_quality"]
    told = f"version {dataset['version']}: {_count(dataset['samples'], 'sample')} ({splits})"
    return told + (f", mean quality {quality:.2f}" if quality is not None else "") + f"; {dataset['new_samples']:,} new"


def _training(training: Facts, paused: Sequence[str]) -> Iterator[str]:
    if training["state"] == "running":
        yield _under_way(training)
        return
    if training["state"] == "disabled":
        yield _OFF
        return
    if "training" in paused:
        yield f"{_PAUSED} training`"
        return
    unmet = [condition for condition in training["due"]["conditions"] if not condition["ok"]]
    yield _held(training) + (" — `randaemon train status`" if unmet else "")
    if unmet:
        more = f" and {len(unmet) - _UNMET} more" if len(unmet) > _UNMET else ""
        yield f"for {', '.join(map(_condition, unmet[:_UNMET]))}{more}"
    if told := _cut_short(training):
        yield told


def _under_way(training: Facts) -> str:
    return ", ".join(filter(None, (f"{training['run']} runs", describe_step(training))))


def _held(training: Facts) -> str:
    """How many conditions hold; without a daemon, how many did when one last looked."""
    conditions, unattended = training["due"]["conditions"], training["state"] == "unattended"
    met = sum(condition["ok"] for condition in conditions)
    told = "every condition" if met == len(conditions) else f"{met} of {len(conditions)} conditions"
    if not unattended:
        verb = "holds" if met == len(conditions) else "hold"
        return f"{training['state']}: {told} {verb}" if conditions else str(training["state"])
    at = f"; {told} held at {_moment(training['due']['weighed'])}" if conditions else ""
    return f"nobody looks while the daemon does not run{at}"


def _cut_short(training: Facts) -> str:
    """The run that goes on once it is due again."""
    told = f"{training['run']} was interrupted; it goes on when a run is due"
    return told if training["run_status"] == "interrupted" else ""


def _condition(condition: Facts) -> str:
    """`new samples 120 of 200`, `free memory 21.5 GiB of 2 GiB`; of a plain yes the name alone."""
    name, have, need = condition["name"], condition["have"], condition["need"]
    name, _, unit = name.rpartition("_") if name.endswith(("_gib", "_seconds")) else (name, "", "")
    told = str(name).replace("_", " ")
    if isinstance(have, bool):
        return told
    if isinstance(have, int | float):
        return f"{told} {_value(have, unit)} of {_value(need, unit)}"
    return f"{told} {have}" if condition["ok"] else f"{told} {have or 'none'} (needs {need})"


def _models(model: Facts) -> str:
    active, previous = model["active"], model["previous"]
    if active is None:
        return "none promoted yet"
    recall, base = active.get("recall"), active.get("recall_base")
    gain = f": recalls {recall:.0%} of the facts" if isinstance(recall, int | float) else ""
    gain += f", its base {base:.0%}" if gain and isinstance(base, int | float) else ""
    return f"{active['run']}{gain}" + (f"; before it {previous['run']}" if previous else "")


def _services(services: Facts, paused: Sequence[str]) -> Iterator[str]:
    """Models that answer, tiers that do not, and what the rules had to do alone.

    A home in which no model ever answered misses none: most have no server, and nothing of it is news.
    """
    models, away_now = services.get("models", ()), services.get("away", {})
    if "models" in paused:
        yield f"{_PAUSED} models`"
    for state in models:
        if state["answered_at"] is not None and not (state["error"] and away_now.keys() & {*state.get("tiers", ())}):
            yield _server(state)
    for name, away in away_now.items():
        yield f"{name}: {away['reason']}"
    known = any(state["answered_at"] is not None for state in models)
    if known and (degraded := services.get("degraded")):
        yield f"{_count(degraded, 'document')} made without a model that was wanted, done again once it answers"
    if escalated := services.get("escalated"):
        yield f"{_count(escalated, 'question')} put to a better model, since gates refused what another wrote"
    if upgrading := services.get("upgrading"):
        yield f"{_count(upgrading, 'document')} under way again with a model"


def _server(state: Facts) -> str:
    """One model that has answered in this home: how it does, what is put to it, or what is the matter."""
    waits = [f"{state[name]} {told}" for name, told in _QUEUE if state.get(name)]
    if not state["error"]:
        told = f"{state['model']} at {state['endpoint']} answers, {state['tokens_per_second']:.0f} tokens/s"
        return ", ".join([told, *waits])
    advice = f" ({state['advice']})" if state.get("advice") else ""
    alone = "" if state.get("breaker", "closed") == "closed" else f", left alone after {state['failures']} failures"
    return ", ".join([f"{state['model']}: {state['error']}{advice}{alone}", *waits])


_QUEUE = (("running", "under way"), ("waiting", "waiting"))


def _disk(resources: Facts) -> str:
    return f"{size(resources['disk_free'])} free of {size(resources['disk_total'])}"


def _value(value: object, unit: str = "") -> str:
    match value:
        case int() | float() if unit == "seconds":
            return duration(value) if value else "0 s"
        case float():
            plain = f"{value:,.2f}".rstrip("0").rstrip(".")
        case int():
            plain = f"{value:,}"
        case _:
            plain = str(value) or "none"
    return f"{plain} GiB" if unit == "gib" else plain


def _and(words: Sequence[str]) -> str:
    """`documents, models and training are`."""
    told = " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
    return f"{told} {'is' if words == ['training'] else 'are'}"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _moment(seconds: float) -> str:
    return time.strftime(
        "%H:%M:%S" if abs(time.time() - seconds) < 43_200 else "%Y-%m-%d %H:%M", time.localtime(seconds)
    )
