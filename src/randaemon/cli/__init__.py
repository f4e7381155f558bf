"""The command line. One file a command group; whatever a command needs is imported when it runs.

`main` is the top level: an expected error, or a system that does not let us, becomes one plain line and its exit
status, never a traceback.
"""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run the command of `sys.argv` and end the process with its exit status."""
    from randaemon.cli.app import application
    from randaemon.errors import RandaemonError

    for name in ("stdout", "stderr"):  # closed by whoever started us: Python has none then
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 open to the end
    try:
        application(sys.argv[1:])()
    except RandaemonError as error:
        _tell(error.message, error.hint)
        sys.exit(error.exit_code)
    except OSError as error:
        where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
        _tell(f"{where}{error.strerror or type(error).__name__}", "randaemon doctor")
        sys.exit(1)


def _tell(message: str, hint: str) -> None:
    sys.stderr.write(f"randaemon: {_plain(message)}\n")
    if hint:
        sys.stderr.write(f"  next: {_plain(hint)}\n")


def _plain(text: str) -> str:
    """One line without what a terminal would obey: a message may hold a file's name."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in " ".join(text.split()))
