"""The command line. One file a command group; whatever a command needs is imported when it runs.

`main` is the top level: an expected error becomes one plain line and its exit status, never a traceback.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command of `sys.argv` and end the process with its exit status."""
    from randaemon.cli.app import application
    from randaemon.errors import RandaemonError

    try:
        application(sys.argv[1:])()
    except RandaemonError as error:
        sys.stderr.write(f"randaemon: {error.message}\n")
        if error.hint:
            sys.stderr.write(f"  next: {error.hint}\n")
        sys.exit(error.exit_code)
