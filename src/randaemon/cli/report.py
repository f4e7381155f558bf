"""`report`: the HTML page about the home."""

from __future__ import annotations

from pathlib import Path

import typer

from randaemon.cli.output import JSON_OPTION, lines, show
from randaemon.errors import NotFoundError

OUTPUT = typer.Option(None, "--output", "-o", metavar="FILE", help="Where to; report.html of the home when left out")
OPEN = typer.Option(False, "--open", help="Show it in the browser")


def report(output: Path | None = OUTPUT, look: bool = OPEN, as_json: bool = JSON_OPTION) -> None:
    """Write one HTML page about everything. It stands alone.

    Funnel, quality, coverage, refusals, throughput, trainings, models.
    """
    import time
    import webbrowser

    from randaemon import report as page
    from randaemon.store import objects
    from randaemon.store.home import Home
    from randaemon.store.reader import Reader

    home = Home.default()
    if output is None and not home.root.exists():
        raise NotFoundError(f"there is nothing to report yet: {home.root} does not exist", hint="randaemon run")
    with Reader(home) as reader:
        text = page.render(page.collect(reader, home, time.time()))
    file = output.expanduser().absolute() if output else home.root / "report.html"
    objects.write(file, text.encode())
    if look:
        webbrowser.open(file.as_uri())
    if as_json:
        show({"file": file, "bytes": len(text.encode())})
    else:
        lines(str(file))
