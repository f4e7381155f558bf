"""The entry of every child process: `python -m randaemon.child stage FD`, `… train SPEC`, `… ask SPEC`, `… seal ORDER`.

A stage child reads orders from the socket FD, runs stages and answers; parsers are imported here and nowhere else. It
trusts the daemon and nobody trusts it: see workers/protocol.py. It is told its limits first and puts them on itself.

A child must not outlive the daemon, and a parser that spins in C holds the interpreter's lock, so that no thread of
ours would notice. Hence the leash: a shell in the child's own process group waits for the end of stdin, a pipe that
the daemon holds and never writes to, and kills the group when it comes.
"""

from __future__ import annotations

import contextlib
import faulthandler
import functools
import hashlib
import importlib
import os
import resource
import signal
import socket
import stat
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from randaemon.errors import FULL_DISK, Refused, Unreadable
from randaemon.model import Candidate, Done, Failure, Filed, Outcome, Reject, Stage
from randaemon.workers import protocol

_OURS: list[subprocess.Popen[bytes]] = []  # lives as long as we do: it is never waited for
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000  # <linux/sched.h>; os.unshare comes with Python 3.12
_NICE = 5  # the user's own work comes first
_ARTIFACT, _CANDIDATES = "artifact", "candidates"  # names in the scratch folder of what is too large for a message


def main(arguments: list[str]) -> int:
    """Run one child; the exit status."""
    match arguments:
        case ["stage", channel] if channel.isdecimal():
            return _serve(int(channel))
        case ["train", spec]:
            return _train(Path(spec))
        case ["ask", spec]:
            return _ask(Path(spec))
        case ["seal", order]:
            return _seal(Path(order))
        case _:
            sys.stderr.write("usage: python -m randaemon.child stage FD | train SPEC | ask SPEC | seal ORDER\n")
            return 2


def answer(order: protocol.Order) -> bytes:
    """Run one order and give the frame to send back. Nothing a stage raises gets past it."""
    outcome: Outcome
    try:
        return protocol.frame(protocol.encode_outcome(_perform(order)))
    except Refused as error:
        outcome = Reject(str(error), error.code)
    except Unreadable as error:
        outcome = Failure(str(error), error.code, retry=False)
    except MemoryError:
        outcome = Failure("the file needs more memory than a worker may use", "E_MEMORY")
    except protocol.TooLong as error:
        outcome = Failure(f"the result of {order.task.stage.label} is too large: {error}", "E_TOO_LARGE", retry=False)
    except Exception as error:  # noqa: BLE001 - the lane boundary: one document's end, never the worker's
        outcome = _bug(order.task.stage, error)
    return protocol.frame(protocol.encode_outcome(outcome))


def _serve(descriptor: int) -> int:
    os.set_inheritable(descriptor, False)  # what a parser spawns must not speak for us
    faulthandler.enable()
    faulthandler.register(signal.SIGTERM, all_threads=False, chain=True)  # where was it when its deadline came?
    _leash()
    with socket.socket(fileno=descriptor) as channel:
        payload = protocol.receive(channel.recv)
        if payload is None:
            return 0
        setup = protocol.decode_setup(payload)
        _restrain(setup)
        _leave_network()
        os.nice(_NICE)
        send = _sender(channel)
        send(protocol.HEARTBEAT)  # before any document: whatever comes later, the child did start
        threading.Thread(target=_beat, args=(send, setup.heartbeat_seconds), daemon=True).start()
        while (payload := protocol.receive(channel.recv)) is not None:
            send(answer(protocol.decode_order(payload)))
    return 0


def _train(spec: Path) -> int:
    from randaemon.training.child import main as train

    _leash_alone()
    return train(spec) or 0


def _ask(spec: Path) -> int:
    from randaemon.training.generate import main as ask

    _leash_alone()
    return ask(spec)


def _seal(order: Path) -> int:
    from randaemon.control.making import main as seal

    _leash_alone()
    os.nice(_NICE)
    return seal(order)


def _leash_alone() -> None:
    """The leash kills its whole group: it must be ours alone."""
    if os.getpgrp() != os.getpid():
        os.setsid()
    _leash()


def _leash() -> None:
    """Tie this process group to the pipe at stdin, if it is one (else a person started us by hand)."""
    kind = os.fstat(0).st_mode
    if not (stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)):
        return
    _OURS.append(subprocess.Popen(["/bin/sh", "-c", "read _; kill -KILL 0"], stdout=subprocess.DEVNULL))
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)


def _restrain(setup: protocol.Setup) -> None:
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: setup.open_files,
        resource.RLIMIT_FSIZE: setup.file_bytes,
    }
    if sys.platform == "linux":
        limits[resource.RLIMIT_AS] = setup.address_space
    for kind, wanted in limits.items():
        _, hard = resource.getrlimit(kind)
        value = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(kind, (value, value))


def _leave_network() -> None:
    """On Linux: a network namespace of our own, in which not even loopback is up. Where the system refuses it (some
    containers do), the child works on without: it is one wall of several. macOS offers nothing that is documented.
    """
    if sys.platform == "linux":
        import ctypes

        alone = _CLONE_NEWNET if os.geteuid() == 0 else _CLONE_NEWNET | _CLONE_NEWUSER
        ctypes.CDLL(None).unshare(alone)


def _sender(channel: socket.socket) -> Callable[[bytes], None]:
    lock = threading.Lock()  # a heartbeat must not fall into the middle of an answer

    def send(data: bytes) -> None:
        with lock:
            channel.sendall(data)

    return send


def _beat(send: Callable[[bytes], None], seconds: float) -> None:
    pause = threading.Event()
    try:
        while not pause.wait(seconds):
            send(protocol.HEARTBEAT)
    except OSError:
        return  # the daemon has gone; the main thread and the leash see it too


def _perform(order: protocol.Order) -> Outcome:
    run = _load(order.entry)
    order.task.scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
    outcome: Outcome = run(protocol.whole(order), **_parts(order.parts, order.task.stage))
    outcome = _filed(outcome, order.task.scratch)
    with contextlib.suppress(OSError):  # most stages leave it empty, and the daemon need not look after it then
        order.task.scratch.rmdir()
    return outcome


def _filed(outcome: Outcome, scratch: Path) -> Outcome:
    """What is too large for a message becomes a file; the daemon never holds such a one whole."""
    if not isinstance(outcome, Done):
        return outcome
    if isinstance(outcome.artifact, bytes) and len(outcome.artifact) > protocol.INLINE_CAP:
        outcome = replace(outcome, artifact=_file(scratch / _ARTIFACT, (outcome.artifact,)))
    found = outcome.candidates
    if not isinstance(found, Filed) and len(found) > protocol.CANDIDATES_INLINE:
        lines = (protocol.line(each) for each in found if isinstance(each, Candidate))
        outcome = replace(outcome, candidates=_file(scratch / _CANDIDATES, lines))
    return outcome


def _file(path: Path, pieces: Iterable[bytes]) -> Filed:
    hasher, size = hashlib.sha256(), 0
    with path.open("xb") as file:
        for piece in pieces:
            hasher.update(piece)
            size += file.write(piece)
    return Filed(path.name, size, hasher.hexdigest())


@functools.cache
def _load(entry: str) -> Callable[..., Any]:
    module, _, name = entry.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


@functools.cache
def _parts(entry: str, stage: Stage) -> Mapping[str, Any]:
    """What a stage is handed besides its task; built once, since a converter takes seconds to build."""
    if not entry:
        return {}
    parts: Mapping[str, Any] = _load(entry)(stage)
    return parts


def _bug(stage: Stage, error: Exception) -> Failure:
    """An error nobody foresaw: its type and place, never its text, which may quote the document."""
    if isinstance(error, OSError) and error.errno in FULL_DISK:
        return Failure("the disk is full", "E_DISK_FULL")
    places = [
        f"{frame.f_globals.get('__name__', '?')} line {line}"
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_globals.get("__name__") != __name__
    ]
    ours = [place for place in places if place.startswith("randaemon.")]
    where = ", raised in ".join(dict.fromkeys(ours[-1:] + places[-1:]))
    return Failure(f"{stage.label} failed: {type(error).__name__} in {where or 'the worker'}", "E_STAGE", retry=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
