"""The application: tabs, one look at the store a second, and the commands behind the keys."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar

from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Footer, Header, TabbedContent, TabPane
from textual.worker import get_current_worker

from randaemon.errors import RandaemonError
from randaemon.store.home import Home
from randaemon.tui.documents import Documents
from randaemon.tui.links import Links, Look
from randaemon.tui.models import Models
from randaemon.tui.samples import Samples
from randaemon.tui.simple import Log, Overview, Services
from randaemon.tui.training import Training

EVERY = 1.0  # seconds between two looks
Tab = Overview | Documents | Samples | Training | Models | Services | Log
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
        self._home, self.links, self._every = home, links, every
        self._seen = 0
        self._paused = False
        views = Overview(), Documents(home), Samples(), Training(), Models(), Services(), Log()
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
            self.set_interval(self._every, self.look)

    def action_tab(self, name: str) -> None:
        """Show a tab."""
        self.query_one(TabbedContent).active = name
        view = self.query_one(f"#{name}").query("DataTable, RichLog, VerticalScroll")
        if view:
            view.first().focus()

    def action_hold(self, verb: str) -> None:
        """As `jobs pause` and `jobs resume`: the lane begins nothing, or goes on."""
        told = "nothing more is begun until you resume" if verb == "pause" else "the work goes on"
        self.carry_out(verb, {}, told)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Of the two meanings of W the one that changes something."""
        return parameters == ("resume" if self._paused else "pause",) if action == "hold" else True

    @work(thread=True, exclusive=True, group="look")
    def look(self) -> None:
        """Read the store beside the screen: however long it takes, keys are answered meanwhile."""
        worker = get_current_worker()
        try:
            found = Look.take(self._home, self.links, self._seen, self.query_one(Documents).wanted)
        except RandaemonError as error:
            self.call_from_thread(self.notify, str(error), severity="error")
            return
        if not worker.is_cancelled:
            self.call_from_thread(self._show, found)

    @work(thread=True, group="act")
    def carry_out(self, verb: str, args: Mapping[str, Any], told: str) -> None:
        """Send a command; what came of it is a word at the edge of the screen."""
        try:
            self.links.act(self._home, verb, args)
        except RandaemonError as error:
            self.call_from_thread(self.notify, str(error), severity="error")
            return
        self.call_from_thread(self.notify, told)
        self.call_from_thread(self.look)

    def _show(self, found: Look) -> None:
        self._seen = found.newest
        daemon = found.status["daemon"]
        state = "runs" if daemon["running"] else "does not run"
        self.sub_title = f"{state}{', paused' if daemon['paused'] else ''} · {time.strftime('%H:%M:%S')}"
        if daemon["paused"] != self._paused:
            self._paused = daemon["paused"]
            self.refresh_bindings()
        for view in self._views.values():
            view.show(found)
