"""Which events deserve a message on the desktop, and its wording. Pure; all wording is here.

Events carry ids, names, counts and codes, never document text, so a message cannot leak any.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from randaemon.model import Event

Data = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Message:
    """What the desktop shows."""

    title: str
    body: str


def message(event: Event) -> Message | None:
    """The message of an event; None for the many that deserve none."""
    wording = _WORDING.get(event.kind)
    return wording(event.data) if wording else None


def _drop_done(data: Data) -> Message:
    """A drop and everything in it has ended; the data count its documents by status."""
    parts = [f"{number} {status}" for status in _SHOWN if (number := data.get(status))]
    told = f"documents: {', '.join(parts)}" if parts else "see `randaemon status`"
    return Message(f"{_name(data)} is done", told + _harvest(data))


def _drop_failed(data: Data) -> Message:
    reason = str(data.get("reason") or data.get("code") or "no reason was given")
    return Message(f"{_name(data)} was not taken", f"{reason}; see `randaemon jobs show`")


def _run_done(data: Data) -> Message:
    before, after = data.get("loss_before"), data.get("loss_after")
    parts = [str(data["reason"])] if data.get("reason") else []
    if isinstance(before, int | float) and isinstance(after, int | float):
        parts.insert(0, f"loss {before:.2f} → {after:.2f}")
    return Message("Training is done", "; ".join(parts) or "see `randaemon models ls`")


def _run_failed(data: Data) -> Message:
    return Message("Training ended early", str(data.get("reason") or "see `randaemon train status`"))


def _promoted(data: Data) -> Message:
    return Message("A new model is active", f"run {data.get('run', '?')}: {data.get('reason') or 'its gate said yes'}")


def _rolled_back(data: Data) -> Message:
    reason = f": {data['reason']}" if data.get("reason") else ""
    return Message("The active model was taken back", f"run {data.get('run', '?')} is not active any more{reason}")


def _trouble(data: Data) -> Message:
    return Message("randaemon is in trouble", f"{data.get('reason') or 'see its log'}; see `randaemon doctor`")


def _restored(data: Data) -> Message:
    taken = data.get("created")
    told = "state made anew, since no backup could be used"
    if isinstance(taken, float):
        told = f"state restored from the backup of {time.strftime('%Y-%m-%d %H:%M', time.localtime(taken))}"
    return Message("The database was damaged", f"{told}, {data.get('requeued', 0)} files re-queued")


_WORDING: Mapping[str, Callable[[Data], Message]] = {
    "drop.done": _drop_done,
    "drop.failed": _drop_failed,
    "run.done": _run_done,
    "run.failed": _run_failed,
    "run.interrupted": _run_failed,
    "model.promoted": _promoted,
    "model.rolled_back": _rolled_back,
    "daemon.trouble": _trouble,
    "daemon.restored": _restored,
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
