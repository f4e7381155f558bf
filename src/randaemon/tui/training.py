"""Training: the conditions of the next run, and the losses of the one under way or the last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Sparkline

from randaemon.store.reader import Reader
from randaemon.tui.links import Facts, Look
from randaemon.tui.simple import Told, hanging
from randaemon.tui.wishes import CarryOut


class Training(VerticalScroll):
    """The state as text, the losses as a curve."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "start", "Train now"),
        Binding("x", "stop", "Stop"),
    ]

    def __init__(self, conditions: Callable[[Facts], Iterable[str]]) -> None:
        """`conditions`: the lines of `train status`."""
        super().__init__()
        self._conditions = conditions
        self._under_way = ""

    def compose(self) -> ComposeResult:
        """The text above the curve."""
        yield Told("training-text")
        yield Told("training-loss")
        yield Sparkline((), summary_function=min, id="training-curve")

    def look(self, now: Look) -> Callable[[], None]:
        """The conditions, and the losses of the newest run."""
        training = now.status["training"]
        lines, run = tuple(self._conditions(training)), training["run"]
        self._under_way = str(run) if training["run_status"] in {"running", "interrupted"} else ""
        return partial(self._show, lines, run, _losses(now.reader, run) if run else ())

    def action_start(self) -> None:
        """As `train start`."""
        self.post_message(CarryOut("train.start", {}, "a training run is asked for"))

    def action_stop(self) -> None:
        """As `train stop`."""
        self.post_message(
            CarryOut("train.stop", {"run": self._under_way} if self._under_way else {}, "the run is told to stop")
        )

    def _show(self, lines: Sequence[str], run: str | None, losses: Sequence[float]) -> None:
        self.query_one("#training-text", Told).tell(hanging(lines, self.size.width))
        told = f"loss of {run}: {losses[0]:.3f} → {losses[-1]:.3f}" if losses else f"{run} has told no loss"
        self.query_one("#training-loss", Told).tell(told if run else "no run yet")
        self.query_one(Sparkline).data = losses


def _losses(reader: Reader, run: str) -> tuple[float, ...]:
    return tuple(float(data["loss"]) for data in reader.data_of("run.progress") if data.get("run") == run)
