"""Carrying out what changes something: by the daemon if one runs, else here, under its lock. One writer, ever."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from randaemon.errors import AlreadyRunningError, NotFoundError, RandaemonError
from randaemon.store.home import Home

PATIENCE = 60.0  # seconds the daemon has for its answer; sealing a large dataset takes a while
_PAUSE = 0.05


def act(home: Home, verb: str, args: Mapping[str, Any], patience: float = PATIENCE) -> dict[str, Any]:
    """Do it and return the answer of `commands.apply`. Raises RandaemonError in the words of whoever refused it."""
    from randaemon.store.lock import InstanceLock

    lock = InstanceLock(home)
    try:
        lock.acquire()
    except AlreadyRunningError:
        return _by_the_daemon(home, verb, args, patience)
    try:
        return _here(home, verb, args)
    finally:
        lock.release()


def _here(home: Home, verb: str, args: Mapping[str, Any]) -> dict[str, Any]:
    from randaemon import config
    from randaemon.control import commands

    return commands.here(home, config.load(home.settings), verb, args)


def _by_the_daemon(home: Home, verb: str, args: Mapping[str, Any], patience: float) -> dict[str, Any]:
    from randaemon.store import control as folder

    command = folder.submit(home, verb, args)
    deadline = time.monotonic() + patience
    while (answer := folder.result(home, command)) is None:
        if time.monotonic() > deadline:
            raise RandaemonError(
                f"the daemon took the order but has not answered for {patience:.0f} s",
                hint="it will be carried out; `randaemon status` shows what it does",
                code="E_NO_ANSWER",
            )
        time.sleep(_PAUSE)
    if not answer.pop("ok"):
        kind = NotFoundError if answer.get("exit_code") == NotFoundError.exit_code else RandaemonError
        raise kind(str(answer["error"]), hint=str(answer.get("hint", "")), code=str(answer.get("code", "")))
    return answer
