"""Where everything lies: the folders of one home, and nothing but their names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of a home. `RANDAEMON_HOME=H` puts all of them under H."""

    root: Path
    inbox: Path

    @classmethod
    def at(cls, root: Path) -> Home:
        """A home with everything, the inbox too, under one folder."""
        return cls(root=root, inbox=root / "inbox")

    @classmethod
    def default(cls, environment: dict[str, str] | None = None) -> Home:
        """`RANDAEMON_HOME` if set; else state where the platform expects it and the inbox at `~/randaemon/inbox`."""
        chosen = (os.environ if environment is None else environment).get("RANDAEMON_HOME", "")
        if chosen:
            return cls.at(Path(chosen).expanduser().absolute())
        import platformdirs  # 15 ms; only where it is needed

        root = Path(platformdirs.user_data_dir("randaemon", appauthor=False))
        return cls(root=root, inbox=Path.home() / "randaemon/inbox")

    @property
    def database(self) -> Path:
        return self.root / "state.db"

    @property
    def lock(self) -> Path:
        return self.root / "daemon.lock"

    @property
    def originals(self) -> Path:
        """Claimed files, `<key>__<percent-encoded name>`, never modified."""
        return self.root / "originals"

    @property
    def objects(self) -> Path:
        """Members of archives and large artifacts, `<aa>/<sha256>`, immutable."""
        return self.root / "objects"

    @property
    def work(self) -> Path:
        """Scratch; disposable at any time while no daemon runs."""
        return self.root / "work"

    @property
    def search(self) -> Path:
        """The index that `search` looks into; derived, and made again where it is missing."""
        return self.root / "search.db"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    @property
    def datasets(self) -> Path:
        return self.root / "datasets"

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    @property
    def models(self) -> Path:
        """Models built here (the tiny one); downloaded ones stay in the hub's own cache."""
        return self.root / "models"

    @property
    def control(self) -> Path:
        """Commands for the daemon: small JSON files renamed into it."""
        return self.root / "control"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def backups(self) -> Path:
        """Snapshots of the database, `state-<time>.db` with its manifest."""
        return self.root / "backups"

    @property
    def settings(self) -> Path:
        """The user's settings file; it need not exist."""
        return self.root / "randaemon.toml"

    def folders(self) -> tuple[Path, ...]:
        """Every folder that must exist before the daemon runs."""
        return (
            self.inbox,
            self.originals,
            self.objects,
            self.work,
            self.quarantine,
            self.datasets,
            self.runs,
            self.models,
            self.control,
            self.logs,
            self.backups,
        )
