"""A home that is open for reading: named queries, and the small values that `status` and all others ask for."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from randaemon.errors import DatabaseDamaged
from randaemon.store import history, lock
from randaemon.store.faults import HINT, too_new, translated
from randaemon.store.home import Home
from randaemon.store.queries import migrations, query, read_only
from randaemon.store.records import RunRecord, standing


class Opened:
    """A read-only connection as a context; without a database every answer is empty. Raises DatabaseDamaged."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        if self.home.database.exists():
            with translated():
                self._connection = _connect(self.home.database)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def ask(self, name: str, *parameters: object) -> list[tuple[Any, ...]]:
        """The rows of a query by its name."""
        if self._connection is None:
            return []
        with translated():
            return self._connection.execute(query(name), parameters).fetchall()

    def state(self, key: str, default: Any = None) -> Any:
        """A small value that the daemon stored."""
        found = self.ask("state", key)
        return json.loads(found[0][0]) if found else default

    def last_event(self, kind: str) -> dict[str, Any] | None:
        """The data of the newest event of a kind."""
        found = self.ask("last_event", kind)
        return dict(json.loads(found[0][0])) if found else None

    def run(self, row: Sequence[Any]) -> RunRecord:
        """A row of `runs`. Where nobody holds the home none is under way: a daemon that was killed wrote no end."""
        run = history.run(self.home.root, row)
        dead = run.status == "running" and lock.holder(self.home) is None
        return replace(run, status="interrupted") if dead else run

    def current_model(self) -> RunRecord | None:
        """The run whose adapter is active."""
        return self._standing(1)

    def previous_model(self) -> RunRecord | None:
        """The run that a rollback would bring back."""
        return self._standing(2)

    def _standing(self, place: int) -> RunRecord | None:
        runs = standing([history.promotion(row) for row in self.ask("promotions")])
        found = self.ask("run", runs[-place]) if len(runs) >= place else []
        return history.run(self.home.root, found[0]) if found else None


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(read_only(path), uri=True, isolation_level=None, timeout=5.0)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(migrations()):
            raise too_new(version, len(migrations()))
        if version == 0:
            raise DatabaseDamaged("state.db is empty", hint=HINT)
    except BaseException:
        connection.close()
        raise
    return connection
