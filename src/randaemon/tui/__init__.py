"""`randaemon tui`: the home, live, in the terminal. Reads the store and sends commands; it decides nothing itself.

    tui.run(home, tui.Links(act, overview, training))

`act` carries out a command as the command line does, by the daemon or here; `overview` and `training`
give the lines that `status` and `train status` print. They are handed in, since the CLI lies above this package.
"""

from __future__ import annotations

from randaemon.store.home import Home
from randaemon.tui.links import Links

__all__ = ["Links", "run"]


def run(home: Home, links: Links) -> None:
    """Show it until the user leaves. Raises ImportError when the extra `tui` is not installed."""
    from randaemon.tui.app import Cockpit

    Cockpit(home, links).run()
