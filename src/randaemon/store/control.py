"""Commands for the daemon: small JSON files renamed into `control/`, answered under `control/done/`.

No socket, no second writer: a command is a drop too. What lies there is checked before it is believed: a regular
file of our own user, small, of the right shape. Anything else is set aside as `<name>.refused`: what
raised here would raise at every start.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from randaemon.store import objects
from randaemon.store.home import Home

_ID = re.compile(r"[0-9a-f]{16}-[0-9a-f]{8}")
_VERB = re.compile(r"[a-z]+(\.[a-z]+)?")
_LIMIT = 64 << 10
KEPT = 86_400.0  # seconds an answer is kept: whoever asked waits for a minute


@dataclass(frozen=True, slots=True)
class Command:
    """A request to the daemon: `retry`, `dataset.build`, …"""

    id: str
    verb: str
    args: Mapping[str, Any]
    path: Path


def submit(home: Home, verb: str, args: Mapping[str, Any]) -> str:
    """Puts a command where the daemon finds it; returns its id. Ids sort in the order of submission."""
    name = f"{time.time_ns():016x}-{secrets.token_hex(4)}"
    home.control.mkdir(mode=0o700, parents=True, exist_ok=True)
    objects.write(home.control / f"{name}.json", json.dumps({"verb": verb, "args": dict(args)}).encode())
    return name


def pending(home: Home) -> list[Command]:
    """The commands that wait, oldest first."""
    if not home.control.is_dir():
        return []
    found = (_read(path) for path in sorted(home.control.glob("*.json")))
    return [command for command in found if command is not None]


def finish(command: Command, result: Mapping[str, Any]) -> None:
    """Answers a command and takes it away, in this order: after a crash it is carried out again, never lost."""
    done = command.path.parent / "done"
    done.mkdir(mode=0o700, exist_ok=True)
    objects.write(done / command.path.name, json.dumps(dict(result)).encode())
    command.path.unlink(missing_ok=True)


def refuse(path: Path) -> None:
    """Sets aside what is no command. Where even that fails it stays, and is looked at and passed over again."""
    aside = path.with_suffix(".refused")
    if os.path.lexists(aside):
        aside = path.with_name(f"{path.stem}.{secrets.token_hex(4)}.refused")
    with contextlib.suppress(OSError):
        path.replace(aside)


def prune(home: Home, now: float) -> int:
    """Deletes answers that nobody waits for any more; how many."""
    old = [path for path in (home.control / "done").glob("*.json") if path.lstat().st_mtime < now - KEPT]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def result(home: Home, command: str) -> dict[str, Any] | None:
    """The daemon's answer; None while there is none."""
    try:
        text = (home.control / "done" / f"{command}.json").read_text("utf-8")
    except FileNotFoundError:
        return None
    answer: dict[str, Any] = json.loads(text)
    return answer


def _read(path: Path) -> Command | None:
    if not os.path.lexists(path):
        return None
    match _shape(_trusted(path)):
        case {"verb": str(verb), "args": dict(args)} if _VERB.fullmatch(verb) and _ID.fullmatch(path.stem):
            return Command(path.stem, verb, args, path)
        case _:
            refuse(path)
            return None


def _trusted(path: Path) -> bytes:
    """The file's bytes if it is a small regular file of this user that can be read, else nothing."""
    with contextlib.suppress(OSError):
        seen = path.lstat()
        if stat.S_ISREG(seen.st_mode) and seen.st_uid == os.getuid() and seen.st_size <= _LIMIT:
            return path.read_bytes()
    return b""


def _shape(body: bytes) -> object:
    """What the JSON says; nothing for what is none, is nested without end, or holds half a character."""
    try:
        found = json.loads(body)
        json.dumps(found, ensure_ascii=False).encode()  # a lone surrogate ends whatever hands it on
    except (ValueError, RecursionError):
        return None
    return found
