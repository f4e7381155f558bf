"""All wording of messages, by the kind of event."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from randaemon.alerts import FAILURES, QUALITY, SPEED, STUCK, WAITING
from randaemon.model import Event

Data = Mapping[str, object]


class Urgency(StrEnum):
    """How much it matters, in the words of freedesktop."""

    LOW = "low"
    NORMAL = "normal"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Message:
    """What the desktop shows."""

    title: str
    body: str
    urgency: Urgency = Urgency.NORMAL
    topic: str = ""  # of what goes on: told once in a while, however often it happens
    drop: Mapping[str, object] | None = None  # of a drop that has ended: its figures, for summing up
    taken: bool = True  # of a drop: it gave what it had


def message(event: Event) -> Message | None:
    """The message of an event; None for the many that deserve none."""
    wording = _WORDING.get(event.kind)
    return wording(event.data) if wording else None


def grouped(messages: Sequence[Message]) -> list[Message]:
    """Many at once: finished drops as one sum, refused ones as one, and how many others there were."""
    done = [each.drop for each in messages if each.drop is not None and each.taken]
    refused = sum(each.drop is not None and not each.taken for each in messages)
    rest = [each for each in messages if each.drop is None]
    told = [Message(f"{len(done)} files are done", _sum(done))] if done else []
    if refused:
        told.append(
            Message(f"{refused} files were not taken", "`randaemon jobs ls --status rejected`, `… --status failed`")
        )
    if len(rest) <= 2:
        return [*told, *rest]
    urgency = Urgency.CRITICAL if any(each.urgency is Urgency.CRITICAL for each in rest) else Urgency.NORMAL
    return [*told, rest[0], Message(f"{len(rest) - 1} more messages", "`randaemon status`", urgency)]


def _drop_done(data: Data) -> Message:
    """A drop and everything in it has ended; the data count its documents by status."""
    parts = [f"{number} {status}" for status in _SHOWN if (number := data.get(status))]
    told = f"documents: {', '.join(parts)}" if parts else "see `randaemon status`"
    return Message(f"{_name(data)} is done", told + _harvest(data), Urgency.LOW, drop=data)


def _drop_failed(data: Data) -> Message:
    reason = str(data.get("reason") or data.get("code") or "no reason was given")
    command = f"`randaemon jobs show {data.get('key', '')}`".replace(" `", "`")
    return Message(f"{_name(data)} was not taken", f"{reason}; {command}", drop=data, taken=False)


def _run_wanted(data: Data) -> Message:
    """All that a run waits for is a person."""
    if data.get("for") == "approval":
        return Message("Training waits for your word", "`randaemon train start`", topic="run approval")
    told = f"it is {data['have']}: {data.get('need')}" if "have" in data else "`randaemon doctor`"
    return Message("Training has no model", told, topic="run base_model")


def _run_started(data: Data) -> Message:
    version = f" on version {data['version']} of the dataset" if data.get("version") else ""
    return Message("Training has begun", f"{data.get('run', '?')}{version}; `randaemon train status`", Urgency.LOW)


def _run_done(data: Data) -> Message:
    parts = [str(data["reason"])] if data.get("reason") else []
    recall = data.get("recall")
    if isinstance(recall, int | float):
        parts.insert(0, f"recalls {recall:.0%} of the facts")
    before, after = data.get("loss_before"), data.get("loss_after")
    if isinstance(before, int | float) and isinstance(after, int | float):
        parts.insert(0, f"loss {before:.2f} → {after:.2f}")
    return Message("Training is done", "; ".join(parts) or "see `randaemon models ls`")


def _run_failed(data: Data) -> Message:
    return Message("Training ended early", str(data.get("reason") or "see `randaemon train status`"))


def _promoted(data: Data) -> Message:
    return Message("A new model is active", f"{data.get('run', '?')}: {data.get('reason') or 'its gate said yes'}")


def _rolled_back(data: Data) -> Message:
    reason = f": {data['reason']}" if data.get("reason") else ""
    return Message("The active model was taken back", f"{data.get('run', '?')} is not active any more{reason}")


def _trouble(data: Data) -> Message:
    reason = str(data.get("reason") or "see its log")
    topic = f"trouble {reason[:24]}"  # the figures behind differ each time
    return Message("randaemon needs you", f"{reason}; `randaemon doctor`", Urgency.CRITICAL, topic)


def _waiting(data: Data) -> Message | None:
    """For power, memory, a cooler machine. A pause was asked for by whoever would read this."""
    if data.get("code") == "E_PAUSED":
        return None
    return Message(
        "randaemon waits", f"{data.get('reason') or 'see `randaemon status`'}", topic=f"machine {data.get('code')}"
    )


def _models_away(data: Data) -> Message:
    """Documents wait for many things; only the model server needs somebody to do something."""
    told = f"{data.get('reason') or 'it does not answer'}; `randaemon doctor`"
    return Message("Waiting for a model server", told, topic="models")


def _alert(data: Data) -> Message:
    """Something has become worse; told once in a while, as any other trouble."""
    rule = str(data.get("rule"))
    urgency = Urgency.CRITICAL if data.get("urgent") else Urgency.NORMAL
    told = f"{data.get('reason') or 'see its log'}; `{data.get('command') or 'randaemon status'}`"
    return Message(_ALERTS.get(rule, "randaemon noticed something"), told, urgency, f"alert {rule}")


def _settings(data: Data) -> Message | None:
    waits = data.get("restart")
    if not isinstance(waits, list | tuple) or not waits:
        return None
    return Message("A restart is needed", f"for {', '.join(map(str, waits))}; `randaemon service restart`")


def _restored(data: Data) -> Message:
    taken = data.get("created")
    told = "state made anew, since no backup could be used"
    if isinstance(taken, float):
        told = f"state restored from the backup of {time.strftime('%Y-%m-%d %H:%M', time.localtime(taken))}"
    return Message("The database was damaged", f"{told}, {data.get('requeued', 0)} files re-queued", Urgency.CRITICAL)


def _models_given_up(data: Data) -> Message:
    """Told once an outage, however many documents it touches."""
    return Message("No language model answers", f"{data.get('reason') or 'see its log'}; the rules go on alone")


def _models_back(data: Data) -> Message | None:
    """Only where something comes of it."""
    degraded = data.get("degraded", "some")
    told = f"{degraded} documents are done again, when there is time"
    return Message("The language models answer again", told) if degraded else None


_ALERTS = {
    FAILURES: "Many documents fail",
    QUALITY: "The samples have become worse",
    SPEED: "The work has become slow",
    STUCK: "The work does not move",
    WAITING: "Documents wait for long",
}

_WORDING: Mapping[str, Callable[[Data], Message | None]] = {
    "drop.done": _drop_done,
    "drop.failed": _drop_failed,
    "run.wanted": _run_wanted,
    "run.started": _run_started,
    "run.done": _run_done,
    "run.failed": _run_failed,
    "run.interrupted": _run_failed,
    "model.promoted": _promoted,
    "model.rolled_back": _rolled_back,
    "daemon.trouble": _trouble,
    "daemon.restored": _restored,
    "daemon.settings": _settings,
    "alert.raised": _alert,
    "machine.waiting": _waiting,
    "models.away": _models_away,
    "models.given_up": _models_given_up,
    "models.back": _models_back,
}

#: The kinds of events that are shown, for the daemon's tail of the event table.
KINDS = frozenset(_WORDING)


_SHOWN = ("done", "duplicate", "rejected", "failed", "cancelled")


def _name(data: Data) -> str:
    return str(data.get("name") or "A file")


def _harvest(data: Data) -> str:
    samples, quality = data.get("samples"), data.get("quality")
    if not isinstance(samples, int) or not samples:
        return ""
    score = f" of mean quality {quality:.2f}" if isinstance(quality, int | float) else ""
    return f"; {samples} samples{score}"


def _sum(drops: Sequence[Mapping[str, object]]) -> str:
    """Documents by status, samples, and their mean quality weighed by number."""
    counts = {status: sum(_count(drop.get(status)) for drop in drops) for status in _SHOWN}
    parts = [f"{number} {status}" for status, number in counts.items() if number]
    samples = sum(_count(drop.get("samples")) for drop in drops)
    weighed = sum(_count(drop.get("samples")) * float(str(drop.get("quality") or 0.0)) for drop in drops)
    harvest = _harvest({"samples": samples, "quality": weighed / samples if samples else None})
    return f"documents: {', '.join(parts)}{harvest}" if parts else "`randaemon status`"


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
