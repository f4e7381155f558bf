"""The documents: a list with a filter, and one document whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import ClassVar

import msgspec
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static, TabbedContent, TabPane

from randaemon.model import Clean, Document, Extraction, Stage, Status
from randaemon.store.home import Home
from randaemon.store.names import display
from randaemon.store.reader import Reader
from randaemon.tui.links import ROWS, Look, Story
from randaemon.tui.rows import Rows
from randaemon.tui.simple import Told
from randaemon.tui.wishes import CarryOut, LookAgain

_FILTERS = ("", *(status.value for status in Status))
_PREVIEW = 20_000  # characters of Markdown
_NAME = 32  # of a name in the list


class Documents(Vertical):
    """Newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "filter", "Status"),
        Binding("slash", "search", "Search"),
        Binding("r", "send('retry')", "Retry"),
        Binding("c", "send('cancel')", "Cancel"),
    ]

    def __init__(self, home: Home, story: Story) -> None:
        super().__init__()
        self.wanted = ""  # only documents of this status
        self._home, self._story = home, story
        self._found: dict[str, Document] = {}
        self._total = 0  # of that status in the home

    def compose(self) -> ComposeResult:
        """A line that says what is shown, the search, the list."""
        yield Told("documents-filter")
        yield Input(placeholder="part of a name", id="documents-search")
        yield Rows(("status", "stage", "name", "reason"), "documents-rows")

    def look(self, now: Look) -> Callable[[], None]:
        """The newest documents of the status that is asked for."""
        documents = now.status["documents"]
        total = documents["by_status"][self.wanted] if self.wanted else documents["total"]
        return partial(self._show, now.reader.documents(self.wanted or None, limit=ROWS), total)

    def action_filter(self) -> None:
        """The next status, round and round."""
        self.wanted = _FILTERS[(_FILTERS.index(self.wanted) + 1) % len(_FILTERS)]
        self.post_message(LookAgain())

    def action_search(self) -> None:
        """Type a part of a name; Enter goes back to the list."""
        self.query_one(Input).focus()

    def action_send(self, verb: str) -> None:
        """Retry or cancel the document under the cursor."""
        document = self._found.get(self.query_one(Rows).chosen)
        if document is not None:
            self.post_message(CarryOut(verb, {"key": document.key}, f"{verb}: {display(document.name, 40)}"))

    def on_input_changed(self) -> None:
        """Narrow the list while it is typed."""
        self._put()

    def on_input_submitted(self) -> None:
        """Back to the list."""
        self.query_one(Rows).focus()

    def on_rows_selected(self, event: Rows.Selected) -> None:
        """Enter: the whole document."""
        document = self._found.get(event.key)
        if document is not None:
            self.app.push_screen(Whole(self._home, document, self._story))

    def _show(self, documents: Sequence[Document], total: int) -> None:
        self._found, self._total = {document.key: document for document in documents}, total
        self._put()

    def _put(self) -> None:
        part = self.query_one(Input).value.casefold()
        named = [each for each in self._found.values() if part in display(each.name).casefold()]
        self.query_one(Rows).put({each.key: _row(each) for each in named})
        shown = f"{self.wanted or 'all'} documents" + (f" with {part!r} in the name" if part else "")
        self.query_one(Told).tell(f"{shown}: {_counted(len(named), len(self._found), self._total)}")


class Whole(ModalScreen[None]):
    """One document: its story, its text, what was found in it, its samples."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "dismiss", "Back")]

    def __init__(self, home: Home, document: Document, story: Story) -> None:
        super().__init__()
        self._home, self._document, self._story = home, document, story

    def compose(self) -> ComposeResult:
        """Four tabs, read when the screen opens."""
        with Reader(self._home) as reader, TabbedContent():
            parts = {
                "Story": self._story(reader, self._document),
                "Text": _text(reader, self._document),
                "Found": _found(reader, self._document),
                "Samples": _samples(reader, self._document),
            }
            for name, lines in parts.items():
                with TabPane(name), VerticalScroll():
                    yield Static(Text("\n".join(lines)), markup=False)


def _counted(named: int, listed: int, total: int) -> str:
    """No more than the newest are listed, and looked through."""
    if total <= listed:
        return str(named)
    return f"the newest {listed} of {total:,}" if named == listed else f"{named} of the newest {listed} of {total:,}"


def _row(document: Document) -> tuple[str, ...]:
    return document.status.value, document.stage.label, _name(document), document.reason


def _name(document: Document) -> str:
    """Its end tells more than its beginning, and the reason has to fit beside it."""
    name = display(document.name)
    return name if len(name) <= _NAME else f"…{name[1 - _NAME :]}"


def _text(reader: Reader, document: Document) -> Iterator[str]:
    body = reader.artifact(document.digest, Stage.PREPROCESS)
    if body is None:
        yield "there is no text (yet)"
        return
    markdown = msgspec.json.decode(body, type=Clean).markdown
    yield markdown[:_PREVIEW]
    if len(markdown) > _PREVIEW:
        yield f"… {len(markdown) - _PREVIEW} more characters"


def _found(reader: Reader, document: Document) -> Iterator[str]:
    body = reader.artifact(document.digest, Stage.EXTRACT)
    items = msgspec.json.decode(body, type=Extraction).items if body else ()
    for category, count in Counter(item.category.value for item in items).items():
        yield f"{count} {category.replace('_', ' ')}"
    for item in items:
        said = "; ".join(f"{name} {' '.join(span.text.split())[:60]}" for name, span in item.fields.items())
        yield f"{item.category.value:<22} {item.name}  {said}"


def _samples(reader: Reader, document: Document) -> Iterator[str]:
    samples = reader.samples_of(document.digest)
    accepted = [sample for sample in samples if sample.score.accepted]
    yield f"{len(accepted)} accepted of {len(samples)}"
    for gate, count in Counter(sample.score.gate for sample in samples if sample.score.gate).most_common():
        yield f"  {count} refused by the gate {gate}"
    for sample in accepted:
        yield f"\n{sample.id}  {sample.conversation.kind}  {sample.score.value:.2f}"
        yield from (f"  {message.role}: {message.content}" for message in sample.conversation.messages)
