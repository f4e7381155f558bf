"""A real `systemd --user` of one's own, where the system allows one: nothing outside its namespaces sees it.

It refuses to run on a machine that was not booted by systemd, and keeps its walls' building material in
/run/user/UID; so it gets a /run of its own. Control groups it makes below those it is started in.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PROGRAM = Path("/usr/lib/systemd/systemd")
GROUPS = Path("/sys/fs/cgroup")
PATIENCE = 20.0
SOMEBODY = "1000"  # who root is to it; anybody else stays who he is
START = """
for group in $OWN_GROUPS; do echo $$ > "$group/cgroup.procs" || exit; done
exec unshare --user --map-root-user --mount sh -c '
    mount -t tmpfs none /run && mkdir -p /run/systemd/system "/run/user/$AS" &&
    mount --bind "$XDG_RUNTIME_DIR" "/run/user/$AS" &&
    exec unshare --user --map-user="$AS" --map-group="$AS" "$0" --user --log-level=notice --log-target=console' "$0"
"""


class Impossible(Exception):
    """This system lets nobody run one; in its own words."""


@contextlib.contextmanager
def running(user: Path) -> Iterator[str]:
    """One for the user whose home folder this is; its XDG_RUNTIME_DIR. Raises Impossible."""
    if not PROGRAM.exists() or not shutil.which("unshare") or not shutil.which("systemctl"):
        raise Impossible("systemd, systemctl or unshare is not installed")
    # A short name: what lies in it are sockets, whose paths may have 107 characters.
    with tempfile.TemporaryDirectory(prefix="run-") as runtime, _own_groups() as groups:
        who = SOMEBODY if os.geteuid() == 0 else str(os.geteuid())
        facts = {"HOME": str(user), "XDG_RUNTIME_DIR": runtime, "OWN_GROUPS": " ".join(groups), "AS": who}
        with Path(runtime, "words").open("w+") as words:
            manager = subprocess.Popen(
                ["sh", "-c", START, PROGRAM], env={**os.environ, **facts}, stdin=subprocess.DEVNULL, stderr=words
            )
            try:
                _until_up(manager, facts, words.name)
                yield runtime
            finally:
                _end(manager, facts)


def _until_up(manager: subprocess.Popen[bytes], facts: dict[str, str], words: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while _systemctl(facts, "is-active", "default.target").returncode != 0:
        if manager.poll() is not None or time.monotonic() > deadline:
            raise Impossible(f"systemd --user does not come up here: {Path(words).read_text().strip()[-300:]}")
        time.sleep(0.05)


def _end(manager: subprocess.Popen[bytes], facts: dict[str, str]) -> None:
    _systemctl(facts, "exit")
    try:
        manager.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        manager.kill()
        manager.wait()


def _systemctl(facts: dict[str, str], *words: str) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, **facts}
    return subprocess.run(["systemctl", "--user", *words], env=environment, capture_output=True, check=False)


@contextlib.contextmanager
def _own_groups() -> Iterator[list[str]]:
    """New control groups below this process's own, of the hierarchies that systemd uses: cgroup2 and name=systemd."""
    made = []
    try:
        for line in Path("/proc/self/cgroup").read_text().splitlines():
            _, kind, path = line.split(":", 2)
            if kind in ("", "name=systemd"):
                own = _mounted(kind) / path.lstrip("/") / f"randaemon-test-{os.getpid()}"
                own.mkdir()
                made.append(own)
        yield [str(own) for own in made]
    except OSError as error:
        raise Impossible(f"no control group can be made here: {error}") from error
    finally:
        for own in made:
            for folder, _, _ in os.walk(own, topdown=False):
                Path(folder).rmdir()


def _mounted(kind: str) -> Path:
    if kind:
        return GROUPS / "systemd"
    return GROUPS / "unified" if (GROUPS / "unified").exists() else GROUPS
