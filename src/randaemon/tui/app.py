"""The application: tabs, one look at the store a second for the tab that is seen, and the commands behind the keys."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar

from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Footer, Header, TabbedContent, TabPane

from randaemon.errors import RandaemonError
from randaemon.store.home import Home
from randaemon.store.reader import Reader
from randaemon.store.records import LANES
from randaemon.tui.documents import Documents
from randaemon.tui.links import Facts, Links, Look, View
from randaemon.tui.log import Log
from randaemon.tui.models import Models
from randaemon.tui.samples import Samples
from randaemon.tui.simple import Lines, services
from randaemon.tui.training import Training
from randaemon.tui.wishes import CarryOut

EVERY = 1.0  # seconds between two looks…
SHARE = 0.1  # …or more, so that of a large home they take no more than this of the time
Tab = Lines | Documents | Samples | Training | Models | Log
TABS = ("overview", "documents", "samples", "training", "models", "services", "log")


class Cockpit(App[None]):
    """The whole screen."""

    TITLE = "randaemon"
    CSS_PATH = "style.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", f"tab('{TABS[0]}')", "Tabs", key_display="F1–F7"),
        *(Binding(f"f{at}", f"tab('{name}')", show=False) for at, name in enumerate(TABS[1:], 2)),
        Binding("w", "hold('pause')", "Pause"),
        Binding("w", "hold('resume')", "Resume"),
        Binding("q", "quit", "Quit"),
    ]

    def __init__(self, home: Home, links: Links, every: float = EVERY) -> None:
        """`every`: seconds between two looks; 0: only when asked to (`look`)."""
        super().__init__()
        self._home, self._act, self._every = home, links.act, every
        self._looking = self._again = False  # a look is under way; another one is wanted after it
        self._rests = 0.0  # until then, of the steady clock, nobody looks unasked
        self._trouble = ""  # what the last look met with
        self._paused = False
        views = (
            Lines(links.overview),
            Documents(home, links.story),
            Samples(),
            Training(links.training),
            Models(),
            Lines(services),
            Log(),
        )
        self._views: dict[str, Tab] = dict(zip(TABS, views, strict=True))

    def compose(self) -> ComposeResult:
        """Seven tabs, reached by the keys F1 to F7."""
        yield Header()
        with TabbedContent(initial=TABS[0]):
            for name, view in self._views.items():
                with TabPane(name.capitalize(), id=name):
                    yield view
        yield Footer()

    def on_mount(self) -> None:
        """Look at once, then again and again."""
        self.look()
        if self._every:
            self.set_interval(self._every, self._look_now_and_then)

    def action_tab(self, name: str) -> None:
        """Show a tab."""
        self.query_one(TabbedContent).active = name
        self.query_one(f"#{name}").query("Rows, Log, VerticalScroll").first().focus()

    def action_hold(self, verb: str) -> None:
        """As `jobs pause` and `jobs resume`: nothing is begun, or all goes on."""
        told = "nothing more is begun until you resume" if verb == "pause" else "the work goes on"
        self._carry_out(verb, {}, told)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Of the two meanings of W the one that changes something."""
        return parameters == ("resume" if self._paused else "pause",) if action == "hold" else True

    def on_carry_out(self, wish: CarryOut) -> None:
        """A tab asks for a command."""
        self._carry_out(wish.verb, wish.args, wish.told)

    def on_look_again(self) -> None:
        """A tab shows something else from now on."""
        self.look()

    def on_tabbed_content_tab_activated(self) -> None:
        """What the tab showed when it was last seen may be old."""
        self.look()

    def look(self) -> None:
        """Soon; once, however often it is asked for while a look is under way."""
        self._again = self._looking
        if not self._looking:
            self._looking = True
            self._look_at(self._views[self.query_one(TabbedContent).active or TABS[0]])

    @work(thread=True, group="act")
    def _carry_out(self, verb: str, args: Mapping[str, Any], told: str) -> None:
        """Send a command; what came of it is a word at the edge of the screen."""
        try:
            self._act(self._home, verb, args)
        except RandaemonError as error:
            self.call_from_thread(self.notify, str(error), severity="error")
            return
        self.call_from_thread(self.notify, told)
        self.call_from_thread(self.look)

    def _look_now_and_then(self) -> None:
        if time.monotonic() >= self._rests:
            self.look()

    @work(thread=True, group="look")
    def _look_at(self, view: View) -> None:
        """Read the store beside the screen: however long it takes, keys are answered meanwhile."""
        began = time.monotonic()
        try:
            with Reader(self._home) as reader:
                status, at_work = reader.overview()
                show = view.look(Look(reader, status, at_work))
        except RandaemonError as error:
            self.call_from_thread(self._seen, began, partial(self._complain, str(error)))
            return
        self.call_from_thread(self._seen, began, partial(self._show, status, show))

    def _seen(self, began: float, show: Callable[[], None]) -> None:
        self._looking = False
        now = time.monotonic()
        self._rests = now + (now - began) * (1 / SHARE - 1) - self._every
        show()
        if self._again:
            self.look()

    def _complain(self, trouble: str) -> None:
        """Once, not at every look."""
        if trouble != self._trouble:
            self._trouble = trouble
            self.notify(trouble, severity="error")

    def _show(self, status: Facts, show: Callable[[], None]) -> None:
        self._trouble = ""
        daemon = status["daemon"]
        state = "runs" if daemon["running"] else "does not run"
        held = "" if not daemon["paused"] else ", paused" if len(daemon["paused"]) == len(LANES) else ", partly paused"
        self.sub_title = f"{state}{held} · {time.strftime('%H:%M:%S')}"
        if bool(daemon["paused"]) != self._paused:
            self._paused = bool(daemon["paused"])
            self.refresh_bindings()
        show()
