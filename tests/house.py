"""A home with a real daemon process in it, driven from outside as a user would: drop, kill, wait, read."""

from __future__ import annotations

import contextlib
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from randaemon.errors import DatabaseDamaged
from randaemon.model import ENDED, Document
from randaemon.store.home import Home
from randaemon.store.reader import Reader

PATIENCE = 120.0
LOOK = 0.05
#: Fast where the real settings are patient; nothing here changes what the dataset becomes.
HASTE = {
    "RANDAEMON_INBOX__SETTLE_SECONDS": "0.1",
    "RANDAEMON_INBOX__SCAN_SECONDS": "2",
    "RANDAEMON_INBOX__EMPTY_WAIT_SECONDS": "0.2",
    "RANDAEMON_INBOX__TRUNCATED_WAIT_SECONDS": "0.2",
    "RANDAEMON_POOL__BACKOFF_SECONDS": "[0.1]",
    "RANDAEMON_POOL__POLL_SECONDS": "1",
    "RANDAEMON_DAEMON__MIN_FREE_MIB": "0",
    "RANDAEMON_DAEMON__SAFE_MODE_AFTER": "0",
    "RANDAEMON_TRAINING__ENABLED": "false",
    "RANDAEMON_NOTIFY__ENABLED": "false",
}
RUN = [sys.executable, "-m", "randaemon", "run"]


class House:
    """One home and at most one daemon in it."""

    def __init__(self, root: Path, settings: Mapping[str, str] | None = None, command: list[str] | None = None) -> None:
        self.home = Home.at(root)
        self.home.inbox.mkdir(mode=0o700, parents=True)
        root.chmod(0o700)
        self.environment = {**os.environ, **HASTE, **(settings or {}), "RANDAEMON_HOME": str(root)}
        self._command = command or RUN
        self._daemon: subprocess.Popen[bytes] | None = None

    def drop(self, name: str, content: bytes) -> None:
        """As a download does it: complete at once, by rename."""
        part = self.home.root / f"drop-{time.monotonic_ns()}"
        part.write_bytes(content)
        part.rename(self.home.inbox / name)

    def start(self, command: list[str] | None = None) -> subprocess.Popen[bytes]:
        """Start a daemon (or another command in its place); it is not waited for."""
        with (self.home.root / "daemon.out").open("ab") as output:
            self._daemon = subprocess.Popen(
                command or self._command, env=self.environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        return self._daemon

    def kill(self) -> None:
        """SIGKILL, at whatever it is doing; nothing that it started is touched."""
        if self._daemon is not None:
            self._daemon.kill()
            self._daemon.wait()
            self._daemon = None

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self._daemon is not None
        daemon, self._daemon = self._daemon, None
        daemon.send_signal(signal.SIGTERM)
        return daemon.wait(PATIENCE)

    def until(self, condition: Callable[[Reader], bool], patience: float = PATIENCE) -> None:
        """Wait until what the store says fulfils the condition, while the daemon lives."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            assert self._daemon is None or self._daemon.poll() is None, f"the daemon ended:\n{self.output()}"
            # One that is damaged says nothing until the daemon has restored it.
            with contextlib.suppress(DatabaseDamaged):
                if self.home.database.exists():
                    with Reader(self.home) as reader:
                        if condition(reader):
                            return
            time.sleep(LOOK)
        raise AssertionError(f"not within {patience} s:\n{self.output()}")

    def until_ended(self, drops: int, patience: float = PATIENCE) -> None:
        """Wait until so many drops and all their members have ended."""
        self.until_running()
        self.until(lambda reader: _ended(reader, drops), patience)

    def until_running(self) -> None:
        """Wait until this daemon has opened the store: from then on SIGTERM ends it in good order."""
        assert self._daemon is not None
        pid = self._daemon.pid
        self.until(lambda reader: reader.state("daemon.life", {}).get("pid") == pid)

    def documents(self) -> list[Document]:
        """All rows."""
        with Reader(self.home) as reader:
            return reader.documents(limit=100_000)

    def document(self, name: str) -> Document:
        """The row of a dropped file."""
        with Reader(self.home) as reader:
            return reader.document(name)

    def originals(self) -> dict[str, list[str]]:
        """Digest → names of the kept files, wherever they lie."""
        found: dict[str, list[str]] = {}
        files = [*self.home.originals.iterdir(), *self.home.quarantine.glob("*/*__*")]
        for path in sorted(files):
            found.setdefault(hashlib.sha256(path.read_bytes()).hexdigest(), []).append(path.name)
        return found

    def export(self, output: Path) -> dict[str, bytes]:
        """`dataset export`, as a user would call it; the bytes of its files by name."""
        command = [sys.executable, "-m", "randaemon", "dataset", "export", "--format", "jsonl", "--output", str(output)]
        subprocess.run(command, env=self.environment, check=True, capture_output=True, timeout=PATIENCE)
        return {path.name: path.read_bytes() for path in sorted(output.iterdir())}

    def output(self) -> str:
        """The last of what the daemon said."""
        return (self.home.root / "daemon.out").read_text(errors="replace")[-4000:]


def _ended(reader: Reader, drops: int) -> bool:
    documents = reader.documents(limit=100_000)
    roots = sum(document.parent is None for document in documents)
    return roots >= drops and all(document.status in ENDED for document in documents)
