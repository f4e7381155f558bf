"""The newest events, a line each."""

from __future__ import annotations

import json
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from randaemon.model import Event
from randaemon.tui.links import Look
from randaemon.tui.rows import plain

KEPT = 1000  # lines
EVENTS = 200  # that one look takes; of a flood only the newest are shown
BAD = Style(color="red", bold=True)


class Log(ScrollView, can_focus=True):
    """Follows its end, until somebody scrolls up."""

    def __init__(self) -> None:
        super().__init__(id="events")
        self.lines: deque[tuple[str, bool]] = deque(maxlen=KEPT)  # and whether something went wrong
        self._seen = 0  # the newest event that was read

    def look(self, now: Look) -> Callable[[], None]:
        """What came since the look before, the newest EVENTS of it."""
        newest = now.reader.newest_event()
        return partial(self._show, now.reader.events(max(self._seen, newest - EVENTS), limit=EVENTS))

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        left, top = self.scroll_offset
        told, bad = self.lines[top + y] if top + y < len(self.lines) else ("", False)
        style = self.rich_style + BAD if bad else self.rich_style
        return Strip([Segment(told, style)]).crop_extend(left, left + self.size.width, style)

    def _show(self, events: Sequence[Event]) -> None:
        if not events:
            return
        follows = self.is_vertical_scroll_end
        self._seen = events[-1].id
        self.lines.extend((_told(event), event.kind.endswith((".failed", ".trouble"))) for event in events)
        self.virtual_size = Size(max(cell_len(told) for told, _ in self.lines), len(self.lines))
        if follows:
            self.scroll_end(animate=False, x_axis=False)
        self.refresh()


def _told(event: Event) -> str:
    first = {name: event.data[name] for name in ("name", "reason") if name in event.data}  # what an edge must not cut
    facts = {**first, "document": event.document, **event.data}
    told = ", ".join(f"{name} {_shown(value)}" for name, value in facts.items() if value not in (None, "", {}, []))
    return plain(f"{time.strftime('%H:%M:%S', time.localtime(event.at))}  {event.kind}  {told}")


def _shown(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    return value if isinstance(value, str) else json.dumps(value)
