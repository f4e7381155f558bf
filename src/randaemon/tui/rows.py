"""A table that keeps its place: rows are changed, not made anew, so that a cursor stays where the user put it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.widgets import DataTable


class Rows(DataTable[str]):
    """Rows with a key each."""

    def __init__(self, header: Sequence[str], identity: str) -> None:
        super().__init__(cursor_type="row", id=identity)
        self._header = tuple(header)
        self._shown: dict[str, tuple[str, ...]] = {}

    def on_mount(self) -> None:
        """The header."""
        for name in self._header:
            self.add_column(name, key=name)

    @property
    def chosen(self) -> str:
        """The key of the row under the cursor; "" when there is none."""
        if not self.row_count:
            return ""
        return str(self.coordinate_to_cell_key(self.cursor_coordinate).row_key.value)

    def put(self, rows: Mapping[str, tuple[str, ...]]) -> None:
        """Show these rows in this order; where the keys are the same only the cells that differ are written."""
        if list(rows) != list(self._shown):
            self._replace(rows)
        else:
            for key, row in rows.items():
                self._change(key, row)
        self._shown = dict(rows)

    def _replace(self, rows: Mapping[str, tuple[str, ...]]) -> None:
        chosen = self.chosen
        self.clear()
        for key, row in rows.items():
            self.add_row(*row, key=key)
        if chosen in rows:
            self.move_cursor(row=self.get_row_index(chosen))

    def _change(self, key: str, row: tuple[str, ...]) -> None:
        for name, cell, before in zip(self._header, row, self._shown[key], strict=True):
            if cell != before:
                self.update_cell(key, name, cell)
