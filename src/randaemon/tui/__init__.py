"""`randaemon tui`: the home, live, in the terminal. Reads the store and sends commands; it decides nothing itself.

    tui.run(home, tui.Links(act, overview, training, story))

`act` carries out a command as the command line does, by the daemon or here; `overview`, `training` and `story` give the
lines that `status`, `train status` and `jobs show` print. They are handed in, since the command line lies above.
"""

from __future__ import annotations

from randaemon.store.home import Home
from randaemon.tui.links import Links

__all__ = ["Links", "run"]


def run(home: Home, links: Links) -> None:
    """Show it until the user leaves. Raises ImportError when the extra `tui` is not installed."""
    from randaemon.tui.app import Cockpit

    Cockpit(home, links).run()
