"""`tui`: the home, live, in the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from randaemon.model import Document
    from randaemon.store.reader import Reader
    from randaemon.tui.links import Look


def tui() -> None:
    """Show everything live: documents, samples, training, models, log. Keys at the bottom; q leaves."""
    import sys
    from importlib.util import find_spec

    from randaemon import tui as screens
    from randaemon.cli.act import act
    from randaemon.cli.status_view import describe_training
    from randaemon.errors import RandaemonError
    from randaemon.store.home import Home

    if find_spec("textual") is None:
        raise RandaemonError("the live screen needs textual", hint=f"{sys.executable} -m pip install textual")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise RandaemonError("the live screen needs a terminal", hint="randaemon status")
    screens.run(Home.default(), screens.Links(act, _overview, describe_training, _story))


def _overview(now: Look) -> Iterable[str]:
    from randaemon.cli.status import describe, left

    return describe(now.status, now.at_work, left(now.reader, now.status))


def _story(reader: Reader, document: Document) -> Iterable[str]:
    from randaemon.cli.document_story import DocumentStory

    return DocumentStory.of(reader, document).told()
