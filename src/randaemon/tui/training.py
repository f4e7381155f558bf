"""Training: the conditions of the next run, and the losses of the one under way or the last."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Sparkline, Static

from randaemon.tui.links import Look
from randaemon.tui.simple import hanging

if TYPE_CHECKING:
    from randaemon.tui.app import Cockpit


class Training(VerticalScroll):
    """The state as text, the losses as a curve."""

    app: Cockpit
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "start", "Train now"),
        Binding("x", "stop", "Stop"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._under_way = ""

    def compose(self) -> ComposeResult:
        """The text above the curve."""
        yield Static(id="training-text", markup=False)
        yield Static(id="training-loss", markup=False)
        yield Sparkline((), summary_function=min, id="training-curve")

    def show(self, found: Look) -> None:
        """The newest look."""
        training = found.status["training"]
        self._under_way = str(training["run"]) if training["state"] == "running" else ""
        self.query_one("#training-text", Static).update(hanging(found.training, self.size.width))
        losses = [loss for _, loss in found.curve]
        told = f"loss of {found.runs[-1].id}: {losses[0]:.3f} → {losses[-1]:.3f}" if losses else "no run yet"
        self.query_one("#training-loss", Static).update(told)
        self.query_one(Sparkline).data = losses

    def action_start(self) -> None:
        """As `train start`."""
        self.app.carry_out("train.start", {}, "a training run is asked for")

    def action_stop(self) -> None:
        """As `train stop`."""
        self.app.carry_out("train.stop", {"run": self._under_way} if self._under_way else {}, "the run is told to stop")
