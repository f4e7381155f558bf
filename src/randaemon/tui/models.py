"""The runs, which adapter is active, and the log of promotions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll

from randaemon.store.records import PromotionRecord, RunRecord
from randaemon.tui.links import Look
from randaemon.tui.rows import Rows
from randaemon.tui.simple import Told
from randaemon.tui.wishes import CarryOut


class Models(Vertical):
    """A list above, the log below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "promote", "Promote"),
        Binding("b", "roll_back", "Roll back"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._active = ""

    def compose(self) -> ComposeResult:
        """The list and the log."""
        yield Rows(("run", "", "status", "version", "recall", "loss", "reason"), "models-rows")
        with VerticalScroll():
            yield Told("models-log")

    def look(self, now: Look) -> Callable[[], None]:
        """All runs and promotions."""
        return partial(self._show, now.status["model"], now.reader.runs(), now.reader.promotions())

    def action_promote(self) -> None:
        """As `models promote`, the run under the cursor."""
        chosen = self.query_one(Rows).chosen
        if chosen:
            self.post_message(
                CarryOut("models.promote", {"run": chosen}, f"{chosen} is promoted; its canaries are asked")
            )

    def action_roll_back(self) -> None:
        """As `models rollback`, the run that is seen active."""
        self.post_message(CarryOut("models.rollback", {"run": self._active}, f"{self._active} is taken back"))

    def _show(self, model: Mapping[str, Any], runs: Sequence[RunRecord], log: Sequence[PromotionRecord]) -> None:
        marks = {state["run"]: name for name in ("previous", "active") if (state := model[name])}
        self._active = next((run for run, mark in marks.items() if mark == "active"), "")
        self.query_one(Rows).put({run.id: _row(run, marks.get(run.id, "")) for run in reversed(runs)})
        self.query_one(Told).tell("\n".join(_log(log)))


def _row(run: RunRecord, mark: str) -> tuple[str, ...]:
    figures = (run.metrics.get(name) for name in ("recall", "held_out_loss"))
    told = (f"{figure:.3f}" if isinstance(figure, int | float) else "-" for figure in figures)
    return (run.id, mark, run.status, str(run.version), *told, run.reason)


def _log(promotions: Sequence[PromotionRecord]) -> Iterator[str]:
    for entry in reversed(promotions):
        at = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.at))
        yield f"{at}  {entry.action} {entry.run}: {entry.reason}"
