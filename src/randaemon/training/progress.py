"""How far a run is: everything that changes while it trains, beside arrays. Part of every checkpoint; no mlx here."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from randaemon.errors import TrainingError
from randaemon.training.batches import Cursor

#: A run diverges when the mean loss of so many reports in a row is above where it began by this factor.
RISING, WORSE = 3, 1.5


@dataclass(frozen=True, slots=True)
class Best:
    """The weights of the lowest validation loss so far; `file` counts from the run's folder."""

    loss: float
    step: int
    file: str
    sha256: str


@dataclass(slots=True)
class Window:
    """What came since the last report."""

    losses: list[float] = field(default_factory=list)
    tokens: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Progress:
    """Counted over all attempts of a run."""

    iteration: int = 0
    cursor: Cursor = field(default_factory=Cursor)
    tokens: int = 0  # tokens trained: those of answers
    seconds: float = 0.0  # spent in iterations
    peak: int = 0  # bytes, as mlx counts them
    losses: dict[str, float] = field(default_factory=dict)  # train_first, train_last, valid_first, valid_last
    window: Window = field(default_factory=Window)
    best: Best | None = None
    stale: int = 0  # validations in a row without a better loss
    rising: int = 0  # reports in a row far above the first one
    stopped_early: bool = False
    curves: dict[str, list[tuple[int, float]]] = field(default_factory=dict)  # training, validation: step and loss

    def stepped(self, loss: float, tokens: int, seconds: float, cursor: Cursor) -> None:
        """One iteration is done. Raises TrainingError when its loss is no number."""
        self.iteration += 1
        self.cursor = cursor
        finite(loss, "training", self.iteration)
        self.tokens += tokens
        self.seconds += seconds
        self.window.losses.append(loss)
        self.window.tokens += tokens
        self.window.seconds += seconds

    def report(self) -> tuple[float, float]:
        """Mean loss and tokens a second since the last report. Raises TrainingError when the loss only rises."""
        window, self.window = self.window, Window()
        loss = sum(window.losses) / len(window.losses)
        first = self.losses.setdefault("train_first", loss)
        self.losses["train_last"] = loss
        self.curves.setdefault("training", []).append((self.iteration, loss))
        self.rising = self.rising + 1 if loss > first * WORSE else 0
        if self.rising >= RISING:
            raise TrainingError(
                f"the training loss rose from {first:.2f} to {loss:.2f} by step {self.iteration}: the run was stopped",
                hint="lower training.learning_rate",
                code="E_DIVERGED",
            )
        return loss, window.tokens / max(window.seconds, 1e-9)

    def validated(self, loss: float) -> bool:
        """Note a validation loss; whether it is the best so far. Raises TrainingError when it is no number."""
        finite(loss, "validation", self.iteration)
        self.losses.setdefault("valid_first", loss)
        self.losses["valid_last"] = loss
        self.curves.setdefault("validation", []).append((self.iteration, loss))
        better = self.best is None or loss < self.best.loss
        self.stale = 0 if better else self.stale + 1
        return better


def finite(loss: float, kind: str, step: int) -> None:
    """Raises TrainingError when a loss is no number."""
    if not math.isfinite(loss):
        raise TrainingError(
            f"the {kind} loss is not a number at step {step}: the run was stopped",
            hint="lower training.learning_rate, or look for damaged rows: randaemon dataset stats",
            code="E_DIVERGED",
        )
