"""The newest samples with their evidence, and the keys of `review`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from randaemon.model import Candidate
from randaemon.tui.links import ROWS, Look
from randaemon.tui.rows import Rows
from randaemon.tui.wishes import CarryOut

_QUESTION = 48  # characters of it in the list


class Samples(Vertical):
    """A list above, the sample under the cursor below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "rate('keep', 0)", "Keep"),
        Binding("r", "rate('reject', 0)", "Reject"),
        Binding("1", "rate('keep', 1)", "Rate", key_display="1–5"),
        *(Binding(str(mark), f"rate('keep', {mark})", show=False) for mark in range(2, 6)),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._found: dict[str, Candidate] = {}

    def compose(self) -> ComposeResult:
        """The list and the sample."""
        yield Rows(("score", "kind", "question", "about"), "samples-rows")
        with VerticalScroll(id="samples-whole"):
            yield Static(id="samples-text", markup=False)

    def look(self, now: Look) -> Callable[[], None]:
        """The newest samples."""
        return partial(self._show, now.reader.newest_samples(ROWS))

    def on_rows_highlighted(self, event: Rows.Highlighted) -> None:
        """The cursor moved: show that sample."""
        sample = self._found.get(event.key)
        self.query_one("#samples-text", Static).update(_whole(sample) if sample else "")

    def _show(self, samples: Sequence[Candidate]) -> None:
        self._found = {sample.id: sample for sample in samples}
        self.query_one(Rows).put({sample.id: _row(sample) for sample in samples})

    def action_rate(self, verdict: str, rating: int) -> None:
        """Keep or reject the sample under the cursor, with a rating or without."""
        chosen = self.query_one(Rows).chosen
        if chosen:
            review = {"verdict": verdict, "rating": rating or None}
            told = f"{chosen}: {verdict}" + (f", rated {rating}" if rating else "")
            self.post_message(CarryOut("review", {"reviews": {chosen: review}}, told))


def _row(sample: Candidate) -> tuple[str, ...]:
    said = sample.conversation
    question = said.messages[0].content.replace("\n", " ")
    shown = question if len(question) <= _QUESTION else f"{question[: _QUESTION - 1]}…"
    return f"{sample.score.value:.2f}", said.kind, shown, said.entity


def _whole(sample: Candidate) -> Text:
    told = [sample.id, sample.title, f"mode {sample.conversation.mode}"]
    text = Text().append("  ".join(filter(None, told)) + "\n", style="bold")
    for message in sample.conversation.messages:
        text.append(f"{message.role}: ", style="bold")
        text.append(f"{message.content}\n")
    for span in sample.conversation.evidence:
        text.append(f"» {' '.join(span.text.split())}\n", style="italic")
    scores = ", ".join(f"{name} {value:.2f}" for name, value in sample.score.components.items())
    return text.append(f"{scores}\n", style="dim")
