"""The tabs of one text: overview and services."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from randaemon.machine import size
from randaemon.tui.links import Look

NARROW = 80  # columns, before the screen has told its own
LABEL = 11  # columns of the labels of `status`


def hanging(lines: Iterable[str], width: int) -> str:
    """What is too long for so many columns goes on below its own column, not below its label."""
    room = max((width or NARROW) - 2, 40)
    wrapped = (textwrap.wrap(line, room, subsequent_indent=" " * LABEL, break_on_hyphens=False) for line in lines)
    return "\n".join(line for lines in wrapped for line in (lines or [""]))


class Told(Static):
    """A text. Telling it again costs nothing; a new one costs the layout of the whole screen."""

    def __init__(self, identity: str | None = None) -> None:
        super().__init__(id=identity, markup=False)
        self._told = ""

    def tell(self, text: str) -> None:
        """Show it."""
        if text != self._told:
            self._told = text
            self.update(text)


class Lines(VerticalScroll):
    """A text that others word."""

    def __init__(self, told: Callable[[Look], Iterable[str]]) -> None:
        super().__init__()
        self._wording = told

    def compose(self) -> ComposeResult:
        """One text."""
        yield Told()

    def look(self, now: Look) -> Callable[[], None]:
        """The text as it is now."""
        return partial(self._show, tuple(self._wording(now)))

    def _show(self, lines: Sequence[str]) -> None:
        self.query_one(Told).tell(hanging(lines, self.size.width))


def services(now: Look) -> Iterator[str]:
    """Model servers, what keeps the daemon from its work, and what the machine has left."""
    status = now.status
    daemon, resources, services = status["daemon"], status["resources"], status["services"]
    yield f"daemon     {'runs, pid ' + str(daemon['pid']) if daemon['running'] else 'does not run'}"
    yield from (f"           {problem}" for problem in daemon["problems"])
    for lane in resources["lanes"].values() if daemon["running"] else ():
        yield f"work       {lane['width']} of {lane['of']} documents at once" + (
            f": {lane['reason']}" if lane["reason"] else ""
        )
    yield f"disk       {size(resources['disk_free'])} free of {size(resources['disk_total'])}"
    for number, state in enumerate(services.get("models", ())):
        name = f"{state['server']}/{state['model']} ({', '.join(state['tiers'])})"
        yield f"{'models' if number == 0 else '':<{LABEL}}{name}: {_model(state)}"
    for name, told in _COUNTS.items():
        if count := services.get(name):
            yield f"{name:<{LABEL}}{count:,} {told}"


_COUNTS = {
    "degraded": "documents made without a model that was wanted",
    "upgrading": "documents under way again with a model",
    "escalated": "questions put to a better model",
}


def _model(state: Mapping[str, Any]) -> str:
    if state["error"]:
        return f"{state['error']}" + (f" ({state['advice']})" if state["advice"] else "")
    if state["answered_at"] is None:
        return "not asked yet"
    return f"answers, {state['tokens_per_second']:.0f} tokens/s; {state['running']} under way, {state['waiting']} wait"
