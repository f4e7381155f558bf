"""Commands for the daemon: small JSON files renamed into `control/`, answered under `control/done/`.

No socket, no second writer: a command is a drop too. What lies there is checked before it is believed: a regular
file of our own user, small, of the right shape. Anything else is set aside as `<name>.refused`.
"""

from __future__ import annotations

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


def result(home: Home, command: str) -> dict[str, Any] | None:
    """The daemon's answer; None while there is none."""
    try:
        text = (home.control / "done" / f"{command}.json").read_text("utf-8")
    except FileNotFoundError:
        return None
    answer: dict[str, Any] = json.loads(text)
    return answer


def _read(path: Path) -> Command | None:
    try:
        body = _trusted(path)
    except FileNotFoundError:
        return None
    match _shape(body):
        case {"verb": str(verb), "args": dict(args)} if _VERB.fullmatch(verb) and _ID.fullmatch(path.stem):
            return Command(path.stem, verb, args, path)
        case _:
            path.replace(path.with_suffix(".refused"))
            return None


def _trusted(path: Path) -> bytes:
    """The file's bytes if it is a small regular file of this user, else nothing."""
    seen = path.lstat()
    if not stat.S_ISREG(seen.st_mode) or seen.st_uid != os.getuid() or seen.st_size > _LIMIT:
        return b""
    return path.read_bytes()


def _shape(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None
