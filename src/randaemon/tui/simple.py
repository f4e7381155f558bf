"""The tabs that only show: overview, services, log."""

from __future__ import annotations

import json
import textwrap
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import RichLog, Static

from randaemon.model import Event
from randaemon.tui.links import Look

GIB = 1 << 30
NARROW = 80  # columns, before the screen has told its own
LABEL = 11  # columns of the labels of `status`


def hanging(lines: Iterable[str], width: int) -> Text:
    """What is too long for so many columns goes on below its own column, not below its label."""
    room = max((width or NARROW) - 2, 40)
    wrapped = (textwrap.wrap(line, room, subsequent_indent=" " * LABEL, break_on_hyphens=False) for line in lines)
    return Text("\n".join(line for lines in wrapped for line in (lines or [""])))


class Overview(VerticalScroll):
    """What `status` prints."""

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(id="overview-text", markup=False)

    def show(self, found: Look) -> None:
        """The newest look."""
        self.query_one("#overview-text", Static).update(hanging(found.overview, self.size.width))


class Services(VerticalScroll):
    """Model servers, what keeps the daemon from its work, and what the machine has left."""

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(id="services-text", markup=False)

    def show(self, found: Look) -> None:
        """The newest look."""
        self.query_one("#services-text", Static).update(hanging(_services(found.status), self.size.width))


class Log(RichLog):
    """The newest events."""

    def __init__(self) -> None:
        super().__init__(max_lines=1000, id="events", wrap=False, auto_scroll=True)

    def show(self, found: Look) -> None:
        """Append what came since the look before, at once: each writing costs a quarter of a millisecond."""
        if found.events:
            self.write(Text("\n").join(map(_event, found.events)))


def _event(event: Event) -> Text:
    first = {name: event.data[name] for name in ("name", "reason") if name in event.data}  # what an edge must not cut
    facts = {**first, "document": event.document, **event.data}
    told = ", ".join(f"{name} {_plain(value)}" for name, value in facts.items() if value not in (None, "", {}, []))
    style = "bold red" if event.kind.endswith((".failed", ".trouble")) else ""
    return Text(f"{time.strftime('%H:%M:%S', time.localtime(event.at))}  {event.kind}  {told}", style=style)


def _services(status: Mapping[str, Any]) -> Iterator[str]:
    daemon, resources, services = status["daemon"], status["resources"], status["services"]
    yield f"daemon     {'runs, pid ' + str(daemon['pid']) if daemon['running'] else 'does not run'}"
    yield from (f"           {problem}" for problem in daemon["problems"])
    for name, lane in resources["lanes"].items() if daemon["running"] else ():
        yield f"lane {name:<6}{lane['width']} of {lane['of']} at once" + (
            f": {lane['reason']}" if lane["reason"] else ""
        )
    yield f"disk       {resources['disk_free'] / GIB:,.1f} GiB free of {resources['disk_total'] / GIB:,.1f}"
    for number, state in enumerate(services.get("models", ())):
        name = f"{state['server']}/{state['model']} ({', '.join(state['tiers'])})"
        yield f"{'models' if number == 0 else '':<{LABEL}}{name}: {_model(state)}"
    counts = {name: count for name, count in services.items() if isinstance(count, int) and count}
    yield from (f"{name:<{LABEL}}{count:,} documents" for name, count in counts.items())


def _model(state: Mapping[str, Any]) -> str:
    if state["error"]:
        return f"{state['error']}" + (f" ({state['advice']})" if state["advice"] else "")
    if state["answered_at"] is None:
        return "not asked yet"
    return f"answers, {state['tokens_per_second']:.0f} tokens/s; {state['running']} under way, {state['waiting']} wait"


def _plain(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value)
