"""What a version is made from, read at one moment through a connection of its own. Blocking.

For the process that seals. Candidates are read again each time they are walked over and never lie in memory all
together: as values 100,000 of them take half a gigabyte, as numbers of their rows less than one megabyte.
"""

from __future__ import annotations

import contextlib
import sqlite3
from array import array
from collections.abc import Callable, Collection, Iterator, Sequence
from types import TracebackType
from typing import Any, overload

from randaemon.model import Candidate, Stage
from randaemon.store import bytes_in, rows
from randaemon.store.faults import translated
from randaemon.store.home import Home
from randaemon.store.queries import query, read_only

_AT_ONCE = 256  # candidates: some hundred KiB
_ARTIFACTS = 32  # 2 MiB of typical ones

Adapt = Callable[[Candidate], Candidate]


class Harvest:
    """The store at one moment: `with Harvest(home) as harvest: …`. Raises DatabaseDamaged and ArtifactLost."""

    def __init__(self, home: Home) -> None:
        self._home = home
        with translated():
            self._connection = sqlite3.connect(read_only(home.database), uri=True, isolation_level=None)

    def __enter__(self) -> Harvest:
        with translated():
            self._connection.execute("BEGIN")  # its first reading fixes the moment
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def state(self, key: str, default: Any = None) -> Any:
        """A small value of the store."""
        found = self._rows("state", key)
        return rows.load(found[0][0]) if found else default

    def candidates(self, mark: int, holds: Callable[[str], bool] = lambda _: True) -> Shelf:
        """Those up to a mark, accepted and refused, ordered by id, of the contents that `holds` says yes to."""
        return Shelf(self._connection, array("q", (serial for serial, digest in self._placed(mark) if holds(digest))))

    def specimens(self, mark: int, holds: Callable[[str], bool] = lambda _: True) -> Shelf:
        """The same, one of each content: for what all candidates of a content say of it alike."""
        first: dict[str, int] = {}
        for serial, digest in self._placed(mark):
            first.setdefault(digest, serial)
        return Shelf(self._connection, array("q", (serial for digest, serial in first.items() if holds(digest))))

    def named(self, ids: Collection[str]) -> list[Candidate]:
        """Those of these ids that there are."""
        return rows.candidates(self._rows("candidates_by_ids", rows.dump(sorted(ids))))

    def artifact(self, digest: str, stage: Stage) -> bytes | None:
        """What a stage wrote of a content; None where it wrote nothing that is kept."""
        found = self._rows("artifact", digest, int(stage))
        return self._restored(digest, stage, *found[0]) if found else None

    def extractions(self, holds: Callable[[str], bool] = lambda _: True) -> Iterator[tuple[str, bytes]]:
        """Content digest and extract artifact of every document that has one, of the contents that `holds` says."""
        after = ""
        while found := self._rows("artifacts_of_stage", int(Stage.EXTRACT), after, _ARTIFACTS):
            for digest, *stored in found:
                if holds(digest):
                    yield digest, self._restored(digest, Stage.EXTRACT, *stored)
            after = found[-1][0]

    def placed(self) -> list[tuple[Any, ...]]:
        """The place of every document: id, parent, name and digest."""
        return self._rows("placed")

    def _restored(self, digest: str, stage: Stage, *stored: Any) -> bytes:
        with bytes_in.naming(digest, stage):
            return bytes_in.restored(self._home.objects, *stored)

    def _placed(self, mark: int) -> Iterator[tuple[int, str]]:
        with translated():
            yield from self._connection.execute(query("candidates_placed"), (mark,))

    def _rows(self, name: str, *parameters: object) -> list[tuple[Any, ...]]:
        with translated():
            return self._connection.execute(query(name), parameters).fetchall()


class Shelf(Sequence[Candidate]):
    """Candidates in the order of their ids, each read when it is asked for."""

    def __init__(self, connection: sqlite3.Connection, serials: array[int], adapt: Adapt | None = None) -> None:
        self._connection = connection
        self._serials = serials
        self._adapt = adapt

    def adapted(self, adapt: Adapt) -> Shelf:
        """The same candidates, as `adapt` makes them."""
        return Shelf(self._connection, self._serials, adapt)

    def __len__(self) -> int:
        return len(self._serials)

    def __iter__(self) -> Iterator[Candidate]:
        for start in range(0, len(self._serials), _AT_ONCE):
            yield from self._read(self._serials[start : start + _AT_ONCE])

    @overload
    def __getitem__(self, place: int) -> Candidate: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Candidate]: ...
    def __getitem__(self, place: int | slice) -> Candidate | Sequence[Candidate]:
        if isinstance(place, slice):
            return self._read(self._serials[place])
        return self._read(array("q", (self._serials[place],)))[0]

    def _read(self, serials: array[int]) -> list[Candidate]:
        with (
            translated(),
            contextlib.closing(
                self._connection.execute(query("candidates_by_serials"), (rows.dump(serials.tolist()),))
            ) as found,
        ):
            made = rows.candidates(found.fetchall())
        return list(map(self._adapt, made)) if self._adapt else made
