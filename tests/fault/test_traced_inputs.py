"""Hostile files through workers under strace: no connection to any network, nothing written outside the work folder.

`RANDAEMON_TEST_TRACED` says how many files besides the good ones; `scripts/torture inputs` raises it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests import hostile_former

from randaemon.integrations.libreoffice import Suite

ROOT = Path(__file__).parents[2]
COUNT = int(os.environ.get("RANDAEMON_TEST_TRACED", "20"))
SEED = int(os.environ.get("RANDAEMON_TEST_SEED", "1"))
STRACE = ["strace", "-f", "--seccomp-bpf"]  # only the calls that are asked for cost anything
PATIENCE = 120.0 + 10.0 * COUNT
CHANGES = "creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,symlink,symlinkat,truncate"
TRACED = f"openat,open,connect,{CHANGES}"
#: Wherever the interpreter keeps compiled modules, and what is no file.
HARMLESS = re.compile(r"/dev/(?:null|tty|ptmx)|/proc/self/.*|.*/__pycache__(?:/.*)?")

_CALL = re.compile(r"^(?:\d+ +)?(?P<name>\w+)\((?P<rest>.*)\) += +(?P<result>-?\d+)")
_FOLDER = re.compile(r"(?:AT_FDCWD|\d+)<(?P<folder>[^>]*)>")
_PATH = re.compile(r'"(?P<path>(?:[^"\\]|\\.)*)"')


def strace() -> str:
    """Why it cannot be used here; "" when it can."""
    if shutil.which("strace") is None:
        return "strace is not here"
    probe = subprocess.run([*STRACE, "-o", os.devnull, "true"], capture_output=True, check=False)
    return "" if probe.returncode == 0 else "strace is not permitted here"


UNAVAILABLE = strace()


@dataclass(frozen=True)
class Call:
    """One system call that succeeded or was tried."""

    name: str
    rest: str
    failed: bool

    def writes(self) -> bool:
        if self.name in ("openat", "open"):
            return bool(re.search(r"O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)", self.rest))
        return self.name != "connect"

    def paths(self) -> list[str]:
        """Every path it names, whole."""
        folders = [found["folder"] for found in _FOLDER.finditer(self.rest)]
        names = [found["path"] for found in _PATH.finditer(self.rest)]
        if self.name.startswith("symlink"):
            names = names[-1:]  # the first is only text
        base = folders[0] if folders else ""
        return [os.path.normpath(name if name.startswith("/") else f"{base}/{name}") for name in names]


def calls(log: str) -> Iterator[Call]:
    for line in log.splitlines():
        if found := _CALL.match(line):
            yield Call(found["name"], found["rest"], int(found["result"]) < 0)


def outside(call: Call, folder: Path) -> list[str]:
    """The paths that a call has changed outside of a folder."""
    if call.failed or not call.writes():
        return []
    inside = f"{folder}/"
    return [path for path in call.paths() if not f"{path}/".startswith(inside) and not HARMLESS.fullmatch(path)]


@pytest.mark.slow
@pytest.mark.skipif(bool(UNAVAILABLE), reason=UNAVAILABLE)
def test_no_hostile_file_makes_a_worker_connect_or_write_elsewhere(tmp_path: Path) -> None:
    folder, log = tmp_path / "walk", tmp_path / "calls"
    folder.mkdir()
    walk = [
        sys.executable,
        str(Path(__file__).parent / "traced" / "walk_traced.py"),
        str(folder),
        str(COUNT),
        str(SEED),
    ]
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("COVERAGE")}
    environment = {**inherited, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": str(folder)}
    ended = subprocess.run(
        [
            "strace",
            "-f",
            "-y",
            "-qq",
            "-s",
            "4096",
            "-e",
            f"trace={TRACED}",
            "-e",
            "signal=none",
            "-o",
            str(log),
            *walk,
        ],
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert ended.returncode == 0, f"{ended.stdout[-2000:]}{ended.stderr[-2000:]}"
    seen = list(calls(log.read_text(errors="replace")))
    assert any(call.writes() and not call.failed for call in seen), "nothing was traced"
    assert [call.rest for call in seen if call.name == "connect" and "AF_INET" in call.rest] == []
    assert sorted({path for call in seen for path in outside(call, tmp_path)}) == []


SAVE = """
import sys
from pathlib import Path
from randaemon.integrations.libreoffice import Suite
assert Suite().save_as(Path(sys.argv[1]), "docx", Path(sys.argv[2]))
"""


@pytest.mark.slow
@pytest.mark.skipif(bool(UNAVAILABLE), reason=UNAVAILABLE)
@pytest.mark.skipif(not Suite().saves("xlsx"), reason="LibreOffice is not installed here")
def test_the_office_suite_fetches_nothing_that_a_document_links_to(tmp_path: Path) -> None:
    source, log = tmp_path / "remote.odt", tmp_path / "calls"
    source.write_bytes(hostile_former.crafted()["former-remote.odt"])
    save = [sys.executable, "-c", SAVE, str(source), str(tmp_path / "office")]
    (tmp_path / "office").mkdir()
    subprocess.run([*STRACE, "-qq", "-e", "trace=connect", "-o", str(log), *save], check=True, timeout=PATIENCE)
    assert [call.rest for call in calls(log.read_text(errors="replace")) if "AF_INET" in call.rest] == []


LINES = """\
12 openat(AT_FDCWD</home/x>, "/etc/passwd", O_RDONLY|O_CLOEXEC) = 3</etc/passwd>
12 openat(AT_FDCWD</home/x>, "../escaped.html", O_WRONLY|O_CREAT, 0666) = 3</home/escaped.html>
12 openat(AT_FDCWD</home/x>, "/tmp/denied", O_WRONLY|O_CREAT, 0666) = -1 EACCES (Permission denied)
12 openat(AT_FDCWD</home/x>, "own file", O_RDWR|O_CREAT, 0666) = 3</home/x/own file>
12 rename("/home/x/a", "/usr/bin/a") = 0
13 connect(3<socket:[1]>, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("192.0.2.1")}, 16) = -1 ENETUNREACH
12 unlink("/home/x/own file") = 0
12 symlinkat("/etc/passwd", AT_FDCWD</home/x>, "link") = 0
"""


def test_the_reading_of_traces_sees_an_escape_and_a_connection() -> None:
    seen = list(calls(LINES))
    assert len(seen) == 8
    found = [path for call in seen for path in outside(call, Path("/home/x"))]
    assert found == ["/home/escaped.html", "/usr/bin/a"]
    assert [call.name for call in seen if "AF_INET" in call.rest] == ["connect"]
