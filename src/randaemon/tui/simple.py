"""The tabs that only show: overview, services, log."""

from __future__ import annotations

import json
import time

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import RichLog, Static

from randaemon.model import Event
from randaemon.tui.links import Look


class Overview(VerticalScroll):
    """What `status` prints."""

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(id="overview-text", markup=False)

    def show(self, found: Look) -> None:
        """The newest look."""
        self.query_one("#overview-text", Static).update(Text("\n".join(found.overview)))


class Services(VerticalScroll):
    """Model servers, what keeps the daemon from its work, and what the machine has left."""

    def compose(self) -> ComposeResult:
        """One text."""
        yield Static(id="services-text", markup=False)

    def show(self, found: Look) -> None:
        """The newest look."""
        daemon, resources = found.status["daemon"], found.status["resources"]
        lines = [f"daemon: {'runs, pid ' + str(daemon['pid']) if daemon['running'] else 'does not run'}"]
        lines += [f"  trouble: {problem}" for problem in daemon["problems"]]
        lines += [f"{name}: {_plain(value)}" for name, value in sorted(found.status["services"].items())]
        lines += [f"{name.replace('_', ' ')}: {_plain(value)}" for name, value in sorted(resources.items())]
        self.query_one("#services-text", Static).update(Text("\n".join(lines)))


class Log(RichLog):
    """The newest events."""

    def __init__(self) -> None:
        super().__init__(max_lines=1000, id="events", wrap=False, auto_scroll=True)

    def show(self, found: Look) -> None:
        """Append what came since the look before."""
        for event in found.events:
            self.write(_event(event))


def _event(event: Event) -> Text:
    first = {name: event.data[name] for name in ("name", "reason") if name in event.data}  # what an edge must not cut
    facts = {**first, "document": event.document, **event.data}
    told = ", ".join(f"{name} {_plain(value)}" for name, value in facts.items() if value not in (None, "", {}, []))
    style = "bold red" if event.kind.endswith((".failed", ".trouble")) else ""
    return Text(f"{time.strftime('%H:%M:%S', time.localtime(event.at))}  {event.kind}  {told}", style=style)


def _plain(value: object) -> str:
    if isinstance(value, int) and value >= 1 << 30:
        return f"{value / (1 << 30):.1f} GiB"
    return value if isinstance(value, str) else json.dumps(value)
