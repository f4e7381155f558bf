"""Ruled tables from the lines that are drawn on a page.

All edges are snapped to a lattice; two neighbouring places of it belong to one cell unless a line stands between them.
So a cell that spans others is found as such, in whatever way and order its edges were drawn.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from randaemon.stages.convert.pdf.layout import Table
from randaemon.stages.convert.pdf.reading import Word, in_lines, text_of

_SNAP = 3.0  # points between edges that are meant to be one
_PLACES = 20_000  # of a lattice; a drawing has more


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight line across (`flat`) or down a page: at `at`, from `start` to `end`."""

    flat: bool
    at: float
    start: float
    end: float


def tables(rules: Sequence[Rule], words: Sequence[Word]) -> tuple[list[Table], list[Word]]:
    """The tables of a page, and the words that stand in none."""
    found: list[Table] = []
    free = list(words)
    for group in _connected(_joined(rules)):
        lattice = _Lattice.of(group)
        if lattice is None:
            continue
        inside = [word for word in free if lattice.holds(word)]
        rows = lattice.filled(inside)
        if len(rows) > 1 and len(rows[0]) > 1:
            found.append(Table(lattice.ys[0], lattice.ys[-1], rows, (lattice.xs[0], lattice.xs[-1])))
            taken = {id(word) for word in inside}
            free = [word for word in free if id(word) not in taken]
    return found, free


def _joined(rules: Sequence[Rule]) -> list[Rule]:
    """Lines at one place that touch or overlap are one."""
    joined: list[Rule] = []
    for flat in (True, False):
        chosen = [rule for rule in rules if rule.flat is flat]
        places = _snapped(rule.at for rule in chosen)
        by_place: dict[float, list[Rule]] = defaultdict(list)
        for rule in chosen:
            by_place[_nearest(places, rule.at)].append(rule)
        for at, group in by_place.items():
            joined += _merged(flat, at, group)
    return joined


def _merged(flat: bool, at: float, rules: list[Rule]) -> Iterator[Rule]:
    rules.sort(key=lambda rule: rule.start)
    start, end = rules[0].start, rules[0].end
    for rule in rules[1:]:
        if rule.start > end + _SNAP:
            yield Rule(flat, at, start, end)
            start = rule.start
        end = max(end, rule.end) if rule.start <= end + _SNAP else rule.end
    yield Rule(flat, at, start, end)


def _snapped(values: Iterable[float]) -> list[float]:
    """The middles of values that lie close together."""
    groups: list[list[float]] = []
    for value in sorted(values):
        if groups and value - groups[-1][-1] < _SNAP and value - groups[-1][0] < 2 * _SNAP:
            groups[-1].append(value)
        else:
            groups.append([value])
    return [sum(group) / len(group) for group in groups]


def _nearest(places: Sequence[float], value: float) -> float:
    number = bisect_right(places, value)
    return min(places[max(number - 1, 0) : number + 1], key=lambda place: abs(place - value))


def _connected(rules: list[Rule]) -> list[list[Rule]]:
    """Lines that cross or touch, directly or through others."""
    across = [rule for rule in rules if rule.flat]
    down = [rule for rule in rules if not rule.flat]
    owner = {id(rule): number for number, rule in enumerate(rules)}

    def find(number: int) -> int:
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    parents = list(range(len(rules)))
    across.sort(key=lambda rule: rule.at)
    tops = [rule.at for rule in across]
    for rule in down:
        for flat in across[bisect_right(tops, rule.start - _SNAP) : bisect_right(tops, rule.end + _SNAP)]:
            if flat.start - _SNAP <= rule.at <= flat.end + _SNAP:
                parents[find(owner[id(rule)])] = find(owner[id(flat)])
    groups: dict[int, list[Rule]] = defaultdict(list)
    for number, rule in enumerate(rules):
        groups[find(number)].append(rule)
    return [group for group in groups.values() if len(group) > 3]


class _Lattice:
    """The places between all edges of a table."""

    def __init__(self, xs: list[float], ys: list[float], group: list[Rule]) -> None:
        self.xs = xs
        self.ys = ys
        self._down: dict[float, list[Rule]] = defaultdict(list)
        self._across: dict[float, list[Rule]] = defaultdict(list)
        for rule in group:
            (self._across if rule.flat else self._down)[rule.at].append(rule)
        self._cell = self._cells()

    @classmethod
    def of(cls, group: list[Rule]) -> _Lattice | None:
        """None for what is no table: a frame, an underlined word, a drawing."""
        xs = sorted({rule.at for rule in group if not rule.flat})
        ys = sorted({rule.at for rule in group if rule.flat})
        width, height = len(xs) - 1, len(ys) - 1
        if width < 1 or height < 1 or width * height < 2 or width * height > _PLACES:
            return None
        return cls(xs, ys, group)

    def holds(self, word: Word) -> bool:
        """True when the middle of the word lies in the table."""
        across = (word.left + word.right) / 2
        return self.xs[0] <= across <= self.xs[-1] and self.ys[0] <= word.middle <= self.ys[-1]

    def filled(self, words: Sequence[Word]) -> tuple[tuple[str, ...], ...]:
        """The texts of all places, a spanning cell's in each of its own; without rows and columns that are empty."""
        texts: dict[int, list[Word]] = defaultdict(list)
        for word in words:
            column = min(max(bisect_right(self.xs, (word.left + word.right) / 2) - 1, 0), len(self.xs) - 2)
            row = min(max(bisect_right(self.ys, word.middle) - 1, 0), len(self.ys) - 2)
            texts[self._cell[row][column]].append(word)
        printed = {cell: "\n".join(map(text_of, in_lines(inside))) for cell, inside in texts.items()}
        rows = [[printed.get(cell, "") for cell in line] for line in self._cell]
        keep = [number for number in range(len(self.xs) - 1) if self._is_column(number)]
        lines = [tuple(row[number] for number in keep) for number, row in enumerate(rows) if self._is_row(number)]
        return tuple(line for line in lines if any(line))

    def _is_column(self, number: int) -> bool:
        """False for a sliver: it has no cell of its own."""
        return number == 0 or any(line[number] != line[number - 1] for line in self._cell)

    def _is_row(self, number: int) -> bool:
        return number == 0 or self._cell[number] != self._cell[number - 1]

    def _cells(self) -> list[list[int]]:
        width, height = len(self.xs) - 1, len(self.ys) - 1
        cells = [[row * width + column for column in range(width)] for row in range(height)]
        for row in range(height):
            middle = (self.ys[row] + self.ys[row + 1]) / 2
            for column in range(width):
                across = (self.xs[column] + self.xs[column + 1]) / 2
                if column and not _stands(self._down[self.xs[column]], middle):
                    self._join(cells, (row, column), (row, column - 1))
                if row and not _stands(self._across[self.ys[row]], across):
                    self._join(cells, (row, column), (row - 1, column))
        return cells

    def _join(self, cells: list[list[int]], one: tuple[int, int], other: tuple[int, int]) -> None:
        old, new = cells[one[0]][one[1]], cells[other[0]][other[1]]
        if old != new:
            for line in cells[: one[0] + 1]:
                line[:] = [new if cell == old else cell for cell in line]


def _stands(rules: Sequence[Rule], at: float) -> bool:
    return any(rule.start <= at <= rule.end for rule in rules)
