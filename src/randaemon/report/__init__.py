"""`randaemon report`: one HTML page that stands alone, with what happened, what was refused and how good it is.

    with Reader(home) as reader:
        html = render(collect(reader, home, made_at))

Nothing in it is fetched from anywhere: the style is inline, the pictures are inline SVG, and there is no script.
"""

from __future__ import annotations

from randaemon.report.facts import Report, collect
from randaemon.report.page import render

__all__ = ["Report", "collect", "render"]
