"""A table of as many rows as one likes: only those on the screen cost anything, and a cursor stays with its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

GAP = "  "  # between columns


def plain(text: str) -> str:
    """Without what a terminal would obey: names and reasons come from documents."""
    return text if text.isprintable() else "".join(one if one.isprintable() else " " for one in text)


class Rows(ScrollView, can_focus=True):
    """Rows with a key each, under a header that stays."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"rows--header", "rows--cursor"}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "move(-1000000)", show=False),
        Binding("end", "move(1000000)", show=False),
        Binding("enter", "select", show=False),
    ]

    class Highlighted(Message):
        """The cursor stands on another row."""

        def __init__(self, key: str) -> None:
            self.key = key
            super().__init__()

    class Selected(Message):
        """Enter, or a click on the row under the cursor."""

        def __init__(self, key: str) -> None:
            self.key = key
            super().__init__()

    def __init__(self, header: Sequence[str], identity: str) -> None:
        super().__init__(id=identity)
        self._header = tuple(header)
        self._keys: list[str] = []
        self._rows: list[tuple[str, ...]] = []
        self._widths = [cell_len(name) for name in header]
        self._at = 0  # the row under the cursor

    @property
    def chosen(self) -> str:
        """The key of the row under the cursor; "" when there is none."""
        return self._keys[self._at] if self._keys else ""

    def put(self, rows: Mapping[str, tuple[str, ...]]) -> None:
        """Show these rows in this order. What is shown already costs no more than the comparison."""
        keys, cells = list(rows), [tuple(map(plain, row)) for row in rows.values()]
        if keys == self._keys and cells == self._rows:
            return
        before = self.chosen
        self._keys, self._rows = keys, cells
        self._widths = [max(map(cell_len, column)) for column in zip(self._header, *cells, strict=True)]
        self.virtual_size = Size(sum(self._widths) + len(GAP) * len(self._widths), len(cells) + 1)
        self._stand(keys.index(before) if before in rows else min(self._at, max(len(keys) - 1, 0)))
        if self.chosen != before:
            self.post_message(self.Highlighted(self.chosen))
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the screen: the header, a row, or nothing."""
        left, top = self.scroll_offset
        at = top + y - 1
        if y and at >= len(self._rows):
            return Strip.blank(self.size.width, self.rich_style)
        cells = self._rows[at] if y else self._header
        kind = "" if y else "rows--header"
        if y and at == self._at:
            kind = "rows--cursor"
        style = self.get_component_rich_style(kind) if kind else self.rich_style
        told = " " + GAP.join(map(set_cell_size, cells, self._widths))
        return Strip([Segment(told, style)]).crop_extend(left, left + self.size.width, style)

    def action_move(self, rows: int) -> None:
        """So many rows down, or up."""
        self._go(self._at + rows)

    def action_page(self, pages: int) -> None:
        """A screen down, or up."""
        self._go(self._at + pages * self._visible)

    def action_select(self) -> None:
        """Enter."""
        if self._keys:
            self.post_message(self.Selected(self.chosen))

    def on_click(self, event: Click) -> None:
        """A row that is clicked has the cursor; clicked again it is selected."""
        at = self.scroll_offset.y + event.y - 1
        if event.y == 0 or at >= len(self._keys):
            return
        if at == self._at:
            self.action_select()
        self._go(at)

    @property
    def _visible(self) -> int:
        return max(self.size.height - 1, 1)

    def _go(self, at: int) -> None:
        if not self._keys:
            return
        before = self._at
        self._stand(max(0, min(at, len(self._keys) - 1)))
        if self._at != before:
            self.post_message(self.Highlighted(self.chosen))
            self.refresh()

    def _stand(self, at: int) -> None:
        """Put the cursor there, and the row on the screen."""
        self._at = at
        top = self.scroll_offset.y
        self.scroll_to(y=min(max(top, at - self._visible + 1), at), animate=False, force=True)
