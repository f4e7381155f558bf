"""Runs the whole loop once, in a home of its own, with the real daemon: the first command of the README."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from randaemon.demo.files import Library, library, write_zip
from randaemon.demo.report import look_around, summary
from randaemon.errors import RandaemonError
from randaemon.store.home import Home
from randaemon.store.reader import Reader

_MARK = "THIS-IS-A-DEMO"  # only a folder that holds it is ever wiped
_PATIENCE = 900.0  # seconds for the whole loop: a slow machine, not a broken one
_SETTINGS = """# Written by `randaemon demo`.
[inbox]
settle_seconds = 1.0
scan_seconds = 10.0

[training]
model = "tiny"            # built here in a second; no download
min_new_samples = 100
min_quality = 0.5
cooldown_hours = 0.0
"""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Progress:
    """What the waiting user is shown; a line is printed whenever it changes."""

    line: str
    finished: bool


def demo(home: Home, say: Say, documents: int = 8) -> int:
    """Write the library, run the daemon on it until a model is trained and judged, print what came of it.

    Returns 0 when samples were made and a run was evaluated; whether it was promoted is for its gate to say.
    """
    started = time.monotonic()
    prepare(home)
    content = library(documents)
    say(f"A fictional library of {len(content.members)} files is made; home is {home.root}")
    daemon = start(home)
    try:
        drop(home, content)
        say("Dropped fictional_library.zip into the inbox. The daemon does the rest:")
        wait(home, daemon, say)
        answer = ask(home, content)
    finally:
        stop(daemon)
    with Reader(home) as reader:
        lines, good = summary(reader, home, time.monotonic() - started)
    next_steps = look_around(home, Path(sysconfig.get_path("scripts")), shutil.which("randaemon"))
    say("\n".join([*lines, *answer, *next_steps]))
    return 0 if good else 1


def prepare(home: Home) -> None:
    """An empty home with the demo's settings; an earlier demo's is wiped, anything else is left alone."""
    if home.root.exists() and any(home.root.iterdir()):
        if not (home.root / _MARK).exists():
            raise RandaemonError(
                f"{home.root} is not empty and not a demo's home", hint="name an empty folder with --home"
            )
        shutil.rmtree(home.root)
    for folder in (home.root, *home.folders()):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (home.root / _MARK).write_text("This folder is wiped by every `randaemon demo`.\n", encoding="utf-8")
    home.settings.write_text(_SETTINGS, encoding="utf-8")


def start(home: Home) -> subprocess.Popen[bytes]:
    """The real daemon, as the service manager would start it."""
    output = (home.logs / "daemon.out").open("wb")
    with output:
        return subprocess.Popen(
            [sys.executable, "-m", "randaemon", "run"],
            env=_environment(home),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def drop(home: Home, content: Library) -> None:
    """Write beside the inbox, then rename into it: the daemon never sees half a file."""
    write_zip(home.root / "fictional_library.zip", content).rename(home.inbox / "fictional_library.zip")


def wait(home: Home, daemon: subprocess.Popen[bytes], say: Say) -> None:
    """Print each change until a run has ended. Raises RandaemonError when the daemon ends or time runs out."""
    deadline, shown = time.monotonic() + _PATIENCE, ""
    while time.monotonic() < deadline:
        if daemon.poll() is not None:
            raise RandaemonError(
                f"the daemon ended with status {daemon.returncode}", hint=f"read {home.logs / 'daemon.out'}"
            )
        with Reader(home) as reader:
            progress = observe(reader)
        if progress.line != shown:
            shown = progress.line
            say(f"  {shown}")
        if progress.finished:
            return
        time.sleep(0.5)
    raise RandaemonError(f"the loop did not end in {_PATIENCE:.0f} s: {shown}", hint=f"read {home.logs}")


def observe(reader: Reader) -> Progress:
    """One line about the state of the loop."""
    status: Mapping[str, Any] = reader.status()
    runs = reader.runs()
    if runs:
        newest = runs[-1]
        if newest.status != "running":
            return Progress(f"training {newest.status}", finished=True)
        return Progress(_training_line(status["training"]), finished=False)
    counts = status["documents"]["by_status"]
    if not status["documents"]["total"]:
        return Progress("waiting for the file to settle", finished=False)
    busy = counts.get("ready", 0) + counts.get("running", 0)
    ended = status["documents"]["total"] - busy
    sealed = f", dataset version {status['dataset']['version']}" if status["dataset"]["version"] else ""
    return Progress(f"{ended} of {status['documents']['total']} documents ended{sealed}", finished=False)


def ask(home: Home, content: Library) -> list[str]:
    """Ask the active model about a fact of the library, through the command a user would type."""
    fact = content.described[0].parameters[0]
    question = f"What is the default value of {fact.full_name}?"
    reply = subprocess.run(
        [sys.executable, "-m", "randaemon", "ask", question],
        env=_environment(home),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = reply.stdout.strip() if reply.returncode == 0 else f"no answer: {reply.stderr.strip()}"
    return ["", f"  asked    {question}", f"  answered {said}", f"  the text says {fact.default} {fact.unit}".rstrip()]


def stop(daemon: subprocess.Popen[bytes]) -> None:
    """Ask it to drain, as a service manager does."""
    if daemon.poll() is None:
        daemon.send_signal(signal.SIGTERM)
    try:
        daemon.wait(timeout=20)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _training_line(training: Mapping[str, Any]) -> str:
    """In tenths of the run: a line a second would bury the rest."""
    progress = training.get("progress") or {}
    step, total = progress.get("step"), progress.get("total")
    if not step or not total:
        return "training: preparing"
    tenths = 10 * step // total
    return f"training: {tenths * 10} % of {total} steps" if tenths < 10 else "training: evaluating"


def _environment(home: Home) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith("RANDAEMON_")}
    return kept | {"RANDAEMON_HOME": str(home.root)}


def default_home() -> Home:
    """`.demo/` in the folder the demo is started from."""
    return Home.at(Path.cwd() / ".demo")
