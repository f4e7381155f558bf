"""Charts as inline SVG. Colours are classes of the page's style, so that they follow light and dark."""

from __future__ import annotations

import html
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from randaemon.report.facts import Throughput

_WIDTH, _ROW, _LABEL, _VALUE = 720, 22, 190, 70
_HEIGHT, _FOOT = 170, 22


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a row of its own; `lost`: what did not go on."""

    label: str
    value: int
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Stack:
    """Several values of one row or column, in the order of the legend."""

    label: str
    parts: Mapping[str, int]

    @property
    def total(self) -> int:
        """The sum of its parts."""
        return sum(self.parts.values())


def bars(rows: Sequence[Bar]) -> str:
    """A horizontal bar a row, labelled on the left, its number at its end; the widest row fills the width."""
    most = max((row.value for row in rows), default=0) or 1
    return _svg(len(rows) * _ROW, "".join(_bar(index, row, most) for index, row in enumerate(rows)))


def shares(rows: Sequence[Stack]) -> str:
    """A row each as wide as all others, cut by its shares, its total at the end."""
    cut = [_shared(index, row) for index, row in enumerate(rows)]
    names = list(rows[0].parts) if rows else []
    return _svg(len(rows) * _ROW + _FOOT, "".join(cut) + _legend(names, len(rows) * _ROW + 16, _LABEL))


def stacked(rows: Sequence[Stack], axis: str) -> str:
    """A column a stack with its total on top; the legend is left out when there is a single part."""
    most = max((row.total for row in rows), default=0) or 1
    wide = (_WIDTH - 20) / max(len(rows), 1)
    names = list(rows[0].parts) if rows else []
    drawn = "".join(_column(index * wide + 10, wide, row, most) for index, row in enumerate(rows))
    legend = _legend(names, _HEIGHT + 2 * _FOOT - 4, 10) if len(names) > 1 else ""
    return _svg(_HEIGHT + 2 * _FOOT, drawn + legend + _text(_WIDTH - 10, _HEIGHT + 2 * _FOOT - 4, axis, "end"))


def columns(throughput: Throughput) -> str:
    """Documents that ended in each stretch of time."""
    most = max(throughput.ended) or 1
    wide = (_WIDTH - 20) / len(throughput.ended)
    drawn = "".join(
        _rect(
            (10 + at * wide, _HEIGHT - count / most * (_HEIGHT - 20)), (wide - 1, count / most * (_HEIGHT - 20)), "c0"
        )
        for at, count in enumerate(throughput.ended)
        if count
    )
    last = throughput.start + throughput.seconds * len(throughput.ended)
    feet = (
        _text(10, _HEIGHT + 16, _moment(throughput.start))
        + _text(_WIDTH - 10, _HEIGHT + 16, _moment(last), "end")
        + _text(_WIDTH / 2, _HEIGHT + 16, f"each bar {_span(throughput.seconds)}, the highest {most}", "middle")
    )
    return _svg(_HEIGHT + _FOOT, drawn + _line(_HEIGHT) + feet)


def _bar(index: int, row: Bar, most: int) -> str:
    top, long = index * _ROW, max(row.value / most * (_WIDTH - _LABEL - _VALUE), 1 if row.value else 0)
    return (
        _text(_LABEL - 8, top + 15, row.label, "end")
        + _rect((_LABEL, top + 3), (long, _ROW - 6), "lost" if row.lost else "c0")
        + _text(_LABEL + long + 6, top + 15, str(row.value))
    )


def _shared(index: int, row: Stack) -> str:
    top, at = index * _ROW, float(_LABEL)
    drawn = [_text(_LABEL - 8, top + 15, row.label, "end")]
    for place, (name, value) in enumerate(row.parts.items()):
        long = value / (row.total or 1) * (_WIDTH - _LABEL - _VALUE)
        drawn.append(_rect((at, top + 3), (long, _ROW - 6), f"c{place}", f"{name}: {value}"))
        at += long
    return "".join([*drawn, _text(_WIDTH - _VALUE + 6, top + 15, str(row.total))])


def _column(left: float, wide: float, row: Stack, most: int) -> str:
    at, drawn = float(_HEIGHT), []
    for place, (name, value) in enumerate(row.parts.items()):
        high = value / most * (_HEIGHT - 20)
        at -= high
        drawn.append(_rect((left + 3, at), (wide - 6, high), f"c{place}", f"{name}: {value}"))
    total = _text(left + wide / 2, at - 5, str(row.total), "middle") if row.total else ""
    return "".join(drawn) + total + _text(left + wide / 2, _HEIGHT + 15, row.label, "middle") + _line(_HEIGHT)


def _legend(names: Sequence[str], top: float, left: float) -> str:
    drawn: list[str] = []
    for place, name in enumerate(names):
        drawn += [_rect((left, top - 9), (10, 10), f"c{place}"), _text(left + 15, top, name)]
        left += 30 + 7 * len(name)
    return "".join(drawn)


def _svg(height: float, inner: str) -> str:
    return f'<svg class="chart" viewBox="0 0 {_WIDTH} {height:g}" role="img">{inner}</svg>'


def _rect(corner: tuple[float, float], size: tuple[float, float], kind: str, title: str = "") -> str:
    told = f"<title>{html.escape(title)}</title>" if title else ""
    place = f'x="{corner[0]:.1f}" y="{corner[1]:.1f}" width="{max(size[0], 0):.1f}" height="{max(size[1], 0):.1f}"'
    return f'<rect class="{kind}" {place}>{told}</rect>'


def _text(left: float, top: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{left:.1f}" y="{top:.1f}" text-anchor="{anchor}">{html.escape(text)}</text>'


def _line(top: float) -> str:
    return f'<path class="axis" d="M10 {top:g}H{_WIDTH - 10}"/>'


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))


def _span(seconds: float) -> str:
    units: Iterator[tuple[float, str]] = iter(((86400.0, "days"), (3600.0, "hours"), (60.0, "minutes")))
    return next(
        (f"{seconds / size:.1f} {name}" for size, name in units if seconds >= size),
        f"{seconds:.3g} {'second' if seconds == 1 else 'seconds'}",
    )
