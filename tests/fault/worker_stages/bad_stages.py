"""Stages that misbehave, run by real worker children in the tests of the workers and of the pool."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from randaemon.errors import Refused, Unreadable
from randaemon.model import Child, Done, Expand, Failure, Filed, Outcome, Reject, Stage, Task

FOREVER = 600
LARGE = 70 << 20


def parts(stage: int) -> dict[str, str]:
    return {"greeting": f"hello from {int(stage)}"}


def greet(task: Task, greeting: str) -> Outcome:
    return Done(meta={"greeting": greeting})


def run(task: Task) -> Outcome:
    """Do what the task's options ask for."""
    outcome: Outcome = globals()["_" + str(task.options["do"])](task)
    return outcome


def by_content(task: Task) -> Outcome:
    """Do what the document itself says, in `convert`; the other stages pass it on."""
    if task.stage is not Stage.CONVERT:
        return Done(b"{}")
    outcome: Outcome = globals()["_" + task.source.read_text()](task)
    return outcome


def _echo(task: Task) -> Outcome:
    inputs = b"|".join(path.read_bytes() for path in task.inputs.values())
    return Done(artifact=task.source.read_bytes() + inputs, meta={**task.meta, "pid": os.getpid()})


def _nothing(task: Task) -> Outcome:
    return Done()


def _look_around(task: Task) -> Outcome:
    import resource

    return Done(
        meta={
            "environment": " ".join(sorted(os.environ)),
            "cwd": str(Path.cwd()),
            "umask": os.umask(0o077),
            "leader": os.getsid(0) == os.getpid(),
            "core": resource.getrlimit(resource.RLIMIT_CORE)[1],
            "descriptors": len(list(Path("/dev/fd").iterdir())),
            "cwd_in_path": "" in sys.path or str(Path.cwd()) in sys.path,
            "stdin": sys.stdin.read(),
        }
    )


def _expand(task: Task) -> Outcome:
    (task.scratch / "0").write_bytes(b"member")
    refused = Child(1, "b", 0, Reject("encrypted", "E_ENCRYPTED"))
    failed = Child(2, "c", 0, Failure("bad CRC", "E_CORRUPT", retry=False))
    return Expand((Child(0, "a", 6, meta={"depth": 1}), refused, failed))


def _crash(task: Task) -> Outcome:
    os.kill(os.getpid(), signal.SIGSEGV)
    return Done()


def _exit(task: Task) -> Outcome:
    os._exit(3)


def _spin_in_c(task: Task) -> Outcome:
    """Holds the interpreter's lock for ever: no thread of the child runs."""
    re.match("(a+)+$", "a" * 64 + "b")
    return Done()


def _sleep(task: Task) -> Outcome:
    _note(task, "pid", os.getpid())
    time.sleep(FOREVER)
    return Done()


def _ignore_sigterm(task: Task) -> Outcome:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    return _sleep(task)


def _spawn(task: Task) -> Outcome:
    """A grandchild in the group, one that left it, and then a hang."""
    _note(task, "grandchild", _grandchild(new_session=False))
    _note(task, "runaway", _grandchild(new_session=True))
    time.sleep(FOREVER)
    return Done()


def _spawn_a_large_one(task: Task) -> Outcome:
    """The parser stays small; the program it calls does not."""
    subprocess.Popen([sys.executable, "-c", "import time; held = b'x' * (250 << 20); time.sleep(600)"])
    time.sleep(FOREVER)
    return Done()


def _spawn_and_return(task: Task) -> Outcome:
    return Done(meta={"grandchild": _grandchild(new_session=False)})


def _say_pid_and_spin(task: Task) -> Outcome:
    _note(task, "grandchild", _grandchild(new_session=False))
    _note(task, "pid", os.getpid())
    return _spin_in_c(task)


def _allocate_slowly(task: Task) -> Outcome:
    held = []
    while True:
        held.append(b"x" * (8 << 20))
        time.sleep(0.01)


def _allocate_at_once(task: Task) -> Outcome:
    return Done(meta={"size": len(bytearray(1 << 40))})


def _grow(task: Task) -> Outcome:
    globals()["_HELD"] = b"x" * (100 << 20)
    return Done(meta={"pid": os.getpid()})


def _print(task: Task) -> Outcome:
    for descriptor in (1, 2):
        os.write(descriptor, b"\0\0\0\x02{}" * 100_000)
    return Done(artifact=b"still here")


def _speak(task: Task) -> Outcome:
    """Write raw bytes to the protocol's own socket, as a compromised child could, then hang."""
    os.write(int(sys.argv[2]), bytes.fromhex(str(task.options["bytes"])))
    time.sleep(FOREVER)
    return Done()


def _flood(task: Task) -> Outcome:
    while True:
        os.write(int(sys.argv[2]), b"\0" * 65536)


def _close_channel(task: Task) -> Outcome:
    os.close(int(sys.argv[2]))
    time.sleep(FOREVER)
    return Done()


def _huge(task: Task) -> Outcome:
    return Done(meta={"text": "x" * (65 << 20)})


def _large(task: Task) -> Outcome:
    return Done(artifact=bytes(LARGE))


def _linked(task: Task) -> Outcome:
    """Announce a file that is a link to one outside; its digest is known to whoever would steal it."""
    (task.scratch / "artifact").symlink_to(task.source)
    body = task.source.read_bytes()
    return Done(Filed("artifact", len(body), hashlib.sha256(body).hexdigest()))


def _dial(task: Task) -> Outcome:
    with socket.socket() as line:
        line.settimeout(5)
        return Done(meta={"errno": line.connect_ex(("127.0.0.1", int(str(task.options["port"]))))})


def _refuse(task: Task) -> Outcome:
    raise Refused("the file is empty", code="E_EMPTY")


def _unreadable(task: Task) -> Outcome:
    raise Unreadable("the PDF has no pages")


def _bug(task: Task) -> Outcome:
    raise ValueError("secret words of the document")


def _disk_full(task: Task) -> Outcome:
    raise OSError(errno.ENOSPC, "No space left on device")


def _surrogate(task: Task) -> Outcome:
    return Done(meta={"title": "\ud800"})


def _no_outcome(task: Task) -> Outcome:
    return "done"  # type: ignore[return-value]


def _grandchild(*, new_session: bool) -> int:
    return subprocess.Popen(["/bin/sleep", str(FOREVER)], start_new_session=new_session).pid


def _note(task: Task, name: str, number: int) -> None:
    """Written whole: a test that sees the file can read the number."""
    temporary = task.scratch / f"{name}.tmp"
    temporary.write_text(str(number))
    temporary.rename(task.scratch / name)
